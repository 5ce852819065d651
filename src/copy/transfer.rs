//! The bytes of a copy on their way to a place and back.

use std::fs::File;
use std::io::{self, Read, Write};
use std::path::Path;

use sha2::{Digest, Sha256};

use super::error::CopyFailure;
use super::step::{CopyStep, OnStep};
use crate::archive::{self, CopyLock, WorkingFile};
use crate::config::Recipients;
use crate::copies::{CopyError, CopyName, Destination, Encryption, Encryptor, Packer, ReadBackKey, Upload, unpack};
use crate::model::Hash;

/// How many bytes are passed on between two looks whether to go on.
const CHUNK: usize = 1 << 20;

/// What was sent, and is not proven yet.
pub(super) struct Sent {
    pub(super) upload: Upload,
    /// How many bytes the archive has.
    pub(super) plain_size: u64,
    pub(super) sha256: Hash,
    key: ReadBackKey,
}

/// Packs a file into a copy at a place.
pub(super) fn send(
    plain: &WorkingFile,
    destination: &Destination,
    name: &CopyName,
    recipients: Option<&Recipients>,
    on_step: OnStep<'_>,
) -> Result<Sent, CopyFailure> {
    let unreadable = |source| archive::Error::File { what: "cannot read", path: plain.path().to_owned(), source };
    let mut from = File::open(plain.path()).map_err(unreadable)?;
    let all = from.metadata().map_err(unreadable)?.len();
    let at_place = |error: io::Error| destination.failed(&error);
    let to = Hashing { inner: destination.create(name)?, hash: Sha256::new() };
    let key = ReadBackKey::generate();
    let mut packer = Encryptor::new(to, recipients, &key).and_then(Packer::new).map_err(at_place)?;
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
    let Hashing { inner: mut upload, hash } = packer.finish().and_then(Encryptor::finish).map_err(at_place)?;
    upload.finish()?;
    Ok(Sent { upload, plain_size: all, sha256: Hash(hash.finalize().into()), key })
}

/// Reads a copy back from its place, and compares it with what was sent. Returns the file to verify: what came back. Of a copy that nobody here
/// can open it is the file that was sent.
pub(super) fn read_back(
    destination: &Destination,
    sent: &Sent,
    (lock, plain): (&CopyLock, WorkingFile),
    on_step: OnStep<'_>,
) -> Result<WorkingFile, CopyFailure> {
    let name = sent.upload.name();
    let mut from = Hashing { inner: sent.upload.open()?, hash: Sha256::new() };
    let whole = match name.encryption {
        Some(Encryption::OpenPgp) => plain,
        encryption => {
            drop(plain);
            let back = lock.empty_file()?;
            match encryption {
                None => receive(destination, name, &mut from, back.path(), on_step)?,
                _ => {
                    let opened = sent.key.decrypt(&mut from).map_err(|error| at_place(destination, name, &error))?;
                    receive(destination, name, opened, back.path(), on_step)?;
                }
            }
            back
        }
    };
    // What follows the end of the stream belongs to the hash.
    from.compare(destination, name, sent.sha256, on_step)?;
    Ok(whole)
}

/// Reads a copy that was proven earlier, and compares it with the hash that it had then.
pub(super) fn compare(
    destination: &Destination,
    name: &CopyName,
    sha256: Hash,
    on_step: OnStep<'_>,
) -> Result<(), CopyFailure> {
    destination.check_mounted(&name.archive)?;
    if destination.list()?.iter().all(|copy| copy.name != *name) {
        return Err(changed(destination, name, "it is not there any more").into());
    }
    let from = Hashing { inner: destination.open(name)?, hash: Sha256::new() };
    from.compare(destination, name, sha256, on_step)
}

/// Unpacks a copy that is read from a place into a file that is there.
pub(super) fn receive(
    destination: &Destination,
    name: &CopyName,
    from: impl Read,
    to: &Path,
    on_step: OnStep<'_>,
) -> Result<(), CopyFailure> {
    let failed = |source| archive::Error::File { what: "cannot write", path: to.to_owned(), source };
    let mut to = File::options().write(true).open(to).map_err(failed)?;
    let mut plain = match unpack(from).map_err(|error| at_place(destination, name, &error))? {
        Err(CopyError::NotACopy(reason)) => return Err(changed(destination, name, &reason).into()),
        plain => plain?,
    };
    let at_place = |error: &io::Error| at_place(destination, name, error);
    read_all(&mut plain, on_step, at_place, |bytes| to.write_all(bytes).map_err(failed))
}

/// Reads all that is left, and passes it on.
fn read_all(
    from: &mut impl Read,
    on_step: OnStep<'_>,
    failed: impl Fn(&io::Error) -> CopyError,
    mut pass_on: impl FnMut(&[u8]) -> Result<(), archive::Error>,
) -> Result<(), CopyFailure> {
    let (mut buffer, mut done) = (vec![0; CHUNK], 0);
    loop {
        let read = from.read(&mut buffer).map_err(|error| failed(&error))?;
        if read == 0 {
            return Ok(());
        }
        pass_on(&buffer[..read])?;
        done += read as u64;
        if on_step(CopyStep::ReadingBack { done }).is_break() {
            return Err(CopyFailure::Stopped);
        }
    }
}

/// Gives an error that came while a copy was read its meaning.
fn at_place(destination: &Destination, name: &CopyName, error: &io::Error) -> CopyError {
    match destination.failed(error) {
        // The store said no; that tells nothing about the bytes.
        error_of_store if is_of_store(error) => error_of_store,
        // What is cut off or has another checksum, and a disk that cannot be read.
        CopyError::Other { reason, .. } => changed(destination, name, &reason),
        error => error,
    }
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

impl<R: Read> Hashing<R> {
    /// Reads what is left, and compares the hash of all.
    fn compare(
        mut self,
        destination: &Destination,
        name: &CopyName,
        sha256: Hash,
        on_step: OnStep<'_>,
    ) -> Result<(), CopyFailure> {
        // A disk or a network that fails says nothing about the bytes.
        read_all(&mut self, on_step, |error| destination.failed(error), |_| Ok(()))?;
        match Hash(self.hash.finalize().into()) == sha256 {
            true => Ok(()),
            false => Err(changed(destination, name, "its bytes are others").into()),
        }
    }
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
