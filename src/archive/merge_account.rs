//! Which account of this archive an account of another one is: the one with its appid, whatever both call it.

use rusqlite::{Connection, OptionalExtension};

use super::account_id::AccountId;
use super::error::Error;
use super::export_rows::AccountRow;
use super::reader::Reader;
use super::writer::Writer;
use crate::model::rfc3339;

/// Where the drafts of another archive's account go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AccountPlace {
    /// To the account that this archive calls so.
    Known(String),
    /// To a new account of this name. It is not the one that it has there where another appid has that here.
    New(String),
}

impl AccountPlace {
    /// Returns what this archive calls the account.
    pub fn name(&self) -> &str {
        match self {
            Self::Known(name) | Self::New(name) => name,
        }
    }
}

impl Reader {
    /// Returns where the drafts of another archive's account go.
    pub fn account_place(&self, account: &AccountRow) -> Result<AccountPlace, Error> {
        find(&self.connection, account).map(|(_, place)| place).map_err(|error| Error::of(&self.path, &error))
    }
}

impl Writer {
    /// Returns the account that another archive's account is, and enters it where it is new.
    pub fn merge_account(&mut self, account: &AccountRow) -> Result<(AccountId, AccountPlace), Error> {
        self.transaction(|transaction| {
            let (known, place) = find(transaction, account)?;
            if let Some(id) = known {
                return Ok((AccountId(id), place));
            }
            transaction.execute(
                "INSERT INTO account (name, appid, first_seen) VALUES (?1, ?2, ?3)",
                (place.name(), &account.appid, rfc3339(account.first_seen)),
            )?;
            Ok((AccountId(transaction.last_insert_rowid()), place))
        })
    }
}

fn find(connection: &Connection, account: &AccountRow) -> rusqlite::Result<(Option<i64>, AccountPlace)> {
    // Archives of older programs may hold one appid under several names.
    let by_appid: Option<(i64, String)> = connection
        .prepare_cached(
            "SELECT id, name FROM account WHERE appid = ?1
             ORDER BY name = ?2 DESC, (SELECT max(poll.id) FROM poll WHERE poll.account = account.id) DESC NULLS LAST, id DESC
             LIMIT 1",
        )?
        .query_row((&account.appid, &account.name), |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    if let Some((id, name)) = by_appid {
        return Ok((Some(id), AccountPlace::Known(name)));
    }
    let is_taken: bool = connection
        .prepare_cached("SELECT EXISTS (SELECT 1 FROM account WHERE name = ?1)")?
        .query_row([&account.name], |row| row.get(0))?;
    let name = match is_taken {
        true => format!("{:.20}-{:.10}", account.name, account.appid).to_lowercase(),
        false => account.name.clone(),
    };
    Ok((None, AccountPlace::New(name)))
}
