//! How the last proof of each kind went. What is due follows from it.

use std::str::FromStr;

use rusqlite::{Connection, OptionalExtension, Row};

use super::decode;
use super::error::Error;
use super::migrate;
use super::reader::Reader;
use super::writer::Writer;
use crate::model::{Timestamp, rfc3339};

/// The first schema that knows proofs.
pub(super) const MIN_SCHEMA: i64 = 28;

/// What is proven.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ProofKind {
    /// The documents of versions have the hashes that name them.
    Versions,
    /// So do the bytes of pictures.
    Assets,
    /// A version comes back as files.
    Files,
    /// The newest versions of an account are what the platform shows.
    Drafts,
    /// A version comes back as a new draft.
    Drill,
}

/// What is proven, and of which account.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ProofKey {
    pub kind: ProofKind,
    /// Empty where it is about the archive alone.
    pub appid: String,
}

/// How a proof went.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProofRecord {
    pub key: ProofKey,
    /// When the last one began.
    pub tried_at: Timestamp,
    /// When the last one began that found nothing wrong.
    pub proven_at: Option<Timestamp>,
    /// How much the last one looked at.
    pub checked: u64,
    /// Of versions and pictures: how many were proven within the last 30 days, of how many.
    pub recent: Option<(u64, u64)>,
    /// What the last one found to be wrong.
    pub failure: Option<ProofFailure>,
}

/// What is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProofFailure {
    /// When the first of the proofs began that failed one after the other.
    pub since: Timestamp,
    /// What the last one found, as `proof::ProofFault` writes it.
    pub reason: String,
    /// Whether something is damaged; else the proof could not be made.
    pub is_damage: bool,
}

impl ProofKind {
    pub const ALL: [Self; 5] = [Self::Versions, Self::Assets, Self::Files, Self::Drafts, Self::Drill];

    /// Returns the word that the archive and the JSON output use.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Versions => "versions",
            Self::Assets => "assets",
            Self::Files => "files",
            Self::Drafts => "drafts",
            Self::Drill => "drill",
        }
    }
}

impl FromStr for ProofKind {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let found = Self::ALL.into_iter().find(|kind| kind.as_str() == text);
        found.ok_or_else(|| format!("{text:?} is no kind of proof"))
    }
}

impl ProofKey {
    /// The key of a proof that is about the archive alone.
    pub fn of_archive(kind: ProofKind) -> Self {
        Self { kind, appid: String::new() }
    }
}

impl ProofRecord {
    /// A proof that found nothing wrong.
    pub fn good(key: ProofKey, tried_at: Timestamp, checked: u64) -> Self {
        Self { key, tried_at, proven_at: Some(tried_at), checked, recent: None, failure: None }
    }

    /// A proof that found something wrong, or could not be made.
    pub fn failed(key: ProofKey, tried_at: Timestamp, checked: u64, reason: String, is_damage: bool) -> Self {
        let failure = Some(ProofFailure { since: tried_at, reason, is_damage });
        Self { key, tried_at, proven_at: None, checked, recent: None, failure }
    }
}

impl Writer {
    /// Records how a proof went. Since when proofs fail, and when one was good, stays known.
    pub fn record_proof(&mut self, record: &ProofRecord) -> Result<(), Error> {
        let ProofRecord { key, tried_at, proven_at, checked, recent, failure } = record;
        self.transaction(|transaction| {
            transaction
                .prepare_cached(
                    "INSERT INTO proof (kind, appid, tried_at, proven_at, checked, recent, total, failing_since, reason, is_damage)
                     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)
                     ON CONFLICT DO UPDATE SET tried_at = excluded.tried_at, proven_at = coalesce(excluded.proven_at, proven_at),
                         checked = excluded.checked, recent = excluded.recent, total = excluded.total,
                         failing_since = iif(excluded.reason IS NULL, NULL, coalesce(failing_since, excluded.failing_since)),
                         reason = excluded.reason, is_damage = excluded.is_damage",
                )?
                .execute((
                    key.kind.as_str(),
                    &key.appid,
                    rfc3339(*tried_at),
                    proven_at.map(rfc3339),
                    checked,
                    recent.map(|(proven, _)| proven),
                    recent.map(|(_, all)| all),
                    failure.as_ref().map(|failure| rfc3339(failure.since)),
                    failure.as_ref().map(|failure| &failure.reason),
                    failure.as_ref().is_some_and(|failure| failure.is_damage),
                ))?;
            Ok(())
        })
    }

    /// Forgets how proofs went, of all but these accounts; `None`: of the archive, too, but for drills, which a person makes. When each version
    /// was proven stays known.
    pub fn forget_proofs(&mut self, keep: Option<&[String]>) -> Result<(), Error> {
        let is_kept = |key: &ProofKey| match keep {
            Some(kept) => key.appid.is_empty() || kept.contains(&key.appid),
            None => key.kind == ProofKind::Drill,
        };
        let mut others: Vec<ProofKey> = self.proofs()?.into_iter().map(|record| record.key).collect();
        others.retain(|key| !is_kept(key));
        if others.is_empty() {
            return Ok(());
        }
        self.transaction(|transaction| {
            let mut delete = transaction.prepare_cached("DELETE FROM proof WHERE kind = ?1 AND appid = ?2")?;
            for ProofKey { kind, appid } in &others {
                delete.execute((kind.as_str(), appid))?;
            }
            Ok(())
        })
    }

    /// Returns how the last proof of each kind and account went.
    pub fn proofs(&self) -> Result<Vec<ProofRecord>, Error> {
        proofs(&self.connection).map_err(|error| Error::of(&self.path, &error))
    }

    /// Returns how the last proof went; `None` before the first.
    pub fn proof(&self, key: &ProofKey) -> Result<Option<ProofRecord>, Error> {
        let read = || {
            let mut query = self.connection.prepare_cached(&format!("{SELECT} WHERE kind = ?1 AND appid = ?2"))?;
            query.query_row((key.kind.as_str(), &key.appid), record).optional()
        };
        read().map_err(|error| Error::of(&self.path, &error))
    }
}

impl Reader {
    /// Returns how the last proof of each kind and account went.
    pub fn proofs(&self) -> Result<Vec<ProofRecord>, Error> {
        if migrate::version(&self.connection, &self.path)? < MIN_SCHEMA {
            return Ok(Vec::new());
        }
        proofs(&self.connection).map_err(|error| Error::of(&self.path, &error))
    }
}

const SELECT: &str =
    "SELECT kind, appid, tried_at, proven_at, checked, recent, total, failing_since, reason, is_damage FROM proof";

fn proofs(connection: &Connection) -> rusqlite::Result<Vec<ProofRecord>> {
    let records = connection.prepare_cached(SELECT)?.query_map((), record)?.collect::<rusqlite::Result<Vec<_>>>();
    let mut records = records?;
    records.sort_by(|one, other| one.key.cmp(&other.key));
    Ok(records)
}

fn record(row: &Row<'_>) -> rusqlite::Result<ProofRecord> {
    let failure = match row.get::<_, Option<String>>(8)? {
        Some(reason) => Some(ProofFailure { since: decode::instant(row, 7)?, reason, is_damage: row.get(9)? }),
        None => None,
    };
    let recent = row.get::<_, Option<u64>>(5)?.zip(row.get::<_, Option<u64>>(6)?);
    let key = ProofKey { kind: decode::word(row, 0)?, appid: row.get(1)? };
    let (tried_at, proven_at) = (decode::instant(row, 2)?, decode::instant_or_null(row, 3)?);
    Ok(ProofRecord { key, tried_at, proven_at, checked: row.get(4)?, recent, failure })
}
