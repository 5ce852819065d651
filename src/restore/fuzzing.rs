//! What fuzzing feeds: how a body is prepared for sending. Not part of any other build.

use super::content::{self, NormalizedBody};

/// Returns the body as it is sent.
pub fn body_to_send(html: &str) -> (String, NormalizedBody) {
    content::losses(html);
    content::words(html);
    content::undo(&content::without_removed_styles(html))
}
