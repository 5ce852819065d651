//! What a proof found, written into the archive.

use super::files::{FilesProof, FilesProofError};
use super::hashes::HashRound;
use crate::archive::{Error, ProofKey, ProofKind, ProofRecord, ProvenKind, Writer};
use crate::model::Timestamp;

/// Records a round of hashes, or why there was none.
///
/// # Errors
///
/// If the archive fails.
pub fn record_hashes(
    writer: &mut Writer,
    kind: ProvenKind,
    began_at: Timestamp,
    outcome: &Result<HashRound, Error>,
) -> Result<ProofRecord, Error> {
    let key = ProofKey::of_archive(match kind {
        ProvenKind::Version => ProofKind::Versions,
        ProvenKind::Asset => ProofKind::Assets,
    });
    let record = match outcome {
        Ok(round) => {
            writer.replace_proven(kind, &round.ranges, &round.findings)?;
            of_round(key, began_at, round)
        }
        Err(error) => ProofRecord::failed(key, began_at, 0, error.to_string(), is_damage(error)),
    };
    writer.record_proof(&record)?;
    Ok(record)
}

fn of_round(key: ProofKey, began_at: Timestamp, round: &HashRound) -> ProofRecord {
    let record = match round.findings.as_slice() {
        [] => ProofRecord::good(key, began_at, round.checked),
        [first] => ProofRecord::failed(key, began_at, round.checked, first.reason.clone(), true),
        [first, others @ ..] => {
            let reason = format!("{} (and {} more)", first.reason, others.len());
            ProofRecord::failed(key, began_at, round.checked, reason, true)
        }
    };
    ProofRecord { recent: Some((round.recent, round.total)), ..record }
}

/// Records how a version came back as files; where there is none to restore, nothing was proven, and nothing is wrong.
///
/// # Errors
///
/// If the archive fails.
pub fn record_files(
    writer: &mut Writer,
    began_at: Timestamp,
    outcome: &Result<Option<FilesProof>, FilesProofError>,
) -> Result<ProofRecord, Error> {
    let key = ProofKey::of_archive(ProofKind::Files);
    let record = match outcome {
        Ok(Some(proof)) => ProofRecord::good(key, began_at, proof.files),
        Ok(None) => ProofRecord { proven_at: None, ..ProofRecord::good(key, began_at, 0) },
        Err(error) => {
            let is_damage = match error {
                FilesProofError::Damaged { .. } => true,
                FilesProofError::Directory { .. } => false,
                FilesProofError::Archive(error) => is_damage(error),
            };
            ProofRecord::failed(key, began_at, 0, error.to_string(), is_damage)
        }
    };
    writer.record_proof(&record)?;
    Ok(record)
}

fn is_damage(error: &Error) -> bool {
    matches!(error, Error::Damaged(_) | Error::NotADatabase(_))
}
