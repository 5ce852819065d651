//! A WeChat platform in a box, to develop and test against. Shares no code with the client.
//!
//! [`World`] is the platform: accounts, tokens, drafts, pictures, limits, its own clock and dice. It needs no socket.
//! [`Simulator::start`] puts HTTP around it. People at work in the draft box sit at a [`AccountHandle`]; what goes wrong is a
//! [`FaultRule`]; what a client did is in [`RequestLog`]; where reports about the platform contradict one another, [`Behavior`] and
//! [`JsonStyle`] have a switch.
//!
//! ```no_run
//! # async fn story() -> std::io::Result<()> {
//! use draftkeep::simulator::{Article, Fault, Plan, Settings, Simulator};
//!
//! let platform = Simulator::start(Settings::default()).await?;
//! let draft = platform.world().desk(platform.appid()).create(vec![Article::news("秋天", "<p>正文</p>")]);
//! platform.world().fault(Plan::next(2, "draft/get", Fault::Reset).draft(&draft));
//! // … let a client loose on platform.base_url() …
//! assert_eq!(platform.world().traffic.calls("draft/get"), 3);
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
pub use behavior::{Behavior, Counting, Order, TypeShown};
pub use editor::NotFound;
pub use fault::{Fault, FaultRule};
pub use json_style::JsonStyle;
pub use load::LoadError;
pub use profile::Profile;
pub use random::Random;
pub use refusal::Refusal;
pub use request::{ApiRequest, ApiResponse, DeliveryMode, Outgoing, Upload};
pub use request_log::{LoggedRequest, RequestLog};
use shared_world::SharedWorld;
pub use world::World;

/// How a running simulator can be ruled over HTTP, for people.
pub const CONTROL: &str = include_str!("control.md");

/// What to start with.
pub struct Settings {
    /// Where to listen; port 0 takes a free one.
    pub listen: SocketAddr,
    /// The first is the one that [`SimulatorHandle::appid`] names.
    pub accounts: Vec<Account>,
    /// Of all dice.
    pub seed: u64,
}

impl Default for Settings {
    /// One verified account with an empty draft box, on a free port of this machine.
    fn default() -> Self {
        let account = Account::new("wx5b1c2d3e4f607182", "0f1e2d3c4b5a69788796a5b4c3d2e1f0");
        Self { listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)), accounts: vec![account], seed: 1 }
    }
}

/// Starts platforms.
pub struct Simulator;

impl Simulator {
    /// Starts a platform; the error is the one of the address to listen at.
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

/// A platform at work. Ends when it is dropped.
pub struct SimulatorHandle {
    address: SocketAddr,
    appid: String,
    secret: String,
    world: SharedWorld,
    stop: CancellationToken,
    task: JoinHandle<()>,
}

impl SimulatorHandle {
    /// Returns `http://ADDRESS:PORT`, for the endpoints and for pictures.
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

    /// Returns the world, which stands still as long as the caller holds it: let it go before an `await`.
    pub fn world(&self) -> MutexGuard<'_, World> {
        self.world.lock()
    }

    /// Ends: answers that are due go out, then the address is free.
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
