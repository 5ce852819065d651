//! `draftkeep status`: the state of accounts, and each problem with the next command.

mod quota;

use draftkeep::archive::{AccountState, DaemonLock, Failure, MissingDraft, PollLog, Reader, Writer};
use draftkeep::model::{ApiUsage, DraftState, Endpoint, MediaId, Strategy, Timestamp, quota_day};
use draftkeep::poll;
use draftkeep::simulator::{Account, Settings, Simulator};
use draftkeep::wechat::{self, ErrorKind};
use insta::assert_snapshot;

use crate::harness::{NOW, Run, World, document, presence};

const AUTUMN: &str = "Qm7xK2vTnS0b";

/// One account with a draft of two versions.
fn kept() -> World {
    let world = World::new();
    world.configure(&[("mag", "http://127.0.0.1:9", "'all'")]);
    for (observed_at, text) in [("2026-08-30T01:00:00Z", "<p>一</p>"), ("2026-09-01T01:00:00Z", "<p>二</p>")] {
        world.keep("mag", AUTUMN, observed_at, &document(&[("秋季新品", text)]));
    }
    world
}

/// A poll that ended at `finished_at` on a day of the year of [`NOW`], after two seconds.
fn polled(world: &World, account: &str, finished_at: &str, failures: &[Failure]) {
    let finished_at: Timestamp = format!("2026-{finished_at}Z").parse().unwrap();
    let mut poll = PollLog::begin(Strategy::Sweep, finished_at - chrono::TimeDelta::seconds(2));
    poll.finished_at = finished_at;
    poll.calls = 2;
    if failures.iter().all(|failure| failure.media_id.is_some()) {
        poll.seen.push(presence(AUTUMN, finished_at));
    }
    poll.failures.extend_from_slice(failures);
    let count = |endpoint| ApiUsage { endpoint, day: quota_day(finished_at), count: 1 };
    finish(world, account, &poll, &[count(Endpoint::StableToken), count(Endpoint::DraftBatchget)]);
}

fn finish(world: &World, account: &str, poll: &PollLog, calls: &[ApiUsage]) {
    let mut writer = Writer::open(&world.path("archive.db")).unwrap();
    let appid = crate::harness::appid(account);
    let account = writer.get_or_create_account(&account.parse().unwrap(), &appid, poll.started_at).unwrap();
    writer.save_poll(account, poll, calls, &AccountState::default()).unwrap();
}

/// A failure of the account, as a poll records it: the platform answered at 01:59 on the day of [`NOW`].
fn refused(endpoint: Endpoint, kind: ErrorKind, code: i64, message: &str) -> Failure {
    let rid = Some("6a963164-0f1e2d3c-4b5a6978".to_owned());
    let error = wechat::Error { endpoint: Some(endpoint), kind, code: Some(code), message: message.to_owned(), rid };
    poll::call_failure(None, &error)
}

fn status(world: &World) -> Run {
    world.run(&["status", "--config", "config.toml"])
}

/// The output of `status`, as text and as JSON, after polls that failed like this at 01:50, 01:55 and 01:59.
fn told_of(failures: &[Failure]) -> String {
    let world = kept();
    polled(&world, "mag", "09-01T01:45:00", &[]);
    for minute in ["50:00", "55:00"] {
        polled(&world, "mag", &format!("09-01T01:{minute}"), &[failures[0].clone()]);
    }
    polled(&world, "mag", "09-01T01:59:01", failures);
    let _daemon = DaemonLock::acquire(&world.path("archive.db")).unwrap();
    let json = world.run(&["status", "--config", "config.toml", "--json"]).json();
    let (trouble, next) = (json[0]["trouble"].as_str().unwrap(), json[0]["next"].as_str().unwrap_or("no command"));
    format!("{}\n{}\n{}", status(&world), world.shown(trouble), world.shown(next))
}

#[test]
fn an_account_that_is_well_is_a_calm_block() {
    let world = kept();
    polled(&world, "mag", "09-01T01:57:00", &[]);
    let _daemon = DaemonLock::acquire(&world.path("archive.db")).unwrap();
    assert_snapshot!(status(&world), @"
    The daemon is running on ./archive.db.

    mag: healthy
      last poll   3 minutes ago (2026-09-01 09:57 +08:00): 1 draft seen, 0 new versions
      drafts      1 live
      versions    2, 1 of them today
      polls       every 5 minutes (*/5 * * * * in Asia/Shanghai)
      quota today draft/get       0 of 500 ours, 500 left
                  draft/batchget  1 of 1000 ours, 999 left
                  draft/count     0 of 1000 ours, 1000 left
                  (not told yet: the limits of a new account)
      also called stable_token 1 of 500000
    ");
    insta::assert_json_snapshot!(world.run(&["status", "--config", "config.toml", "--json"]).json(), @r#"
    [
      {
        "account": "mag",
        "calls_today": {
          "draft/batchget": 1,
          "stable_token": 1
        },
        "configured": true,
        "copies": [],
        "daemon": true,
        "drafts": 1,
        "drafts_by_state": {
          "deleted": 0,
          "gone": 0,
          "live": 1,
          "missing": 0,
          "published": 0
        },
        "drills_left": [],
        "freshness": null,
        "held_back": null,
        "held_writes": [],
        "known_as": null,
        "last_ok": "2026-09-01T01:57:00.000Z",
        "last_poll": "2026-09-01T01:57:00.000Z",
        "limits": {
          "draft/add": 1000,
          "draft/batchget": 1000,
          "draft/count": 1000,
          "draft/delete": 1000,
          "draft/get": 500,
          "draft/update": 1000,
          "freepublish/batchget": 100,
          "material/add_material": 1000,
          "material/batchget_material": 1000,
          "material/get_material": 1000,
          "media/uploadimg": 1000,
          "openapi/quota/get": 288,
          "stable_token": 500000,
          "stable_token/force": 20
        },
        "list_order": null,
        "mirror": null,
        "next": null,
        "outcome": {
          "calls": 2,
          "errors": 0,
          "missing": 0,
          "new_versions": 0,
          "seen": 1,
          "strategy": "sweep"
        },
        "pictures": {
          "held": 0,
          "lost": 0,
          "missing": 0,
          "waiting": 0
        },
        "polled_as": null,
        "proofs": [],
        "quota": {
          "draft/add": {
            "left": 1000,
            "limit": 1000,
            "limit_from": "documentation",
            "others": null,
            "ours": 0,
            "told_at": null
          },
          "draft/batchget": {
            "left": 999,
            "limit": 1000,
            "limit_from": "documentation",
            "others": null,
            "ours": 1,
            "told_at": null
          },
          "draft/count": {
            "left": 1000,
            "limit": 1000,
            "limit_from": "documentation",
            "others": null,
            "ours": 0,
            "told_at": null
          },
          "draft/delete": {
            "left": 1000,
            "limit": 1000,
            "limit_from": "documentation",
            "others": null,
            "ours": 0,
            "told_at": null
          },
          "draft/get": {
            "left": 500,
            "limit": 500,
            "limit_from": "documentation",
            "others": null,
            "ours": 0,
            "told_at": null
          },
          "draft/update": {
            "left": 1000,
            "limit": 1000,
            "limit_from": "documentation",
            "others": null,
            "ours": 0,
            "told_at": null
          },
          "freepublish/batchget": {
            "left": 100,
            "limit": 100,
            "limit_from": "documentation",
            "others": null,
            "ours": 0,
            "told_at": null
          },
          "material/add_material": {
            "left": 1000,
            "limit": 1000,
            "limit_from": "documentation",
            "others": null,
            "ours": 0,
            "told_at": null
          },
          "material/batchget_material": {
            "left": 1000,
            "limit": 1000,
            "limit_from": "documentation",
            "others": null,
            "ours": 0,
            "told_at": null
          },
          "material/get_material": {
            "left": 1000,
            "limit": 1000,
            "limit_from": "documentation",
            "others": null,
            "ours": 0,
            "told_at": null
          },
          "media/uploadimg": {
            "left": 1000,
            "limit": 1000,
            "limit_from": "documentation",
            "others": null,
            "ours": 0,
            "told_at": null
          },
          "openapi/quota/get": {
            "left": 288,
            "limit": 288,
            "limit_from": "documentation",
            "others": null,
            "ours": 0,
            "told_at": null
          },
          "stable_token": {
            "left": 499999,
            "limit": 500000,
            "limit_from": "documentation",
            "others": null,
            "ours": 1,
            "told_at": null
          },
          "stable_token/force": {
            "left": 20,
            "limit": 20,
            "limit_from": "documentation",
            "others": null,
            "ours": 0,
            "told_at": null
          }
        },
        "retention": null,
        "targets": [],
        "trouble": null,
        "versions": 2,
        "versions_today": 1,
        "volatile": []
      }
    ]
    "#);
}

#[test]
fn states_and_calls_are_counted_by_the_platforms_day() {
    let world = kept();
    world.keep("mag", "Qm7xK2vTzzzz", "2026-08-31T15:59:59Z", &document(&[("二", "<p>昨天</p>")]));
    world.keep("mag", "Qm7xK2vTyyyy", "2026-08-31T16:00:00Z", &document(&[("三", "<p>今天</p>")]));
    polled(&world, "mag", "08-31T15:59:59", &[]);
    let mut poll = PollLog::begin(Strategy::List, "2026-09-01T01:58:00Z".parse().unwrap());
    let (media_id, at) = (MediaId::new("Qm7xK2vTzzzz"), poll.finished_at);
    poll.absences.push(MissingDraft { media_id, state: DraftState::Missing, at });
    poll.seen.extend([AUTUMN, "Qm7xK2vTyyyy"].map(|draft| presence(draft, poll.finished_at)));
    let spent = ApiUsage { endpoint: Endpoint::DraftGet, day: "2026-09-01".to_owned(), count: 481 };
    finish(&world, "mag", &poll, &[spent]);
    assert_snapshot!(status(&world), @"
    The daemon is not running; to start it: systemctl start draftkeep

    mag: healthy
      last poll   2 minutes ago (2026-09-01 09:58 +08:00): 2 drafts seen, 0 new versions, 1 missing
      drafts      2 live, 1 missing
      versions    4, 2 of them today
      polls       every 5 minutes (*/5 * * * * in Asia/Shanghai)
      quota today draft/get       481 of 500 ours, 19 left
                  draft/batchget  0 of 1000 ours, 1000 left
                  draft/count     0 of 1000 ours, 1000 left
                  (not told yet: the limits of a new account)
    ");
}

#[test]
fn an_address_that_is_not_whitelisted_is_told_with_the_page_to_add_it() {
    let ip = Some("203.0.113.24".parse().unwrap());
    let text = "invalid ip 203.0.113.24 ipv6 ::ffff:203.0.113.24, not in whitelist";
    assert_snapshot!(told_of(&[refused(Endpoint::StableToken, ErrorKind::IpNotWhitelisted { ip }, 40164, text)]), @"
    The daemon is running on ./archive.db.

    mag: has problems
      last poll   59 seconds ago (2026-09-01 09:59 +08:00): 0 drafts seen, 0 new versions, 1 failure
      last good   15 minutes ago (2026-09-01 09:45 +08:00)
      drafts      1 live
      versions    2, 1 of them today
      polls       every 5 minutes (*/5 * * * * in Asia/Shanghai)
      quota today draft/get       0 of 500 ours, 500 left
                  draft/batchget  4 of 1000 ours, 996 left
                  draft/count     0 of 1000 ours, 1000 left
                  (not told yet: the limits of a new account)
      also called stable_token 4 of 500000
      problem     polls have failed since 2026-09-01 09:50 +08:00, 3 so far: stable_token: this
                  machine's address 203.0.113.24 is not in the account's IP whitelist: invalid ip
                  203.0.113.24 ipv6 ::ffff:203.0.113.24, not in whitelist (errcode 40164). Add it at
                  mp.weixin.qq.com: 设置与开发 → 开发接口管理 (or 基本配置) → IP白名单; it takes effect
                  after about 30 seconds; it is tried again at 2026-09-01 10:01 +08:00
                  → draftkeep --config $TMP/config.toml config check --online

    polls have failed since 2026-09-01T01:50:00.000Z, 3 so far: stable_token: this machine's address 203.0.113.24 is not in the account's IP whitelist: invalid ip 203.0.113.24 ipv6 ::ffff:203.0.113.24, not in whitelist (errcode 40164). Add it at mp.weixin.qq.com: 设置与开发 → 开发接口管理 (or 基本配置) → IP白名单; it takes effect after about 30 seconds; it is tried again at 2026-09-01T02:01:01.000Z; next: draftkeep --config $TMP/config.toml config check --online
    draftkeep --config $TMP/config.toml config check --online
    ");
}

#[test]
fn a_wrong_secret_is_told() {
    assert_snapshot!(told_of(&[refused(Endpoint::StableToken, ErrorKind::Credentials, 40125, "invalid appsecret")]), @"
    The daemon is running on ./archive.db.

    mag: has problems
      last poll   59 seconds ago (2026-09-01 09:59 +08:00): 0 drafts seen, 0 new versions, 1 failure
      last good   15 minutes ago (2026-09-01 09:45 +08:00)
      drafts      1 live
      versions    2, 1 of them today
      polls       every 5 minutes (*/5 * * * * in Asia/Shanghai)
      quota today draft/get       0 of 500 ours, 500 left
                  draft/batchget  4 of 1000 ours, 996 left
                  draft/count     0 of 1000 ours, 1000 left
                  (not told yet: the limits of a new account)
      also called stable_token 4 of 500000
      problem     polls have failed since 2026-09-01 09:50 +08:00, 3 so far: stable_token: the platform
                  refuses the account's credentials: invalid appsecret (errcode 40125). Check that the
                  AppSecret belongs to this AppID; a lost one can only be reset at mp.weixin.qq.com:
                  设置与开发 → 开发接口管理 (or 基本配置)
                  → draftkeep --config $TMP/config.toml config check --online

    polls have failed since 2026-09-01T01:50:00.000Z, 3 so far: stable_token: the platform refuses the account's credentials: invalid appsecret (errcode 40125). Check that the AppSecret belongs to this AppID; a lost one can only be reset at mp.weixin.qq.com: 设置与开发 → 开发接口管理 (or 基本配置); next: draftkeep --config $TMP/config.toml config check --online
    draftkeep --config $TMP/config.toml config check --online
    ");
}

#[test]
fn a_spent_quota_is_told_with_the_hour_when_it_is_free_again() {
    let text = "reach max api daily quota limit";
    assert_snapshot!(told_of(&[refused(Endpoint::DraftBatchget, ErrorKind::Quota, 45009, text)]), @"
    The daemon is running on ./archive.db.

    mag: has problems
      last poll   59 seconds ago (2026-09-01 09:59 +08:00): 0 drafts seen, 0 new versions, 1 failure
      last good   15 minutes ago (2026-09-01 09:45 +08:00)
      drafts      1 live
      versions    2, 1 of them today
      polls       every 5 minutes (*/5 * * * * in Asia/Shanghai)
      quota today draft/get       0 of 500 ours, 500 left
                  draft/batchget  4 of 1000 ours, 996 left
                  draft/count     0 of 1000 ours, 1000 left
                  (not told yet: the limits of a new account)
      also called stable_token 4 of 500000
      problem     polls have failed since 2026-09-01 09:50 +08:00, 3 so far: draft/batchget: the limit
                  of this endpoint is used up: reach max api daily quota limit (errcode 45009). It is
                  free again at 00:00 Beijing time (UTC+8); other endpoints are not affected
                  → wait until 2026-09-02 00:00 +08:00: polls go on by themselves

    polls have failed since 2026-09-01T01:50:00.000Z, 3 so far: draft/batchget: the limit of this endpoint is used up: reach max api daily quota limit (errcode 45009). It is free again at 00:00 Beijing time (UTC+8); other endpoints are not affected; next: wait until 2026-09-01T16:00:00.000Z: polls go on by themselves
    no command
    ");
}

#[test]
fn a_missing_permission_and_a_ban_are_told() {
    assert_snapshot!(told_of(&[refused(Endpoint::DraftGet, ErrorKind::Permission, 48001, "api unauthorized")]), @"
    The daemon is running on ./archive.db.

    mag: has problems
      last poll   59 seconds ago (2026-09-01 09:59 +08:00): 0 drafts seen, 0 new versions, 1 failure
      last good   15 minutes ago (2026-09-01 09:45 +08:00)
      drafts      1 live
      versions    2, 1 of them today
      polls       every 5 minutes (*/5 * * * * in Asia/Shanghai)
      quota today draft/get       0 of 500 ours, 500 left
                  draft/batchget  4 of 1000 ours, 996 left
                  draft/count     0 of 1000 ours, 1000 left
                  (not told yet: the limits of a new account)
      also called stable_token 4 of 500000
      problem     polls have failed since 2026-09-01 09:50 +08:00, 3 so far: draft/get: the account may
                  not use this endpoint: api unauthorized (errcode 48001). Check at mp.weixin.qq.com
                  that 认证 has not expired and that 设置与开发 → 接口权限 lists it, and that `appid` is
                  an official account and no mini program
                  → draftkeep --config $TMP/config.toml config check --online

    polls have failed since 2026-09-01T01:50:00.000Z, 3 so far: draft/get: the account may not use this endpoint: api unauthorized (errcode 48001). Check at mp.weixin.qq.com that 认证 has not expired and that 设置与开发 → 接口权限 lists it, and that `appid` is an official account and no mini program; next: draftkeep --config $TMP/config.toml config check --online
    draftkeep --config $TMP/config.toml config check --online
    ");
    assert_snapshot!(told_of(&[refused(Endpoint::DraftGet, ErrorKind::Suspended, 50002, "user limited")]), @"
    The daemon is running on ./archive.db.

    mag: has problems
      last poll   59 seconds ago (2026-09-01 09:59 +08:00): 0 drafts seen, 0 new versions, 1 failure
      last good   15 minutes ago (2026-09-01 09:45 +08:00)
      drafts      1 live
      versions    2, 1 of them today
      polls       every 5 minutes (*/5 * * * * in Asia/Shanghai)
      quota today draft/get       0 of 500 ours, 500 left
                  draft/batchget  4 of 1000 ours, 996 left
                  draft/count     0 of 1000 ours, 1000 left
                  (not told yet: the limits of a new account)
      also called stable_token 4 of 500000
      problem     polls have failed since 2026-09-01 09:50 +08:00, 3 so far: draft/get: the platform has
                  restricted the account: user limited (errcode 50002). Log in to mp.weixin.qq.com and
                  read the notice there
                  → draftkeep --config $TMP/config.toml config check --online

    polls have failed since 2026-09-01T01:50:00.000Z, 3 so far: draft/get: the platform has restricted the account: user limited (errcode 50002). Log in to mp.weixin.qq.com and read the notice there; next: draftkeep --config $TMP/config.toml config check --online
    draftkeep --config $TMP/config.toml config check --online
    ");
}

#[test]
fn what_failed_is_recorded_as_facts() {
    let world = kept();
    let failures = [refused(Endpoint::DraftGet, ErrorKind::Quota, 45009, "reach max api daily quota limit")];
    polled(&world, "mag", "09-01T01:59:00", &failures);
    let facts: [Option<String>; 4] = crate::harness::database(world.path("archive.db"))
        .query_row("SELECT endpoint, kind, code || '', rid FROM poll_error", (), |row| {
            Ok([row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?])
        })
        .unwrap();
    let facts = facts.each_ref().map(Option::as_deref);
    assert_eq!(facts, [Some("draft/get"), Some("quota"), Some("45009"), Some("6a963164-0f1e2d3c-4b5a6978")]);
    let reader = Reader::open(&world.path("archive.db")).unwrap();
    let stats = reader.account_stats(NOW.parse().unwrap()).unwrap();
    let mag = stats.iter().find(|stats| stats.account == "mag").unwrap();
    assert_eq!(mag.last_poll.as_ref().unwrap().failures, failures);
}

#[test]
fn a_network_that_is_down_is_told() {
    let error = wechat::Error {
        endpoint: Some(Endpoint::StableToken),
        kind: ErrorKind::Unreachable { sent: false },
        code: None,
        message: "Connection refused (os error 111)".to_owned(),
        rid: None,
    };
    assert_snapshot!(told_of(&[poll::call_failure(None, &error)]), @"
    The daemon is running on ./archive.db.

    mag: has problems
      last poll   59 seconds ago (2026-09-01 09:59 +08:00): 0 drafts seen, 0 new versions, 1 failure
      last good   15 minutes ago (2026-09-01 09:45 +08:00)
      drafts      1 live
      versions    2, 1 of them today
      polls       every 5 minutes (*/5 * * * * in Asia/Shanghai)
      quota today draft/get       0 of 500 ours, 500 left
                  draft/batchget  4 of 1000 ours, 996 left
                  draft/count     0 of 1000 ours, 1000 left
                  (not told yet: the limits of a new account)
      also called stable_token 4 of 500000
      problem     polls have failed since 2026-09-01 09:50 +08:00, 3 so far: stable_token: the platform
                  cannot be reached: Connection refused (os error 111). Check the network, `api_base`
                  and `proxy`
                  → draftkeep --config $TMP/config.toml config check --online

    polls have failed since 2026-09-01T01:50:00.000Z, 3 so far: stable_token: the platform cannot be reached: Connection refused (os error 111). Check the network, `api_base` and `proxy`; next: draftkeep --config $TMP/config.toml config check --online
    draftkeep --config $TMP/config.toml config check --online
    ");
}

#[test]
fn what_is_about_the_account_is_told_before_what_is_about_drafts() {
    let of = |media_id: &str| {
        let failure = refused(Endpoint::DraftGet, ErrorKind::NotFound, 40007, "invalid media_id");
        Failure { media_id: Some(MediaId::new(media_id)), ..failure }
    };
    assert_snapshot!(told_of(&[of("Qm7x\u{1b}[2J")]), @"
    The daemon is running on ./archive.db.

    mag: has problems
      last poll   59 seconds ago (2026-09-01 09:59 +08:00): 1 draft seen, 0 new versions, 1 failure
      last good   15 minutes ago (2026-09-01 09:45 +08:00)
      drafts      1 live
      versions    2, 1 of them today
      polls       every 5 minutes (*/5 * * * * in Asia/Shanghai)
      quota today draft/get       0 of 500 ours, 500 left
                  draft/batchget  4 of 1000 ours, 996 left
                  draft/count     0 of 1000 ours, 1000 left
                  (not told yet: the limits of a new account)
      also called stable_token 4 of 500000
      problem     polls have failed in part since 2026-09-01 09:50 +08:00, 3 so far: draft Qm7x␛[2J:
                  draft/get: the draft is not in the draft box: invalid media_id (errcode 40007). It was
                  published or deleted, or it belongs to another account
                  → draftkeep --config $TMP/config.toml poll mag

    polls have failed in part since 2026-09-01T01:50:00.000Z, 3 so far: draft Qm7x[2J: draft/get: the draft is not in the draft box: invalid media_id (errcode 40007). It was published or deleted, or it belongs to another account; next: draftkeep --config $TMP/config.toml poll mag
    draftkeep --config $TMP/config.toml poll mag
    ");
    let account = refused(Endpoint::DraftGet, ErrorKind::Quota, 45009, "reach max api daily quota limit");
    assert_snapshot!(told_of(&[of("Qm7xK2vTzzzz"), of("Qm7xK2vTyyyy"), account]), @"
    The daemon is running on ./archive.db.

    mag: has problems
      last poll   59 seconds ago (2026-09-01 09:59 +08:00): 0 drafts seen, 0 new versions, 3 failures
      last good   15 minutes ago (2026-09-01 09:45 +08:00)
      drafts      1 live
      versions    2, 1 of them today
      polls       every 5 minutes (*/5 * * * * in Asia/Shanghai)
      quota today draft/get       0 of 500 ours, 500 left
                  draft/batchget  4 of 1000 ours, 996 left
                  draft/count     0 of 1000 ours, 1000 left
                  (not told yet: the limits of a new account)
      also called stable_token 4 of 500000
      problem     polls have failed since 2026-09-01 09:50 +08:00, 3 so far: draft/get: the limit of
                  this endpoint is used up: reach max api daily quota limit (errcode 45009). It is free
                  again at 00:00 Beijing time (UTC+8); other endpoints are not affected (and 2 more)
                  → wait until 2026-09-02 00:00 +08:00: polls go on by themselves

    polls have failed since 2026-09-01T01:50:00.000Z, 3 so far: draft/get: the limit of this endpoint is used up: reach max api daily quota limit (errcode 45009). It is free again at 00:00 Beijing time (UTC+8); other endpoints are not affected (and 2 more); next: wait until 2026-09-01T16:00:00.000Z: polls go on by themselves
    no command
    ");
}

#[test]
fn polls_that_are_overdue_are_told_by_whether_the_daemon_runs() {
    let world = kept();
    polled(&world, "mag", "09-01T01:50:02", &[]);
    assert_eq!(troubles(&world), [""], "one poll may be late");
    polled(&world, "mag", "09-01T01:43:02", &[]);
    assert_snapshot!(status(&world), @"
    The daemon is not running; to start it: systemctl start draftkeep

    mag: has problems
      last poll   16 minutes ago (2026-09-01 09:43 +08:00): 1 draft seen, 0 new versions
      drafts      1 live
      versions    2, 1 of them today
      polls       every 5 minutes (*/5 * * * * in Asia/Shanghai)
      quota today draft/get       0 of 500 ours, 500 left
                  draft/batchget  2 of 1000 ours, 998 left
                  draft/count     0 of 1000 ours, 1000 left
                  (not told yet: the limits of a new account)
      also called stable_token 2 of 500000
      problem     no poll since 2026-09-01 09:43 +08:00, although polls were due: the daemon is not
                  running
                  → systemctl start draftkeep
    ");
    let _daemon = DaemonLock::acquire(&world.path("archive.db")).unwrap();
    assert_snapshot!(status(&world), @"
    The daemon is running on ./archive.db.

    mag: has problems
      last poll   16 minutes ago (2026-09-01 09:43 +08:00): 1 draft seen, 0 new versions
      drafts      1 live
      versions    2, 1 of them today
      polls       every 5 minutes (*/5 * * * * in Asia/Shanghai)
      quota today draft/get       0 of 500 ours, 500 left
                  draft/batchget  2 of 1000 ours, 998 left
                  draft/count     0 of 1000 ours, 1000 left
                  (not told yet: the limits of a new account)
      also called stable_token 2 of 500000
      problem     no poll since 2026-09-01 09:43 +08:00, although polls were due
                  → draftkeep --config $TMP/config.toml poll mag
    ");
    assert_eq!(
        world.run(&["status", "--archive", "archive.db", "--json"]).json()[0]["trouble"],
        serde_json::Value::Null
    );
}

/// The problem of each account, as JSON.
fn troubles(world: &World) -> Vec<String> {
    let json = world.run(&["status", "--config", "config.toml", "--json"]).json();
    json.as_array()
        .unwrap()
        .iter()
        .map(|account| world.shown(account["trouble"].as_str().unwrap_or_default()))
        .collect()
}

#[test]
fn accounts_that_were_never_polled_or_are_not_configured_any_more_are_told() {
    let world = kept();
    polled(&world, "mag", "09-01T01:59:00", &[]);
    world.configure(&[("shop", "http://127.0.0.1:9", "'all'")]);
    assert_snapshot!(status(&world), @"
    The daemon is not running; to start it: systemctl start draftkeep

    shop: never polled
      problem     it was never polled: the daemon is not running
                  → systemctl start draftkeep

    mag: not in the configuration any more
      last poll   1 minute ago (2026-09-01 09:59 +08:00): 1 draft seen, 0 new versions
      drafts      1 live
      versions    2, 1 of them today
      quota today draft/get       0 of 500 ours, 500 left
                  draft/batchget  1 of 1000 ours, 999 left
                  draft/count     0 of 1000 ours, 1000 left
                  (not told yet: the limits of a new account)
      also called stable_token 1 of 500000
    ");
    let json = world.run(&["status", "--config", "config.toml", "--json"]).json();
    let configured: Vec<_> =
        json.as_array().unwrap().iter().map(|each| (&each["account"], &each["configured"])).collect();
    assert_eq!(format!("{configured:?}"), r#"[(String("shop"), Bool(true)), (String("mag"), Bool(false))]"#);
}

#[test]
fn before_the_first_poll_there_is_a_status() {
    let world = World::new();
    world.configure(&[("mag", "http://127.0.0.1:9", "'all'")]);
    assert_snapshot!(status(&world), @"
    The daemon is not running; to start it: systemctl start draftkeep

    mag: never polled
      problem     it was never polled: the daemon is not running
                  → systemctl start draftkeep
    ");
    assert_eq!(std::fs::read_dir(world.path("")).unwrap().count(), 1, "nothing was made");
    assert_snapshot!(world.run(&["status", "--archive", "archive.db"]), @"
    ------- stderr -------
    Error: there is no archive at archive.db
    Hint: Name an archive that is there: --archive PATH
    ------- exit 4 -------
    ");
}

#[test]
fn a_clock_that_is_off_is_told() {
    let late = kept();
    let error = refused(Endpoint::DraftGet, ErrorKind::Quota, 45009, "reach max api daily quota limit");
    polled(&late, "mag", "09-01T01:20:00", std::slice::from_ref(&error));
    assert_snapshot!(troubles(&late)[0], @"this machine's clock was about 39 minutes behind the platform's when it said 2026-09-01T01:20:00.000Z; next: timedatectl status. Also: no poll since 2026-09-01T01:20:00.000Z, although polls were due: the daemon is not running; next: systemctl start draftkeep. Also: the last poll failed: draft/get: the limit of this endpoint is used up: reach max api daily quota limit (errcode 45009). It is free again at 00:00 Beijing time (UTC+8); other endpoints are not affected; next: wait until 2026-09-01T16:00:00.000Z: polls go on by themselves");

    let early = kept();
    polled(&early, "mag", "09-01T04:59:00", std::slice::from_ref(&error));
    assert_snapshot!(troubles(&early)[0], @"the last poll is dated 2026-09-01T04:59:00.000Z, 2 hours from now: this machine's clock was ahead then, or is behind now; next: timedatectl status. Also: the last poll failed: draft/get: the limit of this endpoint is used up: reach max api daily quota limit (errcode 45009). It is free again at 00:00 Beijing time (UTC+8); other endpoints are not affected; next: wait until 2026-09-01T16:00:00.000Z: polls go on by themselves");
    let mut command = early.command(&["status", "--config", "config.toml", "--json"]);
    command.env("DRAFTKEEP_CLOCK", "2026-09-01T05:00:00Z");
    assert_snapshot!(early.finish(command).json()[0]["trouble"].as_str().unwrap(), @"this machine's clock was about 2 hours ahead of the platform's when it said 2026-09-01T04:59:00.000Z; next: timedatectl status. Also: the last poll failed: draft/get: the limit of this endpoint is used up: reach max api daily quota limit (errcode 45009). It is free again at 00:00 Beijing time (UTC+8); other endpoints are not affected; next: wait until 2026-09-01T16:00:00.000Z: polls go on by themselves");

    let saved = kept();
    polled(&saved, "mag", "09-01T01:59:00", &[]);
    let later = "UPDATE version SET update_time = update_time + 43 * 60 WHERE number = 2";
    let database = crate::harness::database(saved.path("archive.db"));
    database.execute_batch(&format!("DROP TRIGGER version_never_changes; {later}")).unwrap();
    let mut long_after = saved.command(&["status", "--archive", "archive.db", "--json"]);
    long_after.env("DRAFTKEEP_CLOCK", "2026-09-02T01:00:00Z");
    assert_eq!(saved.finish(long_after).json()[0]["trouble"], serde_json::Value::Null, "that was another day's clock");
    assert_snapshot!(troubles(&saved)[0], @"this machine's clock was about 43 minutes behind the platform's when it said 2026-09-01T01:00:00.000Z; next: timedatectl status");
    polled(&saved, "mag", "09-01T01:59:01", &[error]);
    let told = troubles(&saved)[0].to_string();
    assert!(!told.contains("clock"), "the platform has dated that poll as we did: {told}");
}

#[test]
fn an_account_that_nobody_knows_is_told_with_the_one_that_is_like_it() {
    let world = kept();
    let of = |account: &str| world.run(&["status", account, "--config", "config.toml"]);
    assert_snapshot!(of("map"), @"
    ------- stderr -------
    Error: there is no account map
    Hint: Did you mean mag?
    Hint: There are: mag
    ------- exit 4 -------
    ");
    assert_snapshot!(of("shop"), @"
    ------- stderr -------
    Error: there is no account shop
    Hint: There are: mag
    ------- exit 4 -------
    ");
    assert_eq!(of("mag").code(), Some(0));
}

#[test]
fn a_damaged_archive_is_told() {
    let world = kept();
    let database = crate::harness::database(world.path("archive.db"));
    database.execute_batch("PRAGMA ignore_check_constraints = ON; UPDATE draft SET state = 'lost'").unwrap();
    assert_snapshot!(status(&world), @r#"
    ------- stderr -------
    Error: the archive is damaged: "lost" is no state of a draft
    Hint: See what is damaged: draftkeep --config $TMP/config.toml verify
    Hint: Bring what is whole into a new archive: draftkeep --config $TMP/config.toml repair --to NEW; draftkeep --config $TMP/config.toml import-backup NEW
    Hint: Or put a backup in its place: draftkeep --config $TMP/config.toml import-backup FILE
    ------- exit 5 -------
    "#);
}

#[test]
fn an_archive_of_an_older_schema_is_read_as_it_is() {
    let world = World::new();
    let database = crate::harness::database(world.path("archive.db"));
    database.execute_batch(include_str!("../../schema/0001_archive.sql")).unwrap();
    database
        .execute_batch(
            "PRAGMA application_id = 0x444b4550; PRAGMA user_version = 1;
             INSERT INTO account (name, appid, first_seen) VALUES ('mag', 'wx1', '2026-09-01T00:00:00.000Z')",
        )
        .unwrap();
    assert_snapshot!(world.run(&["status", "--archive", "archive.db"]), @"
    No daemon is running on archive.db.

    mag: never polled
    ");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_real_poll_suffered_is_told() {
    let accounts = vec![Account::new("wx0000000000000mag", "hush").whitelist(&["203.0.113.1"])];
    let platform = Simulator::start(Settings { accounts, ..Settings::default() }).await.unwrap();
    platform.world().set_now(NOW.parse::<Timestamp>().unwrap().timestamp());
    let world = World::new();
    world.configure(&[("mag", &platform.base_url(), "'all'")]);
    assert_eq!(world.run(&["poll", "--config", "config.toml"]).code(), Some(6));
    assert_snapshot!(status(&world), @"
    The daemon is not running; to start it: systemctl start draftkeep

    mag: has problems
      last poll   0 seconds ago (2026-09-01 10:00 +08:00): 0 drafts seen, 0 new versions, 1 failure
      last good   never
      polls       every 5 minutes (*/5 * * * * in Asia/Shanghai)
      quota today draft/get       0 of 500 ours, 500 left
                  draft/batchget  0 of 1000 ours, 1000 left
                  draft/count     0 of 1000 ours, 1000 left
                  (not told yet: the limits of a new account)
      also called stable_token 1 of 500000
      problem     the last poll failed: stable_token: this machine's address 127.0.0.1 is not in the
                  account's IP whitelist: invalid ip 127.0.0.1 ipv6 ::ffff:127.0.0.1, not in whitelist
                  (errcode 40164). Add it at mp.weixin.qq.com: 设置与开发 → 开发接口管理 (or 基本配置) →
                  IP白名单; it takes effect after about 30 seconds
                  → draftkeep --config $TMP/config.toml config check --online
    ");
}

#[test]
fn a_check_ends_with_3_where_something_is_wrong_and_is_silent_otherwise() {
    let world = kept();
    polled(&world, "mag", "09-01T01:57:00", &[]);
    let _daemon = DaemonLock::acquire(&world.path("archive.db")).unwrap();
    let check = || world.run(&["status", "--check", "--config", "config.toml"]);
    assert_snapshot!(check(), @"");
    polled(
        &world,
        "mag",
        "09-01T01:59:00",
        &[refused(Endpoint::DraftBatchget, ErrorKind::Permission, 48001, "api unauthorized")],
    );
    let trouble = check();
    assert_eq!((trouble.code(), trouble.stderr().as_str()), (Some(3), ""), "{trouble}");
    let told = String::from_utf8_lossy(trouble.stdout()).into_owned();
    assert!(told.starts_with("mag: ") && told.contains("48001") && told.contains("; next: draftkeep "), "{told}");
    assert_eq!(told.lines().count(), 1, "{told}");
    assert_eq!(status(&world).code(), Some(0), "without --check it only tells");
    let json = world.run(&["status", "--check", "--json", "--config", "config.toml"]);
    let document: serde_json::Value = serde_json::from_slice(json.stdout()).unwrap();
    assert_eq!((json.code(), document[0]["trouble"].is_string()), (Some(3), true), "{json}");
}
