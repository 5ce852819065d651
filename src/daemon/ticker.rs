//! Waits until the next account is due. The only file that uses tokio-cron-scheduler.
//!
//! The scheduler reads the wall clock twice a second while it runs, so it runs only for the last half second; before that
//! there is a plain sleep. A tick only means "check which accounts are due": a tick that is early, late or missing does no harm.
//!
//! A scheduler cannot be stopped: its `shutdown` only sets a flag for its loop, and its nine other tasks wait for messages on
//! channels whose senders they hold themselves. So each scheduler gets its own runtime, and its tasks end with that.

use std::sync::Arc;
use std::time::Duration;

use chrono::TimeDelta;
use tokio::runtime::Builder;
use tokio::sync::Notify;
use tokio_cron_scheduler::{Job, JobScheduler, JobSchedulerError};

use crate::clock::Clock;
use crate::model::Timestamp;

/// The monotonic clock of a sleep stops while the machine is suspended and ignores changes of the wall clock, so the wall clock
/// is read at least this often.
const LONGEST_SLEEP: TimeDelta = TimeDelta::minutes(1);

/// The scheduler first reads the clock 500 ms after its start. Started this long before the due time, it ticks 10 ms after it.
const LEAD: TimeDelta = TimeDelta::milliseconds(490);

/// A clock that goes back by less is corrected by a time service.
const SET_BACK: TimeDelta = TimeDelta::seconds(1);

/// How long to wait for a tick: the scheduler reads the clock a second time one second after its start.
const PATIENCE: Duration = Duration::from_secs(2);

/// Waits until `due`, at most a minute. Returns at once if `due` is in the past.
pub(super) async fn wait_until(due: Timestamp, clock: Clock) {
    let left = due - clock.now();
    if left <= TimeDelta::zero() {
        return;
    }
    tokio::time::sleep((left - LEAD).min(LONGEST_SLEEP).to_std().unwrap_or_default()).await;
    if left - LEAD <= LONGEST_SLEEP {
        next_second().await;
    }
}

/// Waits until `due`; returns false where the clock was set back meanwhile, so that what is due has to be asked anew.
pub(super) async fn reaches(due: Timestamp, clock: &Clock) -> bool {
    let began = clock.now();
    loop {
        let now = clock.now();
        if now >= due {
            return true;
        }
        if now < began - SET_BACK {
            return false;
        }
        wait_until(due, clock.clone()).await;
    }
}

/// Waits for the scheduler's tick at the next whole second.
async fn next_second() {
    // On a thread: a runtime cannot run inside another one.
    let ticked = tokio::task::spawn_blocking(|| tick(&Arc::default())).await;
    if let Err(error) = ticked.map_err(std::io::Error::other).flatten() {
        tracing::error!(%error, "the scheduler cannot start; sleeping instead");
        tokio::time::sleep(PATIENCE).await;
    }
}

/// Runs a scheduler with a job for every whole second, until the first tick.
fn tick(ticked: &Arc<Notify>) -> std::io::Result<()> {
    Builder::new_current_thread().enable_time().build()?.block_on(async {
        schedule(Arc::clone(ticked)).await.map_err(std::io::Error::other)?;
        if tokio::time::timeout(PATIENCE, ticked.notified()).await.is_err() {
            tracing::debug!("the scheduler's tick did not come");
        }
        Ok(())
    })
}

async fn schedule(ticked: Arc<Notify>) -> Result<(), JobSchedulerError> {
    let scheduler = JobScheduler::new().await?;
    // UTC: the scheduler would keep the current offset of another zone. Asynchronous: a synchronous job blocks its thread.
    let every_second = Job::new_async("* * * * * *", move |_, _| {
        let ticked = Arc::clone(&ticked);
        Box::pin(async move { ticked.notify_one() })
    })?;
    scheduler.add(every_second).await?;
    scheduler.start().await
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The one test that waits for the scheduler, which goes by the wall clock and nothing else.
    #[tokio::test]
    async fn the_tick_comes_within_the_second_and_leaves_nothing_behind() {
        let clock = Clock::system();
        let due = clock.now() + TimeDelta::milliseconds(700);
        let due = Timestamp::from_timestamp(due.timestamp() + 1, 0).unwrap();
        wait_until(due, clock.clone()).await;
        let late = clock.now() - due;
        assert!(late >= TimeDelta::zero() && late < TimeDelta::milliseconds(900), "{late}");

        let ticked = Arc::default();
        tokio::task::spawn_blocking({
            let ticked = Arc::clone(&ticked);
            move || tick(&ticked).unwrap()
        })
        .await
        .unwrap();
        assert_eq!(Arc::strong_count(&ticked), 1, "every task of the scheduler has ended");
    }

    #[tokio::test]
    async fn what_is_past_is_not_waited_for() {
        let clock = Clock::fixed("2026-09-01T02:00:00Z".parse().unwrap());
        wait_until(clock.now(), clock.clone()).await;
        wait_until(Timestamp::MIN_UTC, clock).await;
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_far_away_is_waited_for_a_minute_at_a_time() {
        let clock = Clock::fixed("2026-09-01T02:00:00Z".parse().unwrap());
        let start = tokio::time::Instant::now();
        wait_until(Timestamp::MAX_UTC, clock).await;
        assert_eq!(start.elapsed().as_secs(), 60);
    }
}
