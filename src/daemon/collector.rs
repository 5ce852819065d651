//! One collector for each account: it asks for the pictures of the account's drafts, beside its polls and never in their
//! way.

use std::sync::Arc;
use std::time::Duration;

use super::worker::{Broken, Desk, Duty, Office};
use crate::assets::{BROKEN, Collected, Collector};
use crate::model::Timestamp;
use crate::wechat::PictureError;

/// A clock that jumps, or a picture that is due in a week, is waited for in steps.
const LONGEST: Duration = Duration::from_secs(600);

/// Collects after each step of a poll, and when a picture is due again, until the office stops.
pub(super) async fn collect(desk: Arc<Desk>, office: Office) {
    let (mut at_hand, mut wait, mut trouble, mut unreachable) = (None, LONGEST, None, None);
    loop {
        tokio::select! {
            () = desk.polled.notified() => {}
            () = tokio::time::sleep(wait) => {}
            () = office.stop.cancelled() => return,
        }
        let Some(duty) = desk.duty() else { continue };
        let collector = match at_hand.take() {
            Some((known, collector)) if Arc::ptr_eq(&known, &duty) => Some(collector),
            _ => None,
        };
        match once(&duty, collector, &office).await {
            Ok((collector, collected)) => {
                tell(&duty, &collected, &mut unreachable);
                wait = until(collected.next, office.clock.now());
                (at_hand, trouble) = (Some((duty, collector)), None);
            }
            Err(broken) => {
                wait = BROKEN;
                let told = broken.to_string();
                // What lasts is told once; the polls tell of the same archive as often as it is worth.
                if trouble.as_ref() != Some(&told) {
                    tracing::warn!(account = %duty.account().name, "pictures could not be looked after: {told}");
                    trouble = Some(told);
                }
            }
        }
    }
}

/// Collects in a task of its own, so that a panic ends this time and no other.
async fn once(
    duty: &Arc<Duty>,
    collector: Option<Collector>,
    office: &Office,
) -> Result<(Collector, Collected), Broken> {
    let (duty, archive, clock, stop) =
        (Arc::clone(duty), office.archive.clone(), office.clock.clone(), office.stop.clone());
    let collecting = tokio::spawn(async move {
        let mut collector = match collector {
            Some(collector) => collector,
            None => Collector::new(duty.account(), duty.line(&clock)?.with_own_usage(), &archive, &clock),
        };
        let collected = collector.collect(&stop, &|_| {}).await?;
        Ok((collector, collected))
    });
    collecting.await.unwrap_or_else(|error| Err(Broken::Panic(error.to_string())))
}

/// A host that cannot be reached is told once, and once when pictures come again.
fn tell(duty: &Duty, collected: &Collected, told: &mut Option<PictureError>) {
    let Collected { stored, missed, unreachable, .. } = collected;
    let account = &duty.account().name;
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

fn until(next: Option<Timestamp>, now: Timestamp) -> Duration {
    let wait = next.map_or(LONGEST, |next| (next - now).to_std().unwrap_or_default());
    // A picture that is due again at once would be asked for again at once.
    wait.clamp(Duration::from_secs(1), LONGEST)
}
