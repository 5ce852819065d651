//! A dead man's switch as healthchecks.io has it.

use super::super::request::ApiResponse;
use super::{Incoming, Outcome};

pub(super) const PATH: &str = "/ping/0f1e2d3c-4b5a-4697-8879-6a5b4c3d2e1f";

pub(super) fn receive(incoming: &mut Incoming<'_>) -> Outcome {
    let suffix = match incoming.request.path.strip_prefix(PATH) {
        Some(suffix @ ("" | "/fail")) if !incoming.rules.is_removed => suffix,
        _ => return Outcome::refused(ApiResponse { status: 404, ..ApiResponse::text("not found") }),
    };
    if incoming.rate.is_exceeded(incoming.now, 5, 60, 0) {
        return Outcome::refused(ApiResponse::text("OK (rate limited)"));
    }
    let outcome = if suffix.is_empty() { "success" } else { "failure" };
    let text = format!("{outcome}: {}", String::from_utf8_lossy(&incoming.request.body));
    Outcome::taken(ApiResponse::text("OK"), text, Vec::new())
}
