//! `/l/LINK`: what a link shows without a login, and nothing else.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use maud::html;

use super::super::address;
use super::super::caller::Caller;
use super::super::extract::{Params, Segments};
use super::super::frame;
use super::super::layout;
use super::super::page_error::PageError;
use super::super::place::Place;
use super::super::scope::Scope;
use super::super::shared_link::SharedLink;
use super::super::site::Site;
use super::super::versions::Versions;
use super::versions::Choice;
use super::{compare, version};
use crate::archive;
use crate::model::Timestamp;

pub(in super::super) async fn get(
    State(site): State<Site>,
    caller: Caller,
    Segments(text): Segments<String>,
    Params(Choice { view, .. }): Params<Choice>,
) -> Result<Response, PageError> {
    let now = site.clock().now();
    let Some((link, expires_at)) = valid(&site, &text, now)? else { return Ok(over(&caller, &text)) };
    let base = format!("/l/{text}");
    let scope = Scope::Shared { base: &base, expires_at };
    // What it shows, it shows to people.
    let caller = Caller { wants_json: false, ..caller };
    let SharedLink { draft, from, to, .. } = link;
    match from == to {
        true => version::page(&site, &scope, &caller, draft, to, &Place::default()).await,
        false => compare::page(&site, &scope, &caller, draft, (from, to), view).await,
    }
}

pub(in super::super) async fn frame(
    State(site): State<Site>,
    caller: Caller,
    Segments(text): Segments<String>,
    Params(choice): Params<frame::Choice>,
) -> Result<Response, PageError> {
    let now = site.clock().now();
    let Some((SharedLink { draft, from, to, .. }, _)) = valid(&site, &text, now)? else {
        return Ok(over(&caller, &text));
    };
    let versions = if from == to { Versions::One(to) } else { Versions::Between(from, to) };
    frame::document(&site, caller, draft, versions, choice.without_marks()).await
}

/// Reads a link; `None` if it does not hold, or does not hold any more.
fn valid(site: &Site, text: &str, now: Timestamp) -> Result<Option<(SharedLink, Timestamp)>, PageError> {
    let Some(ttl) = site.config().web.as_ref().and_then(|web| web.link_ttl) else { return Ok(None) };
    // Read each time: when it is gone, no link holds any more.
    let Some(key) = archive::link_key(site.path())? else { return Ok(None) };
    let link = SharedLink::parse(text).filter(|(link, signature)| link.is_valid(signature, &key, ttl, now));
    Ok(link.and_then(|(link, _)| Some((link, link.expires_at()?))))
}

/// Says that a link is over. Who may log in finds there what it showed.
fn over(caller: &Caller, text: &str) -> Response {
    let texts = caller.language.texts();
    let shown =
        SharedLink::parse(text).map(|(SharedLink { draft, from, to, .. }, _)| address::of_versions(draft, (from, to)));
    let next = shown.unwrap_or_default();
    let body = html! {
        h1 { (texts.shared_over) }
        p { a href={ "/login?next=" (next) } { (texts.log_in) } }
    };
    let mut response = layout::page(caller, None, texts.shared_over, &body);
    *response.status_mut() = StatusCode::FORBIDDEN;
    response.into_response()
}
