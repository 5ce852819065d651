//! Two programs write the same draft through the gate, and somebody saves it in the platform's editor, in any order.
//!
//! What must hold: a write that was made is in the archive, with its number; a write that was refused changed nothing; what a write went over is in
//! the archive, unless it was saved within the time of the call between its reading and its writing, which the platform cannot close.

use std::collections::BTreeMap;

use draftkeep::archive::{Filter, Reader, WriteOrigin, WriterHandle};
use draftkeep::clock::Clock;
use draftkeep::config::Config;
use draftkeep::gate::{self, Caller, Change, GateContext, GateError, GateRequest, Patch, Rights};
use draftkeep::model::{Hash, MediaId};
use draftkeep::restore::{AskedBy, RestoreResources};
use draftkeep::simulator::{Account, Article, Fault, FaultRule, Random, Settings, Simulator, SimulatorHandle};
use serde_json::json;

const APPID: &str = "wx0000000000000mag";

/// What happens next.
#[derive(Clone, Copy, Debug)]
enum Step {
    /// A program reads the draft, and keeps its hash.
    Read(usize),
    /// It writes, and expects what it read.
    Write(usize),
    /// Somebody saves.
    Save,
    /// It writes; between its reading and its writing, somebody saves.
    WriteAcross(usize),
    /// It writes, and the answer is lost.
    WriteWithoutAnswer(usize),
}

struct Model {
    platform: SimulatorHandle,
    config: Config,
    clock: Clock,
    archive: WriterHandle,
    random: Random,
    /// Titles name what was saved: each is used once.
    saves: u64,
    counts: BTreeMap<&'static str, usize>,
}

/// A draft, and what its two programs last read of it.
struct Draft {
    media_id: String,
    read: [Option<Hash>; 2],
    /// The titles of what was written over unseen, in the time that the platform leaves open.
    unseen: Vec<String>,
}

impl Model {
    fn title(&mut self, who: &str) -> String {
        self.saves += 1;
        format!("{who}{}", self.saves)
    }

    fn live(&self, draft: &Draft) -> String {
        self.platform.world().account(APPID).draft(&draft.media_id).unwrap().articles[0].text("title").to_owned()
    }

    fn save(&mut self, draft: &Draft) {
        let title = self.title("人");
        self.platform.world().account(APPID).edit(&draft.media_id, 0, |article| article.set("title", title)).unwrap();
    }

    /// The titles of all versions of a draft.
    fn kept(&self, draft: &Draft) -> Vec<String> {
        let reader = Reader::open(&self.config.archive).unwrap();
        let filter = Filter { prefix: Some(draft.media_id.clone()), ..Filter::default() };
        let Some(known) = reader.drafts(&filter).unwrap().pop() else { return Vec::new() };
        let numbers = reader.version_numbers(known.id).unwrap();
        numbers.iter().map(|&number| reader.version(known.id, number).unwrap().title).collect()
    }

    /// A program reads as the gate does: what it reads is a version.
    async fn read(&mut self, draft: &mut Draft, program: usize) {
        let title = self.live(draft);
        // It reads in the archive what the last write or poll kept; here, a refused write keeps what is there.
        match self.write(draft, Some(Hash([0; 32])), "读").await {
            Err(GateError::Stale { hash, .. }) => draft.read[program] = Some(hash),
            other => panic!("{other:?}"),
        }
        assert!(self.kept(draft).contains(&title));
    }

    async fn write(&mut self, draft: &Draft, expected: Option<Hash>, who: &str) -> Result<gate::Written, GateError> {
        let title = self.title(who);
        let account = self.config.accounts[0].clone();
        let path = &self.config.archive;
        let resources = RestoreResources::acquire(account, self.archive.clone(), path, self.clock.clone()).unwrap();
        let fields = json!({ "title": title }).as_object().unwrap().clone();
        let request = GateRequest::Update {
            media_id: MediaId::new(draft.media_id.as_str()),
            expected,
            change: Change::Patch(vec![Patch { index: 0, fields }]),
        };
        let origin = WriteOrigin { who: title, program: "model".to_owned(), note: String::new() };
        let caller = Caller { origin, rights: Rights::Account };
        let context = GateContext { restore: resources.context(AskedBy::Command), path };
        gate::write(&request, &caller, &context).await
    }

    async fn step(&mut self, draft: &mut Draft, step: Step) {
        match step {
            Step::Save => self.save(draft),
            Step::Read(program) => self.read(draft, program).await,
            Step::Write(program) => drop(self.check_write(draft, program, None).await),
            Step::WriteWithoutAnswer(program) => {
                let lost = FaultRule::next(1, "draft/update", Fault::ResetAfterEffect);
                self.platform.world().add_fault(lost);
                let is_written = self.check_write(draft, program, None).await;
                if is_written && !self.platform.world().has_pending_faults() {
                    self.count("written, and the answer lost", 1);
                }
                self.platform.world().clear_faults();
            }
            Step::WriteAcross(program) => {
                let (media_id, title) = (draft.media_id.clone(), self.title("缝"));
                let saved = title.clone();
                self.platform.world().after_next_call("draft/get", move |world| {
                    world.account(APPID).edit(&media_id, 0, |article| article.set("title", saved)).unwrap();
                });
                self.check_write(draft, program, Some(title)).await;
            }
        }
    }

    fn count(&mut self, what: &'static str, times: usize) {
        *self.counts.entry(what).or_default() += times;
    }

    /// Writes what a program expects of what it read, and returns whether that was written; `across` is what is saved between the gate's
    /// reading and its writing.
    async fn check_write(&mut self, draft: &mut Draft, program: usize, across: Option<String>) -> bool {
        let Some(expected) = draft.read[program] else { return false };
        let (before, saves) = (self.live(draft), self.saves);
        let done = self.write(draft, Some(expected), ["甲", "乙"][program]).await;
        let (written, now) = (format!("{}{}", ["甲", "乙"][program], saves + 1), self.live(draft));
        let kept = self.kept(draft);
        assert!(kept.contains(&before), "{before} was there before, and is no version: {kept:?}");
        match done {
            Ok(done) => {
                assert_eq!(now, written);
                assert!(kept.contains(&written), "{written} was written, and is no version: {kept:?}");
                draft.read[program] = done.hash;
                draft.unseen.extend(across);
                self.count("written", 1);
                true
            }
            Err(GateError::Stale { .. }) => {
                assert_eq!(now, across.unwrap_or(before), "a write that was refused changed the draft");
                self.count("refused", 1);
                false
            }
            Err(error) => panic!("{error:?}"),
        }
    }
}

async fn model(seed: u64) -> (tempfile::TempDir, Model) {
    let account = Account::new(APPID, "hush");
    let platform = Simulator::start(Settings { accounts: vec![account], ..Settings::default() }).await.unwrap();
    let directory = tempfile::tempdir().unwrap();
    let text = format!(
        "archive = 'archive.db'\n[[account]]\nname = 'mag'\nappid = '{APPID}'\nsecret.command = ['printf', 'hush']\napi_base = '{}'\ngate = {{ allow = ['update'] }}",
        platform.base_url()
    );
    let config = Config::from_text(&directory.path().join("config.toml"), &text).unwrap();
    let archive = WriterHandle::open(&config.archive).unwrap();
    let clock = Clock::fixed("2026-09-01T02:00:00Z".parse().unwrap());
    platform.world().set_now(clock.now().timestamp());
    let (random, counts) = (Random::new(seed), BTreeMap::new());
    (directory, Model { platform, config, clock, archive, random, saves: 0, counts })
}

/// `DRAFTKEEP_INTERLEAVINGS` says how many; docs/reliability.md tells how many were tried.
#[tokio::test(flavor = "multi_thread")]
async fn no_write_is_lost_and_none_goes_over_what_nobody_kept() {
    let count = std::env::var("DRAFTKEEP_INTERLEAVINGS").ok().map_or(20, |count| count.parse().unwrap());
    let seed = std::env::var("DRAFTKEEP_SEED").ok().map_or(7, |seed| seed.parse().unwrap());
    let (_directory, mut model) = model(seed).await;
    for _ in 0..count {
        // A day's calls are enough for a dozen drafts.
        model.clock.advance(std::time::Duration::from_secs(7_200));
        model.platform.world().advance(7_200);
        let (cover, _) = model.platform.world().account(APPID).add_picture("cover.jpg");
        let first = model.title("人");
        let article = Article::news(&first, "<p>正文</p>").with("thumb_media_id", cover);
        let media_id = model.platform.world().account(APPID).create(vec![article]);
        let mut draft = Draft { media_id, read: [None, None], unseen: Vec::new() };
        let steps: Vec<Step> = (0..4 + model.random.below(5)).map(|_| step(&mut model.random)).collect();
        model.step(&mut draft, Step::Read(0)).await;
        model.step(&mut draft, Step::Read(1)).await;
        for &step in &steps {
            model.step(&mut draft, step).await;
        }
        let kept = model.kept(&draft);
        assert!(draft.unseen.iter().all(|title| !kept.contains(title)), "{steps:?}: {kept:?}");
        model.count("written over unseen, within one call", draft.unseen.len());
        model.platform.world().account(APPID).delete(&draft.media_id).unwrap();
    }
    crate::archive::write_to_stderr(format_args!("{count} interleavings: {:?}", model.counts));
    assert!(model.counts.len() == 4 && model.counts.values().all(|times| *times > 0), "{:?}", model.counts);
}

fn step(random: &mut Random) -> Step {
    let program = random.below(2);
    match random.below(10) {
        0..=1 => Step::Read(program),
        2..=5 => Step::Write(program),
        6..=7 => Step::Save,
        8 => Step::WriteAcross(program),
        _ => Step::WriteWithoutAnswer(program),
    }
}
