//! Accounts whose rows are lost: who knows which ones they are.

use super::*;

const WITH_CONFIG: &[&str] = &["repair", "--config", "config.toml", "--to", "new.db"];

fn lose_account(world: &World) {
    for tree in ["account", "sqlite_autoindex_account_1"] {
        lose(world, tree, "");
    }
}

fn accounts(world: &World) -> Vec<(String, String)> {
    let database = database(world.path("new.db"));
    let mut query = database.prepare("SELECT name, appid FROM account ORDER BY id").unwrap();
    query.query_map((), |row| Ok((row.get(0)?, row.get(1)?))).unwrap().map(Result::unwrap).collect()
}

fn mag() -> Vec<(String, String)> {
    vec![("mag".to_owned(), crate::harness::appid("mag"))]
}

#[test]
fn the_configuration_names_an_account_where_its_checksum_proves_it() {
    let world = kept();
    world.configure(&[("sport", "http://127.0.0.1:9", "'all'"), ("mag", "http://127.0.0.1:9", "'all'")]);
    lose_account(&world);
    let report = json(&world, WITH_CONFIG, 0);
    assert_eq!(report["complete"], true, "{report}");
    assert_eq!(accounts(&world), mag());
}

#[test]
fn the_configuration_gives_the_appid_of_a_name_that_an_index_knows() {
    let world = kept();
    world.configure(&[("mag", "http://127.0.0.1:9", "'all'")]);
    lose(&world, "account", "");
    lose(&world, "checksum", "");
    let report = json(&world, WITH_CONFIG, 3);
    assert_eq!(report["doubtful"][0]["id"], "mag", "{report}");
    assert_eq!(report["doubtful"][0]["reason"], "its row is lost; the time of its first poll is not known any more");
    assert_eq!(accounts(&world), mag());
}

#[test]
fn a_copy_and_a_tree_name_an_account_by_its_drafts() {
    for copy in ["copy.db", "tree"] {
        let world = kept();
        fs::copy(world.path("archive.db"), world.path("copy.db")).unwrap();
        assert_eq!(world.run(&["export", "tree", "--archive", "archive.db"]).code(), Some(0));
        lose_account(&world);
        let report = json(&world, &[REPAIR, &["--from", copy]].concat(), 0);
        assert_eq!((&report["drafts"], &report["versions"]), (&3.into(), &12.into()), "{report}");
        assert_eq!(accounts(&world), mag(), "{copy}");
    }
}

#[test]
fn an_account_that_nothing_proves_is_named_by_the_operator() {
    let world = kept();
    lose_account(&world);
    assert_snapshot!(world.run(REPAIR), @r#"
    new.db is a new archive, and proven: 3 drafts, 12 versions (16.7 kB), 0 pictures, 0 polls.

    DOUBTFUL  WHICH   WHAT
    account   lost-1  its row is lost, and with it its appid

    No version is lost.
    ------- stderr -------
    Warning: nothing proves which account lost-1 is: polls would begin a new history for it
    Hint: Name it, if you know: draftkeep repair --archive $TMP/archive.db --to NEW --name lost-1=ACCOUNT
    Hint: Put it in the place of the damaged archive, which is kept: draftkeep import-backup --archive $TMP/archive.db new.db
    ------- exit 3 -------
    "#);
    fs::remove_file(world.path("new.db")).unwrap();
    world.configure(&[("sport", "http://127.0.0.1:9", "'all'"), ("daily", "http://127.0.0.1:9", "'all'")]);
    assert_snapshot!(world.run(&[WITH_CONFIG, &["--name", "lost-1=mag"]].concat()), @r#"
    ------- stderr -------
    Error: the configuration has no account mag
    Hint: Name one that it has: --name lost-1=ACCOUNT
    ------- exit 4 -------
    "#);
    let report = json(&world, &[WITH_CONFIG, &["--name", "lost-1=daily"]].concat(), 3);
    assert_eq!(report["doubtful"].as_array().unwrap().len(), 1, "{report}");
    assert_eq!(accounts(&world), [("daily".to_owned(), crate::harness::appid("daily"))]);
    assert_eq!(world.run(&["verify", "--archive", "new.db"]).code(), Some(0));
}

/// A daemon does not take what is not known as not spent.
#[test]
fn counts_of_today_that_are_lost_are_assumed() {
    let world = kept();
    let call = "INSERT INTO call VALUES (1, 'draft/get', '2026-08-31', 7), (1, 'draft/get', '2026-09-01', 5)";
    database(world.path("archive.db")).execute(call, ()).unwrap();
    flush(&world);
    let assumed = |archive: &str| {
        let now = crate::harness::NOW.parse().unwrap();
        let stats = Reader::open(&world.path(archive)).unwrap().account_stats(now).unwrap().remove(0);
        let usage = stats.usage_of(draftkeep::model::Endpoint::DraftGet);
        (usage.own_calls, usage.assumed_calls() > 0)
    };
    let _ = json(&world, REPAIR, 0);
    assert_eq!(assumed("new.db"), (5, false));
    fs::remove_file(world.path("new.db")).unwrap();
    lose(&world, "call", "");
    let _ = json(&world, REPAIR, 3);
    assert_eq!(assumed("new.db"), (0, true));
}

#[test]
fn a_directory_of_copies_says_how_to_name_one() {
    let world = kept();
    fs::create_dir(world.path("nas")).unwrap();
    assert_eq!(world.run(&["copy", "nas", "--archive", "archive.db"]).code(), Some(0));
    lose(&world, "whole", "");
    let run = world.run(&[REPAIR, &["--from", "nas"]].concat());
    let name = fs::read_dir(world.path("nas")).unwrap().next().unwrap().unwrap().file_name().into_string().unwrap();
    assert_eq!(run.code(), Some(2), "{run}");
    let said = run.to_string();
    assert!(said.contains("nas is a directory of copies (1), and none of them"), "{said}");
    assert!(said.contains("list nas") && said.contains(&format!("--from nas/{name}")), "{said}");
    let report = json(&world, &[REPAIR, &["--from", &format!("nas/{name}")]].concat(), 0);
    assert_eq!(report["versions"], 12, "{report}");
}
