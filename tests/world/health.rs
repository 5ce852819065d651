//! The rule that "all is well" means that the drafts were looked at.

use std::collections::BTreeMap;

use chrono::TimeDelta;
use draftkeep::archive::{DaemonReport, WriterHandle};
use draftkeep::config::{Account, DraftSelection, PollMode};
use draftkeep::health::{AccountStatus, Forecast};
use draftkeep::model::{ListOrder, Timestamp};
use draftkeep::simulator::SimulatorHandle;

use crate::truth::Truth;
use crate::world::Broken;

/// What a poll may take, with what a daemon may be late.
const GRACE: TimeDelta = TimeDelta::minutes(23);

/// Where the status of an account has no problem, each of its drafts was shown to the program within the promised time. `now` is the program's
/// clock, which is `ahead` of the platform's and was set last at `set_at`, in Unix seconds of the platform.
pub(crate) async fn is_true(
    archive: &WriterHandle,
    (place, account): (usize, &Account),
    (now, ahead, set_at): (Timestamp, TimeDelta, i64),
    truth: &Truth,
    platform: &SimulatorHandle,
) -> Result<(), Broken> {
    let (name, appid) = (account.name.clone(), account.appid.clone());
    let stats = archive.run(move |writer| writer.account_stats(&name, &appid, now)).await;
    let Some((_, stats)) = stats.map_err(|error| error.to_string())? else { return Ok(()) };
    let known: BTreeMap<String, Timestamp> =
        stats.last_seen.iter().map(|look| (look.media_id.to_string(), look.at)).collect();
    let is_by_save = account.drafts == DraftSelection::All && stats.state.list_order == Some(ListOrder::Updated);
    let status = AccountStatus::configured(stats, account, &DaemonReport::default(), now);
    if !status.problems.is_empty() {
        return Ok(());
    }
    let platform = platform.world();
    let is_watched = |media_id: &str| match &account.drafts {
        DraftSelection::All => true,
        DraftSelection::Listed(listed) => listed.iter().any(|listed| listed.as_str() == media_id),
    };
    let there = truth.drafts.iter().filter(|((of, media_id), history)| {
        *of == place && history.now().is_some() && known.contains_key(media_id) && is_watched(media_id)
    });
    let shown: Vec<(&str, i64)> = there
        .filter_map(|((_, media_id), _)| Some((&**media_id, platform.request_log.last_shown(media_id)?)))
        .collect();
    // Where an edit brings a draft to the front of the list, its first page covers all drafts.
    let ever = truth.drafts.keys().filter(|(of, _)| *of == place);
    let first_page = ever.filter_map(|(_, media_id)| platform.request_log.last_on_first_page(media_id)).max();
    let first_page = first_page.filter(|_| is_by_save).unwrap_or(i64::MIN);
    for (media_id, at) in shown.into_iter().filter(|(_, at)| *at > set_at) {
        let looked = Timestamp::from_timestamp(at.max(first_page), 0).expect("an instant of these years") + ahead;
        if is_late(account, status.forecast.as_ref(), looked, now) {
            return Err(format!(
                "the status of a{place} has no problem at {now}, and {media_id} was shown at {looked}; the archive says {}, {:?}",
                known[media_id], status.forecast
            ));
        }
    }
    Ok(())
}

fn is_late(account: &Account, forecast: Option<&Forecast>, looked: Timestamp, now: Timestamp) -> bool {
    let second = |schedule: &draftkeep::schedule::Schedule| schedule.next_after(schedule.next_after(looked));
    match (&account.poll_mode, forecast) {
        (_, Some(Forecast::Adaptive(promise))) => now - looked > promise.idle * 2 + GRACE,
        (PollMode::Cron(schedule), Some(Forecast::Scheduled { promise, .. })) => {
            now - second(schedule) > GRACE && now - looked > promise.idle * 2 + GRACE
        }
        _ => false,
    }
}
