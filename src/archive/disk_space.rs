//! How much room there is on the archive's disk.

use std::path::Path;

use nix::sys::statvfs::statvfs;

use super::error::Error;
use super::reader::Reader;
use super::writer::Writer;

/// Less room than this on the disk is none, in bytes: a large version and the pages around it.
const ROOM: u64 = 256 << 10;

/// The size of a disk, in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DiskSpace {
    /// What programs without privileges may still write.
    pub free: u64,
    pub total: u64,
}

impl Reader {
    /// Tells whether the archive's disk has room for a few more versions.
    ///
    /// # Errors
    ///
    /// [`Error::Full`] where it has not.
    pub fn check_room(&self) -> Result<(), Error> {
        if disk_space(&self.path)?.free < ROOM { Err(Error::Full) } else { Ok(()) }
    }
}

impl Writer {
    /// Returns how much room there is on the archive's disk.
    pub fn disk_space(&self) -> Result<DiskSpace, Error> {
        disk_space(&self.path)
    }
}

pub(super) fn disk_space(path: &Path) -> Result<DiskSpace, Error> {
    let disk = statvfs(path).map_err(|error| Error::Other(error.to_string()))?;
    let bytes = |blocks: u64| blocks.saturating_mul(disk.fragment_size() as u64);
    Ok(DiskSpace { free: bytes(disk.blocks_available() as u64), total: bytes(disk.blocks() as u64) })
}
