//! Pages for editors: what changed in each draft, what was lost, and what each version said.
//!
//! Start reading at [`Web::open`]. `router` answers each request: it finds out who is asking (`caller`), refuses what another site's
//! page sends (`csrf`), lets in who may look (`access`: a session, or a proxy's word), and puts headers on every answer (`headers`).
//! The handlers get what they need from `site`. The pages are written on the server (`pages`), in two languages (`texts`); articles
//! stand in frames of their own (`frame`), with pictures at signed addresses (`picture`). Forms restore a version into the draft box
//! (`restore`).
//!
//! Keeping drafts is more important than showing them: pages read the archive on connections of their own, and no poll waits for them.

mod access;
mod address;
mod approval;
mod caller;
mod cookie;
mod csrf;
mod daemon_state;
mod draft_state;
mod error_page;
mod extract;
mod facts;
mod frame;
mod headers;
mod layout;
mod login;
mod marks;
mod origin;
mod page_error;
mod pages;
pub mod password;
mod picture;
mod place;
mod problems;
mod restore;
mod restore_ending;
mod restore_failure;
mod restore_work;
mod router;
mod running_restores;
mod scope;
pub mod shared_link;
mod signature;
mod site;
mod static_files;
mod texts;
mod time;
mod unanswered;
mod versions;
mod view;

use std::sync::Arc;

use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use self::running_restores::RunningRestores;
use self::site::Site;
use crate::archive::WriterHandle;
use crate::clock::Clock;
use crate::config::Config;
use crate::full_text::SharedSearcher;
use crate::http_server::{Listener, serve_configured};

/// What is served, as the log says it.
const SERVED: &str = "pages";

/// The daemon's handle to the pages.
pub struct Web {
    config: watch::Sender<Arc<Config>>,
}

/// What the pages depend on.
pub struct WebContext {
    /// Writes sessions and restores; no page is read through it.
    pub archive: WriterHandle,
    pub clock: Clock,
    pub stop: CancellationToken,
    /// Tracks the tasks of the server and of restores, to wait for their end.
    pub tasks: TaskTracker,
    pub searcher: SharedSearcher,
}

impl Web {
    /// Starts to serve, on sockets from systemd and on the configured address.
    pub fn open(config: &Config, activated: Vec<Listener>, context: WebContext) -> Self {
        let WebContext { archive, clock, stop, tasks, searcher } = context;
        let (sender, changes) = watch::channel(Arc::new(config.clone()));
        let restores = RunningRestores::new(stop.clone(), tasks.clone());
        let site = Site::new(archive, config.archive.clone(), clock, changes.clone(), restores, searcher);
        for listener in activated {
            if config.web.is_none() {
                tracing::warn!(%listener, "a socket for pages is not served: the configuration has no [web]");
                continue;
            }
            let (site, stop) = (site.clone(), stop.clone());
            tracing::info!(%listener, "serving {SERVED}");
            tasks.spawn(async move { stop.run_until_cancelled(site.connections().serve(listener, site)).await });
        }
        let listen = |config: &Arc<Config>| config.web.as_ref()?.listen.clone();
        let serve = serve_configured(SERVED, changes, listen, site.connections(), site);
        tasks.spawn(async move { stop.run_until_cancelled(serve).await });
        Self { config: sender }
    }

    /// Call after a reload.
    pub fn on_reload(&self, config: &Config) {
        self.config.send_replace(Arc::new(config.clone()));
    }
}
