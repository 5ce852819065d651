//! The pages that say why there is no page.

use axum::body::Body;
use axum::http::Response;
use axum::http::header::ALLOW;
use axum::response::{IntoResponse, Redirect};
use maud::html;
use serde_json::json;

use super::address::form_urlencoded;
use super::caller::Caller;
use super::layout;
use super::page_error::PageError;
use super::texts::filled;
use super::time;

/// Writes an error for a person or a program; `bare` has the status.
pub(super) fn page(error: &PageError, caller: &Caller, bare: &Response<Body>) -> Response<Body> {
    if matches!(error, PageError::NotLoggedIn) && !caller.wants_json {
        let next = form_urlencoded(&caller.target);
        return Redirect::to(&format!("/login?next={next}")).into_response();
    }
    let texts = caller.language.texts();
    let (pruned, lost);
    let mut back = ("/".to_owned(), texts.back_to_start);
    let (what, reason) = match error {
        PageError::NotFound => (texts.not_found, None),
        PageError::Pruned { draft, number, pruned_at } => {
            back = (format!("/d/{draft}"), texts.other_versions);
            pruned = filled(&filled(texts.pruned, number), time::exact(*pruned_at));
            (pruned.as_str(), None)
        }
        PageError::Lost { draft, number } => {
            back = (format!("/d/{draft}"), texts.other_versions);
            lost = filled(texts.lost_version, number);
            (lost.as_str(), None)
        }
        PageError::NotAllowed => (texts.not_allowed, None),
        PageError::NotLoggedIn => (texts.not_logged_in, None),
        PageError::OtherSite => (texts.other_site, None),
        PageError::BadForm => (texts.bad_form, None),
        PageError::TooLarge => (texts.too_large, None),
        PageError::TooSlow => (texts.too_slow, None),
        PageError::Damaged(reason) => (texts.damaged, Some(reason)),
        PageError::Archive(reason) => (texts.archive_not_readable, Some(reason)),
        PageError::Internal => (texts.internal, None),
    };
    let answer = if caller.wants_json {
        let error = reason.map_or(what.to_owned(), |reason| format!("{what}: {reason}"));
        axum::Json(json!({ "error": error })).into_response()
    } else {
        let body = html! {
            h1 { (what) }
            @if let Some(reason) = reason { p.reason lang="en" { (reason) } }
            p { a href=(back.0) { (back.1) } }
        };
        layout::page(caller, None, what, &body)
    };
    let (mut parts, body) = answer.into_parts();
    parts.status = bare.status();
    if let Some(methods) = bare.headers().get(ALLOW) {
        parts.headers.insert(ALLOW, methods.clone());
    }
    Response::from_parts(parts, body)
}
