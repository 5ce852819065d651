//! What changed in a body beside its text: links, media, descriptions, hidden text.

use std::collections::BTreeSet;

use super::formatting;
use super::markup::{BACKGROUND, CODE, DESCRIPTION, DRAWING, HIDDEN, LINK, Markup, Part};
use super::media;
use super::part_change::{PartChange, surplus};
use super::text_style::Property;

/// How a code block is laid out, where its text is the same.
const CODE_LAYOUT: &str = "code layout";

/// Returns every kind that [`PartChange::what`] may name.
pub fn part_kinds() -> impl Iterator<Item = &'static str> {
    let marks = Property::all().filter(|property| property.is_content()).map(Property::as_str);
    media::KINDS.into_iter().chain([LINK, BACKGROUND, DRAWING, HIDDEN, DESCRIPTION, CODE_LAYOUT]).chain(marks)
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
    let what = if kind == CODE { CODE_LAYOUT } else { kind };
    Some(PartChange { what, removed, added, moved }).filter(|change| !change.is_nothing())
}
