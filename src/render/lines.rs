//! Lines beside the marks of the lists and quotations that they stand in.

use super::html::Element;

/// As many as the number of a list entry may be in Markdown.
const LARGEST: u64 = 999_999_999;

/// Lines that are being written.
#[derive(Default)]
pub(super) struct Lines {
    pub(super) out: String,
    margins: Vec<Margin>,
    /// How many margins the last line has.
    margins_before: usize,
    /// The least number of margins since: what an empty line before the next one is indented by.
    margins_between: usize,
    lists: Vec<List>,
    /// The list that ended last, if nothing was written since.
    ended: Option<List>,
}

/// What stands before each line of a list entry or a quotation.
struct Margin {
    text: String,
    /// What stands there before the first line: the mark of a list entry.
    mark: Option<String>,
}

/// A list that is open.
#[derive(Clone, Copy, Default)]
pub(super) struct List {
    /// The number of the next entry; `None` for bullets.
    next: Option<u64>,
    /// Whether it follows a list whose entries have the same marks: Markdown tells two such lists apart by their marks.
    pub(super) is_second: bool,
    /// How many entries it had so far.
    pub(super) entries: usize,
    is_in_entry: bool,
    /// Whether it stands between the entries of another list, and not in one of them.
    is_between_entries: bool,
    /// How wide the mark of the entry before is.
    width: usize,
}

impl Lines {
    /// Begins a quotation.
    pub(super) fn open_quotation(&mut self) {
        self.open_margin("> ".to_owned());
    }

    fn open_margin(&mut self, text: String) {
        self.margins.push(Margin { text, mark: None });
    }

    pub(super) fn close_margin(&mut self) {
        self.margins.pop();
        self.margins_between = self.margins_between.min(self.margins.len());
    }

    /// Begins `ul` or `ol`. A list between the entries of another one belongs to the entry before it.
    pub(super) fn open_list(&mut self, element: &Element) {
        let around = self.lists.last().filter(|list| !list.is_in_entry).map(|list| list.width);
        if let Some(width) = around {
            self.open_margin(" ".repeat(width));
        }
        let next = (&*element.name == "ol").then(|| number(element, "start").unwrap_or(1));
        let is_second = self.ended.is_some_and(|ended| ended.next.is_some() == next.is_some() && !ended.is_second);
        let is_between_entries = around.is_some();
        self.lists.push(List { next, is_second, is_between_entries, ..List::default() });
    }

    pub(super) fn close_list(&mut self) {
        self.ended = self.lists.pop();
        if self.ended.is_some_and(|list| list.is_between_entries) {
            self.close_margin();
        }
    }

    /// Begins a list entry, whose lines stand beside its mark: `mark` makes it of its list and number.
    pub(super) fn open_entry(&mut self, element: &Element, mark: impl FnOnce(&List, Option<u64>) -> String) {
        let mut outside_of_lists = List::default();
        let list = self.lists.last_mut().unwrap_or(&mut outside_of_lists);
        let number = list.count(element);
        let mark = mark(list, number);
        list.width = mark.len();
        self.margins.push(Margin { text: " ".repeat(mark.len()), mark: Some(mark) });
    }

    pub(super) fn close_entry(&mut self) {
        if let Some(list) = self.lists.last_mut() {
            list.is_in_entry = false;
        }
        self.close_margin();
    }

    /// Returns whether the innermost list belongs to an entry of another one.
    pub(super) fn is_nested(&self) -> bool {
        self.lists.len() > 1 && !self.margins.is_empty()
    }

    /// Returns whether the last line is further in than the next one will be, as is the line before another list entry.
    pub(super) fn leaves_margin(&self) -> bool {
        self.margins_before > self.margins.len()
    }

    /// Returns whether a list is open.
    pub(super) fn is_in_list(&self) -> bool {
        !self.lists.is_empty()
    }

    /// Returns whether the innermost list is one of numbers.
    pub(super) fn is_numbered(&self) -> bool {
        self.lists.last().is_some_and(|list| list.next.is_some())
    }

    /// Returns whether the innermost list has an entry before the one that is open.
    pub(super) fn is_behind_entry(&self) -> bool {
        self.lists.last().is_some_and(|list| list.entries > 1)
    }

    /// Returns whether a list entry has no line yet.
    pub(super) fn has_mark(&self) -> bool {
        self.margins.iter().any(|margin| margin.mark.is_some())
    }

    /// Begins a line with a text; an empty line before it keeps it apart from the one before.
    pub(super) fn begin(&mut self, is_apart: bool, text: &str) {
        if !self.out.is_empty() {
            self.out.push('\n');
            if is_apart {
                let between: String = self.margins[..self.margins_between].iter().map(|it| it.text.as_str()).collect();
                self.out.push_str(between.trim_end());
                self.out.push('\n');
            }
        }
        let margins = self.margins.iter_mut();
        let margin: String = margins.map(|it| it.mark.take().unwrap_or_else(|| it.text.clone())).collect();
        self.out.push_str(if text.is_empty() { margin.trim_end() } else { &margin });
        self.out.push_str(text);
        self.margins_before = self.margins.len();
        self.margins_between = self.margins.len();
        self.ended = None;
    }
}

impl List {
    /// Counts an entry, and returns its number. In Markdown, a number out of turn begins another list.
    fn count(&mut self, entry: &Element) -> Option<u64> {
        self.is_in_entry = true;
        let number = self.next.map(|next| number(entry, "value").unwrap_or(next));
        if number != self.next && self.entries > 0 {
            self.is_second = !self.is_second;
            self.entries = 0;
        }
        self.entries += 1;
        self.next = number.map(|number| (number + 1).min(LARGEST));
        number
    }
}

/// Reads a number that a list can have.
fn number(element: &Element, name: &str) -> Option<u64> {
    element.attribute(name)?.trim().parse().ok().filter(|number| *number <= LARGEST)
}
