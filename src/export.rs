//! Export: the whole archive as a tree of files, readable and suitable for git; and import, which builds an archive from it.
//!
//! ```text
//! DIR/draftkeep-export.json                 the mark: this is an export, of this format
//!     @pictures/ab/abcd….png                pictures, each once, by the SHA-256 of its bytes
//!     mag/account.json                      an account: name, appid
//!         秋季新品预告-3/draft.json          draft #3, named by the title of its first version: media_id, state, …
//!                        1/document.json    version 1: the platform's answer, byte for byte
//!                        1/version.json     hash, when it was observed, when it was saved
//!                        1/pictures.json    the pictures it needs
//!                        1/page.html, 1/page.md
//! ```
//!
//! Names never change: a draft that gets another title keeps its directory. Its number makes the name unique, whatever the file
//! system does with capitals and accents. No file contains the time of the export, so a second export of the same archive
//! changes no byte. Existing files are not written again, and foreign files are not touched.
//!
//! A version's directory appears with all its files or not at all, and a draft's own file is written last: if the export is
//! interrupted, for example by a full disk, everything written is complete, and the next export continues. Memory holds two
//! documents, one picture, and the rows of one draft's versions.

mod error;
mod files;
mod import;
mod outcome;
mod pictures;
mod read;
mod schema;
mod tree;
mod verified;
mod write;

use std::path::Path;

pub use self::error::Error;
pub use self::import::{ExportTree, Imported, Renumbered, SkippedItem};
pub use self::outcome::{Count, Exported, Progress};
use self::schema::{AccountFile, DraftFile};
use self::tree::Tree;
use crate::archive::{
    self, AccountRow, AssetInfo, Damage, DamageKind, Draft, DraftRow, Reader, Version, VersionPicture,
};
use crate::model::AccountName;
use crate::picture::{self, ImageRef};

/// An export stops after this many damaged objects; more would not help anybody.
const MOST_DAMAGES: usize = 10_000;

/// Updates the tree in `directory` to the state of the archive, or of the account `only`. The directory is created if needed.
/// `on_progress` is called before each draft.
///
/// # Errors
///
/// If the directory has other content or belongs to another archive, cannot be written, or the archive cannot be read for
/// another reason than damage. Files that were written before stay and are complete.
pub fn export(
    reader: &Reader,
    directory: &Path,
    only: Option<&AccountName>,
    on_progress: &mut dyn FnMut(Progress),
) -> Result<Exported, Error> {
    let tree = Tree::open(directory)?;
    let mut exporter = Exporter { reader, tree, only, exported: Exported::default() };
    exporter.accounts()?;
    exporter.drafts(on_progress)?;
    exporter.altered_rows()?;
    exporter.exported.there.pictures = pictures::all(&exporter.tree).count() as u64;
    Ok(exporter.exported)
}

/// A running export.
struct Exporter<'a> {
    reader: &'a Reader,
    tree: Tree,
    only: Option<&'a AccountName>,
    exported: Exported,
}

impl Exporter<'_> {
    fn wants(&self, account: &str) -> bool {
        self.only.is_none_or(|only| only.as_str() == account)
    }

    fn accounts(&mut self) -> Result<(), Error> {
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
    fn drafts(&mut self, on_progress: &mut dyn FnMut(Progress)) -> Result<(), Error> {
        let reader = self.reader;
        let last = self.found(DamageKind::Draft, "draft", reader.max_draft_id())?.unwrap_or(0);
        let mut at = 0;
        while at < last && self.exported.damaged.len() < MOST_DAMAGES {
            on_progress(Progress { drafts: at as u64, of: last as u64, versions: self.exported.there.versions });
            at = match self.found(DamageKind::Draft, &format!("#{}", at + 1), reader.next_draft_id(at))? {
                Some(Some(id)) => {
                    // Each draft is read in one transaction. One transaction for the whole archive would let the daemon's
                    // journal grow.
                    reader.with_snapshot(|_| self.draft(id))?;
                    id
                }
                Some(None) => break,
                None => at + 1,
            };
        }
        Ok(())
    }

    fn draft(&mut self, id: i64) -> Result<(), Error> {
        let which = format!("#{id}");
        let Some((account, row)) = self.found(DamageKind::Draft, &which, self.reader.draft_row(id))? else {
            return Ok(());
        };
        if !self.wants(&account) {
            return Ok(());
        }
        let Ok(name) = account.parse::<AccountName>() else {
            self.report(DamageKind::Draft, &which, format!("its account is called {account:?}, which is no name"));
            return Ok(());
        };
        let which = format!("{name}/#{id}");
        let numbers = self.reader.version_numbers(id);
        let Some(numbers) = self.found(DamageKind::Draft, &which, numbers)? else { return Ok(()) };
        let unnumbered = self.found(DamageKind::Draft, &which, self.reader.unnumbered_versions(id))?;
        for version in unnumbered.unwrap_or_default() {
            self.report_damage(version.damage(&which));
        }
        let mut versions = Vec::with_capacity(numbers.len());
        for number in numbers {
            let version = self.reader.version(id, number);
            versions.extend(self.found(DamageKind::Version, &format!("{which}@{number}"), version)?);
        }
        let Some(first) = versions.last() else { return Ok(()) };
        // It exists, unless the table of accounts is damaged.
        write::directory(&self.tree.account(&name))?;
        let directory = self.tree.draft(&name, &first.title, id);
        self.draft_into(&directory, &draft_of(account, &row, &versions), &row, &versions)?;
        self.altered_versions(&which, id)
    }

    /// Reports versions of a draft that differ from what was written, except those that were reported as damaged.
    fn altered_versions(&mut self, draft: &str, id: i64) -> Result<(), Error> {
        let altered = self.found(DamageKind::Draft, draft, self.reader.altered_versions(id, true))?;
        for number in altered.unwrap_or_default() {
            self.report_altered(Damage::altered_version(format!("{draft}@{number}")));
        }
        Ok(())
    }

    /// Reports other exported rows that differ from what was written.
    fn altered_rows(&mut self) -> Result<(), Error> {
        use DamageKind::{Account, Asset, Draft, Picture, Version};
        let altered = self.found(DamageKind::Database, "checksum", self.reader.altered_rows())?.unwrap_or_default();
        for damage in
            altered.into_iter().filter(|damage| matches!(damage.kind, Account | Asset | Draft | Picture | Version))
        {
            if damage.kind == Asset || self.wants(damage.id.split('/').next().unwrap_or_default()) {
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

    fn draft_into(
        &mut self,
        directory: &Path,
        draft: &Draft,
        row: &DraftRow,
        newest_first: &[Version],
    ) -> Result<(), Error> {
        write::directory(directory)?;
        if let Some(there) = DraftFile::read(directory)
            && there.media_id != draft.media_id
        {
            let reason = format!("it is of the draft {}, that of the archive is {}", there.media_id, draft.media_id);
            return Err(Error::Other { path: directory.to_owned(), reason });
        }
        self.versions(directory, draft, newest_first)?;
        let newest = newest_first.first().map_or(0, |version| version.number);
        self.exported.there.drafts += 1;
        self.exported.written.drafts += u64::from(DraftFile::of(row, newest).write(directory)?);
        Ok(())
    }

    /// Writes the missing versions, newest first, because each document is rebuilt from the newer one.
    fn versions(&mut self, directory: &Path, draft: &Draft, newest_first: &[Version]) -> Result<(), Error> {
        let mut lacking = Vec::new();
        for version in newest_first {
            let place = directory.join(version.number.to_string());
            let is_complete = match files::is_complete(self.reader, &draft.account, &self.tree, &place, version) {
                // Its damage is reported when it is written again.
                Err(Error::Archive(error)) => error.damage_reason().map(|_| false)?,
                is_complete => is_complete?,
            };
            if is_complete {
                self.exported.there.versions += 1;
            } else {
                lacking.push(version.clone());
            }
        }
        let (reader, mut failure) = (self.reader, None);
        let walked = reader.documents(&lacking, |version, document| {
            let which = format!("{}/#{}@{}", draft.account, draft.id, version.number);
            let document = document.and_then(|document| files::check_hash(version, document.raw));
            let Some(document) = self.found(DamageKind::Version, &which, document)? else { return Ok(()) };
            self.version(directory, draft, version, document).map_err(|error| {
                failure = Some(error);
                archive::Error::Stopped
            })
        });
        match failure {
            Some(error) => Err(error),
            None => Ok(walked?),
        }
    }

    fn version(&mut self, directory: &Path, draft: &Draft, version: &Version, document: &[u8]) -> Result<(), Error> {
        let needed = picture::image_refs(document).map_err(|error| archive::Error::Damaged(error.to_string()))?;
        let pictures =
            needed.into_iter().map(|needed| self.picture(draft, needed)).collect::<Result<Vec<_>, Error>>()?;
        let place = directory.join(version.number.to_string());
        let written = files::write(&place, &files::of(version, document, &pictures)?)?;
        self.exported.there.versions += 1;
        self.exported.written.versions += u64::from(written);
        Ok(())
    }

    /// Returns the asset of a picture and writes its bytes into the tree. The page says that a damaged one is missing.
    fn picture(&mut self, draft: &Draft, needed: ImageRef) -> Result<VersionPicture, Error> {
        let which = format!("{}/{}", draft.account, needed.identity);
        let found = self.found(DamageKind::Picture, &which, self.reader.picture(draft, needed.clone()))?;
        let mut picture = found.unwrap_or_else(|| VersionPicture::unasked(needed));
        match &picture.asset {
            Some(asset) if !pictures::is_there(&self.tree, asset) && !self.bytes(asset)? => picture.asset = None,
            None if self
                .reader
                .holds_picture(&draft.account, &picture.needed.identity)
                .is_ok_and(|is_held| is_held) =>
            {
                self.report(DamageKind::Picture, &which, "its bytes are missing");
            }
            _ => {}
        }
        Ok(picture)
    }

    /// Writes the bytes of a picture; returns whether the archive has them.
    fn bytes(&mut self, asset: &AssetInfo) -> Result<bool, Error> {
        let bytes = self.reader.asset(asset.sha256);
        let Some(bytes) = self.found(DamageKind::Asset, &asset.sha256.to_string(), bytes)?.flatten() else {
            return Ok(false);
        };
        pictures::put(&self.tree, asset, &bytes)?;
        self.exported.written.pictures += 1;
        Ok(true)
    }

    /// Reports damage once: several versions may need the same picture.
    fn report(&mut self, kind: DamageKind, id: &str, reason: impl Into<String>) {
        self.report_damage(Damage::new(kind, id, reason));
    }

    fn report_damage(&mut self, damage: Damage) {
        if !self.exported.damaged.contains(&damage) {
            self.exported.damaged.push(damage);
        }
    }

    /// Returns what was found, or reports the damage.
    fn found<T>(
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

/// Returns a draft as the reader lists it.
fn draft_of(account: String, row: &DraftRow, newest_first: &[Version]) -> Draft {
    let newest = newest_first.first();
    Draft {
        account,
        media_id: row.media_id.as_str().to_owned(),
        id: row.id,
        title: newest.map(|version| version.title.clone()).unwrap_or_default(),
        state: row.state,
        versions: newest_first.len() as u64,
        unnumbered: 0,
        first_seen: row.first_seen,
        last_seen: row.last_seen,
        last_changed: newest.map(|version| version.observed_at),
    }
}
