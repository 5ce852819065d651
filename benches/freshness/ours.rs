//! This program, let loose on the simulated platform for some days of virtual time.

use std::path::Path;
use std::time::Duration;

use draftkeep::archive::{Filter, Reader, WriterHandle};
use draftkeep::clock::Clock;
use draftkeep::config::{Account, Assets, Credentials, DraftSelection, PollMode, QuotaShare, SecretSource};
use draftkeep::model::Timestamp;
use draftkeep::poll::AdaptivePoller;
use draftkeep::wechat::Client;
use tokio_util::sync::CancellationToken;

use crate::platform::{Platform, told};
use crate::score::{Captures, Score};
use crate::world::World;

/// The first day's midnight in UTC+8, at which the platform's counters begin anew.
const MIDNIGHT: &str = "2026-08-31T16:00:00Z";

/// Runs the program for all days of a world and scores its archive.
pub(crate) fn run(world: &World, foreign: &[f64]) -> Score {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(watch(world, foreign))
}

async fn watch(world: &World, foreign: &[f64]) -> Score {
    let midnight: Timestamp = MIDNIGHT.parse().expect("an instant");
    let end = midnight + Duration::from_secs_f64(world.end());
    let scratch = tempfile::tempdir().expect("a scratch directory");
    let path = scratch.path().join("archive.db");
    let mut platform = Platform::start(world, foreign, midnight).await;
    let mut program = Program::new(&platform, &path, Clock::fixed(midnight));
    while program.clock.now() < end {
        platform.advance_to(program.clock.now());
        let next = program.step().await;
        program.clock.advance((next - program.clock.now()).to_std().unwrap_or_default());
    }
    let spent = platform.spent();
    platform.running.stop().await;
    program.archive.close().await;
    Score::of(world, &captures(world, &path, midnight), &spent)
}

/// The program, as far as it polls.
struct Program {
    account: Account,
    client: Client,
    archive: WriterHandle,
    clock: Clock,
    stop: CancellationToken,
    watch: AdaptivePoller,
}

impl Program {
    fn new(platform: &Platform<'_>, archive: &Path, clock: Clock) -> Self {
        let secret = archive.with_file_name("secret");
        std::fs::write(&secret, platform.running.secret()).expect("a file with the secret");
        let account = Account {
            name: "bench".parse().expect("a name"),
            appid: platform.running.appid().to_owned(),
            credentials: Credentials::Secret(SecretSource::File(secret)),
            drafts: DraftSelection::All,
            poll_mode: PollMode::Adaptive,
            zone: chrono_tz::Asia::Shanghai,
            quota_share: QuotaShare::default(),
            shrunk_share: draftkeep::model::ShrunkShare::default(),
            api_base: platform.running.base_url(),
            fields: Default::default(),
            assets: Assets::None,
            asset_limit: 0,
            gate: draftkeep::config::GatePolicy::default(),
            image_base: None,
            proxy: None,
            ca_file: None,
        };
        Self {
            client: Client::new(&account, clock.clone()).expect("a client"),
            archive: WriterHandle::open(archive).expect("an archive"),
            account,
            clock,
            stop: CancellationToken::new(),
            watch: AdaptivePoller::default(),
        }
    }

    /// Makes one step, as the daemon's worker does, and returns when the next one is due: the daemon's ticks are whole
    /// seconds.
    async fn step(&mut self) -> Timestamp {
        let Self { watch, account, client, archive, clock, stop } = self;
        let stepped = watch.step(account, client, archive, clock, clock.now(), stop).await.expect("the archive works");
        let next = stepped.next.expect("no schedule says when").max(clock.now());
        Timestamp::from_timestamp(next.timestamp() + 1, 0).expect("an instant of these years")
    }
}

/// Returns which versions an archive holds, by what their documents say.
fn captures(world: &World, archive: &Path, midnight: Timestamp) -> Captures {
    let reader = Reader::open(archive).expect("the archive");
    let mut captures = Captures::none(world);
    for draft in reader.drafts(&Filter::default()).expect("its drafts") {
        let versions = reader.versions(draft.id).expect("the draft's versions");
        let noted = reader.documents(&versions, |version, document| {
            let text = String::from_utf8_lossy(document?.raw);
            let (number, saved) = told(&text).expect("a text of this bench");
            captures.note(number, saved, (version.observed_at - midnight).as_seconds_f64());
            Ok(())
        });
        noted.expect("the versions' documents");
    }
    captures
}
