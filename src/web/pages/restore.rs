//! `/d/ID/V/restore`: what a restore of a version would do, and the forms that do it.

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use maud::{Markup, html};

use super::super::access::Visitor;
use super::super::caller::Caller;
use super::super::extract::{Fields, Segments};
use super::super::facts;
use super::super::headers::with_origin;
use super::super::layout::{self, title};
use super::super::page_error::PageError;
use super::super::restore_failure::Failure;
use super::super::restore_work::{self, Action};
use super::super::site::Site;
use super::super::texts::{Texts, filled};
use super::files;
use super::restore_form::{self, Place, RestoreFields};
use crate::json;
use crate::model::article_number;
use crate::restore::{Issue, IssueKind, NewDraftPlan, NewDraftRestore, RestoreOptions, Severity};
use crate::sanitize;

pub(in super::super) async fn get(
    State(site): State<Site>,
    visitor: Visitor,
    caller: Caller,
    Segments((draft, version)): Segments<(i64, u64)>,
) -> Result<Response, PageError> {
    let (config, now) = (site.config(), site.clock().now());
    let (planned, newest) = site
        .read(move |reader| {
            let numbers = super::super::versions::find(reader, draft, version)?.numbers;
            let plan = || -> Result<NewDraftRestore, Failure> {
                let source = restore_work::source(reader, draft, version)?;
                let target = restore_work::account(&config.accounts, &source.draft.account)?;
                Ok(NewDraftRestore::new(source, RestoreOptions::default(), target, reader, now)?)
            };
            Ok((plan(), numbers.first().copied()))
        })
        .await?;
    let place = Place::of_version(draft, version);
    let restore = match planned {
        Ok(restore) => restore,
        Err(failure) => {
            let action = Action::NewDraft { draft, version, again: false };
            return Ok(restore_form::nothing_begun(&visitor, &caller, &place, &action, &failure));
        }
    };
    if caller.wants_json {
        return Ok(Json(json::restored_as_new(&restore, None)).into_response());
    }
    let texts = caller.language.texts();
    let heading = filled(texts.restore_version, version);
    let is_allowed = site.config().web.as_ref().is_some_and(|web| web.allow_restore);
    let body = html! {
        p.path {
            a href={ "/d/" (draft) } { (title(&restore.source.draft.title, texts)) } " / "
            a href={ "/d/" (draft) "/" (version) } { (filled(texts.version, version)) }
        }
        h1 { (heading) }
        @if let Some(newest) = newest.filter(|newest| *newest != version) {
            p { a href={ "/d/" (draft) "/" (version) ".." (newest) } { (texts.compare_newest) } }
        }
        @if restore.source.doubt.is_some() { p.alert { "⚠ " (texts.doubtful) } }
        (plan_in_words(&restore.plan, texts))
        h2 { (texts.as_new_draft) }
        p { (texts.as_new_draft_how) }
        @if !is_allowed {
            p.alert { (texts.restore_is_off_why) }
            p { (texts.how_to_restore) " " code { (place.command) } }
        } @else if restore.plan.is_stopped() {
            p.alert { (texts.failed_refused) }
        } @else {
            (new_draft_form(&restore, &place, texts)?)
            h2 { (texts.in_place) }
            p { (texts.in_place_how) }
            form method="post" action={ (place.page) "/in-place" } { button { (texts.in_place_plan) } }
        }
        h2 { (texts.as_files) }
        p { (texts.as_files_how) }
        (files::links(draft, version, texts))
    };
    Ok(with_origin(layout::page(&caller, Some(&visitor), &heading, &body)))
}

fn new_draft_form(restore: &NewDraftRestore, place: &Place, texts: &Texts) -> Result<Markup, PageError> {
    let made = restore.made_before.first();
    Ok(html! {
        @if let Some(made) = made { p.alert { "⚠ " (texts.made_before) " " code { (made.media_id) } } }
        form method="post" action=(place.page) {
            (restore_form::name()?)
            @if made.is_some() { input type="hidden" name="again" value="true"; }
            button { @if made.is_some() { (texts.restore_again) } @else { (texts.restore_as_new) } }
        }
    })
}

/// Says what is sent, what cannot come through, and what pictures it needs.
pub(super) fn plan_in_words(plan: &NewDraftPlan, texts: &Texts) -> Markup {
    let (needed, held) = plan.pictures();
    html! {
        p { (filled(texts.goes_to, &plan.target)) }
        ul { @for article in &plan.articles { (restore_form::sent(article, texts)) } }
        @if needed > 0 { p { (filled(&filled(texts.needs_pictures, needed), held)) } }
        @for (weight, told) in [
            (Severity::Stop, texts.finding_stop), (Severity::Risk, texts.finding_risk), (Severity::Loss, texts.finding_loss),
        ] {
            @let findings = plan.findings.iter().filter(|finding| finding.weight == weight).collect::<Vec<&Issue>>();
            @if !findings.is_empty() {
                p.alert { (told) }
                ul.dim {
                    @for finding in findings {
                        @let number = finding.position.filter(|_| plan.articles.len() > 1).map(article_number);
                        li { (numbered(number, &finding.kind, texts)) }
                    }
                }
            }
        }
        @if plan.findings.is_empty() { p { "✓ " (texts.restorable_fully) } }
    }
}

/// Says what an issue is, and which article it is about where there are several.
pub(super) fn numbered(article: Option<usize>, kind: &IssueKind, texts: &Texts) -> String {
    let article = article.map(|number| filled(texts.article_number, number)).unwrap_or_default();
    format!("{article}{}", sanitize::line(&facts::issue(kind, texts)))
}

pub(in super::super) async fn as_new(
    State(site): State<Site>,
    visitor: Visitor,
    caller: Caller,
    Segments((draft, version)): Segments<(i64, u64)>,
    Fields(RestoreFields { form, again, .. }): Fields<RestoreFields>,
) -> Result<Response, PageError> {
    let action = Action::NewDraft { draft, version, again };
    restore_form::send(&site, &visitor, &caller, &Place::of_version(draft, version), (action, form)).await
}
