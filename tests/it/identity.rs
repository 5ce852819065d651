//! An account is known by its appid: its name may change, one appid has one name, and another appid is another account.

use draftkeep::archive::{AccountMatch, Error, PollLog, Writer};
use draftkeep::clock::Clock;
use draftkeep::config::Config;
use draftkeep::daemon::Command;
use draftkeep::simulator::{Account, Settings, Simulator, SimulatorHandle};
use insta::assert_snapshot;
use serde_json::{Value, json};

use crate::daemon::{Lines, Running as Daemon, until};
use crate::harness::{NOW, World, appid};
use crate::metrics::{get, socket};

const POLL: &[&str] = &["poll", "--config", "config.toml"];
const CHECK: &[&str] = &["config", "check", "--config", "config.toml"];

/// A platform that has the accounts `mag` and `shop`, with eight drafts each, and a world that watches `mag`.
async fn stage() -> (SimulatorHandle, World) {
    let accounts = ["mag", "shop"].map(|name| Account::new(&appid(name), "hush"));
    let platform = Simulator::start(Settings { accounts: accounts.into(), ..Settings::default() }).await.unwrap();
    platform.world().set_now(1_788_228_000);
    ["mag", "shop"].iter().for_each(|name| platform.world().account(&appid(name)).load_sample_drafts());
    let world = World::new();
    world.configure(&[("mag", &platform.base_url(), "'all'")]);
    (platform, world)
}

fn status(world: &World) -> Value {
    world.run(&["status", "--json", "--config", "config.toml"]).json()
}

fn sql(world: &World, query: &str) -> String {
    let rows = world.run(&["sql", "--config", "config.toml", "--json", query]).json();
    rows.to_string()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_renamed_account_keeps_its_history_and_its_ledger() {
    let (_platform, world) = stage().await;
    assert_eq!(world.run(POLL).code(), Some(0));
    let calls = status(&world)[0]["calls_today"]["draft/batchget"].as_u64().unwrap();
    world.replace("config.toml", "name = 'mag'", "name = 'magazine'");

    let checked = world.run(CHECK);
    assert_eq!(checked.code(), Some(0), "{checked}");
    let told = String::from_utf8_lossy(checked.stdout()).into_owned();
    assert!(told.contains("magazine: renamed from mag; its history, ledger and quota follow its appid"), "{told}");
    let before = status(&world);
    assert_eq!(before.as_array().unwrap().len(), 1, "one account: {before}");
    assert_eq!((&before[0]["account"], &before[0]["known_as"]), (&json!("magazine"), &json!("mag")));
    assert_eq!((&before[0]["drafts"], &before[0]["trouble"]), (&json!(8), &Value::Null));

    let polled = world.run(POLL);
    assert_snapshot!(polled, @"
    magazine: 8 drafts read, 0 new versions, 2 calls
    ------- stderr -------
    magazine: renamed from mag; its history, ledger and quota follow its appid
    ");
    assert_snapshot!(world.run(POLL), @"magazine: 8 drafts read, 0 new versions, 2 calls");
    let after = status(&world);
    assert_eq!((&after[0]["known_as"], &after[0]["versions"]), (&Value::Null, &json!(8)));
    assert_eq!(after[0]["calls_today"]["draft/batchget"], json!(3 * calls));
    assert_eq!(sql(&world, "SELECT DISTINCT account FROM draft_view"), r#"[{"account":"magazine"}]"#);
    assert_eq!(world.run(&["log", "magazine/#1", "--config", "config.toml"]).code(), Some(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_renamed_account_is_found_before_its_next_poll() {
    let (_platform, world) = stage().await;
    assert_eq!(world.run(POLL).code(), Some(0));
    world.replace("config.toml", "name = 'mag'", "name = 'magazine'");
    let listed = world.run(&["list", "--account", "magazine", "--json", "--config", "config.toml"]);
    assert_eq!((listed.code(), listed.json().as_array().unwrap().len()), (Some(0), 8), "{listed}");
    assert!(listed.stderr().contains("until: draftkeep --config $TMP/config.toml poll magazine"), "{listed}");
    let shown = world.run(&["log", "magazine/#1", "--config", "config.toml"]);
    assert!(shown.stderr().contains("magazine is called mag in the archive"), "{shown}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_renamed_account_is_restored_to() {
    let (platform, world) = stage().await;
    assert_eq!(world.run(POLL).code(), Some(0));
    world.replace("config.toml", "name = 'mag'", "name = 'magazine'");
    let restored = world.run(&["restore", "#1", "--in-place", "--config", "config.toml"]);
    assert_eq!(restored.code(), Some(0), "{restored}");
    assert!(restored.stderr().contains("magazine: renamed from mag"), "{restored}");
    assert_eq!(platform.world().request_log.calls("draft/get"), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn another_appid_under_a_known_name_is_refused() {
    let (platform, world) = stage().await;
    assert_eq!(world.run(POLL).code(), Some(0));
    world.replace("config.toml", &appid("mag"), &appid("shop"));
    let calls = platform.world().request_log.all_calls().clone();
    assert_snapshot!(world.run(POLL), @"
    mag: 0 drafts read, 0 new versions, 0 calls
    ------- stderr -------
    Warning: mag: the archive knows account mag as wx0000000000000mag, the configuration says wx000000000000shop. Correct `appid`; another account needs a name of its own. Then: draftkeep --config $TMP/config.toml config check
    ------- exit 2 -------
    ");
    let checked = world.run(CHECK);
    assert_eq!(checked.code(), Some(2), "{checked}");
    let said = String::from_utf8_lossy(checked.stdout()).into_owned();
    assert!(said.contains("archive    mag: the archive knows account mag as"), "{said}");
    assert!(said.starts_with("config.toml is not in order: mag cannot be polled"), "{said}");
    let told = status(&world);
    assert_eq!(told.as_array().unwrap().len(), 1, "{told}");
    assert!(told[0]["trouble"].as_str().unwrap().starts_with("it is not polled: the archive knows this name as"));
    assert_eq!(world.shown(told[0]["next"].as_str().unwrap()), "draftkeep --config $TMP/config.toml config check");
    assert_eq!(platform.world().request_log.all_calls(), &calls, "nobody was asked");

    // The other account under a name of its own, and the first one back beside it.
    world.replace("config.toml", "name = 'mag'", "name = 'shop'");
    assert_eq!(world.run(CHECK).code(), Some(0));
    assert_eq!(world.run(POLL).code(), Some(0));
    assert_eq!(status(&world).as_array().unwrap().len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_that_is_taken_is_not_given_to_a_renamed_account() {
    let (platform, world) = stage().await;
    world.configure(&[("mag", &platform.base_url(), "'all'"), ("shop", &platform.base_url(), "'all'")]);
    assert_eq!(world.run(POLL).code(), Some(0));
    world.configure(&[("mag", &platform.base_url(), "'all'")]);
    world.replace("config.toml", "name = 'mag'", "name = 'shop'");
    let polled = world.run(POLL);
    assert_eq!(polled.code(), Some(2), "{polled}");
    assert!(polled.stderr().contains("the archive knows account shop as wx000000000000shop"), "{polled}");
    assert_eq!(world.run(CHECK).code(), Some(2));
    let names = r#"[{"account":"mag"},{"account":"shop"}]"#;
    assert_eq!(sql(&world, "SELECT DISTINCT account FROM draft_view ORDER BY 1"), names);
}

#[tokio::test]
async fn a_daemon_polls_its_other_accounts_and_says_that_one_is_not() {
    let (platform, world) = stage().await;
    world.keep("weekend", "D1", "2026-08-01T00:00:00Z", br#"{"news_item":[{"title":"t"}]}"#);
    world.configure(&[("mag", &platform.base_url(), "'all'"), ("weekend", &platform.base_url(), "'all'")]);
    world.replace("config.toml", &appid("weekend"), &appid("shop"));
    let (lines, _listening) = Lines::listen("error");
    let (socket, base) = socket();
    let config = Config::load(&world.path("config.toml")).unwrap().config;
    let mut daemon = Daemon::start_with(config, Clock::fixed(NOW.parse().unwrap()), vec![socket]);
    assert_eq!(daemon.polled(1).await, ["mag"]);
    let mut told = String::new();
    until(|| {
        told += &lines.take();
        told.contains("weekend")
    })
    .await;
    assert!(told.contains("the archive knows account weekend as wx000000000weekend"), "{told}");
    let (code, reasons) = get(&format!("{base}/readyz")).await.unwrap();
    assert_eq!(code, 503, "{reasons}");
    assert_eq!(
        world.shown(&reasons),
        "account weekend: it is not polled, for the archive knows its name with the appid wx000000000weekend; next: draftkeep --config $TMP/config.toml status weekend\n"
    );
    let (_, metrics) = get(&format!("{base}/metrics")).await.unwrap();
    assert!(metrics.contains("draftkeep_account_fresh{account=\"weekend\"} 0"), "{metrics}");
    assert!(metrics.contains("draftkeep_account_fresh{account=\"mag\"} 1"), "{metrics}");
    daemon.stop().await;
}

#[tokio::test]
async fn a_reload_renames_an_account_and_refuses_another_appid() {
    let (_platform, world) = stage().await;
    let (lines, _listening) = Lines::listen("info");
    let config = Config::load(&world.path("config.toml")).unwrap().config;
    let mut daemon = Daemon::start(config, Clock::fixed(NOW.parse().unwrap()));
    assert_eq!(daemon.polled(1).await, ["mag"]);
    lines.take();
    world.replace("config.toml", "name = 'mag'", "name = 'magazine'");
    daemon.commands.send(Command::Reload).await.unwrap();
    assert_eq!(daemon.polled(1).await, ["magazine"]);
    let told = lines.take();
    assert!(
        told.contains("renamed; its history and call counts follow the appid") && told.contains("from=mag"),
        "{told}"
    );
    assert_eq!(sql(&world, "SELECT count(*) AS n FROM version_view"), r#"[{"n":8}]"#);

    world.replace("config.toml", &appid("mag"), &appid("shop"));
    daemon.commands.send(Command::Reload).await.unwrap();
    let mut told = String::new();
    until(|| {
        told += &lines.take();
        told.contains("stays in force")
    })
    .await;
    assert!(told.contains("the archive knows account magazine as wx0000000000000mag"), "{told}");
    // The daemon goes on as before, and the status says so.
    let refused = "the daemon refused this configuration at 2026-09-01T02:00:";
    let trouble = status(&world)[0]["trouble"].as_str().unwrap().to_owned();
    assert!(
        trouble.starts_with(refused) && trouble.contains("goes on with the one before: the archive knows"),
        "{trouble}"
    );
    let people = world.run(&["status", "--config", "config.toml"]).to_string();
    assert!(people.contains("It refused the configuration at 2026-09-01 10:00 +08:00, and goes on"), "{people}");
    world.replace("config.toml", &appid("shop"), &appid("mag"));
    daemon.commands.send(Command::Reload).await.unwrap();
    until(|| lines.take().contains("configuration reloaded")).await;
    assert_eq!(status(&world)[0]["trouble"], Value::Null);
    daemon.stop().await;
}

/// Accounts of an archive, by name and appid.
fn archive(accounts: &[(&str, &str)]) -> (World, Writer) {
    let world = World::new();
    let mut writer = Writer::open(&world.path("archive.db")).unwrap();
    // As an older version of the program stored them, which did not check the appid.
    let database = crate::harness::database(world.path("archive.db"));
    for (name, appid) in accounts {
        let sql = "INSERT INTO account (name, appid, first_seen) VALUES (?1, ?2, '2026-08-01T00:00:00.000Z')";
        database.execute(sql, (name, appid)).unwrap();
        let sql =
            "INSERT INTO draft (account, media_id, first_seen, last_seen) VALUES (last_insert_rowid(), ?1, ?2, ?2)";
        database.execute(sql, (name, "2026-08-01T00:00:00.000Z")).unwrap();
    }
    writer.ping().unwrap();
    (world, writer)
}

fn recognised(writer: &mut Writer, accounts: &[(&str, &str)]) -> Vec<AccountMatch> {
    let accounts: Vec<_> = accounts.iter().map(|(name, appid)| (name.parse().unwrap(), (*appid).to_owned())).collect();
    writer.recognise(&accounts, NOW.parse().unwrap()).unwrap()
}

#[test]
fn one_account_may_take_the_name_that_another_one_gives_up() {
    let renamed = |from: &str| AccountMatch::Renamed { from: from.to_owned() };
    let (_world, mut writer) = archive(&[("a", "wx1"), ("b", "wx2"), ("c", "wx3")]);
    assert_eq!(
        recognised(&mut writer, &[("b", "wx1"), ("c", "wx2"), ("d", "wx3")]),
        [renamed("a"), renamed("b"), renamed("c")]
    );
    let known = AccountMatch::Known { others: Vec::new() };
    assert_eq!(recognised(&mut writer, &[("d", "wx3"), ("b", "wx1")]), [known.clone(), known]);
    // Each waits for the other.
    let taken = |by: &str| AccountMatch::Taken { by: by.to_owned() };
    assert_eq!(recognised(&mut writer, &[("c", "wx1"), ("b", "wx2")]), [taken("wx2"), taken("wx1")]);
    let refused = writer.get_or_create_account(&"c".parse().unwrap(), "wx1", NOW.parse().unwrap());
    assert!(matches!(refused, Err(Error::OtherAppid { .. })), "{refused:?}");
}

#[test]
fn an_appid_that_an_older_program_kept_twice_goes_on_by_its_configured_name() {
    let (world, mut writer) = archive(&[("mag", "wx0000000000000mag"), ("old", "wx0000000000000mag")]);
    let known = AccountMatch::Known { others: vec!["old".to_owned()] };
    assert_eq!(recognised(&mut writer, &[("mag", "wx0000000000000mag")]), [known]);
    drop(writer);
    world.configure(&[("mag", "http://127.0.0.1:9", "'all'")]);
    let checked = world.run(CHECK);
    assert_eq!(checked.code(), Some(0), "{checked}");
    let told = String::from_utf8_lossy(checked.stdout()).into_owned();
    assert!(told.contains("mag: the archive keeps its appid as old too; that stays readable"), "{told}");
    let (told, people) = (status(&world), world.run(&["status", "old", "--config", "config.toml"]));
    assert_eq!((&told[1]["account"], &told[1]["polled_as"]), (&json!("old"), &json!("mag")));
    assert!(String::from_utf8_lossy(people.stdout()).contains("as mag, which is polled"), "{people}");
}

#[test]
fn a_third_name_goes_to_the_one_that_was_polled_last() {
    let (world, mut writer) = archive(&[("mag", "wx1"), ("old", "wx1")]);
    let database = crate::harness::database(world.path("archive.db"));
    for account in [2, 1] {
        let row =
            "INSERT INTO poll (account, started_at, finished_at, strategy, calls, seen, new_versions, missing, errors)
                   VALUES (?1, '', '', 'list', 0, 0, 0, 0, 0)";
        database.execute(row, [account]).unwrap();
    }
    assert_eq!(recognised(&mut writer, &[("new", "wx1")]), [AccountMatch::Renamed { from: "mag".to_owned() }]);
}

#[test]
fn a_poll_that_broke_under_the_old_name_leaves_its_row_and_not_the_name() {
    let (_world, mut writer) = archive(&[("mag", "wx1")]);
    assert_eq!(recognised(&mut writer, &[("new", "wx1")]), [AccountMatch::Renamed { from: "mag".to_owned() }]);
    writer
        .record_broken(
            &"mag".parse().unwrap(),
            "wx1",
            &PollLog::begin(draftkeep::model::Strategy::Adaptive, NOW.parse().unwrap()),
        )
        .unwrap();
    let known = AccountMatch::Known { others: Vec::new() };
    assert_eq!(recognised(&mut writer, &[("new", "wx1")]), [known]);
    assert!(writer.last_poll(&"new".parse().unwrap()).unwrap().is_some());
}
