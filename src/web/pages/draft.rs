//! `/d/ID`: the versions of a draft by day, newest first. Saves that follow one another closely are folded into one session.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

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
use super::super::origin;
use super::super::page_error::PageError;
use super::super::site::Site;
use super::super::texts::{Texts, filled};
use super::super::time;
use super::when;
use crate::archive::{Draft, Error, Filter, Pin, Reader};
use crate::json;
use crate::model::{SESSION_GAP, Timestamp};
use crate::timeline::{self, Entry, Marks, UnknownChange, lost_between};

/// So many versions are read for a page; each takes some milliseconds if the article is large.
const PAGE: usize = 60;

#[derive(Debug, Deserialize)]
pub(in super::super) struct Choice {
    /// Versions before this one are shown.
    before: Option<u64>,
}

pub(in super::super) async fn get(
    State(site): State<Site>,
    visitor: Visitor,
    caller: Caller,
    Segments(id): Segments<i64>,
    Params(Choice { before }): Params<Choice>,
) -> Result<Response, PageError> {
    // The page does not tell it.
    let is_judged = caller.wants_json;
    let Read { draft, doubt, entries, oldest, lost, taken_back } =
        site.read(move |reader| read(reader, id, before, is_judged)).await?;
    if caller.wants_json {
        return Ok(Json(json::log(&entries, doubt.as_deref())).into_response());
    }
    let (texts, now) = (caller.language.texts(), site.clock().now());
    let name = title(&draft.title, texts);
    let body = html! {
        p.path { a href="/" { (texts.accounts) } " / " a href={ "/a/" (draft.account) } { (draft.account) } }
        h1 { (name) }
        p.dim {
            (taken_back.state(&draft, texts)) " · " (texts.version_count(draft.versions))
        }
        @if doubt.is_some() { p.alert { "⚠ " (texts.doubtful) } }
        (when::form(id, "", texts))
        @for day in by_day(&entries) {
            section {
                @if let Some(seen) = seen(&day[0][0]) { h2 { (time::day_name(time::day(seen), now, texts)) } }
                @for session in day { (session_item(&draft, session, &lost, texts)) }
            }
        }
        @if let Some(runs) = lost.get(&0) { div.item { (lost_items(runs, texts)) } }
        @if let Some(last) = entries.last().filter(|last| Some(last.number) != oldest) {
            p { a href={ "/d/" (id) "?before=" (last.number) } { (texts.older_versions) } }
        }
    };
    Ok(layout::page(&caller, Some(&visitor), &name, &body))
}

/// Lost versions that follow one another, by the number of the version on the page that they stand above; 0 at the end.
type Lost = BTreeMap<u64, Vec<RangeInclusive<u64>>>;

/// What a page shows of a draft.
struct Read {
    draft: Draft,
    /// Why what is told of it may be wrong.
    doubt: Option<String>,
    /// Some of its versions.
    entries: Vec<Entry>,
    /// The number of its oldest version.
    oldest: Option<u64>,
    /// Which versions are lost beside these.
    lost: Lost,
    taken_back: TakenBack,
}

fn read(reader: &Reader, id: i64, before: Option<u64>, is_judged: bool) -> Result<Read, PageError> {
    let draft = reader.drafts(&Filter { id: Some(id), ..Filter::default() })?.pop().ok_or(PageError::NotFound)?;
    let mut numbers = reader.version_numbers(id)?;
    numbers.retain(|number| before.is_none_or(|before| *number < before));
    let marks = match timeline::marks(reader, &draft) {
        // The versions are shown without them.
        Err(Error::Damaged(_)) => Marks::default(),
        marks => marks?,
    };
    let entries = timeline::entries(reader, &draft, &numbers, PAGE.min(numbers.len()), &marks, is_judged)?;
    let (mut lost, mut newer) = (Lost::new(), before.unwrap_or(u64::MAX));
    let end = (entries.len() == numbers.len()).then_some(0);
    for older in entries.iter().map(|entry| entry.number).chain(end) {
        lost.insert(older, lost_between(&marks.lost, older, newer));
        newer = older;
    }
    lost.retain(|_, runs| !runs.is_empty());
    let oldest = numbers.last().copied();
    let doubt = reader.doubt_of(id)?;
    Ok(Read { draft, doubt, entries, oldest, lost, taken_back: TakenBack::read(reader)? })
}

fn seen(entry: &Entry) -> Option<Timestamp> {
    entry.version.as_ref().map(|version| version.observed_at)
}

/// Returns the entries by day, and those of a day by session.
fn by_day(entries: &[Entry]) -> Vec<Vec<&[Entry]>> {
    let day = |entry: &Entry| seen(entry).map(time::day);
    let is_same_day = |a: &Entry, b: &Entry| day(a) == day(b);
    let is_same_session = |newer: &Entry, older: &Entry| {
        seen(newer).zip(seen(older)).is_some_and(|(newer, older)| newer - older < SESSION_GAP && newer >= older)
    };
    entries.chunk_by(is_same_day).map(|day| day.chunk_by(is_same_session).collect()).collect()
}

fn session_item(draft: &Draft, session: &[Entry], lost: &Lost, texts: &Texts) -> Markup {
    html! {
        div.item {
            (version_item(draft, &session[0], lost, texts))
            @if session.len() > 1 {
                details {
                    summary { (filled(texts.saved_often, session.len() - 1)) }
                    @for entry in &session[1..] { div.item { (version_item(draft, entry, lost, texts)) } }
                }
            }
        }
    }
}

fn lost_items(runs: &[RangeInclusive<u64>], texts: &Texts) -> Markup {
    html! { @for run in runs { p.alert { "⚠ " (texts.lost_versions(run)) } } }
}

fn version_item(draft: &Draft, entry: &Entry, lost: &Lost, texts: &Texts) -> Markup {
    let number = entry.number;
    html! {
        @if let Some(runs) = lost.get(&number) { (lost_items(runs, texts)) }
        p {
            a href={ "/d/" (draft.id) "/" (number) } { (filled(texts.version, number)) }
            @if let Some(seen) = seen(entry) { " · " (time::clock(seen)) }
            @if let Some(from) = &entry.restored_from {
                " · " a href={ "/restores/" (from.restore) } {
                    @if from.is_same_draft { (filled(texts.restored_from, from.version)) } @else { (texts.restored_elsewhere) }
                }
            }
        }
        @if let Some(by) = &entry.by { (origin::line(by, texts)) }
        @if let Some(pin) = &entry.pin { (pinned(pin, texts)) }
        @match (&entry.held, &entry.counts) {
            (Err(reason), _) => p.alert { "⚠ " (texts.version_damaged) span lang="en" { (reason) } },
            (Ok(_), Some(counts)) => p.dim {
                (texts.counts(counts)) " · "
                a href={ "/d/" (draft.id) "/" (entry.changed_from.unwrap_or(number)) ".." (number) } { (texts.see_changes) }
            },
            (Ok(_), None) if number == 1 => p.dim { (texts.first_version) },
            (Ok(_), None) => p.dim { (entry.changed.as_ref().err().map_or(texts.change_after_damage, |why| unknown(*why, texts))) },
        }
    }
}

fn unknown(why: UnknownChange, texts: &Texts) -> &'static str {
    match why {
        UnknownChange::Damaged => texts.change_after_damage,
        UnknownChange::Pruned => texts.change_after_pruned,
        UnknownChange::Lost => texts.change_after_lost,
        UnknownChange::Missing => texts.change_after_missing,
    }
}

/// Tells who pinned a version, when and why.
fn pinned(pin: &Pin, texts: &Texts) -> Markup {
    html! {
        p {
            "📌 " (texts.pinned) @if !pin.note.is_empty() { (texts.colon) (pin.note) }
            span.dim { " · " (pin.user) " · " (time::exact(pin.pinned_at)) }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn saves_close_together_are_one_session() {
        let directory = tempfile::tempdir().unwrap();
        drop(crate::archive::Writer::open(&directory.path().join("archive.db")).unwrap());
        let entry = |number| Entry {
            number,
            version: None,
            held: Err(String::new()),
            restorable: None,
            changed: Err(UnknownChange::Missing),
            counts: None,
            changed_from: None,
            restored_from: None,
            by: None,
            pin: None,
        };
        // What has no time stands alone, in its order.
        let entries = [entry(3), entry(2), entry(1)];
        let days = by_day(&entries);
        assert_eq!(days.iter().map(Vec::len).collect::<Vec<_>>(), [3]);
    }
}
