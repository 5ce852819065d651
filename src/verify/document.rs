//! Compares a document with the version that it was recorded as.

use crate::archive::{StoredDocument, Version};
use crate::canonical;

/// Compares a document, in both its forms, with its version's row. Returns the first difference.
///
/// # Errors
///
/// The difference, in words.
pub fn prove(version: &Version, document: &StoredDocument<'_>) -> Result<(), String> {
    let StoredDocument { normalized, raw } = *document;
    let is_strict = prove_form(version, raw)?;
    if raw != normalized {
        prove_form(version, normalized)?;
        if canonical::repair(raw) != normalized {
            return Err("its repaired form is not that of the bytes as received".to_owned());
        }
    } else if !is_strict {
        return Err("it is not strict JSON, and has no repaired form".to_owned());
    }
    Ok(())
}

/// Canonicalises, hashes and compares; returns whether what it read is strict JSON.
fn prove_form(version: &Version, document: &[u8]) -> Result<bool, String> {
    let canonical = canonical::canonicalise(document).map_err(|error| format!("its document is no draft: {error}"))?;
    let hash = canonical.hash();
    if !version.matches_hash(hash) {
        return Err(format!("its document has the hash {}, not {}", hash.short(), version.hash.short()));
    }
    if canonical.articles != version.articles {
        return Err(format!("its document holds {} articles, its row says {}", canonical.articles, version.articles));
    }
    if canonical.title != version.title {
        return Err("its document has another title than its row".to_owned());
    }
    Ok(canonical.strict)
}
