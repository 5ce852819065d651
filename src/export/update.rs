//! A tree that is brought up to the archive draft by draft, for who knows which ones changed.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::error::Error;
use super::exporter::Exporter;
use super::files::PICTURES;
use super::outcome::Exported;
use super::read;
use super::schema::{ACCOUNT, PictureLine};
use super::tree::Tree;
use crate::archive::{AccountRow, Reader};
use crate::model::AccountName;

/// A tree that is open for writing. No other export writes to it meanwhile.
pub struct TreeUpdate<'a>(Exporter<'a>);

impl<'a> TreeUpdate<'a> {
    /// Opens a tree, or begins one: in an empty directory or, if it is known to be a tree of this archive, where its mark was removed.
    ///
    /// # Errors
    ///
    /// As [`super::export`].
    pub fn open(reader: &'a Reader, directory: &Path, is_known: bool) -> Result<Self, Error> {
        let tree = Tree::open(directory, is_known)?;
        Ok(Self(Exporter { reader, tree, only: None, exported: Exported::default() }))
    }

    /// Exports the rows of accounts. The directory of a renamed account is renamed.
    ///
    /// # Errors
    ///
    /// As [`super::export`].
    pub fn accounts(&mut self) -> Result<(), Error> {
        self.0.accounts()
    }

    /// Exports a draft. Returns its directory; `None` where it cannot be exported.
    ///
    /// # Errors
    ///
    /// As [`super::export`].
    pub fn draft(&mut self, id: i64) -> Result<Option<PathBuf>, Error> {
        let reader = self.0.reader;
        reader.with_snapshot(|_| self.0.draft(id))
    }

    /// Returns the directory of an account; `None` for what is no name of one.
    pub fn account_directory(&self, name: &str) -> Option<PathBuf> {
        let name: AccountName = name.parse().ok()?;
        Some(self.0.tree.account(&name))
    }

    /// Returns the file of an account.
    pub fn account_file(&self, account: &AccountRow) -> Option<PathBuf> {
        Some(self.account_directory(&account.name)?.join(ACCOUNT))
    }

    /// Returns what was exported until now.
    pub fn exported(&self) -> &Exported {
        &self.0.exported
    }
}

/// Returns the pictures that the versions in a draft's directory need and the tree has, from the top of the tree.
///
/// # Errors
///
/// If the directory cannot be listed.
pub fn pictures_of(draft: &Path) -> Result<BTreeSet<String>, Error> {
    let other = |read::TreeError { path, reason }| Error::Other { path, reason };
    let versions = read::directories(draft).map_err(other)?.into_iter().map(|name| draft.join(name).join(PICTURES));
    // A list that cannot be read is written again when its version is exported.
    let lines = versions.filter_map(|list| read::json::<Vec<PictureLine>>(&list).ok()).flatten();
    let files = lines.filter_map(|line| line.asset().map(|(sha256, media_type)| Tree::picture(sha256, media_type)));
    Ok(files.collect())
}
