//! A version that is restored to files, which are read back and compared.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use tempfile::TempDir;

use super::fault::{ProofFault, ProofFaultKind};
use crate::archive::{self, Draft, Filter, ProofKind, Reader};
use crate::canonical;
use crate::restore::{FilesError, FilesPlan, Source};
use crate::verify::{self, VersionNumber};

/// What the restored directory is called.
const PREFIX: &str = "draftkeep-proof-";

/// A version that came back as files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FilesProof {
    /// `ACCOUNT/DRAFT@N`
    pub label: String,
    pub files: u64,
}

/// Restores one version to files below `temporary`, compares them, and takes them away: the one that failed last time, so that damage is told until
/// it is gone; else one of a random draft. Returns `None` where there is no draft.
///
/// # Errors
///
/// Where it did not come back.
pub fn prove_files(reader: &Reader, temporary: &Path, random: u64) -> Result<Option<FilesProof>, ProofFault> {
    let chosen = match failed_before(reader)? {
        Some(version) => Some(version),
        None => verify::choose_version(reader, random)?,
    };
    let Some(VersionNumber { draft, number }) = chosen else { return Ok(None) };
    let filter = Filter { id: Some(draft), ..Filter::default() };
    let Some(draft) = reader.drafts(&filter)?.into_iter().next() else { return Ok(None) };
    let label = format!("{}/{}@{number}", draft.account, draft.id);
    match restore(reader, temporary, draft, number) {
        Ok(files) => Ok(Some(FilesProof { label, files })),
        Err(fault) => Err(ProofFault { about: label, ..fault }),
    }
}

/// Returns the version that did not come back last time; `None` where it was pruned or lost since.
fn failed_before(reader: &Reader) -> Result<Option<VersionNumber>, archive::Error> {
    let record = reader.proofs()?.into_iter().find(|record| record.key.kind == ProofKind::Files);
    let failure = record.and_then(|record| record.failure);
    let Some(version) = failure.and_then(|failure| version_of(&ProofFault::read(&failure.reason).about)) else {
        return Ok(None);
    };
    Ok(reader.version_numbers(version.draft)?.contains(&version.number).then_some(version))
}

/// Reads `ACCOUNT/DRAFT@N`. The account may have another name since.
fn version_of(label: &str) -> Option<VersionNumber> {
    let (draft, number) = label.rsplit_once('/')?.1.split_once('@')?;
    Some(VersionNumber { draft: draft.parse().ok()?, number: number.parse().ok()? })
}

/// Restores a version and compares its files; returns how many they are.
fn restore(reader: &Reader, temporary: &Path, draft: Draft, number: u64) -> Result<u64, ProofFault> {
    let version = reader.version(draft.id, number).map_err(of_archive)?;
    let source = Source::read(reader, draft, version).map_err(of_archive)?;
    let held = source.asset_bytes(reader).map_err(of_archive)?;
    let directory = directory(temporary)?;
    let plan = FilesPlan::new(&source, &held, directory.path()).map_err(|error| refused(directory.path(), error))?;
    plan.apply(None).map_err(|error| refused(directory.path(), error))?;
    compare(&plan, &source, directory.path())?;
    Ok(plan.files.len() as u64)
}

/// What of the archive is damaged is the version.
fn of_archive(error: archive::Error) -> ProofFault {
    match error.damage_reason() {
        Ok(reason) => damaged(reason),
        Err(error) => error.into(),
    }
}

fn damaged(said: impl Into<String>) -> ProofFault {
    ProofFault::new(ProofFaultKind::NotRestored, "", said)
}

fn unusable(directory: &Path, reason: &str) -> ProofFault {
    ProofFault::new(ProofFaultKind::NoTemporaryFiles, "", format!("{}: {reason}", shown(directory)))
}

/// Makes a directory for its owner alone: the names of the files are titles.
fn directory(temporary: &Path) -> Result<TempDir, ProofFault> {
    let permissions = Permissions::from_mode(0o700);
    let made = tempfile::Builder::new().prefix(PREFIX).permissions(permissions).tempdir_in(temporary);
    made.map_err(|error| unusable(temporary, &error.to_string()))
}

fn refused(directory: &Path, error: FilesError) -> ProofFault {
    match error {
        FilesError::Write { path, source } => unusable(&path, &source.to_string()),
        error => unusable(directory, &error.to_string()),
    }
}

fn shown(path: &Path) -> String {
    path.display().to_string()
}

/// Reads all files back. The document among them must have the hash that names the version, too.
fn compare(plan: &FilesPlan, source: &Source, directory: &Path) -> Result<(), ProofFault> {
    let mut is_found = false;
    for file in &plan.files {
        let back = fs::read(plan.path(file)).map_err(|error| unusable(directory, &error.to_string()))?;
        if back != file.bytes {
            return Err(damaged(format!("the file {} came back with other bytes", file.name)));
        }
        is_found |= back == source.document;
    }
    let hash = canonical::canonicalise(&source.document).map(|canonical| canonical.hash());
    match hash {
        Ok(hash) if is_found && source.version.matches_hash(hash) => Ok(()),
        _ => Err(damaged("no file of it has its content")),
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
