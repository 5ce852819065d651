//! Questions typed into a terminal.

use rustyline::config::Behavior;
use rustyline::error::ReadlineError;
use rustyline::{Config, DefaultEditor};

use super::session::{Session, questions};
use crate::cli::error::{CommandError, Exit};

/// Fits into a terminal of 80 columns.
const GREETING: &str = "Statements end in ; and only read. Commands: .tables .examples .help .quit";

/// Answers until the person leaves: by `.quit`, or by Ctrl-D.
pub(super) fn run(session: &mut Session) -> Result<(), CommandError> {
    let cannot = |error: ReadlineError| CommandError::new(Exit::Failed, "the terminal cannot be used").because(&error);
    // The prompt goes to the terminal even where the answers go elsewhere.
    let config = Config::builder().behavior(Behavior::PreferTerm).build();
    let mut editor = DefaultEditor::with_config(config).map_err(cannot)?;
    session.ui.status(GREETING);
    let (interrupt, mut typed, mut is_hint_shown) = (session.console.interrupt(), String::new(), false);
    loop {
        let prompt = if typed.is_empty() { "draftkeep> " } else { "      ...> " };
        match editor.readline(prompt) {
            Ok(line) => typed += &format!("{line}\n"),
            Err(ReadlineError::Interrupted) if typed.is_empty() => session.ui.hint("Leave with .quit or Ctrl-D."),
            Err(ReadlineError::Interrupted) => typed.clear(),
            Err(ReadlineError::Eof) => return Ok(()),
            Err(error) => return Err(cannot(error)),
        }
        let (questions, rest) = questions(&typed);
        if !questions.is_empty() {
            editor.add_history_entry(typed.trim()).map_err(cannot)?;
        }
        // Whoever stopped an answer goes on asking.
        interrupt.clear();
        for question in questions {
            match session.answer(question) {
                Ok(flow) if flow.is_break() => return Ok(()),
                Ok(_) => {}
                // Whoever read the answers has left.
                Err(error) if error.exit == Exit::Done => return Ok(()),
                Err(error) => {
                    session.ui.error(&error);
                    if interrupt.is_stopped() {
                        break;
                    }
                }
            }
        }
        typed = rest.to_owned();
        // Once for all; but whoever types a command into a statement waits for its answer.
        let is_command = typed.lines().last().is_some_and(|line| line.starts_with('.'));
        if !typed.is_empty() && (!is_hint_shown || is_command) {
            session.ui.hint("The statement goes on: ; ends it, Ctrl-C drops it.");
            is_hint_shown = true;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_greeting_fits() {
        assert!(GREETING.len() < 80, "{}", GREETING.len());
    }
}
