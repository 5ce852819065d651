//! Every call is counted in the archive, however the work that made it ends: well, with an error, stopped in the middle, or in a
//! panic.

use std::time::Duration;

use crate::archive::{AccountId, WriterHandle};
use crate::model::ApiUsage;
use crate::wechat::Client;

/// How long a panic waits for the archive: the program may end with it.
const PATIENCE: Duration = Duration::from_secs(10);

/// Counts the calls of a client for an account when the work with it ends.
pub(crate) struct UsageCounter {
    client: Client,
    archive: WriterHandle,
    account: AccountId,
}

impl UsageCounter {
    pub(crate) fn new(client: &Client, archive: &WriterHandle, account: AccountId) -> Self {
        Self { client: client.clone(), archive: archive.clone(), account }
    }
}

impl Drop for UsageCounter {
    fn drop(&mut self) {
        record(&self.client, &self.archive, self.account, self.client.drain_usage());
    }
}

/// Hands calls over to the archive's thread, which counts them before it ends. Those that cannot be written, as
/// where the disk is full, go back to the client: they are written with its next ones.
pub(crate) fn record(client: &Client, archive: &WriterHandle, account: AccountId, calls: Vec<ApiUsage>) {
    if calls.is_empty() {
        return;
    }
    let client = client.clone();
    let written = archive.post(move |writer| {
        let counted = writer.add_usage(account, &calls);
        counted.inspect_err(|error| {
            tracing::warn!(%error, calls = in_words(&calls), "calls could not be counted yet");
            client.restore_usage(calls);
        })
    });
    if std::thread::panicking() && written.recv_timeout(PATIENCE).is_err() {
        tracing::warn!("nobody knows whether the last calls were counted");
    }
}

fn in_words(calls: &[ApiUsage]) -> String {
    let words = calls.iter().map(|ApiUsage { endpoint, day, count }| format!("{endpoint} {count} on {day}"));
    words.collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
pub(crate) mod tests {
    use std::panic::{AssertUnwindSafe, catch_unwind};
    use std::path::Path;

    use super::*;
    use crate::clock::Clock;
    use crate::config::Config;
    use crate::model::Endpoint;
    use crate::simulator::{Settings, Simulator, SimulatorHandle};

    /// Starts a platform; the configuration watches its account.
    pub(crate) async fn simulated(directory: &Path) -> (SimulatorHandle, Config) {
        let platform = Simulator::start(Settings::default()).await.unwrap();
        let text = format!(
            "archive = 'archive.db'\n[[account]]\nname = 'mag'\nappid = '{}'\nsecret.command = ['printf', '{}']\napi_base = '{}'",
            platform.appid(),
            platform.secret(),
            platform.base_url()
        );
        let config = Config::from_text(&directory.join("config.toml"), &text).unwrap();
        (platform, config)
    }

    #[test]
    fn calls_are_told_in_words() {
        let calls = [(Endpoint::DraftGet, 2), (Endpoint::StableToken, 1)];
        let calls = calls.map(|(endpoint, count)| ApiUsage { endpoint, day: "2026-09-01".to_owned(), count });
        assert_eq!(in_words(&calls), "draft/get 2 on 2026-09-01, stable_token 1 on 2026-09-01");
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_panic_leaves_its_calls_in_the_ledger_before_the_program_can_end() {
        let directory = tempfile::tempdir().unwrap();
        let (_platform, config) = simulated(directory.path()).await;
        let (account, archive) = (&config.accounts[0], WriterHandle::open(&config.archive).unwrap());
        let client = Client::new(account, Clock::system()).unwrap();
        let (name, appid, now) = (account.name.clone(), account.appid.clone(), Clock::system().now());
        let id = archive.run(move |writer| writer.get_or_create_account(&name, &appid, now)).await.unwrap();
        client.draft_count().await.unwrap();
        let panicked = catch_unwind(AssertUnwindSafe(|| {
            let _counter = UsageCounter::new(&client, &archive, id);
            panic!("as a test may");
        }));
        assert!(panicked.is_err());
        let reader = crate::archive::Reader::open(&config.archive).unwrap();
        let made = reader.account_stats(now).unwrap()[0].usage_of(Endpoint::DraftCount).own_calls;
        assert_eq!(made, 1);
    }
}
