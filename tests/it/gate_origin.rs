//! Who did it: a version that a program wrote says so, in the log, on the pages and in messages.

use std::path::Path;

use draftkeep::archive::{EventFilter, GateEnd, GateState, NewGateWrite, Observation, Reader, WriteOrigin, Writer};
use draftkeep::canonical::canonicalise;
use draftkeep::config::{Config, NotifyConfig};
use draftkeep::delivery::{self, Links};
use draftkeep::model::{EventKind, GateAction, MediaId, Severity, ShrunkShare, Timestamp};
use serde_json::json;

use crate::harness::{World, appid, database, document};

const DRAFT: &str = "Qm7xK2vTnS0b";
const WRITTEN_AT: &str = "2026-09-01T01:00:00Z";

/// A program's words may hold anything.
const NOTE: &str = "换成夏季价格\u{1b}[2J\u{202e}<b>";

fn instant(text: &str) -> Timestamp {
    text.parse().unwrap()
}

/// An archive whose second version a program wrote, and emptied the draft.
fn written_by_a_program() -> World {
    let world = World::new();
    let full = format!("<p>{}</p>", "稿".repeat(3214));
    world.keep("mag", DRAFT, "2026-08-31T01:00:00Z", &document(&[("秋季新品", &full)]));
    let mut writer = Writer::open(&world.path("archive.db")).unwrap();
    let account = writer.get_or_create_account(&"mag".parse().unwrap(), &appid("mag"), instant(WRITTEN_AT)).unwrap();
    let origin = WriteOrigin { who: "agent".to_owned(), program: "claude-code".to_owned(), note: NOTE.to_owned() };
    let new = NewGateWrite {
        account,
        action: GateAction::Update,
        origin,
        draft: Some(1),
        before: Some(1),
        request: "{}".to_owned(),
        state: GateState::Begun,
        held_until: None,
        reason: None,
    };
    let id = writer.add_gate_write(&new, instant(WRITTEN_AT)).unwrap();
    let emptied = document(&[("秋季新品", "<p>空</p>")]);
    let read_back = Observation {
        media_id: MediaId::new(DRAFT),
        canonical: canonicalise(&emptied).unwrap(),
        document: emptied,
        update_time: None,
        observed_at: instant(WRITTEN_AT),
        expected_previous: None,
        shrunk_share: ShrunkShare::default(),
    };
    let end = GateEnd::of(GateState::Done);
    let kept = writer.end_gate_write(id, account, &end, Some(&read_back), &[], instant(WRITTEN_AT)).unwrap();
    assert_eq!(kept, Some((1, 2)));
    world
}

#[test]
fn the_log_says_which_program_wrote_a_version_and_why() {
    let world = written_by_a_program();
    let log = world.run(&["log", "1", "--archive", "archive.db", "--json"]).json();
    assert_eq!(log[0]["by"], json!({"who": "agent", "program": "claude-code", "note": NOTE}));
    assert_eq!(log[1]["by"], json!(null));
    let mut command = world.command(&["log", "1", "--archive", "archive.db"]);
    command.env("COLUMNS", "200");
    let told = world.finish(command).to_string();
    assert!(told.contains("by agent (claude-code); ") && told.contains("“换成夏季价格␛[2J"), "{told}");
    assert!(!told.contains('\u{202e}') && !told.contains("\u{1b}[2J"), "{told:?}");
    let mut command = world.command(&["log", "1", "--archive", "archive.db"]);
    command.env("COLUMNS", "80");
    let narrow = world.finish(command).to_string();
    assert!(narrow.contains("by agent (claude-code)"), "{narrow}");
}

#[test]
fn a_version_that_was_there_before_was_not_written_by_the_program() {
    let world = written_by_a_program();
    // Somebody saves in the platform's editor afterwards.
    world.keep("mag", DRAFT, "2026-09-01T01:30:00Z", &document(&[("秋季新品", "<p>满</p>")]));
    let origins = Reader::open(&world.path("archive.db")).unwrap().origins(1).unwrap();
    assert_eq!(origins.keys().collect::<Vec<_>>(), [&2]);
}

#[test]
fn a_restore_that_a_program_asked_for_made_no_version_that_was_there_before() {
    let world = written_by_a_program();
    let restore = |id: u32, result: u32, at: &str| {
        format!(
            "INSERT INTO restore (id, kind, version, account, choices, before, result, started_at, finished_at, outcome, media_id)
             VALUES ({id}, 'in-place', 2, 1, '{{}}', 1, {result}, '{at}', '{at}', 'done', '{DRAFT}');
             INSERT INTO write_origin VALUES ({id}, 'robot', '', '', '{at}');"
        )
    };
    let rows = restore(7, 1, "2026-09-01T02:00:00.000Z") + &restore(8, 2, "2026-09-01T00:59:00.000Z");
    database(world.path("archive.db")).execute_batch(&rows).unwrap();
    let origins = Reader::open(&world.path("archive.db")).unwrap().origins(1).unwrap();
    assert_eq!((origins.len(), origins[&2].who.as_str()), (1, "robot"), "{origins:?}");
}

fn rule(language: &str) -> NotifyConfig {
    let text = format!(
        "archive='archive.db'\n[[notify]]\nname='editors'\nlanguage='{language}'\nto={{exec=['true']}}\n\
         [[account]]\nname='mag'\nappid='wx0123456789abcdef'\nsecret.command=['true']\n"
    );
    Config::from_text(Path::new("/c.toml"), &text).unwrap().notify.remove(0)
}

#[test]
fn a_program_that_empties_a_draft_is_told_like_anybody_who_does_and_named() {
    let world = written_by_a_program();
    let reader = Reader::open(&world.path("archive.db")).unwrap();
    let events = reader.events(&EventFilter { at_least: Severity::Alarm, limit: None }).unwrap();
    assert_eq!(events.iter().map(|event| event.kind).collect::<Vec<_>>(), [EventKind::DraftEmptied]);
    for (language, words) in [
        ("zh-CN", "由程序写入：agent (claude-code) · 换成夏季价格"),
        ("en", "By a program: agent (claude-code) · 换成夏季价格"),
    ] {
        let rule = rule(language);
        let message =
            delivery::preview(&reader, &events, &rule, &Links::default(), instant(WRITTEN_AT)).unwrap().unwrap();
        assert!(message.lines.iter().any(|line| line.starts_with(words)), "{:?}", message.lines);
        assert_eq!(message.data["events"][0]["by"]["program"], "claude-code");
    }
}

#[test]
fn what_a_program_says_is_kept_at_a_length_that_somebody_reads() {
    let world = World::new();
    let mut writer = Writer::open(&world.path("archive.db")).unwrap();
    let account = writer.get_or_create_account(&"mag".parse().unwrap(), &appid("mag"), instant(WRITTEN_AT)).unwrap();
    let origin = WriteOrigin { who: "agent".to_owned(), program: "p".repeat(9_000), note: "n".repeat(9_000) };
    let new = NewGateWrite {
        account,
        action: GateAction::Create,
        origin,
        draft: None,
        before: None,
        request: "{}".to_owned(),
        state: GateState::Held,
        held_until: Some(instant("2026-09-01T02:00:00Z")),
        reason: None,
    };
    let id = writer.add_gate_write(&new, instant(WRITTEN_AT)).unwrap();
    let kept = Reader::open(&world.path("archive.db")).unwrap().gate_write(id).unwrap().unwrap().origin;
    assert_eq!((kept.program.chars().count(), kept.note.chars().count()), (101, 1_001));
    assert_eq!(kept.in_words().chars().count(), "agent ()".len() + 41);
    assert_eq!(kept.short_note().unwrap().chars().count(), 121);
}

#[test]
fn a_deletion_by_a_program_is_told_with_its_name() {
    let world = written_by_a_program();
    let rows = "INSERT INTO gate_write (id, account, action, draft, before, asked_at, state, finished_at, media_id)
                VALUES (9, 1, 'delete', 1, 2, '2026-09-01T01:10:00.000Z', 'done', '2026-09-01T01:10:01.000Z', 'Qm7xK2vTnS0b');
                INSERT INTO write_origin VALUES (9, 'robot', 'publisher', '过期', '2026-09-01T01:10:00.000Z');
                INSERT INTO event (id, account, draft, kind, severity, at, version)
                VALUES (90, 1, 1, 'draft.deleted', 'warning', '2026-09-01T01:12:00.000Z', 2)";
    database(world.path("archive.db")).execute_batch(rows).unwrap();
    let reader = Reader::open(&world.path("archive.db")).unwrap();
    let event = reader.event(90).unwrap().unwrap();
    let (rule, links, now) = (rule("en"), Links::default(), instant(WRITTEN_AT));
    let message = delivery::preview(&reader, &[event], &rule, &links, now).unwrap().unwrap();
    assert!(message.lines.contains(&"By a program: robot (publisher) · 过期".to_owned()), "{:?}", message.lines);
}
