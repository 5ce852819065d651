//! What was read back after a restore, field by field, as the archive has it.

use maud::{Markup, html};
use serde::Deserialize;

use super::super::layout::title;
use super::super::restore_failure::Failure;
use super::super::texts::Texts;
use super::restore_form;
use crate::archive::WebRestore;

/// How a form's restore ended: a part of the document of `restore`, or a failure.
#[derive(Debug, Deserialize)]
struct Ending {
    report: Option<Report>,
    failure: Option<Failure>,
}

#[derive(Debug, Deserialize)]
struct Report {
    complete: bool,
    articles: Vec<Article>,
}

#[derive(Debug, Deserialize)]
struct Article {
    title: String,
    fields: Vec<Field>,
}

#[derive(Debug, Deserialize)]
struct Field {
    field: String,
    verdict: String,
    expected: bool,
    note: String,
}

impl Field {
    /// Returns whether there is nothing to say about it.
    fn is_plainly_same(&self) -> bool {
        self.verdict == "same" && self.note.is_empty()
    }
}

/// Returns the report of the last form, or its failure.
pub(super) fn last(forms: &[WebRestore], texts: &Texts) -> Markup {
    let Some(Ending { report, failure }) = ending(forms) else { return html! {} };
    html! {
        @if let Some(failure) = failure { (restore_form::reason(&failure, texts)) }
        @if let Some(report) = report {
            h2 { (texts.read_back) }
            p { @if report.complete { "✓ " (texts.all_came_through) } @else { "⚠ " (texts.not_all_came_through) } }
            @for article in &report.articles {
                h3 { (title(&article.title, texts)) }
                ul {
                    @let same = article.fields.iter().filter(|field| field.is_plainly_same()).collect::<Vec<_>>();
                    @if !same.is_empty() { (same_line(&same, texts)) }
                    @for field in article.fields.iter().filter(|field| !field.is_plainly_same()) { (field_line(field, texts)) }
                }
            }
        }
    }
}

/// Returns whether the last form has failed.
pub(super) fn has_failure(forms: &[WebRestore]) -> bool {
    ending(forms).is_some_and(|ending| ending.failure.is_some())
}

fn ending(forms: &[WebRestore]) -> Option<Ending> {
    let ending = forms.last()?.ending.as_deref()?;
    // A newer program may write another form of it; the rest of the page is true all the same.
    serde_json::from_str(ending).ok()
}

/// Names all fields that came through as they were.
fn same_line(fields: &[&Field], texts: &Texts) -> Markup {
    let names: Vec<&str> = fields.iter().map(|field| texts.field(&field.field)).collect();
    html! { li { "✓ " (texts.verdict_same) (texts.colon) (names.join(texts.comma)) } }
}

fn field_line(field: &Field, texts: &Texts) -> Markup {
    let Field { field: name, verdict, expected, note } = field;
    let (mark, told) = match &**verdict {
        "same" => ("✓ ", texts.verdict_same),
        "rewritten" => ("✓ ", texts.verdict_rewritten),
        "changed" => ("⚠ ", texts.verdict_changed),
        _ => ("✗ ", texts.verdict_lost),
    };
    html! {
        li {
            (mark) (texts.field(name)) (texts.colon) (told)
            @if !expected { " (" (texts.not_announced) ")" }
            @if !note.is_empty() { " · " span.dim lang="en" { (note) } }
        }
    }
}
