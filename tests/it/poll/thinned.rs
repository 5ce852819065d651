//! Schedules for which the calls of the day do not suffice.

use draftkeep::poll::{AdaptivePoller, StepResult};

use super::watch::Watching;
use super::*;

impl Watching {
    /// Some seconds go by, and a poll of a schedule is due.
    async fn poll_after(&mut self, seconds: u64) -> StepResult {
        self.stage.advance(seconds);
        let Stage { account, client, archive, clock, stop, .. } = &self.stage;
        self.watch.step(account, client, archive, clock, clock.now(), stop).await.unwrap()
    }
}

#[tokio::test]
async fn a_schedule_that_asks_for_too_much_is_thinned_out() {
    let (stage, ids) = Stage::filled(45).await;
    let mut watching = Watching::of(stage);
    watching.stage.account.poll_mode = PollMode::Cron(Schedule::parse("* * * * *", chrono_tz::UTC).unwrap());
    let mut strategies = std::collections::BTreeSet::new();
    for minute in 0..24 * 60 {
        if minute == 600 {
            watching.edit(&ids[3]);
        }
        let stepped = watching.poll_after(60).await;
        assert_eq!(stepped.next, None, "the schedule says when");
        strategies.extend(stepped.report.map(|report| report.strategy.as_str()));
    }
    assert!(strategies.contains("watch"), "{strategies:?}");
    assert_eq!(watching.refused(), 0);
    assert_eq!(watching.stage.documents(&ids[3]).len(), 2);
}

/// Once, the calls of the day were to suffice for more than half a poll more, and all but one draft waited for days.
#[tokio::test]
async fn the_only_poll_of_a_day_is_made_where_its_calls_suffice() {
    let (mut stage, ids) = Stage::filled(45).await;
    stage.watch(&ids);
    stage.account.poll_mode = PollMode::Cron(Schedule::parse("30 9 * * *", chrono_tz::Asia::Shanghai).unwrap());
    stage.account(|account| account.set_limit("draft/get", 70));
    let mut watch = AdaptivePoller::default();
    for day in 0..2 {
        stage.advance(if day == 0 { 84_600 } else { 86_400 });
        stage.edit(&ids[40 + day]);
        let Stage { account, client, archive, clock, stop, .. } = &stage;
        watch.step(account, client, archive, clock, clock.now(), stop).await.unwrap();
        assert_eq!(stage.documents(&ids[40 + day]).len(), 2, "day {day}");
    }
}

/// Once, it did one thing a poll, and the count of the drafts took the place of the list.
#[tokio::test]
async fn a_poll_of_a_schedule_that_is_thinned_out_does_all_that_is_due() {
    let (mut watching, ids) = Watching::filled(6).await;
    let schedule = Schedule::parse("7 * * * *", chrono_tz::Asia::Shanghai).unwrap();
    watching.stage.account.poll_mode = PollMode::Cron(schedule);
    watching.stage.account(|account| account.set_limit("draft/batchget", 25));
    watching.poll_after(3600).await;
    let made = watching.stage.create(2).remove(0);
    watching.edit(&ids[0]);
    watching.edit(&ids[5]);
    // The hottest draft is not there any more, and is not asked for again and again.
    watching.stage.account(|account| account.delete(&ids[5]).unwrap());
    watching.poll_after(3600).await;
    assert_eq!(watching.stage.documents(&made).len(), 1, "the new draft was found");
    assert_eq!(watching.stage.documents(&ids[0]).len(), 2, "and the one that was saved was read");
    watching.watch.close(&watching.stage.archive).await.unwrap();
    assert_eq!(watching.stage.shell("SELECT strategy FROM poll_view ORDER BY rowid DESC LIMIT 1"), "watch");
}

/// Once, when a scheduled poll followed planned steps, the calls of the last steps were counted twice.
#[tokio::test]
async fn the_calls_of_a_schedule_that_is_thinned_out_at_times_are_counted_once() {
    let (mut watching, _) = Watching::filled(30).await;
    let schedule = Schedule::parse("*/5 * * * *", chrono_tz::Asia::Shanghai).unwrap();
    watching.stage.account.poll_mode = PollMode::Cron(schedule);
    let mut strategies = std::collections::BTreeSet::new();
    for _ in 0..26 * 12 {
        let stepped = watching.poll_after(300).await;
        strategies.extend(stepped.report.map(|report| report.strategy.as_str()));
    }
    watching.watch.close(&watching.stage.archive).await.unwrap();
    assert_eq!(strategies.into_iter().collect::<Vec<_>>(), ["sweep", "watch"], "of both kinds");
    for endpoint in ["draft/get", "draft/batchget", "draft/count", "openapi/quota/get"] {
        let sql = format!("SELECT coalesce(sum(calls), 0) FROM quota_view WHERE interface = '{endpoint}'");
        assert_eq!(watching.stage.shell(&sql), watching.stage.calls(endpoint).to_string(), "{endpoint}");
    }
}
