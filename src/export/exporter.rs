//! Exports the accounts, then the drafts one after the other, and reports what is damaged.

use super::error::Error;
use super::outcome::{Exported, Progress};
use super::schema::AccountFile;
use super::tree::Tree;
use super::write;
use crate::archive::{self, AccountRow, Damage, DamageKind, MOST_DAMAGES, Reader};
use crate::model::AccountName;

/// A running export.
pub(super) struct Exporter<'a> {
    pub(super) reader: &'a Reader,
    pub(super) tree: Tree,
    pub(super) only: Option<&'a AccountName>,
    pub(super) exported: Exported,
}

impl Exporter<'_> {
    pub(super) fn wants(&self, account: &str) -> bool {
        self.only.is_none_or(|only| only.as_str() == account)
    }

    pub(super) fn accounts(&mut self) -> Result<(), Error> {
        let accounts = self.found(DamageKind::Database, "account", self.reader.account_rows())?;
        let accounts = accounts.unwrap_or_default();
        for account in &accounts {
            // Anything else than an account name could be a path to anywhere.
            let Ok(name) = account.name.parse::<AccountName>() else { continue };
            if self.wants(&account.name) {
                self.rename(&name, account, &accounts)?;
                self.account(&name, account)?;
            }
        }
        Ok(())
    }

    /// Renames the directory of a renamed account, so that its drafts are in the tree once.
    fn rename(&self, name: &AccountName, row: &AccountRow, accounts: &[AccountRow]) -> Result<(), Error> {
        let directory = self.tree.account(name);
        if write::is_directory(&directory)? {
            return Ok(());
        }
        let is_gone = |name: &str| accounts.iter().all(|account| account.name != name);
        let mut there = self.tree.accounts()?.into_iter();
        match there.find(|(_, file)| file.appid == row.appid && is_gone(&file.name)) {
            Some((before, _)) => write::rename(&before, &directory),
            None => Ok(()),
        }
    }

    fn account(&mut self, name: &AccountName, row: &AccountRow) -> Result<(), Error> {
        let directory = self.tree.account(name);
        write::directory(&directory)?;
        let file = AccountFile::of(row);
        if let Some(there) = AccountFile::read(&directory)
            && there.appid != file.appid
        {
            let reason = format!("its appid is {}, that of the archive's {name} is {}", there.appid, file.appid);
            return Err(Error::Other { path: directory, reason });
        }
        self.exported.there.accounts += 1;
        self.exported.written.accounts += u64::from(file.write(&directory)?);
        Ok(())
    }

    /// Exports draft by draft. If one cannot be read, the one with the next number may be readable.
    pub(super) fn drafts(&mut self, on_progress: &mut dyn FnMut(Progress)) -> Result<(), Error> {
        let reader = self.reader;
        let last = self.found(DamageKind::Draft, "draft", reader.max_draft_id())?.unwrap_or(0);
        let mut at = 0;
        while at < last && self.exported.damaged.len() < MOST_DAMAGES {
            on_progress(Progress { drafts: at as u64, of: last as u64, versions: self.exported.there.versions });
            at = match self.found(DamageKind::Draft, &format!("#{}", at + 1), reader.next_draft_id(at))? {
                Some(Some(id)) => {
                    // Each draft is read in one transaction. One transaction for the whole archive would let the daemon's
                    // journal grow.
                    reader.with_snapshot(|_| self.draft(id).map(drop))?;
                    id
                }
                Some(None) => break,
                None => at + 1,
            };
        }
        Ok(())
    }

    /// Reports versions of a draft that differ from what was written, except those that were reported as damaged.
    pub(super) fn altered_versions(&mut self, draft: &str, id: i64) -> Result<(), Error> {
        let altered = self.found(DamageKind::Draft, draft, self.reader.altered_versions(id, true))?;
        for number in altered.unwrap_or_default() {
            self.report_altered(Damage::altered_version(format!("{draft}@{number}")));
        }
        Ok(())
    }

    /// Reports other exported rows that differ from what was written.
    pub(super) fn altered_rows(&mut self) -> Result<(), Error> {
        use DamageKind::{Account, Asset, Database, Draft, Picture, Version};
        let altered = self.found(DamageKind::Database, "checksum", self.reader.altered_rows())?.unwrap_or_default();
        // A repair tells when versions were lost.
        let is_exported = |damage: &Damage| {
            matches!(damage.kind, Account | Asset | Draft | Picture | Version) || damage.id.starts_with("repair ")
        };
        for damage in altered.into_iter().filter(is_exported) {
            if matches!(damage.kind, Asset | Database) || self.wants(damage.id.split('/').next().unwrap_or_default()) {
                self.report_altered(damage);
            }
        }
        Ok(())
    }

    fn report_altered(&mut self, damage: Damage) {
        if !self.exported.damaged.iter().any(|reported| reported.is_of_the_same_as(&damage)) {
            self.exported.altered.push(damage);
        }
    }

    /// Reports damage once: several versions may need the same picture.
    pub(super) fn report(&mut self, kind: DamageKind, id: &str, reason: impl Into<String>) {
        self.report_damage(Damage::new(kind, id, reason));
    }

    pub(super) fn report_damage(&mut self, damage: Damage) {
        if !self.exported.damaged.contains(&damage) {
            self.exported.damaged.push(damage);
        }
    }

    /// Returns what was found, or reports the damage.
    pub(super) fn found<T>(
        &mut self,
        kind: DamageKind,
        id: &str,
        found: Result<T, archive::Error>,
    ) -> Result<Option<T>, archive::Error> {
        match found {
            Ok(found) => Ok(Some(found)),
            Err(error) => {
                let reason = error.damage_reason()?;
                self.report(kind, id, reason);
                Ok(None)
            }
        }
    }
}
