//! The quota in `status`: calls left, how fresh they keep the archive, and blocked endpoints.

use chrono::TimeDelta;
use draftkeep::archive::{
    AccountId, AccountState, DaemonLock, EndpointBlock, Failure, PollLog, QuotaReport, QuotaSource, SeenDraft, Writer,
};
use draftkeep::model::{ApiUsage, Endpoint, FailureKind, ListOrder, MediaId, Strategy, Timestamp};
use draftkeep::wechat::ErrorKind;
use insta::{assert_json_snapshot, assert_snapshot};
use serde_json::Value;

use super::{AUTUMN, finish, kept, polled, refused, status, troubles};
use crate::harness::{NOW, Run, World, presence};
use crate::verify::without_rules;

fn now() -> Timestamp {
    NOW.parse().unwrap()
}

/// An account polled by the planner; the last poll ended at 01:57.
fn planned() -> World {
    let world = kept();
    schedule(&world, "auto");
    watched(&world, "09-01T01:57:00", &[]);
    world
}

fn schedule(world: &World, schedule: &str) {
    let config = std::fs::read_to_string(world.path("config.toml")).unwrap();
    std::fs::write(world.path("config.toml"), config.replace("*/5 * * * *", schedule)).unwrap();
}

/// The platform may have been called as often as an even pace would have.
#[test]
fn counts_that_a_repair_lost_are_assumed() {
    let world = planned();
    let repair = "DELETE FROM call; INSERT INTO repair VALUES (1, '2026-09-01T01:58:00.000Z', 0)";
    without_rules(&world.path("archive.db"), repair);
    let status = status(&world).to_string();
    let line = status.lines().find(|line| line.contains("draft/batchget")).unwrap();
    assert_snapshot!(line.trim(), @"draft/batchget  0 of 1000 ours, 416 assumed (a repair lost the counts), 584 left");
}

/// An adaptive poll of ten minutes that ended then.
fn watched(world: &World, finished_at: &str, failures: &[Failure]) {
    let finished_at: Timestamp = format!("2026-{finished_at}Z").parse().unwrap();
    let mut poll = PollLog::begin(Strategy::Adaptive, finished_at - TimeDelta::minutes(10));
    poll.finished_at = finished_at;
    if failures.is_empty() {
        poll.seen.push(presence(AUTUMN, finished_at));
    }
    poll.failures.extend_from_slice(failures);
    finish(world, "mag", &poll, &[]);
}

fn write(world: &World, write: impl FnOnce(&mut Writer, AccountId)) {
    let mut writer = Writer::open(&world.path("archive.db")).unwrap();
    let account = writer.get_or_create_account(&"mag".parse().unwrap(), "wx0000000000000mag", now()).unwrap();
    write(&mut writer, account);
}

fn called(world: &World, endpoint: Endpoint, count: u64) {
    let line = ApiUsage { endpoint, day: "2026-09-01".to_owned(), count };
    write(world, |writer, account| writer.add_usage(account, &[line]).unwrap());
}

fn told(world: &World, endpoint: Endpoint, limit: u64, others: u64, from: QuotaSource) {
    let told = QuotaReport { limit, others, from, at: now() - TimeDelta::minutes(4) };
    write(world, |writer, account| writer.save_quota_report(account, endpoint, &told).unwrap());
}

/// The platform has blocked an endpoint, or all of them, with this failure.
fn close(world: &World, endpoint: Option<Endpoint>, failure: &Failure, until: &str) {
    let (code, message) = (failure.code.unwrap(), failure.message_without_rid());
    let closing = EndpointBlock { endpoint, until: until.parse().unwrap(), code, message };
    write(world, |writer, account| assert!(writer.block_endpoint(account, &closing, now()).unwrap()));
}

fn remember(world: &World, memory: &AccountState) {
    write(world, |writer, account| {
        writer.save_step(account, &PollLog::begin(Strategy::Adaptive, now()), &[], memory).unwrap();
    });
}

fn narrow(world: &World) -> Run {
    let mut command = world.command(&["status", "--config", "config.toml"]);
    command.env("COLUMNS", "80");
    world.finish(command)
}

fn json(world: &World) -> Value {
    world.run(&["status", "--config", "config.toml", "--json"]).json()[0].take()
}

#[test]
fn a_planned_account_tells_what_is_left_and_how_fresh_that_keeps_it() {
    let world = planned();
    called(&world, Endpoint::DraftGet, 37);
    called(&world, Endpoint::DraftBatchget, 118);
    assert_snapshot!(narrow(&world), @"
    The daemon is not running; to start it: systemctl start draftkeep

    mag: healthy
      last poll   3 minutes ago (2026-09-01 09:57 +08:00): 1 draft seen, 0 new
                  versions
      drafts      1 live
      versions    2, 1 of them today
      polls       planned: a draft that is being edited is looked at every 4 min or
                  so, every other one within 7 min
      quota today draft/get       37 of 500 ours, 463 left
                  draft/batchget  118 of 1000 ours, 882 left
                  draft/count     0 of 1000 ours, 1000 left
                  (not told yet: the limits of a new account)
    ");
    for (endpoint, limit, others) in
        [(Endpoint::DraftGet, 500, 25), (Endpoint::DraftBatchget, 2_000, 0), (Endpoint::DraftCount, 1_000, 7)]
    {
        told(&world, endpoint, limit, others, QuotaSource::QuotaGet);
    }
    let _daemon = DaemonLock::acquire(&world.path("archive.db")).unwrap();
    assert_snapshot!(narrow(&world), @"
    The daemon is running on ./archive.db.

    mag: healthy
      last poll   3 minutes ago (2026-09-01 09:57 +08:00): 1 draft seen, 0 new
                  versions
      drafts      1 live
      versions    2, 1 of them today
      polls       planned: a draft that is being edited is looked at every 2 min or
                  so, every other one within 4 min
      quota today draft/get       37 of 500 ours, 25 by others, 438 left
                  draft/batchget  118 of 2000 ours, 1882 left
                  draft/count     0 of 1000 ours, 7 by others, 993 left
    ");
    let json = json(&world);
    let draft_get = &json["quota"]["draft/get"];
    assert_json_snapshot!([&json["freshness"], &json["limits"]["draft/batchget"], draft_get, &json["quota"]["draft/add"]], @r#"
    [
      {
        "edited": 82,
        "new": 182,
        "others": 182
      },
      2000,
      {
        "left": 438,
        "limit": 500,
        "limit_from": "quota/get",
        "others": 25,
        "ours": 37,
        "told_at": "2026-09-01T01:56:00.000Z"
      },
      {
        "left": 1000,
        "limit": 1000,
        "limit_from": "documentation",
        "others": null,
        "ours": 0,
        "told_at": null
      }
    ]
    "#);
    assert_eq!((&json["outcome"]["strategy"], &json["trouble"]), (&"watch".into(), &Value::Null));
}

#[test]
fn a_spent_limit_tells_when_it_is_free_again() {
    let world = planned();
    called(&world, Endpoint::DraftGet, 463);
    called(&world, Endpoint::DraftAdd, 1_000);
    told(&world, Endpoint::DraftGet, 480, 17, QuotaSource::Refusal);
    assert_snapshot!(status(&world), @"
    The daemon is not running; to start it: systemctl start draftkeep

    mag: healthy
      last poll   3 minutes ago (2026-09-01 09:57 +08:00): 1 draft seen, 0 new versions
      drafts      1 live
      versions    2, 1 of them today
      polls       planned: a draft that is being edited is looked at every 3 min or so, every other one
                  within 7 min
      quota today draft/get       463 of 480 ours, 17 by others, none left until 2026-09-02 00:00 +08:00
                  (refused with 45009)
                  draft/batchget  0 of 1000 ours, 1000 left
                  draft/count     0 of 1000 ours, 1000 left
                  draft/add       1000 of 1000 ours, none left until 2026-09-02 00:00 +08:00
                  (draft/batchget, draft/count: not told yet, the limits of a new account)
    ");
    let quota = &json(&world)["quota"]["draft/get"];
    assert_eq!((&quota["limit_from"], &quota["left"]), (&"45009".into(), &0.into()));
}

#[test]
fn a_quota_refusal_names_those_who_spent_it_and_needs_no_command() {
    let world = planned();
    let failure = refused(Endpoint::DraftGet, ErrorKind::Quota, 45009, "reach max api daily quota limit");
    called(&world, Endpoint::DraftGet, 30);
    told(&world, Endpoint::DraftGet, 500, 470, QuotaSource::Refusal);
    watched(&world, "09-01T01:59:00", &[failure]);
    assert_snapshot!(status(&world), @"
    The daemon is not running; to start it: systemctl start draftkeep

    mag: has problems
      last poll   1 minute ago (2026-09-01 09:59 +08:00): 0 drafts seen, 0 new versions, 1 failure
      last good   3 minutes ago (2026-09-01 09:57 +08:00)
      drafts      1 live
      versions    2, 1 of them today
      polls       planned: a draft that is being edited is looked at every 3 min or so, every other one
                  within 7 min
      quota today draft/get       30 of 500 ours, 470 by others, none left until 2026-09-02 00:00 +08:00
                  (refused with 45009)
                  draft/batchget  0 of 1000 ours, 1000 left
                  draft/count     0 of 1000 ours, 1000 left
                  (draft/batchget, draft/count: not told yet, the limits of a new account)
      problem     the last poll failed: draft/get: the limit of this endpoint is used up: reach max api
                  daily quota limit (errcode 45009). It is free again at 00:00 Beijing time (UTC+8);
                  other endpoints are not affected
                  → wait until 2026-09-02 00:00 +08:00: polls go on by themselves, and see which other
                  systems call: they made 470 of these calls
    ");
    assert_eq!(json(&world)["next"], Value::Null);
    let mut tomorrow = world.command(&["status", "--config", "config.toml", "--json"]);
    tomorrow.env("DRAFTKEEP_CLOCK", "2026-09-01T16:00:00Z");
    let next =
        world.finish(tomorrow).json()[0]["trouble"].as_str().unwrap().rsplit("next: ").next().unwrap().to_owned();
    assert_snapshot!(world.shown(&next), @"draftkeep --config $TMP/config.toml poll mag");
}

#[test]
fn where_nothing_is_left_polls_go_on_tomorrow_and_are_not_overdue() {
    let world = planned();
    called(&world, Endpoint::DraftGet, 475);
    called(&world, Endpoint::DraftBatchget, 950);
    watched(&world, "09-01T01:00:00", &[]);
    assert_snapshot!(status(&world), @"
    The daemon is not running; to start it: systemctl start draftkeep

    mag: healthy
      last poll   1 hour ago (2026-09-01 09:00 +08:00): 1 draft seen, 0 new versions
      drafts      1 live
      versions    2, 1 of them today
      polls       nothing is left for polls today: they go on at 2026-09-02 00:00 +08:00 (00:00 in
                  China)
      quota today draft/get       475 of 500 ours, 25 left
                  draft/batchget  950 of 1000 ours, 50 left
                  draft/count     0 of 1000 ours, 1000 left
                  (not told yet: the limits of a new account)
    ");
    assert_eq!(json(&world)["freshness"], Value::Null);
}

/// Once, the status promised new drafts what only drafts that are known could be given.
#[test]
fn where_the_calls_for_the_list_are_used_up_no_new_draft_is_promised() {
    let world = planned();
    called(&world, Endpoint::DraftBatchget, 950);
    assert_snapshot!(polls(&world), @"
    planned: a draft that is being edited is looked at every 6 min or
                  so, every other one within 11 h; new drafts are not found for now:
                  draft/batchget cannot be called
    ");
    assert_json_snapshot!(json(&world)["freshness"], @r#"
    {
      "edited": 308,
      "new": null,
      "others": 38178
    }
    "#);
    told(&world, Endpoint::DraftBatchget, 20_000, 0, QuotaSource::QuotaGet);
    assert_snapshot!(polls(&world), @"
    planned: a draft that is being edited is looked at every 10 s or
                  so, every other one within 20 s
    ");
}

/// Says how the account will be polled.
fn polls(world: &World) -> String {
    let told = narrow(world).to_string();
    told.split("  polls ").nth(1).unwrap().split("  quota today").next().unwrap().trim().to_owned()
}

#[test]
fn planned_polls_are_overdue_after_three_quarters_of_an_hour_and_drafts_that_they_leave_out_before() {
    let world = kept();
    schedule(&world, "auto");
    watched(&world, "09-01T01:14:59", &[]);
    assert_snapshot!(troubles(&world)[0], @"no poll since 2026-09-01T01:14:59.000Z, although polls were due: the daemon is not running; next: systemctl start draftkeep");
    watched(&world, "09-01T01:15:00", &[]);
    assert_snapshot!(troubles(&world)[0], @"draft Qm7xK2vTnS0b was not looked at since 2026-09-01T01:15:00.000Z, later than promised; next: draftkeep --config $TMP/config.toml poll mag");
    watched(&world, "09-01T01:48:00", &[]);
    assert_eq!(troubles(&world), [""]);
}

/// Once, nothing was told of a draft between two tries to read it, which are up to six hours apart.
#[test]
fn a_draft_that_cannot_be_read_is_told_of_while_nobody_tries() {
    let world = kept();
    schedule(&world, "auto");
    let listed = |minute: i64, is_read: bool| {
        let at = now() - TimeDelta::minutes(60 - minute);
        let mut poll = PollLog::begin(Strategy::Adaptive, at);
        (poll.finished_at, poll.calls) = (at, 1);
        let saved = at.timestamp() - 30;
        poll.seen.push(SeenDraft { update_time: Some(saved), is_read, ..presence(AUTUMN, at) });
        poll
    };
    finish(&world, "mag", &listed(0, true), &[]);
    assert_ne!(troubles(&world), [""], "its last look is an hour ago");
    let cut_off = "draft/get: no complete response came".to_owned();
    let cut_off = Failure::new(Some(MediaId::new(AUTUMN)), FailureKind::Unreachable, cut_off);
    let mut failing = listed(20, false);
    failing.failures.push(cut_off);
    finish(&world, "mag", &failing, &[]);
    assert_snapshot!(troubles(&world).join("\n"), @"the last poll failed in part: draft Qm7xK2vTnS0b: draft/get: no complete response came; next: draftkeep --config $TMP/config.toml poll mag");
    let mut later = PollLog::begin(Strategy::Adaptive, now() - TimeDelta::minutes(5));
    (later.finished_at, later.calls) = (later.started_at, 1);
    finish(&world, "mag", &later, &[]);
    assert_snapshot!(troubles(&world).join("\n"), @"draft Qm7xK2vTnS0b could not be read since 2026-09-01T01:19:30.000Z: draft/get: no complete response came; next: draftkeep --config $TMP/config.toml poll mag");
    // A damaged reason, or time, takes away no other fact.
    let archive = world.path("archive.db");
    without_rules(
        &archive,
        "UPDATE poll_error SET message = CAST(x'80' AS TEXT); UPDATE draft_time SET update_time = 'x'",
    );
    assert_snapshot!(troubles(&world).join("\n"), @"draft Qm7xK2vTnS0b was not looked at since 2026-09-01T01:20:00.000Z, later than promised; next: draftkeep --config $TMP/config.toml poll mag");
    without_rules(&archive, "UPDATE poll_error SET message = 'cut off'");
    finish(&world, "mag", &listed(57, false), &[]);
    assert_snapshot!(troubles(&world).join("\n"), @"");
    finish(&world, "mag", &listed(59, true), &[]);
    assert_eq!(troubles(&world), [""]);
}

/// Once, those of over twenty drafts that the last poll does not name were told of again, and none where the platform asked for a pause.
#[test]
fn drafts_that_the_last_poll_could_not_read_are_told_of_once() {
    let world = kept();
    schedule(&world, "auto");
    let mut failing = PollLog::begin(Strategy::Adaptive, now() - TimeDelta::minutes(1));
    (failing.finished_at, failing.calls) = (failing.started_at, 25);
    let pause = refused(Endpoint::DraftGet, ErrorKind::RateLimited, 45011, "api minute-quota reach limit");
    for n in 0..25 {
        let media_id = format!("MEDIA-{n}");
        world.keep("mag", &media_id, "2026-09-01T00:30:00Z", b"{\"news_item\":[{\"title\":\"a\"}]}");
        failing.failures.push(Failure { media_id: Some(MediaId::new(media_id)), ..pause.clone() });
    }
    failing.seen.push(presence(AUTUMN, failing.started_at));
    finish(&world, "mag", &failing, &[]);
    assert_snapshot!(troubles(&world).join("\n"), @"the last poll failed in part: draft MEDIA-0: draft/get: too many calls within a minute: api minute-quota reach limit (errcode 45011). Wait a minute; see what else calls the platform for this account (and 24 more); next: draftkeep --config $TMP/config.toml poll mag");
    close(&world, Some(Endpoint::DraftGet), &pause, "2026-09-01T02:04:00Z");
    assert_snapshot!(troubles(&world).join("\n"), @"draft MEDIA-0 could not be read since 2026-09-01T00:30:00.000Z: draft/get: too many calls within a minute: api minute-quota reach limit (errcode 45011). Wait a minute; see what else calls the platform for this account (24 more could not, either); next: draftkeep --config $TMP/config.toml poll mag");
}

#[test]
fn a_schedule_is_told_in_words_and_where_it_asks_for_too_much() {
    let world = kept();
    polled(&world, "mag", "09-01T01:59:30", &[]);
    assert_snapshot!(polls(&world), @"every 5 minutes (*/5 * * * * in Asia/Shanghai)");
    schedule(&world, "*/30 * * * * *");
    assert_snapshot!(polls(&world), @"
    every 30 seconds (*/30 * * * * * in Asia/Shanghai), thinned out:
                  today's calls do not bear them all
    ");
}

#[test]
fn thinned_out_polls_are_late_when_a_stretch_of_them_is() {
    let world = kept();
    called(&world, Endpoint::DraftBatchget, 900);
    watched(&world, "09-01T01:34:30", &[]);
    assert_eq!(troubles(&world), [""]);
    watched(&world, "09-01T01:19:30", &[]);
    assert_ne!(troubles(&world), [""]);
}

#[test]
fn a_closed_interface_is_trouble_that_is_told_once() {
    let world = planned();
    let failure = refused(Endpoint::DraftGet, ErrorKind::Permission, 48001, "api unauthorized");
    close(&world, Some(Endpoint::DraftGet), &failure, "2026-09-02T01:58:00Z");
    watched(&world, "09-01T01:58:00", &[failure]);
    assert_snapshot!(status(&world), @"
    The daemon is not running; to start it: systemctl start draftkeep

    mag: has problems
      last poll   2 minutes ago (2026-09-01 09:58 +08:00): 0 drafts seen, 0 new versions, 1 failure
      last good   3 minutes ago (2026-09-01 09:57 +08:00)
      drafts      1 live
      versions    2, 1 of them today
      polls       planned: a draft that is being edited is looked at every 3 min or so, every other one
                  within 7 min
      quota today draft/get       0 of 500 ours, 500 left
                  draft/batchget  0 of 1000 ours, 1000 left
                  draft/count     0 of 1000 ours, 1000 left
                  (not told yet: the limits of a new account)
      problem     draft/get: the account may not use this endpoint: api unauthorized (errcode 48001).
                  Check at mp.weixin.qq.com that 认证 has not expired and that 设置与开发 → 接口权限
                  lists it, and that `appid` is an official account and no mini program; it is tried
                  again at 2026-09-02 09:58 +08:00
                  → draftkeep --config $TMP/config.toml config check --online && draftkeep --config $TMP/config.toml poll --all mag
    ");
    assert_snapshot!(world.shown(json(&world)["next"].as_str().unwrap()), @"draftkeep --config $TMP/config.toml config check --online && draftkeep --config $TMP/config.toml poll --all mag");
}

#[test]
fn a_punished_account_is_left_alone() {
    let world = planned();
    let failure = refused(Endpoint::DraftBatchget, ErrorKind::Suspended, 50002, "user limited");
    // Otherwise the clock would look wrong.
    let failure = Failure { message: failure.message_without_rid(), rid: None, ..failure };
    close(&world, None, &failure, "2026-09-02T01:20:00Z");
    watched(&world, "09-01T01:20:00", &[failure]);
    assert_snapshot!(status(&world), @"
    The daemon is not running; to start it: systemctl start draftkeep

    mag: has problems
      last poll   40 minutes ago (2026-09-01 09:20 +08:00): 0 drafts seen, 0 new versions, 1 failure
      last good   3 minutes ago (2026-09-01 09:57 +08:00)
      drafts      1 live
      versions    2, 1 of them today
      polls       none before 2026-09-02 09:20 +08:00: the platform has closed what they need
      quota today draft/get       0 of 500 ours, 500 left
                  draft/batchget  0 of 1000 ours, 1000 left
                  draft/count     0 of 1000 ours, 1000 left
                  (not told yet: the limits of a new account)
      problem     draft/batchget: the platform has restricted the account: user limited (errcode 50002).
                  Log in to mp.weixin.qq.com and read the notice there; nothing is asked before
                  2026-09-02 09:20 +08:00
                  → stop here, and read the notice at mp.weixin.qq.com
    ");
    assert_eq!(json(&world)["next"], Value::Null);
}

#[test]
fn what_needs_nobody_is_a_calm_line() {
    let world = planned();
    let memory = AccountState {
        list_order: Some(ListOrder::Created),
        volatile: ["wx_ext", "sign"].map(str::to_owned).into(),
        ..AccountState::default()
    };
    let unlisted = refused(Endpoint::FreepublishBatchget, ErrorKind::Permission, 48001, "api unauthorized");
    close(&world, Some(Endpoint::FreepublishBatchget), &unlisted, "2026-09-02T01:20:00Z");
    let slow = refused(Endpoint::DraftGet, ErrorKind::RateLimited, 45011, "api minute-quota reach limit, must slower");
    close(&world, Some(Endpoint::DraftGet), &slow, "2026-09-01T02:05:00Z");
    watched(&world, "09-01T01:59:00", &[slow]);
    remember(&world, &memory);
    assert_snapshot!(narrow(&world), @"
    The daemon is not running; to start it: systemctl start draftkeep

    mag: healthy
      last poll   1 minute ago (2026-09-01 09:59 +08:00): 0 drafts seen, 0 new
                  versions, 1 failure
      last good   3 minutes ago (2026-09-01 09:57 +08:00)
      drafts      1 live
      versions    2, 1 of them today
      polls       planned: a draft that is being edited is looked at every 3 min or
                  so, every other one within 7 min
      quota today draft/get       0 of 500 ours, 500 left
                  draft/batchget  0 of 1000 ours, 1000 left
                  draft/count     0 of 1000 ours, 1000 left
                  (not told yet: the limits of a new account)
      listed by   time of creation
      volatile    sign, wx_ext change although nobody saves: without a save that
                  makes no version; to keep it all the same, name it in watch_fields
      pace        slowed down: too many calls a minute, draft/get is called again at
                  2026-09-01 10:05 +08:00 (45011)
      departures  why drafts leave the box cannot be known: the account may not list
                  what it published (48001)
    ");
    let json = json(&world);
    assert_json_snapshot!([&json["volatile"], &json["list_order"], &json["trouble"]], @r#"
    [
      [
        "sign",
        "wx_ext"
      ],
      "created",
      null
    ]
    "#);
}
