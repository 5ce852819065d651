//! What the platform has closed, and who has to know of it.

use crate::archive::Closing;
use crate::model::Endpoint;
use crate::wechat::ErrorKind;

/// Returns what a closing is about.
pub fn kind(closing: &Closing) -> ErrorKind {
    // What closes everything has a meaning that does not depend on who was asked.
    ErrorKind::of(closing.endpoint.unwrap_or(Endpoint::DraftGet), closing.code)
}

/// Tells whether somebody has to know of a closing: not where it passes by itself, nor where only the cause of an absence
/// remains unknown.
pub fn is_trouble(closing: &Closing) -> bool {
    closing.endpoint != Some(Endpoint::FreepublishBatchget) && kind(closing) != ErrorKind::RateLimited
}
