//! Prunes once a day, as `[retention]` says, beside the polls.

use std::path::PathBuf;

use chrono::NaiveTime;
use chrono_tz::Tz;

use super::context::WorkerContext;
use crate::archive::{Error, Reader};
use crate::config::{Config, DEFAULT_ZONE, next_time_of_day};
use crate::model::Timestamp;
use crate::prune::{self, PrunePlan, PruneRequest, Pruned, SkippedDraft};
use crate::retention::Rules;

/// When it is done each day, in China: hardly anybody saves a draft then.
const TIME: NaiveTime = NaiveTime::from_hms_opt(4, 10, 0).expect("a time of the day");

/// Prunes once a day.
pub(super) struct DailyPrune {
    context: WorkerContext,
    /// When it is done next.
    next: Timestamp,
}

impl DailyPrune {
    pub(super) fn new(context: WorkerContext) -> Self {
        let next = after(context.clock.now());
        Self { context, next }
    }

    /// Prunes where it is time; nobody waits for it.
    pub(super) fn check_due(&mut self, config: &Config, now: Timestamp) {
        // A time that is more than a day ahead was reckoned from a clock that was set back since.
        let (is_due, next) = (now >= self.next, after(now));
        if is_due || self.next > next {
            self.next = next;
        }
        let Some(rules) = config.retention.clone().filter(|_| is_due) else { return };
        let zones = config.accounts.iter().map(|account| (account.name.to_string(), account.zone)).collect();
        let run = Run { archive: config.archive.clone(), rules, zones, now, context: self.context.clone() };
        self.context.tasks.spawn(async move {
            match run.prune().await {
                Ok(pruned) => log(&pruned),
                Err(error) => tracing::warn!(%error, "old versions could not be pruned; it is tried again tomorrow"),
            }
        });
    }
}

/// Returns when it is done next after an instant.
fn after(now: Timestamp) -> Timestamp {
    next_time_of_day(TIME, now, DEFAULT_ZONE)
}

struct Run {
    archive: PathBuf,
    rules: Rules,
    zones: Vec<(String, Tz)>,
    now: Timestamp,
    context: WorkerContext,
}

impl Run {
    /// Prunes step by step; the daemon's end is waited for between two.
    async fn prune(self) -> Result<Pruned, Error> {
        let (archive, stop, now) = (self.context.archive.clone(), self.context.stop.clone(), self.now);
        let mut pruned = Pruned::default();
        let plan = tokio::task::spawn_blocking(move || self.plan()).await;
        let plan = plan.map_err(|error| Error::Panicked(error.to_string()))??;
        plan.skipped.iter().for_each(warn);
        for step in plan.steps() {
            if stop.is_cancelled() {
                break;
            }
            if pruned.is_damaged(&step.label) {
                continue;
            }
            let numbers = step.numbers.clone();
            let result = archive.run(move |writer| writer.prune(step.draft, &numbers, now)).await;
            pruned.add(&step, result)?;
        }
        while !stop.is_cancelled() {
            if !pruned.add_pictures(archive.run(move |writer| writer.remove_unneeded_assets(now)).await?) {
                break;
            }
        }
        Ok(pruned)
    }

    fn plan(&self) -> Result<PrunePlan, Error> {
        let zone = |account: &str| {
            let zone = self.zones.iter().find(|(name, _)| name == account);
            zone.map_or(DEFAULT_ZONE, |(_, zone)| *zone)
        };
        let request = PruneRequest { rules: &self.rules, accounts: None, states: Vec::new(), zone: &zone };
        prune::plan(&Reader::open(&self.archive)?, &request, self.now)
    }
}

fn log(pruned: &Pruned) {
    for damaged in &pruned.damaged {
        warn(damaged);
    }
    match pruned.versions {
        0 => tracing::debug!("no version was to be pruned"),
        versions => tracing::info!(versions, "old versions were pruned, as [retention] says"),
    }
    if pruned.pictures.removed > 0 {
        let (pictures, bytes) = (pruned.pictures.removed, pruned.pictures.bytes);
        tracing::info!(pictures, bytes, "pictures were removed that no version has needed for a week");
    }
}

fn warn(SkippedDraft { label, reason }: &SkippedDraft) {
    tracing::warn!(draft = %label, %reason, "none of its versions is pruned; see what is damaged: draftkeep verify");
}

#[cfg(test)]
mod tests {
    use std::path::Path;
    use std::sync::Arc;

    use chrono::TimeDelta;
    use tokio::sync::mpsc;

    use super::*;
    use crate::archive::{Observation, Writer, WriterHandle};
    use crate::canonical::canonicalise;
    use crate::clock::Clock;
    use crate::model::{MediaId, ShrunkShare};

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn it_is_done_at_one_time_of_each_day() {
        let next = |text: &str| after(at(text)).to_rfc3339();
        assert_eq!(next("2026-09-01T20:09:59Z"), "2026-09-01T20:10:00+00:00");
        assert_eq!(next("2026-09-01T20:10:00Z"), "2026-09-02T20:10:00+00:00");
    }

    /// Three saves of one session.
    fn record(archive: &Path) {
        let mut writer = Writer::open(archive).unwrap();
        let now = at("2026-09-01T01:00:00Z");
        let account = writer.get_or_create_account(&"mag".parse().unwrap(), "wx0123456789abcdef", now).unwrap();
        for n in 0..3 {
            let document = format!(r#"{{"news_item":[{{"title":"{n}"}}]}}"#).into_bytes();
            let observation = Observation {
                media_id: MediaId::new("D1"),
                canonical: canonicalise(&document).unwrap(),
                document,
                update_time: None,
                observed_at: now + TimeDelta::minutes(n),
                expected_previous: None,
                shrunk_share: ShrunkShare::default(),
            };
            writer.record(account, &observation, &[]).unwrap();
        }
    }

    #[tokio::test]
    async fn it_is_done_once_a_day_if_the_configuration_says_so() {
        let directory = tempfile::tempdir().unwrap();
        let (archive, file) = (directory.path().join("archive.db"), directory.path().join("config.toml"));
        record(&archive);
        let text = "archive = 'archive.db'\n[retention]\nkeep_last = 1\n[[account]]\nname = 'mag'\n\
                    appid = 'wx0123456789abcdef'\nsecret = { env = 'SECRET' }\n";
        std::fs::write(&file, text).unwrap();
        let config = Config::load_without_secrets(&file).unwrap();
        let clock = Clock::fixed(at("2026-09-01T12:00:00Z"));
        let (outcomes, _steps) = mpsc::unbounded_channel();
        let context = WorkerContext::new(WriterHandle::open(&archive).unwrap(), clock, Arc::new(|_| ()), outcomes);
        let mut daily = DailyPrune::new(context.clone());
        let numbers = || Reader::open(&archive).unwrap().version_numbers(1).unwrap();

        daily.check_due(&config, at("2026-09-01T20:09:59Z"));
        assert!(context.tasks.is_empty(), "it is not time yet");
        let without = Config { retention: None, ..config.clone() };
        DailyPrune::new(context.clone()).check_due(&without, at("2026-09-01T20:10:00Z"));
        assert!(context.tasks.is_empty(), "everything is kept");
        daily.check_due(&config, at("2026-09-01T20:10:00Z"));
        context.tasks.close();
        context.tasks.wait().await;
        assert_eq!(numbers(), [3]);

        context.tasks.reopen();
        daily.check_due(&config, at("2026-09-01T20:11:00Z"));
        assert!(context.tasks.is_empty(), "once a day");
        daily.check_due(&config, at("2026-09-02T20:10:30Z"));
        assert!(!context.tasks.is_empty(), "and every day");
        // A clock that ran a year ahead does not put it off for a year.
        daily.check_due(&config, at("2027-09-02T20:10:30Z"));
        context.tasks.close();
        context.tasks.wait().await;
        context.tasks.reopen();
        daily.check_due(&config, at("2026-09-03T12:00:00Z"));
        daily.check_due(&config, at("2026-09-03T20:10:00Z"));
        assert!(!context.tasks.is_empty());
    }
}
