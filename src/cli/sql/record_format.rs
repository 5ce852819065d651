//! Rows that are too wide for the terminal: a line for each value.

use owo_colors::Style;
use unicode_width::UnicodeWidthStr;

use crate::cli::error::CommandError;
use crate::cli::output::Ui;
use crate::cli::table::{self, TableRow};

/// Writes each row as lines of `name = value`, the names to the right, and an empty line between two rows.
pub(super) fn write(ui: &Ui, names: &[String], lines: &[TableRow]) -> Result<(), CommandError> {
    let names: Vec<_> = names.iter().map(|name| table::cell(name)).collect();
    let widest = names.iter().map(|name| name.width()).max().unwrap_or_default();
    let line = |(name, value): (&String, &String)| {
        let value = if value == table::NULL { ui.painted("NULL", Style::new().dimmed()) } else { table::cell(value) };
        format!("{}{name} = {value}\n", " ".repeat(widest - name.width()))
    };
    let records: Vec<String> = lines.iter().map(|row| names.iter().zip(&row.values).map(line).collect()).collect();
    ui.content(&records.join("\n"))
}
