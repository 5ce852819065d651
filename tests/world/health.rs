//! The rule that "all is well" means that the drafts were looked at.

use std::collections::BTreeMap;

use chrono::TimeDelta;
use draftkeep::archive::{DaemonReport, WriterHandle};
use draftkeep::config::{Account, DraftSelection, PollMode};
use draftkeep::health::{AccountStatus, Forecast};
use draftkeep::model::{ListOrder, Timestamp, quota_day_began};
use draftkeep::simulator::{SimulatorHandle, World as Platform};

use crate::truth::Truth;
use crate::world::Broken;

/// What a poll may take, with what a daemon may be late.
pub(crate) const GRACE: TimeDelta = TimeDelta::minutes(23);

/// What lists the drafts of a box, and how many at once.
const LIST: &str = "draft/batchget";
const PAGE: usize = 20;

/// For so long a refusal may hold the list up, until the platform has told how many calls are left.
const REFUSED_SECS: i64 = 2 * 3600;

/// So many calls polls leave to restores, and most of the next ones to other systems.
const LEFT_TO_OTHERS: u64 = 14;

/// What time it is.
pub(crate) struct Clocks {
    /// By the program's clock.
    pub(crate) now: Timestamp,
    /// How far that is ahead of the platform's.
    pub(crate) ahead: TimeDelta,
    /// When it was set last, and when its computer woke from a long sleep, in Unix seconds of the platform.
    pub(crate) set_at: i64,
    pub(crate) woke_at: i64,
}

/// Where the status of an account has no problem, each of its drafts was shown to the program within the promised time; one that never was has
/// not been in the box for so long while the program ran.
pub(crate) async fn is_true(
    archive: &WriterHandle,
    (place, account): (usize, &Account),
    clocks: &Clocks,
    truth: &Truth,
    platform: &SimulatorHandle,
) -> Result<(), Broken> {
    let Clocks { now, ahead, set_at, .. } = *clocks;
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
    let mut platform = platform.world();
    let is_watched = |media_id: &str| match &account.drafts {
        DraftSelection::All => true,
        DraftSelection::Listed(listed) => listed.iter().any(|listed| listed.as_str() == media_id),
    };
    let there = truth
        .drafts
        .iter()
        .filter(|((of, media_id), history)| *of == place && history.now().is_some() && is_watched(media_id));
    // Where an edit brings a draft to the front of the list, its first page covers all drafts.
    let ever = truth.drafts.keys().filter(|(of, _)| *of == place);
    let first_page = ever.filter_map(|(_, media_id)| platform.request_log.last_on_first_page(media_id)).max();
    let first_page = first_page.filter(|_| is_by_save).unwrap_or(i64::MIN);
    // The program has looked for what it takes for missing, as it was told.
    let there = there.filter(|(key, _)| known.contains_key(&key.1) || !truth.denied.contains(key));
    for ((_, media_id), history) in there {
        let (looked, forecast) = (platform.request_log.last_shown(media_id), status.forecast.as_ref());
        let is_late = match looked {
            Some(at) => at > set_at && is_late(account, forecast, as_told(at.max(first_page), ahead), now),
            None => is_found_late(account, forecast, &mut platform, clocks, history.appeared),
        };
        if is_late {
            return Err(format!(
                "the status of a{place} has no problem at {now}, and {media_id}, there since {}, was shown at {:?}; the archive says {:?}, {forecast:?}",
                as_told(history.appeared, ahead),
                looked.map(|at| as_told(at, ahead)),
                known.get(media_id),
            ));
        }
    }
    Ok(())
}

/// Returns what the program's clock said at a time of the platform's.
fn as_told(at: i64, ahead: TimeDelta) -> Timestamp {
    Timestamp::from_timestamp(at, 0).expect("an instant of these years") + ahead
}

/// Returns whether a draft that appeared at this time and was never shown should have been found. Only the list finds it. So that is promised
/// while polls have calls for the list, and no sooner than a quarter of a day's calls, which are spread evenly, read through it. A schedule that is
/// thinned out does one thing a poll, and what that is does not have to be the list.
fn is_found_late(
    account: &Account,
    forecast: Option<&Forecast>,
    platform: &mut Platform,
    clocks: &Clocks,
    appeared: i64,
) -> bool {
    if matches!(forecast, Some(Forecast::Scheduled { thinned: true, .. })) {
        return false;
    }
    let (now, refused) = (platform.now(), platform.request_log.last_refusal(LIST, 45009));
    let mut listed = platform.account(&account.appid);
    let (limit, used, pages) = (listed.limit(LIST), listed.used(LIST), listed.drafts().len().div_ceil(PAGE).max(1));
    let share = account.quota_share.of(limit);
    if used >= share || limit - used < LEFT_TO_OTHERS || refused.is_some_and(|at| now - at < REFUSED_SECS) {
        return false;
    }
    let since = as_told(appeared.max(clocks.set_at).max(clocks.woke_at), clocks.ahead);
    let since = since.max(quota_day_began(clocks.now));
    let through = TimeDelta::seconds((4 * 86_400 * pages as u64).div_ceil(share).cast_signed());
    clocks.now - since > through * 2 + GRACE && is_late(account, forecast, since, clocks.now)
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
