//! Accounts whose rows are lost or altered. Their drafts refer to them by a number; which account of the platform that is, the
//! configuration, an index, a copy or the operator may know.

use rusqlite::{Connection, OptionalExtension};

use super::super::damage::{Damage, DamageKind};
use super::super::error::Error;
use super::super::export_rows::{AccountRow, DraftRow};
use super::sums::Proof;
use super::{Left, Salvage, ids};
use crate::model::{AccountName, Timestamp, rfc3339};

/// What an account or a draft is called whose name is lost, before its number.
pub(super) const LOST: &str = "lost-";

/// What is known of accounts beside the damaged archive.
#[derive(Clone, Copy, Debug, Default)]
pub struct KnownAccounts<'a> {
    /// The names and appids of the configuration.
    pub configured: &'a [(AccountName, String)],
    /// By the name that an account has here for want of another one: its name and appid, as the operator says.
    pub told: &'a [(String, (AccountName, String))],
}

/// An account whose row cannot be trusted.
#[derive(Clone, Copy, Debug)]
pub(super) struct UnsureAccount {
    id: i64,
    /// Whether nothing of its row is left.
    is_lost: bool,
}

/// Returns whether this is no name of an account or a draft, but one that was given for want of one.
pub(super) fn is_made_up(name: &str) -> bool {
    name.strip_prefix(LOST).is_some_and(|number| number.parse::<i64>().is_ok())
}

impl Salvage {
    pub(super) fn make_lost_accounts(&self, connection: &Connection) -> rusqlite::Result<Vec<UnsureAccount>> {
        let lost = ids(
            connection,
            "SELECT DISTINCT account FROM draft WHERE account NOT IN (SELECT id FROM account) ORDER BY 1",
        )?;
        for account in &lost {
            let name = self.evidence.accounts.get(account).cloned().unwrap_or_else(|| format!("{LOST}{account}"));
            let insert = |name: &str| {
                connection.execute(
                    "INSERT OR IGNORE INTO account (id, name, appid, first_seen)
                     SELECT ?1, ?2, ?3, coalesce(min(first_seen), '1970-01-01T00:00:00.000Z') FROM draft WHERE account = ?1",
                    (account, name, format!("{LOST}{account}")),
                )
            };
            if insert(&name)? == 0 {
                insert(&format!("{LOST}{account}"))?;
            }
        }
        // An earlier repair had to give these a name.
        let made_up = ids(connection, &format!("SELECT id FROM account WHERE appid GLOB '{LOST}[0-9]*' ORDER BY 1"))?;
        Ok(made_up.into_iter().map(|id| UnsureAccount { id, is_lost: true }).collect())
    }

    pub(super) fn find_altered_accounts(&self, connection: &Connection) -> rusqlite::Result<Vec<UnsureAccount>> {
        let found = altered(connection, "account", "id, name, appid, first_seen")?;
        for account in &found {
            if let Some(name) = self.evidence.accounts.get(account) {
                connection.execute("UPDATE OR IGNORE account SET name = ?2 WHERE id = ?1", (account, name))?;
            }
            let first_seen: String =
                connection.query_row("SELECT first_seen FROM account WHERE id = ?1", [account], |row| row.get(0))?;
            if first_seen.parse::<Timestamp>().is_err() {
                connection.execute(
                    "UPDATE account SET first_seen = coalesce((SELECT min(first_seen) FROM draft WHERE account = ?1), '1970-01-01T00:00:00.000Z')
                     WHERE id = ?1",
                    [account],
                )?;
            }
        }
        Ok(found.into_iter().map(|id| UnsureAccount { id, is_lost: false }).collect())
    }

    /// Names accounts as the operator says, or as the configuration does: where the checksum of the lost row proves it, or an index has
    /// the same name.
    pub(super) fn name_accounts(
        &self,
        connection: &Connection,
        unsure: &[UnsureAccount],
        known: KnownAccounts<'_>,
    ) -> rusqlite::Result<()> {
        for UnsureAccount { id, is_lost } in unsure {
            let (name, own): (String, String) =
                connection.query_row("SELECT name, appid FROM account WHERE id = ?1", [id], |row| {
                    Ok((row.get(0)?, row.get(1)?))
                })?;
            if let Some((_, (name, appid))) = known.told.iter().find(|(made_up, _)| *made_up == name) {
                set_identity(connection, *id, name.as_str(), appid)?;
                continue;
            }
            let by_index = self.evidence.accounts.get(id);
            for (name, appid) in known.configured {
                if let Some(first_seen) = proven_first_seen(connection, *id, name, appid)? {
                    set_identity(connection, *id, name.as_str(), appid)?;
                    connection.execute("UPDATE account SET first_seen = ?2 WHERE id = ?1", (id, first_seen))?;
                } else if by_index.is_some_and(|by_index| by_index == name.as_str())
                    // A name may belong to another appid now than when the row was written.
                    && (*is_lost || own == *appid)
                {
                    set_identity(connection, *id, name.as_str(), appid)?;
                }
            }
        }
        Ok(())
    }

    /// Returns the accounts that have no appid for want of one, by name.
    pub fn unnamed_accounts(&self) -> Result<Vec<String>, Error> {
        let unnamed = || -> rusqlite::Result<Vec<String>> {
            let mut query = self.connection.prepare("SELECT name, appid FROM account ORDER BY id")?;
            let rows = query.query_map((), |row| Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?)))?;
            rows.filter(|row| !row.as_ref().is_ok_and(|(_, appid)| !is_made_up(appid))).map(|row| Ok(row?.0)).collect()
        };
        unnamed().map_err(|error| self.error(&error))
    }

    /// Returns what is not known of accounts, after the copies gave what they know.
    pub fn doubtful_accounts(&self) -> Result<Vec<Damage>, Error> {
        let doubtful = || -> rusqlite::Result<Left> {
            let mut left = Left::new();
            for UnsureAccount { id, is_lost } in &self.unsure_accounts {
                let (name, appid, proof) = self.connection.query_row(
                    "SELECT name, appid, row_checksum(id, name, appid, first_seen),
                            (SELECT sum FROM checksum WHERE kind = 'account' AND checksum.id = account.id)
                     FROM account WHERE id = ?1",
                    [id],
                    |row| Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?, Proof::of(row.get(3)?, row.get(2)?))),
                )?;
                let reason = match (proof, is_lost) {
                    (Proof::Holds, _) => continue,
                    (_, true) if is_made_up(&appid) => "its row is lost, and with it its appid",
                    (_, true) => "its row is lost; the time of its first poll is not known any more",
                    (_, false) => {
                        "its row is not as it was written: its name, its appid and the time of its first poll may be wrong"
                    }
                };
                left.push(Damage::new(DamageKind::Account, name, reason));
            }
            Ok(left)
        };
        doubtful().map_err(|error| self.error(&error))
    }
}

/// Gives an account whose appid is lost that of another archive, where both have a draft of the same media_id: the platform gives each
/// of these once.
pub(super) fn name_account_of(connection: &Connection, theirs: &AccountRow, draft: &DraftRow) -> rusqlite::Result<()> {
    if is_made_up(&theirs.appid) || is_made_up(draft.media_id.as_str()) {
        return Ok(());
    }
    let found: Option<(i64, String)> = connection
        .prepare_cached(
            "SELECT account.id, appid FROM draft JOIN account ON account.id = draft.account WHERE media_id = ?1",
        )?
        .query_row([draft.media_id.as_str()], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    let Some((id, _)) = found.filter(|(_, appid)| is_made_up(appid)) else { return Ok(()) };
    if set_identity(connection, id, &theirs.name, &theirs.appid)? {
        let first_seen = rfc3339(theirs.first_seen);
        connection.execute("UPDATE account SET first_seen = ?2 WHERE id = ?1", (id, first_seen))?;
    }
    Ok(())
}

/// Returns whether it did: another account has not got that name or appid.
fn set_identity(connection: &Connection, id: i64, name: &str, appid: &str) -> rusqlite::Result<bool> {
    let set = connection.execute(
        "UPDATE account SET name = ?2, appid = ?3
         WHERE id = ?1 AND NOT EXISTS (SELECT 1 FROM account WHERE id <> ?1 AND (name = ?2 OR appid = ?3))",
        (id, name, appid),
    )?;
    Ok(set > 0)
}

/// Returns when the account was seen first, if it is the one of this name and appid: then the checksum of its row holds. That was when its first
/// poll began, or its first draft came.
fn proven_first_seen(
    connection: &Connection,
    id: i64,
    name: &AccountName,
    appid: &str,
) -> rusqlite::Result<Option<String>> {
    let sql = "SELECT first_seen FROM (SELECT min(started_at) AS first_seen FROM poll WHERE account = ?1
                                       UNION SELECT min(first_seen) FROM draft WHERE account = ?1
                                       UNION SELECT first_seen FROM account WHERE id = ?1)
               WHERE row_checksum(?1, ?2, ?3, first_seen) = (SELECT sum FROM checksum WHERE kind = 'account' AND id = ?1)";
    connection.query_row(sql, (id, name.as_str(), appid), |row| row.get(0)).optional()
}

/// Returns the rows of a table whose checksum says that they are not as they were written.
pub(super) fn altered(connection: &Connection, table: &str, columns: &str) -> rusqlite::Result<Vec<i64>> {
    let sql = format!(
        "SELECT id, row_checksum({columns}), (SELECT sum FROM checksum WHERE kind = '{table}' AND checksum.id = {table}.id) FROM {table}"
    );
    let mut query = connection.prepare(&sql)?;
    let rows = query.query_map((), |row| Ok((row.get(0)?, Proof::of(row.get(2)?, row.get(1)?))))?;
    rows.filter_map(|row| match row {
        Ok((id, Proof::Broken)) => Some(Ok(id)),
        Ok(_) => None,
        Err(error) => Some(Err(error)),
    })
    .collect()
}
