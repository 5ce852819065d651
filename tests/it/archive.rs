//! The archive's contract: what is stored comes back, for us and for the stock `sqlite3` shell.

use std::path::{Path, PathBuf};
use std::process::Command;

use draftkeep::archive::{AccountId, Filter, Reader, Recorded, Sighting, Writer};
use draftkeep::canonical::{Canonical, canonicalise};
use draftkeep::model::{MediaId, Timestamp};

/// An archive in a directory of its own, with one account.
struct Fixture {
    directory: tempfile::TempDir,
    writer: Writer,
    account: AccountId,
}

impl Fixture {
    fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let mut writer = Writer::open(&directory.path().join("archive.db")).unwrap();
        let account = writer.account(&"mag".parse().unwrap(), "wx0000000000000001", now()).unwrap();
        Self { directory, writer, account }
    }

    fn path(&self) -> PathBuf {
        self.directory.path().join("archive.db")
    }

    fn record(&mut self, media_id: &str, document: &[u8]) -> Recorded {
        self.writer.record(self.account, &sighting(media_id, document), &[]).unwrap()
    }

    fn documents(&self) -> Vec<Vec<u8>> {
        let reader = Reader::open(&self.path()).unwrap();
        let draft = &reader.drafts(&Filter::default()).unwrap()[0];
        let versions = reader.versions(draft.id).unwrap();
        versions.iter().rev().map(|version| reader.document(version).unwrap()).collect()
    }
}

fn now() -> Timestamp {
    "2026-09-01T02:00:00Z".parse().unwrap()
}

fn sighting(media_id: &str, document: &[u8]) -> Sighting {
    let canonical: Canonical = canonicalise(document).unwrap();
    let observed_at = now();
    Sighting {
        media_id: MediaId::new(media_id),
        document: document.to_vec(),
        canonical,
        update_time: Some(1_790_000_000),
        observed_at,
    }
}

fn draft(title: &str, content: &str) -> Vec<u8> {
    serde_json::to_vec(
        &serde_json::json!({"news_item": [{"title": title, "content": content}], "update_time": 1_790_000_000}),
    )
    .unwrap()
}

/// Runs SQL in the stock shell.
fn shell(archive: &Path, sql: &str) -> Vec<u8> {
    let output = Command::new("sqlite3").arg(archive).arg(sql).output().expect("the stock sqlite3 shell is installed");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    output.stdout
}

#[test]
fn an_unchanged_draft_makes_no_version() {
    let version = |number| Recorded::Version { number, title: "一".to_owned() };
    let mut archive = Fixture::new();
    assert_eq!(archive.record("D1", &draft("一", "甲")), version(1));
    assert_eq!(archive.record("D1", &draft("一", "甲")), Recorded::Unchanged);
    assert_eq!(archive.record("D1", &draft("一", "乙")), version(2));
    assert_eq!(archive.record("D1", &draft("一", "甲")), version(3));
    assert_eq!(archive.documents().len(), 3);
}

#[test]
fn every_version_comes_back_in_the_stock_shell() {
    let mut archive = Fixture::new();
    let paragraph = "<p style=\"font-size: 16px;\">草稿箱里的每一个版本都要留下来。</p>\n";
    let states: Vec<Vec<u8>> = (0..150)
        .map(|n| draft(&format!("第{n}版"), &format!("{}<p>{n}</p>{}", paragraph.repeat(n), paragraph.repeat(30))))
        .collect();
    for state in &states {
        archive.record("D1", state);
    }
    assert_eq!(archive.documents(), states);
    for (n, state) in states.iter().enumerate() {
        let sql = format!("SELECT document FROM document_view WHERE media_id = 'D1' AND version = {}", n + 1);
        let mut expected = state.clone();
        expected.push(b'\n');
        assert!(shell(&archive.path(), &sql) == expected, "version {}", n + 1);
    }
}

#[test]
fn facts_cannot_be_changed() {
    let mut archive = Fixture::new();
    for n in 0..3 {
        archive.record("D1", &draft("一", &n.to_string().repeat(500)));
    }
    for sql in [
        "UPDATE version SET title = 'x'",
        "DELETE FROM version",
        "UPDATE whole SET body = x''",
        "DELETE FROM whole",
        "DELETE FROM delta",
        "UPDATE delta SET base = 1",
        "UPDATE draft SET media_id = 'x'",
        "DELETE FROM draft",
        "INSERT INTO delta VALUES (3, 1, 2, '[]')",
    ] {
        let output = Command::new("sqlite3").arg(archive.path()).arg(sql).output().unwrap();
        assert!(!output.status.success(), "{sql}");
    }
}
