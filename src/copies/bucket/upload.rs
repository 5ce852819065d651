//! A copy on its way into a bucket.

use std::fmt;
use std::io::{self, Write};

use object_store::path::Path;
use object_store::{MultipartUpload, ObjectStoreExt};

use super::error::unless_gone;
use super::reader::ObjectReader;
use super::{Bucket, PART};
use crate::copies::error::CopyError;

/// An object that is being written, or was written and is not proven yet. Dropped before it may stay, it is removed.
pub(in crate::copies) struct ObjectUpload {
    bucket: Bucket,
    key: Path,
    mark: Path,
    buffer: Vec<u8>,
    /// Where it has more than one part.
    parts: Option<Box<dyn MultipartUpload>>,
    stays: bool,
}

impl fmt::Debug for ObjectUpload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ObjectUpload({})", self.key)
    }
}

impl ObjectUpload {
    /// The mark is there already.
    pub(super) fn new(bucket: &Bucket, key: Path, mark: Path) -> Self {
        Self { bucket: bucket.clone(), key, mark, buffer: Vec::with_capacity(PART), parts: None, stays: false }
    }

    pub(in crate::copies) fn finish(&mut self) -> Result<(), CopyError> {
        let last = std::mem::take(&mut self.buffer);
        let (bucket, key) = (&self.bucket, &self.key);
        match &mut self.parts {
            Some(parts) => bucket.wait(async {
                if !last.is_empty() {
                    parts.put_part(last.into()).await?;
                }
                parts.complete().await
            }),
            None => bucket.wait(bucket.store.put(key, last.into())),
        }?;
        self.parts = None;
        Ok(())
    }

    pub(in crate::copies) fn open(&self) -> Result<ObjectReader, CopyError> {
        ObjectReader::open(&self.bucket, self.key.clone())
    }

    /// Takes its mark away: from here on it is a copy.
    pub(in crate::copies) fn publish(&mut self) -> Result<(), CopyError> {
        self.bucket.delete(&self.mark)?;
        self.stays = true;
        Ok(())
    }

    /// Removes what was sent, and the mark when nothing is left that it tells of.
    fn discard(&mut self) -> Result<(), CopyError> {
        if let Some(parts) = &mut self.parts {
            // Parts of an upload that is not ended cost money, and no list shows them.
            self.bucket.wait(async { unless_gone(parts.abort().await) })?;
        }
        self.bucket.delete(&self.key)?;
        self.bucket.delete(&self.mark)
    }

    fn send_part(&mut self) -> Result<(), CopyError> {
        let part = std::mem::replace(&mut self.buffer, Vec::with_capacity(PART));
        let mut parts = match self.parts.take() {
            Some(parts) => parts,
            None => self.bucket.wait(self.bucket.store.put_multipart(&self.key))?,
        };
        let sent = self.bucket.wait(parts.put_part(part.into()));
        self.parts = Some(parts);
        sent
    }
}

impl Write for ObjectUpload {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let taken = bytes.len().min(PART - self.buffer.len());
        self.buffer.extend_from_slice(&bytes[..taken]);
        if self.buffer.len() == PART {
            self.send_part().map_err(io::Error::other)?;
        }
        Ok(taken)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Drop for ObjectUpload {
    fn drop(&mut self) {
        if self.stays {
            return;
        }
        if let Err(error) = self.discard() {
            tracing::warn!(object = %self.key, %error, "an unfinished copy stays; the next copy removes it");
        }
    }
}
