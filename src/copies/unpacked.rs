//! A copy as it lies on a disk, compressed or not, as a plain file.

use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{self, ErrorKind, Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use super::encryption::Encryption;
use super::format::CopyFormat;
use super::pack::unpack;

/// How many bytes are passed on at once.
const BUFFER: usize = 256 << 10;

/// Why a copy cannot be unpacked.
#[derive(Debug, thiserror::Error)]
pub enum UnpackError {
    #[error(transparent)]
    File(#[from] io::Error),
    /// Only who has the key can.
    #[error("it is encrypted with {}", .0.name())]
    Encrypted(Encryption),
}

/// A copy that can be opened as a file. One that was unpacked goes when this is dropped.
#[derive(Debug)]
pub struct UnpackedCopy {
    path: PathBuf,
    _unpacked: Option<TemporaryFile>,
}

impl UnpackedCopy {
    /// Opens the copy at `path`. A compressed one is unpacked to `to`; any other file stays where it is, also where its first bytes are
    /// damaged.
    ///
    /// # Errors
    ///
    /// Where it cannot be read or is encrypted, or where `to` cannot be written.
    pub fn open(path: &Path, to: PathBuf) -> Result<Self, UnpackError> {
        match Self::open_what_is_left(path, to)? {
            (opened, None) => Ok(opened),
            (_, Some(broken)) => Err(broken.into()),
        }
    }

    /// Does the same, and takes what comes out of a compressed copy that is cut off or damaged. Returns what ended it as well.
    ///
    /// # Errors
    ///
    /// As [`UnpackedCopy::open`], but for what is wrong with what is compressed.
    pub fn open_what_is_left(path: &Path, to: PathBuf) -> Result<(Self, Option<io::Error>), UnpackError> {
        // A pipe would never end. What it is instead is told by who opens it.
        if !fs::metadata(path)?.is_file() {
            return Ok((Self { path: path.to_owned(), _unpacked: None }, None));
        }
        match CopyFormat::of_file(path)? {
            CopyFormat::Zstd | CopyFormat::Gzip => {}
            CopyFormat::Encrypted(encryption) => return Err(UnpackError::Encrypted(encryption)),
            CopyFormat::Sqlite | CopyFormat::Empty | CopyFormat::Unknown => {
                return Ok((Self { path: path.to_owned(), _unpacked: None }, None));
            }
        }
        let unpacked = TemporaryFile::new(to);
        let mut file = File::options().write(true).create_new(true).mode(0o600).open(&unpacked.0)?;
        let broken = copy_until_broken(&mut unpack(File::open(path)?)?.map_err(io::Error::other)?, &mut file)?;
        Ok((Self { path: unpacked.0.clone(), _unpacked: Some(unpacked) }, broken))
    }

    pub fn path(&self) -> &Path {
        &self.path
    }
}

/// Copies as far as it can be read. Returns what ended that early; an error is one of `to`.
fn copy_until_broken(from: &mut dyn Read, to: &mut File) -> io::Result<Option<io::Error>> {
    let mut bytes = vec![0; BUFFER];
    loop {
        match from.read(&mut bytes) {
            Ok(0) => return Ok(None),
            Ok(count) => to.write_all(&bytes[..count])?,
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Ok(Some(error)),
        }
    }
}

/// An archive's file that goes when it is not used any more, with its journals.
#[derive(Debug)]
pub struct TemporaryFile(PathBuf);

impl TemporaryFile {
    /// Takes what is at `path` away, which a program that was killed may have left.
    pub fn new(path: PathBuf) -> Self {
        let file = Self(path);
        file.clear();
        file
    }

    pub fn path(&self) -> &Path {
        &self.0
    }

    fn clear(&self) {
        for end in ["", "-wal", "-shm"] {
            let mut name: OsString = self.0.as_os_str().to_owned();
            name.push(end);
            match fs::remove_file(&name) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => {
                    tracing::warn!(file = %Path::new(&name).display(), %error, "a file that is not needed any more stays behind");
                }
                _ => {}
            }
        }
    }
}

impl Drop for TemporaryFile {
    fn drop(&mut self) {
        self.clear();
    }
}
