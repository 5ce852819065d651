//! A body as plain text, the way a person reads it.

use super::captions::description;
use super::columns::Columns;
use super::html::{Element, Piece};
use super::lines::Lines;
use super::tags::is_block;

/// Writes pieces as lines: paragraphs apart by an empty line, lists with marks, pictures as `[picture]`, links with their
/// addresses behind them.
pub(super) fn write(pieces: &[Piece]) -> String {
    let mut writer = Writer::default();
    for piece in pieces {
        match piece {
            Piece::Open(element) => writer.open(element),
            Piece::Close(name) => writer.close(name),
            Piece::Void(element) => writer.void(element),
            Piece::Text(text) => writer.text(text),
        }
    }
    writer.lines.out
}

/// What stands between the last character written and the next.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
enum Gap {
    #[default]
    Nothing,
    Blank,
    Line,
    Paragraph,
}

#[derive(Default)]
struct Writer {
    lines: Lines,
    gap: Gap,
    /// The addresses of the open links, and where their texts begin.
    links: Vec<(Option<String>, usize)>,
    /// The open tables.
    tables: Vec<Table>,
    in_code: bool,
}

#[derive(Default)]
struct Table {
    columns: Columns,
    /// The column of the last cell.
    column: usize,
    /// Whether a cell is open: its blocks stand on one line.
    is_in_cell: bool,
}

impl Writer {
    fn open(&mut self, element: &Element) {
        if &*element.name == "table" {
            self.tables.push(Table::default());
        }
        self.part(&element.name);
        match &*element.name {
            "a" => self.links.push((link(element), self.lines.out.len())),
            "ul" | "ol" => self.lines.open_list(element),
            "li" => self.begin_entry(element),
            "blockquote" => self.lines.open_quotation(),
            "tr" => self.begin_row(),
            "td" | "th" => self.begin_cell(element),
            "pre" => self.in_code = true,
            _ => {}
        }
    }

    fn close(&mut self, name: &str) {
        match name {
            "ul" | "ol" => self.lines.close_list(),
            "a" => self.end_link(),
            "pre" => self.in_code = false,
            "td" | "th" => self.tables.last_mut().into_iter().for_each(|table| table.is_in_cell = false),
            "blockquote" => self.lines.close_margin(),
            "li" => self.lines.close_entry(),
            _ => {}
        }
        self.part(name);
        if name == "table" {
            self.tables.pop();
        }
    }

    fn void(&mut self, element: &Element) {
        match &*element.name {
            "br" if self.gap >= Gap::Line => self.widen(Gap::Paragraph),
            "br" => self.widen(Gap::Line),
            "hr" => {
                self.widen(Gap::Paragraph);
                self.word("---");
                self.widen(Gap::Paragraph);
            }
            "img" => self.text(&picture(element)),
            _ => {}
        }
    }

    fn text(&mut self, text: &str) {
        if self.in_code {
            return self.code(text);
        }
        let is_blank = |c: char| matches!(c, ' ' | '\t' | '\n' | '\r' | '\x0c' | '\u{a0}');
        if text.starts_with(is_blank) {
            self.widen(Gap::Blank);
        }
        for word in text.split(is_blank).filter(|word| !word.is_empty()) {
            self.word(word);
            self.widen(Gap::Blank);
        }
        // Nothing, as is left of a hidden part, does not end the blank before it.
        if self.gap == Gap::Blank && !text.is_empty() && !text.ends_with(is_blank) {
            self.gap = Gap::Nothing;
        }
    }

    fn code(&mut self, text: &str) {
        for (index, line) in text.split('\n').enumerate() {
            if index > 0 {
                self.gap = Gap::Line;
            }
            self.word(line.trim_end());
        }
    }

    /// Keeps the parts of a page apart.
    fn part(&mut self, name: &str) {
        match name {
            "p" | "pre" | "blockquote" | "figure" | "table" | "h1" | "h2" | "h3" | "h4" | "h5" | "h6" => {
                self.widen(Gap::Paragraph);
            }
            // A list in a list follows its entry at once.
            "ul" | "ol" if !self.lines.is_in_list() => self.widen(Gap::Paragraph),
            "td" | "th" => self.widen(Gap::Blank),
            name if is_block(name) => self.widen(Gap::Line),
            _ => {}
        }
    }

    fn widen(&mut self, gap: Gap) {
        let widest = match () {
            () if self.is_in_cell() => Gap::Blank,
            // The text of a list entry stands beside its mark, and its paragraphs stand close.
            () if self.lines.has_mark() || self.lines.is_in_list() => Gap::Line,
            () => Gap::Paragraph,
        };
        self.gap = self.gap.max(gap.min(widest));
    }

    /// Writes characters that stay together, after the gap before them.
    fn word(&mut self, word: &str) {
        if self.lines.out.is_empty() || self.gap >= Gap::Line {
            self.lines.begin(self.gap == Gap::Paragraph, word);
        } else {
            self.lines.out.push_str(if self.gap == Gap::Blank { " " } else { "" });
            self.lines.out.push_str(word);
        }
        self.gap = Gap::Nothing;
    }

    fn begin_entry(&mut self, element: &Element) {
        let mut written = String::new();
        self.lines.open_entry(element, |_, number| {
            written = number.map_or("- ".to_owned(), |number| format!("{number}. "));
            written.clone()
        });
        if self.is_in_cell() {
            self.text(&written);
        }
    }

    fn is_in_cell(&self) -> bool {
        self.tables.last().is_some_and(|table| table.is_in_cell)
    }

    fn begin_row(&mut self) {
        if let Some(table) = self.tables.last_mut() {
            table.columns.begin_row();
            table.column = 0;
        }
    }

    /// Begins a cell behind a bar for each column since the cell before.
    fn begin_cell(&mut self, element: &Element) {
        let Some(table) = self.tables.last_mut() else { return };
        let column = table.columns.take(element);
        for _ in std::mem::replace(&mut table.column, column)..column {
            self.word("|");
            self.gap = Gap::Blank;
        }
        if let Some(table) = self.tables.last_mut() {
            table.is_in_cell = true;
        }
    }

    fn end_link(&mut self) {
        if let Some((Some(address), start)) = self.links.pop()
            && self.lines.out.len() > start
            && !self.lines.out[start..].contains(&address)
        {
            self.widen(Gap::Blank);
            self.word(&format!("({address})"));
        }
    }
}

/// Returns the address that a link leads to; a jump within the page leads nowhere here.
fn link(element: &Element) -> Option<String> {
    let address = element.attribute("href")?.trim();
    let leads_away = !address.is_empty() && !address.starts_with('#') && !address.starts_with("javascript:");
    leads_away.then(|| address.to_owned())
}

fn picture(element: &Element) -> String {
    description(element).map_or_else(|| "[picture]".to_owned(), |description| format!("[picture: {description}]"))
}
