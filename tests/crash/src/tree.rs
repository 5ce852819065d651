//! Files and directories in memory.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::fs::{self, OpenOptions};
use std::hash::{DefaultHasher, Hasher};
use std::io::{self, Write};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::operation::{Ino, Operation, Place};

pub(crate) const ROOT: Ino = 1;

#[derive(Clone, Debug)]
pub(crate) enum Node {
    File { bytes: Arc<Vec<u8>>, mode: u32 },
    Directory { names: BTreeMap<OsString, Ino>, mode: u32 },
    Symlink { target: PathBuf },
}

/// Cheap to clone: the bytes of files are shared until one is written.
#[derive(Clone, Debug)]
pub(crate) struct Tree {
    nodes: BTreeMap<Ino, Node>,
}

impl Tree {
    pub(crate) fn new() -> Self {
        let root = Node::Directory { names: BTreeMap::new(), mode: 0o700 };
        Self { nodes: BTreeMap::from([(ROOT, root)]) }
    }

    pub(crate) fn node(&self, ino: Ino) -> Option<&Node> {
        self.nodes.get(&ino)
    }

    /// Returns a number that no file has had.
    pub(crate) fn free_ino(&self) -> Ino {
        self.nodes.last_key_value().map_or(ROOT, |(ino, _)| *ino) + 1
    }

    pub(crate) fn names(&self, directory: Ino) -> Option<&BTreeMap<OsString, Ino>> {
        match self.nodes.get(&directory) {
            Some(Node::Directory { names, .. }) => Some(names),
            _ => None,
        }
    }

    pub(crate) fn find(&self, directory: Ino, name: &OsStr) -> Option<Ino> {
        self.names(directory)?.get(name).copied()
    }

    pub(crate) fn find_path(&self, path: &str) -> Option<Ino> {
        path.split('/').try_fold(ROOT, |directory, name| self.find(directory, OsStr::new(name)))
    }

    /// Makes what an operation makes, without its name: on a disk the two are separate.
    pub(crate) fn add_node(&mut self, operation: &Operation) {
        let (ino, node) = match operation {
            Operation::Create { ino, mode, .. } => (ino, Node::File { bytes: Arc::default(), mode: *mode }),
            Operation::MakeDirectory { ino, mode, .. } => {
                (ino, Node::Directory { names: BTreeMap::new(), mode: *mode })
            }
            Operation::Symlink { ino, target, .. } => (ino, Node::Symlink { target: target.clone() }),
            _ => return,
        };
        self.nodes.insert(*ino, node);
    }

    /// Does what an operation does. One whose files are not there does nothing.
    pub(crate) fn apply(&mut self, operation: &Operation) {
        match operation {
            Operation::Create { place, ino, .. }
            | Operation::MakeDirectory { place, ino, .. }
            | Operation::Symlink { place, ino, .. } => {
                if !self.nodes.contains_key(ino) {
                    self.add_node(operation);
                }
                self.set_name(place, Some(*ino));
            }
            Operation::Link { ino, place } => self.set_name(place, Some(*ino)),
            Operation::Remove { place } => self.set_name(place, None),
            Operation::Rename { ino, from, to } => {
                self.set_name(from, None);
                self.set_name(to, Some(*ino));
            }
            Operation::Write { ino, offset, bytes } => self.write(*ino, *offset, bytes),
            Operation::Truncate { ino, size } => {
                if let Some(Node::File { bytes, .. }) = self.nodes.get_mut(ino) {
                    Arc::make_mut(bytes).resize(*size as usize, 0);
                }
            }
            Operation::ChangeMode { ino, mode: new } => {
                if let Some(Node::File { mode, .. } | Node::Directory { mode, .. }) = self.nodes.get_mut(ino) {
                    *mode = *new;
                }
            }
            Operation::Sync { .. } | Operation::Said(_) | Operation::Ended(_) => {}
        }
    }

    /// Writes bytes; a gap before them is zeros.
    pub(crate) fn write(&mut self, ino: Ino, offset: u64, new: &[u8]) {
        if let Some(Node::File { bytes, .. }) = self.nodes.get_mut(&ino) {
            let (bytes, start) = (Arc::make_mut(bytes), offset as usize);
            if bytes.len() < start + new.len() {
                bytes.resize(start + new.len(), 0);
            }
            bytes[start..start + new.len()].copy_from_slice(new);
        }
    }

    fn set_name(&mut self, (directory, name): &Place, ino: Option<Ino>) {
        if let Some(Node::Directory { names, .. }) = self.nodes.get_mut(directory) {
            match ino {
                Some(ino) => names.insert(name.clone(), ino),
                None => names.remove(name),
            };
        }
    }

    /// Reads a directory of the real file system.
    pub(crate) fn load(path: &Path) -> io::Result<Self> {
        let mut tree = Self::new();
        tree.load_into(ROOT, path)?;
        Ok(tree)
    }

    fn load_into(&mut self, directory: Ino, path: &Path) -> io::Result<()> {
        for entry in fs::read_dir(path)? {
            let entry = entry?;
            let (kind, mode) = (entry.file_type()?, entry.metadata()?.permissions().mode() & 0o7777);
            let (ino, place) = (self.free_ino(), (directory, entry.file_name()));
            if kind.is_dir() {
                self.apply(&Operation::MakeDirectory { place, ino, mode });
                self.load_into(ino, &entry.path())?;
            } else if kind.is_symlink() {
                self.apply(&Operation::Symlink { place, ino, target: fs::read_link(entry.path())? });
            } else {
                self.apply(&Operation::Create { place, ino, mode });
                self.write(ino, 0, &fs::read(entry.path())?);
            }
        }
        Ok(())
    }

    /// Writes a directory of the tree to the real file system, where it is not there yet. SQLite's index of a journal is left
    /// out: it is made again, and what was mapped into memory is not known here.
    pub(crate) fn store(&self, directory: Ino, path: &Path) -> io::Result<()> {
        fs::create_dir(path)?;
        for (name, ino) in self.names(directory).into_iter().flatten() {
            let path = path.join(name);
            match self.nodes.get(ino) {
                Some(Node::Directory { .. }) => self.store(*ino, &path)?,
                Some(Node::Symlink { target }) => symlink(target, path)?,
                Some(Node::File { bytes, mode }) if !is_index(name) => {
                    OpenOptions::new().write(true).create_new(true).mode(*mode).open(path)?.write_all(bytes)?;
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// Returns a number that two trees share if the same is in them.
    pub(crate) fn fingerprint(&self, directory: Ino) -> u64 {
        let mut hasher = DefaultHasher::new();
        self.hash(directory, &mut hasher);
        hasher.finish()
    }

    fn hash(&self, directory: Ino, hasher: &mut DefaultHasher) {
        for (name, ino) in self.names(directory).into_iter().flatten().filter(|(name, _)| !is_index(name)) {
            hasher.write(name.as_bytes());
            match self.nodes.get(ino) {
                Some(Node::File { bytes, .. }) => {
                    hasher.write_usize(bytes.len());
                    hasher.write(bytes);
                }
                Some(Node::Symlink { target }) => hasher.write(target.as_os_str().as_bytes()),
                _ => self.hash(*ino, hasher),
            }
            hasher.write_u8(0xff);
        }
    }
}

/// Returns whether a file is the index of SQLite's journal, which programs share through memory.
pub(crate) fn is_index(name: &OsStr) -> bool {
    name.as_bytes().ends_with(b"-shm")
}
