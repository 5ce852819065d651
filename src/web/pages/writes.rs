//! `/writes`: what programs asked to write and waits for a yes; `/writes/N`: one of these, what it would change, and the forms that decide.

use axum::Json;
use axum::extract::State;
use axum::http::HeaderValue;
use axum::http::header::REFRESH;
use axum::response::{IntoResponse, Redirect, Response};
use maud::{Markup, html};
use serde::Deserialize;

use super::super::access::Visitor;
use super::super::approval;
use super::super::caller::Caller;
use super::super::extract::Segments;
use super::super::headers::with_origin;
use super::super::layout;
use super::super::page_error::PageError;
use super::super::restore_failure::Failure;
use super::super::site::Site;
use super::super::texts::{Texts, filled};
use super::super::time;
use super::compare;
use super::restore_form::{self, Place};
use crate::archive::{Filter, GateRecord, GateState, Reader, WriteId};
use crate::delivery::request_in_words;
use crate::gate::{self, GateRequest, HOLD, Proposal};
use crate::json;
use crate::model::Timestamp;
use crate::sanitize;

/// How often the page of a write that runs is loaded again, in seconds.
const REFRESH_AFTER: &str = "2";

pub(in super::super) async fn list(
    State(site): State<Site>,
    visitor: Visitor,
    caller: Caller,
) -> Result<Response, PageError> {
    let now = site.clock().now();
    let writes = site
        .read(move |reader| {
            let read = |write: GateRecord| Ok((Proposal::read(&write, reader)?, write));
            gate::waiting(reader, now)?.into_iter().map(read).collect::<Result<Vec<_>, PageError>>()
        })
        .await?;
    if caller.wants_json {
        let documents: Vec<_> = writes.iter().map(|(_, write)| json::gate_record(write)).collect();
        return Ok(Json(documents).into_response());
    }
    let texts = caller.language.texts();
    let body = html! {
        h1 { (texts.writes) }
        @if writes.is_empty() { p { (texts.no_writes) } }
        ul.items {
            @for (proposal, write) in &writes {
                li.item {
                    p { a href={ "/writes/" (write.id) } { (asked(write, proposal.as_ref().and_then(Proposal::title), &caller)) } }
                    (reason(write, texts))
                    p.dim { (texts.write_until) (time::instant(write.asked_at + HOLD, now, texts)) }
                }
            }
        }
    };
    Ok(layout::page(&caller, Some(&visitor), texts.writes, &body))
}

/// Returns the title of the draft: a write that has ended has no proposal.
fn title_of(write: &GateRecord, proposal: Option<&Proposal>, reader: &Reader) -> Result<Option<String>, PageError> {
    if let Some(proposal) = proposal {
        return Ok(proposal.title().map(str::to_owned));
    }
    let Some(draft) = write.draft else { return Ok(None) };
    let found = reader.drafts(&Filter { id: Some(draft), ..Filter::default() })?.pop();
    Ok(found.map(|draft| draft.title))
}

fn asked(write: &GateRecord, about: Option<&str>, caller: &Caller) -> String {
    let words = request_in_words(write, about, caller.language);
    sanitize::line(&words).into_owned()
}

fn reason(write: &GateRecord, texts: &Texts) -> Markup {
    html! { @if let Some(note) = write.origin.short_note() { p { (texts.write_reason) (sanitize::line(&note)) } } }
}

pub(in super::super) async fn get(
    State(site): State<Site>,
    visitor: Visitor,
    caller: Caller,
    Segments(id): Segments<i64>,
) -> Result<Response, PageError> {
    // Before the archive is read: what has ended by now is in the archive.
    let runs = approval::runs(&site, WriteId(id));
    let (write, proposal, newest, about) = site
        .read(move |reader| {
            let write = reader.gate_write(WriteId(id))?.ok_or(PageError::NotFound)?;
            let numbers = write.draft.map(|draft| reader.version_numbers(draft)).transpose()?;
            let newest = numbers.and_then(|numbers| numbers.first().copied());
            let proposal = Proposal::read(&write, reader)?;
            let about = title_of(&write, proposal.as_ref(), reader)?;
            Ok((write, proposal, newest, about))
        })
        .await?;
    if caller.wants_json {
        return Ok(Json(json::gate_record(&write)).into_response());
    }
    let (texts, now) = (caller.language.texts(), site.clock().now());
    let heading = filled(texts.write_number, id);
    let body = html! {
        @if let Some(draft) = write.draft {
            p.path { a href={ "/d/" (draft) } { (filled(texts.draft_number, draft)) } }
        }
        h1 { (heading) }
        p { (asked(&write, about.as_deref(), &caller)) }
        (reason(&write, texts))
        p.dim { (time::instant(write.asked_at, now, texts)) }
        @if runs {
            p role="status" { "… " (texts.write_runs) }
            p { (texts.write_goes_on) }
        } @else if write.state == GateState::Held && now - write.asked_at < HOLD {
            (held(&site, &write, proposal.as_ref(), now, texts))
        } @else {
            (ended(&write, newest, texts))
        }
    };
    let mut response = with_origin(layout::page(&caller, Some(&visitor), &heading, &body));
    if runs {
        response.headers_mut().insert(REFRESH, HeaderValue::from_static(REFRESH_AFTER));
    }
    Ok(response)
}

/// Says what a write would change, and asks.
fn held(site: &Site, write: &GateRecord, proposal: Option<&Proposal>, now: Timestamp, texts: &'static Texts) -> Markup {
    let (id, place) = (write.id, place(write.id.0));
    html! {
        p { (texts.write_until) (time::instant(write.asked_at + HOLD, now, texts)) }
        @if let Some(proposal) = proposal { (change(write, proposal, texts)) }
        @if site.config().web.as_ref().is_some_and(|web| web.allow_restore) {
            form method="post" action={ "/writes/" (id) "/approve" } { button { (texts.say_yes) } }
            form method="post" action={ "/writes/" (id) "/deny" } { button { (texts.say_no) } }
        } @else {
            p.alert { (texts.approval_is_off) }
            p { (texts.how_to_approve) " " code { (place.command) } }
        }
    }
}

fn change(write: &GateRecord, proposal: &Proposal, texts: &'static Texts) -> Markup {
    let draft = proposal.draft.as_ref().map(|draft| draft.id);
    let stale = write.before.zip(proposal.newest).filter(|(before, newest)| before < newest);
    html! {
        @if let (Some(draft), Some((before, newest))) = (draft, stale) {
            p.alert { "⚠ " (texts.write_stale) " " a href={ "/d/" (draft) "/" (before) ".." (newest) } { (texts.see_changes) } }
        }
        @match (&proposal.request, draft, proposal.newest) {
            (GateRequest::Restore { version, .. }, Some(draft), Some(newest)) => p {
                a href={ "/d/" (draft) "/" (newest) ".." (version) } { (texts.write_changes) }
            },
            (GateRequest::Delete { .. }, Some(draft), Some(newest)) => p {
                a href={ "/d/" (draft) "/" (newest) } { (filled(texts.version, newest)) }
            },
            _ => (written(proposal, texts)),
        }
    }
}

fn written(proposal: &Proposal, texts: &'static Texts) -> Markup {
    html! {
        @match (&proposal.diff, &proposal.text) {
            (Some(diff), _) if diff.is_empty() => p { (texts.nothing_differs) },
            (Some(diff), _) => {
                h2 { (texts.write_changes) }
                (compare::as_text(diff, texts))
            },
            (None, Some(text)) => {
                h2 { (texts.write_text) }
                div.text { (sanitize::lines(text)) }
            },
            (None, None) => "",
        }
    }
}

/// Says how a write ended. `newest` is the newest version of its draft.
fn ended(write: &GateRecord, newest: Option<u64>, texts: &Texts) -> Markup {
    let (mark, told) = match write.state {
        GateState::Done => ("✓ ", texts.write_done),
        GateState::Begun => ("⚠ ", texts.write_cut_off),
        GateState::Partly => ("⚠ ", texts.write_partly),
        GateState::Failed => ("⚠ ", texts.write_failed),
        GateState::Unknown => ("⚠ ", texts.write_unknown),
        GateState::Refused => ("⚠ ", texts.write_refused),
        GateState::Denied => ("", texts.write_denied),
        GateState::Held | GateState::Lapsed => ("", texts.write_lapsed),
    };
    // Of one that was refused, what somebody else has changed.
    let after = if write.state == GateState::Refused { newest } else { write.result };
    let version = write.draft.zip(after);
    let before = write.before.zip(after).filter(|(before, after)| before < after);
    html! {
        p role="status" { (mark) (told) }
        @if let Some((by, _)) = &write.decided { p.dim { (texts.decided_by) (sanitize::line(&who(by, texts))) } }
        @if let Some(reason) = &write.reason {
            details { summary { (texts.operator_details) } p.reason { code lang="en" { (sanitize::line(reason)) } } }
        }
        @if let (Some((draft, version)), Some((before, _))) = (version, before) {
            p { a href={ "/d/" (draft) "/" (before) ".." (version) } { (texts.see_changes) } }
        } @else if let Some((draft, version)) = version {
            p { a href={ "/d/" (draft) "/" (version) } { (filled(texts.version, version)) } }
        }
        @if matches!(write.state, GateState::Done | GateState::Partly) {
            p { (texts.how_to_undo) " " code { "draftkeep undo " (write.id) " --apply" } }
        }
    }
}

/// Names who decided: on the pages, a user of the proxy or the way in, and the address.
fn who(by: &str, texts: &Texts) -> String {
    match by.split_once(" (") {
        Some((user, address)) => format!("{} ({address}", texts.user(user)),
        None => by.to_owned(),
    }
}

fn place(id: i64) -> Place {
    Place { page: format!("/writes/{id}"), command: format!("draftkeep gate approve {id}") }
}

/// What a form decides.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(in super::super) enum Decision {
    Approve,
    Deny,
}

pub(in super::super) async fn decide(
    State(site): State<Site>,
    visitor: Visitor,
    caller: Caller,
    Segments((id, decision)): Segments<(i64, Decision)>,
) -> Result<Response, PageError> {
    let place = place(id);
    if let Some(refusal) = restore_form::refusal(&site, &visitor, &caller, &place) {
        return Ok(refusal);
    }
    let write = site.read(move |reader| reader.gate_write(WriteId(id))?.ok_or(PageError::NotFound)).await?;
    let (by, now) = (format!("{} ({})", visitor.label(), caller.address), site.clock().now());
    if decision == Decision::Approve && write.state == GateState::Held {
        if let Err(failure) = approval::approve(&site, write, by).await? {
            return Ok(not_written(&visitor, &caller, &place, &failure));
        }
    } else if decision == Decision::Deny {
        site.archive().run(move |writer| gate::deny(writer, &write, &by, now)).await?;
    }
    Ok(Redirect::to(&place.page).into_response())
}

/// Says why nothing was begun.
fn not_written(visitor: &Visitor, caller: &Caller, place: &Place, failure: &Failure) -> Response {
    let texts = caller.language.texts();
    let body = html! {
        h1 { (texts.nothing_written) }
        (restore_form::reason(failure, texts))
        p { a href=(place.page) { (texts.back_to_write) } }
    };
    let mut response = layout::page(caller, Some(visitor), texts.nothing_written, &body);
    *response.status_mut() = failure.status();
    with_origin(response)
}
