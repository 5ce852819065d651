//! A receiver of Standard Webhooks 1.0, which checks the signature.

use serde_json::Value;

use super::super::request::ApiResponse;
use super::signature::{decoded, hmac_sha256};
use super::{Incoming, Outcome};

pub(super) const PATH: &str = "/webhook/draftkeep-3f2a";
pub(super) const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

pub(super) fn receive(incoming: &Incoming<'_>) -> Outcome {
    let refused = |status| Outcome::refused(ApiResponse::empty(status));
    if incoming.request.path != PATH {
        return refused(404);
    }
    if incoming.rules.is_removed {
        return refused(410);
    }
    let header = |name: &str| incoming.request.headers.get(name).map(String::as_str).unwrap_or_default();
    let (id, timestamp) = (header("webhook-id"), header("webhook-timestamp"));
    let is_recent = timestamp.parse::<i64>().is_ok_and(|at| (incoming.now - at).abs() <= 300);
    let is_in_time = is_recent || incoming.rules.takes_any_time;
    let body = String::from_utf8_lossy(&incoming.request.body);
    let key = decoded(SECRET.trim_start_matches("whsec_"));
    let expected = format!("v1,{}", hmac_sha256(&key, format!("{id}.{timestamp}.{body}").as_bytes()));
    if !is_in_time || id.is_empty() || !header("webhook-signature").split(' ').any(|signature| signature == expected) {
        return refused(401);
    }
    let Ok(document) = serde_json::from_str::<Value>(&body) else { return refused(400) };
    let title = document["title"].as_str().unwrap_or_default();
    let text = format!("{} {id}: {title}", document["type"].as_str().unwrap_or_default());
    Outcome::taken(ApiResponse::empty(204), text, Vec::new())
}
