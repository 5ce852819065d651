//! What the daemon tells systemd, and how the watchdog is kept quiet. Without systemd all of it does nothing.

use std::time::Duration;

use sd_notify::NotifyState;

use crate::archive::{Archive, Error, Writer};

/// systemd, where it started the daemon.
#[derive(Clone, Debug)]
pub struct Systemd {
    listens: bool,
    watchdog: Option<Duration>,
}

impl Systemd {
    /// The one that `$NOTIFY_SOCKET` and `$WATCHDOG_USEC` tell of, if any.
    pub fn from_environment() -> Self {
        let listens = std::env::var_os("NOTIFY_SOCKET").is_some_and(|socket| !socket.is_empty());
        Self { listens, watchdog: sd_notify::watchdog_enabled().filter(|_| listens) }
    }

    /// None, whatever the environment says: for a daemon inside another program.
    pub fn none() -> Self {
        Self { listens: false, watchdog: None }
    }

    pub(super) fn ready(&self, status: &str) {
        self.notify(&[NotifyState::Ready, NotifyState::Status(status)]);
    }

    pub(super) fn status(&self, status: &str) {
        self.notify(&[NotifyState::Status(status)]);
    }

    /// Must be followed by [`Systemd::ready`].
    pub(super) fn reloading(&self) {
        // systemd 253 and later tells by the time whether this belongs to the reload that it asked for.
        match NotifyState::monotonic_usec_now() {
            Ok(now) => self.notify(&[NotifyState::Reloading, now]),
            Err(error) => tracing::warn!(%error, "the monotonic clock cannot be read"),
        }
    }

    pub(super) fn stopping(&self) {
        self.notify(&[NotifyState::Stopping, NotifyState::Status("stopping: the write at hand is finished first")]);
    }

    /// Pats the watchdog twice as often as it asks for, each time after the archive has answered; so where the archive
    /// hangs or cannot be read any more, the watchdog strikes. Returns only where the archive will never answer again.
    pub(super) async fn run_watchdog(&self, archive: &Archive) -> Error {
        let Some(limit) = self.watchdog else { return std::future::pending().await };
        loop {
            match archive.run(Writer::ping).await {
                Ok(()) => self.notify(&[NotifyState::Watchdog]),
                Err(error) if error.is_final() => return error,
                Err(error) => tracing::error!(%error, "the archive does not answer; the watchdog will strike"),
            }
            tokio::time::sleep(limit / 2).await;
        }
    }

    fn notify(&self, states: &[NotifyState<'_>]) {
        if !self.listens {
            return;
        }
        if let Err(error) = sd_notify::notify(states) {
            tracing::warn!(%error, "systemd cannot be told");
        }
    }
}
