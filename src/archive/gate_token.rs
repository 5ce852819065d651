//! The tokens of programs that write over HTTP, and what each last read of a draft.

use std::collections::BTreeSet;

use rusqlite::{OptionalExtension, Row};

use super::account_id::AccountId;
use super::decode;
use super::error::Error;
use super::migrate;
use super::reader::Reader;
use super::writer::Writer;
use crate::model::{GateAction, Hash, MediaId, Timestamp, rfc3339};

/// The first schema that knows them.
const MIN_SCHEMA: i64 = 30;

const COLUMNS: &str = "gate_token.name, account.name, allow, made_by, made_at, revoked_at
     FROM gate_token JOIN account ON account.id = gate_token.account";

/// A token that is on record. The token itself is nowhere.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GateToken {
    pub name: String,
    /// The one account that it opens.
    pub account: String,
    /// What it may do; reading is always allowed.
    pub allow: BTreeSet<GateAction>,
    /// The user of the machine who made it.
    pub made_by: String,
    pub made_at: Timestamp,
    /// Since when it opens nothing any more.
    pub revoked_at: Option<Timestamp>,
}

impl Writer {
    /// Enters a token by its hash. Returns `false` where the name is taken, be it of one that was revoked: writes are known by it.
    pub fn add_gate_token(&mut self, account: AccountId, token: &GateToken, hash: Hash) -> Result<bool, Error> {
        let allow: Vec<&str> = token.allow.iter().map(|action| action.as_str()).collect();
        let allow = serde_json::Value::from(allow).to_string();
        self.transaction(|transaction| {
            let added = transaction
                .prepare_cached(
                    "INSERT INTO gate_token (name, account, hash, allow, made_by, made_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
                     ON CONFLICT (name) DO NOTHING",
                )?
                .execute((&token.name, account.0, hash.0, &allow, &token.made_by, rfc3339(token.made_at)))?;
            Ok(added > 0)
        })
    }

    /// Lets a token open nothing any more. Returns `false` where there is none of this name, or it was revoked before.
    pub fn revoke_gate_token(&mut self, name: &str, now: Timestamp) -> Result<bool, Error> {
        self.transaction(|transaction| {
            let held = "UPDATE gate_write SET state = 'lapsed', request = NULL, finished_at = ?2, reason = 'its token was revoked'
                        WHERE state = 'held' AND id IN (SELECT id FROM write_origin WHERE who = ?1)
                          AND account = (SELECT account FROM gate_token WHERE name = ?1)";
            transaction.prepare_cached(held)?.execute((name, rfc3339(now)))?;
            let update = "UPDATE gate_token SET revoked_at = ?2 WHERE name = ?1 AND revoked_at IS NULL";
            Ok(transaction.prepare_cached(update)?.execute((name, rfc3339(now)))? > 0)
        })
    }

    /// Writes down what a token read or wrote of a draft.
    pub fn set_seen(&mut self, token: &str, draft: i64, hash: Hash, now: Timestamp) -> Result<(), Error> {
        self.transaction(|transaction| {
            transaction
                .prepare_cached(
                    "INSERT INTO gate_seen (token, draft, hash, seen_at) VALUES (?1, ?2, ?3, ?4)
                     ON CONFLICT DO UPDATE SET hash = excluded.hash, seen_at = excluded.seen_at",
                )?
                .execute((token, draft, hash.0, rfc3339(now)))?;
            Ok(())
        })
    }
}

impl Reader {
    /// Returns all tokens, the revoked ones too, by name.
    pub fn gate_tokens(&self) -> Result<Vec<GateToken>, Error> {
        if migrate::version(&self.connection, &self.path)? < MIN_SCHEMA {
            return Ok(Vec::new());
        }
        let read = || -> rusqlite::Result<Vec<GateToken>> {
            let mut query = self.connection.prepare_cached(&format!("SELECT {COLUMNS} ORDER BY gate_token.name"))?;
            query.query_map((), token)?.collect()
        };
        read().map_err(|error| Error::of(&self.path, &error))
    }

    /// Finds the token with this hash, unless it was revoked.
    pub fn gate_token(&self, hash: Hash) -> Result<Option<GateToken>, Error> {
        if migrate::version(&self.connection, &self.path)? < MIN_SCHEMA {
            return Ok(None);
        }
        self.connection
            .prepare_cached(&format!("SELECT {COLUMNS} WHERE hash = ?1 AND revoked_at IS NULL"))
            .and_then(|mut query| query.query_row([hash.0], token).optional())
            .map_err(|error| Error::of(&self.path, &error))
    }

    /// Returns the hash of what a token last read or wrote of a draft of its account.
    pub fn seen(&self, token: &str, media_id: &MediaId) -> Result<Option<Hash>, Error> {
        let sql =
            "SELECT hash, seen_at FROM gate_seen JOIN draft ON draft.id = gate_seen.draft WHERE token = ?1 AND media_id = ?2
             UNION ALL
             SELECT version.hash, gate_write.finished_at FROM gate_write JOIN write_origin USING (id)
             JOIN draft ON draft.id = gate_write.draft
             JOIN version ON version.draft = gate_write.draft AND version.number = gate_write.result
             WHERE who = ?1 AND draft.media_id = ?2 ORDER BY 2 DESC LIMIT 1";
        self.connection
            .prepare_cached(sql)
            .and_then(|mut query| query.query_row((token, media_id.as_str()), |row| row.get(0).map(Hash)).optional())
            .map_err(|error| Error::of(&self.path, &error))
    }
}

fn token(row: &Row<'_>) -> rusqlite::Result<GateToken> {
    let allow: String = row.get(2)?;
    let actions: Vec<String> =
        serde_json::from_str(&allow).map_err(|error| decode::not_a_word(2, error.to_string()))?;
    let allow: Result<_, _> = actions.iter().map(|action| action.parse()).collect();
    Ok(GateToken {
        name: row.get(0)?,
        account: row.get(1)?,
        allow: allow.map_err(|error: &str| decode::not_a_word(2, error.to_owned()))?,
        made_by: row.get(3)?,
        made_at: decode::instant(row, 4)?,
        revoked_at: decode::instant_or_null(row, 5)?,
    })
}
