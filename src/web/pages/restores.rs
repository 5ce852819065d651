//! `/restores/N`: how a restore goes or how it ended, what came through, and the forms that undo or complete it.

use axum::Json;
use axum::extract::State;
use axum::http::HeaderValue;
use axum::http::header::REFRESH;
use axum::response::{IntoResponse, Response};
use maud::{Markup, html};
use serde::Deserialize;

use super::super::access::Visitor;
use super::super::caller::Caller;
use super::super::extract::{Fields, Segments};
use super::super::headers::with_origin;
use super::super::layout;
use super::super::page_error::PageError;
use super::super::restore_ending::Ending;
use super::super::restore_work::Action;
use super::super::site::Site;
use super::super::texts::{Texts, filled};
use super::super::time;
use super::restore_form::{self, Place, RestoreFields};
use super::restore_report;
use crate::archive::{RestoreId, RestoreKind, RestoreLock, RestoreRecord, RestoreState, WebRestore};
use crate::json;

/// How often the page of a restore that runs is loaded again, in seconds.
const REFRESH_AFTER: &str = "2";

pub(in super::super) async fn get(
    State(site): State<Site>,
    visitor: Visitor,
    caller: Caller,
    Segments(id): Segments<i64>,
) -> Result<Response, PageError> {
    let id = RestoreId(id);
    // Before the archive is read: what has ended by now is in the archive.
    let runs_here = site.restores().contains(id);
    let one_runs = RestoreLock::is_held(site.path()).unwrap_or(false);
    let (record, forms, undo, is_last) = site
        .read(move |reader| {
            let record = reader.restore(id)?.ok_or(PageError::NotFound)?;
            let is_last = reader.open_restores()?.last().is_some_and(|open| open.id == id);
            Ok((record, reader.web_restores(id)?, reader.undo_of(id)?, is_last))
        })
        .await?;
    // A command may be at work on it. One restore runs at a time, so what was begun before the last was interrupted.
    let is_running = runs_here || one_runs && is_last && record.state == RestoreState::Begun;
    if caller.wants_json {
        return Ok(Json(json::restore_record(&record, &forms, is_running)).into_response());
    }
    let texts = caller.language.texts();
    let heading = filled(texts.restore_number, id);
    let body = html! {
        p.path { a href={ "/d/" (record.draft) } { (filled(texts.draft_number, record.draft)) } }
        h1 { (heading) }
        p { (what(&record, texts)) }
        p.dim {
            (time::instant(record.started_at, site.clock().now(), texts))
            @for form in &forms { " · " (texts.user(&form.user)) " (" (form.address) ")" }
        }
        @if is_running {
            p role="status" { "… " (texts.restore_runs) }
            p { (texts.page_may_be_closed) }
        } @else {
            (ended(&record, &forms, undo.as_ref(), texts)?)
        }
    };
    let mut response = with_origin(layout::page(&caller, Some(&visitor), &heading, &body));
    if is_running {
        response.headers_mut().insert(REFRESH, HeaderValue::from_static(REFRESH_AFTER));
    }
    Ok(response)
}

/// Says what was to be restored.
fn what(record: &RestoreRecord, texts: &Texts) -> Markup {
    let told = match record.kind {
        RestoreKind::AsNew => texts.restore_kind_new,
        RestoreKind::InPlace => texts.restore_kind_in_place,
        RestoreKind::Undo => texts.restore_kind_undo,
    };
    html! {
        @if let Some(undone) = record.undoes {
            (told) " " a href={ "/restores/" (undone) } { (filled(texts.restore_number, undone)) }
        } @else {
            a href={ "/d/" (record.draft) "/" (record.version) } { (filled(texts.version, record.version)) } " → " (told)
        }
    }
}

fn ended(
    record: &RestoreRecord,
    forms: &[WebRestore],
    undo: Option<&RestoreRecord>,
    texts: &Texts,
) -> Result<Markup, PageError> {
    let told = match (record.state, record.kind, record.result) {
        (RestoreState::Done, RestoreKind::Undo, None) => texts.restore_deleted,
        (RestoreState::Done, ..) => texts.restore_done,
        (RestoreState::Begun, ..) => texts.restore_cut_off,
        (RestoreState::Partly, ..) => texts.failed_partly,
        (RestoreState::Unknown, RestoreKind::Undo, _) => texts.restore_delete_unknown,
        (RestoreState::Unknown, ..) => texts.failed_unknown,
        _ => texts.restore_failed,
    };
    let ending = Ending::of_last(forms).unwrap_or_default();
    let mark = if record.state == RestoreState::Done { "✓ " } else { "⚠ " };
    Ok(html! {
        @if let Some(undo) = undo {
            p role="status" {
                (texts.was_undone) a href={ "/restores/" (undo.id) } { (filled(texts.restore_number, undo.id)) }
            }
        // A failure says it, and why.
        } @else if ending.failure.is_none() {
            p role="status" { (mark) (told) }
        }
        @if let Some((draft, version)) = record.result {
            p { a href={ "/d/" (draft) "/" (version) } { (texts.see_result) } }
        } @else if let Some(media_id) = record.media_id.as_ref().filter(|_| record.kind != RestoreKind::Undo) {
            p { (texts.not_read_back) " " code { (media_id) } }
        }
        @if let Some(before) = record.before {
            p { (texts.content_before) a href={ "/d/" (record.draft) "/" (before) } { (filled(texts.version, before)) } }
        }
        (restore_report::last(&ending, texts))
        @if record.state == RestoreState::Failed && record.kind != RestoreKind::Undo {
            p { a href={ "/d/" (record.draft) "/" (record.version) "/restore" } { (texts.try_again) } }
        }
        @if record.is_open() { (button(record, "resume", texts.complete)?) }
        @if undo.is_none() && can_be_undone(record) {
            (button(record, "undo", texts.undo)?)
            p.dim { @if record.kind == RestoreKind::AsNew { (texts.undo_new_how) } @else { (texts.undo_in_place_how) } }
        }
    })
}

/// A draft that an undo deleted does not come back; and a new draft is deleted only if it is known, and what it said.
fn can_be_undone(record: &RestoreRecord) -> bool {
    match (record.kind, record.state) {
        (RestoreKind::AsNew, RestoreState::Begun) => true,
        (RestoreKind::AsNew, state) => state == RestoreState::Done && record.result.is_some(),
        (_, state) => record.before.is_some() && (state == RestoreState::Done || record.is_open()),
    }
}

fn button(record: &RestoreRecord, what: &str, name: &str) -> Result<Markup, PageError> {
    Ok(html! {
        form method="post" action={ "/restores/" (record.id) "/" (what) } { (restore_form::name()?) button { (name) } }
    })
}

/// What a form does about a restore.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(in super::super) enum Step {
    Undo,
    Resume,
}

pub(in super::super) async fn send(
    State(site): State<Site>,
    visitor: Visitor,
    caller: Caller,
    Segments((id, step)): Segments<(i64, Step)>,
    Fields(RestoreFields { form, .. }): Fields<RestoreFields>,
) -> Result<Response, PageError> {
    let (action, option) = match step {
        Step::Undo => (Action::Undo(RestoreId(id)), "--undo"),
        Step::Resume => (Action::Resume(RestoreId(id)), "--resume"),
    };
    let place = Place { page: format!("/restores/{id}"), command: format!("draftkeep restore {option} {id}") };
    restore_form::send(&site, &visitor, &caller, &place, (action, form)).await
}
