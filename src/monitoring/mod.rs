//! Health and metrics of the daemon over HTTP.
//!
//! Start reading at [`Monitoring::open`]. Sockets from systemd are served until the daemon stops, the configured address as long as it is
//! configured. Connections are short and few (`serve`). Only requests that name this machine are answered, from the daemon's counters
//! and a snapshot of the archive that is at most a second old (`snapshot`): `/healthz` and `/readyz` (`readiness`),
//! `/metrics` (`metrics`).
//!
//! Keeping drafts is more important than monitoring: failures here are logged, and no poll waits for them.

mod metrics;
mod readiness;
mod serve;
mod settings;
mod snapshot;

use std::sync::Arc;

use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use self::metrics::Counters;
pub use self::metrics::{PollResult, SendCounter, StepEvent};
use self::serve::Server;
use self::settings::Settings;
use self::snapshot::StatusCache;
use crate::archive::WriterHandle;
use crate::clock::Clock;
use crate::config::Config;
use crate::http_server::{Listener, serve_configured};

/// What is served, as the log says it.
const SERVED: &str = "health and metrics";

/// The daemon's handle to its HTTP server.
pub struct Monitoring {
    counters: Arc<Counters>,
    settings: watch::Sender<Settings>,
}

/// What the HTTP server depends on.
pub struct MonitoringContext {
    pub archive: WriterHandle,
    pub clock: Clock,
    pub stop: CancellationToken,
    /// Tracks the server's tasks, to wait for their end.
    pub tasks: TaskTracker,
}

impl Monitoring {
    /// Starts to serve, on sockets from systemd and on the configured address.
    pub fn open(config: &Config, activated: Vec<Listener>, context: MonitoringContext) -> Self {
        let MonitoringContext { archive, clock, stop, tasks } = context;
        let counters = Arc::new(Counters::new(clock.now()));
        let (settings, changes) = watch::channel(Settings::of(config));
        let cache = StatusCache::new(archive, config.archive.clone(), clock);
        let server = Server::new(Arc::clone(&counters), cache, changes.clone());
        for listener in activated {
            let (server, stop) = (server.clone(), stop.clone());
            tracing::info!(%listener, "serving {SERVED}");
            tasks.spawn(async move { stop.run_until_cancelled(server.serve(listener)).await });
        }
        let connections = server.connections();
        let serve = serve_configured(SERVED, changes, |settings| settings.listen.clone(), connections, server);
        tasks.spawn(async move { stop.run_until_cancelled(serve).await });
        Self { counters, settings }
    }

    /// Call after a reload.
    pub fn on_reload(&self, config: &Config) {
        self.counters.on_reload(true);
        self.settings.send_replace(Settings::of(config));
    }

    /// Call after a reload was refused.
    pub fn on_reload_refused(&self) {
        self.counters.on_reload(false);
    }

    /// Returns the counter of what is sent to the targets of notifications.
    pub fn sends(&self) -> SendCounter {
        self.counters.sends()
    }

    /// Counts a finished step of a poll.
    pub fn record_step(&self, step: &StepEvent<'_>) {
        self.counters.record_step(step);
    }
}
