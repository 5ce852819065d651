//! What a proof found, written into the archive.

use super::files::{FilesProof, FilesProofError};
use super::hashes::HashRound;
use crate::archive::{Error, ProofKey, ProofKind, ProofRecord, ProvenKind, Writer};
use crate::model::Timestamp;
use crate::poll::DraftsProof;

/// Records a round of hashes, or why there was none. Of a round that was stopped, only what it looked at: the proof stays due, and `None` is returned.
///
/// # Errors
///
/// If the archive fails.
pub fn record_hashes(
    writer: &mut Writer,
    kind: ProvenKind,
    began_at: Timestamp,
    outcome: &Result<HashRound, Error>,
) -> Result<Option<ProofRecord>, Error> {
    let key = ProofKey::of_archive(match kind {
        ProvenKind::Version => ProofKind::Versions,
        ProvenKind::Asset => ProofKind::Assets,
    });
    let record = match outcome {
        Ok(round) => {
            writer.replace_proven(kind, &round.ranges, &round.findings)?;
            if !round.complete {
                return Ok(None);
            }
            of_round(key, began_at, round)
        }
        Err(error) => ProofRecord::failed(key, began_at, 0, error.to_string(), is_damage(error)),
    };
    writer.record_proof(&record)?;
    Ok(Some(record))
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
        Ok(None) => nothing_proven(key, began_at),
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

/// Records that drafts of an account are to be compared.
///
/// # Errors
///
/// If the archive fails.
pub fn record_request(writer: &mut Writer, appid: String, now: Timestamp) -> Result<(), Error> {
    writer.record_proof(&nothing_proven(ProofKey { kind: ProofKind::Drafts, appid }, now))
}

/// Records that drafts of an account were compared. A difference was recorded as a version, as in any poll, and is nothing wrong; what the platform
/// does not answer, the polls tell.
///
/// # Errors
///
/// If the archive fails.
pub fn record_drafts(
    writer: &mut Writer,
    appid: String,
    began_at: Timestamp,
    proof: DraftsProof,
) -> Result<ProofRecord, Error> {
    let key = ProofKey { kind: ProofKind::Drafts, appid };
    let record = match proof.asked > 0 && proof.answered == proof.asked {
        true => ProofRecord::good(key, began_at, proof.answered),
        false => nothing_proven(key, began_at),
    };
    writer.record_proof(&record)?;
    Ok(record)
}

/// A proof that was begun and proved nothing, because there was nothing to prove or nobody answered.
fn nothing_proven(key: ProofKey, began_at: Timestamp) -> ProofRecord {
    ProofRecord { proven_at: None, ..ProofRecord::good(key, began_at, 0) }
}

fn is_damage(error: &Error) -> bool {
    matches!(error, Error::Damaged(_) | Error::NotADatabase(_))
}
