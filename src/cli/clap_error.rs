//! Prints the help, the version or a usage error, if clap found no command to run.

use std::ffi::OsString;
use std::process::ExitCode;

use anstream::ColorChoice;
use clap::error::ErrorKind;

use super::caller;
use super::error::{CommandError, Exit};
use super::output::Ui;

/// Prints help and version to stdout with exit code 0, wrong usage to stderr with 2.
pub(super) fn print(error: &clap::Error, grammar: clap::Command, args: &[OsString]) -> ExitCode {
    let command = typed_subcommand(&grammar, args);
    // For the shell, an unquoted #2 is a comment, so the argument is missing.
    let is_unquoted = error.kind() == ErrorKind::MissingRequiredArgument
        && ["diff", "log", "restore", "show"].contains(&command.as_str())
        && what_is_wrong(error).contains("<DRAFT");
    let unquoted =
        is_unquoted.then(|| format!("A shell takes #2 for a comment; type the number alone: draftkeep {command} 2"));
    let invocation = caller::in_part(grammar, args);
    if error.use_stderr() && args.iter().any(|arg| arg == "--json") {
        let help = format!("Read the help: {}", ["draftkeep", &command, "--help"].join(" ").replace("  ", " "));
        let usage = CommandError::new(Exit::Usage, what_is_wrong(error));
        let usage = unquoted.into_iter().chain([help]).fold(usage, CommandError::hint);
        Ui::new(true, false, 0, ColorChoice::Never, invocation).error(&usage);
        return Exit::Usage.into();
    }
    if let Err(error) = error.print().map_err(CommandError::from) {
        return error.exit.into();
    }
    if let Some(hint) = unquoted {
        Ui::new(false, false, 0, ColorChoice::Auto, invocation).hint(&hint);
    }
    if error.use_stderr() { Exit::Usage.into() } else { Exit::Done.into() }
}

/// Returns the command that was typed: `log`, `config check`, or nothing.
fn typed_subcommand(grammar: &clap::Command, args: &[OsString]) -> String {
    let mut names = Vec::new();
    let mut here = grammar;
    for arg in args.iter().skip(1) {
        if let Some(command) = here.find_subcommand(arg) {
            names.push(command.get_name());
            here = command;
        }
    }
    names.join(" ")
}

/// Returns what a program is told of wrong usage: the first paragraph, which names what is missing or possible.
fn what_is_wrong(error: &clap::Error) -> String {
    if error.kind() == ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand {
        return "no command is given".to_owned();
    }
    let text = error.to_string();
    let paragraph = text.split("\n\n").next().unwrap_or_default();
    paragraph.strip_prefix("error: ").unwrap_or(paragraph).trim_end().to_owned()
}
