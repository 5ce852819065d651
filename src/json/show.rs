//! The document of `show`.

use serde_json::{Value, json};

use super::restorability::restorability;
use crate::archive::{Draft, Version};
use crate::model::rfc3339;
use crate::restore::Restorability;

/// A version in one of the formats of `show`.
#[derive(Debug)]
pub struct ShownVersion<'a> {
    pub draft: &'a Draft,
    pub version: &'a Version,
    /// `text`, `html`, `markdown`, `json` or `canonical`.
    pub format: &'a str,
    pub text: &'a [u8],
    pub restorable: Option<&'a Restorability>,
    /// Why what is told beside the text may be wrong.
    pub doubt: Option<&'a str>,
}

pub fn show(shown: &ShownVersion<'_>) -> Value {
    let ShownVersion { draft, version, format, text, restorable, doubt } = shown;
    json!({
        "account": draft.account,
        "media_id": draft.media_id,
        "id": draft.id,
        "version": version.number,
        "hash": version.hash,
        "observed_at": rfc3339(version.observed_at),
        "update_time": version.update_time.map(rfc3339),
        "format": format,
        // A document may hold bytes that are no text; only without JSON they can be written as they are.
        "text": String::from_utf8_lossy(text),
        "restorable": restorability(*restorable),
        "doubt": doubt,
    })
}
