//! Several processes with one archive. Connections of threads represent them: SQLite's locks between connections are
//! the same within a process and across.

use std::sync::Barrier;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;

use crate::harness::presence;
use chrono::TimeDelta;
use draftkeep::archive::{
    AccountState, DaemonLock, Error, MissingDraft, Observation, PollLog, Reader, RecordOutcome, SeenDraft, Writer,
};
use draftkeep::model::{ApiUsage, DraftState, Endpoint, MediaId, Strategy, Timestamp};

use super::{Fixture, document, drafts, open, sighting, versions};

#[test]
fn a_draft_recorded_twice_at_once_makes_one_version() {
    const ROUNDS: u64 = 60;
    const WRITERS: usize = 3;
    let archive = Fixture::new();
    let (path, start, made) = (archive.path(), Barrier::new(WRITERS), AtomicU64::new(0));
    let calls = [ApiUsage { endpoint: Endpoint::DraftGet, day: "2026-09-01".to_owned(), count: 1 }];
    thread::scope(|scope| {
        for _ in 0..WRITERS {
            scope.spawn(|| {
                let (mut writer, account) = open(&path);
                for round in 1..=ROUNDS {
                    let sighting = sighting("D1", &document("一", &format!("第{round}轮")));
                    start.wait();
                    match writer.record(account, &sighting, &calls).unwrap() {
                        RecordOutcome::Version { number, .. } => {
                            assert_eq!(number, round);
                            made.fetch_add(1, Ordering::Relaxed);
                        }
                        RecordOutcome::Unchanged => {}
                        RecordOutcome::Overtaken => panic!("it follows whatever there is"),
                    }
                }
            });
        }
    });
    assert_eq!(made.load(Ordering::Relaxed), ROUNDS);
    assert_eq!(versions(&archive.reader()).len() as u64, ROUNDS);
    let (mut writer, account) = open(&path);
    let counted = writer.calls_on_day(account, Endpoint::DraftGet, "2026-09-01").unwrap();
    assert_eq!(counted, ROUNDS, "calls of a sighting that came too late are its caller's to count");
}

#[test]
fn a_new_archive_may_be_opened_by_several_at_once() {
    for round in 0..40 {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("archive.db");
        let start = Barrier::new(4);
        thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    start.wait();
                    let (_, account) = open(&path);
                    account
                });
            }
        });
        assert_eq!(drafts(&Reader::open(&path).unwrap()).len(), 0, "round {round}");
    }
}

#[test]
fn readers_do_not_wait_for_a_writer() {
    let mut archive = Fixture::new();
    archive.record("D1", &document("一", "甲"));
    let other = archive.raw();
    other.execute_batch("BEGIN IMMEDIATE; UPDATE draft SET last_seen = '2026-09-02T02:00:00.000Z'").unwrap();
    let reader = archive.reader();
    assert_eq!(versions(&reader).len(), 1);
    assert_eq!(drafts(&reader)[0].last_seen, super::now());
    other.execute_batch("COMMIT").unwrap();
    assert_ne!(drafts(&reader)[0].last_seen, super::now());
}

#[test]
fn a_writer_does_not_wait_for_readers() {
    let mut archive = Fixture::new();
    archive.record("D1", &document("一", "甲"));
    let other = archive.raw();
    let count = || other.query_row("SELECT count(*) FROM version", (), |row| row.get::<_, i64>(0)).unwrap();
    other.execute_batch("BEGIN").unwrap();
    assert_eq!(count(), 1);
    assert!(matches!(archive.record("D1", &document("一", "乙")), RecordOutcome::Version { .. }));
    assert_eq!(count(), 1, "a transaction keeps what it began with");
    other.execute_batch("COMMIT").unwrap();
    assert_eq!(count(), 2);
}

#[test]
fn every_version_is_whole_to_a_reader_beside_a_writer() {
    let mut archive = Fixture::new();
    let text = "<p>草稿箱里的每一个版本都要留下来。</p>".repeat(50);
    archive.record("D1", &document("0", &text));
    let (path, done) = (archive.path(), AtomicBool::new(false));
    thread::scope(|scope| {
        scope.spawn(|| {
            let reader = Reader::open(&path).unwrap();
            while !done.load(Ordering::Relaxed) {
                // Old documents become deltas while they are read.
                for version in versions(&reader) {
                    let expected =
                        document(&version.title, &format!("{text}{}", "x".repeat(version.number as usize - 1)));
                    assert!(reader.document(&version).unwrap() == expected, "version {}", version.number);
                }
            }
        });
        for n in 1..150 {
            archive.record("D1", &document(&n.to_string(), &format!("{text}{}", "x".repeat(n))));
        }
        done.store(true, Ordering::Relaxed);
    });
}

#[test]
fn polls_that_end_out_of_order_never_move_last_seen_back() {
    let mut archive = Fixture::new();
    archive.record("D1", &document("一", "甲"));
    let poll = |minutes: [i64; 2]| {
        let [started_at, finished_at] = minutes.map(|minute| super::now() + TimeDelta::minutes(minute));
        PollLog { started_at, finished_at, ..PollLog::begin(Strategy::List, started_at) }
    };
    let at = |minute| super::now() + TimeDelta::minutes(minute);
    let absence = |state, minute| vec![MissingDraft { media_id: MediaId::new("D1"), state, at: at(minute) }];
    let mut finish = |poll| {
        archive.writer.save_poll(archive.account, &poll, &[], &AccountState::default()).unwrap();
        let draft = drafts(&archive.reader()).remove(0);
        (draft.state, (draft.last_seen - super::now()).num_minutes())
    };
    let seen = |minute| vec![presence("D1", super::now() + TimeDelta::minutes(minute))];
    assert_eq!(finish(PollLog { seen: seen(5), ..poll([4, 5]) }), (DraftState::Live, 5));
    assert_eq!(finish(PollLog { seen: seen(2), ..poll([1, 2]) }), (DraftState::Live, 5));
    let late = PollLog { absences: absence(DraftState::Missing, 4), ..poll([4, 6]) };
    assert_eq!(finish(late), (DraftState::Live, 5), "it was seen after it was missed");
    assert_eq!(finish(PollLog { absences: absence(DraftState::Missing, 7), ..poll([7, 7]) }), (DraftState::Missing, 5));
    assert_eq!(finish(PollLog { absences: absence(DraftState::Gone, 9), ..poll([9, 9]) }), (DraftState::Gone, 5));
    let late = PollLog { seen: seen(8), ..poll([8, 10]) };
    assert_eq!(finish(late), (DraftState::Gone, 8), "it was missed after it was seen");
    let late = PollLog { absences: absence(DraftState::Missing, 8), ..poll([8, 10]) };
    assert_eq!(finish(late), (DraftState::Gone, 8), "it was missed again since");
    assert_eq!(finish(PollLog { seen: seen(11), ..poll([11, 11]) }), (DraftState::Live, 11));
}

#[test]
fn a_poll_that_is_written_late_does_not_undo_what_a_later_one_read() {
    let mut archive = Fixture::new();
    archive.record("D1", &document("一", "甲"));
    let mut finish = |minute, saved, is_read, ended| {
        let [at, finished_at] = [minute, ended].map(|minute| super::now() + TimeDelta::minutes(minute));
        let seen = SeenDraft { update_time: Some(saved), is_read, ..presence("D1", at) };
        let poll = PollLog { finished_at, seen: vec![seen], ..PollLog::begin(Strategy::List, at) };
        archive.writer.save_poll(archive.account, &poll, &[], &AccountState::default()).unwrap();
        let known = archive.drafts().remove(0);
        (known.update_time, known.read_time)
    };
    assert_eq!(finish(3, 200, true, 3), (Some(200), Some(200)));
    assert_eq!(finish(2, 100, true, 4), (Some(200), Some(200)), "an older reading");
    assert_eq!(finish(5, 300, false, 5), (Some(300), Some(200)));
    assert_eq!(finish(4, 200, true, 6), (Some(300), Some(200)));
}

#[test]
fn what_a_clock_wrote_that_was_years_ahead_is_mended_by_the_next_poll() {
    let mut archive = Fixture::new();
    archive.record("D1", &document("一", "甲"));
    archive.record("D2", &document("一", "甲"));
    let mut finish = |minutes: i64, seen: &[&str], absent: Option<DraftState>| {
        let at = super::now() + TimeDelta::minutes(minutes);
        let seen = seen.iter().map(|media_id| presence(media_id, at)).collect();
        let absences =
            absent.map(|state| MissingDraft { media_id: MediaId::new("D2"), state, at }).into_iter().collect();
        let poll = PollLog { seen, absences, ..PollLog::begin(Strategy::Sweep, at) };
        archive.writer.save_poll(archive.account, &poll, &[], &AccountState::default()).unwrap();
        // A poll that begins would replace what lies ahead.
        let mut known =
            |media_id| archive.writer.draft_snapshot(archive.account, &MediaId::new(media_id)).unwrap().unwrap();
        let (first, second) = (known("D1"), known("D2"));
        let minutes = |time: Timestamp| (time - super::now()).num_minutes();
        (minutes(first.last_seen), second.state, second.missing_since.map(minutes))
    };
    let years = 5 * 365 * 24 * 60;
    let missing = Some(DraftState::Missing);
    assert_eq!(finish(years, &["D1"], missing), (years, DraftState::Missing, Some(years)));
    // The clock is right again.
    assert_eq!(finish(1, &["D1"], Some(DraftState::Gone)), (1, DraftState::Missing, Some(1)), "its first absence");
    assert_eq!(finish(3, &["D1"], Some(DraftState::Gone)), (3, DraftState::Gone, Some(1)));
    assert_eq!(finish(4, &["D1", "D2"], None), (4, DraftState::Live, None));
}

#[test]
fn a_second_daemon_is_refused_and_other_commands_work_beside_it() {
    let archive = Fixture::new();
    let path = archive.path();
    let daemon = DaemonLock::acquire(&path).unwrap();
    assert!(matches!(DaemonLock::acquire(&path), Err(Error::SecondDaemon(_))));
    // Other commands work at the same time.
    Writer::open(&path).unwrap().ping().unwrap();
    drop(daemon);
    DaemonLock::acquire(&path).unwrap();
}

#[test]
fn a_look_at_the_daemons_lock_makes_no_file_and_keeps_no_daemon_out() {
    let archive = Fixture::new();
    let (path, lock) = (archive.path(), archive.directory.path().join("archive.db.lock"));
    assert_eq!(DaemonLock::is_held(&path), Some(false));
    assert!(!lock.exists());
    let daemon = DaemonLock::acquire(&path).unwrap();
    assert_eq!(DaemonLock::is_held(&path), Some(true));
    drop(daemon);
    assert_eq!(DaemonLock::is_held(&path), Some(false));

    let look = std::fs::File::open(&lock).unwrap();
    look.lock_shared().unwrap();
    let daemon = thread::spawn(move || DaemonLock::acquire(&path));
    drop(look);
    daemon.join().unwrap().unwrap();
}

#[test]
fn a_sighting_that_another_process_has_overtaken_is_not_recorded() {
    let mut archive = Fixture::new();
    let mut record = |content, expected_previous| {
        let sighting =
            Observation { expected_previous: Some(expected_previous), ..sighting("D1", &document("一", content)) };
        archive.writer.record(archive.account, &sighting, &[]).unwrap()
    };
    let version = |number| RecordOutcome::Version { draft: 1, number, title: "一".to_owned(), damage: None };
    assert_eq!(record("甲", 0), version(1));
    assert_eq!(record("乙", 1), version(2));
    assert_eq!(record("甲", 1), RecordOutcome::Overtaken, "asked for before 乙 was recorded");
    assert_eq!(record("丙", 2), version(3));
}

#[test]
fn an_appid_may_be_corrected_until_there_are_drafts() {
    let mut archive = Fixture::new();
    let mut account = |appid| archive.writer.get_or_create_account(&"mag".parse().unwrap(), appid, super::now());
    assert_eq!(account("wx0000000000000002").unwrap(), account("wx0000000000000001").unwrap());
    archive.record("D1", &document("一", "甲"));
    let other = archive.writer.get_or_create_account(&"mag".parse().unwrap(), "wx0000000000000002", super::now());
    assert!(matches!(other, Err(Error::OtherAppid { .. })), "{other:?}");
}
