//! The tree: what is where in it, and its mark.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

use super::error::Error;
use super::read::{self, TreeError};
use super::schema::{AccountFile, TreeManifest};
use super::write;
use crate::filename;
use crate::model::{AccountName, Hash};
use crate::picture::ImageFormat;

/// The mark of an export, at the top of it.
pub(super) const MARK: &str = "draftkeep-export.json";

/// Where the pictures are; no account can be called like this.
pub(super) const PICTURES: &str = "@pictures";

/// Tells git to change no line end: documents and pictures stay what they are byte for byte.
const ATTRIBUTES: (&str, &[u8]) = (".gitattributes", b"* -text\n");

/// What may be in a directory that counts as empty: git's own, what a new disk brings, and what a first export may have left.
const NOTHING: [&str; 4] = [".git", ATTRIBUTES.0, "lost+found", write::UNFINISHED];

/// An export's tree.
#[derive(Debug)]
pub(super) struct Tree {
    root: PathBuf,
    /// Held while an export writes; the operating system lets go of it however that ends.
    _lock: Option<File>,
}

impl Tree {
    /// Opens a tree to write to, and begins it where there is none.
    ///
    /// # Errors
    ///
    /// Where the directory holds something else, a newer program wrote it, or another export is at work in it.
    pub(super) fn open(root: &Path) -> Result<Self, Error> {
        write::owners().recursive(true).create(root).map_err(|source| match source.kind() {
            io::ErrorKind::AlreadyExists => Error::NotADirectory(root.to_owned()),
            _ => write::unwritten(root, source),
        })?;
        if TreeManifest::read(root)?.is_none() {
            begin(root)?;
        }
        Ok(Self { root: root.to_owned(), _lock: Some(lock(root)?) })
    }

    /// Opens a tree to read from.
    ///
    /// # Errors
    ///
    /// Where there is none, or a newer program wrote it.
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
        // An account may be called as a device of Windows is.
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

/// Makes the tree's first files; the mark comes last.
fn begin(root: &Path) -> Result<(), Error> {
    let unread = |source| Error::Read { path: root.to_owned(), source };
    for entry in fs::read_dir(root).map_err(unread)? {
        let name = entry.map_err(unread)?.file_name();
        if !NOTHING.iter().any(|nothing| *nothing == name) {
            return Err(Error::Foreign(root.to_owned()));
        }
    }
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
        // Some file systems know no locks.
        Ok(()) | Err(TryLockError::Error(_)) => Ok(file),
    }
}
