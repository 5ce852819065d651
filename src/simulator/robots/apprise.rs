//! An Apprise API server with one key.

use serde_json::Value;

use super::super::request::ApiResponse;
use super::{Incoming, Outcome};

pub(super) const PATH: &str = "/notify/draftkeep";

pub(super) fn receive(incoming: &Incoming<'_>) -> Outcome {
    let refused = |status| Outcome::refused(ApiResponse::empty(status));
    if incoming.request.path.trim_end_matches('/') != PATH || incoming.rules.is_removed {
        return refused(204);
    }
    let body: Value = serde_json::from_slice(&incoming.request.body).unwrap_or_default();
    let Some(text) = body["body"].as_str().filter(|text| !text.is_empty()) else { return refused(400) };
    let title = body["title"].as_str().unwrap_or_default();
    Outcome::taken(ApiResponse::empty(200), format!("{title}\n{text}"), Vec::new())
}
