//! One world: a platform, people who work on it, the program, and two clocks. Everything follows from the seed.

use std::time::Duration;

use chrono::TimeDelta;
use draftkeep::clock::Clock;
use draftkeep::config::Config;
use draftkeep::model::Timestamp;
use draftkeep::simulator::{Account, Random, Settings, Simulator, SimulatorHandle};

use crate::alarms;
use crate::answers::{Answers, Work};
use crate::health::{self, Clocks, Unpromised};
use crate::program::{Ended, Program};
use crate::restores::Unsettled;
use crate::rules::Rules;
use crate::setting::{self, arrange};
use crate::steps::Step;
use crate::tally::{Event, Tally};
use crate::truth::Truth;

/// When worlds begin: 10:00 in Shanghai.
const START: &str = "2026-09-01T02:00:00Z";

/// What a rule says that does not hold.
pub(crate) type Broken = String;

/// A world.
pub(crate) struct World {
    pub(crate) platform: SimulatorHandle,
    pub(crate) directory: tempfile::TempDir,
    pub(crate) config: Config,
    /// The clock of the program's computer.
    pub(crate) clock: Clock,
    /// The true time, which is the platform's.
    pub(crate) now: Timestamp,
    /// When the program's clock was set last, in Unix seconds of the platform.
    pub(crate) clock_set_at: i64,
    /// When its computer woke last from a long sleep, likewise.
    pub(crate) woke_at: i64,
    unpromised: Unpromised,
    pub(crate) program: Option<Program>,
    pub(crate) truth: Truth,
    pub(crate) rules: Rules,
    pub(crate) unsettled: Unsettled,
    pub(crate) answers: Answers,
    pub(crate) tally: Tally,
    pub(crate) step: usize,
}

impl World {
    pub(crate) async fn new(seed: u64) -> Self {
        let mut random = Random::new(seed);
        let number = 1 + random.below(3);
        let accounts = (0..number).map(|place| Account::new(&format!("wx{place:016x}"), "hush")).collect();
        let settings = Settings { accounts, seed, ..Settings::default() };
        let platform = Simulator::start(settings).await.expect("a free port");
        let (clock, now) = (Clock::fixed(START.parse().expect("an instant")), START.parse().expect("an instant"));
        let directory =
            tempfile::Builder::new().prefix("draftkeep-world-").tempdir_in(setting::memory()).expect("a directory");
        let mut truth = Truth::default();
        let config = arrange(&platform, &directory, now, (&mut truth, &mut random));
        let program = Some(Program::start(&config, &clock).expect("a new archive"));
        let rules = Rules::new(&config);
        let answers = Answers::watch(&mut platform.world(), &clock, &truth.within);
        program.as_ref().expect("it runs").senders.open().await.expect("an outbox");
        let mut world = Self {
            platform,
            directory,
            config,
            clock,
            now,
            clock_set_at: 0,
            woke_at: 0,
            unpromised: Unpromised::new(),
            program,
            truth,
            rules,
            unsettled: Unsettled::default(),
            answers,
            tally: Tally::default(),
            step: 0,
        };
        world.look();
        world
    }

    /// Takes a step, and checks all rules after it.
    pub(crate) async fn take(&mut self, step: &Step) -> Result<(), Broken> {
        self.step += 1;
        self.pass(1);
        match step {
            Step::Poll => self.poll().await?,
            Step::Wait(seconds) => self.sleep(*seconds),
            Step::SetClock(seconds) => self.set_clock(*seconds),
            Step::Restart => self.restart().await?,
            Step::Kill => self.kill(false).await?,
            Step::KillWithin { answers } => {
                self.answers.stop_after(Work::Poll, *answers);
                self.poll().await?;
            }
            Step::Restore { account, seed, in_place, lost, interrupted } => {
                self.restore(*account, *seed, (*in_place, *lost), *interrupted).await?;
            }
            Step::Prune { last, drop_session_ends } => self.prune(*last, *drop_session_ends).await?,
            Step::MoveArchive { seed } => self.move_archive(*seed).await?,
            Step::Edit { account, edit, seed } => self.edit(*account, *edit, *seed),
            Step::EditWithin { account, endpoint, seed } => self.edit_within(*account, endpoint, *seed),
            other => self.disturb(other),
        }
        self.look();
        self.check()
    }

    /// Time goes by for both sides.
    pub(crate) fn pass(&mut self, seconds: i64) {
        self.clock.advance(Duration::from_secs(seconds.unsigned_abs()));
        self.now += TimeDelta::seconds(seconds);
        self.tie_clocks();
    }

    /// Lets the platform's clock go on with the program's, by as much ahead or behind as they are.
    pub(crate) fn tie_clocks(&self) {
        let (clock, behind) = (self.clock.clone(), self.now - self.clock.now());
        self.platform.world().follow(move || (clock.now() + behind).timestamp());
    }

    /// Time goes by in which the program does not run.
    fn sleep(&mut self, seconds: i64) {
        self.pass(seconds);
        if TimeDelta::seconds(seconds) > health::GRACE {
            self.woke_at = self.now.timestamp();
        }
    }

    fn set_clock(&mut self, seconds: i64) {
        self.clock.set(self.clock.now() + TimeDelta::seconds(seconds));
        self.clock_set_at = self.now.timestamp();
        self.tie_clocks();
        self.rules.forget_refusals();
        if seconds > 0 {
            self.unsettled.lose_age();
        }
    }

    /// The account that is due first is polled when it is due.
    async fn poll(&mut self) -> Result<(), Broken> {
        let place = self.await_due();
        let began = self.clock.now();
        self.rules.before_step(&self.platform, place, began);
        let path = self.config.archive.clone();
        let killed = self.answers.begin(place, Work::Poll);
        let ended = self.program.as_mut().expect("it runs").step(place, &path, &killed).await;
        self.answers.end();
        let ends = self.clock.now();
        self.now += ends - began;
        self.look();
        let clocks = (ends, ends - self.now);
        match ended {
            Ended::Well(report) => {
                self.rules.after_step(&self.platform, place, clocks)?;
                if let Some(report) = report {
                    self.rules.reported(&self.config.archive, &report)?;
                    alarms::look(&self.program().archive, &self.config.accounts[place], ends).await?;
                }
                self.program().senders.send().await?;
                self.is_healthy(place).await
            }
            Ended::Failed(error) => Err(format!("a step failed: {error}")),
            Ended::Killed => {
                self.tally.add(Event::KillWithinPoll, 1);
                self.rules.after_step(&self.platform, place, clocks)?;
                self.kill(true).await
            }
        }
    }

    /// Lets time go by until an account is due, and returns its place.
    pub(crate) fn await_due(&mut self) -> usize {
        let (place, due) = self.program().next();
        let wait = (due - self.clock.now()).num_milliseconds().max(0);
        self.pass(wait.unsigned_abs().div_ceil(1000).cast_signed());
        place
    }

    async fn is_healthy(&mut self, place: usize) -> Result<(), Broken> {
        let now = self.clock.now();
        let clocks = Clocks { now, ahead: now - self.now, set_at: self.clock_set_at, woke_at: self.woke_at };
        let account = (place, &self.config.accounts[place]);
        let writer = &self.program.as_ref().expect("it runs").archive;
        let archive = self.rules.archive(&self.config.archive)?;
        health::is_true((writer, archive), account, &clocks, &mut self.unpromised, &self.truth, &self.platform).await
    }

    pub(crate) fn look(&mut self) {
        self.truth.look(&mut self.platform.world(), self.step);
    }

    fn check(&mut self) -> Result<(), Broken> {
        self.rules.check(&self.config.archive, &self.truth, self.step)
    }

    /// Lets the platform be well and the program run until the archive has what is true; returns the digest of the archive, and
    /// what has happened.
    pub(crate) async fn settle(mut self, is_told: bool) -> Result<(String, Tally), Broken> {
        self.take(&Step::AllIsWell).await?;
        let (mut end, mut polls, mut is_raised) = (self.now + TimeDelta::days(5), 0, false);
        while let Err(missing) = self.rules.is_settled(&self.config.archive, &self.truth) {
            if is_told {
                crate::say(&format!("{} not settled: {missing}", self.clock.now().format("%d %H:%M:%S")));
            }
            if self.now > end && is_raised {
                return Err(format!("all was well for a week, and still {missing}"));
            }
            if self.now > end {
                // A schedule for which the calls do not suffice reads little at a time.
                self.raise_limits();
                self.tally.add(Event::RaisedLimits, 1);
                (end, is_raised) = (self.now + TimeDelta::days(3), true);
            }
            self.take(&Step::Poll).await?;
            polls += 1;
            // A limit that is used up is renewed at midnight.
            if polls % 100 == 0 {
                self.take(&Step::Wait(6 * 3600)).await?;
            }
        }
        self.tell_all().await?;
        self.take(&Step::Restart).await?;
        self.rules.close();
        self.program.take().expect("it runs").end().await.map_err(|error| error.to_string())?;
        self.platform.stop().await;
        self.tally.add(Event::EditWithinPoll, self.answers.edits_within_polls());
        Ok((Rules::finish(&self.config.archive)?, self.tally))
    }

    fn raise_limits(&self) {
        let mut platform = self.platform.world();
        for appid in platform.appids() {
            let mut account = platform.account(&appid);
            ["draft/get", "draft/batchget"].into_iter().for_each(|endpoint| account.set_limit(endpoint, 1000));
        }
    }

    /// Sends what waits, each message when it is due.
    async fn tell_all(&mut self) -> Result<(), Broken> {
        while let Some(due) = self.program().senders.send().await? {
            self.pass((due - self.clock.now()).num_seconds().max(0) + 1);
        }
        self.rules.all_are_told(&self.config.archive, &self.platform)
    }

    pub(crate) fn program(&self) -> &Program {
        self.program.as_ref().expect("it runs")
    }
}
