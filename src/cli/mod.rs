//! The command line: what may be typed, and who answers it.

mod accounts;
mod assets;
mod completions;
pub mod config;
mod demo;
mod diff;
mod draft_ref;
mod error;
mod export;
mod import;
mod import_backup;
mod init;
mod invoked;
mod list;
mod log;
pub mod logging;
mod lookup;
mod man;
mod online;
mod output;
mod poll;
mod restorable;
mod restore;
mod run;
mod show;
pub mod simulate;
mod sql;
mod status;
mod table;
mod times;
mod verify;

use std::cell::Cell;
use std::ffi::OsString;
use std::fmt::Display;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anstream::ColorChoice;
use clap::error::ErrorKind;
use clap::{Args, CommandFactory, FromArgMatches, Parser, Subcommand, ValueEnum};

use crate::archive::{self, Reader};
use crate::clock::Clock;
use crate::config::{Config, Loaded};
use config::ConfigCommand;
pub use error::{CommandError, EXIT_CODES, Exit};
pub use output::Ui;

/// Keep every version of every draft of your WeChat Official Accounts, and give lost content back
#[derive(Debug, Parser)]
#[command(name = "draftkeep", version, arg_required_else_help = true, subcommand_required = true)]
#[command(after_help = "\
Examples:
  draftkeep demo                     see the main job, with nothing to set up
  draftkeep init                     write the first configuration
  draftkeep config check             is the configuration right?
  draftkeep run                      the daemon: poll each account when due
  draftkeep list                     which drafts are kept
  draftkeep log 3                    the versions of draft 3, newest first
  draftkeep show 3@-1                the version before the newest, as text
  draftkeep diff 3                   what the newest version changed")]
struct Cli {
    #[command(flatten)]
    global: Global,
    #[command(subcommand)]
    command: Command,
}

/// What may be said with every command.
#[derive(Debug, Args)]
#[command(next_help_heading = "Global options")]
struct Global {
    /// Read this configuration [default: $DRAFTKEEP_CONFIG, else /etc/draftkeep/config.toml]
    #[arg(long, global = true, value_name = "PATH")]
    config: Option<PathBuf>,
    /// Write one JSON document to stdout, and errors as JSON to stderr
    #[arg(long, global = true)]
    json: bool,
    /// Tell only warnings and errors
    #[arg(long, short, global = true)]
    quiet: bool,
    /// Tell more; twice for still more
    #[arg(long, short, global = true, action = clap::ArgAction::Count)]
    verbose: u8,
    /// Use colours; auto is yes in a terminal, unless NO_COLOR is set
    #[arg(long, global = true, value_name = "WHEN", value_enum, default_value_t = Color::Auto)]
    color: Color,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Color {
    Auto,
    Always,
    Never,
}

impl From<Color> for ColorChoice {
    fn from(color: Color) -> Self {
        match color {
            Color::Auto => Self::Auto,
            Color::Always => Self::Always,
            Color::Never => Self::Never,
        }
    }
}

#[derive(Debug, Subcommand)]
enum Command {
    Init(init::Init),
    Run(run::Run),
    Poll(poll::PollCommand),
    List(list::List),
    Log(log::Log),
    Show(show::Show),
    Diff(diff::Diff),
    Assets(assets::AssetsCommand),
    Restore(restore::Restore),
    Export(export::Export),
    Import(import::Import),
    ImportBackup(import_backup::ImportBackup),
    Status(status::Status),
    Verify(verify::Verify),
    Sql(sql::Sql),
    #[command(subcommand)]
    Config(ConfigCommand),
    Demo(demo::Demo),
    Simulate(simulate::Args),
    Completions(completions::Completions),
    Man(man::ManPages),
}

impl Command {
    fn run(self, call: &Call) -> Result<Exit, CommandError> {
        match self {
            Self::Init(init) => init.run(call),
            Self::Run(run) => run.run(call),
            Self::Poll(poll) => poll.run(call),
            Self::List(list) => list.run(call),
            Self::Log(log) => log.run(call),
            Self::Show(show) => show.run(call),
            Self::Diff(diff) => diff.run(call),
            Self::Assets(assets) => assets.run(call),
            Self::Restore(restore) => restore.run(call),
            Self::Export(export) => export.run(call),
            Self::Import(import) => import.run(call),
            Self::ImportBackup(import) => import.run(call),
            Self::Status(status) => status.run(call),
            Self::Verify(verify) => verify.run(call),
            Self::Sql(sql) => sql.run(call),
            Self::Config(ConfigCommand::Check(check)) => check.run(call),
            Self::Demo(demo) => demo.run(call),
            Self::Simulate(args) => {
                block_on(simulate::run(args, interrupted()))??;
                Ok(Exit::Done)
            }
            Self::Completions(completions) => completions.run(call),
            Self::Man(man) => man.run(call),
        }
    }
}

/// Where the archive is, for the commands that only read it.
#[derive(Debug, Args)]
struct ArchivePath {
    /// Read this archive; no configuration is needed then
    #[arg(long, value_name = "PATH")]
    archive: Option<PathBuf>,
}

/// One call of the program: what every command is given.
#[derive(Debug)]
pub struct Call {
    pub ui: Ui,
    pub clock: Clock,
    /// The configuration's path; a command that needs none never reads it.
    pub config: PathBuf,
    /// Whether the archive's file is damaged as a whole, and what is left of it was read.
    is_in_part: Cell<bool>,
}

impl Call {
    /// Runs a command. However it went: an archive of which only a part can be read is damaged.
    fn run(&self, command: Command) -> Result<Exit, CommandError> {
        match command.run(self) {
            Ok(Exit::Done) if self.is_in_part.get() => Ok(Exit::Damaged),
            Err(mut error) if self.is_in_part.get() && error.exit == Exit::Failed => {
                error.exit = Exit::Damaged;
                Err(error)
            }
            ended => ended,
        }
    }

    fn new(ui: Ui, config: Option<PathBuf>) -> Result<Self, CommandError> {
        let clock = Clock::from_env().map_err(|error| CommandError::of(Exit::Usage, &error))?;
        Ok(Self { ui, clock, config: crate::config::path(config), is_in_part: Cell::new(false) })
    }

    /// Opens the archive for reading: the one named on the command line, else the configuration's.
    fn reader(&self, archive: &ArchivePath) -> Result<Reader, CommandError> {
        if let Some(path) = &archive.archive {
            return self.reader_at(path).map_err(|error| match error {
                // No poll would make this one.
                error @ archive::Error::NotFound(_) => {
                    CommandError::of(Exit::NotFound, &error).hint("Name an archive that is there: --archive PATH")
                }
                error => error.into(),
            });
        }
        let config = Config::load_without_secrets(&self.config)?;
        let reader = self.reader_at(&config.archive)?;
        self.tell_of_renamed(&config, &reader)?;
        Ok(reader)
    }

    /// Opens the archive at `path` for reading.
    fn reader_at(&self, path: &Path) -> Result<Reader, archive::Error> {
        let reader = Reader::open(path)?;
        self.warn_of_set_aside(reader.set_aside());
        if reader.is_in_part() {
            let what = if reader.is_cut_off() {
                "the end of the archive's file is missing"
            } else {
                "the archive's file is damaged"
            };
            self.ui.warning(&format!("{what}; what is left of it can be read, and nothing can be written"));
            self.ui.hint(&format!("Bring what is left into a new archive: {}", error::NEW_ARCHIVE));
            self.is_in_part.set(true);
        }
        Ok(reader)
    }

    /// Warns of a journal that stood beside the archive and was another one's.
    fn warn_of_set_aside(&self, journal: Option<&Path>) {
        if let Some(journal) = journal {
            let journal = journal.display();
            self.ui.warning(&format!(
                "the journal beside the archive was another archive's; it was not applied, and is now {journal}"
            ));
        }
    }

    /// Returns where the archive is.
    fn archive(&self, archive: &ArchivePath) -> Result<PathBuf, CommandError> {
        match &archive.archive {
            Some(path) => Ok(path.clone()),
            None => Ok(Config::load_without_secrets(&self.config)?.archive),
        }
    }

    /// Reads the configuration, and tells what its operator should know of it.
    fn configuration(&self) -> Result<Config, CommandError> {
        let Loaded { config, warnings } = Config::load(&self.config)?;
        for warning in warnings {
            self.ui.warning(&format!("{}:{warning}", config.path.display()));
        }
        Ok(config)
    }
}

/// Runs the program and returns how it ended.
pub fn main(args: impl IntoIterator<Item = OsString>) -> ExitCode {
    let args: Vec<_> = args.into_iter().collect();
    let matches = command().try_get_matches_from(&args);
    let (cli, invocation) = match matches.and_then(|matches| Ok((Cli::from_arg_matches(&matches)?, matches))) {
        Ok((cli, matches)) => (cli, invoked::invocation(&matches, &args)),
        Err(error) => return refused(&error, &args),
    };
    let Global { config, json, quiet, verbose, color } = cli.global;
    let ui = Ui::new(json, quiet, verbose, color.into(), invocation);
    match Call::new(ui.clone(), config).and_then(|call| call.run(cli.command)) {
        Ok(exit) => exit.into(),
        Err(error) => {
            ui.error(&error);
            error.exit.into()
        }
    }
}

/// Runs a command that waits for the network.
fn block_on<T>(future: impl Future<Output = T>) -> Result<T, CommandError> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime =
        runtime.map_err(|error| CommandError::new(Exit::Failed, "the program cannot start").because(&error))?;
    let ended = runtime.block_on(future);
    // A name that is being looked up would be waited for.
    runtime.shutdown_background();
    Ok(ended)
}

/// Waits for SIGINT or SIGTERM.
async fn interrupted() {
    use tokio::signal::unix::{SignalKind, signal};
    match (signal(SignalKind::interrupt()), signal(SignalKind::terminate())) {
        (Ok(mut interrupt), Ok(mut terminate)) => {
            tokio::select! {
                _ = interrupt.recv() => {}
                _ = terminate.recv() => {}
            }
        }
        // Without handlers the signals end the program by themselves.
        _ => std::future::pending().await,
    }
}

/// Returns the grammar, with the exit codes in the help of every command.
fn command() -> clap::Command {
    fn with_exit_codes(command: clap::Command) -> clap::Command {
        let and_codes = |help: &dyn Display| format!("{help}\n\n{EXIT_CODES}");
        let help = command.get_after_help().map_or(EXIT_CODES.to_owned(), |help| and_codes(help));
        let long_help = command.get_after_long_help().map(|help| and_codes(help));
        let command = match long_help {
            Some(long_help) => command.after_long_help(long_help),
            None => command,
        };
        command.after_help(help).mut_subcommands(with_exit_codes)
    }
    with_exit_codes(Cli::command())
}

/// Answers what is no call: help and version to stdout with 0, wrong usage to stderr with 2.
fn refused(error: &clap::Error, args: &[OsString]) -> ExitCode {
    let meant = meant(args);
    // A shell takes an unquoted #2 for a comment, and hands over nothing.
    let is_unquoted = error.kind() == ErrorKind::MissingRequiredArgument
        && ["diff", "log", "restore", "show"].contains(&meant.as_str())
        && what_is_wrong(error).contains("<DRAFT");
    let unquoted =
        is_unquoted.then(|| format!("A shell takes #2 for a comment; type the number alone: draftkeep {meant} 2"));
    let invocation = invoked::in_part(args);
    if error.use_stderr() && args.iter().any(|arg| arg == "--json") {
        let help = format!("Read the help: {}", ["draftkeep", &meant, "--help"].join(" ").replace("  ", " "));
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
fn meant(args: &[OsString]) -> String {
    let (mut names, grammar) = (Vec::new(), Cli::command());
    let mut here = &grammar;
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn verify_cli() {
        command().debug_assert();
    }

    /// Calls `each` with every command, those below others included, and what it is called.
    fn every_command(mut each: impl FnMut(&str, &mut clap::Command)) {
        fn visit(command: &mut clap::Command, each: &mut impl FnMut(&str, &mut clap::Command)) {
            let name = command.get_bin_name().unwrap_or_default().to_owned();
            each(&name, command);
            command.get_subcommands_mut().for_each(|below| visit(below, each));
        }
        let mut command = command().disable_help_subcommand(true);
        command.build();
        visit(&mut command, &mut each);
    }

    #[test]
    fn every_help_has_examples_and_tells_the_exit_codes() {
        let mut seen = Vec::new();
        every_command(|name, command| {
            for help in [command.render_help().to_string(), command.render_long_help().to_string()] {
                assert!(help.contains("\nExamples:\n  "), "{name} has no examples");
                assert_eq!(help.matches("\nExit codes:").count(), 1, "{name}");
                assert!(help.contains(EXIT_CODES), "{name}");
            }
            seen.push(name.to_owned());
        });
        assert!(seen.contains(&"draftkeep config check".to_owned()), "{seen:?}");
    }

    /// A command that is missing there would be printed without its configuration.
    #[test]
    fn every_command_that_reads_an_archive_is_completed() {
        let grammar = Cli::command();
        let of_no_place = ["completions", "demo", "man", "simulate"];
        let takes_archive = |command: &clap::Command| command.get_arguments().any(|arg| arg.get_id() == "archive");
        let commands = grammar.get_subcommands().filter(|command| !of_no_place.contains(&command.get_name()));
        let mut commands: Vec<_> = commands.map(|command| (command.get_name(), takes_archive(command))).collect();
        commands.sort_unstable();
        assert_eq!(commands, crate::invocation::COMMANDS);
    }

    #[test]
    fn what_help_sets_in_columns_fits_a_terminal() {
        every_command(|name, command| {
            let behind = command.get_after_help().map(ToString::to_string).unwrap_or_default();
            for line in behind.lines() {
                assert!(line.chars().count() <= 80, "{name}: {line}");
            }
        });
    }
}
