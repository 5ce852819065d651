//! A body as Markdown, block by block.

use super::super::attribute;
use super::super::head::one_line;
use super::super::html::{Element, Piece};
use super::super::lines::{Lines, List};
use super::super::pictures::Pictures;
use super::super::tags::is_block;
use super::escape;
use super::inline::{Inline, Place};
use super::style::Style;
use super::table::Table;
use crate::sanitize;

/// Writes pieces as Markdown.
pub(super) fn write(pieces: &[Piece], pictures: &Pictures) -> String {
    let mut writer = Writer::new(pictures);
    for (at, piece) in pieces.iter().enumerate() {
        match piece {
            Piece::Open(element) => writer.open(element, &pieces[at + 1..]),
            Piece::Close(name) => writer.close(name),
            Piece::Void(element) => writer.void(element),
            Piece::Text(text) => writer.text(text),
        }
    }
    writer.end_block();
    writer.lines.out
}

struct Writer<'a> {
    pictures: &'a Pictures,
    lines: Lines,
    /// The paragraph that is being read.
    inline: Inline,
    /// How the text of each open element looks.
    styles: Vec<Style>,
    /// Where the links lead, in their order.
    links: Vec<String>,
    /// The levels of the headings that are open.
    headings: Vec<usize>,
    table: Option<Table>,
    /// The code block that is open: its language and its text.
    code: Option<(String, String)>,
    /// Whether the next block stands close to the one before: both belong to one list.
    is_close: bool,
}

impl<'a> Writer<'a> {
    fn new(pictures: &'a Pictures) -> Self {
        Self {
            pictures,
            lines: Lines::default(),
            inline: Inline::default(),
            styles: Vec::new(),
            links: Vec::new(),
            headings: Vec::new(),
            table: None,
            code: None,
            is_close: false,
        }
    }

    fn style(&self) -> Style {
        self.styles.last().copied().unwrap_or_default()
    }

    fn open(&mut self, element: &Element, inside: &[Piece]) {
        if is_block(&element.name) {
            self.end_block();
        }
        let mut style = self.style().within(element);
        match &*element.name {
            "a" => style.link = self.link(element).or(style.link),
            "pre" => self.code = Some((String::new(), String::new())),
            "code" => self.set_language(element),
            "blockquote" => self.lines.open_quotation(),
            "ul" | "ol" => self.lines.open_list(element),
            "li" => self.open_entry(element),
            "table" if self.table.is_none() => self.table = Table::new(inside),
            name => {
                self.headings.extend(heading(name));
                style.bold |= self.open_table_part(element);
            }
        }
        self.styles.push(style);
    }

    /// Returns whether the text in it is bold.
    fn open_table_part(&mut self, element: &Element) -> bool {
        let Some(table) = &mut self.table else { return false };
        match &*element.name {
            "tr" => table.begin_row(),
            "th" | "td" => return table.begin_cell(element),
            _ => {}
        }
        table.cell().is_some() && !self.headings.is_empty()
    }

    fn close(&mut self, name: &str) {
        if is_block(name) {
            self.end_block();
        }
        match name {
            "pre" => self.end_code(),
            "blockquote" => self.lines.close_margin(),
            "ul" | "ol" => self.lines.close_list(),
            "li" => self.close_entry(),
            "td" | "th" => self.table.iter_mut().for_each(Table::end_cell),
            "table" => {
                if let Some(table) = self.table.take() {
                    self.put(&table.write());
                }
            }
            _ if heading(name).is_some() => drop(self.headings.pop()),
            _ => {}
        }
        self.styles.pop();
    }

    fn void(&mut self, element: &Element) {
        match &*element.name {
            // What is behind an empty line is another paragraph.
            "br" if self.inline.is_at_line_start() && self.place() == Place::Paragraph => self.end_block(),
            "br" => self.inline.line_break(),
            "hr" => self.rule(),
            "img" => self.picture(element),
            _ => {}
        }
    }

    fn text(&mut self, text: &str) {
        let style = self.style();
        match &mut self.code {
            Some((_, code)) => code.push_str(text),
            None => self.inline.text(&sanitize::lines(text), style),
        }
    }

    fn picture(&mut self, element: &Element) {
        let Some(address) = element.picture() else { return };
        let style = self.style();
        match self.pictures.shown_in_markdown(address) {
            Ok(address) => {
                let description = one_line(element.attribute("alt").unwrap_or_default());
                self.inline.picture(&sanitize::line(&description), &attribute::encoded(&address), style);
            }
            Err(text) => self.inline.text(&sanitize::lines(&text), style),
        }
    }

    /// Returns the number of a link, if it leads somewhere.
    fn link(&mut self, element: &Element) -> Option<usize> {
        self.links.push(attribute::link(element.attribute("href")?)?);
        Some(self.links.len() - 1)
    }

    fn place(&self) -> Place {
        match self.table.as_ref().is_some_and(Table::is_in_cell) {
            true => Place::Cell,
            false if !self.headings.is_empty() => Place::Heading,
            false => Place::Paragraph,
        }
    }

    /// Writes the paragraph that has been read.
    fn end_block(&mut self) {
        let text = self.inline.take(&self.links, self.place());
        if text.is_empty() {
            return;
        }
        if let Some(cell) = self.table.as_mut().and_then(Table::cell) {
            cell.push(text);
        } else if let Some(level) = self.headings.last().copied() {
            self.put(&[format!("{} {}", "#".repeat(level), escape::heading(&text))]);
        } else {
            self.put(&text.split('\n').map(escape::line).collect::<Vec<_>>());
        }
    }

    /// Writes the lines of a block.
    fn put(&mut self, lines: &[String]) {
        for (at, line) in lines.iter().enumerate() {
            self.lines.begin(at == 0 && !self.is_close, line);
        }
        self.is_close = false;
    }

    fn rule(&mut self) {
        self.end_block();
        // Beside the mark of a list entry, dashes would be a rule together with it.
        let rule = if self.lines.has_mark() { "___" } else { "---" };
        if self.place() != Place::Cell {
            self.put(&[rule.to_owned()]);
        }
    }

    /// Begins a list entry. It stands close to the entry before it, and to the text of the entry that it is in.
    fn open_entry(&mut self, element: &Element) {
        let (follows, is_nested) = (self.lines.leaves_margin(), self.lines.is_nested() && !self.lines.has_mark());
        let (mut written, mut is_close) = (String::new(), false);
        self.lines.open_entry(element, |list, number| {
            written = mark(list, number);
            // Another number would be taken for more of the text.
            let can_follow_text = number.is_none_or(|number| number == 1);
            is_close = if list.entries > 1 { follows } else { is_nested && can_follow_text };
            written.clone()
        });
        self.is_close |= is_close;
        if self.place() == Place::Cell {
            self.inline.text(&written, Style::default());
        }
    }

    /// An entry of a numbered list that says nothing has its number all the same.
    fn close_entry(&mut self) {
        if self.lines.has_mark() && self.lines.is_numbered() && self.place() != Place::Cell {
            self.is_close &= self.lines.is_behind_entry();
            self.put(&[String::new()]);
        }
        self.lines.close_entry();
    }

    fn set_language(&mut self, element: &Element) {
        let class = element.attribute("class").unwrap_or_default();
        if let (Some((language, _)), Some(name)) = (&mut self.code, class.strip_prefix("language-")) {
            name.clone_into(language);
        }
    }

    /// Writes a code block between fences that are longer than any in it. In a cell it has tags, and stays on one line.
    fn end_code(&mut self) {
        let Some((language, code)) = self.code.take() else { return };
        if let Some(cell) = self.table.as_mut().and_then(Table::cell) {
            let lines: Vec<_> = code.split('\n').map(escape::literal).collect();
            return cell.push(format!("<pre>{}</pre>", lines.join("<br>")));
        }
        let longest = code.split(|c| c != '`').map(str::len).max().unwrap_or(0);
        let fence = "`".repeat(longest.max(2) + 1);
        let lines = code.split('\n').map(str::to_owned);
        self.put(&[format!("{fence}{language}")].into_iter().chain(lines).chain([fence.clone()]).collect::<Vec<_>>());
    }
}

/// Returns the mark of a list entry. Of two lists that follow one another the second has marks of another kind, for else
/// they would be one.
fn mark(list: &List, number: Option<u64>) -> String {
    match (number, list.is_second) {
        (Some(number), false) => format!("{number}. "),
        (Some(number), true) => format!("{number}) "),
        (None, false) => "- ".to_owned(),
        (None, true) => "* ".to_owned(),
    }
}

/// Returns the level of a heading.
fn heading(name: &str) -> Option<usize> {
    ["h1", "h2", "h3", "h4", "h5", "h6"].iter().position(|heading| *heading == name).map(|at| at + 1)
}
