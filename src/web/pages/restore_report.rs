//! What was read back after a restore, field by field, as the archive has it.

use maud::{Markup, html};

use super::super::facts;
use super::super::layout::title;
use super::super::restore_ending::Ending;
use super::super::texts::Texts;
use super::restore_form;
use crate::restore::{FieldOutcome, FieldReport};
use crate::sanitize;

/// Returns the report of the last form, or its failure.
pub(super) fn last(ending: &Ending, texts: &Texts) -> Markup {
    html! {
        @if let Some(failure) = &ending.failure { (restore_form::reason(failure, texts)) }
        @if let Some(report) = &ending.report {
            h2 { (texts.read_back) }
            p { @if report.is_complete() { "✓ " (texts.all_came_through) } @else { "⚠ " (texts.not_all_came_through) } }
            @for article in &report.articles {
                h3 { (title(&article.title, texts)) }
                ul {
                    @let (same, others) = article.fields.iter().partition::<Vec<_>, _>(|field| is_plainly_same(field));
                    @if !same.is_empty() { (same_line(&same, texts)) }
                    @for field in others { (field_line(field, texts)) }
                }
            }
        }
    }
}

/// Returns whether there is nothing to say about a field.
fn is_plainly_same(field: &FieldReport) -> bool {
    field.verdict == FieldOutcome::Same && field.note.is_none()
}

/// Names all fields that came through as they were.
fn same_line(fields: &[&FieldReport], texts: &Texts) -> Markup {
    let names: Vec<&str> = fields.iter().map(|field| texts.field(&field.field)).collect();
    html! { li { "✓ " (texts.verdict_same) (texts.colon) (names.join(texts.comma)) } }
}

fn field_line(field: &FieldReport, texts: &Texts) -> Markup {
    let FieldReport { field: name, verdict, expected, note } = field;
    let (mark, told) = match verdict {
        FieldOutcome::Same => ("✓ ", texts.verdict_same),
        FieldOutcome::Rewritten => ("✓ ", texts.verdict_rewritten),
        FieldOutcome::Changed => ("⚠ ", texts.verdict_changed),
        FieldOutcome::Lost => ("✗ ", texts.verdict_lost),
    };
    let note = note.as_ref().map(|note| facts::note(name, note, texts));
    html! {
        li {
            (mark) (texts.field(name)) (texts.colon) (told)
            @if !expected { (texts.not_announced) }
            @if let Some(note) = note { " · " span.dim { (sanitize::line(&note)) } }
        }
    }
}
