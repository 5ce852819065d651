//! What is stored comes back, for us and for the stock `sqlite3` shell, and never changes.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use draftkeep::archive::{AccountState, DaemonLock, Observation, PollLog, RecordOutcome};
use draftkeep::model::{ApiUsage, Endpoint, Strategy};

use super::{Fixture, document, documents, drafts, now, open, shell, shell_is_there, sighting, versions};
use crate::schema::python;

#[test]
fn an_unchanged_draft_makes_no_version() {
    let version = |number| RecordOutcome::Version { draft: 1, number, title: "一".to_owned(), damage: None };
    let mut archive = Fixture::new();
    assert_eq!(archive.record("D1", &document("一", "甲")), version(1));
    assert_eq!(archive.record("D1", &document("一", "甲")), RecordOutcome::Unchanged);
    assert_eq!(archive.record("D1", &document("一", "乙")), version(2));
    assert_eq!(archive.record("D1", &document("一", "甲")), version(3));
    assert_eq!(documents(&archive.reader()).len(), 3);
}

#[test]
fn every_version_comes_back_in_the_stock_shell() {
    if !shell_is_there() {
        return;
    }
    let mut archive = Fixture::new();
    let paragraph = "<p style=\"font-size: 16px;\">草稿箱里的每一个版本都要留下来。</p>\n";
    let states: Vec<Vec<u8>> = (0..150)
        .map(|n| document(&format!("第{n}版"), &format!("{}<p>{n}</p>{}", paragraph.repeat(n), paragraph.repeat(30))))
        .collect();
    for state in &states {
        archive.record("D1", state);
    }
    assert_eq!(documents(&archive.reader()), states);
    let read = shell(&archive.path(), "SELECT document FROM document_view WHERE media_id = 'D1' ORDER BY version");
    let expected: Vec<u8> = states.iter().flat_map(|state| [state, &b"\n"[..]].concat()).collect();
    assert!(read == expected, "the shell reads other documents than were stored");
}

#[test]
fn facts_cannot_be_changed() {
    let mut archive = Fixture::new();
    for n in 0..3 {
        archive.record("D1", &document("一", &n.to_string().repeat(500)));
    }
    archive
        .writer
        .save_poll(archive.account, &PollLog::begin(Strategy::List, now()), &[], &AccountState::default())
        .unwrap();
    let database = archive.raw();
    // As in the stock shell, where only the triggers protect the facts.
    database.pragma_update(None, "foreign_keys", false).unwrap();
    for sql in [
        "UPDATE account SET appid = 'x'",
        "DELETE FROM account",
        "UPDATE draft SET media_id = 'x'",
        "DELETE FROM draft",
        "UPDATE version SET title = 'x'",
        "DELETE FROM version",
        "UPDATE whole SET body = x''",
        "DELETE FROM whole",
        "DELETE FROM delta",
        "UPDATE delta SET base = 1",
        "UPDATE poll SET errors = 0",
        "DELETE FROM poll",
        "INSERT INTO delta VALUES (3, 1, 2, x'5b5d')",
        "INSERT INTO whole VALUES (1, 2, x'7b7d')",
        "INSERT INTO received VALUES (3, 2, x'7b7d'), (3, 2, x'7b7d')",
        "INSERT OR REPLACE INTO received VALUES (3, 2, x'7b7d'), (3, 2, x'7b7d')",
        "INSERT OR REPLACE INTO whole VALUES (3, 2, x'7b7d')",
        "INSERT OR REPLACE INTO delta VALUES (1, 3, 2, x'5b5d')",
        "INSERT OR REPLACE INTO version SELECT 9, draft, number, hash, canon, observed_at, NULL, 0, 'x' FROM version",
        "INSERT OR REPLACE INTO poll SELECT id, account, 'x', 'x', 'x', 0, 0, 0, 0, 0 FROM poll",
    ] {
        let error = database.execute(sql, ()).expect_err(sql).to_string();
        assert!(
            ["never changes", "stays in the archive", "a delta replaces"].iter().any(|rule| error.contains(rule)),
            "{sql}: {error}"
        );
    }
}

#[test]
fn calls_are_counted_once_however_the_sighting_ends() {
    let archive = Fixture::new();
    let (mut other, account) = open(&archive.path());
    let calls = [ApiUsage { endpoint: Endpoint::DraftGet, day: "2026-09-01".to_owned(), count: 1 }];
    for state in ["甲", "甲", "乙"] {
        other.record(account, &sighting("D1", &document("一", state)), &calls).unwrap();
    }
    // An unchanged draft leaves its calls to the caller, who adds them to the next.
    assert_eq!(other.calls_on_day(account, Endpoint::DraftGet, "2026-09-01").unwrap(), 2);
}

#[test]
fn the_archive_and_its_journals_are_private() {
    let mut archive = Fixture::new();
    archive.record("D1", &document("一", "甲"));
    let _lock = DaemonLock::acquire(&archive.path()).unwrap();
    for end in ["", "-wal", "-shm", ".lock"] {
        let mode = fs::metadata(format!("{}{end}", archive.path().display())).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "archive.db{end}");
    }
}

#[test]
fn a_document_that_is_not_strict_is_kept_twice() {
    let received: [&[u8]; 5] = [
        b"\xef\xbb\xbf{\"news_item\":[{\"title\":\"a\",\"content\":\"bom\"}]}",
        b"{\"news_item\":[{\"title\":\"a\x08b\",\"content\":\"raw control\n\"}]}",
        b"{\"news_item\":[{\"title\":\"a\xff\xe4\xbd\",\"content\":\"no UTF-8\"}]}",
        b"{\"news_item\":[{\"title\":\"a\\ud83d\",\"content\":\"half a pair\"}]}",
        b"{\"news_item\":[{\"title\":\"a\",\"content\":\"strict again\"}]}",
    ];
    let mut archive = Fixture::new();
    for document in received {
        archive.record("D1", document);
    }
    let reader = archive.reader();
    assert_eq!(documents(&reader), received);
    let mut walked = Vec::new();
    reader
        .documents(&versions(&reader), |_, document| {
            walked.insert(0, document?.raw.to_vec());
            Ok(())
        })
        .unwrap();
    assert_eq!(walked, received);
    if shell_is_there() {
        let read = shell(&archive.path(), "SELECT title, content FROM article_view ORDER BY version");
        assert_eq!(
            String::from_utf8(read).unwrap(),
            "a|bom\na\u{8}b|raw control\n\na\u{fffd}\u{fffd}|no UTF-8\na\u{fffd}|half a pair\na|strict again\n"
        );
        let strict = shell(&archive.path(), "SELECT min(json_valid(document)), count(*) FROM document_view");
        assert_eq!(strict, b"1|5\n");
    }
}

#[test]
fn a_text_that_holds_u_0000_is_shown_to_its_end() {
    // The last ones are six characters that only look like it, and a backslash before it.
    let (title, content) = ("一\0二\\u0000三\\\0四", "<p>甲\0乙\\\\u0000丙</p>\0");
    let mut archive = Fixture::new();
    archive.record("D1", &document(title, content));
    if !shell_is_there() {
        return;
    }
    let shown = |text: &str| text.replace('\0', "\u{fffd}");
    let ask = |sql: &str| String::from_utf8(shell(&archive.path(), sql)).unwrap();
    for view in ["article_view", "latest_view"] {
        let read = ask(&format!("SELECT title, content FROM {view}"));
        assert_eq!(read, format!("{}|{}\n", shown(title), shown(content)), "{view}");
    }
    for view in ["version_view", "draft_view"] {
        assert_eq!(ask(&format!("SELECT title FROM {view}")), format!("{}\n", shown(title)), "{view}");
    }
    let read = ask("SELECT document FROM document_view");
    assert_eq!(read.trim_end().as_bytes(), document(title, content), "the document is as it was received");
    if python::is_there() {
        assert_eq!(python::titles(&archive.path()), format!("D1 1 {}\n", shown(title)));
    }
}

#[test]
fn a_draft_without_articles_has_versions_like_any_other() {
    let mut archive = Fixture::new();
    archive.record("D1", &document("一", "甲"));
    let emptied = archive.record("D1", b"{\"news_item\":[]}");
    assert_eq!(emptied, RecordOutcome::Version { draft: 1, number: 2, title: String::new(), damage: None });
    let reader = archive.reader();
    assert_eq!((versions(&reader)[0].articles, drafts(&reader)[0].title.as_str()), (0, ""));
    if shell_is_there() {
        assert_eq!(
            shell(&archive.path(), "SELECT (SELECT count(*) FROM latest_view), title, versions FROM draft_view"),
            b"0||2\n"
        );
    }
}

/// A version as a program with an earlier hash version stored it: same document, another hash.
fn with_older_hash_version(archive: &Fixture) {
    let database = archive.raw();
    database.execute_batch("DROP TRIGGER version_never_changes").unwrap();
    database.execute("UPDATE version SET canon = 0, hash = zeroblob(32)", ()).unwrap();
}

#[test]
fn a_new_law_makes_no_false_versions() {
    let mut archive = Fixture::new();
    archive.record("D1", &document("一", "甲"));
    archive.record("D2", b"{\"news_item\":[{\"title\":\"a\x08\xff\"}]}");
    with_older_hash_version(&archive);
    assert_eq!(archive.record("D1", &document("一", "甲")), RecordOutcome::Unchanged);
    assert_eq!(archive.record("D2", b"{\"news_item\":[{\"title\":\"a\x08\xff\"}]}"), RecordOutcome::Unchanged);
    assert!(matches!(archive.record("D1", &document("一", "乙")), RecordOutcome::Version { number: 2, .. }));
}

#[test]
fn what_is_out_of_range_is_read_as_not_told() {
    let mut archive = Fixture::new();
    for (media_id, update_time) in [("D1", i64::MAX), ("D2", i64::MIN), ("D3", -1)] {
        let sighting = Observation { update_time: Some(update_time), ..sighting(media_id, &document("一", "甲")) };
        archive.writer.record(archive.account, &sighting, &[]).unwrap();
    }
    let reader = archive.reader();
    let times: Vec<bool> =
        drafts(&reader).iter().map(|draft| reader.versions(draft.id).unwrap()[0].update_time.is_some()).collect();
    assert_eq!(times, [false, false, true]);
}

#[test]
fn pages_of_documents_that_became_deltas_are_given_back() {
    let mut archive = Fixture::new();
    let noise: String = (0..15_000_u32).map(|n| format!("{:x}", n.wrapping_mul(2_654_435_761))).collect();
    let sizes = |archive: &Fixture| -> (i64, i64) {
        let number = |sql| archive.raw().query_row(sql, (), |row| row.get(0)).unwrap();
        (number("PRAGMA page_count"), number("PRAGMA freelist_count"))
    };
    for n in 0..10 {
        for draft in 0..5 {
            archive.record(&format!("D{draft}"), &document(&n.to_string(), &format!("{draft}{noise}{n}")));
        }
        archive
            .writer
            .save_poll(archive.account, &PollLog::begin(Strategy::List, now()), &[], &AccountState::default())
            .unwrap();
        let (pages, free) = sizes(&archive);
        assert!(free * 8 <= pages + 8, "{free} of {pages} pages are free");
    }
    assert_eq!(archive.raw().query_row("PRAGMA auto_vacuum", (), |row| row.get(0)), Ok(2));
}
