//! Which account of the archive an account of the configuration is. Its appid decides: its name may change, and the history,
//! the ledger and the quota follow the appid.
//!
//! Archives of older programs may hold one appid under several names. Then the configured name decides, else the one that
//! was polled last; what is kept under the other names stays readable there.

use rusqlite::Connection;

use super::account_id::AccountId;
use super::error::Error;
use super::reader::Reader;
use super::writer::Writer;
use crate::model::{AccountName, Timestamp, rfc3339};

/// What the archive knows of an account of the configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AccountMatch {
    /// Nothing: it was never polled.
    New,
    /// The appid by this name; and by `others`, which are not polled any more.
    Known { others: Vec<String> },
    /// The appid by another name.
    Renamed { from: String },
    /// The name with another appid, of which no draft is kept: that was a mistake, and is corrected.
    Corrected { from: String },
    /// The name with another appid, whose drafts would mix with those of this one.
    Taken { by: String },
}

/// A row of the table of accounts. A name or an appid that cannot be read is none; the other one tells the account then, and the next
/// poll writes both.
struct Row {
    id: i64,
    name: Option<String>,
    appid: Option<String>,
    has_drafts: bool,
}

impl Writer {
    /// Returns the account's number, entering it where it is new. One that was renamed gets its new name.
    ///
    /// # Errors
    ///
    /// [`Error::OtherAppid`] where the name belongs to another appid: its drafts would mix.
    pub fn get_or_create_account(
        &mut self,
        name: &AccountName,
        appid: &str,
        now: Timestamp,
    ) -> Result<AccountId, Error> {
        let found = rows(&self.connection, name, appid).map_err(|error| Error::of(&self.path, &error))?;
        if let (Some(id), AccountMatch::Known { .. }) = identify(&found, name, appid) {
            return Ok(AccountId(id));
        }
        self.transaction(|transaction| {
            // Another process may have entered it meanwhile.
            let (id, identity) = identify(&rows(transaction, name, appid)?, name, appid);
            match &identity {
                AccountMatch::New => {
                    transaction.execute(
                        "INSERT INTO account (name, appid, first_seen) VALUES (?1, ?2, ?3)",
                        (name.as_str(), appid, rfc3339(now)),
                    )?;
                }
                AccountMatch::Known { .. } => {}
                AccountMatch::Renamed { from } => {
                    transaction.execute("UPDATE account SET name = ?2 WHERE id = ?1", (id, name.as_str()))?;
                    tracing::debug!(account = %name, from, "renamed in the archive");
                }
                AccountMatch::Corrected { .. } => {
                    transaction.execute("UPDATE account SET appid = ?2 WHERE id = ?1", (id, appid))?;
                }
                AccountMatch::Taken { by } => {
                    let (name, known, configured) = (name.clone(), by.clone(), appid.to_owned());
                    return Err(Error::OtherAppid { name, known, configured }.into());
                }
            }
            Ok(AccountId(id.unwrap_or_else(|| transaction.last_insert_rowid())))
        })
    }

    /// As [`Writer::get_or_create_account`], of an account that may have been renamed meanwhile: it keeps the name that it has.
    pub(super) fn account_by_any_name(
        &mut self,
        name: &AccountName,
        appid: &str,
        now: Timestamp,
    ) -> Result<AccountId, Error> {
        let found = rows(&self.connection, name, appid).map_err(|error| Error::of(&self.path, &error))?;
        match identify(&found, name, appid) {
            (Some(id), AccountMatch::Renamed { .. }) => Ok(AccountId(id)),
            _ => self.get_or_create_account(name, appid, now),
        }
    }

    /// Returns what the archive knows of an account.
    pub fn identity(&mut self, name: &AccountName, appid: &str) -> Result<AccountMatch, Error> {
        identity_of(&self.connection, name, appid).map_err(|error| Error::of(&self.path, &error))
    }

    /// Returns what the archive knows of each account, by name and appid, and gives those that were renamed their new
    /// names. One may take the name that another one gives up.
    pub fn recognise(
        &mut self,
        accounts: &[(AccountName, String)],
        now: Timestamp,
    ) -> Result<Vec<AccountMatch>, Error> {
        let mut identities = vec![AccountMatch::New; accounts.len()];
        let mut waiting: Vec<usize> = (0..accounts.len()).collect();
        loop {
            let before = waiting.len();
            for place in std::mem::take(&mut waiting) {
                let (name, appid) = &accounts[place];
                identities[place] = self.recognise_one(name, appid, now)?;
                waiting.extend(matches!(identities[place], AccountMatch::Taken { .. }).then_some(place));
            }
            if waiting.is_empty() || waiting.len() == before {
                return Ok(identities);
            }
        }
    }

    fn recognise_one(&mut self, name: &AccountName, appid: &str, now: Timestamp) -> Result<AccountMatch, Error> {
        let identity = self.identity(name, appid)?;
        if matches!(identity, AccountMatch::Renamed { .. } | AccountMatch::Corrected { .. }) {
            self.get_or_create_account(name, appid, now)?;
        }
        Ok(identity)
    }
}

impl Reader {
    /// Returns what the archive knows of an account.
    pub fn identity(&self, name: &AccountName, appid: &str) -> Result<AccountMatch, Error> {
        identity_of(&self.connection, name, appid).map_err(|error| Error::of(&self.path, &error))
    }
}

fn identity_of(connection: &Connection, name: &AccountName, appid: &str) -> rusqlite::Result<AccountMatch> {
    Ok(identify(&rows(connection, name, appid)?, name, appid).1)
}

/// Returns the rows that have the name or the appid, the one that was polled last first.
fn rows(connection: &Connection, name: &AccountName, appid: &str) -> rusqlite::Result<Vec<Row>> {
    connection
        .prepare_cached(
            "SELECT id, name, appid, EXISTS (SELECT 1 FROM draft WHERE draft.account = account.id) FROM account
             WHERE name = ?1 OR appid = ?2
             ORDER BY (SELECT max(poll.id) FROM poll WHERE poll.account = account.id) DESC NULLS LAST, id DESC",
        )?
        .query_map((name.as_str(), appid), |row| {
            let (name, appid) = (readable(row.get(1))?, readable(row.get(2))?);
            Ok(Row { id: row.get(0)?, name, appid, has_drafts: row.get(3)? })
        })?
        .collect()
}

/// Returns nothing for a value that is damaged.
fn readable<T>(value: rusqlite::Result<T>) -> rusqlite::Result<Option<T>> {
    match value {
        Err(error) if Error::damage(&error).is_some() => Ok(None),
        value => value.map(Some),
    }
}

/// Returns the row that the account has, where there is one, and what it is.
fn identify(rows: &[Row], name: &AccountName, appid: &str) -> (Option<i64>, AccountMatch) {
    let has_appid = |row: &Row| row.appid.as_deref() == Some(appid);
    let by_name = rows.iter().find(|row| row.name.as_deref() == Some(name.as_str()));
    let by_appid = rows.iter().find(|row| has_appid(row));
    match (by_name, by_appid) {
        (Some(Row { id, appid: Some(known), has_drafts, .. }), by_appid) if known != appid => {
            match by_appid.is_none() && !has_drafts {
                true => (Some(*id), AccountMatch::Corrected { from: known.clone() }),
                false => (None, AccountMatch::Taken { by: known.clone() }),
            }
        }
        // The name's appid cannot be read, and the appid has a row: whose drafts these are is not known, so they are not mixed.
        (Some(Row { id, appid: None, .. }), Some(other)) if other.id != *id => {
            (None, AccountMatch::Taken { by: "an appid that cannot be read".to_owned() })
        }
        (Some(row), _) => {
            let others = rows.iter().filter(|other| other.id != row.id && has_appid(other));
            (Some(row.id), AccountMatch::Known { others: others.filter_map(|other| other.name.clone()).collect() })
        }
        (None, Some(Row { id, name: Some(known), .. })) => (Some(*id), AccountMatch::Renamed { from: known.clone() }),
        (None, Some(row)) => (Some(row.id), AccountMatch::Known { others: Vec::new() }),
        (None, None) => (None, AccountMatch::New),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(id: i64, name: &str, appid: Option<&str>) -> Row {
        Row { id, name: Some(name.to_owned()), appid: appid.map(str::to_owned), has_drafts: true }
    }

    #[test]
    fn drafts_are_not_mixed_where_an_appid_cannot_be_read() {
        let mag = "mag".parse::<AccountName>().unwrap();
        let alone = [row(1, "mag", None)];
        assert_eq!(identify(&alone, &mag, "wx1"), (Some(1), AccountMatch::Known { others: Vec::new() }));
        let both = [row(1, "mag", None), row(2, "shop", Some("wx1"))];
        assert!(matches!(identify(&both, &mag, "wx1"), (None, AccountMatch::Taken { .. })));
    }
}
