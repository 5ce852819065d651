//! Which files of a mirror somebody edited: those that differ from their stamps, and those that stand where new ones belong.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use super::error::MirrorError;
use super::record::DraftRecord;
use super::stamp::{self, Stamp};
use crate::export::{self, VERSION_FILES};

/// The files of accounts.
pub(super) struct AccountEdits<'a> {
    pub(super) root: &'a Path,
    /// By the names of the accounts.
    pub(super) files: &'a [(String, PathBuf)],
}

impl AccountEdits<'_> {
    /// Returns the files that differ, from the top of the tree.
    pub(super) fn find(&self, stamps: &BTreeMap<String, Stamp>) -> Result<Vec<String>, MirrorError> {
        let mut edited = Vec::new();
        for (name, file) in self.files {
            let Some(known) = stamps.get(name) else { continue };
            if !stamp::of(file, Some(known))?.is_some_and(|found| found.is_same_file(known)) {
                edited.push(from_top(self.root, file));
            }
        }
        Ok(edited)
    }
}

/// The files of a draft.
pub(super) struct DraftEdits<'a> {
    pub(super) root: &'a Path,
    /// The directory of its account.
    pub(super) account: &'a Path,
    pub(super) record: &'a DraftRecord,
}

/// What was found.
#[derive(Debug, Default)]
pub(super) struct Found {
    /// From the top of the tree.
    pub(super) edited: Vec<String>,
    /// The record with the times that the files have now, where only these differ.
    pub(super) touched: Option<DraftRecord>,
}

impl DraftEdits<'_> {
    /// Compares the files with their stamps, and, where the draft is about to be written, looks for files of others in its way.
    pub(super) fn find(&self, is_new: bool) -> Result<Found, MirrorError> {
        let (record, mut found) = (self.record, Found::default());
        // A draft that was begun is whatever it was then.
        if record.mark.is_none() {
            return Ok(found);
        }
        let directory = self.account.join(&record.directory);
        let mut now = record.clone();
        for (top, stamps) in [(&*directory, &mut now.files), (self.root, &mut now.pictures)] {
            for (name, known) in stamps {
                let path = top.join(name);
                match stamp::of(&path, Some(known))? {
                    Some(there) if there.is_same_file(known) => *known = there,
                    _ => found.edited.push(from_top(self.root, &path)),
                }
            }
        }
        if is_new {
            let there = own_files(&directory)?;
            let added = there.into_iter().filter(|name| !record.files.contains_key(name));
            found.edited.extend(added.map(|name| from_top(self.root, &directory.join(name))));
        }
        found.touched = (found.edited.is_empty() && now != *record).then_some(now);
        Ok(found)
    }
}

/// Returns the record of a draft that was written; files that did not change are not read again.
pub(super) fn recorded(
    root: &Path,
    directory: &Path,
    before: &DraftRecord,
    mark: Option<String>,
) -> Result<DraftRecord, MirrorError> {
    let name = directory.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let mut record = DraftRecord { mark, directory: name, ..DraftRecord::default() };
    for name in own_files(directory)? {
        let stamp = stamp::of(&directory.join(&name), before.files.get(&name))?;
        record.files.extend(stamp.map(|stamp| (name, stamp)));
    }
    for name in export::pictures_of(directory)? {
        let stamp = stamp::of(&root.join(&name), before.pictures.get(&name))?;
        record.pictures.extend(stamp.map(|stamp| (name, stamp)));
    }
    Ok(record)
}

/// Returns the files of a draft that an export writes, as far as they are there. Others in its directory are nobody's business.
fn own_files(directory: &Path) -> Result<BTreeSet<String>, MirrorError> {
    let wrong = |source| MirrorError::Read { path: directory.to_owned(), source };
    let entries = match fs::read_dir(directory) {
        Ok(entries) => entries,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(BTreeSet::new()),
        Err(error) => return Err(wrong(error)),
    };
    let mut files = BTreeSet::new();
    for entry in entries {
        let name = entry.map_err(wrong)?.file_name();
        let Some(name) = name.to_str() else { continue };
        if name == export::DRAFT_FILE {
            files.insert(name.to_owned());
        } else if name.parse::<u64>().is_ok_and(|number| number.to_string() == name) {
            let of_version = VERSION_FILES.iter().map(|file| format!("{name}/{file}"));
            files.extend(of_version.filter(|file| directory.join(file).symlink_metadata().is_ok()));
        }
    }
    Ok(files)
}

/// Returns a path from the top of the tree.
pub(super) fn from_top(root: &Path, path: &Path) -> String {
    path.strip_prefix(root).unwrap_or(path).to_string_lossy().into_owned()
}
