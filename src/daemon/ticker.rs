//! Waits for the instant at which the next account is due. The only file that knows tokio-cron-scheduler.
//!
//! The scheduler looks at the wall clock twice a second for as long as it runs, so it runs for the last half second
//! only; until then there is a plain sleep. Nothing is concluded from its tick but that it is time to look who is due:
//! a tick that comes early, late or not at all costs nothing but that.
//!
//! A scheduler cannot be stopped: its `shutdown` sets a flag for its loop, and the nine tasks beside the loop wait for
//! messages on channels whose senders they hold themselves. Each one therefore gets a runtime of its own, and its
//! tasks end with that.

use std::sync::Arc;
use std::time::Duration;

use chrono::TimeDelta;
use tokio::runtime::Builder;
use tokio::sync::Notify;
use tokio_cron_scheduler::{Job, JobScheduler, JobSchedulerError};

use crate::clock::Clock;
use crate::model::Timestamp;

/// A sleep is measured by a clock that stands still while the machine is suspended and that nobody puts forward or
/// back. At least this often the wall clock is looked at.
const LONGEST_SLEEP: TimeDelta = TimeDelta::minutes(1);

/// The scheduler first looks 500 ms after its start. Started this much before the instant, it sees it 10 ms after.
const LEAD: TimeDelta = TimeDelta::milliseconds(490);

/// How long a tick is waited for: the scheduler's second look is a second after its start.
const PATIENCE: Duration = Duration::from_secs(2);

/// Waits until `due`, or for a minute if that is later. Returns at once where it is past.
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

/// Waits for the scheduler's tick at the next whole second.
async fn next_second() {
    // A thread, because the runtime that we are in cannot drive another one.
    let ticked = tokio::task::spawn_blocking(|| tick(&Arc::default())).await;
    if let Err(error) = ticked.map_err(std::io::Error::other).flatten() {
        tracing::error!(%error, "there is no scheduler; sleeping instead");
        tokio::time::sleep(PATIENCE).await;
    }
}

/// Runs a scheduler that rings at every whole second, until it has rung once.
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
    // UTC: the scheduler would freeze another zone's offset. Asynchronous: a job that is not blocks its thread.
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
