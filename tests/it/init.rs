//! `draftkeep init`, from options and at a terminal.

use std::fs;
use std::io::{Read, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Stdio};

use insta::assert_snapshot;

use crate::harness::{Run, World, skipped};
use crate::scripted::{Reply, Scripted};

const SECRET: &str = "0123456789abcdef0123456789abcdef";

/// A platform that accepts the account.
async fn healthy() -> Scripted {
    let server = Scripted::start().await;
    server.on("stable_token", [Reply::token("T1")]).on("draft/count", [Reply::ok(r#"{"total_count":36}"#)]);
    server
}

async fn refusing(code: i64, message: &str) -> Scripted {
    let server = Scripted::start().await;
    server.on("stable_token", [Reply::errcode(code, message)]);
    server
}

fn init(world: &World, more: &[&str]) -> Run {
    fs::write(world.path("typed"), format!("{SECRET}\n")).unwrap();
    let options =
        ["init", "--config", "config.toml", "--name", "mag", "--appid", "wx0123456789abcdef", "--secret-file", "typed"];
    world.run(&[&options[..], more].concat())
}

fn mode(path: &Path) -> u32 {
    path.metadata().unwrap().permissions().mode() & 0o777
}

/// The files in the test's directory, without those that the test wrote.
fn files(world: &World) -> Vec<String> {
    let names = fs::read_dir(world.path("")).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<String> = names.filter(|name| name != "typed").collect();
    names.sort();
    names
}

#[tokio::test(flavor = "multi_thread")]
async fn options_make_a_configuration_that_works() {
    let (world, server) = (World::new(), healthy().await);
    let run = init(&world, &["--drafts", "MEDIA_1,MEDIA_2", "--api-base", &server.base]);
    assert_snapshot!(run, @"
    ------- stderr -------
    Asking the platform …
    Wrote config.toml
    Wrote the secret: file mag.secret
    The platform lets mag in; drafts in the box: 36
    Hint: Next: draftkeep --config $TMP/config.toml run
    ");
    let text = fs::read_to_string(world.path("config.toml")).unwrap().replace(&server.base, "BASE");
    assert_snapshot!(text, @r#"
    # Configuration of draftkeep. Every key is explained in configuration.md, in docs/ or /usr/share/doc/draftkeep.
    # After a change: draftkeep config check && systemctl reload draftkeep

    archive = "archive.db"

    [[account]]
    name   = "mag"
    appid  = "wx0123456789abcdef"
    secret = { file = "mag.secret" }
    drafts = ["MEDIA_1", "MEDIA_2"]
    api_base = "BASE"
    image_base = "BASE"
    "#);
    assert_eq!(fs::read_to_string(world.path("mag.secret")).unwrap(), format!("{SECRET}\n"));
    assert_eq!((mode(&world.path("mag.secret")), mode(&world.path("config.toml"))), (0o600, 0o600));
    assert_eq!(world.run(&["config", "check", "--online", "--config", "config.toml"]).code(), Some(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_overwritten() {
    let (world, server) = (World::new(), healthy().await);
    let options = ["--api-base", server.base.as_str()];
    assert_eq!(init(&world, &options).code(), Some(0));
    let before = fs::read(world.path("config.toml")).unwrap();
    assert_snapshot!(init(&world, &options), @"
    ------- stderr -------
    Error: there is a configuration already: config.toml
    Hint: One more account is one more [[account]] in it (docs/configuration.md); then: draftkeep --config $TMP/config.toml config check
    Hint: Another one: draftkeep init --config PATH
    ------- exit 2 -------
    ");
    assert_eq!(fs::read(world.path("config.toml")).unwrap(), before);

    fs::remove_file(world.path("config.toml")).unwrap();
    assert_snapshot!(init(&world, &options), @"
    ------- stderr -------
    Error: mag.secret is there already, and is not overwritten
    Hint: Move it away, or give the account another name
    ------- exit 2 -------
    ");
    assert_eq!(files(&world), ["mag.secret"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_mistyped_is_not_written() {
    let world = World::new();
    let server = refusing(40125, "invalid appsecret, rid: r-1").await;
    assert_snapshot!(init(&world, &["--api-base", &server.base]), @"
    ------- stderr -------
    Asking the platform …
    Error: stable_token: the platform refuses the account's credentials: invalid appsecret, rid: r-1 (errcode 40125). Check that the AppSecret belongs to this AppID; a lost one can only be reset at mp.weixin.qq.com: 设置与开发 → 开发接口管理 (or 基本配置)
    Hint: Nothing was written; type it once more: draftkeep --config $TMP/config.toml init
    ------- exit 6 -------
    ");
    assert_eq!(files(&world), Vec::<String>::new());
    for options in [["--api-base", "ftp://a"], ["--drafts", "all,MEDIA_1"]] {
        assert_eq!(init(&world, &options).code(), Some(2), "{options:?}");
    }
    assert_eq!(files(&world), Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_mended_in_the_console_does_not_stop_it() {
    let world = World::new();
    let server = refusing(40164, "invalid ip 203.0.113.7 ipv6 ::ffff:203.0.113.7, not in whitelist rid: r-1").await;
    assert_snapshot!(init(&world, &["--api-base", &server.base]), @"
    ------- stderr -------
    Asking the platform …
    Wrote config.toml
    Wrote the secret: file mag.secret
    Warning: the account is not let in yet: stable_token: this machine's address 203.0.113.7 is not in the account's IP whitelist: invalid ip 203.0.113.7 ipv6 ::ffff:203.0.113.7, not in whitelist rid: r-1 (errcode 40164). Add it at mp.weixin.qq.com: 设置与开发 → 开发接口管理 (or 基本配置) → IP白名单; it takes effect after about 30 seconds
    Hint: Next: draftkeep --config $TMP/config.toml config check --online
    ------- exit 6 -------
    ");
    assert_eq!(files(&world), ["config.toml", "mag.secret"]);
}

#[test]
fn without_a_platform_and_as_json() {
    let world = World::new();
    let run = init(&world, &["--offline", "--json"]);
    let mut document = run.json();
    document["next"] = world.shown(document["next"].as_str().unwrap()).into();
    insta::assert_json_snapshot!(document, @r#"
    {
      "account": "mag",
      "archive": "./archive.db",
      "config": "config.toml",
      "credential": null,
      "next": "draftkeep --config $TMP/config.toml run",
      "online": null,
      "secret_file": "mag.secret"
    }
    "#);
}

#[test]
fn without_a_terminal_the_options_say_everything() {
    let world = World::new();
    let mut command = world.command(&["init", "--config", "config.toml", "--name", "mag"]);
    command.stdin(Stdio::null());
    assert_snapshot!(world.finish(command), @"
    ------- stderr -------
    Error: there is no terminal to ask at, and no --appid, no --secret-file
    Hint: See the options: draftkeep --config $TMP/config.toml init --help
    ------- exit 2 -------
    ");
    let options = "init --offline --config config.toml --name mag --appid wx0123456789abcdef --secret-file -";
    let mut command = world.command(&options.split(' ').collect::<Vec<_>>());
    command.stdin(Stdio::null());
    assert_snapshot!(world.finish(command), @"
    ------- stderr -------
    Error: there is no secret: one word is expected
    ------- exit 2 -------
    ");
    assert_eq!(files(&world), Vec::<String>::new());
}

/// Once, `config check` refused the written file.
#[test]
fn a_placeholder_is_no_secret() {
    let world = World::new();
    for (placeholder, code) in [("YOUR_APPSECRET", 2), ("<secret>", 2), ("xxxxxxxx", 2), (SECRET, 0)] {
        fs::write(world.path("typed"), placeholder).unwrap();
        let options = "init --offline --config config.toml --name mag --appid wx0123456789abcdef --secret-file typed";
        let run = world.run(&options.split(' ').collect::<Vec<_>>());
        assert_eq!(run.code(), Some(code), "{placeholder}: {run}");
        let is_refused = run.stderr() == "Error: there is no secret: this is a placeholder, not the secret itself\n";
        assert_eq!((is_refused, files(&world).is_empty()), (code == 2, code == 2), "{placeholder}: {run}");
    }
}

#[test]
fn a_directory_that_cannot_be_written_is_told() {
    let world = World::new();
    fs::write(world.path("file"), "").unwrap();
    let run = world.run(&["init", "--config", "file/config.toml", "--offline"]);
    assert_eq!(run.code(), Some(1), "{run}");
    assert!(run.stderr().contains("cannot make the directory file"), "{run}");
}

/// `script` (util-linux) gives the program a terminal to ask at.
#[tokio::test(flavor = "multi_thread")]
async fn at_a_terminal_it_asks_and_does_not_show_the_secret() {
    let (world, server) = (World::new(), healthy().await);
    let program = env!("CARGO_BIN_EXE_draftkeep");
    let typed = format!("tty; exec {program} init --config config.toml --api-base {}", server.base);
    let mut script = Command::new("script");
    script.args(["-qec", &typed, "/dev/null"]).current_dir(world.path("")).env("NO_COLOR", "1").env("TERM", "xterm");
    let Ok(mut script) = script.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn() else {
        return skipped("script is not installed");
    };
    let (mut stdin, mut stdout) = (script.stdin.take().unwrap(), script.stdout.take().unwrap());
    let mut shown = Vec::new();
    // The first answer to two of the questions is none.
    for (question, typed) in [
        ("\n", ""),
        ("name for the account", "Mag\r"),
        ("a name is 1 to 32", ""),
        ("name for the account", "\r"),
        ("AppID", "wx1\r"),
        ("16 characters", ""),
        ("AppID", "wx0123456789abcdef\r"),
        ("AppSecret", &format!("{SECRET}\r")),
        ("Drafts to watch", "MEDIA_1, MEDIA_2\r"),
        ("Next:", ""),
    ] {
        let from = shown.len();
        let mut byte = [0];
        while !String::from_utf8_lossy(&shown[from..]).contains(question) {
            assert_eq!(stdout.read(&mut byte).unwrap(), 1, "{question}: {}", String::from_utf8_lossy(&shown));
            shown.push(byte[0]);
        }
        if typed.starts_with(SECRET) {
            // What is typed before the echo is off is thrown away.
            let shown = String::from_utf8_lossy(&shown);
            let tty = shown.lines().next().unwrap();
            let is_silent = || {
                let settings = Command::new("stty").args(["-F", tty, "-a"]).output().unwrap().stdout;
                String::from_utf8_lossy(&settings).contains(" -echo ")
            };
            while !is_silent() {}
        }
        stdin.write_all(typed.as_bytes()).unwrap();
    }
    let output = script.wait_with_output().unwrap();
    let shown = String::from_utf8_lossy(&shown);
    assert!(output.status.success(), "{shown}");
    assert!(!shown.contains(SECRET) && shown.contains("drafts in the box: 36"), "{shown}");
    let text = fs::read_to_string(world.path("config.toml")).unwrap();
    assert!(text.contains(r#"drafts = ["MEDIA_1", "MEDIA_2"]"#), "{text}");
    assert_eq!(fs::read_to_string(world.path("mag.secret")).unwrap(), format!("{SECRET}\n"));
}
