//! Failures of a poll.

use rusqlite::{Connection, Row, Transaction};

use super::damaged_row::DamagedRow;
use super::error::Error;
use super::migrate;
use crate::model::{AccountName, Endpoint, FailureKind, MediaId};

/// The first schema whose failures have an endpoint, a kind and a rid.
const MIN_SCHEMA_WITH_KINDS: i64 = 17;

/// A failure within a poll.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// The draft; `None` if the failure concerns the account.
    pub media_id: Option<MediaId>,
    /// The endpoint that was called; `None` if no call failed.
    pub endpoint: Option<Endpoint>,
    /// `None` if an older program recorded it.
    pub kind: Option<FailureKind>,
    /// The platform's errcode.
    pub code: Option<i64>,
    /// The platform's id of the request.
    pub rid: Option<String>,
    /// Text for people.
    pub message: String,
}

impl Failure {
    /// A failure that is not about a call.
    pub fn new(media_id: Option<MediaId>, kind: FailureKind, message: String) -> Self {
        Self { media_id, endpoint: None, kind: Some(kind), code: None, rid: None, message }
    }

    /// Says that the archive could not take the content of a draft.
    pub fn not_stored(media_id: MediaId, why: &Error) -> Self {
        let message = format!("what it says now could not be stored, and is read again by later polls: {why}");
        Self::new(Some(media_id), FailureKind::NotStored, message)
    }

    /// Says that a version was added behind one that is damaged.
    pub fn older_version_damaged(media_id: MediaId, version: u64, damage: &str) -> Self {
        let message = format!(
            "version {version} is kept, but the archive is damaged: the version before it is not what it was ({damage}). \
             See what else is damaged, and what to do: draftkeep verify"
        );
        Self::new(Some(media_id), FailureKind::Damaged, message)
    }

    /// Says that a row of an account's state could not be read.
    pub fn row_damaged(DamagedRow { table, key, reason }: &DamagedRow) -> Self {
        let message = format!(
            "the archive is damaged: the row {key} of the table {table} could not be read ({reason}). What it said is not known any more; \
             polls go on, and no version is concerned. See what else is damaged, and what to do: draftkeep verify"
        );
        Self::new(None, FailureKind::Damaged, message)
    }

    /// Says that drafts of an account are held back: so many of those that were there.
    pub fn held_back(account: &AccountName, vanished: usize, before: usize) -> Self {
        let message = format!(
            "{vanished} of {before} drafts vanished at once, which is too many to believe: nothing is concluded until draft/get has \
             confirmed each of them in two polls, ten minutes apart. Look into the draft box at mp.weixin.qq.com; if they \
             are gone indeed: draftkeep poll --believe {account}. Their versions are safe in the archive"
        );
        Self::new(None, FailureKind::HeldBack, message)
    }

    /// Returns whether it reports damage in the archive that did not stop the poll.
    pub fn is_damage(&self) -> bool {
        self.kind == Some(FailureKind::Damaged)
    }

    /// Returns whether the archive could not take the content of a draft.
    pub fn is_not_stored(&self) -> bool {
        self.kind == Some(FailureKind::NotStored)
    }

    /// Returns whether it says that drafts are held back: then nothing failed, and the others were looked at.
    pub fn is_held_back(&self) -> bool {
        self.kind == Some(FailureKind::HeldBack)
    }

    /// Returns whether the whitelist kept an access token from this machine. A call with a token may be refused for its address too, and costs
    /// one of the day's calls.
    pub fn is_token_refused_by_whitelist(&self) -> bool {
        self.kind == Some(FailureKind::IpNotWhitelisted) && self.endpoint == Some(Endpoint::StableToken)
    }

    /// Returns the message without the rid, which only the platform's support needs.
    pub fn message_without_rid(&self) -> String {
        match &self.rid {
            Some(rid) => self.message.replacen(&format!(", rid {rid}"), "", 1),
            None => self.message.clone(),
        }
    }
}

pub(super) fn insert_failures(transaction: &Transaction<'_>, poll: i64, failures: &[Failure]) -> rusqlite::Result<()> {
    let mut statement = transaction.prepare_cached(
        "INSERT INTO poll_error (poll, media_id, code, message, endpoint, kind, rid) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
    )?;
    for Failure { media_id, endpoint, kind, code, rid, message } in failures {
        let media_id = media_id.as_ref().map(MediaId::as_str);
        let (endpoint, kind) = (endpoint.map(Endpoint::as_str), kind.map(FailureKind::as_str));
        statement.execute((poll, media_id, code, message, endpoint, kind, rid))?;
    }
    Ok(())
}

/// Returns the first `limit` failures of a poll, those about the account before those about drafts.
pub(super) fn failures(connection: &Connection, poll: i64, limit: u32) -> rusqlite::Result<Vec<Failure>> {
    let facts = if has_kinds(connection)? { "endpoint, kind, rid" } else { "NULL, NULL, NULL" };
    connection
        .prepare_cached(&format!(
            "SELECT media_id, code, message, {facts} FROM poll_error WHERE poll = ?1
             ORDER BY media_id IS NOT NULL, rowid LIMIT ?2"
        ))?
        .query_map((poll, limit), failure)?
        .collect()
}

/// Returns whether failures have kinds: the archive may be of an older schema.
pub(super) fn has_kinds(connection: &Connection) -> rusqlite::Result<bool> {
    migrate::number(connection).map(|number| number >= MIN_SCHEMA_WITH_KINDS)
}

/// Reads a row of media_id, code, message, endpoint, kind and rid. A newer or damaged name is an unknown one.
pub(super) fn failure(row: &Row<'_>) -> rusqlite::Result<Failure> {
    let endpoint: Option<String> = row.get(3)?;
    let kind: Option<String> = row.get(4)?;
    Ok(Failure {
        media_id: row.get::<_, Option<String>>(0)?.map(MediaId::new),
        code: row.get(1)?,
        message: row.get(2)?,
        endpoint: endpoint.and_then(|name| Endpoint::ALL.into_iter().find(|endpoint| endpoint.as_str() == name)),
        kind: kind.and_then(|name| FailureKind::find(&name)),
        rid: row.get(5)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rid_alone_is_left_out() {
        let rid = Some("6a1b2c3d-0f1e2d3c-4b5a6978".to_owned());
        let message = "no, rid of it (errcode 40164, rid 6a1b2c3d-0f1e2d3c-4b5a6978). Add it (soon)".to_owned();
        let failure = Failure { rid, ..Failure::new(None, FailureKind::IpNotWhitelisted, message) };
        assert_eq!(failure.message_without_rid(), "no, rid of it (errcode 40164). Add it (soon)");
        let without = Failure { rid: None, ..failure };
        assert_eq!(without.message_without_rid(), without.message);
    }
}
