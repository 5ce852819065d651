//! The gate over HTTP: publishers that speak the platform's API write drafts through it, and only change its address.
//!
//! Start reading at [`GateServer::open`]. `router` answers each request; `program` finds out by its token which program asks. `reads` and
//! `uploads` are passed on; `writes` go through the [gate](crate::gate), one after the other (`turn`). What fails is told in the
//! platform's shape (`failure`). The AppSecret and the platform's token never leave this program.

mod answer;
mod body;
mod clients;
mod failure;
mod gate_failure;
mod program;
mod reads;
mod router;
mod site;
mod tokens;
mod turn;
mod uploads;
mod write_request;
mod writes;

use std::sync::Arc;

use tokio::sync::watch;

pub use self::site::GateServerContext;
use self::site::Site;
use crate::config::Config;
use crate::http_server::serve_configured;

/// What is served, as the log says it.
const SERVED: &str = "the gate";

/// The daemon's handle to the gate.
pub struct GateServer {
    config: watch::Sender<Arc<Config>>,
}

impl GateServer {
    /// Starts to serve on the configured address.
    pub fn open(config: &Config, context: GateServerContext) -> Self {
        let (sender, changes) = watch::channel(Arc::new(config.clone()));
        let (stop, tasks) = (context.stop.clone(), context.tasks.clone());
        let site = Site::new(config.archive.clone(), changes.clone(), context);
        let serve =
            serve_configured(SERVED, changes, |config: &Arc<Config>| config.gate.clone(), site.connections(), site);
        tasks.spawn(async move { stop.run_until_cancelled(serve).await });
        Self { config: sender }
    }

    /// Call after a reload.
    pub fn on_reload(&self, config: &Config) {
        self.config.send_replace(Arc::new(config.clone()));
    }
}
