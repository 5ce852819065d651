//! `/search`: every sentence that was ever in a draft.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use maud::{Markup, html};
use serde::Deserialize;

use super::super::access::Visitor;
use super::super::address::form_urlencoded;
use super::super::caller::Caller;
use super::super::draft_state::TakenBack;
use super::super::extract::Params;
use super::super::layout::{self, title};
use super::super::page_error::PageError;
use super::super::place::Place;
use super::super::site::Site;
use super::super::texts::{Texts, filled};
use super::super::time;
use super::super::unanswered::Unanswered;
use crate::full_text::{Found, Hit, Presence, SearchRequest};
use crate::json;
use crate::model::{DraftState, Timestamp};
use crate::search::{Field, ForeignSyntax, Passage, Query};

/// So many drafts stand on a page.
const MOST_HITS: usize = 30;

#[derive(Debug, Deserialize)]
pub(in super::super) struct Choice {
    #[serde(default)]
    q: String,
    #[serde(default)]
    show: Show,
}

/// Which drafts are shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Show {
    #[default]
    All,
    Lost,
    Live,
}

impl Show {
    fn presence(self) -> Presence {
        match self {
            Self::All => Presence::Any,
            Self::Lost => Presence::Lost,
            Self::Live => Presence::Live,
        }
    }
}

pub(in super::super) async fn get(
    State(site): State<Site>,
    visitor: Visitor,
    caller: Caller,
    Params(Choice { q, show }): Params<Choice>,
) -> Result<Response, PageError> {
    let (texts, now) = (caller.language.texts(), site.clock().now());
    let found = match Query::parse(&q) {
        Ok(query) => find(&site, query, show).await?,
        Err(error) => Err(Unanswered::Invalid(error)),
    };
    if caller.wants_json {
        return Ok(match &found {
            Ok((found, _)) => Json(json::search(found)).into_response(),
            Err(unanswered) => unanswered.json(texts),
        });
    }
    // The page to search on.
    let is_asked = !q.trim().is_empty();
    let body = html! {
        p.path { a href="/" { (texts.accounts) } }
        h1 { (texts.search) }
        @match &found {
            _ if !is_asked => p.dim { (texts.search_help) },
            Err(unanswered) => p.alert { "⚠ " (unanswered.text(texts)) },
            Ok((found, taken_back)) => { (filters(&q, show, texts)) (results(&q, found, taken_back, now, texts)) }
        }
    };
    let status = found.err().filter(|_| is_asked).map_or(StatusCode::OK, Unanswered::status);
    Ok((status, layout::page_about(&q, &caller, &visitor, texts.search, &body)).into_response())
}

async fn find(site: &Site, query: Query, show: Show) -> Result<Result<(Found, TakenBack), Unanswered>, PageError> {
    let request = SearchRequest {
        query,
        fields: Vec::new(),
        accounts: None,
        draft: None,
        since: None,
        until: None,
        presence: show.presence(),
        limit: MOST_HITS,
    };
    site.search(move |reader, searcher| Ok((searcher.find(reader, &request)?, TakenBack::read(reader)?))).await
}

fn filters(q: &str, shown: Show, texts: &Texts) -> Markup {
    let all = [
        (Show::All, "all", texts.show_all),
        (Show::Lost, "lost", texts.search_lost),
        (Show::Live, "live", texts.search_live),
    ];
    html! {
        p.filters {
            @for (show, word, name) in all {
                @let current = (show == shown).then_some("page");
                a href={ "/search?q=" (form_urlencoded(q)) "&show=" (word) } aria-current=[current] { (name) }
            }
        }
    }
}

fn results(q: &str, found: &Found, taken_back: &TakenBack, now: Timestamp, texts: &Texts) -> Markup {
    html! {
        @if found.is_inside_words { p.alert { (texts.search_inside_words) } }
        @if found.hits.is_empty() {
            p { (texts.search_nothing) }
            @for syntax in Query::foreign_syntax(q) { p.dim { (advice(syntax, texts)) } }
        }
        ul.items { @for hit in &found.hits { li.item { (card(q, hit, taken_back, now, texts)) } } }
        @if found.has_more { p.alert { (filled(texts.search_more, found.hits.len())) } }
        @if found.unread > 0 { p.alert { "⚠ " (filled(texts.search_unread, found.unread)) } }
        @if found.doubtful > 0 { p.alert { "⚠ " (texts.doubtful) } }
        @if found.unreadable_drafts > 0 { p.alert { "⚠ " (filled(texts.unreadable_drafts, found.unreadable_drafts)) } }
        @if let Some(through) = found.indexed_through {
            p.dim { (texts.search_through) (time::instant(through, now, texts)) @if found.pruned > 0 { (filled(texts.search_pruned, found.pruned)) } }
        }
    }
}

/// What to type in the place of what other searches take.
fn advice(syntax: ForeignSyntax, texts: &Texts) -> &'static str {
    match syntax {
        ForeignSyntax::And => texts.search_type_and,
        ForeignSyntax::Or => texts.search_type_or,
        ForeignSyntax::Not => texts.search_type_not,
        ForeignSyntax::Field(_) => texts.search_type_field,
        ForeignSyntax::Wildcard => texts.search_type_wildcard,
    }
}

fn card(q: &str, hit: &Hit, taken_back: &TakenBack, now: Timestamp, texts: &Texts) -> Markup {
    let (draft, is_current) = (&hit.draft, hit.found.is_current());
    let (_, last) = hit.hull();
    html! {
        h2 { a href={ "/d/" (draft.id) } { (title(&draft.title, texts)) } }
        p.dim {
            (draft.account) " · " (places(hit.found.count, texts)) " · "
            @if !is_current {
                span.state.gone { (filled(texts.search_last, last)) }
                @if let Some(seen) = hit.last_seen { " · " (time::instant(seen, now, texts)) }
                @if draft.state != DraftState::Live { " · " }
            }
            @if is_current || draft.state != DraftState::Live { (taken_back.state(draft, texts)) }
        }
        @for passage in &hit.found.passages { (passage_item(q, hit, passage, texts)) }
    }
}

fn places(count: usize, texts: &Texts) -> String {
    if count == 1 { texts.search_one_place.to_owned() } else { filled(texts.search_places, count) }
}

/// A passage leads to its place in its version; one that went, to the change that took it away.
fn passage_item(q: &str, hit: &Hit, passage: &Passage, texts: &Texts) -> Markup {
    let (draft, last) = (hit.draft.id, passage.last);
    let address = match hit.gone_with(passage) {
        Some(gone) => format!("/d/{draft}/{last}..{gone}"),
        None => Place::of(q, passage).page(&format!("/d/{draft}/{last}")),
    };
    html! {
        p {
            @if passage.field != Field::Body { span.tag { (field(passage.field, texts)) } " " }
            (marked(passage))
            " " a.dim href=(address) { (filled(texts.version, last)) }
        }
    }
}

fn marked(passage: &Passage) -> Markup {
    let snippet = passage.snippet();
    let (mut parts, mut at) = (Vec::new(), 0);
    for range in snippet.ranges {
        parts.push((&snippet.text[at..range.start], &snippet.text[range.clone()]));
        at = range.end;
    }
    html! { @for (before, found) in &parts { (before) mark { (found) } } (&snippet.text[at..]) }
}

fn field(field: Field, texts: &Texts) -> &str {
    match field {
        Field::Caption => texts.search_caption,
        field => texts.name(field.as_str()),
    }
}
