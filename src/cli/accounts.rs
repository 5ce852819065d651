//! The accounts of the configuration, as the archive knows them.

use std::io::{self, Write};

use serde::Serialize;

use super::context::{ArchivePath, CommandContext};
use super::error::{CommandError, Exit};
use crate::archive::{AccountMatch, Error, Reader, Writer};
use crate::config::{self, Account, Config};
use crate::lookup;
use crate::model::AccountName;

/// How many accounts are named where one was mistyped.
const MOST_NAMED: usize = 8;

/// What is to be told of an account.
#[derive(Debug, Serialize)]
pub struct Recognised {
    account: AccountName,
    /// Whether it can be polled.
    ok: bool,
    message: String,
}

impl Recognised {
    fn new(account: &AccountName, appid: &str, identity: &AccountMatch) -> Option<Self> {
        let (ok, message) = match identity {
            AccountMatch::New => return None,
            AccountMatch::Known { others } if others.is_empty() => return None,
            AccountMatch::Known { others } => {
                let others = others.join(", ");
                (true, format!("the archive keeps its appid as {others} too; that stays readable, and is not polled"))
            }
            AccountMatch::Renamed { from } => {
                (true, format!("renamed from {from}; its history, ledger and quota follow its appid"))
            }
            AccountMatch::Corrected { from } => {
                (true, format!("its appid was {from}, of which no draft is kept; it is corrected"))
            }
            AccountMatch::Taken { by } => {
                let (name, known, configured) = (account.clone(), by.clone(), appid.to_owned());
                (false, Error::OtherAppid { name, known, configured }.to_string())
            }
        };
        Some(Self { account: account.clone(), ok, message })
    }
}

impl CommandContext {
    /// Gives accounts that were renamed their new names in the archive, and tells of it. What cannot be polled fails by
    /// itself.
    pub(super) fn rename_accounts(&self, config: &Config) -> Result<(), CommandError> {
        // An archive that cannot be read is told of by whoever opens it next; it may be made only then.
        let Ok(reader) = Reader::open(&config.archive) else { return Ok(()) };
        let accounts = config.identities();
        let identities = accounts.iter().map(|(name, appid)| reader.identity(name, appid));
        if !identities.collect::<Result<Vec<_>, _>>()?.iter().any(is_changed) {
            return Ok(());
        }
        let identities = Writer::open(&config.archive)?.recognise(&accounts, self.clock.now())?;
        for ((name, appid), identity) in accounts.iter().zip(&identities).filter(|(_, identity)| is_changed(identity)) {
            let change = Recognised::new(name, appid, identity).map(|account| format!("{name}: {}", account.message));
            change.iter().for_each(|change| self.ui.status(change));
        }
        Ok(())
    }
}

impl CommandContext {
    /// Says which accounts have their old names in the archive, for whoever only reads it.
    pub(super) fn report_renamed(&self, config: &Config, reader: &Reader) -> Result<(), CommandError> {
        for (name, appid) in config.identities() {
            if let AccountMatch::Renamed { from } = reader.identity(&name, &appid)? {
                self.ui.status(&format!("{name} is called {from} in the archive, until: draftkeep poll {name}"));
            }
        }
        Ok(())
    }
}

fn is_changed(identity: &AccountMatch) -> bool {
    matches!(identity, AccountMatch::Renamed { .. } | AccountMatch::Corrected { .. })
}

/// Compares the configuration with the archive, where there is one. Writes nothing.
pub(super) fn compare(config: &Config) -> Result<Vec<Recognised>, Error> {
    let reader = match Reader::open(&config.archive) {
        Err(Error::NotFound(_)) => return Ok(Vec::new()),
        reader => reader?,
    };
    let accounts = config.identities();
    let recognised =
        |(name, appid): &(AccountName, String)| Ok(Recognised::new(name, appid, &reader.identity(name, appid)?));
    accounts.iter().filter_map(|account| recognised(account).transpose()).collect()
}

/// Returns whether all of them can be polled.
pub(super) fn all_ok(recognised: &[Recognised]) -> bool {
    recognised.iter().all(|account| account.ok)
}

/// Returns the names of those that cannot be polled, in words.
pub(super) fn not_polled(recognised: &[Recognised]) -> String {
    let names = recognised.iter().filter(|account| !account.ok).map(|account| account.account.as_str());
    names.collect::<Vec<_>>().join(", ")
}

pub(super) fn write(recognised: &[Recognised], out: &mut impl Write) -> io::Result<()> {
    recognised.iter().try_for_each(|account| {
        writeln!(
            out,
            "
archive    {}: {}",
            account.account, account.message
        )
    })
}

/// Returns the name by which the archive knows an account of the configuration: one that was renamed since the last poll has
/// its old name there.
pub(super) fn known_as(
    reader: &Reader,
    name: &AccountName,
    archive: &ArchivePath,
    context: &CommandContext,
) -> Result<AccountName, CommandError> {
    let renamed = if archive.archive.is_none() { renamed_from(reader, name, context)? } else { None };
    match renamed {
        Some(from) => Ok(from),
        None => {
            lookup::check_known(reader, name)?;
            Ok(name.clone())
        }
    }
}

fn renamed_from(
    reader: &Reader,
    name: &AccountName,
    context: &CommandContext,
) -> Result<Option<AccountName>, CommandError> {
    let config = Config::load_without_secrets(&context.config)?;
    let Some(account) = config.accounts.iter().find(|account| account.name == *name) else { return Ok(None) };
    match reader.identity(name, &account.appid)? {
        // A name of the archive keeps the rules of names.
        AccountMatch::Renamed { from } => Ok(from.parse().ok()),
        _ => Ok(None),
    }
}

/// Finds an account of the configuration.
pub(super) fn find_account<'a>(config: &'a Config, name: &str) -> Result<&'a Account, CommandError> {
    config.accounts.iter().find(|account| account.name.as_str() == name).ok_or_else(|| {
        let known: Vec<_> = config.accounts.iter().map(|account| account.name.as_str()).collect();
        unknown_account("the configuration has", name, &known)
    })
}

/// Tells that `there is` no account of this name, and which there are.
pub(super) fn unknown_account(there_is: &str, name: &str, known: &[&str]) -> CommandError {
    let error = CommandError::new(Exit::NotFound, format!("{there_is} no account {name}"));
    let error = match config::suggest(name, known.iter().copied()) {
        Some(similar) => error.hint(format!("Did you mean {similar}?")),
        None => error,
    };
    let more = known.len().saturating_sub(MOST_NAMED);
    let and_more = if more > 0 { format!(" and {more} more") } else { String::new() };
    error.hint(format!("There are: {}{and_more}", known[..known.len() - more].join(", ")))
}
