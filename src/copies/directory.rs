//! A directory with copies: of a disk, a stick, or a share of the network.

use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Read, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use nix::fcntl::{PosixFadviseAdvice, posix_fadvise};

use super::name::CopyName;
use super::stored::StoredCopy;

#[derive(Debug)]
pub(super) struct Directory {
    pub(super) path: PathBuf,
}

impl Directory {
    pub(super) fn list(&self) -> io::Result<Vec<StoredCopy>> {
        let mut copies = Vec::new();
        for entry in fs::read_dir(&self.path)? {
            let entry = entry?;
            let Some(name) = entry.file_name().to_str().and_then(|name| name.parse().ok()) else { continue };
            // An empty file is what a disk that was switched off leaves.
            let is_copy = |file: &fs::Metadata| file.is_file() && file.len() > 0;
            let Some(file) = is_there(entry.metadata())?.filter(is_copy) else { continue };
            copies.push(StoredCopy { name, size: file.len() });
        }
        Ok(copies)
    }

    /// Removes what copies of this archive left that were killed.
    pub(super) fn remove_unfinished(&self, archive: &str) -> io::Result<()> {
        for entry in fs::read_dir(&self.path)? {
            let name = entry?.file_name();
            let copy = name.to_str().and_then(CopyName::of_unfinished);
            if copy.is_some_and(|copy| copy.archive == archive) {
                is_there(fs::remove_file(self.path.join(&name)))?;
            }
        }
        Ok(())
    }

    pub(super) fn has(&self, name: &CopyName) -> io::Result<bool> {
        is_there(self.path.join(name.to_string()).symlink_metadata()).map(|file| file.is_some())
    }

    pub(super) fn create(&self, name: &CopyName) -> io::Result<FileUpload> {
        let (to, path) = (self.path.join(name.to_string()), self.path.join(name.unfinished()));
        let file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path)?;
        Ok(FileUpload { file, path: Some(path), to })
    }

    /// Writes a file of this name and content, reads it back and removes it. Returns what was read.
    pub(super) fn try_out(&self, name: &str, content: &[u8]) -> io::Result<Vec<u8>> {
        let path = self.path.join(name);
        // One that was killed may have left it.
        is_there(fs::remove_file(&path))?;
        let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path)?;
        let back = file.write_all(content).and_then(|()| file.sync_all()).and_then(|()| {
            let mut back = Vec::new();
            open_past_memory(&path)?.read_to_end(&mut back).map(|_| back)
        });
        let removed = fs::remove_file(&path);
        let back = back?;
        removed.map(|()| back)
    }

    pub(super) fn open(&self, name: &CopyName) -> io::Result<File> {
        open_past_memory(&self.path.join(name.to_string()))
    }

    pub(super) fn remove(&self, name: &CopyName) -> io::Result<()> {
        is_there(fs::remove_file(self.path.join(name.to_string()))).map(drop)
    }

    /// Returns whether it is the directory of this file.
    pub(super) fn is_directory_of(&self, file: &Path) -> io::Result<bool> {
        let file = file.canonicalize()?;
        let (own, of_file) = (self.path.metadata()?, file.parent().unwrap_or(Path::new("/")).metadata()?);
        Ok((own.dev(), own.ino()) == (of_file.dev(), of_file.ino()))
    }

    /// Returns whether it is on the disk of this file.
    pub(super) fn is_on_disk_of(&self, file: &Path) -> io::Result<bool> {
        Ok(self.path.metadata()?.dev() == file.metadata()?.dev())
    }
}

/// A copy that is being written.
#[derive(Debug)]
pub(super) struct FileUpload {
    file: File,
    /// Where it is; `None` once it has its name.
    path: Option<PathBuf>,
    to: PathBuf,
}

impl FileUpload {
    /// Puts all that was written on the disk.
    pub(super) fn sync(&self) -> io::Result<()> {
        self.file.sync_all()
    }

    /// Opens what was written, to read it.
    pub(super) fn open(&self) -> io::Result<File> {
        open_past_memory(self.path.as_deref().unwrap_or(&self.to))
    }

    /// Gives the copy its name.
    pub(super) fn publish(&mut self) -> io::Result<()> {
        if is_there(self.to.symlink_metadata())?.is_some() {
            return Err(ErrorKind::AlreadyExists.into());
        }
        if let Some(path) = &self.path {
            fs::rename(path, &self.to)?;
            self.path = None;
        }
        let directory = File::open(self.to.parent().unwrap_or(Path::new("/")))?;
        match directory.sync_all() {
            // Shares of the network may know no such thing for a directory.
            Err(error) if error.kind() == ErrorKind::InvalidInput => Ok(()),
            synced => synced,
        }
    }
}

impl Write for FileUpload {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

impl Drop for FileUpload {
    fn drop(&mut self) {
        if let Some(path) = &self.path
            && let Err(error) = fs::remove_file(path)
        {
            tracing::warn!(path = %path.display(), %error, "an unfinished copy stays; the next copy removes it");
        }
    }
}

/// Opens a file to read it from the disk: what is in memory says nothing about that.
fn open_past_memory(path: &Path) -> io::Result<File> {
    let file = File::open(path)?;
    if let Err(error) = posix_fadvise(&file, 0, 0, PosixFadviseAdvice::POSIX_FADV_DONTNEED) {
        tracing::debug!(%error, "a copy is read back from memory");
    }
    Ok(file)
}

/// Makes nothing of what is not there.
fn is_there<T>(done: io::Result<T>) -> io::Result<Option<T>> {
    match done {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        done => done.map(Some),
    }
}
