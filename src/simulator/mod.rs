//! A simulated WeChat platform, to develop and test against. Shares no code with the client.
//!
//! [`World`] is the platform: accounts, tokens, drafts, pictures, limits, its own clock and random numbers. It needs no network;
//! [`Simulator::start`] serves it over HTTP. An [`AccountHandle`] edits drafts like the web editor, a [`FaultRule`] makes calls
//! fail, a [`RequestLog`] shows what the client did. [`Behavior`] and [`JsonStyle`] have switches where reports about the platform
//! contradict one another.
//!
//! ```no_run
//! # async fn story() -> std::io::Result<()> {
//! use draftkeep::simulator::{Article, Fault, FaultRule, Settings, Simulator};
//!
//! let platform = Simulator::start(Settings::default()).await?;
//! let draft = platform.world().account(platform.appid()).create(vec![Article::news("秋天", "<p>正文</p>")]);
//! platform.world().add_fault(FaultRule::next(2, "draft/get", Fault::Reset).draft(&draft));
//! // … run a client with platform.base_url() …
//! assert_eq!(platform.world().request_log.calls("draft/get"), 3);
//! platform.stop().await;
//! # Ok(())
//! # }
//! ```
//!
//! # Control over HTTP
//!
//! ```text
#![doc = include_str!("control.md")]
//! ```

mod account;
mod account_handle;
mod answer;
mod article;
mod behavior;
mod clock;
mod control;
mod credentials;
mod drafts;
mod editor;
pub mod edits;
mod endpoint;
mod fault;
mod html_rewrite;
mod ids;
mod json_style;
mod listener;
mod load;
mod materials;
mod network;
mod pictures;
mod profile;
mod publishing;
mod quota;
mod quota_endpoints;
mod random;
mod refusal;
mod rejected_calls;
mod request;
mod request_log;
mod robots;
mod routes;
mod sample_drafts;
mod serve;
mod shared_world;
mod test_image;
mod token;
mod validate_article;
mod world;

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::MutexGuard;

use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

pub use account::{Account, Draft};
pub use account_handle::AccountHandle;
pub use article::Article;
pub use behavior::{ArticleTypeVisibility, Behavior, LengthUnit, Order};
pub use editor::NotFound;
pub use fault::{Fault, FaultRule};
pub use json_style::JsonStyle;
pub use load::LoadError;
pub use profile::Profile;
pub use random::Random;
pub use refusal::Refusal;
pub use request::{ApiRequest, ApiResponse, Delivery, DeliveryMode, Upload};
pub use request_log::{LoggedRequest, RequestLog};
pub use robots::{ReceivedMessage, RobotKind, RobotRules, Robots};
use shared_world::SharedWorld;
pub use world::World;

/// How to control a running simulator over HTTP, for people.
pub const CONTROL: &str = include_str!("control.md");

/// Settings of a simulator.
pub struct Settings {
    /// Where to listen; port 0 takes a free one.
    pub listen: SocketAddr,
    /// [`SimulatorHandle::appid`] returns that of the first one.
    pub accounts: Vec<Account>,
    /// Random seed; the same seed gives the same run.
    pub seed: u64,
}

impl Default for Settings {
    /// One verified account with an empty draft box, on a free port of this machine.
    fn default() -> Self {
        let account = Account::new("wx5b1c2d3e4f607182", "0f1e2d3c4b5a69788796a5b4c3d2e1f0");
        Self { listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)), accounts: vec![account], seed: 1 }
    }
}

/// Starts simulators.
pub struct Simulator;

impl Simulator {
    /// Starts a simulator. Fails if it cannot listen on the address.
    ///
    /// # Panics
    /// Without an account in the settings.
    pub async fn start(settings: Settings) -> io::Result<SimulatorHandle> {
        let listener = TcpListener::bind(settings.listen).await?;
        let address = listener.local_addr()?;
        let (appid, secret) =
            settings.accounts.first().map(|account| (account.appid.clone(), account.secret.clone())).unzip();
        let world = SharedWorld::new(World::new(settings.accounts, settings.seed));
        let stop = CancellationToken::new();
        let task =
            tokio::spawn(serve::serve(listener::FaultyListener { listener, world: world.clone() }, stop.clone()));
        let [appid, secret] = [appid, secret].map(Option::unwrap_or_default);
        Ok(SimulatorHandle { address, appid, secret, world, stop, task })
    }
}

/// A running simulator. Stops when it is dropped.
pub struct SimulatorHandle {
    address: SocketAddr,
    appid: String,
    secret: String,
    world: SharedWorld,
    stop: CancellationToken,
    task: JoinHandle<()>,
}

impl SimulatorHandle {
    /// Returns `http://ADDRESS:PORT`, for endpoints and pictures.
    pub fn base_url(&self) -> String {
        let mut address = self.address;
        if address.ip().is_unspecified() {
            address.set_ip(Ipv4Addr::LOCALHOST.into());
        }
        format!("http://{address}")
    }

    /// Returns the first account's appid.
    pub fn appid(&self) -> &str {
        &self.appid
    }

    /// Returns the first account's AppSecret, as it was at the start.
    pub fn secret(&self) -> &str {
        &self.secret
    }

    /// Returns the world. No request is answered while the caller holds it: drop it before an `await`.
    pub fn world(&self) -> MutexGuard<'_, World> {
        self.world.lock()
    }

    /// Stops: sends pending responses, then frees the address.
    pub async fn stop(mut self) {
        self.stop.cancel();
        if let Err(failure) = (&mut self.task).await
            && let Ok(panic) = failure.try_into_panic()
        {
            std::panic::resume_unwind(panic);
        }
    }
}

impl Drop for SimulatorHandle {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}
