//! `/a/NAME`: the drafts of an account, the last changed first.

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use maud::{Markup, html};
use serde::Deserialize;

use super::super::access::Visitor;
use super::super::caller::Caller;
use super::super::draft_state::TakenBack;
use super::super::extract::{Params, Segments};
use super::super::layout::{self, title};
use super::super::page_error::PageError;
use super::super::picture;
use super::super::signature::Signer;
use super::super::site::Site;
use super::super::texts::{Texts, filled};
use super::super::time;
use crate::archive::{self, Draft, Filter, ProofKey, ProofKind, Reader};
use crate::draft_list::DraftEntry;
use crate::json;
use crate::model::{DraftState, Timestamp};
use crate::picture::ImageFormat;

/// So many drafts stand on a page.
const PAGE: usize = 200;

#[derive(Debug, Deserialize)]
pub(in super::super) struct Choice {
    #[serde(default)]
    show: Show,
    /// Of the pages, from 1.
    #[serde(default)]
    page: usize,
}

/// Which drafts are shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Show {
    #[default]
    All,
    Today,
    Lost,
    Published,
}

impl Show {
    fn lets_through(self, draft: &Draft, now: Timestamp) -> bool {
        match self {
            Self::All => true,
            Self::Today => draft.last_changed.is_some_and(|changed| time::day(changed) == time::day(now)),
            Self::Lost => matches!(draft.state, DraftState::Missing | DraftState::Deleted | DraftState::Gone),
            Self::Published => draft.state == DraftState::Published,
        }
    }
}

pub(in super::super) async fn get(
    State(site): State<Site>,
    visitor: Visitor,
    caller: Caller,
    Segments(account): Segments<String>,
    Params(Choice { show, page }): Params<Choice>,
) -> Result<Response, PageError> {
    let (now, name, wants_json) = (site.clock().now(), account.clone(), caller.wants_json);
    let config = site.config();
    let appid = config.accounts.iter().find(|known| known.name.as_str() == account).map(|known| known.appid.clone());
    let this = site.clone();
    let (entries, unreadable, more, taken_back, compared_at) = site
        .read(move |reader| {
            let signer = this.signer();
            if appid.is_none() && !reader.accounts()?.contains(&name) {
                return Err(PageError::NotFound);
            }
            let (mut drafts, unreadable) =
                reader.readable_drafts(&Filter { account: Some(name), ..Filter::default() })?;
            drafts.retain(|draft| show.lets_through(draft, now));
            drafts.sort_by_key(|draft| (std::cmp::Reverse(draft.last_changed), draft.id));
            let from = page.saturating_sub(1).saturating_mul(PAGE).min(drafts.len());
            let more = drafts.len() - from > PAGE;
            let doubts = reader.doubts()?;
            let read = |draft| -> Result<DraftEntry, PageError> {
                let mut entry = DraftEntry::read(reader, draft, &doubts)?;
                if wants_json {
                    entry.judge(reader)?;
                }
                Ok(entry)
            };
            let read = |draft| {
                let entry = read(draft)?;
                let cover = cover(reader, &entry.draft, signer, now)?;
                Ok((entry, cover))
            };
            let entries: Result<Vec<_>, PageError> = drafts.drain(from..).take(PAGE).map(read).collect();
            Ok((entries?, unreadable.len(), more, TakenBack::read(reader)?, compared_at(reader, appid)?))
        })
        .await?;
    if caller.wants_json {
        let entries: Vec<DraftEntry> = entries.into_iter().map(|(entry, _)| entry).collect();
        return Ok(Json(json::list(&entries)).into_response());
    }
    let texts = caller.language.texts();
    let body = html! {
        p.path { a href="/" { (texts.accounts) } " / " (account) }
        h1 { (account) }
        @if let Some(at) = compared_at { p.dim { (texts.compared) (time::instant(at, now, texts)) } }
        (filters(&account, show, texts))
        @if unreadable > 0 { p.alert { "⚠ " (filled(texts.unreadable_drafts, unreadable)) } }
        @if entries.is_empty() { p { (texts.no_drafts) } }
        ul.items { @for (entry, cover) in &entries { (item(entry, cover.as_deref(), &taken_back, now, texts)) } }
        @if more {
            p { a rel="next" href={ "?show=" (word(show)) "&page=" (page.max(1) + 1) } { (texts.next_page) } }
        }
    };
    Ok(layout::page(&caller, Some(&visitor), &account, &body))
}

/// Returns when drafts of the box were last compared with their newest versions; `None` before the first time, and where the account is not watched.
fn compared_at(reader: &Reader, appid: Option<String>) -> Result<Option<Timestamp>, PageError> {
    let Some(appid) = appid else { return Ok(None) };
    let key = ProofKey { kind: ProofKind::Drafts, appid };
    let record = reader.proofs()?.into_iter().find(|record| record.key == key);
    Ok(record.and_then(|record| record.proven_at))
}

fn word(show: Show) -> &'static str {
    match show {
        Show::All => "all",
        Show::Today => "today",
        Show::Lost => "lost",
        Show::Published => "published",
    }
}

fn filters(account: &str, shown: Show, texts: &Texts) -> Markup {
    let all = [
        (Show::All, texts.show_all),
        (Show::Today, texts.show_today),
        (Show::Lost, texts.show_lost),
        (Show::Published, texts.show_published),
    ];
    html! {
        p.filters {
            @for (show, name) in all {
                @let current = (show == shown).then_some("page");
                a href={ "/a/" (account) "?show=" (word(show)) } aria-current=[current] { (name) }
            }
        }
    }
}

/// Returns the address of a draft's cover; `None` if it is not held, or no browser shows it as a picture.
fn cover(reader: &Reader, draft: &Draft, signer: &Signer, now: Timestamp) -> Result<Option<String>, PageError> {
    let cover = match reader.cover(draft.id) {
        // The list is there all the same.
        Err(archive::Error::Damaged(_)) => None,
        cover => cover?,
    };
    let shown = cover.filter(|(_, kind)| ImageFormat::of(kind).is_some_and(picture::is_shown));
    Ok(shown.map(|(sha256, _)| signer.address(sha256, now)))
}

fn item(entry: &DraftEntry, cover: Option<&str>, taken_back: &TakenBack, now: Timestamp, texts: &Texts) -> Markup {
    let draft = &entry.draft;
    let title = title(&draft.title, texts);
    html! {
        li.item.with-cover {
            // The title beside it says what it is.
            @match cover {
                Some(address) => img.cover src=(address) alt="" loading="lazy" width="64" height="64";,
                None => span.cover aria-hidden="true" { (title.chars().find(|c| c.is_alphanumeric()).unwrap_or_default()) },
            }
            div {
                h2 { a href={ "/d/" (draft.id) } { (title) } }
                p.dim {
                    (taken_back.state(draft, texts))
                    " · " (texts.version_count(draft.versions))
                    @if let Some(changed) = draft.last_changed { " · " (texts.changed) (time::instant(changed, now, texts)) }
                }
                @if !entry.damaged.is_empty() { p.alert { "⚠ " (texts.damaged) } }
                @else if entry.doubt.is_some() { p.alert { "⚠ " (texts.doubtful) } }
            }
        }
    }
}
