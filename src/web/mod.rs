//! The daemon's health and metrics over HTTP, for whoever watches over it.
//!
//! [`Web::open`] is the whole story: sockets that systemd handed over are served for good, the address of the
//! configuration for as long as it stands there (`listen`). Each connection is short and there are few of them (`serve`); a
//! request by a name of this machine (`host`) is answered from what the daemon counted and from a look into the archive that is a second old at most
//! (`view`): `/healthz` and `/readyz` (`health`), `/metrics` (`metrics`).
//!
//! Keeping drafts matters more than being watched: whatever fails here is told, and no poll waits for it.

mod host;
mod listen;
mod metrics;
mod readiness;
mod serve;
mod snapshot;

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

pub use self::listen::{Listener, activated_sockets};
use self::metrics::Counters;
pub use self::metrics::{PollResult, StepEvent};
use self::serve::Server;
use self::snapshot::StatusCache;
use crate::archive::Archive;
use crate::clock::Clock;
use crate::config::{Account, Config, DEFAULT_PATH, Listen};
use crate::invocation::Invocation;

/// How long after an address could not be had it is tried again. It may be another program's for a moment only, an older
/// daemon's for one.
const RETRY_INTERVAL: Duration = Duration::from_secs(60);

/// What of the configuration matters here.
#[derive(Clone, Debug)]
struct Settings {
    listen: Option<Listen>,
    hosts: Arc<[String]>,
    accounts: Arc<[Account]>,
    /// Completes the commands that are told.
    invocation: Arc<Invocation>,
}

impl Settings {
    fn of(config: &Config) -> Self {
        let (hosts, accounts) = (config.http_hosts.clone().into(), config.accounts.clone().into());
        let invocation = Invocation::of_daemon(&config.path, DEFAULT_PATH.as_ref()).into();
        Self { listen: config.http.clone(), hosts, accounts, invocation }
    }
}

/// The daemon's side: what it tells of itself.
pub struct Web {
    counters: Arc<Counters>,
    settings: watch::Sender<Settings>,
}

/// What is needed to answer, and when to stop.
pub struct WebContext {
    pub archive: Archive,
    pub clock: Clock,
    pub stop: CancellationToken,
    /// Waits for the end of what is begun here.
    pub tasks: TaskTracker,
}

impl Web {
    /// Begins to listen, on the sockets that were handed over and where the configuration says.
    pub fn open(config: &Config, handed_over: Vec<Listener>, office: WebContext) -> Self {
        let WebContext { archive, clock, stop, tasks } = office;
        let counters = Arc::new(Counters::new(clock.now()));
        let (settings, changes) = watch::channel(Settings::of(config));
        let cache = StatusCache::new(archive, config.archive.clone(), clock);
        let server = Server::new(Arc::clone(&counters), cache, changes.clone());
        for listener in handed_over {
            let (server, stop) = (server.clone(), stop.clone());
            tracing::info!(%listener, "health and metrics are answered");
            tasks.spawn(async move { stop.run_until_cancelled(server.serve(listener)).await });
        }
        tasks.spawn(async move { stop.run_until_cancelled(run_configured_listener(server, changes)).await });
        Self { counters, settings }
    }

    /// A new configuration is in force.
    pub fn on_reload(&self, config: &Config) {
        self.counters.on_reload(true);
        self.settings.send_replace(Settings::of(config));
    }

    /// A new configuration was refused.
    pub fn on_reload_refused(&self) {
        self.counters.on_reload(false);
    }

    /// Takes note of how a step of a poll ended.
    pub fn record_step(&self, step: &StepEvent<'_>) {
        self.counters.record_step(step);
    }
}

/// Listens where the configuration says, whatever it comes to say.
async fn run_configured_listener(server: Server, mut changes: watch::Receiver<Settings>) {
    loop {
        let Some(address) = changes.borrow_and_update().listen.clone() else {
            match changes.changed().await {
                Ok(()) => continue,
                Err(_) => return,
            }
        };
        tokio::select! {
            () = listen_at(&address, &server) => {}
            moved = changes.wait_for(|settings| settings.listen.as_ref() != Some(&address)) => match moved {
                Ok(_) => tracing::info!(%address, "health and metrics are no longer answered here"),
                Err(_) => return,
            }
        }
    }
}

/// Serves at an address, as soon as it can be had. A failure that lasts is told once.
async fn listen_at(address: &Listen, server: &Server) {
    let mut told = None;
    loop {
        match listen::bind(address).await {
            Ok(listener) => {
                tracing::info!(%listener, "health and metrics are answered");
                return server.serve(listener).await;
            }
            Err(error) => {
                if told.replace(error.kind()) != Some(error.kind()) {
                    let next = listen::bind_hint(address, &error);
                    tracing::error!(
                        %address, %error,
                        "health and metrics cannot be answered; polls go on, and it is tried again every minute. {next}"
                    );
                }
                tokio::time::sleep(RETRY_INTERVAL).await;
            }
        }
    }
}
