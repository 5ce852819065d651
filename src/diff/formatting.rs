//! What changed in how the same text looks, in a few words each.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::rc::Rc;

use aho_corasick::{AhoCorasick, AhoCorasickKind};

use super::formatting_change::{Extent, FormattingChange, NOTHING_THAT_SHOWS, SPACING};
use super::markup::Markup;
use super::part_change::{PartChange, surplus};
use super::text_style::{BOX_GROUPS, Property, TextStyle};

/// Returns how the looks of two bodies of the same text differ.
pub(super) fn changes(older: &Markup, newer: &Markup) -> Vec<FormattingChange> {
    let mut found = looks(&differing(older, newer), newer);
    found.extend(boxes(older, newer));
    if found.is_empty() && styles(older) != styles(newer) {
        found.push(FormattingChange::new(BOX_GROUPS[3], Extent::Somewhere));
    }
    found.extend(in_places(SPACING[0], older.lines.symmetric_difference(&newer.lines).count()));
    found.extend(in_places(SPACING[1], blanks(older, newer)));
    if found.is_empty() {
        found.push(FormattingChange::new(NOTHING_THAT_SHOWS, Extent::Somewhere));
    }
    found
}

fn in_places(what: &'static str, count: usize) -> Option<FormattingChange> {
    (count > 0).then(|| FormattingChange::new(what, Extent::Places(count)))
}

/// Returns how the looks of paragraphs differ whose text is the same in two bodies of different text. Only a paragraph that each body
/// has once is compared, wherever it stands: it needs no guess at which one it was. Nor is what encloses it, which the text
/// around it may share.
pub(super) fn beside_text(older: &Markup, newer: &Markup) -> Vec<FormattingChange> {
    let (were, are) = (single_paragraphs(older), single_paragraphs(newer));
    let mut found = Differing::new();
    for place in paragraphs(newer) {
        let text = &newer.text[place.clone()];
        if let (Some(Some(was)), Some(Some(is))) = (were.get(text), are.get(text)) {
            compare_stretches(older, was.clone(), newer, is.clone(), &mut found);
        }
    }
    looks(&found, newer)
}

/// Returns the paragraphs by their texts; none for a text that stands there more than once.
fn single_paragraphs(markup: &Markup) -> BTreeMap<&[char], Option<Range<usize>>> {
    // To compare a few characters is quicker than to hash all of them.
    let mut found = BTreeMap::new();
    for place in paragraphs(markup).into_iter().filter(|place| !place.is_empty()) {
        let text = &markup.text[place.clone()];
        found.entry(text).and_modify(|there| *there = None).or_insert(Some(place));
    }
    found
}

fn looks(differing: &Differing, newer: &Markup) -> Vec<FormattingChange> {
    let paragraphs = paragraphs(newer);
    let looks = Property::all().filter(|property| !property.is_content());
    looks.filter_map(|property| look(property, differing.get(&(property as usize))?, &paragraphs)).collect()
}

/// Returns what of the same text was struck out, raised or lowered, or is not any more.
pub(super) fn marks(older: &Markup, newer: &Markup) -> Vec<PartChange> {
    let differing = differing(older, newer);
    let marks = Property::all().filter(|property| property.is_content());
    let change = |property: Property| {
        let stretches = differing.get(&(property as usize))?;
        let (mut added, mut removed) = (Vec::new(), Vec::new());
        for (stretch, is_set) in stretches {
            let list = if *is_set { &mut added } else { &mut removed };
            list.push(newer.text[stretch.clone()].iter().collect());
        }
        Some(PartChange { what: property.as_str(), removed, added, moved: 0 })
    };
    marks.filter_map(change).collect()
}

/// Compares what is struck out, raised or lowered of two texts, by its words. What was written with its mark, or removed with
/// it, is told by the text.
pub(super) fn marked_words(older: &Markup, newer: &Markup, removed: &[String], added: &[String]) -> Vec<PartChange> {
    let marks = Property::all().filter(|property| property.is_content());
    let change = |property: Property| {
        let (were, are) = (words(older, property), words(newer, property));
        let removed = outside(surplus(&were, &are), removed);
        let added = outside(surplus(&are, &were), added);
        let is_change = !removed.is_empty() || !added.is_empty();
        is_change.then(|| PartChange { what: property.as_str(), removed, added, moved: 0 })
    };
    marks.filter_map(change).collect()
}

/// Returns those of `words` that stand in none of the texts. All are looked for in one pass: where every second character is
/// struck out, there are tens of thousands.
fn outside(mut words: Vec<String>, texts: &[String]) -> Vec<String> {
    if words.is_empty() || texts.is_empty() {
        return words;
    }
    let distinct: Vec<&String> = words.iter().collect::<BTreeSet<_>>().into_iter().collect();
    // Not a DFA: for one word of a megabyte that takes a gigabyte of memory.
    let searcher = AhoCorasick::builder().kind(Some(AhoCorasickKind::ContiguousNFA)).build(&distinct);
    let searcher = searcher.expect("a document holds fewer than two thousand million bytes");
    let mut is_inside = vec![false; distinct.len()];
    for found in texts.iter().flat_map(|text| searcher.find_overlapping_iter(text)) {
        is_inside[found.pattern().as_usize()] = true;
    }
    let inside = distinct.into_iter().zip(is_inside).filter(|(_, is_inside)| *is_inside);
    let inside: BTreeSet<String> = inside.map(|(word, _)| word.clone()).collect();
    words.retain(|word| !inside.contains(word));
    words
}

/// Returns the stretches of text that have a property.
fn words(markup: &Markup, property: Property) -> Vec<String> {
    let (mut words, mut start, mut is_open) = (Vec::<String>::new(), 0, false);
    for (end, look) in &markup.looks {
        let has_it = !look.get(property).is_empty();
        let stretch = markup.text[start..*end].iter();
        match words.last_mut() {
            Some(last) if has_it && is_open => last.extend(stretch),
            _ if has_it => words.push(stretch.collect()),
            _ => {}
        }
        (start, is_open) = (*end, has_it);
    }
    words
}

/// The stretches in which a property differs, and whether the newer text has it.
type Stretches = Vec<(Range<usize>, bool)>;

/// The stretches of each property.
type Differing = BTreeMap<usize, Stretches>;

/// Compares the looks of the same text, property by property.
fn differing(older: &Markup, newer: &Markup) -> Differing {
    let mut found = Differing::new();
    compare_stretches(older, 0..older.text.len(), newer, 0..newer.text.len(), &mut found);
    found
}

/// Compares the looks of two stretches of the same text.
fn compare_stretches(older: &Markup, was: Range<usize>, newer: &Markup, is: Range<usize>, found: &mut Differing) {
    let first = |markup: &Markup, start: usize| markup.looks.partition_point(|(end, _)| *end <= start);
    let (mut of_older, mut of_newer) = (first(older, was.start), first(newer, is.start));
    let (mut done, length) = (0, was.len().min(is.len()));
    while done < length
        && let (Some((older_end, before)), Some((newer_end, after))) =
            (older.looks.get(of_older), newer.looks.get(of_newer))
    {
        let (older_end, newer_end) = (older_end - was.start, newer_end - is.start);
        let end = older_end.min(newer_end).min(length);
        compare(before, after, is.start + done..is.start + end, found);
        of_older += usize::from(older_end == end);
        of_newer += usize::from(newer_end == end);
        done = end;
    }
}

fn compare(before: &Rc<TextStyle>, after: &Rc<TextStyle>, place: Range<usize>, found: &mut Differing) {
    if before == after {
        return;
    }
    for property in Property::all().filter(|property| before.get(*property) != after.get(*property)) {
        let is_set = !after.get(property).is_empty();
        let stretches = found.entry(property as usize).or_default();
        match stretches.last_mut() {
            Some((last, was_set)) if last.end == place.start && *was_set == is_set => last.end = place.end,
            _ => stretches.push((place.clone(), is_set)),
        }
    }
}

fn paragraphs(markup: &Markup) -> Vec<Range<usize>> {
    let starts: Vec<usize> = std::iter::once(0).chain(markup.lines.iter().copied()).collect();
    let ends = starts.iter().skip(1).copied().chain([markup.text.len()]);
    starts.iter().zip(ends).map(|(start, end)| *start..end).collect()
}

fn look(property: Property, stretches: &Stretches, paragraphs: &[Range<usize>]) -> Option<FormattingChange> {
    let mut parts = Vec::new();
    for (stretch, _) in stretches {
        let first = paragraphs.partition_point(|paragraph| paragraph.end <= stretch.start);
        let touched = paragraphs[first..].iter().take_while(|paragraph| paragraph.start < stretch.end);
        parts.extend(touched.map(|paragraph| {
            let part = stretch.start.max(paragraph.start)..stretch.end.min(paragraph.end);
            part == *paragraph
        }));
    }
    let is_of_words = matches!(property, Property::Bold | Property::Italics | Property::Underline);
    let extent = match parts.len() {
        0 => return None,
        count if !is_of_words && parts.iter().all(|is_whole| *is_whole) => Extent::Paragraphs(count),
        count => Extent::Places(count),
    };
    Some(FormattingChange::new(property.as_str(), extent))
}

fn boxes(older: &Markup, newer: &Markup) -> Vec<FormattingChange> {
    let nothing = Default::default();
    let mut places: Vec<usize> = older.boxes.keys().chain(newer.boxes.keys()).copied().collect();
    places.sort_unstable();
    places.dedup();
    let differs = |group: usize| {
        let of = |markup: &'_ Markup, place: &usize| markup.boxes.get(place).unwrap_or(&nothing)[group].clone();
        places.iter().filter(|place| of(older, place) != of(newer, place)).count()
    };
    BOX_GROUPS.into_iter().enumerate().filter_map(|(group, what)| in_places(what, differs(group))).collect()
}

/// Blanks at the place of a line break in the other body are told as that.
fn blanks(older: &Markup, newer: &Markup) -> usize {
    let differing = older.blanks.symmetric_difference(&newer.blanks);
    differing.filter(|place| older.lines.contains(place) == newer.lines.contains(place)).count()
}

fn styles(markup: &Markup) -> Vec<&super::text_style::Declarations> {
    let mut styles: Vec<_> = markup.styles.iter().map(|style| &style.0).collect();
    styles.sort_unstable();
    styles
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn words_are_looked_for_all_at_once_as_one_by_one(
            words in prop::collection::vec("[一二a]{0,4}", 0..12),
            texts in prop::collection::vec("[一二a]{0,12}", 0..4),
        ) {
            let is_outside = |word: &String| texts.iter().all(|text| !text.contains(word));
            let expected: Vec<String> = words.iter().filter(|word| is_outside(word)).cloned().collect();
            prop_assert_eq!(outside(words, &texts), expected);
        }
    }
}
