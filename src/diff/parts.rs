//! What changed in a body beside its text: links, media, descriptions, hidden text.

use std::collections::{BTreeMap, BTreeSet};

use super::formatting;
use super::markup::{BACKGROUND, CODE, Markup, Part};
use crate::model::counted;

/// A change of parts of one kind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PartChange {
    /// What they are: `link`, `video`, `audio clip`, `account card`, `picture description`, `hidden text`, `strikethrough` …
    pub what: &'static str,
    /// What is not there any more: the target of a link, an element with its attributes, the words.
    pub removed: Vec<String>,
    /// What was not there before.
    pub added: Vec<String>,
    /// How many were there and are, and stand in another place.
    pub moved: usize,
}

impl PartChange {
    /// Returns how many were replaced by others.
    pub fn changed(&self) -> usize {
        self.removed.len().min(self.added.len())
    }

    /// Says it: `1 link changed, 2 removed`.
    pub fn in_words(&self) -> String {
        let changed = self.changed();
        told(
            self.what,
            &[
                (changed, "changed"),
                (self.added.len() - changed, "added"),
                (self.removed.len() - changed, "removed"),
                (self.moved, "moved"),
            ],
        )
        .unwrap_or_default()
    }

    fn is_nothing(&self) -> bool {
        self.removed.is_empty() && self.added.is_empty() && self.moved == 0
    }
}

/// Tells what became of things: `1 picture added, 2 removed`.
pub(super) fn told(noun: &str, counts: &[(usize, &str)]) -> Option<String> {
    let mut told = counts.iter().filter(|(count, _)| *count > 0);
    let (first, what) = told.next()?;
    let others = told.map(|(count, what)| format!(", {count} {what}"));
    Some(format!("{} {what}{}", counted(*first, noun), others.collect::<String>()))
}

/// Compares the parts of two bodies, kind by kind.
pub(super) fn changes(older: &Markup, newer: &Markup, is_same_text: bool) -> Vec<PartChange> {
    // With the same characters the places can be compared too. The same text may have others: its list marks are no characters.
    let has_places = is_same_text && older.text == newer.text;
    let kinds: BTreeSet<_> = older.parts.iter().chain(&newer.parts).map(|part| part.what).collect();
    // How a code block is laid out is seen in its text where that changed.
    let is_told = |kind: &&str| is_same_text || *kind != CODE;
    let changes = kinds.into_iter().filter(is_told).filter_map(|kind| change(kind, older, newer, has_places));
    let marks = match (is_same_text, has_places) {
        (_, true) => formatting::marks(older, newer),
        (true, false) => formatting::marked_words(older, newer, &[], &[]),
        (false, false) => Vec::new(),
    };
    changes.chain(marks).collect()
}

fn change(kind: &'static str, older: &Markup, newer: &Markup, has_places: bool) -> Option<PartChange> {
    let of = |markup: &'_ Markup| markup.parts.iter().filter(|part| part.what == kind).cloned().collect::<Vec<Part>>();
    let (were, are) = (of(older), of(newer));
    let values = |parts: &[Part]| parts.iter().map(|part| part.value.clone()).collect::<Vec<_>>();
    let (mut removed, mut added) = (surplus(&values(&were), &values(&are)), surplus(&values(&are), &values(&were)));
    let is_elsewhere = has_places && removed.is_empty() && added.is_empty();
    let moved = if is_elsewhere { surplus(&were, &are).len() } else { 0 };
    // Which pictures came and went is told with those of the text.
    if kind == BACKGROUND {
        (removed, added) = (Vec::new(), Vec::new());
    }
    let what = if kind == CODE { "code layout" } else { kind };
    Some(PartChange { what, removed, added, moved }).filter(|change| !change.is_nothing())
}

/// Returns what there is more of in one list than in another, repetitions counted, in its order.
pub(super) fn surplus<T: Ord + Clone>(list: &[T], other: &[T]) -> Vec<T> {
    let mut left = BTreeMap::<&T, usize>::new();
    other.iter().for_each(|item| *left.entry(item).or_default() += 1);
    let is_more = |item: &&T| match left.get_mut(*item) {
        Some(count) if *count > 0 => {
            *count -= 1;
            false
        }
        _ => true,
    };
    list.iter().filter(is_more).cloned().collect()
}
