//! Starts the daemon, and ends it.

use std::path::PathBuf;
use std::sync::Arc;

use tokio::sync::mpsc;

use super::context::{OnPoll, WorkerContext};
use super::problem_report::ProblemReport;
use super::running::{Command, Daemon};
use super::systemd::Systemd;
use crate::archive::{self, DaemonLock, WriterHandle};
use crate::clock::Clock;
use crate::config::Config;
use crate::http_server::Sockets;

/// Runs the daemon until [`Command::Stop`]. Every account is polled once at the start, then by its timing. `on_poll` is called
/// after each poll. Health and metrics are served on `sockets` (socket activation) and on the address in the configuration.
///
/// # Errors
///
/// If the archive cannot be opened, another daemon uses it, or the archive's thread has ended. Failures of one account are
/// logged and shown in the status; the other accounts go on.
pub async fn run(
    config: Config,
    clock: Clock,
    mut commands: mpsc::Receiver<Command>,
    systemd: Systemd,
    sockets: Sockets,
    on_poll: OnPoll,
) -> Result<(), archive::Error> {
    // Before the archive is opened: a second daemon must not migrate the first one's archive.
    let lock = DaemonLock::acquire(&config.archive)?;
    let Some(OpenArchive { archive, lock, reload }) = open(config.archive.clone(), lock, &mut commands).await? else {
        systemd.stopping();
        return Ok(());
    };
    if archive.is_new() {
        let path = config.archive.display();
        tracing::info!(archive = %path, "there was no archive, so a new one is begun");
    }
    let (outcomes, polls) = mpsc::unbounded_channel();
    let context = WorkerContext::new(archive.clone(), clock, on_poll, outcomes);
    let lock = Arc::new(lock);
    let mut daemon = Daemon::start(config, context, systemd.clone(), sockets, ProblemReport::new(Arc::clone(&lock)));
    // The polls report the same failure, so it is not logged here.
    if let Err(error) = daemon.apply_renames(&daemon.config).await {
        tracing::debug!(%error, "the accounts of the archive cannot be read");
    }
    systemd.ready(&daemon.status_line());
    if reload {
        daemon.reload().await;
    }
    let ended = tokio::select! {
        ended = daemon.work(&mut commands, polls) => ended,
        error = systemd.run_watchdog(&archive) => Err(error),
    };
    systemd.stopping();
    daemon.stop(archive).await;
    drop(lock);
    ended
}

/// The archive, opened while commands were received.
struct OpenArchive {
    archive: WriterHandle,
    lock: DaemonLock,
    /// Whether a reload was requested meanwhile.
    reload: bool,
}

/// Opens the archive; returns `None` if the command to stop came first. Opening waits for other writers and migrates an older
/// archive, which blocks for seconds or minutes, so it runs on its own thread. The thread keeps the lock until it ends.
async fn open(
    path: PathBuf,
    lock: DaemonLock,
    commands: &mut mpsc::Receiver<Command>,
) -> Result<Option<OpenArchive>, archive::Error> {
    let mut opening = tokio::task::spawn_blocking(move || (WriterHandle::open(&path), lock));
    let mut reload = false;
    loop {
        tokio::select! {
            opened = &mut opening => {
                // The thread panicked, and the panic is on stderr.
                let (archive, lock) = opened.map_err(|_| archive::Error::Stopped)?;
                return Ok(Some(OpenArchive { archive: archive?, lock, reload }));
            }
            command = commands.recv() => match command {
                Some(Command::Reload) => reload = true,
                Some(Command::Stop) | None => return Ok(None),
            },
        }
    }
}
