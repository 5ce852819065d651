//! The archive as the service makes it: people save the states on the simulated platform, the planner finds them, and each is
//! looked through for pictures. HTTP is real, time is not.

use std::path::Path;
use std::time::Duration;

use draftkeep::archive::WriterHandle;
use draftkeep::assets::AssetDownloader;
use draftkeep::clock::Clock;
use draftkeep::config::{Account, Assets, Credentials, DraftSelection, PollMode, QuotaShare, SecretSource};
use draftkeep::model::Timestamp;
use draftkeep::poll::AdaptivePoller;
use draftkeep::simulator::{Article, Settings, Simulator, SimulatorHandle};
use draftkeep::wechat::Client;
use serde_json::{Map, Value};
use tokio_util::sync::CancellationToken;

use crate::histories::History;

/// When the first state is saved.
const BEGIN: &str = "2026-09-01T02:00:00Z";

/// Between two states of a draft: all are found with the calls of a new account, 500 `draft/get` a day.
const BETWEEN_STATES: Duration = Duration::from_secs(3 * 3600);

/// Between the saves of two drafts.
const BETWEEN_DRAFTS: Duration = Duration::from_secs(60);

/// Nobody answers there: a picture that is not had leaves a row with the reason, and no bytes that git would not have.
const NO_PICTURE_HOST: &str = "http://127.0.0.1:9";

/// Makes an archive of the histories.
pub(crate) fn make(archive: &Path, histories: &[History]) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(watch(archive, histories));
}

async fn watch(archive: &Path, histories: &[History]) {
    let begin: Timestamp = BEGIN.parse().expect("an instant");
    let mut people = People::start(histories, begin).await;
    let mut program = Program::new(&people.platform, archive, Clock::fixed(begin));
    let end = begin + BETWEEN_STATES * people.rounds as u32;
    while program.clock.now() < end {
        people.save_until(program.clock.now());
        let next = program.step().await;
        program.clock.advance((next - program.clock.now()).to_std().unwrap_or_default());
    }
    people.platform.stop().await;
    let Program { archive, collector, .. } = program;
    // It holds the archive open.
    drop(collector);
    archive.close().await;
}

/// Those who write the drafts.
struct People<'h> {
    platform: SimulatorHandle,
    histories: &'h [History],
    begin: Timestamp,
    /// The longest history's states.
    rounds: usize,
    /// Saves to come, the next one last: when, of which history, of which state.
    saves: Vec<(Timestamp, usize, usize)>,
    /// What the platform calls the drafts.
    media_ids: Vec<String>,
}

impl<'h> People<'h> {
    async fn start(histories: &'h [History], begin: Timestamp) -> Self {
        let mut saves = Vec::new();
        for (number, history) in histories.iter().enumerate() {
            let at = |state| begin + BETWEEN_STATES * state as u32 + BETWEEN_DRAFTS * number as u32;
            saves.extend((0..history.states.len()).map(|state| (at(state), number, state)));
        }
        saves.sort_unstable_by(|one, other| other.cmp(one));
        Self {
            platform: Simulator::start(Settings::default()).await.expect("a free port"),
            histories,
            begin,
            rounds: histories.iter().map(|history| history.states.len()).max().unwrap_or_default(),
            saves,
            media_ids: vec![String::new(); histories.len()],
        }
    }

    fn save_until(&mut self, now: Timestamp) {
        while let Some((at, history, state)) = self.saves.pop_if(|(at, ..)| *at <= now) {
            self.save(at, history, state);
        }
        self.platform.world().set_now(now.max(self.begin).timestamp());
    }

    fn save(&mut self, at: Timestamp, history: usize, state: usize) {
        let articles = articles(&self.histories[history].states[state]);
        let mut world = self.platform.world();
        world.set_now(at.timestamp());
        let mut account = world.account(self.platform.appid());
        match state {
            0 => self.media_ids[history] = account.create(articles),
            _ => account.rearrange(&self.media_ids[history], |old| *old = articles).expect("no draft goes"),
        }
    }
}

fn articles(state: &[u8]) -> Vec<Article> {
    #[derive(serde::Deserialize)]
    struct Draft {
        news_item: Vec<Map<String, Value>>,
    }
    let article = |fields: Map<String, Value>| {
        let is_newspic = fields.contains_key("image_info");
        let article = if is_newspic { Article::newspic("", "", &[]) } else { Article::news("", "") };
        fields.into_iter().fold(article, |article, (field, value)| article.with(&field, value))
    };
    serde_json::from_slice::<Draft>(state).expect("a draft").news_item.into_iter().map(article).collect()
}

/// The program, as far as it polls and collects pictures.
struct Program {
    account: Account,
    client: Client,
    archive: WriterHandle,
    collector: AssetDownloader,
    clock: Clock,
    stop: CancellationToken,
    watch: AdaptivePoller,
}

impl Program {
    fn new(platform: &SimulatorHandle, archive: &Path, clock: Clock) -> Self {
        let secret = archive.with_file_name("secret");
        std::fs::write(&secret, platform.secret()).expect("a file with the secret");
        let account = Account {
            name: "bench".parse().expect("a name"),
            appid: platform.appid().to_owned(),
            credentials: Credentials::Secret(SecretSource::File(secret)),
            drafts: DraftSelection::All,
            poll_mode: PollMode::Adaptive,
            zone: chrono_tz::Asia::Shanghai,
            quota_share: QuotaShare::default(),
            shrunk_share: draftkeep::model::ShrunkShare::default(),
            api_base: platform.base_url(),
            fields: Default::default(),
            assets: Assets::All,
            asset_limit: 20 << 20,
            gate: draftkeep::config::GatePolicy::default(),
            image_base: Some(NO_PICTURE_HOST.to_owned()),
            proxy: None,
            ca_file: None,
        };
        let client = Client::new(&account, clock.clone()).expect("a client");
        let archive = WriterHandle::open(archive).expect("an archive");
        Self {
            collector: AssetDownloader::new(&account, client.with_own_usage(), &archive, &clock),
            client,
            archive,
            account,
            clock,
            stop: CancellationToken::new(),
            watch: AdaptivePoller::default(),
        }
    }

    /// Makes one step, as the daemon's worker does, and returns when the next one is due.
    async fn step(&mut self) -> Timestamp {
        let Self { watch, account, client, archive, collector, clock, stop } = self;
        let stepped = watch.step(account, client, archive, clock, clock.now(), stop).await.expect("the archive works");
        collector.collect(stop, &|_| ()).await.expect("the archive works");
        let next = stepped.next.expect("no schedule says when").max(clock.now());
        Timestamp::from_timestamp(next.timestamp() + 1, 0).expect("an instant of these years")
    }
}
