//! A place for copies, whatever it is.

use std::fmt;
use std::io::{self, ErrorKind, Read, Write};
use std::path::Path;

use super::bucket::{Bucket, ObjectUpload, S3Keys};
use super::directory::{Directory, FileUpload};
use super::error::CopyError;
use super::name::CopyName;
use super::stored::StoredCopy;
use crate::config::{CopyTarget, S3Target};

/// What is written to try a place out.
const TRIAL: &str = ".draftkeep-trial";
const TRIAL_CONTENT: &[u8] = b"draftkeep tried whether copies can be made here. This file may be removed.\n";

/// A place for copies. One with a bucket must not be made, used or dropped where futures run.
#[derive(Debug)]
pub struct Destination {
    /// What it is called, for people and in the archive.
    place: String,
    kind: Kind,
}

#[derive(Debug)]
enum Kind {
    Directory(Directory),
    Bucket(Bucket),
}

impl Destination {
    pub fn directory(path: &Path) -> Self {
        let place = CopyTarget::Directory(path.to_owned()).to_string();
        Self { place, kind: Kind::Directory(Directory { path: path.to_owned() }) }
    }

    /// Contacts nobody.
    ///
    /// # Errors
    ///
    /// Where the certificates that are trusted cannot be read.
    pub fn bucket(target: &S3Target, keys: &S3Keys) -> Result<Self, CopyError> {
        Ok(Self { place: target.to_string(), kind: Kind::Bucket(Bucket::new(target, keys)?) })
    }

    /// Returns the copies that are there, of all archives, the newest first.
    pub fn list(&self) -> Result<Vec<StoredCopy>, CopyError> {
        let mut copies = match &self.kind {
            Kind::Directory(directory) => directory.list().map_err(|error| self.failed(&error))?,
            Kind::Bucket(bucket) => bucket.list()?,
        };
        copies.sort_by(|one, other| (other.name.at, &other.name.archive).cmp(&(one.name.at, &one.name.archive)));
        Ok(copies)
    }

    /// Refuses a directory that has none of the copies that were made there of an archive: so it looks while its disk is not mounted.
    ///
    /// # Errors
    ///
    /// [`CopyError::NotThere`] where it has none.
    pub fn check_mounted(&self, archive: &str) -> Result<(), CopyError> {
        if matches!(self.kind, Kind::Bucket(_)) || self.list()?.iter().any(|copy| copy.name.archive == archive) {
            return Ok(());
        }
        let reason = "the copies that were made there are gone, as where its disk is not mounted".to_owned();
        Err(CopyError::NotThere { place: self.place.clone(), reason })
    }

    /// Begins a copy, and removes what copies of the same archive left that were killed.
    ///
    /// # Errors
    ///
    /// [`CopyError::Taken`] where something has its name.
    pub fn create(&self, name: &CopyName) -> Result<Upload, CopyError> {
        let to = match &self.kind {
            Kind::Directory(directory) => {
                let begin = || {
                    directory.remove_unfinished(&name.archive)?;
                    if directory.has(name)? { Ok(None) } else { directory.create(name).map(Some) }
                };
                begin().map_err(|error| self.failed(&error))?.map(UploadKind::File)
            }
            Kind::Bucket(bucket) => bucket.create(name)?.map(UploadKind::Object),
        };
        match to {
            Some(to) => Ok(Upload { place: self.place.clone(), name: name.clone(), to, size: 0 }),
            None => Err(taken(&self.place, name)),
        }
    }

    /// Opens a copy to read it.
    pub fn open(&self, name: &CopyName) -> Result<Box<dyn Read + Send>, CopyError> {
        Ok(match &self.kind {
            Kind::Directory(directory) => Box::new(directory.open(name).map_err(|error| self.failed(&error))?),
            Kind::Bucket(bucket) => Box::new(bucket.open(name)?),
        })
    }

    /// Removes a copy.
    pub fn remove(&self, name: &CopyName) -> Result<(), CopyError> {
        match &self.kind {
            Kind::Directory(directory) => directory.remove(name).map_err(|error| self.failed(&error)),
            Kind::Bucket(bucket) => bucket.remove(name),
        }
    }

    /// Returns whether it is the directory that the archive is in.
    pub fn is_directory_of(&self, archive: &Path) -> Result<bool, CopyError> {
        match &self.kind {
            Kind::Directory(directory) => directory.is_directory_of(archive).map_err(|error| self.failed(&error)),
            Kind::Bucket(_) => Ok(false),
        }
    }

    /// Returns whether what destroys the archive's disk destroys the copies, too.
    pub fn is_on_disk_of(&self, archive: &Path) -> Result<bool, CopyError> {
        match &self.kind {
            Kind::Directory(directory) => directory.is_on_disk_of(archive).map_err(|error| self.failed(&error)),
            Kind::Bucket(_) => Ok(false),
        }
    }

    /// Writes a small file that is no copy, reads it back and removes it.
    ///
    /// # Errors
    ///
    /// Where the place does not do all of it.
    pub fn try_out(&self) -> Result<(), CopyError> {
        let back = match &self.kind {
            Kind::Directory(directory) => {
                directory.try_out(TRIAL, TRIAL_CONTENT).map_err(|error| self.failed(&error))?
            }
            Kind::Bucket(bucket) => bucket.try_out(TRIAL, TRIAL_CONTENT)?,
        };
        if back != TRIAL_CONTENT {
            let (place, name) = (self.place.clone(), TRIAL.to_owned());
            return Err(CopyError::Changed { place, name, reason: "other bytes came back".to_owned() });
        }
        Ok(())
    }

    /// Gives an error that came while a copy was written or read its meaning.
    pub fn failed(&self, error: &io::Error) -> CopyError {
        CopyError::of(&self.place, error)
    }
}

fn taken(place: &str, name: &CopyName) -> CopyError {
    CopyError::Taken { place: place.to_owned(), name: name.to_string() }
}

impl fmt::Display for Destination {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.place)
    }
}

/// A copy that is being written, or was written and is not proven yet. Dropped before it is published, nothing of it stays.
#[derive(Debug)]
pub struct Upload {
    place: String,
    name: CopyName,
    to: UploadKind,
    size: u64,
}

#[derive(Debug)]
enum UploadKind {
    File(FileUpload),
    Object(ObjectUpload),
}

impl Upload {
    pub fn name(&self) -> &CopyName {
        &self.name
    }

    /// Returns how many bytes were written.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// Ends the writing: all of it is at the place.
    pub fn finish(&mut self) -> Result<(), CopyError> {
        match &mut self.to {
            UploadKind::File(file) => file.sync().map_err(|error| CopyError::of(&self.place, &error)),
            UploadKind::Object(object) => object.finish(),
        }
    }

    /// Opens what is at the place, to read it back.
    pub fn open(&self) -> Result<Box<dyn Read>, CopyError> {
        Ok(match &self.to {
            UploadKind::File(file) => Box::new(file.open().map_err(|error| CopyError::of(&self.place, &error))?),
            UploadKind::Object(object) => Box::new(object.open()?),
        })
    }

    /// Makes it a copy: from here on it is listed.
    pub fn publish(mut self) -> Result<(), CopyError> {
        match &mut self.to {
            UploadKind::File(file) => file.publish().map_err(|error| match error.kind() {
                ErrorKind::AlreadyExists => taken(&self.place, &self.name),
                _ => CopyError::of(&self.place, &error),
            }),
            UploadKind::Object(object) => object.publish(),
        }
    }
}

impl Write for Upload {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = match &mut self.to {
            UploadKind::File(file) => file.write(bytes)?,
            UploadKind::Object(object) => object.write(bytes)?,
        };
        self.size += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        match &mut self.to {
            UploadKind::File(file) => file.flush(),
            UploadKind::Object(object) => object.flush(),
        }
    }
}
