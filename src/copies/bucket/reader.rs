//! A copy read from a bucket.

use std::io::{self, Read};

use object_store::ObjectStoreExt;
use object_store::path::Path;

use super::{Bucket, PART};
use crate::copies::error::CopyError;

/// An object that is read a part at a time.
pub(in crate::copies) struct ObjectReader {
    bucket: Bucket,
    key: Path,
    size: u64,
    /// How much of it was asked for.
    at: u64,
    part: io::Cursor<Vec<u8>>,
}

impl ObjectReader {
    pub(super) fn open(bucket: &Bucket, key: Path) -> Result<Self, CopyError> {
        let size = bucket.wait(bucket.store.head(&key))?.size;
        Ok(Self { bucket: bucket.clone(), key, size, at: 0, part: io::Cursor::default() })
    }
}

impl Read for ObjectReader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.part.read(buffer)?;
        if read > 0 || buffer.is_empty() || self.at == self.size {
            return Ok(read);
        }
        let end = self.size.min(self.at + PART as u64);
        let part = self.bucket.wait(self.bucket.store.get_range(&self.key, self.at..end)).map_err(io::Error::other)?;
        if part.len() as u64 != end - self.at {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        (self.at, self.part) = (end, io::Cursor::new(part.to_vec()));
        self.part.read(buffer)
    }
}
