//! A place for copies, whatever it is.

use std::fmt;
use std::io::{self, ErrorKind, Read, Write};
use std::path::Path;

use super::directory::{Directory, FileUpload};
use super::error::CopyError;
use super::name::CopyName;
use super::stored::StoredCopy;
use crate::config::CopyTarget;

/// A place for copies.
#[derive(Debug)]
pub struct Destination {
    /// What it is called, for people and in the archive.
    place: String,
    directory: Directory,
}

impl Destination {
    pub fn new(target: &CopyTarget) -> Self {
        let CopyTarget::Directory(path) = target;
        Self { place: target.to_string(), directory: Directory { path: path.clone() } }
    }

    /// Returns the copies that are there, of all archives, the newest first.
    pub fn list(&self) -> Result<Vec<StoredCopy>, CopyError> {
        let mut copies = self.directory.list().map_err(|error| self.failed(&error))?;
        copies.sort_by(|one, other| (other.name.at, &other.name.archive).cmp(&(one.name.at, &one.name.archive)));
        Ok(copies)
    }

    /// Begins a copy, and removes what copies of the same archive left that were killed.
    ///
    /// # Errors
    ///
    /// [`CopyError::Taken`] where something has its name.
    pub fn create(&self, name: &CopyName) -> Result<Upload<'_>, CopyError> {
        let begin = || {
            self.directory.remove_unfinished(&name.archive)?;
            if self.directory.has(name)? { Ok(None) } else { self.directory.create(name).map(Some) }
        };
        match begin().map_err(|error| self.failed(&error))? {
            Some(file) => Ok(Upload { destination: self, name: name.clone(), file, size: 0 }),
            None => Err(self.taken(name)),
        }
    }

    /// Opens a copy to read it.
    pub fn open(&self, name: &CopyName) -> Result<Box<dyn Read>, CopyError> {
        Ok(Box::new(self.directory.open(name).map_err(|error| self.failed(&error))?))
    }

    /// Removes a copy.
    pub fn remove(&self, name: &CopyName) -> Result<(), CopyError> {
        self.directory.remove(name).map_err(|error| self.failed(&error))
    }

    /// Returns whether it is the directory that the archive is in.
    pub fn is_directory_of(&self, archive: &Path) -> Result<bool, CopyError> {
        self.directory.is_directory_of(archive).map_err(|error| self.failed(&error))
    }

    /// Returns whether what destroys the archive's disk destroys the copies, too.
    pub fn is_on_disk_of(&self, archive: &Path) -> Result<bool, CopyError> {
        self.directory.is_on_disk_of(archive).map_err(|error| self.failed(&error))
    }

    /// Gives an error that came while a copy was written or read its meaning.
    pub fn failed(&self, error: &io::Error) -> CopyError {
        CopyError::of(&self.place, error)
    }

    fn taken(&self, name: &CopyName) -> CopyError {
        CopyError::Taken { place: self.place.clone(), name: name.to_string() }
    }
}

impl fmt::Display for Destination {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.place)
    }
}

/// A copy that is being written, or was written and is not proven yet. Dropped before it is published, nothing of it stays.
#[derive(Debug)]
pub struct Upload<'a> {
    destination: &'a Destination,
    name: CopyName,
    file: FileUpload,
    size: u64,
}

impl Upload<'_> {
    pub fn name(&self) -> &CopyName {
        &self.name
    }

    /// Returns how many bytes were written.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// Ends the writing: all of it is at the place.
    pub fn finish(&mut self) -> Result<(), CopyError> {
        self.file.sync().map_err(|error| self.destination.failed(&error))
    }

    /// Opens what is at the place, to read it back.
    pub fn open(&self) -> Result<Box<dyn Read>, CopyError> {
        Ok(Box::new(self.file.open().map_err(|error| self.destination.failed(&error))?))
    }

    /// Makes it a copy: from here on it is listed.
    pub fn publish(mut self) -> Result<(), CopyError> {
        self.file.publish().map_err(|error| match error.kind() {
            ErrorKind::AlreadyExists => self.destination.taken(&self.name),
            _ => self.destination.failed(&error),
        })
    }
}

impl Write for Upload<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.file.write(bytes)?;
        self.size += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}
