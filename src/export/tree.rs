//! The layout of the tree, and its manifest.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::path::{Path, PathBuf};

use super::error::Error;
use super::read::{self, TreeError};
use super::schema::{AccountFile, MARK, TreeManifest};
use super::write;
use crate::filename;
use crate::model::{AccountName, Hash};
use crate::owner::make_directories;
use crate::picture::ImageFormat;

/// The directory of pictures; no account can have this name.
pub(super) const PICTURES: &str = "@pictures";

/// Tells git not to convert newlines, so that documents and pictures stay unchanged.
const ATTRIBUTES: (&str, &[u8]) = (".gitattributes", b"* -text\n");

/// Files that an empty directory may have: git's own, those of a new disk, and remains of an interrupted first export.
const NOTHING: [&str; 4] = [".git", ATTRIBUTES.0, "lost+found", write::UNFINISHED];

/// An export's tree.
#[derive(Debug)]
pub(super) struct Tree {
    root: PathBuf,
    /// Locked while an export writes; the operating system releases it however the export ends.
    _lock: Option<File>,
}

impl Tree {
    /// Opens a tree for writing, and creates it if there is none. Whoever knows that it is a tree of this archive gets one whose mark
    /// was removed back.
    ///
    /// # Errors
    ///
    /// If a directory that nobody knows has other content, a newer version of the program wrote it, or another export is writing.
    pub(super) fn open(root: &Path, is_known: bool) -> Result<Self, Error> {
        make_directories(root, None).map_err(|source| write::unwritten(root, source))?;
        if !root.is_dir() {
            return Err(Error::NotADirectory(root.to_owned()));
        }
        if TreeManifest::read(root)?.is_none() {
            if !is_known {
                check_is_empty(root)?;
            }
            begin(root)?;
        }
        Ok(Self { root: root.to_owned(), _lock: Some(lock(root)?) })
    }

    /// Opens a tree for reading.
    ///
    /// # Errors
    ///
    /// If there is none, or a newer version of the program wrote it.
    pub(super) fn open_to_read(root: &Path) -> Result<Self, Error> {
        match TreeManifest::read(root)? {
            Some(_) => Ok(Self { root: root.to_owned(), _lock: None }),
            None => Err(Error::NotAnExport(root.to_owned())),
        }
    }

    pub(super) fn root(&self) -> &Path {
        &self.root
    }

    /// Returns the directory of an account.
    pub(super) fn account(&self, name: &AccountName) -> PathBuf {
        // An account may have the name of a Windows device.
        let device = if filename::is_reserved(name.as_str()) { "@" } else { "" };
        self.root.join(format!("{device}{name}"))
    }

    /// Returns the directories of accounts, and what they tell.
    pub(super) fn accounts(&self) -> Result<Vec<(PathBuf, AccountFile)>, Error> {
        let names =
            read::directories(&self.root).map_err(|TreeError { path, reason }| Error::Other { path, reason })?;
        let directories = names.into_iter().filter(|name| name != PICTURES).map(|name| self.root.join(name));
        let sound = directories.filter(|directory| read::directory(directory).is_ok());
        Ok(sound.filter_map(|directory| AccountFile::read(&directory).map(|file| (directory, file))).collect())
    }

    /// Returns the directory of a draft. Two of them never have one name: where their titles are alike, or look alike to a
    /// file system, their numbers differ.
    pub(super) fn draft(&self, account: &AccountName, first_title: &str, id: i64) -> PathBuf {
        self.account(account).join(format!("{}-{id}", filename::stem(first_title)))
    }

    /// Returns where a picture is, from the top of the tree.
    pub(super) fn picture(sha256: Hash, media_type: &str) -> String {
        let name = sha256.to_string();
        let extension = ImageFormat::of(media_type).map_or("bin", ImageFormat::extension);
        format!("{PICTURES}/{}/{name}.{extension}", &name[..2])
    }
}

fn check_is_empty(root: &Path) -> Result<(), Error> {
    let unread = |source| Error::Read { path: root.to_owned(), source };
    for entry in fs::read_dir(root).map_err(unread)? {
        let name = entry.map_err(unread)?.file_name();
        if !NOTHING.iter().any(|nothing| *nothing == name) {
            return Err(Error::Foreign(root.to_owned()));
        }
    }
    Ok(())
}

/// Makes the tree's first files; the mark comes last.
fn begin(root: &Path) -> Result<(), Error> {
    let (name, bytes) = ATTRIBUTES;
    if !root.join(name).exists() {
        write::put(&root.join(name), bytes)?;
    }
    TreeManifest::default().write(root)
}

fn lock(root: &Path) -> Result<File, Error> {
    let path = root.join(MARK);
    let file =
        OpenOptions::new().read(true).write(true).open(&path).map_err(|source| write::unwritten(&path, source))?;
    match file.try_lock() {
        Err(TryLockError::WouldBlock) => Err(Error::Busy(root.to_owned())),
        // Some file systems have no locks.
        Ok(()) | Err(TryLockError::Error(_)) => Ok(file),
    }
}
