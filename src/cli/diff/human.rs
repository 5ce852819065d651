//! A diff as people read it: what was there as `[-removed-]`, what is there as `{+added+}`, red and green where colours
//! are wanted, never by colour alone.

use owo_colors::Style;

use super::super::error::CommandError;
use super::super::list;
use super::super::output::Ui;
use super::super::table::{Align, Column, TableRow};
use super::picture::Pictures;
use crate::diff::{ArticleDiff, BodyChange, Diff, FieldChange, PartChange, Run, RunKind};
use crate::model::article_number;
use crate::render::PICTURE;
use crate::sanitize;

/// How many characters of unchanged text stand on either side of a change.
const NEAR: usize = 24;

/// How many characters of an unchanged paragraph next to a changed one are shown.
const PARAGRAPH: usize = 40;

/// How many characters of a field that nobody writes by hand are shown.
const VALUE: usize = 400;

/// What stands for what is left out; a bare `…` may be the author's own.
const LEFT_OUT: &str = "[…]";

/// Writes one line an article, and a total.
pub(super) fn stat(ui: &Ui, diff: &Diff) -> Result<(), CommandError> {
    let columns = [
        Column { heading: "ARTICLE", align: Align::Right },
        Column { heading: "CHANGED", align: Align::Left },
        Column { heading: "TITLE", align: Align::Shortened },
    ];
    let line = |article: &ArticleDiff| {
        let place = article.newer.or(article.older).map(|at| article_number(at).to_string());
        let summary = [place_change(article).unwrap_or_default(), article.summary()];
        let parts: Vec<_> = summary.into_iter().filter(|part| !part.is_empty()).collect();
        let values = vec![place.unwrap_or_default(), parts.join("; "), list::title(&article.title)];
        TableRow { values, style: Style::new() }
    };
    if !diff.articles.is_empty() {
        ui.table(&columns, &diff.articles.iter().map(line).collect::<Vec<_>>())?;
    }
    ui.content(&format!("{}\n", diff.total()))
}

/// Returns the changes of all articles, then those outside.
pub(super) fn text(ui: &Ui, diff: &Diff) -> String {
    let several = diff.older_articles.max(diff.newer_articles) > 1;
    let mut parts: Vec<_> = diff.articles.iter().map(|change| article(ui, change, several)).collect();
    if !diff.other.is_empty() {
        parts.push(fields(ui, diff.other.iter()));
    }
    parts.join("\n")
}

fn article(ui: &Ui, article: &ArticleDiff, several: bool) -> String {
    let place = article
        .newer
        .or(article.older)
        .filter(|_| several)
        .map(|at| format!("[{}] ", article_number(at)))
        .unwrap_or_default();
    let change = place_change(article).map(|change| format!(" ({change})")).unwrap_or_default();
    let head = format!("{place}{}{change}", sanitize::line(&list::title(&article.title)));
    let came_or_went = article.older.is_none() || article.newer.is_none();
    let mut text = format!("{}\n", ui.painted(&head, Style::new().bold()));
    // The head says the title of an article that came or went, and its type says nothing.
    let is_shown = |field: &&FieldChange| !came_or_went || !["title", "type"].contains(&field.name.as_str());
    text += &fields(ui, article.fields.iter().filter(is_shown));
    text += &pictures(ui, article);
    if let Some(change) = &article.body {
        text += &format!("Body: {}\n", change.summary());
        text += &body(ui, change);
        text += &change.parts.iter().map(|change| part(ui, change)).collect::<String>();
    }
    text
}

/// Tells how an article's place changed.
fn place_change(article: &ArticleDiff) -> Option<String> {
    match (article.older, article.newer) {
        (None, _) => Some("added".to_owned()),
        (_, None) => Some("removed".to_owned()),
        (Some(older), _) if article.moved => Some(format!("moved from {}", article_number(older))),
        _ => None,
    }
}

/// Writes each field's values, one below the other, those of all fields aligned.
fn fields<'a>(ui: &Ui, fields: impl Iterator<Item = &'a FieldChange> + Clone) -> String {
    let width = fields.clone().map(|change| label(change).chars().count()).max().unwrap_or(0);
    let mut lines = String::new();
    for change in fields {
        let covers = Pictures::of(change.older.iter().chain(&change.newer));
        let value = |value: &String, kind| match change.name.as_str() {
            "cover" => mark(ui, kind, &covers.name(value)),
            _ => mark(ui, kind, &head(value, VALUE, LEFT_OUT)),
        };
        let [older, newer] = [change.older.as_ref(), change.newer.as_ref()];
        let values =
            [older.map(|older| value(older, RunKind::Removed)), newer.map(|newer| value(newer, RunKind::Added))];
        let labels = [label(change), String::new()];
        for (label, value) in labels.iter().zip(values.into_iter().flatten()) {
            lines += &format!("{label:width$} {value}\n");
        }
    }
    lines
}

fn label(field: &FieldChange) -> String {
    let known = || capitalised(&field.name);
    format!("{}:", field.name.strip_prefix("other: ").map_or_else(known, |name| sanitize::line(name).into_owned()))
}

fn capitalised(name: &str) -> String {
    let mut characters = name.chars();
    characters.next().map(|first| first.to_ascii_uppercase().to_string() + characters.as_str()).unwrap_or_default()
}

/// Returns the change of a newspic's picture list.
fn pictures(ui: &Ui, article: &ArticleDiff) -> String {
    let Some(change) = &article.pictures else { return String::new() };
    let names = Pictures::of(change.removed.iter().chain(&change.added));
    let marked = |pictures: &[String], kind| {
        pictures.iter().map(|identity| mark(ui, kind, &names.name(identity))).collect::<Vec<_>>()
    };
    let mut all = [marked(&change.removed, RunKind::Removed), marked(&change.added, RunKind::Added)].concat();
    if change.reordered {
        all.push("in another order".to_owned());
    }
    format!("Pictures: {}\n", all.join(" "))
}

/// Returns what came and went of one kind: where links lead, what media are.
fn part(ui: &Ui, change: &PartChange) -> String {
    let label = format!("  {}:", capitalised(change.what));
    let shown = |kind| move |value: &String| format!("{label} {}\n", mark(ui, kind, &head(value, VALUE, LEFT_OUT)));
    let removed = change.removed.iter().map(shown.clone()(RunKind::Removed));
    removed.chain(change.added.iter().map(shown(RunKind::Added))).collect()
}

/// A paragraph, in parts that were kept, removed or added.
type Paragraph = Vec<(RunKind, String)>;

/// Returns the paragraphs that changed with those around them.
fn body(ui: &Ui, change: &BodyChange) -> String {
    let paragraphs = paragraphs(&change.runs);
    if change.runs.iter().all(|run| run.kind == RunKind::Kept || run.is_blank()) {
        return String::new();
    }
    let is_changed = |paragraph: &Paragraph| paragraph.iter().any(|(kind, _)| *kind != RunKind::Kept);
    let is_shown = |at: usize| paragraphs[at.saturating_sub(1)..paragraphs.len().min(at + 2)].iter().any(is_changed);
    let mut lines = Vec::new();
    let mut is_left_out = false;
    for (at, paragraph) in paragraphs.iter().enumerate() {
        if is_shown(at) {
            lines.push(shown(ui, paragraph));
        } else if !is_left_out {
            lines.push(left_out(ui));
        }
        is_left_out = !is_shown(at);
    }
    lines.iter().map(|line| format!("  {line}\n")).collect()
}

/// Takes runs apart at line breaks. Blanks that came or went say nothing to a reader.
fn paragraphs(runs: &[Run]) -> Vec<Paragraph> {
    let names = Pictures::of(runs.iter().flat_map(|run| &run.pictures));
    let mut paragraphs = vec![Paragraph::new()];
    for run in runs {
        let kind = match (run.is_blank(), run.kind) {
            (true, RunKind::Removed) => continue,
            (true, _) => RunKind::Kept,
            (false, kind) => kind,
        };
        for (index, line) in with_pictures(run, &names).split('\n').enumerate() {
            if index > 0 {
                paragraphs.push(Paragraph::new());
            }
            if let (Some(paragraph), false) = (paragraphs.last_mut(), line.is_empty()) {
                let is_moved = run.moved && kind != RunKind::Kept;
                let moved = || format!("moved: {}", head(line, PARAGRAPH, LEFT_OUT));
                paragraph.push((kind, if is_moved { moved() } else { line.to_owned() }));
            }
        }
    }
    paragraphs.retain(|paragraph| !paragraph.is_empty());
    paragraphs
}

fn with_pictures(run: &Run, names: &Pictures<'_>) -> String {
    let mut pictures = run.pictures.iter();
    let mut named = String::with_capacity(run.text.len());
    for character in run.text.chars() {
        match character {
            PICTURE => named.push_str(&names.name(pictures.next().map_or("", String::as_str))),
            _ => named.push(character),
        }
    }
    named
}

/// Writes a paragraph on one line, its unchanged parts shortened to what is near a change.
fn shown(ui: &Ui, paragraph: &Paragraph) -> String {
    let (last, gap) = (paragraph.len() - 1, left_out(ui));
    let part = |(at, (kind, text)): (usize, &(RunKind, String))| {
        if *kind != RunKind::Kept {
            return mark(ui, *kind, text);
        }
        let text = sanitize::line(text);
        match at {
            _ if last == 0 => head(&text, PARAGRAPH, &gap),
            0 => tail(&text, NEAR, &gap),
            _ if at == last => head(&text, NEAR, &gap),
            _ if text.chars().count() <= 2 * NEAR => text.into_owned(),
            _ => head(&text, NEAR, &gap) + &tail(&text, NEAR, ""),
        }
    };
    paragraph.iter().enumerate().map(part).collect()
}

fn left_out(ui: &Ui) -> String {
    ui.painted(LEFT_OUT, Style::new().dimmed())
}

fn mark(ui: &Ui, kind: RunKind, text: &str) -> String {
    let text = sanitize::line(text);
    match kind {
        RunKind::Kept => text.into_owned(),
        RunKind::Removed => ui.painted(&format!("[-{text}-]"), Style::new().red()),
        RunKind::Added => ui.painted(&format!("{{+{text}+}}"), Style::new().green()),
    }
}

/// Returns the beginning of a text, and `gap` for the rest. No word is cut in two, but for endless ones.
fn head(text: &str, characters: usize, gap: &str) -> String {
    let Some((at, next)) = text.char_indices().nth(characters) else { return text.to_owned() };
    let begun = if is_letter(next) { text[..at].trim_end_matches(is_letter) } else { &text[..at] };
    format!("{}{gap}", if begun.is_empty() { &text[..at] } else { begun })
}

/// Returns the end of a text, and `gap` for the rest, likewise.
fn tail(text: &str, characters: usize, gap: &str) -> String {
    let Some((at, before)) = text.char_indices().rev().nth(characters) else { return text.to_owned() };
    let rest = &text[at + before.len_utf8()..];
    let ended = if is_letter(before) { rest.trim_start_matches(is_letter) } else { rest };
    format!("{gap}{}", if ended.is_empty() { rest } else { ended })
}

fn is_letter(character: char) -> bool {
    character.is_ascii_alphanumeric()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_shortened_between_words() {
        let (head, tail) = (|text, most| head(text, most, "[…]"), |text, most| tail(text, most, "[…]"));
        assert_eq!((head("一二三四", 4), head("一二三四", 3)), ("一二三四".to_owned(), "一二三[…]".to_owned()));
        assert_eq!((tail("一二三四", 4), tail("一二三四", 3)), ("一二三四".to_owned(), "[…]二三四".to_owned()));
        assert_eq!((head("some words", 7), tail("some words", 8)), ("some […]".to_owned(), "[…] words".to_owned()));
        assert_eq!((head("endlessly", 3), tail("endlessly", 3)), ("end[…]".to_owned(), "[…]sly".to_owned()));
    }
}
