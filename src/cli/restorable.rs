//! Whether a version can go back through the API: one judgement for all commands, and its words.

use serde_json::{Value, json};

use crate::archive::{Draft, Error, Reader};
use crate::restore::{self, Restorable, Returns};
use crate::sanitize;

/// Judges a version's document; `None` where it holds what nothing can be sent of, such as a number beyond all bounds.
pub(super) fn judge(reader: &Reader, draft: &Draft, document: &[u8]) -> Result<Option<Restorable>, Error> {
    let pictures = reader.pictures(draft, document)?;
    Ok(restore::restorable(document, &pictures).ok())
}

pub(super) fn in_json(Restorable { verdict, reasons }: &Restorable) -> Value {
    json!({"verdict": verdict.as_str(), "reasons": reasons})
}

/// Says it in a word.
pub(super) fn in_a_word(restorable: &Restorable) -> &'static str {
    match restorable.verdict {
        Returns::Fully => "fully",
        Returns::WithLosses => "in part",
        Returns::NotByApi => "by hand",
    }
}

/// Says it with its reasons.
pub(super) fn in_words(restorable: &Restorable) -> String {
    let (word, reasons) = (in_a_word(restorable), restorable.reasons.join("; "));
    if reasons.is_empty() { word.to_owned() } else { format!("{word}: {}", sanitize::line(&reasons)) }
}
