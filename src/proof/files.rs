//! A version that is restored to files, which are read back and compared.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use tempfile::TempDir;

use crate::archive::{self, Filter, Reader};
use crate::canonical;
use crate::restore::{FilesError, FilesPlan, Source};
use crate::verify::{self, VersionNumber};

/// What the restored directory is called.
const PREFIX: &str = "draftkeep-proof-";

/// Why a version did not come back as files.
#[derive(Debug, thiserror::Error)]
pub enum FilesProofError {
    /// It is damaged.
    #[error("{label}: {reason}")]
    Damaged { label: String, reason: String },
    #[error("the temporary directory {directory}: {reason}")]
    Directory { directory: String, reason: String },
    #[error(transparent)]
    Archive(#[from] archive::Error),
}

/// A version that came back as files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FilesProof {
    /// `ACCOUNT/DRAFT@N`
    pub label: String,
    pub files: u64,
}

/// Restores one version of a random draft to files below `temporary`, compares them, and takes them away. Returns `None` where there is no draft.
///
/// # Errors
///
/// Where it did not come back; see [`FilesProofError`].
pub fn prove_files(reader: &Reader, temporary: &Path, random: u64) -> Result<Option<FilesProof>, FilesProofError> {
    let Some(VersionNumber { draft, number }) = verify::choose_version(reader, random)? else { return Ok(None) };
    let filter = Filter { id: Some(draft), ..Filter::default() };
    let Some(draft) = reader.drafts(&filter)?.into_iter().next() else { return Ok(None) };
    let label = format!("{}/{}@{number}", draft.account, draft.id);
    let damaged = |reason| FilesProofError::Damaged { label: label.clone(), reason };
    let of_archive = |error: archive::Error| match error.damage_reason() {
        Ok(reason) => damaged(reason),
        Err(error) => error.into(),
    };
    let version = reader.version(draft.id, number).map_err(of_archive)?;
    let source = Source::read(reader, draft, version).map_err(of_archive)?;
    let held = source.asset_bytes(reader).map_err(of_archive)?;
    let directory = directory(temporary)?;
    let plan = FilesPlan::new(&source, &held, directory.path()).map_err(|error| refused(directory.path(), error))?;
    plan.apply(None).map_err(|error| refused(directory.path(), error))?;
    compare(&plan, &source).map_err(|difference| match difference {
        Difference::Unreadable(reason) => FilesProofError::Directory { directory: shown(directory.path()), reason },
        Difference::Other(reason) => damaged(reason),
    })?;
    Ok(Some(FilesProof { label, files: plan.files.len() as u64 }))
}

/// Makes a directory for its owner alone: the names of the files are titles.
fn directory(temporary: &Path) -> Result<TempDir, FilesProofError> {
    let permissions = Permissions::from_mode(0o700);
    let made = tempfile::Builder::new().prefix(PREFIX).permissions(permissions).tempdir_in(temporary);
    made.map_err(|error| FilesProofError::Directory { directory: shown(temporary), reason: error.to_string() })
}

fn refused(directory: &Path, error: FilesError) -> FilesProofError {
    let reason = match error {
        FilesError::Write { path, source } => format!("{} cannot be written: {source}", shown(&path)),
        error => error.to_string(),
    };
    FilesProofError::Directory { directory: shown(directory), reason }
}

fn shown(path: &Path) -> String {
    path.display().to_string()
}

/// What is not as it was restored.
enum Difference {
    Unreadable(String),
    Other(String),
}

/// Reads all files back. The document among them must have the hash that names the version, too.
fn compare(plan: &FilesPlan, source: &Source) -> Result<(), Difference> {
    let mut is_found = false;
    for file in &plan.files {
        let back = fs::read(plan.path(file)).map_err(|error| Difference::Unreadable(error.to_string()))?;
        if back != file.bytes {
            return Err(Difference::Other(format!("the file {} came back with other bytes", file.name)));
        }
        is_found |= back == source.document;
    }
    let hash = canonical::canonicalise(&source.document).map(|canonical| canonical.hash());
    match hash {
        Ok(hash) if is_found && source.version.matches_hash(hash) => Ok(()),
        _ => Err(Difference::Other("no file of it has its content".to_owned())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_else_reads_the_titles_of_the_files() {
        let temporary = tempfile::tempdir().unwrap();
        let made = directory(temporary.path()).unwrap();
        assert_eq!(made.path().metadata().unwrap().permissions().mode() & 0o777, 0o700);
    }
}
