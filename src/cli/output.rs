//! Output of commands: data to stdout, messages to stderr.

use std::env::VarError;
use std::io::{self, IsTerminal, Write};
use std::sync::Arc;

use anstream::{AutoStream, ColorChoice};
use chrono::TimeDelta;
use owo_colors::Style;
use serde::Serialize;
use unicode_width::UnicodeWidthStr;

use super::error::{CommandError, Exit};
use super::logging::{LogError, LogFormat, Logging};
use super::table::{self, Column, TableRow};
use crate::invocation::Invocation;
use crate::model::{Timestamp, roughly};
use crate::sanitize;

/// How the caller wants the output.
#[derive(Clone, Debug)]
pub struct Ui {
    pub json: bool,
    quiet: bool,
    /// How often `-v` was given.
    pub verbosity: u8,
    /// The width of tables; `None` if stdout is not a terminal.
    width: Option<u16>,
    painted_out: bool,
    painted_err: bool,
    /// Completes commands in messages.
    invocation: Arc<Invocation>,
}

impl Ui {
    /// Looks at the streams and at the environment: `NO_COLOR`, `CLICOLOR_FORCE`, `TERM`, `COLUMNS`.
    pub fn new(json: bool, quiet: bool, verbosity: u8, color: ColorChoice, invocation: Invocation) -> Self {
        color.write_global();
        Self {
            json,
            quiet,
            verbosity,
            width: table_width(),
            painted_out: AutoStream::choice(&io::stdout()) != ColorChoice::Never,
            painted_err: AutoStream::choice(&io::stderr()) != ColorChoice::Never,
            invocation: Arc::new(invocation),
        }
    }

    /// Writes our own text to stdout; commands in it are completed.
    pub(super) fn text(&self, text: &str) -> Result<(), CommandError> {
        self.content(&self.invocation.complete(text))
    }

    /// Writes content of drafts to stdout. Commands in it are not completed, and control characters are made visible.
    pub(super) fn content(&self, text: &str) -> Result<(), CommandError> {
        self.data(sanitize::styled_lines(text).as_bytes())
    }

    /// Writes data to stdout unchanged.
    pub fn data(&self, bytes: &[u8]) -> Result<(), CommandError> {
        let mut stdout = io::stdout().lock();
        stdout.write_all(bytes)?;
        // An error at exit would be silent.
        Ok(stdout.flush()?)
    }

    /// Writes the one JSON document of a command to stdout.
    pub(super) fn document(&self, value: &impl Serialize) -> Result<(), CommandError> {
        self.json(&serde_json::to_string(value).map_err(io::Error::from)?)
    }

    /// Writes the JSON document of a command to stdout, already serialised.
    pub(super) fn json(&self, json: &str) -> Result<(), CommandError> {
        self.data(format!("{}\n", self.invocation.complete_json(json)).as_bytes())
    }

    /// Writes a table to stdout.
    pub(super) fn table(&self, columns: &[Column<'_>], lines: &[TableRow]) -> Result<(), CommandError> {
        self.text(&table::table(columns, lines, self.width, self.painted_out))
    }

    /// Returns text for stdout in a style, if colours are wanted.
    pub(super) fn painted(&self, text: &str, style: Style) -> String {
        if self.painted_out { style.style(text).to_string() } else { text.to_owned() }
    }

    /// Returns whether tables have fewer columns than this.
    pub(super) fn is_narrower_than(&self, columns: u16) -> bool {
        self.width.is_some_and(|width| width < columns)
    }

    /// Returns how many columns there are; `None` where stdout is not a terminal.
    pub(super) fn width(&self) -> Option<u16> {
        self.width
    }

    /// Breaks `text` between words where the terminal ends; further lines begin `indent` columns from the left, where the
    /// first one does.
    pub(super) fn folded(&self, text: &str, indent: usize) -> String {
        let Some(width) = self.width else { return text.to_owned() };
        folded(text, indent, usize::from(width))
    }

    /// Returns whether a progress bar on stderr would be seen.
    pub(super) fn shows_progress(&self) -> bool {
        !self.quiet && !self.json && io::stderr().is_terminal()
    }

    /// Prints progress; not with `--quiet`.
    pub fn status(&self, message: &str) {
        if !self.quiet {
            self.talk(&format!("{}\n", sanitize::line(message)));
        }
    }

    /// Prints what to do next; not with `--quiet`.
    pub fn hint(&self, hint: &str) {
        if !self.quiet {
            self.talk(&format!("{} {}\n", self.label("Hint:", Style::new().cyan()), sanitize::line(hint)));
        }
    }

    /// Prints a warning, even with `--quiet`.
    pub fn warning(&self, message: &str) {
        self.talk(&format!("{} {}\n", self.label("Warning:", Style::new().yellow()), sanitize::lines(message)));
    }

    /// Starts the log of a command on stderr: warnings; with `-v` what it does, with `-vv` how; `RUST_LOG` is more precise.
    pub fn log(&self) -> Result<(), CommandError> {
        let usual = self.level(["error", "warn", "info", "debug"]);
        let filter = match std::env::var("RUST_LOG") {
            Err(VarError::NotPresent) => usual.to_owned(),
            Err(VarError::NotUnicode(raw)) => return Err(LogError::NotText(raw).into()),
            Ok(filter) => filter,
        };
        let invocation = Arc::clone(&self.invocation);
        Ok(Logging { form: LogFormat::Human, filter: &filter, painted: self.painted_err, timed: false, invocation }
            .start()?)
    }

    /// Starts the daemon's log; `--quiet` and `-v` set the level if there is no `filter`.
    pub(super) fn log_lines(&self, form: LogFormat, filter: Option<&str>) -> Result<(), CommandError> {
        let form = if self.json && form == LogFormat::Auto { LogFormat::Json } else { form };
        let filter = filter.unwrap_or(self.level(["warn", "info", "debug", "trace"]));
        let invocation = Arc::clone(&self.invocation);
        Ok(Logging { form, filter, painted: self.painted_err, timed: true, invocation }.start()?)
    }

    /// Chooses by `--quiet`, neither, `-v` and `-vv`.
    fn level(&self, levels: [&'static str; 4]) -> &'static str {
        match (self.quiet, self.verbosity) {
            (true, _) => levels[0],
            (false, 0) => levels[1],
            (false, 1) => levels[2],
            (false, _) => levels[3],
        }
    }

    /// Prints why a command failed; nothing if only the reader of its output left.
    pub fn error(&self, error: &CommandError) {
        if error.exit == Exit::Done {
            return;
        }
        if self.json {
            return to_stderr(&error.for_programs(&self.invocation));
        }
        let text = error.for_people(&self.invocation);
        match text.strip_prefix("Error:") {
            Some(rest) => self.talk(&format!("{}{rest}", self.label("Error:", Style::new().red().bold()))),
            None => self.talk(&text),
        }
    }

    fn label(&self, label: &str, style: Style) -> String {
        if self.painted_err { style.style(label).to_string() } else { label.to_owned() }
    }

    fn talk(&self, text: &str) {
        to_stderr(&sanitize::styled_lines(&self.invocation.complete(text)));
    }
}

fn to_stderr(text: &str) {
    // If stderr cannot be written, only the exit code remains.
    io::stderr().lock().write_all(text.as_bytes()).unwrap_or_default();
}

/// Returns `COLUMNS` if it is a number, else the terminal's width.
fn table_width() -> Option<u16> {
    let columns = std::env::var("COLUMNS").ok().and_then(|columns| columns.parse().ok());
    let terminal = || terminal_size::terminal_size_of(io::stdout()).map(|(width, _)| width.0);
    columns.or_else(|| io::stdout().is_terminal().then(terminal).flatten()).filter(|&width| width > 0)
}

/// Formats a size in bytes.
pub(super) fn size(bytes: u64) -> String {
    match bytes {
        ..1_000 => format!("{bytes} bytes"),
        1_000..1_000_000 => format!("{:.1} kB", bytes as f64 / 1e3),
        _ => format!("{:.1} MB", bytes as f64 / 1e6),
    }
}

/// Formats a time relative to now.
pub(super) fn ago(instant: Timestamp, now: Timestamp) -> String {
    match now - instant {
        past if past >= TimeDelta::zero() => format!("{} ago", roughly(past)),
        future => format!("in {}", roughly(-future)),
    }
}

fn folded(text: &str, indent: usize, width: usize) -> String {
    let (mut lines, mut column) = (String::new(), indent);
    for word in text.split(' ') {
        let wide = word.width();
        if column > indent && column + 1 + wide > width {
            lines.push('\n');
            lines.extend(std::iter::repeat_n(' ', indent));
            column = indent;
        } else if column > indent {
            lines.push(' ');
            column += 1;
        }
        lines.push_str(word);
        column += wide;
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_broken_between_words() {
        assert_eq!(folded("one two three", 2, 9), "one two\n  three");
        assert_eq!(folded("一二三 → 四五", 0, 8), "一二三 →\n四五");
        assert_eq!(folded("toolongforit a", 2, 8), "toolongforit\n  a");
        assert_eq!(folded("", 2, 8), "");
    }

    #[test]
    fn times_are_told_by_their_largest_unit() {
        let now: Timestamp = "2026-09-01T02:00:00Z".parse().unwrap();
        let told = [0, 59, 60, 7_199, 86_400, -90].map(|seconds| ago(now - TimeDelta::seconds(seconds), now));
        assert_eq!(told, ["0 seconds ago", "59 seconds ago", "1 minute ago", "1 hour ago", "1 day ago", "in 1 minute"]);
    }
}
