//! `/d/ID/V..W`: what changed between two versions of a draft.

use axum::Json;
use axum::response::{IntoResponse, Response};
use maud::{Markup, html};

use super::super::access::Visitor;
use super::super::answer::PageError;
use super::super::caller::Caller;
use super::super::site::Site;
use super::super::texts::{Texts, filled};
use super::{layout, title};
use crate::compare::{self, Comparison};
use crate::diff::{ArticleDiff, BodyChange, FieldChange, Run, RunKind};
use crate::json;
use crate::lookup::{DraftKey, DraftRef, VersionKey, VersionRef};
use crate::render::PICTURE;
use crate::sanitize;

/// Longer unchanged text is folded, but for so many characters at each end.
const FOLDED: usize = 240;
const KEPT: usize = 80;

pub(super) async fn page(
    site: &Site,
    visitor: &Visitor,
    caller: &Caller,
    draft: i64,
    (from, to): (u32, u32),
) -> Result<Response, PageError> {
    let (compared, numbers) = site
        .read(move |reader| {
            let draft = DraftRef { account: None, draft: DraftKey::Id(draft) };
            let from = VersionRef { draft, version: VersionKey::Number(from) };
            let compared = compare::compare(reader, &from, Some(VersionKey::Number(to)))?;
            let numbers = reader.version_numbers(compared.draft.id)?;
            Ok((compared, numbers))
        })
        .await?;
    if caller.wants_json {
        return Ok(Json(json::diff(&compared)).into_response());
    }
    let texts = caller.language.texts();
    let name = title(&compared.draft.title, texts);
    let Comparison { draft, diff, .. } = &compared;
    let between = filled(&filled(texts.from_to, from), to);
    let body = html! {
        p.path {
            a href="/" { (texts.accounts) } " / " a href={ "/a/" (draft.account) } { (draft.account) } " / "
            a href={ "/d/" (draft.id) } { (name) }
        }
        h1 { (between) }
        (steps(&compared, &numbers, texts))
        @if diff.is_empty() {
            p { (texts.nothing_differs) }
        } @else {
            p { (texts.counts(&diff.counts())) }
            p.legend { ins { (texts.legend_added) } " " del { (texts.legend_removed) } span #place {} }
        }
        @for article in &diff.articles { (article_section(article, texts)) }
        @if !diff.other.is_empty() { dl { @for field in &diff.other { (field_change(field, texts)) } } }
    };
    Ok(layout::page(caller, Some(visitor), &format!("{name} · {between}"), &body))
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

fn article_section(article: &ArticleDiff, texts: &Texts) -> Markup {
    let what = match (article.older, article.newer) {
        (None, _) => Some(texts.article_added),
        (_, None) => Some(texts.article_removed),
        _ => article.moved.then_some(texts.article_moved),
    };
    html! {
        section {
            h2 { (title(&article.title, texts)) @if let Some(what) = what { " " span.tag { (what) } } }
            dl { @for field in &article.fields { (field_change(field, texts)) } }
            @if let Some(pictures) = &article.pictures {
                ul {
                    @for _ in &pictures.added { li { ins { (texts.picture) } } }
                    @for _ in &pictures.removed { li { del { (texts.picture) } } }
                }
            }
            @if let Some(body) = &article.body { (body_change(body, texts)) }
        }
    }
}

fn field_change(field: &FieldChange, texts: &Texts) -> Markup {
    let side = |value: &Option<String>| match value.as_deref().unwrap_or_default() {
        "" => texts.empty.to_owned(),
        value => sanitize::line(value).into_owned(),
    };
    html! {
        dt { (texts.field(&field.name)) }
        dd { del { (side(&field.older)) } " → " ins { (side(&field.newer)) } }
    }
}

fn body_change(body: &BodyChange, texts: &Texts) -> Markup {
    html! {
        @if body.formatting_only {
            p { (texts.formatting_only) }
            ul.dim lang="en" { @for change in &body.formatting { li { (change) } } }
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
