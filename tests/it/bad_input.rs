//! Wrong input and broken environments, with the real program: a clear message, the right exit code, nothing lost.

mod damaged_number;
mod damaged_older;
mod damaged_row;
pub(crate) mod disk;
mod lost_page;
mod network;
mod refusals;

use draftkeep::simulator::{Account, Settings, Simulator, SimulatorHandle};

use crate::harness::{Run, World};

/// The appid that the configuration gives to an account `mag`, and its secret.
const APPID: &str = "wx0000000000000mag";
const SECRET: &str = "hush";

const POLL: &[&str] = &["poll", "--config", "config.toml"];

/// A platform with this account and the magazine's drafts, and a world whose configuration watches all of them.
async fn watched(account: Account) -> (SimulatorHandle, World) {
    let platform = Simulator::start(Settings { accounts: vec![account], ..Settings::default() }).await.unwrap();
    platform.world().set_now(1_788_228_000);
    platform.world().account(platform.appid()).load_sample_drafts();
    let world = World::new();
    world.configure(&[("mag", &platform.base_url(), "'all'")]);
    (platform, world)
}

fn healthy() -> Account {
    Account::new(APPID, SECRET)
}

/// The output of a run, without what differs between runs.
fn told(run: &Run) -> String {
    let mut told = run.to_string();
    for (before, shape) in [("http://127.0.0.1:", "dddd"), (" rid ", "xxxxxxxx-xxxxxxxx-xxxxxxxx"), ("hint: [", "x-x")]
    {
        told = redacted(&told, before, shape);
    }
    told
}

/// Replaces the text behind each `before` by `shape`.
fn redacted(text: &str, before: &str, shape: &str) -> String {
    let mut parts = text.split(before);
    let first = parts.next().unwrap_or_default().to_owned();
    let is_part = |c: char| c.is_ascii_alphanumeric() || (c == '-' && shape.contains('-'));
    parts.fold(first, |shown, part| shown + before + shape + part.trim_start_matches(is_part))
}
