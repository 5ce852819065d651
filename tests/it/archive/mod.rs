//! The archive: what is stored comes back, whatever happens to the process, the disk or the file.

mod bombs;
mod chains;
mod child;
mod contention;
mod contract;
mod crash;
mod damage;
mod foreign;
mod list;
mod pictures;
mod prune;
mod prune_killed;

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use draftkeep::archive::{
    AccountId, Draft, DraftSnapshot, Filter, Observation, Reader, RecordOutcome, Version, Writer,
};
use draftkeep::canonical::canonicalise;
use draftkeep::model::{MediaId, Strategy, Timestamp};

/// The account that the tests use.
const NAME: &str = "mag";
const APPID: &str = "wx0000000000000001";

/// An archive in a directory of its own, with one account.
pub(crate) struct Fixture {
    pub(crate) directory: tempfile::TempDir,
    pub(crate) writer: Writer,
    pub(crate) account: AccountId,
}

impl Fixture {
    pub(crate) fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let (writer, account) = open(&directory.path().join("archive.db"));
        Self { directory, writer, account }
    }

    pub(crate) fn path(&self) -> PathBuf {
        self.directory.path().join("archive.db")
    }

    pub(crate) fn record(&mut self, media_id: &str, document: &[u8]) -> RecordOutcome {
        self.writer.record(self.account, &sighting(media_id, document), &[]).unwrap()
    }

    /// Returns what a poll knows of the drafts when it begins.
    pub(crate) fn drafts(&mut self) -> Vec<DraftSnapshot> {
        let start = self.writer.prepare_poll(&NAME.parse().unwrap(), APPID, Strategy::List, now());
        start.unwrap().known
    }

    pub(crate) fn reader(&self) -> Reader {
        Reader::open(&self.path()).unwrap()
    }

    /// Opens the archive's database directly, for changes that the program never makes.
    pub(crate) fn raw(&self) -> rusqlite::Connection {
        crate::harness::database(self.path())
    }
}

/// An archive of two drafts with three versions each, in its one file.
pub(crate) fn sound() -> Fixture {
    let mut archive = Fixture::new();
    for n in 0..3 {
        for draft in ["D1", "D2"] {
            archive.record(draft, &text(draft, n));
        }
    }
    archive.raw().execute_batch("VACUUM; PRAGMA wal_checkpoint(TRUNCATE)").unwrap();
    archive
}

/// The document of a version of these.
pub(crate) fn text(draft: &str, n: usize) -> Vec<u8> {
    let step = if draft == "D1" { 7919 } else { 104_729 };
    let paragraphs: String = (0..100).map(|line| format!("<p>第 {} 段</p>", line * step)).collect();
    document("一", &format!("{paragraphs}{}", "改".repeat(n)))
}

/// The places of some bytes in a file: SQLite leaves copies of a row at its earlier places.
pub(crate) fn places(file: &[u8], bytes: &[u8]) -> Vec<usize> {
    let found = file.windows(bytes.len()).enumerate().filter(|(_, window)| *window == bytes);
    found.map(|(at, _)| at).collect()
}

/// Opens an archive for writing, with the account that the tests use.
pub(crate) fn open(path: &Path) -> (Writer, AccountId) {
    let mut writer = Writer::open(path).unwrap();
    let account = writer.get_or_create_account(&NAME.parse().unwrap(), APPID, now()).unwrap();
    (writer, account)
}

pub(crate) fn now() -> Timestamp {
    "2026-09-01T02:00:00Z".parse().unwrap()
}

pub(crate) fn sighting(media_id: &str, document: &[u8]) -> Observation {
    Observation {
        media_id: MediaId::new(media_id),
        document: document.to_vec(),
        canonical: canonicalise(document).unwrap(),
        update_time: Some(1_790_000_000),
        observed_at: now(),
        expected_previous: None,
        shrunk_share: draftkeep::model::ShrunkShare::default(),
    }
}

/// A document of one article.
pub(crate) fn document(title: &str, content: &str) -> Vec<u8> {
    let draft = serde_json::json!({"news_item": [{"title": title, "content": content}], "update_time": 1_790_000_000});
    serde_json::to_vec(&draft).unwrap()
}

/// The drafts of an archive.
pub(crate) fn drafts(reader: &Reader) -> Vec<Draft> {
    reader.drafts(&Filter::default()).unwrap()
}

/// The versions of the one draft of an archive, newest first.
pub(crate) fn versions(reader: &Reader) -> Vec<Version> {
    let drafts = drafts(reader);
    assert_eq!(drafts.len(), 1);
    reader.versions(drafts[0].id).unwrap()
}

/// The documents of the one draft of an archive as received, oldest first.
pub(crate) fn documents(reader: &Reader) -> Vec<Vec<u8>> {
    versions(reader).iter().rev().map(|version| reader.document(version).unwrap()).collect()
}

/// Returns whether the stock shell is installed and has the functions of Debian's; prints a line if not.
pub(crate) fn shell_is_there() -> bool {
    static THERE: OnceLock<bool> = OnceLock::new();
    *THERE.get_or_init(|| {
        let probe = Command::new("sqlite3").args([":memory:", "SELECT sqlar_uncompress('a', 1)"]).output();
        let there = probe.is_ok_and(|probe| probe.stdout == b"a\n");
        if !there {
            write_to_stderr(format_args!(
                "skipped: what needs the sqlite3 shell with sqlar_uncompress (Debian: apt install sqlite3)"
            ));
        }
        there
    })
}

/// Writes a line to stderr even if the output of tests is captured, so that skipped tests are seen.
pub(crate) fn write_to_stderr(line: std::fmt::Arguments<'_>) {
    let mut stderr = std::io::stderr();
    writeln!(stderr, "{line}").unwrap();
}

/// Runs SQL in the stock shell.
pub(crate) fn shell(archive: &Path, sql: &str) -> Vec<u8> {
    let output = Command::new("sqlite3").arg(archive).arg(sql).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    output.stdout
}
