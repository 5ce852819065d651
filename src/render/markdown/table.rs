//! Tables as GitHub's Markdown has them: one line a row, the first of them a head.

use super::super::columns::Columns;
use super::super::html::{Element, Piece};

/// A table that is being read.
pub(super) struct Table {
    /// Whether all cells of the first row are heads.
    has_head: bool,
    columns: Columns,
    rows: Vec<Vec<String>>,
    /// The blocks of the cell that is open.
    cell: Option<Vec<String>>,
}

impl Table {
    /// Begins the table that `inside` begins with the inside of. `None` if it is a frame around one cell, or a cell has a
    /// table in it, for which one line a row has no place.
    pub(super) fn new(inside: &[Piece]) -> Option<Self> {
        let end = inside.iter().position(|piece| matches!(piece, Piece::Close(name) if &**name == "table"));
        let elements = inside[..end.unwrap_or(inside.len())].iter().filter_map(|piece| match piece {
            Piece::Open(element) => Some(&*element.name),
            _ => None,
        });
        let names: Vec<&str> = elements.filter(|name| matches!(*name, "table" | "tr" | "th" | "td")).collect();
        let mut rows = names.split(|name| *name == "tr").filter(|row| !row.is_empty());
        let is_frame = names.contains(&"table") || matches!(names[..], [] | ["td"] | ["tr", "td"]);
        let has_head = rows.next().is_some_and(|row| row.iter().all(|name| *name == "th"));
        let table = Self { has_head, columns: Columns::default(), rows: Vec::new(), cell: None };
        (!is_frame).then_some(table)
    }

    pub(super) fn begin_row(&mut self) {
        self.columns.begin_row();
        // A row without cells is no row: the one after it is the first.
        if self.rows.last().is_none_or(|row| !row.is_empty()) {
            self.rows.push(Vec::new());
        }
    }

    /// Begins a cell. Returns whether it is the head of a row, which is bold, as the head of the table is without a word.
    pub(super) fn begin_cell(&mut self, element: &Element) -> bool {
        if self.rows.is_empty() {
            self.begin_row();
        }
        let row = self.rows.len() - 1;
        self.rows[row].resize(self.columns.take(element), String::new());
        self.cell = Some(Vec::new());
        &*element.name == "th" && !(self.has_head && row == 0)
    }

    pub(super) fn is_in_cell(&self) -> bool {
        self.cell.is_some()
    }

    /// Returns the blocks of the cell that is open.
    pub(super) fn cell(&mut self) -> Option<&mut Vec<String>> {
        self.cell.as_mut()
    }

    pub(super) fn end_cell(&mut self) {
        if let (Some(blocks), Some(row)) = (self.cell.take(), self.rows.last_mut()) {
            row.push(blocks.join("<br>").replace('|', "\\|"));
        }
    }

    /// Returns the lines of the table.
    pub(super) fn write(mut self) -> Vec<String> {
        self.rows.retain(|row| !row.is_empty());
        let widest = self.rows.iter().map(Vec::len).max().unwrap_or(0);
        let mut head = if self.has_head { self.rows.remove(0) } else { Vec::new() };
        head.resize(widest, String::new());
        let rule = vec!["---".to_owned(); widest];
        let line = |cells: &Vec<String>| format!("| {} |", cells.join(" | "));
        [head, rule].iter().chain(&self.rows).map(line).collect()
    }
}
