//! Says whether a version can be restored through the API.

use crate::restore::{Restorability, RestoreLevel};
use crate::sanitize;

/// Says it in a word.
pub(super) fn in_a_word(restorable: &Restorability) -> &'static str {
    match restorable.level {
        RestoreLevel::Fully => "fully",
        RestoreLevel::WithLosses => "in part",
        RestoreLevel::NotByApi => "by hand",
    }
}

/// Says it with its reasons.
pub(super) fn in_words(restorable: &Restorability) -> String {
    let (word, reasons) = (in_a_word(restorable), restorable.reasons().join("; "));
    if reasons.is_empty() { word.to_owned() } else { format!("{word}: {}", sanitize::line(&reasons)) }
}
