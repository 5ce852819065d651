//! The message and the fields of a log line, as people read them: the one place where they become text.
//!
//! A `media_id`, a title or an error message may hold anything. Nothing in them steers the terminal, and nothing in them looks
//! like another log line: a field stays on its line, and the further lines of a message are indented.

use std::fmt;
use std::sync::Arc;

use owo_colors::OwoColorize;
use tracing::field::{Field, Visit};
use tracing_subscriber::field::RecordFields;
use tracing_subscriber::fmt::FormatFields;
use tracing_subscriber::fmt::format::Writer;

use crate::invocation::Invocation;
use crate::sanitize;

/// Stands before each line of a message but the first.
const INDENT: &str = "\n    ";

/// Writes `message name=value name="text"`, makes all of it safe, and completes the commands in our own words.
#[derive(Clone, Debug)]
pub(super) struct SafeFields(pub(super) Arc<Invocation>);

impl<'w> FormatFields<'w> for SafeFields {
    fn format_fields<R: RecordFields>(&self, writer: Writer<'w>, fields: R) -> fmt::Result {
        let mut visitor = Visitor { writer, invocation: &self.0, is_first: true, result: Ok(()) };
        fields.record(&mut visitor);
        visitor.result
    }
}

struct Visitor<'w, 'i> {
    writer: Writer<'w>,
    invocation: &'i Invocation,
    is_first: bool,
    result: fmt::Result,
}

impl Visitor<'_, '_> {
    fn put(&mut self, name: &str, value: &str) -> fmt::Result {
        if !std::mem::take(&mut self.is_first) {
            self.writer.write_char(' ')?;
        }
        let value = match name {
            "message" | "error" => &self.invocation.complete(value),
            _ => value,
        };
        match name {
            "message" => self.writer.write_str(&sanitize::lines(value).trim_end().replace('\n', INDENT)),
            _ if self.writer.has_ansi_escapes() => {
                write!(self.writer, "{}{}{}", name.italic(), "=".dimmed(), sanitize::line(value))
            }
            _ => write!(self.writer, "{name}={}", sanitize::line(value)),
        }
    }
}

impl Visit for Visitor<'_, '_> {
    fn record_str(&mut self, field: &Field, value: &str) {
        let name = field.name();
        let quoted = match name {
            "message" => value.to_owned(),
            _ => format!("\"{}\"", value.replace('\\', "\\\\").replace('"', "\\\"")),
        };
        self.result = self.result.and_then(|()| self.put(name, &quoted));
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        // Facts about the line itself, of libraries that log through the crate `log`.
        if !field.name().starts_with("log.") {
            self.result = self.result.and_then(|()| self.put(field.name(), &format!("{value:?}")));
        }
    }
}
