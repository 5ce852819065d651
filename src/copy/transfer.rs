//! The bytes of a copy on their way to a place and back.

use std::fs::File;
use std::io::{self, Read, Write};
use std::path::Path;

use sha2::{Digest, Sha256};

use super::error::CopyFailure;
use super::step::{CopyStep, OnStep};
use crate::archive::{self, WorkingFile};
use crate::copies::{CopyError, CopyName, Destination, Packer, Upload, unpack};

/// How many bytes are passed on between two looks whether to go on.
const CHUNK: usize = 1 << 20;

/// What was sent, and is not proven yet.
#[derive(Debug)]
pub(super) struct Sent<'a> {
    pub(super) upload: Upload<'a>,
    /// How many bytes the archive has.
    pub(super) plain_size: u64,
    sha256: [u8; 32],
}

/// Packs a file into a copy at a place.
pub(super) fn send<'a>(
    plain: &WorkingFile,
    destination: &'a Destination,
    name: &CopyName,
    on_step: OnStep<'_>,
) -> Result<Sent<'a>, CopyFailure> {
    let unreadable = |source| archive::Error::File { what: "cannot read", path: plain.path().to_owned(), source };
    let mut from = File::open(plain.path()).map_err(unreadable)?;
    let all = from.metadata().map_err(unreadable)?.len();
    let at_place = |error: io::Error| destination.failed(&error);
    let to = Hashing { inner: destination.create(name)?, hash: Sha256::new() };
    let mut packer = Packer::new(to).map_err(at_place)?;
    let (mut buffer, mut done) = (vec![0; CHUNK], 0);
    loop {
        let read = from.read(&mut buffer).map_err(unreadable)?;
        if read == 0 {
            break;
        }
        packer.write_all(&buffer[..read]).map_err(at_place)?;
        done += read as u64;
        if on_step(CopyStep::Writing { done, all }).is_break() {
            return Err(CopyFailure::Stopped);
        }
    }
    let Hashing { inner: mut upload, hash } = packer.finish().map_err(at_place)?;
    upload.finish()?;
    Ok(Sent { upload, plain_size: all, sha256: hash.finalize().into() })
}

/// Reads a copy back from its place into a file, and compares it with what was sent.
pub(super) fn read_back(
    destination: &Destination,
    sent: &Sent<'_>,
    to: &Path,
    on_step: OnStep<'_>,
) -> Result<(), CopyFailure> {
    let name = sent.upload.name();
    let sha256 = receive(destination, name, sent.upload.open()?, to, on_step)?;
    match sha256 == sent.sha256 {
        true => Ok(()),
        false => Err(changed(destination, name, "its bytes are others").into()),
    }
}

/// Unpacks a copy that is read from a place into a file that is there. Returns the hash of the copy.
pub(super) fn receive(
    destination: &Destination,
    name: &CopyName,
    from: impl Read,
    to: &Path,
    on_step: OnStep<'_>,
) -> Result<[u8; 32], CopyFailure> {
    let failed = |source| archive::Error::File { what: "cannot write", path: to.to_owned(), source };
    let at_place = |error: io::Error| match destination.failed(&error) {
        // The store said no; that tells nothing about the bytes.
        error_of_store if is_of_store(&error) => error_of_store,
        // What is cut off or has another checksum, and a disk that cannot be read.
        CopyError::Other { reason, .. } => changed(destination, name, &reason),
        error => error,
    };
    let mut from = Hashing { inner: from, hash: Sha256::new() };
    let mut to = File::options().write(true).open(to).map_err(failed)?;
    let mut plain = match unpack(&mut from).map_err(at_place)? {
        Err(CopyError::NotACopy(reason)) => return Err(changed(destination, name, &reason).into()),
        plain => plain?,
    };
    let (mut buffer, mut done) = (vec![0; CHUNK], 0);
    loop {
        let read = plain.read(&mut buffer).map_err(at_place)?;
        if read == 0 {
            break;
        }
        to.write_all(&buffer[..read]).map_err(failed)?;
        done += read as u64;
        if on_step(CopyStep::ReadingBack { done }).is_break() {
            return Err(CopyFailure::Stopped);
        }
    }
    drop(plain);
    // What follows the end of the stream belongs to the hash.
    io::copy(&mut from, &mut io::sink()).map_err(at_place)?;
    Ok(from.hash.finalize().into())
}

fn is_of_store(error: &io::Error) -> bool {
    error.get_ref().and_then(|error| error.downcast_ref::<CopyError>()).is_some()
}

fn changed(destination: &Destination, name: &CopyName, reason: &str) -> CopyError {
    CopyError::Changed { place: destination.to_string(), name: name.to_string(), reason: reason.to_owned() }
}

/// Passes bytes on, and hashes them.
struct Hashing<T> {
    inner: T,
    hash: Sha256,
}

impl<W: Write> Write for Hashing<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.inner.write(bytes)?;
        self.hash.update(&bytes[..written]);
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

impl<R: Read> Read for Hashing<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer)?;
        self.hash.update(&buffer[..read]);
        Ok(read)
    }
}
