//! What fuzzing feeds: the parsers that [`Client`](super::Client) gives the bytes of an answer to. Not part of any other build.

use super::draft::{DraftResponse, Page};
use super::error::Error;
use super::{published, quota, wire};
use crate::model::Endpoint;

/// Parses an answer of `draft/get`.
pub fn draft(bytes: &[u8]) -> Result<DraftResponse, Error> {
    wire::parse_draft(bytes.to_vec())
}

/// Parses an answer of `draft/batchget`.
pub fn page(bytes: &[u8], offset: u64, with_content: bool) -> Result<Page, Error> {
    wire::parse_page(bytes, offset, with_content)
}

/// Parses bytes as the answer of every other endpoint, and returns the messages of the errors.
pub fn messages(bytes: &[u8]) -> Vec<String> {
    let errors = [
        wire::parse_token(Endpoint::StableToken, bytes).err(),
        wire::parse_count(bytes).err(),
        wire::parse_added(bytes).err(),
        wire::parse_ok(Endpoint::DraftUpdate, bytes).err(),
        published::parse_page(bytes, 0).err(),
        quota::parse_quota(bytes).err(),
    ];
    errors.into_iter().flatten().map(|error| error.message).collect()
}
