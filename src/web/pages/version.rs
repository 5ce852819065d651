//! `/d/ID/V`: one version as it looks, and whether it can be restored.

use axum::Json;
use axum::response::{IntoResponse, Response};
use maud::{Markup, html};

use super::super::caller::Caller;
use super::super::layout::{self, title};
use super::super::origin;
use super::super::page_error::PageError;
use super::super::place::{ARTICLE, Place};
use super::super::scope::Scope;
use super::super::site::Site;
use super::super::texts::{Texts, filled};
use super::super::time;
use super::super::versions::{Found, find};
use super::restore::numbered;
use super::when;
use crate::archive::unless_damaged;
use crate::canonical;
use crate::json::{self, ShownVersion};
use crate::render;
use crate::restore::{self, Restorability, RestoreLevel};

pub(super) async fn page(
    site: &Site,
    scope: &Scope<'_>,
    caller: &Caller,
    draft: i64,
    number: u64,
    place: &Place,
) -> Result<Response, PageError> {
    let is_page = !caller.wants_json;
    let (found, judged, by, doubt) = site
        .read(move |reader| {
            let found = find(reader, draft, number)?;
            let judged = restore::judge(reader, &found.draft, &found.document)?;
            // The version is shown without it.
            let by = unless_damaged(reader.origins(draft))?.remove(&number);
            // The page tells of the draft too: which of its versions is the newest, and when others have its words.
            let doubt = if is_page { reader.doubt_of(draft)? } else { reader.doubt_of_version(draft, number)? };
            Ok((found, judged, by, doubt))
        })
        .await?;
    if caller.wants_json {
        return document(&found, judged.as_ref(), doubt.as_deref());
    }
    let (texts, now) = (caller.language.texts(), site.clock().now());
    let name = title(&found.version.title, texts);
    let Found { draft, version, numbers, .. } = &found;
    let is_as_kept =
        canonical::canonicalise(&found.document).is_ok_and(|canonical| version.matches_hash(canonical.hash()));
    let frame = place.frame(&format!("{}/frame", scope.base(draft.id, (number, number))));
    let body = html! {
        @if let Scope::All(_) = scope {
            p.path {
                a href="/" { (texts.accounts) } " / " a href={ "/a/" (draft.account) } { (draft.account) } " / "
                a href={ "/d/" (draft.id) } { (title(&draft.title, texts)) }
            }
        }
        h1 { (name) }
        p.dim {
            (filled(texts.version, number)) @if numbers.first() == Some(&number) { " (" (texts.newest) ")" }
            " · " (texts.observed) (time::instant(version.observed_at, now, texts))
        }
        @if doubt.is_some() { p.alert { "⚠ " (texts.doubtful) } }
        @if !is_as_kept { p.alert { "⚠ " (texts.wrong_hash) } }
        @match scope {
            Scope::All(_) => {
                @if let Some(by) = &by { (origin::line(by, texts)) }
                (steps(&found, texts))
                @if let Some(judged) = &judged { (verdict(judged, texts)) }
                p { a.button href={ "/d/" (draft.id) "/" (number) "/restore" } { (filled(texts.restore_this, number)) } }
                details {
                    summary { (texts.how_to_restore) }
                    p { code { "draftkeep restore " (draft.account) "/" (draft.id) "@" (number) " --as-new" } }
                }
            }
            Scope::Shared { .. } => (scope.note(now, texts)),
        }
        p.dim id=(ARTICLE) { (texts.draft_below) " · " a href=(frame) target="_blank" rel="noopener" { (texts.full_screen) } }
        iframe.article src=(frame) sandbox="allow-popups allow-popups-to-escape-sandbox" title=(texts.draft_below) {}
        @if let Scope::All(_) = scope { (when::form(draft.id, "", texts)) }
    };
    Ok(layout::page(caller, scope.visitor(), &name, &body))
}

/// Returns the links to the versions beside this one, and to what changed.
fn steps(found: &Found, texts: &Texts) -> Markup {
    let (id, number) = (found.draft.id, found.version.number);
    let at = found.numbers.iter().position(|known| *known == number).unwrap_or_default();
    let (older, newer) = (found.numbers.get(at + 1), at.checked_sub(1).map(|at| found.numbers[at]));
    let newest = found.numbers.first().filter(|newest| **newest != number);
    html! {
        p.steps {
            @if let Some(older) = older { a rel="prev" href={ "/d/" (id) "/" (older) } { (texts.previous) } }
            @if let Some(newer) = newer { a rel="next" href={ "/d/" (id) "/" (newer) } { (texts.next) } }
            @if let Some(older) = older { a href={ "/d/" (id) "/" (older) ".." (number) } { (texts.see_changes) } }
            @if let Some(newest) = newest { a href={ "/d/" (id) "/" (number) ".." (newest) } { (texts.compare_newest) } }
        }
    }
}

fn verdict(judged: &Restorability, texts: &Texts) -> Markup {
    let (mark, told) = match judged.level {
        RestoreLevel::Fully => ("✓ ", texts.restorable_fully),
        RestoreLevel::WithLosses => ("⚠ ", texts.restorable_with_losses),
        RestoreLevel::NotByApi => ("✗ ", texts.restorable_not),
    };
    html! {
        p { (mark) (told) }
        @if !judged.issues.is_empty() {
            ul.dim { @for issue in &judged.issues { li { (numbered(judged.number(issue), &issue.kind, texts)) } } }
        }
    }
}

fn document(found: &Found, judged: Option<&Restorability>, doubt: Option<&str>) -> Result<Response, PageError> {
    let articles = canonical::articles(&found.document).map_err(|error| PageError::Damaged(error.to_string()))?;
    let text = render::text(&articles);
    let shown = ShownVersion {
        draft: &found.draft,
        version: &found.version,
        format: "text",
        text: text.as_bytes(),
        restorable: judged,
        doubt,
    };
    Ok(Json(json::show(&shown)).into_response())
}
