//! Another archive that a command is given: a file as it lies, compressed or not, which is proven before it is used.

use std::path::{Path, PathBuf};

use super::context::CommandContext;
use super::error::{CommandError, Exit};
use super::verify::{bar, show};
use crate::archive::{Error, Reader, TracelessRead};
use crate::copies::{UnpackError, UnpackedCopy};
use crate::invocation::for_the_shell;
use crate::verify::{self, SampleRate, VerifyReport};

/// What is put behind the archive's name while a compressed file is used.
const UNPACKED: &str = ".unpacked";

/// A given archive, to read from.
pub(super) struct GivenArchive {
    pub(super) reader: Reader,
    /// What the caller calls it.
    given: PathBuf,
    /// Goes after the reader.
    _traceless: TracelessRead,
    _file: UnpackedCopy,
}

/// Why a given archive cannot be used.
pub(super) enum GivenError {
    Unpack(UnpackError),
    Archive(Error),
}

impl GivenArchive {
    /// Opens the archive at `given`; a compressed one is unpacked beside `archive`.
    pub(super) fn open(given: &Path, archive: &Path, context: &CommandContext) -> Result<Self, GivenError> {
        let mut to = archive.as_os_str().to_owned();
        to.push(UNPACKED);
        let file = UnpackedCopy::open(given, to.into()).map_err(GivenError::Unpack)?;
        let traceless = TracelessRead::of(file.path());
        let reader = context.reader_at(file.path()).map_err(GivenError::Archive)?;
        Ok(Self { reader, given: given.to_owned(), _traceless: traceless, _file: file })
    }

    /// Checks all of it, as `draftkeep verify` does. `what` is the word for it.
    pub(super) fn prove(&self, what: &str, context: &CommandContext) -> Result<VerifyReport, CommandError> {
        let bar = bar(context)?;
        let proof = verify::verify(&self.reader, SampleRate::Whole, &mut |progress| show(&bar, progress))?;
        bar.finish_and_clear();
        if proof.is_ok() {
            return Ok(proof);
        }
        let path = for_the_shell(&self.given.display().to_string());
        let message = format!("the {what} {path} is damaged; the archive was not touched");
        let error = CommandError::new(Exit::Damaged, message);
        Err(match self.given == self.reader.path() {
            true => error.hint(format!("To see what is damaged: draftkeep verify --archive {path}")).hint(format!(
                "Bring what is whole of it into a new {what}: draftkeep repair --archive {path} --to NEW"
            )),
            false => error.hint(format!("Use what is whole of it: draftkeep repair --to NEW --from {path}")),
        })
    }
}

/// Returns whether two paths are one file.
pub(super) fn is_same(one: &Path, other: &Path) -> bool {
    one.canonicalize().is_ok_and(|one| other.canonicalize().is_ok_and(|other| one == other))
}
