//! What all forms share that restore something: who may send them, and what is shown where nothing was begun.

use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use maud::{Markup, html};
use serde::Deserialize;

use super::super::access::Visitor;
use super::super::address::form_urlencoded;
use super::super::caller::Caller;
use super::super::headers::with_origin;
use super::super::layout;
use super::super::page_error::PageError;
use super::super::restore_failure::{Failure, FailureKind};
use super::super::restore_work::Action;
use super::super::site::Site;
use super::super::texts::{Texts, filled};
use super::super::{facts, restore};
use crate::archive::RestoreRequest;
use crate::picture::ImageRole;
use crate::sanitize;
use crate::token;

/// The fields of such a form.
#[derive(Debug, Deserialize)]
pub(in super::super) struct RestoreFields {
    /// The random name of the form.
    pub(super) form: String,
    /// Whether another draft is made although this content was restored before.
    #[serde(default)]
    pub(super) again: bool,
    /// The plan in place that was shown.
    pub(super) plan: Option<i64>,
}

/// Where a form is, and where to go if it cannot be carried out.
pub(super) struct Place {
    /// The page with the form.
    pub(super) page: String,
    /// What the operator types instead.
    pub(super) command: String,
}

impl Place {
    pub(super) fn of_version(draft: i64, version: u64) -> Self {
        Self {
            page: format!("/d/{draft}/{version}/restore"),
            command: format!("draftkeep restore {draft}@{version} --as-new"),
        }
    }
}

/// Returns the answer for who may not restore now: restores are off, or the login is too old.
pub(super) fn refusal(site: &Site, visitor: &Visitor, caller: &Caller, place: &Place) -> Option<Response> {
    let texts = caller.language.texts();
    if !site.config().web.as_ref().is_some_and(|web| web.allow_restore) {
        let body = html! {
            h1 { (texts.restore_is_off) }
            p { (texts.restore_is_off_why) }
            p { code { "[web] allow_restore = true" } }
            p { (texts.how_to_restore) " " code { (place.command) } }
            p { a href=(place.page) { (texts.back_to_plan) } }
        };
        let mut response = layout::page(caller, Some(visitor), texts.restore_is_off, &body);
        *response.status_mut() = StatusCode::FORBIDDEN;
        return Some(response);
    }
    let next = form_urlencoded(&place.page);
    (!visitor.is_fresh(site.clock().now()))
        .then(|| Redirect::to(&format!("/login?is_old=true&next={next}")).into_response())
}

/// Starts what a form asks for, and leads to the page of the restore.
pub(super) async fn send(
    site: &Site,
    visitor: &Visitor,
    caller: &Caller,
    place: &Place,
    (action, form): (Action, String),
) -> Result<Response, PageError> {
    if let Some(refusal) = refusal(site, visitor, caller, place) {
        return Ok(refusal);
    }
    if form.is_empty() || form.len() > 64 {
        return Err(PageError::BadForm);
    }
    let request = RestoreRequest { form, user: visitor.label(), address: caller.address.clone() };
    match restore::start(site, action, request).await? {
        Ok(id) => Ok(Redirect::to(&format!("/restores/{id}")).into_response()),
        Err(failure) => Ok(nothing_begun(visitor, caller, place, &action, &failure)),
    }
}

/// Says why nothing was begun, and what to do.
pub(super) fn nothing_begun(
    visitor: &Visitor,
    caller: &Caller,
    place: &Place,
    action: &Action,
    failure: &Failure,
) -> Response {
    let texts = caller.language.texts();
    let heading = match action {
        Action::Undo(_) => texts.nothing_undone,
        _ => texts.nothing_restored,
    };
    let body = html! {
        h1 { (heading) }
        (reason(failure, texts))
        @if let Action::InPlace { draft, version, .. } = action {
            @if matches!(failure.kind, FailureKind::Changed | FailureKind::PlanEnded) {
                form method="post" action={ "/d/" (draft) "/" (version) "/restore/in-place" } { button { (texts.look_again) } }
            }
        }
        p { a href=(place.page) { (texts.back_to_plan) } }
    };
    let mut response = layout::page(caller, Some(visitor), heading, &body);
    *response.status_mut() = failure.status();
    with_origin(response)
}

/// Tells a failure: in a sentence, and what else is known of it.
pub(super) fn reason(failure: &Failure, texts: &Texts) -> Markup {
    let fact = failure.fact.as_ref().filter(|_| texts.is_chinese()).map(|fact| facts::failure(fact, texts));
    html! {
        p.alert role="alert" { "⚠ " (failure.sentence(texts)) }
        @match &fact {
            Some(fact) => details { summary { (texts.details) } p.reason { (sanitize::line(fact)) } },
            None => details { summary { (texts.operator_details) } p.reason { code lang="en" { (sanitize::line(&failure.detail)) } } },
        }
    }
}

/// Returns the hidden field that names a form. Each page has new ones.
pub(super) fn name() -> Result<Markup, PageError> {
    let (name, _) = token::new().map_err(|_| PageError::Internal)?;
    Ok(html! { input type="hidden" name="form" value=(name); })
}

/// Names an article that is sent.
pub(super) fn sent(article: &crate::restore::ArticlePayload, texts: &Texts) -> Markup {
    let characters = article.article.title.chars().count();
    let name = layout::title(&article.article.title, texts);
    let length = crate::render::text(std::slice::from_ref(&article.article)).chars().count();
    let pictures = article.needed.iter().filter(|picture| picture.needed.place != ImageRole::Cover).count();
    html! {
        li { (name) @if characters > 0 { " · " } @else { " " } (filled(texts.count_characters, length)) " · " (filled(texts.count_pictures, pictures)) }
    }
}
