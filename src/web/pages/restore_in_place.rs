//! `/d/ID/V/restore/in-place`: the plan to overwrite the current draft, which is read and kept first, and the form that carries it out.

use axum::extract::State;
use axum::response::Response;
use maud::html;

use super::super::access::Visitor;
use super::super::caller::Caller;
use super::super::extract::{Fields, Segments};
use super::super::headers::with_origin;
use super::super::layout;
use super::super::page_error::PageError;
use super::super::restore;
use super::super::restore_work::Action;
use super::super::site::Site;
use super::super::texts::filled;
use super::restore::plan_in_words;
use super::restore_form::{self, Place, RestoreFields};
use crate::archive::PlanId;

/// Asks the platform what the draft says now, so it is a form and not a link.
pub(in super::super) async fn show(
    State(site): State<Site>,
    visitor: Visitor,
    caller: Caller,
    Segments((draft, version)): Segments<(i64, u64)>,
) -> Result<Response, PageError> {
    let place = Place::of_version(draft, version);
    if let Some(refusal) = restore_form::refusal(&site, &visitor, &caller, &place) {
        return Ok(refusal);
    }
    let (plan, shown) = match restore::plan_in_place(&site, draft, version).await {
        Ok(planned) => planned,
        Err(failure) => {
            let action = Action::InPlace { draft, version, plan: PlanId(0) };
            return Ok(restore_form::nothing_begun(&visitor, &caller, &place, &action, &failure));
        }
    };
    let is_doubtful = site.read(move |reader| Ok(reader.doubt_of_version(draft, version)?.is_some())).await?;
    let texts = caller.language.texts();
    let live = shown.live.version.number;
    let heading = filled(texts.restore_version, version);
    let body = html! {
        p.path { a href=(place.page) { (texts.back_to_plan) } }
        h1 { (heading) " · " (texts.in_place) }
        p { (filled(texts.live_is, live)) " " a href={ "/d/" (draft) "/" (live) ".." (version) } { (texts.see_changes) } }
        @if is_doubtful { p.alert { "⚠ " (texts.doubtful) } }
        @if shown.differing.is_empty() {
            p { "✓ " (texts.nothing_to_write) }
        } @else {
            p { (filled(&filled(texts.articles_to_write, shown.differing.len()), plan.articles.len())) }
            (plan_in_words(&plan, texts))
            @if !plan.is_stopped() {
                form method="post" action={ (place.page) "/in-place/apply" } {
                    (restore_form::name()?)
                    input type="hidden" name="plan" value=(shown.id);
                    button { (texts.restore_in_place) }
                }
            }
        }
    };
    Ok(with_origin(layout::page(&caller, Some(&visitor), &heading, &body)))
}

pub(in super::super) async fn apply(
    State(site): State<Site>,
    visitor: Visitor,
    caller: Caller,
    Segments((draft, version)): Segments<(i64, u64)>,
    Fields(RestoreFields { form, plan, .. }): Fields<RestoreFields>,
) -> Result<Response, PageError> {
    let action = Action::InPlace { draft, version, plan: PlanId(plan.ok_or(PageError::BadForm)?) };
    restore_form::send(&site, &visitor, &caller, &Place::of_version(draft, version), (action, form)).await
}
