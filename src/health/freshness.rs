//! Whether an account is as fresh as its polls promise: polls happen, and each draft was really read.

use chrono::TimeDelta;

use super::forecast::Forecast;
use crate::archive::{AccountStats, Failure, LastSeen, PollRecord};
use crate::config::{Account, DraftSelection, PollMode};
use crate::model::{CLOCK_TOLERANCE, LONGEST_POLL, ListOrder, MediaId, Strategy, Timestamp};
use crate::quota::{ActivityModel, FreshnessEstimate};
use crate::schedule::Schedule;

/// A poll is overdue this long after it was due: polls take time, and other accounts may be polled first.
const GRACE: TimeDelta = TimeDelta::minutes(1);

/// With adaptive polling, a poll is overdue after this time; a healthy daemon records one at least twice as often. If drafts are
/// read rarely, the time is twice their interval, but a daemon never sleeps longer than an hour.
const ADAPTIVE_GRACE: TimeDelta = TimeDelta::minutes(45);
const LONGEST_SLEEP: TimeDelta = TimeDelta::hours(1);

/// How fresh an account is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Freshness {
    /// As fresh as its polls promise.
    Fresh,
    /// Nothing was read yet.
    NeverRead,
    /// Last read longer ago than promised, or dated in the future.
    Stale { since: Timestamp },
    /// Not polled: in the archive, its name belongs to another appid.
    OtherAppid,
}

/// Returns how fresh an account is. One unreadable draft does not make the account stale; polls that read nothing do.
pub fn freshness(stats: &AccountStats, account: &Account, forecast: Option<&Forecast>, now: Timestamp) -> Freshness {
    if stats.has_other_appid(&account.appid) {
        return Freshness::OtherAppid;
    }
    let Some(good) = last_successful_poll(stats) else { return Freshness::NeverRead };
    let is_dated_ahead = good.ended - now > CLOCK_TOLERANCE;
    let mut overdue = overdue_drafts(stats, account, forecast, now);
    let unseen = overdue.find(|look| look.failure.is_none()).map(|look| look.at);
    let unseen = unseen.or_else(|| list_overdue_since(stats, account, forecast, now));
    match (is_dated_ahead || is_late(&good, &account.poll_mode, forecast, now), unseen) {
        (true, _) => Freshness::Stale { since: good.ended },
        (false, Some(since)) => Freshness::Stale { since },
        (false, None) => Freshness::Fresh,
    }
}

/// Returns the drafts that were not read within the promised time, the longest unread first. Nothing is promised if no calls are
/// left for polls.
pub(super) fn overdue_drafts<'a>(
    stats: &'a AccountStats,
    account: &'a Account,
    forecast: Option<&'a Forecast>,
    now: Timestamp,
) -> impl Iterator<Item = &'a LastSeen> {
    // A draft that is held back is a problem of its own.
    let is_held_back = |look: &&LastSeen| stats.held_back.iter().any(|(media_id, _)| *media_id == look.media_id);
    // If the list is sorted by last save, an edit moves a draft to the first page: reading that page covers every draft.
    let is_by_save = account.drafts == DraftSelection::All && stats.state.list_order == Some(ListOrder::Updated);
    let activity = ActivityModel::from_learned(&stats.state.learned);
    let first_page = activity.first_page_read_at(now).filter(|_| is_by_save);
    let looked = move |look: &LastSeen| {
        let first_page = first_page.filter(|_| !look.is_unread);
        let looked = first_page.map_or(look.at, |read| read.max(look.at));
        match account.drafts {
            DraftSelection::All => activity.looked_while_open(looked, now),
            DraftSelection::Listed(_) => looked,
        }
    };
    let is_overdue = move |look: &&LastSeen| match (&account.poll_mode, forecast) {
        (_, Some(Forecast::Adaptive(promise))) => exceeds_promise(promise.idle, looked(look), now),
        (PollMode::Cron(schedule), Some(Forecast::Scheduled { thinned, promise, .. })) => {
            has_missed_two(schedule, *thinned, looked(look), now)
                && (!thinned || exceeds_promise(promise.idle, looked(look), now))
        }
        _ => false,
    };
    let watched = stats.last_seen.iter().filter(|look| is_watched(account, &look.media_id));
    watched.filter(move |look| !is_held_back(look)).filter(is_overdue)
}

/// Returns since when the list was not read, which alone shows new drafts, if that is longer than promised. A poll that is not thinned out
/// reads it whole.
pub(super) fn list_overdue_since(
    stats: &AccountStats,
    account: &Account,
    forecast: Option<&Forecast>,
    now: Timestamp,
) -> Option<Timestamp> {
    let (Forecast::Adaptive(promise) | Forecast::Scheduled { thinned: true, promise, .. }) = forecast? else {
        return None;
    };
    let promise = promise.new.filter(|_| account.drafts == DraftSelection::All)?;
    let since = ActivityModel::from_learned(&stats.state.learned).first_page_due_since(now)?;
    // Polls that somebody asks for read the whole list too, and do not learn.
    let whole = stats.last_poll.as_ref().filter(|poll| poll.strategy == Strategy::Sweep && poll.failures.is_empty());
    let since = whole.map_or(since, |poll| since.max(poll.started_at));
    let could_be_read = account.poll_mode.schedule().is_none_or(|schedule| has_missed_two(schedule, true, since, now));
    (could_be_read && exceeds_promise(promise, since, now)).then_some(since)
}

/// Returns whether two polls of a schedule were due since. What they saw is written later if the schedule is thinned out.
fn has_missed_two(schedule: &Schedule, thinned: bool, since: Timestamp, now: Timestamp) -> bool {
    let grace = if thinned { GRACE + LONGEST_POLL } else { GRACE };
    now - schedule.next_after(schedule.next_after(since)) > grace
}

/// Returns whether the account's configuration includes this draft.
pub(super) fn is_watched(account: &Account, media_id: &MediaId) -> bool {
    match &account.drafts {
        DraftSelection::All => true,
        DraftSelection::Listed(list) => list.contains(media_id),
    }
}

/// A read may be late by the promised interval again, because the interval changes with the hour; observations are saved at the
/// latest when the longest poll ends.
fn exceeds_promise(promise: TimeDelta, looked: Timestamp, now: Timestamp) -> bool {
    now - looked > promise * 2 + LONGEST_POLL + GRACE
}

/// The times of a poll.
#[derive(Clone, Copy)]
pub(super) struct PollTimes {
    began: Timestamp,
    ended: Timestamp,
    is_planned: bool,
}

impl From<&PollRecord> for PollTimes {
    fn from(poll: &PollRecord) -> Self {
        Self { began: poll.started_at, ended: poll.finished_at, is_planned: poll.strategy == Strategy::Adaptive }
    }
}

/// Returns the last poll that could read the account.
fn last_successful_poll(stats: &AccountStats) -> Option<PollTimes> {
    let last = stats.last_poll.as_ref()?;
    let concerns_account =
        |failure: &&Failure| failure.media_id.is_none() && !failure.is_held_back() && !failure.is_damage();
    let read_the_account = !last.failures.iter().any(|failure| concerns_account(&failure));
    if read_the_account {
        return Some(last.into());
    }
    let ended = stats.last_ok?;
    Some(PollTimes { began: ended, ended, is_planned: PollTimes::from(last).is_planned })
}

/// Returns whether polls are overdue: two or more of a schedule, or an adaptive one.
pub(super) fn is_late(last: &PollTimes, poll_mode: &PollMode, forecast: Option<&Forecast>, now: Timestamp) -> bool {
    match (poll_mode, forecast) {
        (PollMode::Adaptive, Some(Forecast::Adaptive(FreshnessEstimate { idle: others, .. }))) => {
            now - last.ended > ADAPTIVE_GRACE.max((*others).min(LONGEST_SLEEP) * 2)
        }
        (PollMode::Adaptive, _) => now - last.ended > ADAPTIVE_GRACE,
        (PollMode::Cron(schedule), forecast) => {
            let is_thinned = last.is_planned || !matches!(forecast, Some(Forecast::Scheduled { thinned: false, .. }));
            let (began, late) = if is_thinned { (last.ended, GRACE + LONGEST_POLL) } else { (last.began, GRACE) };
            let second = schedule.next_after(schedule.next_after(began));
            now - second > late && now - last.ended > late
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::archive::{AccountState, HeldBack};
    use crate::model::FailureKind;

    fn at(minute: i64) -> Timestamp {
        "2026-09-01T02:00:00Z".parse::<Timestamp>().unwrap() + TimeDelta::minutes(minute)
    }

    fn planned() -> Forecast {
        let minutes = TimeDelta::minutes(2);
        Forecast::Adaptive(FreshnessEstimate { active: TimeDelta::seconds(30), idle: minutes, new: Some(minutes) })
    }

    fn polled(minute: i64, failures: Vec<Failure>, last_ok: Option<i64>) -> AccountStats {
        let (at, errors) = (at(minute), failures.len() as u64);
        let poll = PollRecord {
            started_at: at,
            finished_at: at,
            strategy: Strategy::Adaptive,
            calls: 1,
            seen: 1,
            new_versions: 0,
            missing: 0,
            failure_count: errors,
            failures,
        };
        AccountStats { last_poll: Some(poll), last_ok: last_ok.map(self::at), ..AccountStats::default() }
    }

    fn seen(media_id: &str, minute: i64) -> LastSeen {
        LastSeen { media_id: MediaId::new(media_id), at: at(minute), failure: None, is_unread: false }
    }

    fn failure(media_id: Option<&str>) -> Failure {
        Failure::new(media_id.map(MediaId::new), FailureKind::IpNotWhitelisted, "refused".to_owned())
    }

    fn account() -> Account {
        let file = tempfile::NamedTempFile::new().unwrap();
        let text =
            "archive = 'a.db'\n[[account]]\nname = 'mag'\nappid = 'wx0123456789abcdef'\nsecret = { file = 's' }\n";
        std::fs::write(file.path(), text).unwrap();
        crate::config::Config::load_without_secrets(file.path()).unwrap().accounts.remove(0)
    }

    #[test]
    fn an_account_is_fresh_while_polls_read_it() {
        let (account, planned, spent) = (account(), planned(), Forecast::QuotaSpent(at(900)));
        let fresh = |stats: &AccountStats, forecast, minute| freshness(stats, &account, forecast, at(minute));
        assert_eq!(fresh(&AccountStats::default(), None, 0), Freshness::NeverRead);
        assert_eq!(fresh(&polled(0, vec![failure(None)], None), Some(&planned), 1), Freshness::NeverRead);
        let good = polled(0, vec![], Some(0));
        assert_eq!(fresh(&good, Some(&planned), 45), Freshness::Fresh);
        assert_eq!(fresh(&good, Some(&planned), 46), Freshness::Stale { since: at(0) });
        assert_eq!(fresh(&good, Some(&spent), 46), Freshness::Stale { since: at(0) });
        assert_eq!(fresh(&good, Some(&planned), -6), Freshness::Stale { since: at(0) }, "a clock that was put back");
    }

    #[test]
    fn an_account_is_fresh_where_each_watched_draft_was_looked_at() {
        let (mut account, planned) = (account(), planned());
        let last_seen = vec![seen("D1", 0), seen("D2", 24)];
        let mut stats = AccountStats { last_seen, ..polled(24, vec![], Some(24)) };
        let fresh = |stats: &AccountStats, account: &Account, forecast: &Forecast, minute| {
            freshness(stats, account, Some(forecast), at(minute))
        };
        assert_eq!(fresh(&stats, &account, &planned, 25), Freshness::Fresh);
        assert_eq!(
            fresh(&stats, &account, &planned, 26),
            Freshness::Stale { since: at(0) },
            "polls came and left it out"
        );
        assert_eq!(
            fresh(&stats, &account, &Forecast::QuotaSpent(at(900)), 26),
            Freshness::Fresh,
            "nothing was promised"
        );
        let learned = r#"{"top_at":"2026-09-01T02:24:00Z"}"#.to_owned();
        let state = AccountState { list_order: Some(ListOrder::Updated), learned, ..AccountState::default() };
        let by_save = AccountStats { state, ..stats.clone() };
        assert_eq!(fresh(&by_save, &account, &planned, 26), Freshness::Fresh, "an edit would have moved it up");
        let state = AccountState { learned: String::new(), ..by_save.state.clone() };
        let one_by_one = AccountStats { state, ..by_save };
        assert_eq!(
            fresh(&one_by_one, &account, &planned, 26),
            Freshness::Stale { since: at(0) },
            "nobody looked where an edit would have moved it"
        );
        let held_back = vec![(MediaId::new("D1"), HeldBack::begin(at(5)))];
        let doubtful = AccountStats { held_back, ..stats.clone() };
        assert_eq!(fresh(&doubtful, &account, &planned, 26), Freshness::Fresh, "it is told as held back");
        account.drafts = DraftSelection::Listed(vec![MediaId::new("D2")]);
        assert_eq!(fresh(&stats, &account, &planned, 26), Freshness::Fresh, "nobody watches it any more");

        stats = AccountStats { last_seen: vec![seen("D1", 0)], ..polled(10, vec![], Some(10)) };
        account.drafts = DraftSelection::All;
        let schedule = Schedule::parse("*/5 * * * *", chrono_tz::Asia::Shanghai).unwrap();
        account.poll_mode = PollMode::Cron(schedule);
        let Forecast::Adaptive(promise) = planned else { unreachable!() };
        let scheduled = |thinned| Forecast::Scheduled { words: String::new(), thinned, promise };
        assert_eq!(fresh(&stats, &account, &scheduled(false), 11), Freshness::Fresh);
        assert_eq!(fresh(&stats, &account, &scheduled(false), 12), Freshness::Stale { since: at(0) });
        assert_eq!(fresh(&stats, &account, &scheduled(true), 31), Freshness::Fresh);
        assert_eq!(fresh(&stats, &account, &scheduled(true), 32), Freshness::Stale { since: at(0) });
    }

    #[test]
    fn a_list_that_is_not_read_makes_the_account_stale_where_it_can_be_read() {
        let (mut account, planned) = (account(), planned());
        let listed = |learned: &str, polled: i64| {
            let state = AccountState { learned: learned.to_owned(), ..AccountState::default() };
            AccountStats { state, ..self::polled(polled, vec![], Some(polled)) }
        };
        let fresh = |stats: &AccountStats, account: &Account, forecast: &Forecast, minute| {
            freshness(stats, account, Some(forecast), at(minute))
        };
        let read = listed(r#"{"top_at":"2026-09-01T02:00:00Z"}"#, 25);
        assert_eq!(fresh(&read, &account, &planned, 25), Freshness::Fresh);
        assert_eq!(fresh(&read, &account, &planned, 26), Freshness::Stale { since: at(0) });
        let mut by_hand = read.clone();
        by_hand.last_poll.as_mut().unwrap().strategy = Strategy::Sweep;
        assert_eq!(fresh(&by_hand, &account, &planned, 40), Freshness::Fresh, "draftkeep poll has read it");
        let Forecast::Adaptive(promise) = planned else { unreachable!() };
        let spent = Forecast::Adaptive(FreshnessEstimate { new: None, ..promise });
        assert_eq!(fresh(&read, &account, &spent, 26), Freshness::Fresh, "no new draft was promised");
        let times = r#"{"top_at":"2026-09-01T02:00:00Z","list_closure":{"began":"2026-09-01T02:00:00Z","until":"2026-09-01T02:30:00Z"}}"#;
        assert_eq!(fresh(&listed(times, 29), &account, &planned, 29), Freshness::Fresh, "it could not be called");
        assert_eq!(fresh(&listed(times, 55), &account, &planned, 55), Freshness::Fresh);
        assert_eq!(fresh(&listed(times, 56), &account, &planned, 56), Freshness::Stale { since: at(30) });
        let of_a_draft = AccountStats { last_seen: vec![seen("D1", 0)], ..listed(times, 55) };
        assert_eq!(fresh(&of_a_draft, &account, &planned, 55), Freshness::Fresh, "nor show a draft that it has");
        let times = r#"{"top_at":"2026-09-01T02:00:00Z","list_closure":{"began":"2026-09-01T02:26:00Z","until":"2026-09-01T02:30:00Z"}}"#;
        let of_a_draft = AccountStats { last_seen: vec![seen("D1", 0)], ..listed(times, 31) };
        assert_eq!(fresh(&of_a_draft, &account, &planned, 29), Freshness::Stale { since: at(0) });
        assert_eq!(fresh(&of_a_draft, &account, &planned, 30), Freshness::Stale { since: at(0) }, "it was late before");
        let midnight = 14 * 60;
        let times = r#"{"top_at":"2026-09-01T02:00:00Z","list_closure":{"began":"2026-09-01T02:10:00Z","until":"2026-09-01T16:00:00Z"}}"#;
        let stats = listed(times, midnight);
        assert_eq!(fresh(&stats, &account, &planned, midnight + 25), Freshness::Fresh, "they came with the new day");
        assert_eq!(fresh(&stats, &account, &planned, midnight + 26), Freshness::Stale { since: at(midnight) });
        let looked = |minute| AccountStats { last_seen: vec![seen("D1", minute)], ..listed(times, midnight) };
        assert_eq!(
            fresh(&looked(10), &account, &planned, midnight + 25),
            Freshness::Fresh,
            "nor were there for a draft"
        );
        account.drafts = DraftSelection::Listed(vec![MediaId::new("D2")]);
        assert_eq!(fresh(&read, &account, &planned, 26), Freshness::Fresh, "nobody watches the box");
    }

    #[test]
    fn polls_that_fail_do_not_keep_an_account_fresh_and_one_bad_draft_does_not_spoil_it() {
        let (account, planned) = (account(), planned());
        let fresh = |stats: &AccountStats| freshness(stats, &account, Some(&planned), at(100));
        assert_eq!(fresh(&polled(100, vec![failure(None)], Some(0))), Freshness::Stale { since: at(0) });
        assert_eq!(fresh(&polled(100, vec![failure(None)], Some(90))), Freshness::Fresh);
        assert_eq!(fresh(&polled(100, vec![failure(Some("D1"))], None)), Freshness::Fresh);
        let held_back = Failure::held_back(&account.name, 2, 4);
        assert_eq!(fresh(&polled(100, vec![held_back.clone()], None)), Freshness::Fresh);
        assert_eq!(fresh(&polled(100, vec![held_back, failure(None)], None)), Freshness::NeverRead);
    }
}
