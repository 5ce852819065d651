//! How the body of an article changed, as its readers see it.

use std::collections::BTreeSet;

use super::content::Entry;
use super::formatting;
use super::formatting_change::FormattingChange;
use super::part_change::{PartChange, surplus};
use super::parts;
use super::runs;
use super::token_change::Change;
use super::tokens::{self, Token, tokens};
use crate::render::PICTURE;

/// A change of a body.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BodyChange {
    /// Whether only the looks changed: the text (blanks and line breaks aside), the pictures and the other parts are the
    /// same, in the same order.
    pub formatting_only: bool,
    /// How many characters were added, blanks and line breaks not counted, nor what was moved.
    pub added: usize,
    /// How many characters were removed, counted alike.
    pub removed: usize,
    /// How many paragraphs stand in another place.
    pub paragraphs_moved: usize,
    /// The pictures that were not there before, as often as they are there now: identities of the platform's own, whatever
    /// shows them, and addresses of others.
    pub pictures_added: Vec<String>,
    /// The pictures that are not there any more.
    pub pictures_removed: Vec<String>,
    /// The pictures that were and are there, and stand in another place of the text.
    pub pictures_moved: Vec<String>,
    /// The changes of what is neither text nor picture, kind by kind.
    pub parts: Vec<PartChange>,
    /// Where only the formatting changed, what of it.
    pub formatting: Vec<FormattingChange>,
    /// Where more changed than that, the formatting of the paragraphs whose text is the same.
    pub formatting_beside: Vec<FormattingChange>,
    /// The whole text of both: kept and removed runs make the older one, kept and added runs the newer one. Empty where
    /// only the formatting changed.
    pub runs: Vec<Run>,
}

/// A part of a body's text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Run {
    pub kind: RunKind,
    /// Whether it is a paragraph that was removed here and added elsewhere, or the other way round.
    pub moved: bool,
    /// Its text; each picture in it is one [`PICTURE`].
    pub text: String,
    /// The pictures in it, in their order: identities of the platform's own, addresses of others.
    pub pictures: Vec<String>,
}

impl Run {
    /// Returns whether it shows nothing: blanks and line breaks only.
    pub fn is_blank(&self) -> bool {
        self.text.chars().all(tokens::is_blank)
    }
}

/// What happened to a part of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RunKind {
    Kept,
    Removed,
    Added,
}

/// Compares the bodies of two articles; `None` if they have the same canonical content.
pub(super) fn change(older: &Entry, newer: &Entry) -> Option<BodyChange> {
    if older.article.content == newer.article.content {
        return None;
    }
    let (had, has) = (older.pictures(), newer.pictures());
    let (before, after) = (tokens(older.reading()), tokens(newer.reading()));
    let is_same_text = shown(&before).eq(shown(&after));
    let change = BodyChange {
        pictures_added: sorted(surplus(&has, &had)),
        pictures_removed: sorted(surplus(&had, &has)),
        parts: parts::changes(older.markup(), newer.markup(), is_same_text),
        ..BodyChange::default()
    };
    let is_same_content =
        change.pictures_added.is_empty() && change.pictures_removed.is_empty() && change.parts.is_empty();
    if is_same_text && is_same_content {
        let formatting = formatting::changes(older.markup(), newer.markup());
        return Some(BodyChange { formatting_only: true, formatting, ..change });
    }
    let mut change = with_text(change, &before, &after);
    change.formatting_beside = formatting::beside_text(older.markup(), newer.markup());
    if !is_same_text {
        let [removed, added] = [RunKind::Removed, RunKind::Added].map(|kind| words(&change.runs, kind));
        change.parts.extend(formatting::marked_words(older.markup(), newer.markup(), &removed, &added));
    }
    Some(change)
}

/// Returns the texts of the runs of a kind, without their blanks.
fn words(runs: &[Run], kind: RunKind) -> Vec<String> {
    let of_kind = runs.iter().filter(|run| run.kind == kind);
    of_kind.map(|run| run.text.chars().filter(|character| !tokens::is_blank(*character)).collect()).collect()
}

/// Completes a change by that of the text.
fn with_text(change: BodyChange, before: &[Token<'_>], after: &[Token<'_>]) -> BodyChange {
    let changes = runs::changes(before, after);
    let count = |tokens: &[Token<'_>]| tokens.iter().map(Token::characters).sum::<usize>();
    let written = || changes.all.iter().filter(|change| !change.moved);
    BodyChange {
        added: written().map(|change| count(&after[change.newer.clone()])).sum(),
        removed: written().map(|change| count(&before[change.older.clone()])).sum(),
        paragraphs_moved: changes.paragraphs_moved,
        pictures_moved: pictures_moved(&changes.all, before, after),
        runs: all_runs(before, after, &changes.all),
        ..change
    }
}

fn sorted(mut pictures: Vec<String>) -> Vec<String> {
    pictures.sort_unstable();
    pictures
}

/// Returns the pictures that went from one place and came to another, each once.
fn pictures_moved(changes: &[Change], before: &[Token<'_>], after: &[Token<'_>]) -> Vec<String> {
    let gone: BTreeSet<_> =
        changes.iter().flat_map(|change| &before[change.older.clone()]).filter_map(picture).collect();
    let come: BTreeSet<_> =
        changes.iter().flat_map(|change| &after[change.newer.clone()]).filter_map(picture).collect();
    gone.intersection(&come).map(|identity| (*identity).to_owned()).collect()
}

/// Returns the tokens that show something.
fn shown<'a>(tokens: &'a [Token<'a>]) -> impl Iterator<Item = &'a Token<'a>> {
    tokens.iter().filter(|token| !token.is_blank())
}

fn picture<'a>(token: &Token<'a>) -> Option<&'a str> {
    match token {
        Token::Picture(identity) => Some(identity),
        _ => None,
    }
}

fn all_runs(before: &[Token<'_>], after: &[Token<'_>], changes: &[Change]) -> Vec<Run> {
    let (mut runs, mut done) = (Vec::new(), 0);
    for change in changes {
        runs.push(run(RunKind::Kept, &before[done..change.older.start]));
        for (kind, tokens) in
            [(RunKind::Removed, &before[change.older.clone()]), (RunKind::Added, &after[change.newer.clone()])]
        {
            runs.push(Run { moved: change.moved, ..run(kind, tokens) });
        }
        done = change.older.end;
    }
    runs.push(run(RunKind::Kept, &before[done..]));
    runs.retain(|run| !run.text.is_empty());
    runs
}

fn run(kind: RunKind, tokens: &[Token<'_>]) -> Run {
    let mut run = Run { kind, moved: false, text: String::new(), pictures: Vec::new() };
    for token in tokens {
        match *token {
            Token::Word(text) | Token::Sign(text) | Token::Blanks(text) => run.text.push_str(text),
            Token::LineBreak => run.text.push('\n'),
            Token::Picture(identity) => {
                run.text.push(PICTURE);
                run.pictures.push(identity.to_owned());
            }
        }
    }
    run
}
