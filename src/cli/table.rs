//! Tables for people: columns that hold with Chinese text, one line a row.

use comfy_table::presets::NOTHING;
use comfy_table::{CellAlignment, ColumnConstraint, ContentArrangement, Row, Table, Width};
use owo_colors::{OwoColorize, Style};

use crate::model::shortened;
use crate::sanitize;

/// A column: its heading, and how it stands.
#[derive(Clone, Copy)]
pub(super) struct Column<'a> {
    pub(super) heading: &'a str,
    pub(super) align: Align,
}

/// How a column takes its place.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Align {
    /// As wide as its widest value.
    Left,
    /// The same, values to the right: numbers.
    Right,
    /// What the other columns leave; values that are longer end in `…`.
    Shortened,
}

/// The least width of a shortened column, its padding included: where a terminal is narrower than the rest of the table,
/// lines run over, and still say something.
const LEAST: u16 = 12;

/// The most characters of a value: one that is longer would make each line of its table as long, and [`comfy_table`] counts
/// columns to 65,535 only.
pub(super) const MOST: usize = 1000;

/// What stands between two columns.
const GAP: u16 = 2;

/// A value that is none. Its marks are nothing wide, stand in no text that was made safe, and say what to paint dim.
pub(super) const NULL: &str = "\u{200e}NULL\u{200e}";

/// One row: its values, and the style of the whole line, which never says more than the values do.
pub(super) struct TableRow {
    pub(super) values: Vec<String>,
    pub(super) style: Style,
}

/// Returns the table's lines. Without a width, only what is longer than [`MOST`] is shortened.
pub(super) fn table(columns: &[Column<'_>], lines: &[TableRow], width: Option<u16>, painted: bool) -> String {
    let mut table = filled(columns, lines);
    match width {
        Some(width) => table.set_content_arrangement(ContentArrangement::Dynamic).set_width(width),
        None => table.set_content_arrangement(ContentArrangement::Disabled),
    };
    for (at, (column, shown)) in columns.iter().zip(table.column_iter_mut()).enumerate() {
        // Nothing stands behind the last one.
        shown.set_padding((0, if at + 1 == columns.len() { 0 } else { GAP }));
        match column.align {
            Align::Left => shown.set_constraint(ColumnConstraint::ContentWidth),
            Align::Right => {
                shown.set_cell_alignment(CellAlignment::Right);
                shown.set_constraint(ColumnConstraint::ContentWidth)
            }
            Align::Shortened => shown.set_constraint(ColumnConstraint::LowerBoundary(Width::Fixed(LEAST))),
        };
    }
    let heading = Style::new().bold();
    let styles = std::iter::once(heading).chain(lines.iter().map(|line| line.style));
    let painted_line = |(line, style): (String, Style)| {
        let line = without_marks(line.trim_end(), painted);
        if painted { format!("{}\n", style.style(line)) } else { format!("{line}\n") }
    };
    table.lines().zip(styles).map(painted_line).collect()
}

/// Returns how many columns the table's lines take where all that may be shortened is.
pub(super) fn least_width(columns: &[Column<'_>], lines: &[TableRow]) -> u16 {
    let widest = filled(columns, lines).column_max_content_widths();
    let least = columns.iter().zip(widest).map(|(column, widest)| match column.align {
        Align::Left | Align::Right => widest + GAP,
        Align::Shortened => (widest + GAP).min(LEAST),
    });
    least.fold(0, u16::saturating_add).saturating_sub(GAP)
}

fn filled(columns: &[Column<'_>], lines: &[TableRow]) -> Table {
    let mut table = Table::new();
    table.load_style(NOTHING).set_truncation_indicator("…");
    table.set_header(row(columns.iter().map(|column| cell(column.heading))));
    for line in lines {
        table.add_row(row(line.values.iter().map(|value| cell(value))));
    }
    table
}

fn row(values: impl Iterator<Item = String>) -> Row {
    let mut row = Row::from(values);
    row.max_height(1);
    row
}

/// Returns a value as it stands on a line: safe, and with `…` behind its first [`MOST`] characters.
pub(super) fn cell(value: &str) -> String {
    if value == NULL {
        return NULL.to_owned();
    }
    shortened(&sanitize::line(value), MOST).into_owned()
}

/// Returns whether not all of a value stands on its line.
pub(super) fn is_cut(value: &str) -> bool {
    sanitize::line(value).chars().nth(MOST).is_some()
}

/// Returns a line with what stands between the marks of [`NULL`] dim, where it is painted.
fn without_marks(line: &str, painted: bool) -> String {
    let part = |(at, part): (usize, &str)| match painted && at % 2 == 1 {
        true => part.dimmed().to_string(),
        false => part.to_owned(),
    };
    line.split('\u{200e}').enumerate().map(part).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const COLUMNS: [Column<'_>; 3] = [
        Column { heading: "ID", align: Align::Right },
        Column { heading: "TITLE", align: Align::Shortened },
        Column { heading: "STATE", align: Align::Left },
    ];

    fn shown(width: Option<u16>, painted: bool) -> String {
        let line = |id: &str, title: &str, state: &str| TableRow {
            values: vec![id.to_owned(), title.to_owned(), state.to_owned()],
            style: if state == "gone" { Style::new().red() } else { Style::new() },
        };
        let lines = [
            line("#1", "秋季新品预告：三款新品，九月见", "live"),
            line("#12", "Hello\u{1b}[2J\nworld, a title in English", "gone"),
            line("#3", "", "live"),
        ];
        table(&COLUMNS, &lines, width, painted)
    }

    #[test]
    fn columns_hold_at_any_width() {
        insta::assert_snapshot!(shown(None, false), @r"
         ID  TITLE                                STATE
         #1  秋季新品预告：三款新品，九月见       live
        #12  Hello␛[2J␊world, a title in English  gone
         #3                                       live
        ");
        insta::assert_snapshot!(shown(Some(30), false), @r"
         ID  TITLE               STATE
         #1  秋季新品预告：三…   live
        #12  Hello␛[2J␊world, …  gone
         #3                      live
        ");
        insta::assert_snapshot!(shown(Some(5), false), @r"
         ID  TITLE       STATE
         #1  秋季新品…   live
        #12  Hello␛[2J…  gone
         #3              live
        ");
    }

    #[test]
    fn a_line_that_fills_the_width_is_not_shortened() {
        let columns =
            [Column { heading: "ID", align: Align::Right }, Column { heading: "CHANGED", align: Align::Shortened }];
        let values = vec!["#1".to_owned(), "1 picture added, 1 removed".to_owned()];
        let shown =
            |width| table(&columns, &[TableRow { values: values.clone(), style: Style::new() }], Some(width), false);
        assert_eq!(shown(30), "ID  CHANGED\n#1  1 picture added, 1 removed\n");
        assert!(shown(29).ends_with("…\n"));
    }

    #[test]
    fn what_is_null_is_dim_and_no_text_looks_like_it() {
        let columns = [Column { heading: "A", align: Align::Right }, Column { heading: "B", align: Align::Left }];
        let values = [NULL, "NULL", "\u{200e}NULL"].map(|value| vec![value.to_owned(), "b".to_owned()]);
        let lines = values.map(|values| TableRow { values, style: Style::new() });
        assert_eq!(
            table(&columns, &lines, None, true),
            "\u{1b}[1m           A  B\u{1b}[0m\n        \u{1b}[2mNULL\u{1b}[0m  b\n        NULL  b\n<U+200E>NULL  b\n"
        );
        assert_eq!(table(&columns, &lines[..1], None, false), "   A  B\nNULL  b\n");
    }

    #[test]
    fn a_style_paints_the_whole_line_and_adds_nothing_to_it() {
        let painted = shown(Some(60), true);
        assert!(painted.contains("\u{1b}[31m#12"), "{painted:?}");
        assert_eq!(anstream::adapter::strip_str(&painted).to_string(), shown(Some(60), false));
    }
}
