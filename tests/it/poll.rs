//! Polls: a real client over real HTTP, the simulator on the other side, an archive on disk.

mod absence;
mod call_counts;
mod cause;
mod conditions;
mod damage;
mod faults;
mod held_back;
mod new_fields;
mod odd_bytes;
mod odd_list;
mod paging;
mod prove_drafts;
mod random_edits;
mod refused;
mod thinned;
mod two_pollers;
mod unchanged;
mod watch;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use draftkeep::archive::{Filter, Reader, WriterHandle};
use draftkeep::clock::Clock;
use draftkeep::config::{self, Assets, Credentials, DraftSelection, PollMode, QuotaShare, SecretSource};
use draftkeep::model::{DraftState, MediaId, ShrunkShare, Timestamp};
use draftkeep::poll::{self, Allowance, Report};
use draftkeep::schedule::Schedule;
use draftkeep::simulator::{self, AccountHandle, Article, Settings, Simulator, SimulatorHandle};
use draftkeep::wechat::Client;
use tokio_util::sync::CancellationToken;

/// When these tests begin: 10:00 in Shanghai.
const START: &str = "2026-09-01T02:00:00Z";

/// A platform, an account of it that is watched, and the archive. The clocks of both sides stand, and move together.
pub(crate) struct Stage {
    platform: SimulatorHandle,
    directory: tempfile::TempDir,
    archive: WriterHandle,
    pub(crate) clock: Clock,
    pub(crate) account: config::Account,
    pub(crate) client: Client,
    stop: CancellationToken,
    allowance: Allowance,
}

impl Stage {
    /// The whole box is watched; it is empty.
    pub(crate) async fn empty() -> Self {
        let platform = Simulator::start(Settings::default()).await.unwrap();
        let account = account("mag", &platform, platform.appid(), platform.secret());
        let directory = tempfile::tempdir().unwrap();
        let archive = WriterHandle::open(&directory.path().join("archive.db")).unwrap();
        let clock = Clock::fixed(START.parse().unwrap());
        platform.world().set_now(clock.now().timestamp());
        let client = Client::new(&account, clock.clone()).unwrap();
        Self {
            platform,
            directory,
            archive,
            clock,
            account,
            client,
            stop: CancellationToken::new(),
            allowance: Allowance::Share,
        }
    }

    /// The whole box is watched; it holds the eight drafts of the magazine.
    async fn magazine() -> Self {
        let stage = Self::empty().await;
        stage.platform.world().account(stage.platform.appid()).load_sample_drafts();
        stage
    }

    /// The box holds `count` drafts, which are returned in order of creation; all are polled once.
    async fn filled(count: usize) -> (Self, Vec<String>) {
        let stage = Self::empty().await;
        let ids = stage.create(count);
        assert_eq!(stage.poll().await.new_versions, count as u64);
        (stage, ids)
    }

    pub(crate) fn create(&self, count: usize) -> Vec<String> {
        let cover = |n| format!("https://mmbiz.qpic.cn/mmbiz_jpg/cover{n}/0");
        let article = |n| Article::news(&format!("第{n}篇"), &format!("<p>正文{n}</p>")).with("thumb_url", cover(n));
        self.account(|account| (0..count).map(|n| account.create(vec![article(n)])).collect())
    }

    pub(crate) fn account<T>(&self, act: impl FnOnce(&mut AccountHandle<'_>) -> T) -> T {
        act(&mut self.platform.world().account(self.platform.appid()))
    }

    fn add_fault(&self, rule: simulator::FaultRule) {
        self.platform.world().add_fault(rule);
    }

    /// The drafts of the box, in order of creation.
    pub(crate) fn ids(&self) -> Vec<String> {
        self.account(|account| account.drafts().iter().map(|draft| draft.media_id.clone()).collect())
    }

    pub(crate) fn edit(&self, media_id: &str) {
        self.account(|account| account.edit(media_id, 0, |article| article.set("author", "林晚")).unwrap());
    }

    fn watch_all(&mut self) {
        self.account.drafts = DraftSelection::All;
    }

    /// Watches a list of drafts instead of the whole box.
    pub(crate) fn watch(&mut self, ids: &[String]) {
        self.account.drafts = DraftSelection::Listed(ids.iter().map(MediaId::new).collect());
    }

    /// Watches a list of all drafts that are in the box now.
    fn watch_each(&mut self) {
        self.watch(&self.ids());
    }

    /// Polls the whole box in even turns, and a list of all its drafts in odd ones.
    pub(crate) fn take_turns(&mut self, turn: usize) {
        if turn.is_multiple_of(2) { self.watch_all() } else { self.watch_each() }
    }

    /// Moves both clocks forward.
    pub(crate) fn advance(&self, seconds: u64) {
        self.clock.advance(Duration::from_secs(seconds));
        self.platform.world().set_now(self.clock.now().timestamp());
    }

    async fn poll(&self) -> Report {
        self.poll_as(&self.account, &self.client).await
    }

    async fn poll_as(&self, account: &config::Account, client: &Client) -> Report {
        self.poll_with(account, client, false).await
    }

    async fn poll_with(&self, account: &config::Account, client: &Client, accept_absences: bool) -> Report {
        let Self { archive, clock, stop, allowance, .. } = self;
        let options = poll::Options { allowance: *allowance, accept_absences };
        let report = poll::poll(account, client, archive, clock, clock.now(), stop, options).await.unwrap();
        self.platform.world().set_now(clock.now().timestamp());
        report
    }

    /// Polls as an operator who accepts that drafts are gone.
    async fn poll_believing(&self) -> Report {
        self.poll_with(&self.account, &self.client, true).await
    }

    /// Polls and checks that nothing failed.
    pub(crate) async fn poll_well(&self) -> Report {
        let report = self.poll().await;
        assert!(report.failures.is_empty(), "{:?}", report.failures);
        report
    }

    /// How often an endpoint was called, as the platform saw it.
    pub(crate) fn calls(&self, endpoint: &str) -> u64 {
        self.platform.world().request_log.calls(endpoint)
    }

    /// The archive's thread, for work beside the polls.
    pub(crate) fn archive(&self) -> &WriterHandle {
        &self.archive
    }

    pub(crate) fn all_calls(&self) -> u64 {
        self.platform.world().request_log.all_calls().values().sum()
    }

    /// Counts the platform's calls from zero again.
    pub(crate) fn forget_calls(&self) {
        self.platform.world().request_log.clear();
    }

    pub(crate) fn path(&self) -> PathBuf {
        self.directory.path().join("archive.db")
    }

    pub(crate) fn reader(&self) -> Reader {
        Reader::open(&self.path()).unwrap()
    }

    fn states(&self) -> BTreeMap<String, DraftState> {
        let drafts = self.reader().drafts(&Filter::default()).unwrap();
        drafts.into_iter().map(|draft| (draft.media_id, draft.state)).collect()
    }

    fn state(&self, media_id: &str) -> DraftState {
        self.states()[media_id]
    }

    fn all_live(&self) -> bool {
        self.states().values().all(|state| *state == DraftState::Live)
    }

    /// How many versions there are of all drafts together.
    fn versions(&self) -> u64 {
        self.reader().drafts(&Filter::default()).unwrap().iter().map(|draft| draft.versions).sum()
    }

    /// The documents of a draft as received, the oldest first.
    pub(crate) fn documents(&self, media_id: &str) -> Vec<Vec<u8>> {
        let (reader, prefix) = (self.reader(), Some(media_id.to_owned()));
        let draft = &reader.drafts(&Filter { prefix, ..Filter::default() }).unwrap()[0];
        let versions = reader.versions(draft.id).unwrap();
        versions.iter().rev().map(|version| reader.document(version).unwrap()).collect()
    }

    /// Queries the archive with the stock shell.
    pub(crate) fn shell(&self, sql: &str) -> String {
        let output = Command::new("sqlite3").arg(self.path()).arg(sql).output().expect("the stock sqlite3 shell");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap().trim_end().to_owned()
    }
}

/// How an account of the platform is configured.
pub(crate) fn account(name: &str, platform: &SimulatorHandle, appid: &str, secret: &str) -> config::Account {
    let words = ["printf", "%s\n", secret].map(str::to_owned).to_vec();
    config::Account {
        name: name.parse().unwrap(),
        appid: appid.to_owned(),
        credentials: Credentials::Secret(SecretSource::Command(words)),
        drafts: DraftSelection::All,
        poll_mode: PollMode::Cron(Schedule::parse("*/5 * * * *", chrono_tz::Asia::Shanghai).unwrap()),
        zone: chrono_tz::Asia::Shanghai,
        quota_share: QuotaShare::default(),
        shrunk_share: ShrunkShare::default(),
        api_base: platform.base_url(),
        fields: Default::default(),
        assets: Assets::All,
        asset_limit: 20 << 20,
        gate: draftkeep::config::GatePolicy::default(),
        image_base: Some(platform.base_url()),
        proxy: None,
        ca_file: None,
    }
}

fn instant(text: &str) -> Timestamp {
    text.parse().unwrap()
}

/// The drafts that a report says have a new version.
fn changed(report: &Report) -> Vec<&str> {
    report.versions.iter().map(|new| new.media_id.as_str()).collect()
}
