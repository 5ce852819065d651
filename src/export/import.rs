//! Import: builds an archive from a tree, draft by draft. All versions of a draft are read and verified before the first is
//! written. Existing content of the archive is never changed. Pictures follow after their draft.

mod pictures;

use std::collections::{BTreeMap, HashSet};
use std::path::{Path, PathBuf};

use super::error::Error;
use super::outcome::{Count, Progress};
use super::read::{self, TreeError};
use super::schema::{ACCOUNT, DRAFT, DraftMarks};
use super::tree::{PICTURES, Tree};
use super::verified::{self, VerifiedVersion};
use crate::archive::{self, AccountId, AccountMatch, AccountRow, DraftRow, ImportedVersion, Writer};
use crate::model::{AccountName, Hash, Timestamp};

/// The result of an import.
#[derive(Debug, Default)]
pub struct Imported {
    /// What of the tree is in the archive now.
    pub there: Count,
    /// What was added.
    pub new: Count,
    /// Drafts that got another number because theirs was taken.
    pub renumbered: Vec<Renumbered>,
    /// What was skipped.
    pub refused: Vec<SkippedItem>,
}

/// A draft with another number than in the tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Renumbered {
    pub account: String,
    pub media_id: String,
    /// In the tree.
    pub from: i64,
    /// In the archive.
    pub to: i64,
}

/// A part of the tree that is not as exported, or contradicts the archive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SkippedItem {
    pub path: PathBuf,
    /// In words.
    pub reason: String,
}

/// Why a draft was not imported completely.
enum ImportError {
    /// It is skipped; the import continues.
    TreeError(TreeError),
    /// The archive failed; the import stops.
    Archive(archive::Error),
}

impl From<TreeError> for ImportError {
    fn from(wrong: TreeError) -> Self {
        Self::TreeError(wrong)
    }
}

impl From<archive::Error> for ImportError {
    fn from(error: archive::Error) -> Self {
        Self::Archive(error)
    }
}

/// An exported tree, opened.
#[derive(Debug)]
pub struct ExportTree(Tree);

impl ExportTree {
    /// Opens the tree at `directory`.
    ///
    /// # Errors
    ///
    /// If there is none, or a newer version of the program wrote it.
    pub fn at(directory: &Path) -> Result<Self, Error> {
        Tree::open_to_read(directory).map(Self)
    }

    /// Imports the tree into the archive. `on_progress` is called before each draft.
    ///
    /// # Errors
    ///
    /// If the archive fails or the tree cannot be listed; what was imported before stays. Problems of a draft are no error:
    /// they are reported, and the other drafts are imported.
    pub fn import(
        self,
        writer: &mut Writer,
        now: Timestamp,
        on_progress: &mut dyn FnMut(Progress),
    ) -> Result<Imported, Error> {
        let tree = &self.0;
        let mut importer =
            Importer { tree, writer, now, on_progress, last: 0, told: HashSet::new(), imported: Imported::default() };
        match importer.accounts().and_then(|()| Ok(importer.count_pictures()?)) {
            Ok(()) => Ok(importer.imported),
            Err(ImportError::Archive(error)) => Err(error.into()),
            Err(ImportError::TreeError(wrong)) => Err(Error::Unusable { path: wrong.path, reason: wrong.reason }),
        }
    }
}

/// A running import.
struct Importer<'a> {
    tree: &'a Tree,
    writer: &'a mut Writer,
    now: Timestamp,
    on_progress: &'a mut dyn FnMut(Progress),
    /// The greatest number of a draft in the tree, by the names of the directories: what cannot keep its own gets a greater one.
    last: i64,
    /// What was skipped.
    told: HashSet<PathBuf>,
    imported: Imported,
}

impl Importer<'_> {
    fn accounts(&mut self) -> Result<(), ImportError> {
        let tree = self.tree;
        let mut accounts = Vec::new();
        for name in read::directories(tree.root())?.into_iter().filter(|name| name != PICTURES) {
            let directory = tree.root().join(name);
            // Other files of the owner may be beside the accounts.
            if let Some(drafts) = drafts(&directory) {
                let numbers = drafts.iter().filter_map(|name| number(name));
                self.last = numbers.chain([self.last]).max().unwrap_or(0).min(verified::GREATEST_ID);
                accounts.push((directory, drafts));
            }
        }
        let of = accounts.iter().map(|(_, drafts)| drafts.len() as u64).sum();
        accounts.into_iter().try_for_each(|(directory, drafts)| self.account(&directory, drafts, of))
    }

    fn account(&mut self, directory: &Path, drafts: Vec<String>, of: u64) -> Result<(), ImportError> {
        let entered = verified::account(directory)
            .map_err(ImportError::from)
            .and_then(|(name, row)| self.enter(directory, &name, &row));
        let Some((account, name)) = self.or_refused(entered)? else { return Ok(()) };
        for draft in drafts {
            let versions = self.imported.there.versions;
            (self.on_progress)(Progress { drafts: self.imported.there.drafts, of, versions });
            let imported = self.draft(account, &name, &directory.join(draft));
            self.or_refused(imported)?;
        }
        Ok(self.extract_pictures(account)?)
    }

    /// Returns the account's number and what the archive calls it: it may have been renamed since the export.
    fn enter(
        &mut self,
        directory: &Path,
        name: &AccountName,
        row: &AccountRow,
    ) -> Result<(AccountId, String), ImportError> {
        let (identity, mut name) = (self.writer.identity(name, &row.appid)?, name.clone());
        let mut is_new = identity == AccountMatch::New;
        match &identity {
            AccountMatch::Taken { by } => {
                let reason = format!("its appid is {}, the archive knows {name} as {by}", row.appid);
                return Err(TreeError::new(&directory.join(ACCOUNT), reason).into());
            }
            AccountMatch::Renamed { from } => match from.parse::<AccountName>() {
                Ok(from) if !self.tree.account(&from).exists() => name = from,
                // The export has both names: an older version of the program kept both.
                _ => is_new = true,
            },
            _ => {}
        }
        let account = match is_new {
            true => self.writer.import_account(&name, &row.appid, row.first_seen)?,
            false => self.writer.get_or_create_account(&name, &row.appid, row.first_seen)?,
        };
        self.imported.there.accounts += 1;
        self.imported.new.accounts += u64::from(is_new);
        Ok((account, name.to_string()))
    }

    fn draft(&mut self, account: AccountId, name: &str, directory: &Path) -> Result<(), ImportError> {
        let (row, newest, marks) = verified::draft(directory)?;
        // An export that was cut off has written versions that the draft does not count yet. They are left out, and no others.
        let counted = verified::check_version_directories(directory, newest);
        self.or_refused(counted.map_err(ImportError::from))?;
        // An absurd number fails at the first missing version.
        let hashes = verified::numbers(newest, &marks)
            .map(|number| Ok((number, verified::version(directory, number)?.canonical.hash())));
        let hashes = hashes.collect::<Result<Vec<_>, TreeError>>()?;
        let held = self.writer.hashes(account, &row.media_id)?;
        if let Some((number, _)) =
            hashes.iter().find(|(number, hash)| held.get(number).is_some_and(|held| held != hash))
        {
            let reason = format!("the archive has another version {number} of this draft, {name}/{}", row.media_id);
            return Err(TreeError::new(&directory.join(number.to_string()), reason).into());
        }
        let draft = TreeDraft { row: &row, directory, hashes: &hashes, marks: &marks };
        let id = self.versions(account, &draft, &held)?;
        if !hashes.is_empty() {
            self.writer.import_marks(account, &row.media_id, &marks.lost, &marks.pins)?;
        }
        self.writer.import_presence(account, &row)?;
        self.imported.there.drafts += 1;
        self.imported.there.versions += hashes.len() as u64;
        self.imported.new.drafts += u64::from(held.is_empty());
        if let Some(to) = id.filter(|&id| held.is_empty() && id != row.id) {
            let (account, media_id) = (name.to_owned(), row.media_id.as_str().to_owned());
            self.imported.renumbered.push(Renumbered { account, media_id, from: row.id, to });
        }
        Ok(())
    }

    /// Writes the versions that come after those that the archive holds, and the pictures of all; returns the draft's number
    /// there, where a version was written.
    fn versions(
        &mut self,
        account: AccountId,
        draft: &TreeDraft<'_>,
        held: &BTreeMap<u64, Hash>,
    ) -> Result<Option<i64>, ImportError> {
        let newest_held = held.last_key_value().map_or(0, |(number, _)| *number);
        let mut id = None;
        for &(number, hash) in draft.hashes {
            let place = draft.directory.join(number.to_string());
            let read = || {
                let proven = verified::version(draft.directory, number)?;
                let is_same = proven.canonical.hash() == hash;
                is_same.then_some(proven).ok_or_else(|| TreeError::new(&place, "it was changed during the import"))
            };
            let pictures = if number > newest_held {
                let proven = read()?;
                let version = new(number, &proven, draft.marks);
                id = Some(self.writer.import(account, draft.row, &version, self.last)?);
                self.imported.new.versions += 1;
                self.pictures(account, &place, || Ok(proven.document))
            } else if held.contains_key(&number) {
                self.pictures(account, &place, || Ok(read()?.document))
            } else {
                // What was pruned from the archive stays pruned.
                continue;
            };
            self.or_refused(pictures)?;
        }
        Ok(id)
    }

    /// Notes what is left out.
    fn or_refused<T>(&mut self, done: Result<T, ImportError>) -> Result<Option<T>, ImportError> {
        match done {
            Ok(done) => Ok(Some(done)),
            Err(ImportError::TreeError(TreeError { path, reason })) => {
                // A picture may be wrong in many versions, but is reported once.
                if self.told.insert(path.clone()) {
                    self.imported.refused.push(SkippedItem { path, reason });
                }
                Ok(None)
            }
            Err(stop) => Err(stop),
        }
    }
}

/// A draft of the tree, read and verified.
struct TreeDraft<'a> {
    row: &'a DraftRow,
    directory: &'a Path,
    /// The versions that are there, by their numbers, in their order.
    hashes: &'a [(u64, Hash)],
    marks: &'a DraftMarks,
}

fn new<'a>(number: u64, proven: &'a VerifiedVersion, marks: &'a DraftMarks) -> ImportedVersion<'a> {
    ImportedVersion {
        number,
        pruned: &marks.pruned,
        lost: &marks.lost,
        hash: proven.hash,
        hash_version: proven.hash_version,
        observed_at: proven.observed_at,
        update_time: proven.update_time,
        document: &proven.document,
        canonical: &proven.canonical,
    }
}

/// Returns the names of the drafts in an account's directory, by their numbers; `None` if it is none.
fn drafts(directory: &Path) -> Option<Vec<String>> {
    read::directory(directory).ok()?;
    let mut names = read::directories(directory).ok()?;
    names.retain(|name| number(name).is_some() || is_there(&directory.join(name).join(DRAFT)));
    names.sort_by_key(|name| number(name));
    let is_account =
        is_there(&directory.join(ACCOUNT)) || names.iter().any(|name| is_there(&directory.join(name).join(DRAFT)));
    is_account.then_some(names)
}

/// Returns the number that a draft's directory ends with.
fn number(name: &str) -> Option<i64> {
    name.rsplit_once('-')?.1.parse().ok()
}

fn is_there(path: &Path) -> bool {
    path.symlink_metadata().is_ok()
}
