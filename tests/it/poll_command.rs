//! `draftkeep poll` as people and programs see it, against a scripted platform.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::process::{Command, Stdio};
use std::sync::Arc;

use draftkeep::model::Timestamp;
use draftkeep::simulator::{Account, Settings, Simulator};
use insta::assert_snapshot;
use serde_json::json;

use crate::harness::{NOW, World, appid};
use crate::scripted::{Reply, Scripted, Silent};

const DRAFT: &str = r#"{"news_item":[{"title":"秋季\u001b新品","content":"<p>一</p>"}],"update_time":1790003600}"#;

/// A platform that answers every call.
async fn healthy() -> Scripted {
    let server = Scripted::start().await;
    server.on("stable_token", [Reply::token("T1")]).on("draft/get", [Reply::ok(DRAFT)]);
    server
}

/// A platform that refuses the account.
async fn refusing() -> Scripted {
    let server = Scripted::start().await;
    server.on(
        "stable_token",
        [Reply::errcode(40164, "invalid ip 203.0.113.7 ipv6 ::ffff:203.0.113.7, not in whitelist rid: r-1")],
    );
    server
}

#[tokio::test(flavor = "multi_thread")]
async fn a_poll_tells_what_it_kept() {
    let (world, server) = (World::new(), healthy().await);
    world.configure(&[("mag", &server.base, "['Qm7xK2vTnS0b']")]);
    let poll = ["poll", "--config", "config.toml"];
    assert_snapshot!(world.run(&poll), @"
    mag: 1 draft read, 1 new version, 2 calls
      mag/1@1 秋季␛新品
    ------- stderr -------
    There was no archive at ./archive.db, so a new one is begun
    ");
    assert_snapshot!(world.run(&poll), @"mag: 1 draft read, 0 new versions, 2 calls");
    assert_eq!(world.run(&["show", "mag/#1@1", "--config", "config.toml"]).code(), Some(0));
    let verbose = Scripted::start().await;
    let other = DRAFT.replace("一", "二");
    verbose.on("stable_token", [Reply::token("T1")]).on("draft/get", [Reply::ok(&other)]);
    world.configure(&[("mag", &verbose.base, "['Qm7xK2vTnS0b']")]);
    let told = world.run(&["poll", "-v", "--config", "config.toml"]);
    assert!(String::from_utf8_lossy(told.stdout()).ends_with("\n  mag/1@2 Qm7xK2vTnS0b 秋季␛新品\n"), "{told}");
    assert_snapshot!(world.run(&["list", "--config", "config.toml"]), @"
    ID  STATE  TITLE       VERSIONS  RESTORABLE  LAST CHANGED (+08:00)  MEDIA_ID
     1  live   秋季␛新品          2  by hand     2026-09-01 10:00       Qm7xK2vT
    ");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_poll_as_json_is_the_contract() {
    let (world, server) = (World::new(), healthy().await);
    world.configure(&[("mag", &server.base, "['Qm7xK2vTnS0b']")]);
    let report = world.run(&["poll", "--json", "--config", "config.toml"]).json();
    insta::assert_json_snapshot!(report, @r#"
    [
      {
        "absences": [],
        "account": "mag",
        "calls": 2,
        "errors": [],
        "held_back": 0,
        "missing": 0,
        "new_versions": 1,
        "notes": [],
        "seen": 1,
        "strategy": "list",
        "versions": [
          {
            "id": 1,
            "media_id": "Qm7xK2vTnS0b",
            "title": "秋季\u001b新品",
            "version": 1
          }
        ]
      }
    ]
    "#);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_that_fails_does_not_fail_the_others() {
    let (world, healthy, refusing) = (World::new(), healthy().await, refusing().await);
    world.configure(&[("a", &refusing.base, "['Qm7xK2vTnS0b']"), ("mag", &healthy.base, "['Qm7xK2vTnS0b']")]);
    let run = world.run(&["poll", "--json", "--config", "config.toml"]);
    assert_eq!(run.code(), Some(3), "{run}");
    let reports: serde_json::Value = serde_json::from_slice(run.stdout()).unwrap();
    assert_eq!(reports[0]["errors"][0]["code"], 40164);
    assert_eq!((&reports[1]["account"], &reports[1]["new_versions"]), (&json!("mag"), &json!(1)));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_that_was_another_accounts_fails_for_itself() {
    let (world, server) = (World::new(), healthy().await);
    world.keep("mag", "Qm7xK2vTnS0b", "2026-08-01T00:00:00Z", DRAFT.as_bytes());
    let drafts = "['Qm7xK2vTnS0b']";
    world.configure(&[("mag", &server.base, drafts), ("weekend", &server.base, drafts)]);
    world.replace("config.toml", &appid("mag"), "wx00000000000000ff");
    let run = world.run(&["poll", "--json", "--config", "config.toml"]);
    assert_eq!(run.code(), Some(3), "{run}");
    let reports: serde_json::Value = serde_json::from_slice(run.stdout()).unwrap();
    assert!(reports[0]["errors"][0]["message"].as_str().unwrap().contains("knows account mag as"), "{reports}");
    assert_eq!((&reports[1]["account"], &reports[1]["new_versions"]), (&json!("weekend"), &json!(1)));
    server.on("draft/count", [Reply::ok(r#"{"total_count":1}"#)]);
    let online = world.run(&["config", "check", "--online", "--json", "--config", "config.toml"]);
    let checked: serde_json::Value = serde_json::from_slice(online.stdout()).unwrap();
    assert_eq!((online.code(), &checked["ok"]), (Some(2), &json!(false)), "{online}");
    assert!(checked["online"][0]["error"].as_str().unwrap().contains("knows account mag as"), "{checked}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_empty_box_beside_a_refusal_is_partly_done() {
    let (world, empty, refusing) = (World::new(), Scripted::start().await, refusing().await);
    let nothing = Reply::ok(r#"{"total_count":0,"item_count":0,"item":[]}"#);
    empty.on("stable_token", [Reply::token("T1")]).on("draft/batchget", [nothing]);
    world.configure(&[("a", &refusing.base, "'all'"), ("mag", &empty.base, "'all'")]);
    let run = world.run(&["poll", "--config", "config.toml"]);
    assert_eq!(run.code(), Some(3), "{run}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_platform_that_refuses_all_ends_with_6() {
    let (world, server) = (World::new(), refusing().await);
    world.configure(&[("mag", &server.base, "['Qm7xK2vTnS0b']")]);
    assert_snapshot!(world.run(&["poll", "--config", "config.toml"]), @r"
    mag: 0 drafts read, 0 new versions, 1 call
    ------- stderr -------
    There was no archive at ./archive.db, so a new one is begun
    Warning: mag: stable_token: this machine's address 203.0.113.7 is not in the account's IP whitelist: invalid ip 203.0.113.7 ipv6 ::ffff:203.0.113.7, not in whitelist rid: r-1 (errcode 40164). Add it at mp.weixin.qq.com: 设置与开发 → 开发接口管理 (or 基本配置) → IP白名单; it takes effect after about 30 seconds
    ------- exit 6 -------
    ");
}

#[test]
fn what_is_not_configured_is_told() {
    let world = World::new();
    assert_snapshot!(world.run(&["poll", "--config", "none.toml", "--json"]), @r#"
    ------- stderr -------
    {"error":{"causes":[],"code":2,"hints":[],"message":"there is no configuration at none.toml\nIt is the file that --config names, else $DRAFTKEEP_CONFIG, else /etc/draftkeep/config.toml.\nhint: write one; the smallest is\n\n    archive = \"archive.db\"\n\n    [[account]]\n    name   = \"mag\"\n    appid  = \"wx0123456789abcdef\"\n    secret = { file = \"mag.secret\" }"}}
    ------- exit 2 -------
    "#);
    world.configure(&[("mag", "https://api.weixin.qq.com", "'all'")]);
    assert_snapshot!(world.run(&["poll", "shop", "--config", "config.toml"]), @"
    ------- stderr -------
    Error: the configuration has no account shop
    Hint: There are: mag
    ------- exit 4 -------
    ");
    std::fs::write(world.path("config.toml"), "archiv = 'x'\n").unwrap();
    assert_snapshot!(world.run(&["list", "--config", "config.toml"]), @r#"
    ------- stderr -------
    Error: the configuration has 3 mistakes:
    config.toml:1:1: archiv
        a configuration has no such key
        hint: did you mean archive?
    config.toml:1:1: archive
        missing: a configuration names its archive, such as archive = "archive.db"
    config.toml:1:1: account
        missing: there is no account to watch; each has a table that begins with a line [[account]]
    ------- exit 2 -------
    "#);
}

#[test]
fn a_log_filter_that_is_none_is_told() {
    let world = World::new();
    world.configure(&[("mag", "http://127.0.0.1:9", "['Qm7xK2vTnS0b']")]);
    let poll = |filter: &[u8]| {
        let mut command = world.command(&["poll", "--config", "config.toml"]);
        command.env("RUST_LOG", OsStr::from_bytes(filter));
        world.finish(command)
    };
    assert_snapshot!(poll(b"\xff"), @r#"
    ------- stderr -------
    Error: RUST_LOG is "\xFF", which is no text
    Hint: A filter is a level or directives, as in: draftkeep=debug
    ------- exit 2 -------
    "#);
    assert_snapshot!(poll(b"a=b=c"), @r#"
    ------- stderr -------
    Error: "a=b=c" does not say which log lines are wanted: invalid filter directive: too many '=' in filter directive, expected 0 or 1
    Hint: A filter is a level or directives, as in: draftkeep=debug
    ------- exit 2 -------
    "#);
}

/// Half of a box is deleted: the drafts are held back, the next command is printed, and the operator confirms.
#[tokio::test(flavor = "multi_thread")]
async fn drafts_that_vanish_at_once_are_held_back_until_the_operator_believes_it() {
    let world = World::new();
    let accounts = vec![Account::new(&appid("mag"), "hush")];
    let platform = Simulator::start(Settings { accounts, ..Settings::default() }).await.unwrap();
    platform.world().set_now(NOW.parse::<Timestamp>().unwrap().timestamp());
    platform.world().account(platform.appid()).load_sample_drafts();
    world.configure(&[("mag", &platform.base_url(), "'all'")]);
    let poll = ["poll", "--json", "--config", "config.toml"];
    assert_eq!(world.run(&poll).code(), Some(0));
    let ids: Vec<String> = {
        let mut world = platform.world();
        let account = world.account(platform.appid());
        account.drafts().iter().map(|draft| draft.media_id.clone()).collect()
    };
    ids[..4].iter().for_each(|media_id| platform.world().account(platform.appid()).delete(media_id).unwrap());

    let held_back = world.run(&poll);
    let report: serde_json::Value = serde_json::from_slice(held_back.stdout()).unwrap();
    assert_eq!((held_back.code(), &report[0]["held_back"], &report[0]["missing"]), (Some(3), &json!(4), &json!(0)));
    let status = world.run(&["status", "--json", "--config", "config.toml"]).json();
    assert_eq!(status[0]["held_back"]["drafts"], 4);
    assert_eq!(
        world.shown(status[0]["next"].as_str().unwrap()),
        "draftkeep --config $TMP/config.toml poll --believe mag"
    );
    assert_snapshot!(world.shown(status[0]["trouble"].as_str().unwrap()), @"4 drafts vanished at 2026-09-01T02:00:00.000Z, too many at once to believe, and nothing is concluded yet: a poll at 2026-09-01T02:10:00.000Z or later believes it if draft/get confirms it once more. Look into the draft box at mp.weixin.qq.com; next: draftkeep --config $TMP/config.toml poll --believe mag");
    let people = world.run(&["status", "--config", "config.toml"]);
    assert!(String::from_utf8_lossy(people.stdout()).contains("config.toml poll --believe mag"), "{people}");

    let believed = world.run(&["poll", "--believe", "mag", "--json", "--config", "config.toml"]);
    let report: serde_json::Value = serde_json::from_slice(believed.stdout()).unwrap();
    assert_eq!((believed.code(), &report[0]["held_back"], &report[0]["missing"]), (Some(0), &json!(0), &json!(4)));
    assert_eq!(report[0]["absences"].as_array().unwrap().len(), 4);
    assert!(report[0]["absences"][0]["state"] != "missing", "{report}");
    let status = world.run(&["status", "--json", "--config", "config.toml"]).json();
    assert_eq!((&status[0]["held_back"], &status[0]["trouble"]), (&json!(null), &json!(null)));
}

/// An empty box does not make the poll a failure.
#[tokio::test(flavor = "multi_thread")]
async fn a_box_that_is_emptied_is_partly_done_and_believed_later() {
    let (world, server) = (World::new(), Scripted::start().await);
    let gone = Reply::errcode(40007, "invalid media_id");
    server.on("stable_token", [Reply::token("T1")]).on("draft/get", [Reply::ok(DRAFT), Reply::ok(DRAFT), gone]);
    server.on("freepublish/batchget", [Reply::ok(r#"{"total_count":0,"item_count":0,"item":[]}"#)]);
    world.configure(&[("mag", &server.base, "['Qm7xK2vTnS0b', 'Qm7xK2vTnS0c']")]);
    let poll_at = |time: &str| {
        let mut command = world.command(&["poll", "--config", "config.toml"]);
        command.env("DRAFTKEEP_CLOCK", format!("2026-09-01T{time}Z"));
        world.finish(command).code()
    };
    let codes = ["02:00:00", "02:05:00", "02:14:59", "02:15:00", "02:20:00"].map(poll_at);
    assert_eq!(codes, [0, 3, 3, 0, 0].map(Some));
}

/// A poll by cron while an endpoint is blocked prints one line, makes no call, and `status` shows one problem.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_closed_is_not_called_by_a_job() {
    let (world, server) = (World::new(), Scripted::start().await);
    server.on("stable_token", [Reply::token("T1")]).on("draft/get", [Reply::errcode(50002, "user limited rid: r-1")]);
    world.configure(&[("mag", &server.base, "['Qm7xK2vTnS0b']")]);
    let poll = ["poll", "--config", "config.toml"];
    assert_eq!(world.run(&poll).code(), Some(6));
    let calls = server.requests("draft/get").len();
    assert_snapshot!(world.run(&poll), @"
    mag: 0 drafts read, 0 new versions, 0 calls
    ------- stderr -------
    Warning: mag: draft/get: the platform has restricted the account: not called before 2026-09-02T02:00:00.000Z; draftkeep --config $TMP/config.toml poll --all calls it all the same (errcode 50002). Log in to mp.weixin.qq.com and read the notice there
    ------- exit 6 -------
    ");
    assert_eq!(server.requests("draft/get").len(), calls);
    let status = world.run(&["status", "--config", "config.toml"]).to_string();
    assert_eq!(status.matches("problem  ").count(), 1, "{status}");
    assert_eq!(world.run(&["poll", "--all", "--config", "config.toml"]).code(), Some(6));
    assert_eq!(server.requests("draft/get").len(), calls + 1);
}

/// A draft with six pictures at `image_base`.
async fn with_pictures(image_base: &str) -> (World, Scripted) {
    let (world, server) = (World::new(), Scripted::start().await);
    let body: String =
        (0..6).map(|n| format!("<img data-src='https://mmbiz.qpic.cn/mmbiz_jpg/P{n}/0?wx_fmt=jpeg'>")).collect();
    let draft = json!({"news_item": [{"title": "秋", "content": body}]}).to_string();
    server.on("stable_token", [Reply::token("T1")]).on("draft/get", [Reply::ok(draft)]);
    world.configure(&[("mag", &server.base, "['Qm7xK2vTnS0b']")]);
    world.replace("config.toml", &format!("image_base = '{}'", server.base), &format!("image_base = '{image_base}'"));
    (world, server)
}

/// Drafts are reported as soon as they are stored; an unreachable host costs twenty seconds, however many pictures there are.
#[tokio::test(flavor = "multi_thread")]
async fn a_picture_host_that_never_answers_holds_up_no_poll() {
    use std::io::BufRead;
    let host = Silent::start().await;
    let (world, _server) = with_pictures(&host.base).await;
    let mut command = world.command(&["poll", "--config", "config.toml"]);
    let mut poll = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut told = std::io::BufReader::new(poll.stdout.take().unwrap()).lines();
    assert_eq!(told.next().unwrap().unwrap(), "mag: 1 draft read, 1 new version, 2 calls");
    assert_eq!(poll.try_wait().unwrap(), None, "pictures are asked for still");
    let drafts = world.run(&["list", "--json", "--config", "config.toml"]).json();
    assert_eq!(drafts.as_array().unwrap().len(), 1);
    let output = poll.wait_with_output().unwrap();
    let told = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(0), "{told}");
    let host_name = host.base.strip_prefix("http://").unwrap();
    let expected = format!(
        "mag: 0 pictures stored, 6 could not be had (the picture host {host_name} cannot be reached: nothing came within 10s); \
         the daemon or the next poll collects the rest\n"
    );
    assert!(told.ends_with(&expected), "{told}");
    assert!(host.connections() <= 8, "{}", host.connections());
}

#[tokio::test(flavor = "multi_thread")]
async fn pictures_are_left_to_others_where_that_is_wished() {
    let (world, _server) = with_pictures("http://127.0.0.1:1").await;
    assert_snapshot!(world.run(&["poll", "--no-pictures", "--config", "config.toml"]), @"
    mag: 1 draft read, 1 new version, 2 calls
      mag/1@1 秋
    ------- stderr -------
    There was no archive at ./archive.db, so a new one is begun
    ");
    assert_snapshot!(world.run(&["poll", "--json", "--config", "config.toml"]).stderr(), @"mag: 0 pictures stored, 6 could not be had (the picture host 127.0.0.1:1 cannot be reached: Connection refused (os error 111)); the daemon or the next poll collects the rest");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_interrupted_poll_says_what_is_kept_and_counts_its_calls() {
    let (world, server) = (World::new(), Scripted::start().await);
    let never = Arc::new(tokio::sync::Semaphore::new(0));
    let answers = [Reply::ok(DRAFT), Reply::ok(DRAFT).held_by(&never)];
    server.on("stable_token", [Reply::token("T1")]).on("draft/get", answers);
    world.configure(&[("mag", &server.base, "['Qm7xK2vTnS0b', 'Qm7xAnother00']")]);
    let mut command = world.command(&["poll", "--no-pictures", "--config", "config.toml"]);
    let poll = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let database = || {
        rusqlite::Connection::open(world.path("archive.db"))
            .and_then(|database| database.query_row("SELECT count(*) FROM version", (), |row| row.get::<_, u64>(0)))
    };
    // Until one draft is stored and the other one is requested.
    while server.requests("draft/get").len() < 2 || database().unwrap_or_default() == 0 {
        tokio::task::yield_now().await;
    }
    assert!(Command::new("kill").args(["-s", "INT", &poll.id().to_string()]).status().unwrap().success());
    let output = poll.wait_with_output().unwrap();
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(3), "{told}");
    assert!(told.contains("interrupted: 1 new version kept, 3 calls counted; not every draft was looked at"), "{told}");
    assert!(told.contains("Hint: To go on: draftkeep --config ") && told.contains("config.toml poll\n"), "{told}");
    let list = world.run(&["list", "--json", "--config", "config.toml"]).json();
    assert_eq!(list.as_array().unwrap().len(), 1, "nothing is lost: {list}");
    let status = world.run(&["status", "--json", "--config", "config.toml"]).json();
    assert_eq!(status[0]["calls_today"], json!({"draft/get": 2, "stable_token": 1}));
}
