//! Rows as people and programs read them.

use std::io;

use clap::ValueEnum;
use owo_colors::Style;
use serde::{Serialize, Serializer};
use serde_json::{Number, Value as Json};

use super::record_format;
use crate::archive::sql::Value;
use crate::cli::error::CommandError;
use crate::cli::output::Ui;
use crate::cli::table::{self, Align, Column, TableRow};

/// Most rows of a table: its columns are as wide as their values, so that it has to be held whole.
const MOST_ROWS: usize = 1000;

/// The width of a value, in characters, from which on its column is shortened where the terminal is too narrow.
const LONG: usize = 24;

/// How many bytes of a stream are collected before they are written.
const CHUNK: usize = 8 * 1024;

/// The values of a row, or why there are no more.
type Row = Result<Vec<Value>, CommandError>;

/// How an answer is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Format {
    /// Columns for people, the first 1,000 rows
    Table,
    /// CSV after RFC 4180, with a line of names
    Csv,
    /// An array of objects
    Json,
}

impl Format {
    /// Writes rows to stdout as they come; a table when they have all come.
    pub(super) fn write(
        self,
        ui: &Ui,
        columns: &[String],
        rows: impl Iterator<Item = Row>,
    ) -> Result<(), CommandError> {
        match self {
            Self::Table => lines(ui, columns, rows),
            Self::Csv => csv(ui, columns, rows),
            Self::Json => json(ui, columns, rows),
        }
    }
}

fn lines(ui: &Ui, columns: &[String], mut rows: impl Iterator<Item = Row>) -> Result<(), CommandError> {
    let rows_shown = rows.by_ref().take(MOST_ROWS).collect::<Result<Vec<_>, _>>()?;
    let fits = |at: usize| {
        let mut values = rows_shown.iter().map(|row| &row[at]);
        let is_number = |value: &Value| matches!(value, Value::Null | Value::Integer(_) | Value::Real(_));
        match () {
            () if !rows_shown.is_empty() && values.clone().all(is_number) => Align::Right,
            () if values.any(|value| shown(value).chars().nth(LONG).is_some()) => Align::Shortened,
            () => Align::Left,
        }
    };
    let headings: Vec<_> =
        columns.iter().enumerate().map(|(at, name)| Column { heading: name, align: fits(at) }).collect();
    let line = |row: &Vec<Value>| TableRow { values: row.iter().map(shown).collect(), style: Style::new() };
    let lines: Vec<_> = rows_shown.iter().map(line).collect();
    match !lines.is_empty() && ui.is_narrower_than(table::least_width(&headings, &lines)) {
        true => record_format::write(ui, columns, &lines)?,
        false => ui.table(&headings, &lines)?,
    }
    if lines.is_empty() {
        ui.status("No rows.");
    }
    if lines.iter().flat_map(|line| &line.values).any(|value| table::is_cut(value)) {
        ui.warning(&format!("texts are cut behind {} characters", table::MOST));
        ui.hint("They are whole with --format csv or --format json.");
    }
    if let Some(more) = rows.next() {
        more?;
        ui.warning(&format!("only the first {MOST_ROWS} rows are shown"));
        ui.hint("All of them come with --format csv or --format json.");
    }
    Ok(())
}

/// Returns a value as a table shows it.
fn shown(value: &Value) -> String {
    match value {
        Value::Null => table::NULL.to_owned(),
        value => text(value),
    }
}

/// Returns a value as text: numbers in full, blobs as SQL writes them.
fn text(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::Integer(integer) => integer.to_string(),
        Value::Real(real) => format!("{real:?}"),
        Value::Text(text) => text.clone(),
        Value::Blob(bytes) => format!("x'{}'", bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>()),
    }
}

fn csv(ui: &Ui, columns: &[String], rows: impl Iterator<Item = Row>) -> Result<(), CommandError> {
    let mut stream = Stream { ui, chunk: Vec::new() };
    stream.chunk.extend(csv_line(columns.iter().map(|name| quoted(name))));
    for row in rows {
        stream.chunk.extend(csv_line(row?.iter().map(csv_value)));
        stream.write_if_full()?;
    }
    stream.end()
}

fn csv_line(values: impl Iterator<Item = String>) -> Vec<u8> {
    (values.collect::<Vec<_>>().join(",") + "\r\n").into_bytes()
}

/// NULL is nothing, an empty text is `""`.
fn csv_value(value: &Value) -> String {
    match value {
        Value::Text(text) if text.is_empty() => "\"\"".to_owned(),
        Value::Text(text) => quoted(text),
        value => text(value),
    }
}

fn quoted(text: &str) -> String {
    let is_plain = !text.contains([',', '"', '\r', '\n']) && text.trim() == text;
    if is_plain { text.to_owned() } else { format!("\"{}\"", text.replace('"', "\"\"")) }
}

fn json(ui: &Ui, columns: &[String], rows: impl Iterator<Item = Row>) -> Result<(), CommandError> {
    let (names, mut stream) = (unique(columns), Stream { ui, chunk: b"[".to_vec() });
    for (at, row) in rows.enumerate() {
        let object = Object { names: &names, values: &row? };
        stream.chunk.extend(if at > 0 { &b",\n"[..] } else { b"" });
        serde_json::to_writer(&mut stream.chunk, &object).map_err(io::Error::from)?;
        stream.write_if_full()?;
    }
    stream.chunk.extend(b"]\n");
    stream.end()
}

/// A row as JSON: its members in the order of the columns.
struct Object<'a> {
    names: &'a [String],
    values: &'a [Value],
}

impl Serialize for Object<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.names.iter().zip(self.values.iter().map(json_value)))
    }
}

fn json_value(value: &Value) -> Json {
    match value {
        Value::Null => Json::Null,
        Value::Integer(integer) => Json::from(*integer),
        // JSON knows no infinity.
        Value::Real(real) => Number::from_f64(*real).map_or_else(|| text(value).into(), Json::Number),
        value => text(value).into(),
    }
}

/// Makes names differ, as the members of an object must: the second `title` is `title:2`.
fn unique(columns: &[String]) -> Vec<String> {
    let mut names = Vec::<String>::with_capacity(columns.len());
    for column in columns {
        let others = (2..).map(|number| format!("{column}:{number}"));
        let name = std::iter::once(column.clone()).chain(others).find(|name| !names.contains(name));
        names.extend(name);
    }
    names
}

/// Stdout, written to by the chunk.
struct Stream<'a> {
    ui: &'a Ui,
    chunk: Vec<u8>,
}

impl Stream<'_> {
    fn write_if_full(&mut self) -> Result<(), CommandError> {
        if self.chunk.len() >= CHUNK {
            self.ui.data(&self.chunk)?;
            self.chunk.clear();
        }
        Ok(())
    }

    fn end(self) -> Result<(), CommandError> {
        self.ui.data(&self.chunk)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Reads one record after RFC 4180; `None` is a field without quotation marks and characters.
    fn read(record: &str) -> Vec<Option<String>> {
        let (mut fields, mut rest) = (Vec::new(), record.strip_suffix("\r\n").unwrap());
        loop {
            let (field, behind) = match rest.strip_prefix('"') {
                Some(quoted) => {
                    let (mut field, mut rest) = (String::new(), quoted);
                    loop {
                        let (before, behind) = rest.split_once('"').unwrap();
                        field += before;
                        match behind.strip_prefix('"') {
                            Some(behind) => (field.push('"'), rest = behind).1,
                            None => break (Some(field), behind),
                        }
                    }
                }
                None => {
                    let end = rest.find(',').unwrap_or(rest.len());
                    (Some(rest[..end].to_owned()).filter(|field| !field.is_empty()), &rest[end..])
                }
            };
            fields.push(field);
            match behind.strip_prefix(',') {
                Some(behind) => rest = behind,
                None => return fields,
            }
        }
    }

    proptest! {
        #[test]
        fn csv_comes_back(values in prop::collection::vec(prop::option::of("[a\\PC,\"\r\n 一]{0,6}"), 1..5)) {
            let written = csv_line(values.iter().map(|value| csv_value(&value.clone().map_or(Value::Null, Value::Text))));
            prop_assert_eq!(read(std::str::from_utf8(&written).unwrap()), values);
        }
    }

    #[test]
    fn names_are_made_to_differ() {
        let names = |names: &[&str]| unique(&names.iter().map(|&name| name.to_owned()).collect::<Vec<_>>());
        assert_eq!(names(&["a", "b", "a", "a:2", "a"]), ["a", "b", "a:2", "a:2:2", "a:3"]);
    }
}
