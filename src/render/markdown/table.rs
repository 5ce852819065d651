//! Tables as GitHub's Markdown has them: one line a row, the first of them a head.

use super::super::html::{Element, Piece};

/// How far cells are followed that reach over columns or rows. No table that people read is wider.
const WIDEST: usize = 50;

/// A table that is being read.
pub(super) struct Table {
    /// Whether all cells of the first row are heads.
    has_head: bool,
    rows: Vec<Vec<String>>,
    /// For each column, the first row that the cells above do not reach into.
    free_from: [usize; WIDEST],
    /// The cell that is open.
    cell: Option<Cell>,
}

struct Cell {
    blocks: Vec<String>,
    columns: usize,
    rows: usize,
}

impl Table {
    /// Begins the table that `inside` begins with the inside of. `None` where one line a row cannot hold it: a cell has a table
    /// or lines of code in it, or the table is a frame around one column.
    pub(super) fn new(inside: &[Piece]) -> Option<Self> {
        let end = inside.iter().position(|piece| matches!(piece, Piece::Close(name) if &**name == "table"));
        let elements = inside[..end.unwrap_or(inside.len())].iter().filter_map(|piece| match piece {
            Piece::Open(element) => Some(&*element.name),
            _ => None,
        });
        let names: Vec<&str> = elements.filter(|name| matches!(*name, "table" | "pre" | "tr" | "th" | "td")).collect();
        let mut rows = names.split(|name| *name == "tr").filter(|row| !row.is_empty());
        let is_head = |row: &[&str]| row.iter().all(|name| *name == "th");
        let fits = !names.iter().any(|name| matches!(*name, "table" | "pre"));
        let is_frame = rows.clone().all(|row| row == ["td"]);
        let has_head = rows.next().is_some_and(is_head);
        let table = Self { has_head, rows: Vec::new(), free_from: [0; WIDEST], cell: None };
        (fits && !is_frame).then_some(table)
    }

    pub(super) fn begin_row(&mut self) {
        self.rows.push(Vec::new());
    }

    /// Begins a cell, behind empty ones where cells above reach into its row. Tells whether it is the head of a row, which is
    /// bold, as the head of the table is without a word.
    pub(super) fn begin_cell(&mut self, element: &Element) -> bool {
        if self.rows.is_empty() {
            self.begin_row();
        }
        let row = self.rows.len() - 1;
        let cells = &mut self.rows[row];
        while self.free_from.get(cells.len()).is_some_and(|free| *free > row) {
            cells.push(String::new());
        }
        let span = |name| element.attribute(name).and_then(|span| span.trim().parse().ok()).unwrap_or(1);
        self.cell = Some(Cell { blocks: Vec::new(), columns: span("colspan"), rows: span("rowspan") });
        &*element.name == "th" && !(self.has_head && row == 0)
    }

    pub(super) fn is_in_cell(&self) -> bool {
        self.cell.is_some()
    }

    /// Returns the blocks of the cell that is open.
    pub(super) fn cell(&mut self) -> Option<&mut Vec<String>> {
        self.cell.as_mut().map(|cell| &mut cell.blocks)
    }

    pub(super) fn end_cell(&mut self) {
        let Some(cell) = self.cell.take() else { return };
        let row = self.rows.len() - 1;
        let cells = &mut self.rows[row];
        let column = cells.len();
        cells.push(cell.blocks.join("<br>").replace('|', "\\|"));
        let reached = column..column.saturating_add(cell.columns).min(WIDEST);
        for column in reached {
            cells.resize(cells.len().max(column + 1), String::new());
            self.free_from[column] = row.saturating_add(cell.rows);
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
