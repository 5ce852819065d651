//! `draftkeep sql`: questions to the archive in SQL.

mod error;
mod examples;
mod format;
mod record_format;
mod session;
mod shell;

use std::io::{self, IsTerminal, Read};

use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::oneshot;

use super::context::{ArchivePath, CommandContext};
use super::error::{CommandError, Exit};
use crate::archive::sql::{InterruptHandle, SqlSession};
use format::Format;
use session::Session;

/// Run read-only SQL queries on the archive
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Functions, besides SQLite's own:
  plain_text(content [, type])    an article's body as a person reads it
  canonical_hash(document)        the hash that names a version; NULL: no draft
  picture_identity(address)       what stays of a picture's changing address
  sqlar_uncompress(body, length)  a stored body, unpacked
  row_checksum(value, ...)        the checksum of a row's values

Blobs are shown as SQL writes them: x'0a'. In CSV, lines end in CR LF, NULL is
nothing and an empty text is \"\"; in JSON, a second column called a is a:2.
A table shows the first 1,000 rows, and of a value the first 1,000 characters;
rows too wide for the terminal are shown value by value.

Examples:
  draftkeep sql                      a shell; leave it with .quit
  draftkeep sql .tables              what can be asked
  draftkeep sql .examples            ten questions and their queries
  draftkeep sql .examples 4          the fourth, answered
  draftkeep sql 'SELECT title, versions FROM draft_view'
  draftkeep sql --format csv 'SELECT * FROM poll_view' > polls.csv
  draftkeep sql --json < question.sql")]
pub(super) struct Sql {
    /// SQL statements separated by ;, or a command such as .tables; without it, a shell opens in a terminal, and otherwise
    /// stdin is read
    #[arg(allow_hyphen_values = true)]
    query: Option<String>,
    /// Arguments of a command, as in .schema draft_view
    words: Vec<String>,
    /// Output format [default: table, or json with --json]
    #[arg(long, value_enum)]
    format: Option<Format>,
    #[command(flatten)]
    archive: ArchivePath,
}

impl Sql {
    pub(super) fn run(self, context: &CommandContext) -> Result<Exit, CommandError> {
        let format = self.format(context)?;
        let console =
            SqlSession::open(&context.archive(&self.archive)?).map_err(|error| self.archive.explain(error))?;
        context.warn_of_foreign_journal(console.moved_journal());
        let interrupt = console.interrupt();
        let session = Session { ui: context.ui.clone(), console, format };
        let text = match self.query {
            Some(query) => Some([vec![query], self.words].concat().join(" ")),
            None if io::stdin().is_terminal() => None,
            None => Some(standard_input()?),
        };
        super::runtime::block_on(answered(session, text, interrupt))?
    }

    fn format(&self, context: &CommandContext) -> Result<Format, CommandError> {
        match self.format {
            Some(format) if context.ui.json && format != Format::Json => {
                Err(CommandError::new(Exit::Usage, "--json and --format ask for two forms")
                    .hint("Leave one of them out."))
            }
            None if context.ui.json => Ok(Format::Json),
            format => Ok(format.unwrap_or(Format::Table)),
        }
    }
}

fn standard_input() -> Result<String, CommandError> {
    let mut text = String::new();
    io::stdin()
        .read_to_string(&mut text)
        .map_err(|error| CommandError::new(Exit::Usage, "the statements on stdin cannot be read").because(&error))?;
    Ok(text)
}

/// Runs the statements of a text or of a shell on a separate thread, and handles signals meanwhile. The first signal stops the
/// running statement; the second one ends the program at once. In the shell, SIGINT only stops a statement.
async fn answered(
    mut session: Session,
    text: Option<String>,
    interrupt: InterruptHandle,
) -> Result<Exit, CommandError> {
    let cannot = |error| CommandError::new(Exit::Failed, "signals cannot be taken").because(&error);
    let is_shell = text.is_none();
    let mut interrupted = signal(SignalKind::interrupt()).map_err(cannot)?;
    // SIGTERM ends a shell wherever it is: it only reads.
    let mut terminated = if is_shell { None } else { Some(signal(SignalKind::terminate()).map_err(cannot)?) };
    let (answering, mut ended) = oneshot::channel::<()>();
    let thread = std::thread::spawn(move || {
        // Dropped at the end, even where the thread panics.
        let _answering = answering;
        match text {
            Some(text) => session.script(&text),
            None => shell::run(&mut session),
        }
    });
    loop {
        tokio::select! {
            _ = &mut ended => break,
            _ = interrupted.recv() => {}
            Some(()) = async { terminated.as_mut()?.recv().await } => {}
        }
        if interrupt.is_stopped() && !is_shell {
            return Err(CommandError::new(Exit::Failed, "interrupted twice: the answer was cut off"));
        }
        interrupt.stop();
    }
    match thread.join() {
        Ok(answered) => answered.map(|()| Exit::Done),
        Err(panic) => std::panic::resume_unwind(panic),
    }
}
