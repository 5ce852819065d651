//! A copy as it lies on a disk, compressed or not, as a plain file.

use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{self, Read};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use super::pack::unpack;

/// How files begin that are packed with gzip or zstd, and files that only a key opens.
const PACKED: [&[u8]; 2] = [&[0x1f, 0x8b], &[0x28, 0xb5, 0x2f, 0xfd]];
const AGE: &[u8] = b"age-encryption.org/";

/// Why a copy cannot be unpacked.
#[derive(Debug, thiserror::Error)]
pub enum UnpackError {
    #[error(transparent)]
    File(#[from] io::Error),
    /// Only who has the key can.
    #[error("it is encrypted")]
    Encrypted,
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
        // A pipe would never end. What it is instead is told by who opens it.
        if !fs::metadata(path)?.is_file() {
            return Ok(Self { path: path.to_owned(), _unpacked: None });
        }
        let mut start = Vec::new();
        File::open(path)?.take(AGE.len() as u64).read_to_end(&mut start)?;
        if start.starts_with(AGE) {
            return Err(UnpackError::Encrypted);
        }
        if !PACKED.iter().any(|bytes| start.starts_with(bytes)) {
            return Ok(Self { path: path.to_owned(), _unpacked: None });
        }
        let unpacked = TemporaryFile::new(to);
        let mut file = File::options().write(true).create_new(true).mode(0o600).open(&unpacked.0)?;
        io::copy(&mut unpack(File::open(path)?)?.map_err(io::Error::other)?, &mut file)?;
        Ok(Self { path: unpacked.0.clone(), _unpacked: Some(unpacked) })
    }

    pub fn path(&self) -> &Path {
        &self.path
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
