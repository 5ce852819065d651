//! The accounts of the configuration, as the archive knows them.

use std::io::{self, Write};

use serde::Serialize;

use super::{CommandContext, CommandError};
use crate::archive::{Error, Identity, Reader, Writer};
use crate::config::Config;
use crate::model::AccountName;

/// What is to be told of an account.
#[derive(Debug, Serialize)]
pub struct Recognised {
    account: AccountName,
    /// Whether it can be polled.
    ok: bool,
    message: String,
}

impl Recognised {
    fn new(account: &AccountName, appid: &str, identity: &Identity) -> Option<Self> {
        let (ok, message) = match identity {
            Identity::New => return None,
            Identity::Known { others } if others.is_empty() => return None,
            Identity::Known { others } => {
                let others = others.join(", ");
                (true, format!("the archive keeps its appid as {others} too; that stays readable, and is not polled"))
            }
            Identity::Renamed { from } => {
                (true, format!("renamed from {from}; its history, ledger and quota follow its appid"))
            }
            Identity::Corrected { from } => {
                (true, format!("its appid was {from}, of which no draft is kept; it is corrected"))
            }
            Identity::Taken { by } => {
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
            let told = Recognised::new(name, appid, identity).map(|told| format!("{name}: {}", told.message));
            told.iter().for_each(|told| self.ui.status(told));
        }
        Ok(())
    }
}

impl CommandContext {
    /// Says which accounts have their old names in the archive, for whoever only reads it.
    pub(super) fn tell_of_renamed(&self, config: &Config, reader: &Reader) -> Result<(), CommandError> {
        for (name, appid) in config.identities() {
            if let Identity::Renamed { from } = reader.identity(&name, &appid)? {
                self.ui.status(&format!("{name} is called {from} in the archive, until: draftkeep poll {name}"));
            }
        }
        Ok(())
    }
}

fn is_changed(identity: &Identity) -> bool {
    matches!(identity, Identity::Renamed { .. } | Identity::Corrected { .. })
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

/// Tells whether all of them can be polled.
pub(super) fn all_ok(recognised: &[Recognised]) -> bool {
    recognised.iter().all(|account| account.ok)
}

/// Returns the names of those that cannot be polled, in words.
pub(super) fn not_polled(recognised: &[Recognised]) -> String {
    let names = recognised.iter().filter(|account| !account.ok).map(|account| account.account.as_str());
    names.collect::<Vec<_>>().join(", ")
}

pub(super) fn write(recognised: &[Recognised], out: &mut impl Write) -> io::Result<()> {
    recognised.iter().try_for_each(|told| writeln!(out, "\narchive    {}: {}", told.account, told.message))
}
