//! Events: what happened to drafts, each written in the transaction of what it tells of.

use draftkeep::archive::{DraftNow, Event, EventFilter, Reader};
use draftkeep::model::{DraftState, EventKind, Severity, ShrunkShare};
use draftkeep::simulator::{Article, Fault, FaultRule};
use serde_json::json;

use crate::harness::{PAGE, World, database, document};
use crate::poll::Stage;
use crate::restore::{self, MAG};

/// A text of so many characters that are all different.
fn text(first: u32, length: u32) -> String {
    let characters: String = (0..length).map(|n| char::from_u32(0x4e00 + first + n).unwrap()).collect();
    format!("<p>{characters}</p>")
}

fn events(stage: &Stage) -> Vec<Event> {
    let mut events = stage.reader().events(&EventFilter { at_least: Severity::Info, limit: None }).unwrap();
    events.reverse();
    events
}

fn kinds(stage: &Stage) -> Vec<&'static str> {
    events(stage).iter().map(|event| event.kind.as_str()).collect()
}

fn write(stage: &Stage, media_id: &str, body: &str) {
    stage.account(|account| account.edit(media_id, 0, |article| article.set("content", body)).unwrap());
}

#[tokio::test]
async fn each_change_of_a_draft_is_one_event_with_its_numbers() {
    let stage = Stage::empty().await;
    let body = format!("{}<img src='https://mmbiz.qpic.cn/mmbiz_png/A/0'>", text(0, 1000));
    let id = stage.account(|account| account.create(vec![Article::news("秋季新品", &body)]));
    stage.poll_well().await;
    assert_eq!(events(&stage), [], "what was in the box before anybody watched it is not new");
    let bodies = [text(0, 1001), text(0, 300), text(3000, 300), "<p>好</p>".to_owned()];
    for body in &bodies {
        stage.advance(300);
        write(&stage, &id, body);
        stage.poll_well().await;
    }
    stage.advance(300);
    stage.account(|account| account.create(vec![Article::news("冬", "<p>一</p>")]));
    stage.poll_well().await;
    let expected = ["draft.changed", "draft.shrunk", "draft.rewritten", "draft.emptied", "draft.new"];
    assert_eq!(kinds(&stage), expected);
    let sizes = |at: usize| events(&stage)[at].sizes.map(|sizes| sizes.map(|size| (size.characters, size.pictures)));
    assert_eq!(sizes(0), Some([(1000, 1), (1001, 0)]));
    assert_eq!(sizes(3), Some([(300, 0), (1, 0)]));
    let emptied = &events(&stage)[3];
    assert_eq!(
        (emptied.severity, emptied.version, emptied.title.as_deref()),
        (Severity::Alarm, Some(5), Some("秋季新品"))
    );
    assert_eq!(emptied.media_id.as_ref(), Some(&id));
    let shown = stage
        .shell("SELECT kind, version, characters_before, characters_after FROM event_view WHERE severity = 'alarm'");
    assert_eq!(shown, "draft.emptied|5|300|1");
}

#[tokio::test]
async fn the_configured_share_decides_whether_a_draft_has_shrunk() {
    let mut stage = Stage::empty().await;
    let id = stage.account(|account| account.create(vec![Article::news("秋季新品", &text(0, 1000))]));
    stage.account.shrunk_share = ShrunkShare::new(0.7).unwrap();
    stage.poll_well().await;
    for left in [400, 1000, 300] {
        stage.advance(300);
        write(&stage, &id, &text(0, left));
        stage.poll_well().await;
    }
    assert_eq!(kinds(&stage), ["draft.changed", "draft.changed", "draft.shrunk"]);
}

#[tokio::test]
async fn polls_without_changes_write_no_event_and_neither_does_a_version_that_is_known() {
    let stage = Stage::empty().await;
    let id = stage.create(1).remove(0);
    stage.poll_well().await;
    for _ in 0..3 {
        stage.advance(300);
        stage.poll_well().await;
    }
    assert_eq!(events(&stage), []);
    stage.edit(&id);
    stage.advance(300);
    stage.poll_well().await;
    stage.advance(300);
    stage.poll_well().await;
    assert_eq!(kinds(&stage), ["draft.changed"]);
}

#[tokio::test]
async fn a_draft_that_left_the_box_is_told_once_its_absence_is_concluded() {
    let stage = Stage::empty().await;
    let ids = stage.create(10);
    stage.poll_well().await;
    stage.account(|account| account.delete(&ids[0]).unwrap());
    for expected in [0, 0, 1, 1] {
        stage.advance(59);
        stage.poll_well().await;
        assert_eq!(events(&stage).len(), expected);
    }
    let gone = events(&stage).remove(0);
    assert_eq!((gone.kind, gone.version, gone.sizes), (EventKind::DraftGone, Some(1), None));
    assert_eq!(gone.media_id.as_ref(), Some(&ids[0]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restore_is_told_as_one_and_raises_no_alarm() {
    let stage = restore::Stage::new().await;
    let cover = stage.picture(MAG).0;
    let media_id = stage.draft(vec![Article::news("秋", &text(0, 10)).with("thumb_media_id", cover)]);
    stage.platform.world().account(MAG).edit(&media_id, 0, |article| article.set("content", text(0, 900))).unwrap();
    assert_eq!(stage.run(&["poll"]).code(), Some(0));
    for how in ["--in-place", "--as-new"] {
        assert_eq!(stage.run(&["restore", "1@1", how]).code(), Some(0));
        let run = stage.run(&["restore", "1@1", how, "--apply"]);
        assert_eq!(run.code(), Some(0), "{run}");
    }
    assert_eq!(stage.run(&["poll"]).code(), Some(0));
    let told = stage.run(&["notify", "log", "--json"]).json();
    let told: Vec<_> =
        told.as_array().unwrap().iter().map(|event| json!([event["kind"], event["id"], event["version"]])).collect();
    assert_eq!(
        told,
        [json!(["draft.restored", 2, 1]), json!(["draft.restored", 1, 3]), json!(["draft.changed", 1, 2])]
    );
}

/// An archive in which a draft was changed and then emptied.
fn emptied() -> World {
    let world = World::new();
    for (minute, body) in [text(0, 900), text(0, 3214), text(0, 12)].iter().enumerate() {
        let at = format!("2026-09-01T01:0{minute}:00Z");
        world.keep("mag", "Qm7xK2vTnS0b", &at, &document(&[("秋季新品", body)]));
    }
    world
}

#[test]
fn the_command_lists_events_newest_first_and_names_what_brings_the_text_back() {
    let world = emptied();
    insta::assert_snapshot!(world.run(&["notify", "log", "--archive", "archive.db"]), @r"
    AT (+08:00)       EVENT          DRAFT    TITLE       CHARACTERS  PICTURES
    2026-09-01 09:02  draft.emptied  mag/1@3  秋季新品    3214 → 12   0
    2026-09-01 09:01  draft.changed  mag/1@2  秋季新品    900 → 3214  0
    ------- stderr -------
    Hint: See what the last alarm is about: draftkeep diff --archive $TMP/archive.db mag/1@2 @3
    ");
    let alarms = world.run(&["notify", "log", "--archive", "archive.db", "--at-least", "warning", "--json"]).json();
    assert_eq!((alarms.as_array().unwrap().len(), &alarms[0]["characters_before"]), (1, &json!(3214)));
    let one = world.run(&["notify", "log", "--archive", "archive.db", "--limit", "1", "--json"]).json();
    assert_eq!(one, alarms);
    let wrong = world.run(&["notify", "log", "--archive", "archive.db", "--at-least", "loud"]);
    assert_eq!(wrong.code(), Some(2), "{wrong}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_command_polls_and_lists_what_is_wrong_with_an_account() {
    let stage = restore::Stage::new().await;
    stage.platform.world().add_fault(FaultRule::next(999, "stable_token", Fault::Code(40125)));
    for _ in 0..2 {
        assert_eq!(stage.run(&["poll", "mag"]).code(), Some(6));
    }
    let told = stage.run(&["notify", "log", "--json"]).json();
    assert_eq!(told.as_array().unwrap().len(), 1, "{told}");
    let expected = json!(["account.credentials", "alarm", "mag", null, "account:mag:credentials"]);
    let fields = |event: &serde_json::Value| {
        json!([event["kind"], event["severity"], event["account"], event["id"], event["subject"]])
    };
    assert_eq!(fields(&told[0]), expected);
    let table = stage.run(&["notify", "log"]).to_string();
    assert!(table.contains("TITLE, DETAILS") && table.contains("stable_token: the platform"), "{table}");
    stage.platform.world().clear_faults();
    assert_eq!(stage.run(&["poll", "mag"]).code(), Some(0));
    let told = stage.run(&["notify", "log", "--json"]).json();
    assert_eq!(fields(&told[0]), json!(["account.credentials.ended", "info", "mag", null, "account:mag:credentials"]));
}

/// "Emptied at 14:02, back at 14:09": what is told is how the draft stands by then.
#[test]
fn a_draft_now_is_compared_with_the_version_before_the_event() {
    let world = emptied();
    let path = world.path("archive.db");
    let now = |before| Reader::open(&path).unwrap().draft_now(1, before, 1).unwrap().unwrap();
    let characters = |now: DraftNow| now.sizes.map(|sizes| sizes.map(|size| size.characters));
    assert_eq!((now(2).newest, characters(now(2))), (Some(3), Some([3214, 12])));
    world.keep("mag", "Qm7xK2vTnS0b", "2026-09-01T01:09:00Z", &document(&[("秋季新品", &text(0, 3214))]));
    assert_eq!((now(2).newest, characters(now(2))), (Some(4), Some([3214, 3214])));
    assert_eq!((now(2).draft.title.as_str(), now(2).draft.state), ("秋季新品", DraftState::Live));
    assert!(characters(now(9)).is_none(), "there is no such version");
    assert!(Reader::open(&path).unwrap().draft_now(2, 1, 1).unwrap().is_none());
    database(&path).execute_batch("DROP TRIGGER whole_goes_only_for_its_delta; DELETE FROM whole").unwrap();
    assert_eq!((now(2).newest, characters(now(2))), (Some(4), None), "damage hides the sizes alone");
}

#[test]
fn damage_of_the_events_keeps_no_version_out() {
    let world = emptied();
    let page: usize = {
        let database = database(world.path("archive.db"));
        database.execute_batch("PRAGMA wal_checkpoint(TRUNCATE)").unwrap();
        database.query_row("SELECT rootpage FROM sqlite_schema WHERE name = 'event'", (), |row| row.get(0)).unwrap()
    };
    let mut bytes = std::fs::read(world.path("archive.db")).unwrap();
    bytes[(page - 1) * PAGE..][..PAGE].fill(0);
    std::fs::write(world.path("archive.db"), bytes).unwrap();
    world.keep("mag", "Qm7xK2vTnS0b", "2026-09-01T01:09:00Z", &document(&[("秋季新品", "<p>又来</p>")]));
    let log = world.run(&["log", "1", "--archive", "archive.db", "--json"]).json();
    assert_eq!(log[0]["version"], json!(4));
}
