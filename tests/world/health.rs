//! The rule that "all is well" means that the drafts were looked at.

use std::collections::BTreeMap;

use chrono::TimeDelta;
use draftkeep::archive::{DaemonReport, WriterHandle};
use draftkeep::config::{Account, DraftSelection, PollMode};
use draftkeep::health::{AccountStatus, Forecast};
use draftkeep::model::{ListOrder, Timestamp, quota_day_began};
use draftkeep::schedule::Schedule;
use draftkeep::simulator::SimulatorHandle;
use rusqlite::{Connection, OptionalExtension as _};

use crate::truth::{History, Truth};
use crate::world::Broken;

/// What a poll may take, with what a daemon may be late.
pub(crate) const GRACE: TimeDelta = TimeDelta::minutes(23);

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

/// When no new drafts were promised for an account, the last time, by its place and the program's clock.
pub(crate) type Unpromised = BTreeMap<usize, WithoutPromise>;

/// A time without a promise for new drafts.
#[derive(Clone, Copy)]
pub(crate) struct WithoutPromise {
    since: Timestamp,
    last: Timestamp,
    /// When there was a promise again; `last` as long as there is none.
    over: Timestamp,
}

/// Where the status of an account has no problem, each of its drafts was shown to the program within the promised time; one that never was has
/// not been in the box for so long while the program ran.
pub(crate) async fn is_true(
    (writer, archive): (&WriterHandle, &Connection),
    (place, account): (usize, &Account),
    clocks: &Clocks,
    unpromised: &mut Unpromised,
    truth: &Truth,
    platform: &SimulatorHandle,
) -> Result<(), Broken> {
    let Clocks { now, ahead, set_at, woke_at } = *clocks;
    let (name, appid) = (account.name.clone(), account.appid.clone());
    let stats = writer.run(move |writer| writer.account_stats(&name, &appid, now)).await;
    let Some((_, stats)) = stats.map_err(|error| error.to_string())? else { return Ok(()) };
    let known: BTreeMap<String, Timestamp> =
        stats.last_seen.iter().map(|look| (look.media_id.to_string(), look.at)).collect();
    let is_by_save = account.drafts == DraftSelection::All && stats.state.list_order == Some(ListOrder::Updated);
    let status = AccountStatus::configured(stats, account, &DaemonReport::default(), now);
    let finds_new = match &status.forecast {
        Some(Forecast::Adaptive(promise) | Forecast::Scheduled { promise, .. }) => promise.new,
        _ => None,
    };
    let lasting = unpromised.get_mut(&place).filter(|without| without.over == without.last);
    match (finds_new, lasting) {
        // The clock may have been set back since it began.
        (None, Some(without)) => *without = WithoutPromise { since: without.since.min(now), last: now, over: now },
        (None, None) => drop(unpromised.insert(place, WithoutPromise { since: now, last: now, over: now })),
        (Some(_), Some(without)) => without.over = now,
        (Some(_), None) => {}
    }
    if !status.problems.is_empty() {
        return Ok(());
    }
    let platform = platform.world();
    let unpromised = unpromised.get(&place).copied();
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
    for (key @ (_, media_id), history) in there {
        let (looked, forecast) = (platform.request_log.last_shown(media_id), status.forecast.as_ref());
        let is_late = match looked.filter(|_| known.contains_key(media_id)) {
            Some(at) => {
                let is_late_since =
                    |at: i64| is_late(account, forecast, with_calls(as_told(at, ahead), unpromised), now);
                // What was seen once is not looked for again where an edit would have shown.
                let is_unseen = at > set_at && is_late_since(at.max(first_page));
                let changed = history.now().map_or(at, |state| state.at).max(set_at).max(woke_at);
                // An edit of one that the list hid did not show.
                let was_shown = !truth.denied.contains(key);
                is_unseen || (was_shown && is_late_since(changed) && !is_kept(archive, media_id, history)?)
            }
            // One that was listed and could not be read is not known yet: the list shows it again.
            None => {
                let since = looked.map_or(history.appeared, |listed| listed.max(history.appeared));
                is_found_late(account, forecast, clocks, unpromised, since)
            }
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

/// Returns when a draft was looked at, later by as long as there was no promise for new drafts since, if there is one again; a day at most.
fn with_calls(looked: Timestamp, unpromised: Option<WithoutPromise>) -> Timestamp {
    let unpromised = unpromised.filter(|without| without.over > without.last);
    let left_out = |without: WithoutPromise| without.over - without.since.max(looked);
    looked + unpromised.map_or(TimeDelta::zero(), left_out).clamp(TimeDelta::zero(), TimeDelta::days(1))
}

/// Returns whether the newest version of a draft says what it says now.
fn is_kept(archive: &Connection, media_id: &str, history: &History) -> Result<bool, Broken> {
    let sql = "SELECT lower(hex(version.hash)) FROM version JOIN draft ON draft.id = version.draft
               WHERE media_id = ?1 ORDER BY number DESC LIMIT 1";
    let newest: Option<String> =
        archive.query_row(sql, [media_id], |row| row.get(0)).optional().map_err(|error| error.to_string())?;
    Ok(history.now().is_none_or(|state| newest.as_ref() == Some(&state.hash)))
}

/// Returns what the program's clock said at a time of the platform's.
fn as_told(at: i64, ahead: TimeDelta) -> Timestamp {
    Timestamp::from_timestamp(at, 0).expect("an instant of these years") + ahead
}

/// Returns whether a draft that is new since then should have been found: for so long it was promised, on this day.
fn is_found_late(
    account: &Account,
    forecast: Option<&Forecast>,
    clocks: &Clocks,
    unpromised: Option<WithoutPromise>,
    since: i64,
) -> bool {
    let since = as_told(since.max(clocks.set_at).max(clocks.woke_at), clocks.ahead);
    let since = since.max(quota_day_began(clocks.now)).max(unpromised.map_or(since, |without| without.over));
    let is_late = |promise: Option<TimeDelta>| promise.is_some_and(|new| clocks.now - since > new * 2 + GRACE);
    match (&account.poll_mode, forecast) {
        (_, Some(Forecast::Adaptive(promise))) => is_late(promise.new),
        (PollMode::Cron(schedule), Some(Forecast::Scheduled { promise, thinned, .. })) => {
            has_missed_two(schedule, since, clocks.now) && (!thinned || is_late(promise.new))
        }
        _ => false,
    }
}

/// Returns whether two polls of a schedule were due since, and what a poll may take is over.
fn has_missed_two(schedule: &Schedule, since: Timestamp, now: Timestamp) -> bool {
    now - schedule.next_after(schedule.next_after(since)) > GRACE
}

fn is_late(account: &Account, forecast: Option<&Forecast>, looked: Timestamp, now: Timestamp) -> bool {
    match (&account.poll_mode, forecast) {
        (_, Some(Forecast::Adaptive(promise))) => now - looked > promise.idle * 2 + GRACE,
        (PollMode::Cron(schedule), Some(Forecast::Scheduled { promise, .. })) => {
            has_missed_two(schedule, looked, now) && now - looked > promise.idle * 2 + GRACE
        }
        _ => false,
    }
}
