//! Accounts and drafts whose rows are lost or altered: an index may know their names, else they get one, so that their versions have a
//! place.

use std::collections::BTreeSet;

use rusqlite::{Connection, OptionalExtension, Row};

use super::super::damage::{Damage, DamageKind};
use super::super::decode;
use super::super::error::Error;
use super::accounts::{KnownAccounts, LOST, UnsureAccount, altered};
use super::{Left, Salvage};
use crate::model::rfc3339;

/// When a draft was seen of which nothing is left that says so.
const UNKNOWN: &str = "1970-01-01T00:00:00.000Z";

/// The columns of a version, in the order of its checksum.
pub(super) const VERSION_COLUMNS: &str = "id, draft, number, hash, canon, observed_at, update_time, articles, title";

impl Salvage {
    /// Gives every version a draft and every draft an account, and returns what is not known of drafts any more.
    pub fn name_drafts(&mut self, known: KnownAccounts<'_>) -> Result<Vec<Damage>, Error> {
        let named = || -> rusqlite::Result<(Vec<UnsureAccount>, Left)> {
            let transaction = self.connection.unchecked_transaction()?;
            let mut left = Vec::new();
            let mut unsure = self.find_altered_accounts(&transaction)?;
            self.reset_altered_drafts(&transaction, &mut left)?;
            self.make_lost_drafts(&transaction, &mut left)?;
            unsure.extend(self.make_lost_accounts(&transaction)?);
            self.name_accounts(&transaction, &unsure, known)?;
            transaction.commit()?;
            Ok((unsure, left))
        };
        let (unsure, left) = named().map_err(|error| self.error(&error))?;
        self.unsure_accounts = unsure;
        Ok(left)
    }

    /// What such a row says of a draft's place is believed where an index says the same, and of its state nothing.
    fn reset_altered_drafts(&self, connection: &Connection, left: &mut Left) -> rusqlite::Result<()> {
        let columns = "id, account, media_id, state, first_seen, last_seen, missing_since";
        let mut resets = altered(connection, "draft", columns)?;
        // Their checksums may be lost.
        resets.extend(unreadable_drafts(connection)?);
        resets.sort_unstable();
        resets.dedup();
        for draft in resets {
            if let Some((account, media_id)) = self.evidence.drafts.get(&draft) {
                connection.execute(
                    "UPDATE OR IGNORE draft SET account = ?2, media_id = ?3 WHERE id = ?1",
                    (draft, account, media_id),
                )?;
            }
            let (first, last) = seen(connection, draft)?;
            connection.execute(
                "UPDATE draft SET state = 'live', missing_since = NULL, first_seen = ?2, last_seen = ?3 WHERE id = ?1",
                (draft, first, last),
            )?;
            forget_absence(connection, draft)?;
            left.push(damage_of_draft(connection, draft, "its row is not as it was written: its state and when it was seen first are not known any more; the next poll finds out")?);
        }
        Ok(())
    }

    fn make_lost_drafts(&self, connection: &Connection, left: &mut Left) -> rusqlite::Result<()> {
        let lost =
            ids(connection, "SELECT DISTINCT draft FROM version WHERE draft NOT IN (SELECT id FROM draft) ORDER BY 1")?;
        for draft in lost {
            let evidence = self.evidence.drafts.get(&draft).cloned();
            let reason = match evidence {
                Some(_) => "its row is lost: its state is not known any more; the next poll finds out",
                None => {
                    "its row is lost, and with it its media_id: if it is in the draft box, the next poll records it as another draft"
                }
            };
            let account = match &evidence {
                Some((account, _)) => *account,
                None => account_of(connection, draft)?,
            };
            let media_id = evidence.map_or_else(|| format!("{LOST}{draft}"), |(_, media_id)| media_id);
            let (first, last) = seen(connection, draft)?;
            let insert = |media_id: &str| {
                let sql = "INSERT OR IGNORE INTO draft (id, account, media_id, first_seen, last_seen) VALUES (?1, ?2, ?3, ?4, ?5)";
                connection.execute(sql, (draft, account, media_id, &first, &last))
            };
            // Another draft may have that media_id, whose row was altered.
            if insert(&media_id)? == 0 {
                insert(&format!("{LOST}{draft}"))?;
            }
            forget_absence(connection, draft)?;
            left.push(damage_of_draft(connection, draft, reason)?);
        }
        Ok(())
    }
}

/// Returns when the first and the last version of a draft was observed. A row that was cut off may hold anything in the place of a time.
fn seen(connection: &Connection, draft: i64) -> rusqlite::Result<(String, String)> {
    let mut query = connection.prepare_cached("SELECT observed_at FROM version WHERE draft = ?1")?;
    let times = query.query_map([draft], |row| Ok(decode::instant(row, 0).ok().map(rfc3339)))?;
    let times: BTreeSet<String> = times.filter_map(Result::transpose).collect::<rusqlite::Result<_>>()?;
    let or_unknown = |time: Option<&String>| time.map_or_else(|| UNKNOWN.to_owned(), String::clone);
    Ok((or_unknown(times.first()), or_unknown(times.last())))
}

/// Returns the drafts whose rows are there and have no state or no times in them.
fn unreadable_drafts(connection: &Connection) -> rusqlite::Result<Vec<i64>> {
    let mut query = connection.prepare("SELECT id, state, first_seen, last_seen, missing_since FROM draft")?;
    let read = |row: &Row<'_>| {
        decode::state(row, 1)?;
        decode::instant(row, 2)?;
        decode::instant(row, 3)?;
        decode::instant_or_null(row, 4).map(drop)
    };
    let rows = query.query_map((), |row| Ok(read(row).is_err().then_some(row.get(0)?)))?;
    rows.filter_map(Result::transpose).collect()
}

fn ids(connection: &Connection, sql: &str) -> rusqlite::Result<Vec<i64>> {
    connection.prepare(sql)?.query_map((), |row| row.get(0))?.collect()
}

fn forget_absence(connection: &Connection, draft: i64) -> rusqlite::Result<()> {
    for table in ["missed", "held_back"] {
        connection.execute(&format!("DELETE FROM {table} WHERE draft = ?1"), [draft])?;
    }
    Ok(())
}

/// Returns the account of a draft whose row is lost: an event knows it, or there is one account only.
fn account_of(connection: &Connection, draft: i64) -> rusqlite::Result<i64> {
    let by_event = "SELECT account FROM event WHERE draft = ?1 AND account IS NOT NULL LIMIT 1";
    if let Some(account) = connection.query_row(by_event, [draft], |row| row.get(0)).optional()? {
        return Ok(account);
    }
    connection.query_row(
        "SELECT coalesce(min(id), 1) FROM (SELECT id FROM account UNION SELECT account FROM draft)",
        (),
        |row| row.get(0),
    )
}

fn damage_of_draft(connection: &Connection, draft: i64, reason: &str) -> rusqlite::Result<Damage> {
    let account: Option<String> = connection
        .query_row(
            "SELECT name FROM draft JOIN account ON account.id = draft.account WHERE draft.id = ?1",
            [draft],
            |row| row.get(0),
        )
        .optional()?;
    Ok(Damage::new(DamageKind::Draft, format!("{}/#{draft}", account.as_deref().unwrap_or("?")), reason))
}
