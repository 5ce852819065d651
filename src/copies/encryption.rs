//! Copies that only those can read who have the key: encrypted with age, or with OpenPGP by the program `gpg`.

mod gpg;

use std::io::{self, BufReader, Read, Write};
use std::path::Path;

use age::stream::StreamWriter;
use age::{DecryptError, Decryptor, Identity, IdentityFile, x25519};

use self::gpg::{GpgReader, GpgWriter};
use super::error::CopyError;
use crate::config::Recipients;

/// How a copy is encrypted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Encryption {
    Age,
    OpenPgp,
}

impl Encryption {
    pub fn of(recipients: &Recipients) -> Self {
        match recipients {
            Recipients::Age(_) => Self::Age,
            Recipients::OpenPgp(_) => Self::OpenPgp,
        }
    }

    /// Returns what it is called.
    pub fn name(self) -> &'static str {
        match self {
            Self::Age => "age",
            Self::OpenPgp => "OpenPGP",
        }
    }

    /// Returns how a file is encrypted by its name.
    pub(super) fn of_name(path: &Path) -> Option<Self> {
        let name = path.to_string_lossy();
        [Self::Age, Self::OpenPgp].into_iter().find(|one| name.ends_with(one.suffix()))
    }

    /// What the name of such a copy ends with.
    pub(super) fn suffix(self) -> &'static str {
        match self {
            Self::Age => ".age",
            Self::OpenPgp => ".gpg",
        }
    }
}

/// A key for the time of one copy, so that it can be read back to the last byte: the recipients' keys are elsewhere. It is never written
/// anywhere, so nobody can open the copy with it later.
pub struct ReadBackKey(x25519::Identity);

impl ReadBackKey {
    pub fn generate() -> Self {
        Self(x25519::Identity::generate())
    }

    /// Decrypts what was encrypted with it.
    ///
    /// # Errors
    ///
    /// Where it is something else, or is damaged.
    pub fn decrypt<R: Read>(&self, from: R) -> io::Result<impl Read + use<R>> {
        let opened = Decryptor::new(from).and_then(|from| from.decrypt(std::iter::once(&self.0 as &dyn Identity)));
        opened.map_err(io::Error::other)
    }
}

/// Encrypts what is written to it, where there is somebody to encrypt it for.
pub enum Encryptor<W: Write> {
    Plain(W),
    Age(StreamWriter<W>),
    OpenPgp(GpgWriter<W>),
}

impl<W: Write + Send + 'static> Encryptor<W> {
    /// # Errors
    ///
    /// Where nothing can be written, or `gpg` cannot be run.
    pub fn new(to: W, recipients: Option<&Recipients>, own: &ReadBackKey) -> io::Result<Self> {
        Ok(match recipients {
            None => Self::Plain(to),
            Some(Recipients::OpenPgp(keys)) => Self::OpenPgp(GpgWriter::new(keys, to)?),
            Some(Recipients::Age(recipients)) => {
                let own = own.0.to_public();
                let all = recipients.iter().chain([&own]).map(|recipient| recipient as &dyn age::Recipient);
                Self::Age(age::Encryptor::with_recipients(all).map_err(io::Error::other)?.wrap_output(to)?)
            }
        })
    }

    /// Writes the end.
    ///
    /// # Errors
    ///
    /// Where it cannot be written.
    pub fn finish(self) -> io::Result<W> {
        match self {
            Self::Plain(to) => Ok(to),
            Self::Age(to) => to.finish(),
            Self::OpenPgp(to) => to.finish(),
        }
    }
}

impl<W: Write> Write for Encryptor<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Plain(to) => to.write(bytes),
            Self::Age(to) => to.write(bytes),
            Self::OpenPgp(to) => to.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Plain(to) => to.flush(),
            Self::Age(to) => to.flush(),
            Self::OpenPgp(to) => to.flush(),
        }
    }
}

/// Decrypts a copy: with the keys of a file that `age-keygen` wrote, or with those that `gpg` finds, which may ask for a passphrase.
///
/// # Errors
///
/// [`CopyError::Locked`] where no key opens it.
pub fn decrypt(
    from: Box<dyn Read + Send>,
    encryption: Encryption,
    keys: Option<&Path>,
) -> Result<Box<dyn Read>, CopyError> {
    match encryption {
        Encryption::OpenPgp => {
            let reader = GpgReader::new(from).map_err(|error| CopyError::of("gpg", &error))?;
            Ok(Box::new(reader))
        }
        Encryption::Age => {
            let keys =
                keys.ok_or_else(|| CopyError::Locked("it is encrypted with age, and no key was named".to_owned()))?;
            let keys = read_keys(keys).map_err(CopyError::Locked)?;
            let opened = Decryptor::new_buffered(BufReader::new(from))
                .and_then(|from| from.decrypt(keys.iter().map(|key| key.as_ref() as &dyn Identity)));
            match opened {
                Ok(plain) => Ok(Box::new(plain)),
                Err(DecryptError::NoMatchingKeys) => {
                    Err(CopyError::Locked("it was encrypted for another key than this".to_owned()))
                }
                Err(error) => Err(CopyError::NotACopy(error.to_string())),
            }
        }
    }
}

/// Reads the keys of a file. What is wrong with one never shows it.
fn read_keys(file: &Path) -> Result<Vec<Box<dyn Identity + Send + Sync>>, String> {
    let failed = |reason: String| format!("{} cannot be used: {reason}", file.display());
    let text = std::fs::read(file).map_err(|error| failed(error.to_string()))?;
    if text.starts_with(b"age-encryption.org/") || text.starts_with(b"-----BEGIN AGE") {
        return Err(failed("it is protected by a passphrase; take that off: age -d FILE > KEY".to_owned()));
    }
    let keys = IdentityFile::from_buffer(&text[..]).map_err(|error| failed(error.to_string()))?;
    let keys = keys.into_identities().map_err(|error| failed(error.to_string()))?;
    if keys.is_empty() { Err(failed("it holds no key of age".to_owned())) } else { Ok(keys) }
}
