//! What a proof found, written into the archive.

use super::fault::{ProofFault, ProofFaultKind};
use super::files::FilesProof;
use super::hashes::HashRound;
use crate::archive::{Error, ProofFailure, ProofKey, ProofKind, ProofRecord, ProvenKind, Writer};
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
        Err(error) => failed(key, began_at, 0, &error.into()),
    };
    writer.record_proof(&record)?;
    Ok(Some(record))
}

fn of_round(key: ProofKey, began_at: Timestamp, round: &HashRound) -> ProofRecord {
    let kind = match key.kind {
        ProofKind::Assets => ProofFaultKind::PictureDamaged,
        _ => ProofFaultKind::VersionDamaged,
    };
    let record = match round.findings.as_slice() {
        [] => ProofRecord::good(key, began_at, round.checked),
        [first, others @ ..] => {
            let more = others.len() as u64;
            failed(key, began_at, round.checked, &ProofFault { more, ..ProofFault::of_finding(kind, first) })
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
    outcome: &Result<Option<FilesProof>, ProofFault>,
) -> Result<ProofRecord, Error> {
    let key = ProofKey::of_archive(ProofKind::Files);
    let record = match outcome {
        Ok(Some(proof)) => ProofRecord::good(key, began_at, proof.files),
        Ok(None) => nothing_proven(key, began_at),
        Err(fault) => {
            let earlier = writer.proof(&key)?.and_then(|record| record.failure);
            failed(key, began_at, 0, &keep_version(fault, earlier.as_ref()))
        }
    };
    writer.record_proof(&record)?;
    Ok(record)
}

/// Records that something is to be proven: that drafts of an account are to be compared, or that its drills are counted from now on.
///
/// # Errors
///
/// If the archive fails.
pub fn record_request(writer: &mut Writer, key: ProofKey, now: Timestamp) -> Result<(), Error> {
    writer.record_proof(&nothing_proven(key, now))
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

/// A proof that found something wrong, or could not be made.
pub fn failed(key: ProofKey, began_at: Timestamp, checked: u64, fault: &ProofFault) -> ProofRecord {
    ProofRecord::failed(key, began_at, checked, fault.write(), fault.kind.is_damage())
}

/// The version that failed stays known, where no version was tried this time.
fn keep_version(fault: &ProofFault, earlier: Option<&ProofFailure>) -> ProofFault {
    let mut fault = fault.clone();
    if let Some(earlier) = earlier.filter(|_| fault.about.is_empty()) {
        fault.about = ProofFault::read(&earlier.reason).about;
    }
    fault
}
