//! One collector for each account: it asks for the pictures of the account's drafts, beside its polls and never in their
//! way.

use std::sync::Arc;
use std::time::Duration;

use super::worker::{AccountSession, WorkerContext, WorkerError, WorkerShared};
use crate::assets::{BROKEN, Collected, Collector};
use crate::model::Timestamp;
use crate::wechat::PictureError;

/// A clock that jumps, or a picture that is due in a week, is waited for in steps.
const LONGEST_WAIT: Duration = Duration::from_secs(600);

/// Collects after each step of a poll, and when a picture is due again, until the context stops.
pub(super) async fn run(shared: Arc<WorkerShared>, context: WorkerContext) {
    let (mut cached, mut wait, mut last_error, mut unreachable) = (None, LONGEST_WAIT, None, None);
    loop {
        tokio::select! {
            () = shared.polled.notified() => {}
            () = tokio::time::sleep(wait) => {}
            () = context.stop.cancelled() => return,
        }
        let Some(session) = shared.session() else { continue };
        let collector = match cached.take() {
            Some((known, collector)) if Arc::ptr_eq(&known, &session) => Some(collector),
            _ => None,
        };
        match run_once(&session, collector, &context).await {
            Ok((collector, collected)) => {
                log_collected(&session, &collected, &mut unreachable);
                wait = wait_until_next(collected.next, context.clock.now());
                (cached, last_error) = (Some((session, collector)), None);
            }
            Err(error) => {
                wait = BROKEN;
                let told = error.to_string();
                // What lasts is told once; the polls tell of the same archive as often as it is worth.
                if last_error.as_ref() != Some(&told) {
                    tracing::warn!(account = %session.account().name, "pictures could not be looked after: {told}");
                    last_error = Some(told);
                }
            }
        }
    }
}

/// Collects in a task of its own, so that a panic ends this time and no other.
async fn run_once(
    session: &Arc<AccountSession>,
    collector: Option<Collector>,
    context: &WorkerContext,
) -> Result<(Collector, Collected), WorkerError> {
    let (session, archive, clock, stop) =
        (Arc::clone(session), context.archive.clone(), context.clock.clone(), context.stop.clone());
    let collecting = tokio::spawn(async move {
        let mut collector = match collector {
            Some(collector) => collector,
            None => Collector::new(session.account(), session.client(&clock)?.with_own_usage(), &archive, &clock),
        };
        let collected = collector.collect(&stop, &|_| {}).await?;
        Ok((collector, collected))
    });
    collecting.await.unwrap_or_else(|error| Err(WorkerError::Panic(error.to_string())))
}

/// A host that cannot be reached is told once, and once when pictures come again.
fn log_collected(session: &AccountSession, collected: &Collected, told: &mut Option<PictureError>) {
    let Collected { stored, missed, unreachable, .. } = collected;
    let account = &session.account().name;
    if *stored > 0 {
        tracing::info!(%account, stored, missed, "pictures stored");
    }
    match unreachable {
        Some(failure) if told.is_none() => {
            tracing::warn!(%account, "pictures are put off, and asked for again at least every half hour: {failure}");
            *told = Some(failure.clone());
        }
        Some(_) => {}
        None if *stored > 0 => *told = None,
        None => {}
    }
}

fn wait_until_next(next: Option<Timestamp>, now: Timestamp) -> Duration {
    let wait = next.map_or(LONGEST_WAIT, |next| (next - now).to_std().unwrap_or_default());
    // A picture that is due again at once would be asked for again at once.
    wait.clamp(Duration::from_secs(1), LONGEST_WAIT)
}
