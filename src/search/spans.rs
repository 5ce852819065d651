//! In which versions of a draft each of its paragraphs stood. Pure.

use std::collections::{BTreeMap, BTreeSet};

use super::field::Field;

/// A paragraph: the position of its article, its part of the article, and its text.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Paragraph {
    pub article: usize,
    pub field: Field,
    pub text: String,
}

/// The paragraphs that the last version has that was read, each with the version that it came with and the row that says so, if it has one.
#[derive(Debug, Default)]
pub(super) struct Spans {
    pub(super) open: BTreeMap<Paragraph, (u64, Option<i64>)>,
}

/// What changes in the index.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct SpanChanges {
    /// Rows, each with the last version that had its paragraph.
    pub(super) closed: Vec<(i64, u64)>,
    /// Paragraphs that came and went, with the versions.
    pub(super) passed: Vec<(Paragraph, u64, u64)>,
}

impl Spans {
    /// Takes the next version that was read, `before` being the one before.
    pub(super) fn add(
        &mut self,
        version: u64,
        before: u64,
        paragraphs: BTreeSet<Paragraph>,
        changes: &mut SpanChanges,
    ) {
        let is_gone = |paragraph: &Paragraph, _: &mut (u64, Option<i64>)| !paragraphs.contains(paragraph);
        for (paragraph, (first, row)) in self.open.extract_if(.., is_gone) {
            match row {
                Some(row) => changes.closed.push((row, before)),
                None => changes.passed.push((paragraph, first, before)),
            }
        }
        for paragraph in paragraphs {
            self.open.entry(paragraph).or_insert((version, None));
        }
    }
}
