//! What a command writes: data to stdout, talk to stderr.

use std::io::{self, IsTerminal, Write};

use anstream::{AutoStream, ColorChoice};
use chrono::Local;
use owo_colors::Style;
use serde::Serialize;

use super::error::{CommandError, Exit};
use super::logging::{Form, Logging};
use super::table::{self, Column, Line};
use super::terminal::{safe, safe_lines};
use crate::model::Timestamp;

/// How the person or program that called wants to be told.
#[derive(Clone, Debug)]
pub struct Ui {
    pub json: bool,
    quiet: bool,
    /// How often `-v` was given.
    pub verbosity: u8,
    /// The width of tables; `None` where nobody looks at them.
    width: Option<u16>,
    painted_out: bool,
    painted_err: bool,
}

impl Ui {
    /// Looks at the streams and at the environment: `NO_COLOR`, `CLICOLOR_FORCE`, `TERM`, `COLUMNS`.
    pub fn new(json: bool, quiet: bool, verbosity: u8, color: ColorChoice) -> Self {
        color.write_global();
        Self {
            json,
            quiet,
            verbosity,
            width: table_width(),
            painted_out: AutoStream::choice(&io::stdout()) != ColorChoice::Never,
            painted_err: AutoStream::choice(&io::stderr()) != ColorChoice::Never,
        }
    }

    /// Writes data to stdout, as it is.
    pub fn data(&self, bytes: &[u8]) -> Result<(), CommandError> {
        let mut stdout = io::stdout().lock();
        stdout.write_all(bytes)?;
        // What is lost at exit would be lost in silence.
        Ok(stdout.flush()?)
    }

    /// Writes the one JSON document of a command to stdout.
    pub(super) fn document(&self, value: &impl Serialize) -> Result<(), CommandError> {
        let mut json = serde_json::to_vec(value).map_err(io::Error::from)?;
        json.push(b'\n');
        self.data(&json)
    }

    /// Writes a table to stdout.
    pub(super) fn table(&self, columns: &[Column<'_>], lines: &[Line]) -> Result<(), CommandError> {
        self.data(table::table(columns, lines, self.width, self.painted_out).as_bytes())
    }

    /// Tells whether tables have less room than so many columns.
    pub(super) fn is_narrower_than(&self, columns: u16) -> bool {
        self.width.is_some_and(|width| width < columns)
    }

    /// Tells what is going on; `--quiet` silences it.
    pub fn status(&self, message: &str) {
        if !self.quiet {
            self.talk(&format!("{}\n", safe(message)));
        }
    }

    /// Tells what to do next; `--quiet` silences it.
    pub fn hint(&self, hint: &str) {
        if !self.quiet {
            self.talk(&format!("{} {}\n", self.label("Hint:", Style::new().cyan()), safe(hint)));
        }
    }

    /// Tells what went well but for something; nothing silences it.
    pub fn warning(&self, message: &str) {
        self.talk(&format!("{} {}\n", self.label("Warning:", Style::new().yellow()), safe_lines(message)));
    }

    /// Sends a command's own log to stderr: warnings, with `-v` what it does, with `-vv` how; `RUST_LOG` says it finer.
    pub fn log(&self) -> Result<(), CommandError> {
        let variable = std::env::var("RUST_LOG").ok();
        let filter = variable.as_deref().unwrap_or(self.level(["error", "warn", "info", "debug"]));
        Ok(Logging { form: Form::Human, filter, painted: self.painted_err, timed: false }.start()?)
    }

    /// Sends the daemon's log where it is wanted; `--quiet` and `-v` count where `filter` says nothing.
    pub(super) fn log_lines(&self, form: Form, filter: Option<&str>) -> Result<(), CommandError> {
        let form = if self.json && form == Form::Auto { Form::Json } else { form };
        let filter = filter.unwrap_or(self.level(["warn", "info", "debug", "trace"]));
        Ok(Logging { form, filter, painted: self.painted_err, timed: true }.start()?)
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

    /// Tells why a command failed; where its reader just left, there is nothing to tell.
    pub fn error(&self, error: &CommandError) {
        if error.exit == Exit::Done {
            return;
        }
        let text = if self.json { error.for_programs() } else { error.for_people() };
        match text.strip_prefix("Error:") {
            Some(rest) => self.talk(&format!("{}{rest}", self.label("Error:", Style::new().red().bold()))),
            None => self.talk(&text),
        }
    }

    fn label(&self, label: &str, style: Style) -> String {
        if self.painted_err { style.style(label).to_string() } else { label.to_owned() }
    }

    fn talk(&self, text: &str) {
        // Where stderr cannot be written, nobody is left to be told; the exit code still says it.
        io::stderr().lock().write_all(text.as_bytes()).unwrap_or_default();
    }
}

/// Returns `COLUMNS` where it is a number, else the terminal's width.
fn table_width() -> Option<u16> {
    let columns = std::env::var("COLUMNS").ok().and_then(|columns| columns.parse().ok());
    let terminal = || terminal_size::terminal_size_of(io::stdout()).map(|(width, _)| width.0);
    columns.or_else(|| io::stdout().is_terminal().then(terminal).flatten()).filter(|&width| width > 0)
}

/// Returns an instant as people read it: their own time zone, to the minute.
pub(super) fn local(instant: Timestamp) -> String {
    instant.with_timezone(&Local).format("%Y-%m-%d %H:%M").to_string()
}

/// Returns an instant as people read it where the second matters, with the offset of their time zone.
pub(super) fn local_exactly(instant: Timestamp) -> String {
    instant.with_timezone(&Local).format("%Y-%m-%d %H:%M:%S %:z").to_string()
}
