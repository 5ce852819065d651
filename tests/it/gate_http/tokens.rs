//! `draftkeep gate token`, `tokens` and `revoke`.

use insta::assert_snapshot;
use serde_json::json;

use crate::harness::{World, document};

fn world() -> World {
    let world = World::new();
    world.configure(&[("mag", "http://127.0.0.1:1", "'all'")]);
    let policy = "name = 'mag'\ngate = { allow = ['create', 'update'] }\n";
    world.replace("config.toml", "name = 'mag'\n", policy);
    world.keep("mag", "Qm7xK2vTnS0b", "2026-08-31T01:00:00Z", &document(&[("菜市场", "<p>早上</p>")]));
    world
}

fn run(world: &World, args: &[&str]) -> crate::harness::Run {
    world.run(&[&["gate"], args, &["--config", "config.toml"]].concat())
}

#[test]
fn a_token_is_shown_once_and_kept_as_a_hash() {
    let world = world();
    assert_eq!(run(&world, &["tokens", "--json"]).json(), json!([]));
    assert_snapshot!(run(&world, &["tokens"]), @r#"
    ------- stderr -------
    There are no tokens. Make one: draftkeep --config $TMP/config.toml gate token --account ACCOUNT --name NAME
    "#);
    let made = run(&world, &["token", "--account", "mag", "--allow", "update,create", "--name", "publisher"]);
    let token = String::from_utf8(made.stdout().to_vec()).unwrap();
    assert_eq!((token.len(), made.code()), (44, Some(0)), "{made}");
    assert_snapshot!(made.stderr(), @r#"
    It opens the drafts of mag: read, create, update. It is shown this once.
    Hint: Nothing listens yet: add [gate] with listen = "127.0.0.1:8789" to the configuration, then reload the daemon
    "#);
    let archive = std::fs::read(world.path("archive.db")).unwrap();
    assert!(!archive.windows(43).any(|bytes| bytes == token.trim().as_bytes()), "the token itself is nowhere");

    let reader = run(&world, &["token", "--account", "mag", "--name", "reader", "--json"]).json();
    assert_eq!((reader["token"].as_str().unwrap().len(), &reader["allow"]), (43, &json!([])));
    assert_eq!(run(&world, &["revoke", "publisher"]).code(), Some(0));
    assert_snapshot!(run(&world, &["revoke", "publisher"]), @r#"
    ------- stderr -------
    publisher was revoked before.
    "#);
    let tokens = run(&world, &["tokens", "--json"]).json();
    let of = |name: &str| tokens.as_array().unwrap().iter().map(|token| token[name].clone()).collect::<Vec<_>>();
    assert_eq!(of("name"), ["publisher", "reader"]);
    assert_eq!(of("allow"), [json!(["create", "update"]), json!([])]);
    assert_eq!(of("revoked_at"), [json!("2026-09-01T02:00:00.000Z"), json!(null)]);
    let user = tokens[0]["made_by"].as_str().unwrap();
    assert_snapshot!(run(&world, &["tokens"]).to_string().replace(user, "USER"), @r#"
    NAME       ACCOUNT  MAY             MADE (+08:00)     BY    REVOKED (+08:00)
    publisher  mag      create, update  2026-09-01 10:00  USER  2026-09-01 10:00
    reader     mag      read            2026-09-01 10:00  USER
    "#);
}

#[test]
fn what_cannot_be_a_token_says_why() {
    let world = world();
    let token = |more: &[&str]| run(&world, &[&["token", "--account", "mag"], more].concat());
    assert_snapshot!(token(&["--name", "a", "--allow", "update,delete"]), @r#"
    ------- stderr -------
    Error: mag does not let programs delete drafts, so no token may
    Hint: Leave it out, or allow it in the table of the account: gate = { allow = ["create", "update", "delete"] }
    ------- exit 2 -------
    "#);
    assert_snapshot!(token(&["--name", "a", "--allow", "restore"]), @r#"
    ------- stderr -------
    Error: nothing restores over HTTP, so a token does not allow it
    Hint: Leave restore out. Agents restore by: draftkeep --config $TMP/config.toml mcp
    ------- exit 2 -------
    "#);
    assert_snapshot!(token(&["--name", "Mag 1"]), @r#"
    ------- stderr -------
    error: invalid value 'Mag 1' for '--name <NAME>': only a to z, 0 to 9, - and _ are allowed

    For more information, try '--help'.
    ------- exit 2 -------
    "#);
    assert_snapshot!(run(&world, &["token", "--account", "shop", "--name", "a"]), @r#"
    ------- stderr -------
    Error: the configuration has no account "shop"
    Hint: It has: mag
    ------- exit 2 -------
    "#);
    assert_eq!(token(&["--name", "a"]).code(), Some(0));
    assert_eq!(run(&world, &["revoke", "a"]).code(), Some(0));
    assert_snapshot!(token(&["--name", "a"]), @r#"
    ------- stderr -------
    Error: there is, or was, a token a
    Hint: Choose another name. See which are taken: draftkeep --config $TMP/config.toml gate tokens
    ------- exit 2 -------
    "#);
    assert_snapshot!(run(&world, &["revoke", "b"]), @r#"
    ------- stderr -------
    Error: there is no token "b"
    Hint: See which there are: draftkeep --config $TMP/config.toml gate tokens
    ------- exit 4 -------
    "#);
}
