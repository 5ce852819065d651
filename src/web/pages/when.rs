//! `/d/ID/when`: in which versions of a draft a sentence came and went.

use std::ops::RangeInclusive;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use maud::{Markup, html};
use serde::Deserialize;

use super::super::access::Visitor;
use super::super::caller::Caller;
use super::super::draft_state::TakenBack;
use super::super::extract::{Params, Segments};
use super::super::layout::{self, title};
use super::super::page_error::PageError;
use super::super::place::Place;
use super::super::site::Site;
use super::super::texts::{Texts, filled};
use super::super::time;
use super::super::unanswered::Unanswered;
use crate::archive::{Filter, Reader};
use crate::full_text::{self, Appearance, Appearances};
use crate::json;
use crate::model::{DraftState, Timestamp};
use crate::search::Query;

#[derive(Debug, Deserialize)]
pub(in super::super) struct Choice {
    #[serde(default)]
    q: String,
}

pub(in super::super) async fn get(
    State(site): State<Site>,
    visitor: Visitor,
    caller: Caller,
    Segments(id): Segments<i64>,
    Params(Choice { q }): Params<Choice>,
) -> Result<Response, PageError> {
    let (texts, now) = (caller.language.texts(), site.clock().now());
    let filter = Filter { id: Some(id), ..Filter::default() };
    let draft = move |reader: &Reader| reader.drafts(&filter)?.pop().ok_or(PageError::NotFound);
    let (draft, taken_back) = site.read(move |reader| Ok((draft(reader)?, TakenBack::read(reader)?))).await?;
    let said = match Query::sentence(&q) {
        Ok(phrase) => site.search(move |reader, searcher| full_text::when(reader, searcher, id, &phrase)).await?,
        Err(error) => Err(Unanswered::Invalid(error)),
    };
    if caller.wants_json {
        return Ok(match &said {
            Ok(said) => Json(json::when(&draft, &q, said)).into_response(),
            Err(unanswered) => unanswered.json(texts),
        });
    }
    let place = Place { find: Some(format!("\"{}\"", q.replace('"', " "))), near: None };
    let body = html! {
        p.path {
            a href="/" { (texts.accounts) } " / " a href={ "/a/" (draft.account) } { (draft.account) } " / "
            a href={ "/d/" (id) } { (title(&draft.title, texts)) }
        }
        h1 { (texts.when) }
        (form(id, &q, texts))
        @if said.as_ref().is_ok_and(|said| said.doubt.is_some()) { p.alert { "⚠ " (texts.doubtful) } }
        @match &said {
            Err(unanswered) => p.alert { "⚠ " (unanswered.text(texts)) },
            Ok(said) if said.all.is_empty() => p { (texts.when_never) },
            Ok(said) => ul.items {
                @for one in &said.all {
                    li.item {
                        (appearance(id, &place, one, said, now, texts))
                        @if one.went.is_none() && draft.state != DraftState::Live { p { (taken_back.state(&draft, texts)) } }
                    }
                }
            },
        }
    };
    let status = said.err().map_or(StatusCode::OK, Unanswered::status);
    Ok((status, layout::page(&caller, Some(&visitor), texts.when, &body)).into_response())
}

/// The question, with what was asked.
pub(in super::super) fn form(draft: i64, asked: &str, texts: &Texts) -> Markup {
    html! {
        form.row.when method="get" action={ "/d/" (draft) "/when" } {
            input name="q" value=(asked) required maxlength="300" placeholder=(texts.when_sentence) aria-label=(texts.when_sentence);
            button { (texts.when) }
        }
    }
}

fn appearance(id: i64, place: &Place, one: &Appearance, said: &Appearances, now: Timestamp, texts: &Texts) -> Markup {
    let (came, at) = one.came;
    let version = |words: String, at: Option<Timestamp>| {
        html! { (words) @if let Some(at) = at { " · " (time::instant(at, now, texts)) } }
    };
    html! {
        p { a href=(place.page(&format!("/d/{id}/{came}"))) { (version(came_words(one, texts), at)) } }
        @match one.went {
            Some((went, at)) => p {
                a href={ "/d/" (id) "/" (one.last) ".." (went) } { (version(went_words(one, went, texts), at)) }
            },
            None => p.dim { (filled(texts.when_still, said.newest)) },
        }
    }
}

fn came_words(Appearance { came: (came, _), pruned_before, .. }: &Appearance, texts: &Texts) -> String {
    match pruned_before {
        Some(pruned) => filled(&filled(texts.when_came_pruned, came), versions(pruned, texts)),
        None => filled(texts.when_came, came),
    }
}

fn went_words(Appearance { last, pruned_after, .. }: &Appearance, went: u64, texts: &Texts) -> String {
    match pruned_after {
        Some(pruned) => filled(&filled(&filled(texts.when_went_pruned, last), went), versions(pruned, texts)),
        None => filled(texts.when_went, went),
    }
}

fn versions(pruned: &RangeInclusive<u64>, texts: &Texts) -> String {
    match (pruned.start(), pruned.end()) {
        (first, last) if first == last => filled(texts.version_number, first),
        (first, last) => filled(&filled(texts.version_range, first), last),
    }
}
