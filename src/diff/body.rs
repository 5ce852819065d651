//! How the body of an article changed, as its readers see it.

use std::collections::BTreeSet;

use super::content::Entry;
use super::runs::{self, Change};
use super::tokens::{self, Token, tokens};
use crate::render::PICTURE;

/// A change of a body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BodyChange {
    /// Whether only the HTML changed: the text (blanks and line breaks aside) and the pictures are the same, in the same
    /// order.
    pub formatting_only: bool,
    /// How many characters were added, blanks and line breaks not counted.
    pub added: usize,
    /// How many characters were removed, counted alike.
    pub removed: usize,
    /// The pictures that were not there before: identities of the platform's own, whatever shows them, and addresses of
    /// others.
    pub pictures_added: Vec<String>,
    /// The pictures that are not there any more.
    pub pictures_removed: Vec<String>,
    /// The pictures that were and are there, and stand in another place of the text or another number of times.
    pub pictures_moved: Vec<String>,
    /// The whole text of both: kept and removed runs make the older one, kept and added runs the newer one. Empty where
    /// only the formatting changed.
    pub runs: Vec<Run>,
}

/// A part of a body's text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Run {
    pub kind: RunKind,
    /// Its text; each picture in it is one [`PICTURE`].
    pub text: String,
    /// The pictures in it, in their order: identities of the platform's own, addresses of others.
    pub pictures: Vec<String>,
}

impl Run {
    /// Tells whether it shows nothing: blanks and line breaks only.
    pub fn is_blank(&self) -> bool {
        self.text.chars().all(tokens::is_blank)
    }
}

/// What became of a part of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RunKind {
    Kept,
    Removed,
    Added,
}

/// Compares the bodies of two articles; `None` where they have the same canonical content.
pub(super) fn change(older: &Entry, newer: &Entry) -> Option<BodyChange> {
    if older.article.content == newer.article.content {
        return None;
    }
    let (had, has) = (older.pictures(), newer.pictures());
    let (before, after) = (tokens(older.reading()), tokens(newer.reading()));
    let formatting_only = had == has && shown(&before).eq(shown(&after));
    let changes = if formatting_only { Vec::new() } else { runs::changes(&before, &after) };
    let removed = || changes.iter().flat_map(|change| &before[change.older.clone()]);
    let added = || changes.iter().flat_map(|change| &after[change.newer.clone()]);
    let touched: BTreeSet<_> = removed().chain(added()).filter_map(picture).collect();
    let owned = |identities: BTreeSet<&str>| identities.into_iter().map(str::to_owned).collect();
    Some(BodyChange {
        formatting_only,
        added: added().map(Token::characters).sum(),
        removed: removed().map(Token::characters).sum(),
        pictures_added: owned(&has - &had),
        pictures_removed: owned(&had - &has),
        pictures_moved: owned(&(&touched & &had) & &has),
        runs: if formatting_only { Vec::new() } else { all_runs(&before, &after, &changes) },
    })
}

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
        runs.push(run(RunKind::Removed, &before[change.older.clone()]));
        runs.push(run(RunKind::Added, &after[change.newer.clone()]));
        done = change.older.end;
    }
    runs.push(run(RunKind::Kept, &before[done..]));
    runs.retain(|run| !run.text.is_empty());
    runs
}

fn run(kind: RunKind, tokens: &[Token<'_>]) -> Run {
    let mut run = Run { kind, text: String::new(), pictures: Vec::new() };
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
