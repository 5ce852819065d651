//! Finds the columns of a table's cells.

use super::html::Element;

/// How far cells are followed that reach over columns or rows. No table that people read is wider.
const WIDEST: usize = 50;

/// The columns of a table that is being read.
pub(super) struct Columns {
    row: usize,
    /// Where the next cell of the row stands.
    next: usize,
    /// For each column, the first row that the cells above do not reach into.
    free_from: [usize; WIDEST],
}

impl Default for Columns {
    fn default() -> Self {
        Self { row: 0, next: 0, free_from: [0; WIDEST] }
    }
}

impl Columns {
    pub(super) fn begin_row(&mut self) {
        self.row += 1;
        self.next = 0;
    }

    /// Takes the columns of a cell. Returns the one that it begins in; those between it and the cell before it are reached into
    /// from above or from the left.
    pub(super) fn take(&mut self, cell: &Element) -> usize {
        while self.free_from.get(self.next).is_some_and(|free| *free > self.row) {
            self.next += 1;
        }
        let span = |name| cell.attribute(name).and_then(|span| span.trim().parse::<usize>().ok()).unwrap_or(1).max(1);
        let begin = self.next;
        self.next = begin.saturating_add(span("colspan")).min(WIDEST).max(begin + 1);
        let below = self.row.saturating_add(span("rowspan"));
        self.free_from.iter_mut().take(self.next).skip(begin).for_each(|free| *free = below);
        begin
    }
}
