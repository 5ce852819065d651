//! Notifications to systemd and its watchdog. Without systemd these functions do nothing.

use std::time::Duration;

use sd_notify::NotifyState;

use crate::archive::{Error, Writer, WriterHandle};

/// The connection to systemd, if it started the daemon.
#[derive(Clone, Debug)]
pub struct Systemd {
    listens: bool,
    watchdog: Option<Duration>,
}

impl Systemd {
    /// Reads `$NOTIFY_SOCKET` and `$WATCHDOG_USEC`.
    pub fn from_environment() -> Self {
        let listens = std::env::var_os("NOTIFY_SOCKET").is_some_and(|socket| !socket.is_empty());
        Self { listens, watchdog: sd_notify::watchdog_enabled().filter(|_| listens) }
    }

    /// No connection, whatever the environment says: for a daemon inside another program.
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
        // systemd 253 and later use the time to match this with the reload that they requested.
        match NotifyState::monotonic_usec_now() {
            Ok(now) => self.notify(&[NotifyState::Reloading, now]),
            Err(error) => tracing::warn!(%error, "the monotonic clock cannot be read"),
        }
    }

    pub(super) fn stopping(&self) {
        self.notify(&[NotifyState::Stopping, NotifyState::Status("stopping: finishing the current write")]);
    }

    /// Notifies the watchdog twice per interval, each time after the archive has answered. If the archive hangs or cannot be read
    /// any more, the watchdog restarts the daemon. Returns only if the archive will never answer again.
    pub(super) async fn run_watchdog(&self, archive: &WriterHandle) -> Error {
        let Some(limit) = self.watchdog else { return std::future::pending().await };
        loop {
            match archive.run(Writer::ping).await {
                Ok(()) => self.notify(&[NotifyState::Watchdog]),
                Err(error) if error.is_final() => return error,
                Err(error) => {
                    tracing::error!(%error, "the archive does not answer; the watchdog will restart the daemon");
                }
            }
            tokio::time::sleep(limit / 2).await;
        }
    }

    fn notify(&self, states: &[NotifyState<'_>]) {
        if !self.listens {
            return;
        }
        if let Err(error) = sd_notify::notify(states) {
            tracing::warn!(%error, "systemd cannot be notified");
        }
    }
}
