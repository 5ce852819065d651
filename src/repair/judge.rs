//! What is known of the versions of a draft.

use std::collections::BTreeMap;

use crate::archive::{Error, Proof, Reader, Salvage, StoredDocument, Version, VersionProof};
use crate::canonical;
use crate::verify;

/// What is known of a version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// It is as it was recorded, byte for byte.
    Proven,
    /// Its content is proven by its hash; why something else may be wrong.
    Doubtful(&'static str),
    /// It is not what was recorded.
    Lost(String),
    /// Its number is known, and no row of it.
    Missing,
    /// It was pruned. What may be left of it is not brought back.
    Pruned,
}

impl Verdict {
    pub(super) fn is_lost(&self) -> bool {
        matches!(self, Self::Lost(_) | Self::Missing)
    }

    /// Returns whether the new archive has the version.
    pub(super) fn is_there(&self) -> bool {
        matches!(self, Self::Proven | Self::Doubtful(_))
    }
}

/// The verdicts on the versions of a draft, by number.
pub(super) type Verdicts = BTreeMap<u64, Verdict>;

/// Judges every version of a draft whose number is known.
pub(super) fn judge(salvage: &Salvage, reader: &Reader, draft: i64) -> Result<Verdicts, Error> {
    let known = salvage.known_numbers(draft)?;
    let last = known.last().copied().unwrap_or(0);
    // A number that was damaged may be any.
    let is_series = last <= known.len() as u64 * 64 + 1000;
    let mut verdicts: Verdicts = match is_series {
        true => (1..=last).map(|number| (number, Verdict::Missing)).collect(),
        false => known.iter().map(|number| (*number, Verdict::Missing)).collect(),
    };
    let proofs = salvage.version_proofs(draft)?;
    let mut rows = Vec::with_capacity(proofs.len());
    for VersionProof { number, .. } in &proofs {
        match reader.version(draft, *number) {
            Ok(row) => rows.push(row),
            Err(error) => {
                verdicts.insert(*number, Verdict::Lost(error.damage_reason()?));
            }
        }
    }
    reader.documents(&rows, |version, document| {
        let proof = proofs.iter().find(|proof| proof.number == version.number);
        let verdict = match document {
            Ok(document) => verdict(version, &document, proof),
            Err(error) => Verdict::Lost(error.damage_reason()?),
        };
        verdicts.insert(version.number, verdict);
        Ok(())
    })?;
    for range in reader.pruned_ranges(draft)? {
        verdicts.extend((range.first..=range.last).map(|number| (number, Verdict::Pruned)));
    }
    Ok(verdicts)
}

fn verdict(version: &Version, document: &StoredDocument<'_>, proof: Option<&VersionProof>) -> Verdict {
    let (row, bytes) = proof.map_or((Proof::Unknown, Proof::Unknown), |proof| (proof.row, proof.document));
    if let Err(reason) = verify::prove(version, document) {
        return Verdict::Lost(reason);
    }
    // A hash of another law is not made any more: the checksums must prove what it would.
    let is_hashed = version.hash_version == canonical::HASH_VERSION;
    match (row, bytes) {
        (Proof::Holds, Proof::Holds) => Verdict::Proven,
        _ if !is_hashed => Verdict::Lost("neither its hash nor its checksums prove it".to_owned()),
        (Proof::Holds, _) => {
            Verdict::Doubtful("its content has its hash; fields of its document that are no content may be wrong")
        }
        (Proof::Broken, _) => {
            Verdict::Doubtful("its content has its hash; its row is not as it was written, so its times may be wrong")
        }
        (Proof::Unknown, _) => {
            Verdict::Doubtful("its content has its hash; its checksum is lost, so its times are not proven")
        }
    }
}
