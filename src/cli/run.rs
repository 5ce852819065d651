//! `draftkeep run`: the daemon, and the signals that it is ordered about by.

use std::sync::Arc;

use tokio::runtime::{Builder, Runtime};
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::mpsc;

use super::context::CommandContext;
use super::error::{CommandError, Exit};
use super::logging::LogFormat;
use super::times::local;
use crate::archive::{self, Reader};
use crate::config::{Config, LoadedConfig};
use crate::daemon::{self, Command, Systemd};
use crate::http_server;
use crate::restore;

/// Run the daemon: poll every account on schedule until stopped
#[derive(Debug, clap::Args)]
#[command(
    name = "run",
    after_help = "\
Signals:
  SIGTERM, SIGINT    finish the write at hand and leave, within 10 seconds;
                     a second one: leave at once
  SIGHUP             read the configuration anew; a bad one leaves the old one
                     in force

Examples:
  draftkeep run                      in a terminal, to see what it does
  draftkeep run --log json -v        log lines for programs, more of them
  systemctl reload draftkeep         the service takes a new configuration"
)]
pub(super) struct Run {
    /// Format of the log on stderr
    #[arg(long, value_name = "FORM", value_enum, env = "DRAFTKEEP_LOG", default_value_t = LogFormat::Auto)]
    log: LogFormat,
    /// Log level: error, warn, info, debug, trace, or filters such as draftkeep::poll=debug [default: info]
    #[arg(long, value_name = "FILTER", env = "RUST_LOG")]
    log_level: Option<String>,
}

impl Run {
    pub(super) fn run(self, context: &CommandContext) -> Result<Exit, CommandError> {
        let LoadedConfig { config, warnings, .. } = Config::load(&context.config)?;
        context.ui.log_lines(self.log, self.log_level.as_deref())?;
        // A poll's panic is caught; its message and place belong where all lines are.
        std::panic::set_hook(Box::new(|panic| tracing::error!("{panic}")));
        for warning in warnings {
            tracing::warn!("{}:{warning}", config.path.display());
        }
        log_open_restores(&config);
        let runtime = runtime().map_err(|error| cannot_start(&error))?;
        let ended = runtime.block_on(until_stopped(config, context));
        // Dropping the runtime would wait for a running name lookup.
        runtime.shutdown_background();
        ended.map(|()| Exit::Done)
    }
}

/// Logs unfinished restores at every start, until they are completed or undone.
fn log_open_restores(config: &Config) {
    // Where there is no archive, or none that can be read, the daemon says so itself.
    let open = Reader::open(&config.archive).and_then(|reader| reader.open_restores()).unwrap_or_default();
    for record in open {
        let archive::RestoreRecord { id, account, .. } = &record;
        if record.is_drill() {
            let what = restore::describe(&record, &local);
            tracing::warn!(account, "{what} is not complete; next: draftkeep drill --account {account} --apply");
            continue;
        }
        tracing::warn!(
            account,
            "{} is not complete; next: draftkeep restore --resume {account}/{id}, or: draftkeep restore --undo {account}/{id}",
            restore::describe(&record, &local)
        );
    }
}

/// One thread serves any number of accounts: they wait for the network, and the archive has a thread of its own. Blocking
/// ones come and go; they look names up and open the archive. Secrets, which may hang, are read on threads of their own.
fn runtime() -> std::io::Result<Runtime> {
    Builder::new_current_thread().enable_all().build()
}

async fn until_stopped(config: Config, context: &CommandContext) -> Result<(), CommandError> {
    let (commands, inbox) = mpsc::channel(8);
    // Before the daemon says that it is ready, for it may be told to stop at once.
    let signals = Signals::catch().map_err(|error| cannot_start(&error))?;
    let (systemd, sockets) = (Systemd::from_environment(), http_server::activated_sockets());
    let daemon = daemon::run(config, context.clock.clone(), inbox, systemd, sockets, Arc::new(|_| {}));
    tokio::select! {
        ended = daemon => ended.map_err(explain),
        () = signals.pass_on(commands) => {
            Err(CommandError::new(Exit::Failed, "left at once, by a second signal; what was being written is undone"))
        }
    }
}

/// The signals that concern the daemon.
struct Signals {
    terminate: Signal,
    interrupt: Signal,
    hangup: Signal,
}

impl Signals {
    fn catch() -> std::io::Result<Self> {
        Ok(Self {
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
            hangup: signal(SignalKind::hangup())?,
        })
    }

    /// Sends signals to the daemon as commands; the second signal to stop ends the program at once.
    async fn pass_on(mut self, commands: mpsc::Sender<Command>) {
        let mut stopping = false;
        loop {
            let order = tokio::select! {
                _ = self.terminate.recv() => Command::Stop,
                _ = self.interrupt.recv() => Command::Stop,
                _ = self.hangup.recv() => Command::Reload,
            };
            if order == Command::Stop && std::mem::replace(&mut stopping, true) {
                return;
            }
            // So many commands are never waiting unless the daemon hangs; the second signal must still be heard then.
            if let Err(error) = commands.try_send(order) {
                tracing::warn!(%error, "a signal is not heeded");
            }
        }
    }
}

fn cannot_start(error: &std::io::Error) -> CommandError {
    CommandError::new(Exit::Failed, "the daemon cannot start").because(error)
}

fn explain(error: archive::Error) -> CommandError {
    match error {
        archive::Error::SecondDaemon(_) => {
            CommandError::from(error).hint("Other commands work beside it. To see it: systemctl status draftkeep")
        }
        // As where it is moved away under a daemon that runs.
        archive::Error::Gone { .. } => {
            let mut error = CommandError::from(error);
            error.exit = Exit::Failed;
            error
        }
        error => error.into(),
    }
}
