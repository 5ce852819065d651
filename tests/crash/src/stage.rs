//! The platform that the program reads, and its configuration. The same seed gives the same drafts, edit by edit.

use draftkeep::simulator::{Account, Random, RobotKind, Settings, Simulator, SimulatorHandle, edits};
use tokio::runtime::Runtime;

use crate::scenario::Step;

const APPID: &str = "wx0000000000000mag";
const SECRET: &str = "hush";

/// When everything begins, in Unix seconds: 2024-09-01T02:00:00Z.
const BEGINNING: i64 = 1_725_156_000;

/// The seconds from one step to the next.
const STEP: i64 = 600;

/// What a draft says that has lost its text.
const SPOILED: &str = "<p>空</p>";

/// The calls a day where the daemon polls each second.
const LIMIT: u64 = 1_000_000;

pub(crate) struct Stage {
    pub(crate) platform: SimulatorHandle,
    random: Random,
    steps: i64,
    /// Whether clocks are the system's: the daemon waits for nothing on another one.
    real_time: bool,
    /// Dropped last: the platform is one of its tasks.
    _runtime: Runtime,
}

impl Stage {
    pub(crate) fn new(seed: u64, real_time: bool) -> std::io::Result<Self> {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
        let accounts = vec![Account::new(APPID, SECRET)];
        let platform = runtime.block_on(Simulator::start(Settings { accounts, seed, ..Settings::default() }))?;
        let stage = Self { platform, random: Random::new(seed), steps: 0, real_time, _runtime: runtime };
        if !real_time {
            stage.platform.world().set_now(stage.now());
        }
        let mut world = stage.platform.world();
        let mut account = world.account(APPID);
        account.load_sample_drafts();
        if real_time {
            // A daemon that polls each second would be held back to what a day allows.
            for endpoint in ["draft/batchget", "draft/get", "draft/count"] {
                account.set_limit(endpoint, LIMIT);
            }
        }
        drop(world);
        Ok(stage)
    }

    fn now(&self) -> i64 {
        BEGINNING + self.steps * STEP
    }

    /// Returns the time of the program's next run; `None` for the system's.
    pub(crate) fn time(&self) -> Option<String> {
        let minutes = 120 + self.steps * STEP / 60;
        let (day, hour, minute) = (1 + minutes / 1440, minutes / 60 % 24, minutes % 60);
        (!self.real_time).then(|| format!("2024-09-{day:02}T{hour:02}:{minute:02}:00Z"))
    }

    /// Goes on to the next step: all clocks move on.
    pub(crate) fn advance(&mut self) {
        self.steps += 1;
        match self.real_time {
            // What is saved within one second has one time.
            true => self.platform.world().advance(1),
            false => self.platform.world().set_now(self.now()),
        }
    }

    /// Does what a step does to the platform.
    pub(crate) fn perform(&mut self, step: Step) {
        match step {
            Step::Edit(edits) => self.edit(edits),
            Step::Spoil(title) => self.spoil(title),
            _ => {}
        }
    }

    fn spoil(&self, title: &str) {
        let mut world = self.platform.world();
        let mut account = world.account(APPID);
        let draft = account.drafts().iter().find(|draft| draft.title() == title).cloned();
        let draft = draft.unwrap_or_else(|| panic!("there is no draft {title}"));
        for index in 0..draft.articles.len() {
            let spoiled = account.edit(&draft.media_id, index, |article| article.set("content", SPOILED));
            spoiled.unwrap_or_else(|error| panic!("{title}: {error:?}"));
        }
    }

    pub(crate) fn edit(&mut self, edits: usize) {
        for _ in 0..edits {
            edits::random_edit(&mut self.platform.world().account(APPID), &mut self.random);
        }
    }

    pub(crate) fn drafts(&self) -> usize {
        self.platform.world().account(APPID).drafts().len()
    }

    /// Returns whether a draft has no text because of [`Step::Spoil`].
    pub(crate) fn has_spoiled(&self) -> bool {
        let mut world = self.platform.world();
        let account = world.account(APPID);
        account.drafts().iter().any(|draft| {
            draft.articles.iter().any(|article| article.get("content").is_some_and(|text| text == SPOILED))
        })
    }

    /// Returns how many messages a receiver of notifications has taken.
    pub(crate) fn messages(&self) -> usize {
        self.platform.world().robots.received().len()
    }

    /// Returns the configuration; `lines` stand before the account.
    pub(crate) fn config(&self, lines: &str, schedule: &str) -> String {
        let base = self.platform.base_url();
        let robot = RobotKind::Webhook;
        let lines = lines.replace("$HOOK_SECRET", robot.secret().unwrap_or_default());
        let lines = lines.replace("$HOOK", &format!("{base}{}", robot.path()));
        format!(
            "archive = 'archive.db'\n{lines}\n[[account]]\nname = 'mag'\nappid = '{APPID}'\n\
             secret = {{ env = 'SECRET' }}\nschedule = '{schedule}'\napi_base = '{base}'\nimage_base = '{base}'\n"
        )
    }
}

/// The environment variable of the secret, and its value.
pub(crate) const SECRET_VARIABLE: (&str, &str) = ("SECRET", SECRET);
