//! The command line: what may be typed, and who answers it.

mod accounts;
mod assets;
mod caller;
mod clap_error;
mod compact;
mod completions;
pub mod config;
mod context;
mod copy;
mod demo;
mod diff;
mod encrypted;
mod error;
mod export;
mod gate;
mod given_archive;
mod import;
mod import_archive;
mod import_backup;
mod init;
mod list;
mod log;
pub mod logging;
mod lookup_error;
mod man;
mod mcp;
mod mirror;
mod notify;
mod output;
mod pin;
mod poll;
mod probe;
mod prune;
mod repair;
mod restorability;
mod restore;
mod run;
mod runtime;
mod search;
mod show;
pub mod simulate;
mod sql;
mod status;
mod table;
mod times;
mod verify;
mod web;
mod when;

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::ExitCode;

use anstream::ColorChoice;
use clap::builder::StyledStr;
use clap::{Args, CommandFactory, FromArgMatches, Parser, Subcommand, ValueEnum};

use config::ConfigCommand;
pub use context::CommandContext;
pub use error::{CommandError, EXIT_CODES, Exit};
pub use output::Ui;
use runtime::{block_on, interrupted};

/// Keep every version of every draft of your WeChat Official Accounts, and restore lost content
#[derive(Debug, Parser)]
#[command(name = "draftkeep", version, arg_required_else_help = true, subcommand_required = true)]
#[command(after_help = "\
Examples:
  draftkeep demo                     see how it works, without any setup
  draftkeep init                     write the first configuration
  draftkeep config check             is the configuration right?
  draftkeep run                      the daemon: poll each account when due
  draftkeep list                     which drafts are kept
  draftkeep log 3                    the versions of draft 3, newest first
  draftkeep show 3@-1                the version before the newest, as text
  draftkeep diff 3                   what the newest version changed
  draftkeep search 凌晨四点          every sentence that was ever in a draft")]
struct Cli {
    #[command(flatten)]
    global: Global,
    #[command(subcommand)]
    command: Command,
}

/// The options of every command.
#[derive(Debug, Args)]
#[command(next_help_heading = "Global options")]
struct Global {
    /// Read this configuration [default: $DRAFTKEEP_CONFIG, else /etc/draftkeep/config.toml]
    #[arg(long, global = true, value_name = "PATH")]
    config: Option<PathBuf>,
    /// Write one JSON document to stdout, and errors as JSON to stderr
    #[arg(long, global = true)]
    json: bool,
    /// Only print warnings and errors
    #[arg(long, short, global = true)]
    quiet: bool,
    /// Print more; repeat for even more
    #[arg(long, short, global = true, action = clap::ArgAction::Count)]
    verbose: u8,
    /// Use colours; auto means in a terminal, unless NO_COLOR is set
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
    Search(search::Search),
    When(when::When),
    Mcp(mcp::Mcp),
    Pin(pin::PinCommand),
    Prune(prune::Prune),
    Compact(compact::Compact),
    Assets(assets::AssetsCommand),
    Restore(restore::Restore),
    Drill(restore::drill::DrillCommand),
    Undo(restore::undo::UndoCommand),
    Repair(repair::Repair),
    Export(export::Export),
    Import(import::Import),
    ImportBackup(import_backup::ImportBackup),
    Copy(copy::Copy),
    Mirror(mirror::Mirror),
    Status(status::Status),
    Verify(verify::Verify),
    Sql(sql::Sql),
    #[command(subcommand)]
    Config(ConfigCommand),
    #[command(subcommand)]
    Notify(notify::NotifyCommand),
    #[command(subcommand)]
    Web(web::WebCommand),
    #[command(subcommand)]
    Gate(gate::GateCommand),
    Demo(demo::Demo),
    Simulate(simulate::Args),
    Completions(completions::Completions),
    Man(man::ManPages),
}

impl Command {
    fn run(self, context: &CommandContext) -> Result<Exit, CommandError> {
        match self {
            Self::Init(init) => init.run(context),
            Self::Run(run) => run.run(context),
            Self::Poll(poll) => poll.run(context),
            Self::List(list) => list.run(context),
            Self::Log(log) => log.run(context),
            Self::Show(show) => show.run(context),
            Self::Diff(diff) => diff.run(context),
            Self::Search(search) => search.run(context),
            Self::When(when) => when.run(context),
            Self::Mcp(mcp) => mcp.run(context),
            Self::Pin(pin) => pin.run(context),
            Self::Prune(prune) => prune.run(context),
            Self::Compact(compact) => compact.run(context),
            Self::Assets(assets) => assets.run(context),
            Self::Restore(restore) => restore.run(context),
            Self::Drill(drill) => drill.run(context),
            Self::Undo(undo) => undo.run(context),
            Self::Repair(repair) => repair.run(context),
            Self::Export(export) => export.run(context),
            Self::Import(import) => import.run(context),
            Self::ImportBackup(import) => import.run(context),
            Self::Copy(copy) => copy.run(context),
            Self::Mirror(mirror) => mirror.run(context),
            Self::Status(status) => status.run(context),
            Self::Verify(verify) => verify.run(context),
            Self::Sql(sql) => sql.run(context),
            Self::Config(ConfigCommand::Check(check)) => check.run(context),
            Self::Notify(notify) => notify.run(context),
            Self::Web(web) => web.run(context),
            Self::Gate(gate) => gate.run(context),
            Self::Demo(demo) => demo.run(context),
            Self::Simulate(args) => {
                block_on(simulate::run(args, interrupted()))??;
                Ok(Exit::Done)
            }
            Self::Completions(completions) => completions.run(command(), context),
            Self::Man(man) => man.run(&command(), context),
        }
    }
}

/// Runs the program and returns how it ended.
pub fn main(args: impl IntoIterator<Item = OsString>) -> ExitCode {
    let args: Vec<_> = args.into_iter().collect();
    let matches = command().try_get_matches_from(&args);
    let (cli, invocation) = match matches.and_then(|matches| Ok((Cli::from_arg_matches(&matches)?, matches))) {
        Ok((cli, matches)) => (cli, caller::invocation(&matches, &args)),
        Err(error) => return clap_error::print(&error, command(), &args),
    };
    let Global { config, json, quiet, verbose, color } = cli.global;
    let ui = Ui::new(json, quiet, verbose, color.into(), invocation);
    let ended =
        CommandContext::from_env(ui.clone(), config).and_then(|context| context.outcome(cli.command.run(&context)));
    match ended {
        Ok(exit) => exit.into(),
        Err(error) => {
            ui.error(&error);
            error.exit.into()
        }
    }
}

/// Returns the command line definition, with the exit codes in the help of every command.
fn command() -> clap::Command {
    fn with_exit_codes(command: clap::Command) -> clap::Command {
        // `ansi`: without it, every start of the program would search all help texts for styles and remove them.
        let and_codes = |help: &StyledStr| format!("{}\n\n{EXIT_CODES}", help.ansi());
        let help = command.get_after_help().map_or(EXIT_CODES.to_owned(), and_codes);
        let long_help = command.get_after_long_help().map(and_codes);
        let command = match long_help {
            Some(long_help) => command.after_long_help(long_help),
            None => command,
        };
        command.after_help(help).mut_subcommands(with_exit_codes)
    }
    with_exit_codes(Cli::command())
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

    /// Hints with a command that is missing there would not name the configuration.
    #[test]
    fn every_command_that_reads_an_archive_is_completed() {
        let grammar = Cli::command();
        let of_no_place = ["completions", "demo", "man", "simulate"];
        let takes_archive = |command: &clap::Command| command.get_arguments().any(|arg| arg.get_id() == "archive");
        let commands = grammar.get_subcommands().filter(|command| !of_no_place.contains(&command.get_name()));
        let mut commands: Vec<_> = commands.map(|command| (command.get_name(), takes_archive(command))).collect();
        commands.sort_unstable();
        assert_eq!(commands, crate::invocation::COMMANDS);
        let restore = grammar.find_subcommand("restore").unwrap();
        let takes_none =
            |arg: &&clap::Arg| restore.get_arg_conflicts_with(arg).iter().any(|other| other.get_id() == "archive");
        let mut options: Vec<_> = restore.get_arguments().filter(takes_none).filter_map(clap::Arg::get_long).collect();
        options.sort_unstable();
        let mut known = crate::invocation::OF_CONFIGURATION.map(|option| option.trim_start_matches('-'));
        known.sort_unstable();
        assert_eq!(options, known);
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
