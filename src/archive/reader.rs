//! Reading: never blocks a writer, is never blocked by one, and cannot write.

use std::fmt;
use std::path::{Path, PathBuf};

use rusqlite::{Connection, OptionalExtension, Row, Transaction};

use super::damage::{Damage, DamageKind};
use super::decode;
use super::document::{self, StoredDocument};
use super::error::Error;
use super::files::sibling_path;
use super::internal_error::InternalError;
use super::open_file::OpenedFile;
use crate::canonical;
use crate::model::{DraftState, Hash, Timestamp, shortened};

/// How many characters are shown of what stands in the place of a number.
const LONGEST_SHOWN: usize = 40;

/// So many steps of SQLite's machine take far less than a second.
const STEPS: i32 = 1000;

/// The archive, to read from.
#[derive(Debug)]
pub struct Reader {
    pub(super) connection: Connection,
    pub(super) path: PathBuf,
    pub(super) file: OpenedFile,
}

/// A draft as `list` shows it.
#[derive(Clone, Debug)]
pub struct Draft {
    pub account: String,
    pub media_id: String,
    /// The small number that people type as `#ID`.
    pub id: i64,
    /// Of the newest version's first article.
    pub title: String,
    pub state: DraftState,
    /// How many there are.
    pub versions: u64,
    /// How many of them have a damaged number: nobody knows where they belong, and the newest may be one of them.
    pub unnumbered: u64,
    pub first_seen: Timestamp,
    pub last_seen: Timestamp,
    /// When the newest version was observed; `None` where its row is damaged.
    pub last_changed: Option<Timestamp>,
}

/// A version without its document.
#[derive(Clone, Debug)]
pub struct Version {
    pub(super) id: i64,
    pub number: u64,
    pub hash: Hash,
    /// The number of the hash law that it was made by.
    pub hash_version: u32,
    pub observed_at: Timestamp,
    /// When the platform says it was saved.
    pub update_time: Option<Timestamp>,
    /// How many articles it holds.
    pub articles: usize,
    /// Of its first article.
    pub title: String,
}

impl Version {
    /// Returns whether a document of this hash is the one that the version was recorded with. A hash of an older law is not
    /// made any more, and rules nothing out.
    pub fn matches_hash(&self, hash: Hash) -> bool {
        self.hash_version != canonical::HASH_VERSION || self.hash == hash
    }
}

/// A version whose number is damaged: nobody knows where it belongs in its draft.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnnumberedVersion {
    /// The number of its row in the archive.
    row: i64,
    /// What stands in the place of its number, as SQL.
    number: String,
}

impl UnnumberedVersion {
    /// Returns it as damage of a draft, which is called `ACCOUNT/#ID`.
    pub fn damage(&self, draft: impl fmt::Display) -> Damage {
        let Self { row, number } = self;
        let reason = format!(
            "row {row} of the table version: its number is {}, which is no number of a version",
            shortened(number, LONGEST_SHOWN)
        );
        Damage::new(DamageKind::Version, format!("{draft}@?"), reason)
    }
}

/// Which drafts are asked for.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    pub account: Option<String>,
    /// The draft of this number.
    pub id: Option<i64>,
    /// Drafts whose media_id begins like this.
    pub prefix: Option<String>,
}

impl Reader {
    /// Has everything that is read end with [`Error::Interrupted`] once `is_stopped` says so: one statement may take minutes.
    pub fn interrupt_when(&mut self, is_stopped: impl Fn() -> bool + Send + 'static) -> Result<(), Error> {
        let set = self.connection.progress_handler(STEPS, Some(is_stopped));
        set.map_err(|error| Error::of(&self.path, &error))
    }

    /// Returns where a journal was moved that stood beside the archive and was another one's.
    pub fn moved_journal(&self) -> Option<&Path> {
        self.file.moved_journal()
    }

    /// Returns the archive's path, as it was opened.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Returns what the archive takes on the disk, the journal beside it included.
    pub fn bytes(&self) -> u64 {
        let files = [self.path.clone(), sibling_path(&self.path, "-wal")];
        files.iter().filter_map(|file| file.metadata().ok()).map(|file| file.len()).sum()
    }

    /// Runs `read` on the archive as it is at this instant, whatever is written meanwhile. The journal grows while it runs:
    /// what was written since the instant stays in it.
    pub fn with_snapshot<T, E: From<Error>>(&self, read: impl FnOnce(&Self) -> Result<T, E>) -> Result<T, E> {
        let begin = || -> rusqlite::Result<Transaction<'_>> {
            let transaction = self.connection.unchecked_transaction()?;
            // The instant is that of the first look.
            transaction.query_row("SELECT count(*) FROM sqlite_schema", (), |_| Ok(()))?;
            Ok(transaction)
        };
        let transaction = begin().map_err(|error| Error::of(&self.path, &error))?;
        let result = read(self);
        transaction.finish().map_err(|error| Error::of(&self.path, &error))?;
        result
    }

    /// Returns the names of the accounts that were ever polled, sorted.
    pub fn accounts(&self) -> Result<Vec<String>, Error> {
        let accounts = || -> rusqlite::Result<Vec<String>> {
            self.connection
                .prepare("SELECT name FROM account ORDER BY name")?
                .query_map((), |row| row.get(0))?
                .collect()
        };
        accounts().map_err(|error| Error::of(&self.path, &error))
    }

    /// Returns when the newest poll ended; `None` where there was none.
    pub fn newest_poll(&self) -> Result<Option<Timestamp>, Error> {
        self.connection
            .query_row("SELECT max(finished_at) FROM poll", (), |row| decode::instant_or_null(row, 0))
            .map_err(|error| Error::of(&self.path, &error))
    }

    /// Returns whether it is of the kind that has a journal beside it, and there is none with anything in it: what was recorded
    /// last may have been left behind.
    pub fn lacks_journal(&self) -> Result<bool, Error> {
        let mode: String = self
            .connection
            .pragma_query_value(None, "journal_mode", |row| row.get(0))
            .map_err(|error| Error::of(&self.path, &error))?;
        let has_journal = std::fs::metadata(sibling_path(&self.path, "-wal")).is_ok_and(|journal| journal.len() > 0);
        Ok(mode == "wal" && !has_journal)
    }

    /// Returns the numbers of a draft's versions, newest first. They are known even where a version's row is damaged. Damaged
    /// numbers are left out: see [`Reader::unnumbered_versions`].
    pub fn version_numbers(&self, draft: i64) -> Result<Vec<u64>, Error> {
        let numbers = || -> rusqlite::Result<Vec<u64>> {
            self.connection
                .prepare_cached(
                    "SELECT number FROM version
                     WHERE draft = ?1 AND typeof(number) = 'integer' AND number >= 1 ORDER BY number DESC",
                )?
                .query_map([draft], |row| row.get(0))?
                .collect()
        };
        numbers().map_err(|error| Error::of(&self.path, &error))
    }

    /// Returns the versions of a draft whose number is damaged, each with what stands in its place.
    pub fn unnumbered_versions(&self, draft: i64) -> Result<Vec<UnnumberedVersion>, Error> {
        let unnumbered = || -> rusqlite::Result<Vec<UnnumberedVersion>> {
            self.connection
                .prepare_cached(
                    "SELECT id, quote(number) FROM version
                     WHERE draft = ?1 AND NOT (typeof(number) = 'integer' AND number >= 1) ORDER BY id",
                )?
                .query_map([draft], |row| Ok(UnnumberedVersion { row: row.get(0)?, number: row.get(1)? }))?
                .collect()
        };
        unnumbered().map_err(|error| Error::of(&self.path, &error))
    }

    /// Returns a version of a draft by its number.
    ///
    /// # Errors
    ///
    /// [`Error::Damaged`] where its row cannot be read, or is not there.
    pub fn version(&self, draft: i64, number: u64) -> Result<Version, Error> {
        let found = || -> rusqlite::Result<Option<Version>> {
            self.connection
                .prepare_cached(
                    "SELECT id, number, hash, observed_at, update_time, articles, title, canon FROM version
                     WHERE draft = ?1 AND number = ?2",
                )?
                .query_row((draft, number), version)
                .optional()
        };
        match found() {
            Ok(Some(version)) => Ok(version),
            Ok(None) => Err(Error::Damaged("its row is missing".to_owned())),
            Err(error) => Err(Error::of(&self.path, &error)),
        }
    }

    /// Returns the versions of a draft, newest first.
    ///
    /// # Errors
    ///
    /// [`Error::Damaged`] where the row of any of them cannot be read.
    pub fn versions(&self, draft: i64) -> Result<Vec<Version>, Error> {
        self.version_numbers(draft)?.into_iter().map(|number| self.version(draft, number)).collect()
    }

    /// Returns a version's document as received.
    pub fn document(&self, version: &Version) -> Result<Vec<u8>, Error> {
        document::load_raw(&self.connection, version.id).map_err(|error| error.into_error(&self.path))
    }

    /// Calls `each` with the document of every version in the order given (newest first is quick: each document is rebuilt
    /// from the one before), or with [`Error::Damaged`] for a version whose document does not come back.
    pub fn documents(
        &self,
        newest_first: &[Version],
        mut each: impl FnMut(&Version, Result<StoredDocument<'_>, Error>) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let ids: Vec<i64> = newest_first.iter().map(|version| version.id).collect();
        let mut versions = newest_first.iter();
        document::for_each_document(&self.connection, &ids, |document| match versions.next() {
            Some(version) => each(version, document),
            None => Ok(()),
        })
        .map_err(|error: InternalError| error.into_error(&self.path))
    }

    /// Returns when the poll of the account that was recorded last began, where that can be read. That need not be the latest instant:
    /// a clock may have been put back.
    pub fn last_poll(&self, account: &str) -> Result<Option<Timestamp>, Error> {
        last_poll(&self.connection, account).map_err(|error| Error::of(&self.path, &error))
    }
}

pub(super) fn last_poll(connection: &Connection, account: &str) -> rusqlite::Result<Option<Timestamp>> {
    let sql = "SELECT poll.started_at FROM poll JOIN account ON account.id = poll.account
               WHERE account.name = ?1 ORDER BY poll.id DESC LIMIT 1";
    let began =
        connection.prepare_cached(sql)?.query_row([account], |row| Ok(decode::instant(row, 0).ok())).optional()?;
    Ok(began.flatten())
}

pub(super) fn version(row: &Row<'_>) -> rusqlite::Result<Version> {
    Ok(Version {
        id: row.get(0)?,
        number: row.get(1)?,
        hash: Hash(row.get(2)?),
        observed_at: decode::instant(row, 3)?,
        update_time: row.get::<_, Option<i64>>(4)?.and_then(|seconds| Timestamp::from_timestamp(seconds, 0)),
        articles: row.get(5)?,
        title: row.get(6)?,
        hash_version: row.get(7)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::archive::Writer;

    #[test]
    fn a_long_query_is_interrupted() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("archive.db");
        drop(Writer::open(&path).unwrap());
        let mut reader = Reader::open(&path).unwrap();
        assert!(reader.check().is_ok());
        reader.interrupt_when(|| true).unwrap();
        assert!(matches!(reader.check(), Err(Error::Interrupted)));
    }
}
