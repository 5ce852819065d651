//! `/d/ID/V..W`: what changed between two versions of a draft.

use axum::Json;
use axum::response::{IntoResponse, Response};
use maud::{Markup, html};

use super::super::caller::Caller;
use super::super::facts;
use super::super::frame::pair;
use super::super::layout::{self, title};
use super::super::marks::Words;
use super::super::page_error::PageError;
use super::super::scope::Scope;
use super::super::site::Site;
use super::super::texts::{Texts, filled};
use super::super::view::View;
use super::when;
use crate::compare::{self, Comparison};
use crate::diff::{
    self, ArticleDiff, BodyChange, Change, Diff, FieldChange, LINK, PartChange, RenderedDiff, Run, RunKind, Wording,
};
use crate::json;
use crate::lookup::{DraftKey, DraftRef, VersionKey, VersionRef};
use crate::model::Language;
use crate::render::PICTURE;
use crate::restore::FieldNote;
use crate::sanitize;

/// Longer unchanged text is folded, but for so many characters at each end.
const FOLDED: usize = 240;
const KEPT: usize = 80;

/// So many changes are listed beside an article.
const MOST_LISTED: usize = 200;

pub(super) async fn page(
    site: &Site,
    scope: &Scope<'_>,
    caller: &Caller,
    draft: i64,
    (from, to): (u64, u64),
    view: View,
) -> Result<Response, PageError> {
    let (language, wants_drawn) = (caller.language, !caller.wants_json && view != View::Text);
    let (compared, drawn, numbers) = site
        .read(move |reader| {
            let key = |number: u64| u32::try_from(number).map(VersionKey::Number).map_err(|_| PageError::NotFound);
            let meant = DraftRef { account: None, draft: DraftKey::Id(draft) };
            let compared = compare::compare(reader, &VersionRef { draft: meant, version: key(from)? }, Some(key(to)?))?;
            let drawn = if wants_drawn { draw(&compared, language)? } else { Vec::new() };
            let numbers = reader.version_numbers(compared.draft.id)?;
            Ok((compared, drawn, numbers))
        })
        .await?;
    if caller.wants_json {
        return Ok(Json(json::diff(&compared)).into_response());
    }
    let (texts, now) = (caller.language.texts(), site.clock().now());
    let name = title(&compared.draft.title, texts);
    let Comparison { draft, diff, .. } = &compared;
    let between = filled(&filled(texts.from_to, from), to);
    let body = html! {
        @match scope {
            Scope::All(_) => {
                p.path {
                    a href="/" { (texts.accounts) } " / " a href={ "/a/" (draft.account) } { (draft.account) } " / "
                    a href={ "/d/" (draft.id) } { (name) }
                }
                h1 { (between) }
                (steps(&compared, &numbers, texts))
                // Who sees here what was lost wants the version back that has it.
                p { a.button href={ "/d/" (draft.id) "/" (from) "/restore" } { (filled(texts.restore_this, from)) } }
            }
            Scope::Shared { .. } => {
                h1 { (name) }
                p { (between) }
                (scope.note(now, texts))
            }
        }
        @if compared.doubt.is_some() { p.alert { "⚠ " (texts.doubtful) } }
        @if diff.is_empty() {
            p { (texts.nothing_differs) }
        } @else {
            p { (texts.counts(&diff.counts())) }
            (views(view, texts))
            p.legend {
                ins { (texts.legend_added) } " " del { (texts.legend_removed) }
                @if view != View::Text {
                    " " span.look { (texts.legend_look_alone) } " " span.moved { (texts.legend_moved) }
                }
                span #place {}
            }
        }
        @for (at, article) in diff.articles.iter().enumerate() {
            @let frame = drawn.get(at).and_then(Option::as_ref).map(|drawn| (drawn, frame_address(&scope.base(draft.id, (from, to)), article, view)));
            (article_section(article, frame.as_ref(), texts))
        }
        @if !diff.other.is_empty() { dl { @for field in &diff.other { (field_change(field, None, texts)) } } }
        @if let Scope::All(_) = scope { (when::form(draft.id, "", texts)) }
    };
    Ok(layout::page(caller, scope.visitor(), &format!("{name} · {between}"), &body))
}

/// What the list beside a drawn article needs.
struct Drawn {
    changes: Vec<Change>,
    tags_rewritten: usize,
    is_rough: bool,
}

/// Compares the bodies of the articles that differ; `None` for those whose bodies do not.
fn draw(compared: &Comparison, language: Language) -> Result<Vec<Option<Drawn>>, PageError> {
    let [older, newer] = &compared.articles;
    let draw = |article: &ArticleDiff| {
        if article.body.is_none() {
            return Ok(None);
        }
        let [before, after] = pair(older, newer, (article.older, article.newer))?;
        let RenderedDiff { changes, tags_rewritten, is_rough, .. } = diff::rendered(&before, &after, language);
        Ok(Some(Drawn { changes, tags_rewritten, is_rough }))
    };
    compared.diff.articles.iter().map(draw).collect()
}

/// Tells changes as text alone, of what is no version.
pub(super) fn as_text(diff: &Diff, texts: &'static Texts) -> Markup {
    html! {
        @for article in &diff.articles { (article_section(article, None, texts)) }
        @if !diff.other.is_empty() { dl { @for field in &diff.other { (field_change(field, None, texts)) } } }
    }
}

fn frame_address(base: &str, article: &ArticleDiff, view: View) -> String {
    let position =
        |side: &str, position: Option<usize>| position.map_or_else(String::new, |at| format!("&{side}={at}"));
    let sides = [position("older", article.older), position("newer", article.newer)].concat();
    format!("{base}/frame?view={}{sides}", view.as_str())
}

fn views(shown: View, texts: &Texts) -> Markup {
    html! {
        p.filters {
            @for view in View::ALL {
                @let current = (view == shown).then_some("page");
                a data-view=(view.as_str()) aria-current=[current] href={ "?view=" (view.as_str()) } {
                    (view.name(texts))
                }
            }
        }
    }
}

/// Returns the article in its frame, and beside it each change as a jump to its place.
fn drawn_article(drawn: &Drawn, address: &str, texts: &'static Texts) -> Markup {
    let count = drawn.changes.len();
    let sum = if count == 1 { texts.one_change.to_owned() } else { filled(texts.all_changes, count) };
    // The address is the frame's name as well, so that a link leads into it without a script.
    html! {
        @if drawn.is_rough { p.alert { (texts.rough) } }
        @if count == 0 && drawn.tags_rewritten > 0 {
            p { (filled(texts.only_tags, drawn.tags_rewritten)) }
        }
        @if count > 0 {
            details {
                summary { (sum) }
                ol.changes {
                    @for (at, change) in drawn.changes.iter().take(MOST_LISTED).enumerate() {
                        li { a href={ (address) "#dk-" (at + 1) } target=(address) { (change_line(change, texts)) } }
                    }
                }
                @if count > MOST_LISTED { p.dim { (filled(texts.more_changes, count - MOST_LISTED)) } }
            }
        }
        iframe.article name=(address) src=(address) sandbox="allow-popups allow-popups-to-escape-sandbox" title=(texts.draft_below) {}
    }
}

fn change_line(change: &Change, texts: &'static Texts) -> Markup {
    let mark = Words(texts).mark(change.kind, &change.formatting);
    html! {
        (mark)
        @if !change.removed.is_empty() { " " del { (sanitize::line(&change.removed)) } }
        @if !change.added.is_empty() { " " ins { (sanitize::line(&change.added)) } }
    }
}

/// Returns the links to the two versions, and to the changes before and after.
fn steps(compared: &Comparison, numbers: &[u64], texts: &Texts) -> Markup {
    let id = compared.draft.id;
    let (from, to) = (compared.from.number, compared.to.number);
    let older = numbers.iter().find(|number| **number < from);
    let newer = numbers.iter().rev().find(|number| **number > to);
    html! {
        p.steps {
            @if let Some(older) = older { a rel="prev" href={ "/d/" (id) "/" (older) ".." (from) } { (texts.previous) } }
            @if let Some(newer) = newer { a rel="next" href={ "/d/" (id) "/" (to) ".." (newer) } { (texts.next) } }
            a href={ "/d/" (id) "/" (from) } { (filled(texts.version, from)) }
            a href={ "/d/" (id) "/" (to) } { (filled(texts.version, to)) }
        }
    }
}

fn article_section(article: &ArticleDiff, frame: Option<&(&Drawn, String)>, texts: &'static Texts) -> Markup {
    let what = match (article.older, article.newer) {
        (None, _) => Some(texts.article_added),
        (_, None) => Some(texts.article_removed),
        _ => article.moved.then_some(texts.article_moved),
    };
    let jumps = frame.map(|(drawn, address)| Jumps { changes: &drawn.changes, address });
    let parts = article.body.iter().filter(|_| jumps.is_some()).flat_map(|body| &body.parts);
    html! {
        section {
            h2 { (title(&article.title, texts)) @if let Some(what) = what { " " span.tag { (what) } } }
            dl {
                @for field in &article.fields { (field_change(field, jumps.as_ref(), texts)) }
                @for part in parts { (part_change(part, jumps.as_ref(), texts)) }
            }
            @if let Some(pictures) = &article.pictures {
                ul {
                    @for _ in &pictures.added { li { ins { (texts.picture) } } }
                    @for _ in &pictures.removed { li { del { (texts.picture) } } }
                }
            }
            @match (frame, &article.body) {
                (Some((drawn, address)), _) => (drawn_article(drawn, address, texts)),
                (None, Some(body)) => (body_change(body, texts)),
                (None, None) => "",
            }
        }
    }
}

/// Leads from what changed to its place in a drawn article.
struct Jumps<'a> {
    changes: &'a [Change],
    address: &'a str,
}

impl Jumps<'_> {
    /// Makes `shown` a link to where a picture or the target of a link stands, if that is in a change.
    fn to(jumps: Option<&Self>, picture_or_target: &str, shown: Markup) -> Markup {
        let place = jumps.and_then(|jumps| Some((jumps, diff::change_of(jumps.changes, picture_or_target)?)));
        match place {
            Some((Jumps { address, .. }, number)) => {
                html! { a href={ (address) "#dk-" (number) } target=(address) { (shown) } }
            }
            None => shown,
        }
    }
}

fn field_change(field: &FieldChange, jumps: Option<&Jumps<'_>>, texts: &Texts) -> Markup {
    let [older, newer] = [&field.older, &field.newer].map(|value| value.as_deref().unwrap_or_default());
    let shown = |value: &str| match value {
        "" => texts.empty.to_owned(),
        value => sanitize::line(texts.value(&field.name, value)).into_owned(),
    };
    html! {
        dt { (texts.field(&field.name)) }
        dd { (Jumps::to(jumps, older, html! { del { (shown(older)) } })) " → " (Jumps::to(jumps, newer, html! { ins { (shown(newer)) } })) }
    }
}

/// Tells what changed in a body beside its text: where its links lead, and how many other parts came and went.
fn part_change(part: &PartChange, jumps: Option<&Jumps<'_>>, texts: &Texts) -> Markup {
    html! {
        dt { (texts.name(part.what)) }
        @if part.what == LINK && part.moved == 0 {
            @for target in part.removed.iter().take(MOST_LISTED) { dd { (Jumps::to(jumps, target, html! { del { (sanitize::line(target)) } })) } }
            @for target in part.added.iter().take(MOST_LISTED) { dd { (Jumps::to(jumps, target, html! { ins { (sanitize::line(target)) } })) } }
        } @else {
            dd { (facts::note(part.what, &FieldNote::parts(part), texts)) }
        }
    }
}

fn body_change(body: &BodyChange, texts: &Texts) -> Markup {
    html! {
        @if body.formatting_only {
            p { (texts.formatting_only) }
            ul.dim { @for change in &body.formatting { li { (facts::formatting(change, texts)) } } }
        } @else {
            @if body.paragraphs_moved > 0 { p.dim { (filled(texts.paragraphs_moved, body.paragraphs_moved)) } }
            div.text { @for run in &body.runs { (run_text(run, texts)) } }
        }
    }
}

fn run_text(run: &Run, texts: &Texts) -> Markup {
    let shown = |text: &str| sanitize::lines(text).replace(PICTURE, texts.picture);
    match run.kind {
        RunKind::Added => html! { ins { (shown(&run.text)) } },
        RunKind::Removed => html! { del { (shown(&run.text)) } },
        RunKind::Kept => {
            let characters: Vec<(usize, char)> = run.text.char_indices().collect();
            if characters.len() <= FOLDED {
                return html! { (shown(&run.text)) };
            }
            let (head, tail) = (characters[KEPT].0, characters[characters.len() - KEPT].0);
            html! {
                (shown(&run.text[..head]))
                details { summary { (filled(texts.left_out, characters.len() - 2 * KEPT)) } (shown(&run.text[head..tail])) }
                (shown(&run.text[tail..]))
            }
        }
    }
}
