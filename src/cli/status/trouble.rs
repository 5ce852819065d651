//! What is wrong with an account, in plain words, and what to type against it. Pure.

use chrono::TimeDelta;

use super::super::output::roughly;
use crate::archive::Standing;
use crate::config::Timing;
use crate::model::{MediaId, Timestamp};
use crate::wechat::rid;

/// How far two clocks may differ: everyday corrections are smaller, and tokens and schedules bear as much.
const CLOCKS_DIFFER: TimeDelta = TimeDelta::minutes(5);

/// How long after a poll was due it is missed: polls take their time, and other accounts may be polled first.
const LATE: TimeDelta = TimeDelta::minutes(1);

/// How long what was seen of the platform's clock says anything about ours today.
const CLOCK_SEEN: TimeDelta = TimeDelta::days(1);

/// Something that is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Trouble {
    /// It is in the configuration only.
    NeverPolled { daemon: Option<bool> },
    /// Two polls or more were due since the last one.
    Overdue { since: Timestamp, daemon: Option<bool> },
    /// The last poll is yet to come.
    InTheFuture { finished_at: Timestamp, ahead: TimeDelta },
    /// What the platform dated differs from our date of it: by our clock at `seen`, that was ahead by so much, or behind
    /// where that is below zero.
    Clock { ahead: TimeDelta, seen: Timestamp },
    /// Polls failed, the last one with this.
    Failing {
        media_id: Option<MediaId>,
        /// Without the rid.
        message: String,
        /// How many other failures the last poll had.
        others: u64,
        since: Timestamp,
        polls: u64,
    },
}

/// Returns what is wrong, what is at the root of the rest first. Only an account whose timing is known can be overdue.
pub(super) fn of(standing: &Standing, timing: Option<&Timing>, daemon: Option<bool>, now: Timestamp) -> Vec<Trouble> {
    let found =
        [clock(standing, now), timing.and_then(|timing| overdue(standing, timing, daemon, now)), failing(standing)];
    found.into_iter().flatten().collect()
}

fn clock(standing: &Standing, now: Timestamp) -> Option<Trouble> {
    let poll = standing.last_poll.as_ref()?;
    let ahead = poll.finished_at - now;
    if ahead > CLOCKS_DIFFER {
        return Some(Trouble::InTheFuture { finished_at: poll.finished_at, ahead });
    }
    let says_something = |seen: Timestamp| now - seen < CLOCK_SEEN;
    let dated = poll.failures.iter().find_map(|failure| rid::instant(&failure.message));
    let by_rid = dated.filter(|_| says_something(poll.finished_at)).map(|theirs| {
        // It was answered during the poll: whatever lies within says nothing.
        let ahead =
            (poll.started_at - theirs).max(TimeDelta::zero()) - (theirs - poll.finished_at).max(TimeDelta::zero());
        (ahead, poll.finished_at)
    });
    // A draft is seen after it was saved, unless our clock is behind; how long after says nothing.
    let seen = standing.newest.filter(|seen| says_something(seen.observed_at));
    let by_save = seen.map(|seen| (seen.observed_at - seen.update_time, seen.observed_at));
    let behind = by_save.filter(|(ahead, _)| *ahead < -CLOCKS_DIFFER);
    // What was seen last stands: the clock may have been put right since the other.
    let last = [by_rid, behind].into_iter().flatten().max_by_key(|(_, seen)| *seen);
    let differs = last.filter(|(ahead, _)| ahead.abs() > CLOCKS_DIFFER);
    differs.map(|(ahead, seen)| Trouble::Clock { ahead, seen })
}

fn overdue(standing: &Standing, timing: &Timing, daemon: Option<bool>, now: Timestamp) -> Option<Trouble> {
    let Some(poll) = &standing.last_poll else { return Some(Trouble::NeverPolled { daemon }) };
    let schedule = timing.schedule()?;
    let second = schedule.next_after(schedule.next_after(poll.started_at));
    let is_late = now - second > LATE && now - poll.finished_at > LATE;
    is_late.then_some(Trouble::Overdue { since: poll.finished_at, daemon })
}

fn failing(standing: &Standing) -> Option<Trouble> {
    let (poll, failing) = (standing.last_poll.as_ref()?, standing.failing?);
    let first = poll.failures.first()?;
    Some(Trouble::Failing {
        media_id: first.media_id.clone(),
        message: rid::left_out(&first.message),
        others: poll.errors.saturating_sub(1),
        since: failing.since,
        polls: failing.polls,
    })
}

impl Trouble {
    /// Says what is wrong; `time` writes an instant.
    pub(super) fn what(&self, time: &dyn Fn(Timestamp) -> String) -> String {
        match self {
            Self::NeverPolled { daemon } => format!("it was never polled{}", daemon_words(*daemon)),
            Self::Overdue { since, daemon } => {
                format!("no poll since {}, although polls were due{}", time(*since), daemon_words(*daemon))
            }
            Self::InTheFuture { finished_at, ahead } => format!(
                "the last poll is dated {}, {} from now: this machine's clock was ahead then, or is behind now",
                time(*finished_at),
                roughly(*ahead)
            ),
            Self::Clock { ahead, seen } => {
                let side = if *ahead > TimeDelta::zero() { "ahead of" } else { "behind" };
                let (by, when) = (roughly(ahead.abs()), time(*seen));
                format!("this machine's clock was about {by} {side} the platform's when it said {when}")
            }
            Self::Failing { media_id, message, others, since, polls } => {
                let about = media_id.as_ref().map_or_else(String::new, |media_id| format!("draft {media_id}: "));
                let more = if *others > 0 { format!(" (and {others} more)") } else { String::new() };
                let part = if media_id.is_some() { " in part" } else { "" };
                let which = match polls {
                    1 => format!("the last poll failed{part}"),
                    _ => format!("polls have failed{part} since {}, {polls} so far", time(*since)),
                };
                format!("{which}: {about}{message}{more}")
            }
        }
    }

    /// Returns the command to type.
    pub(super) fn next(&self, account: &str) -> String {
        match self {
            Self::NeverPolled { daemon: Some(false) } | Self::Overdue { daemon: Some(false), .. } => {
                "systemctl start draftkeep".to_owned()
            }
            Self::NeverPolled { .. } | Self::Overdue { .. } | Self::Failing { media_id: Some(_), .. } => {
                format!("draftkeep poll {account}")
            }
            Self::InTheFuture { .. } | Self::Clock { .. } => "timedatectl status".to_owned(),
            Self::Failing { media_id: None, .. } => "draftkeep config check --online".to_owned(),
        }
    }
}

fn daemon_words(daemon: Option<bool>) -> &'static str {
    if daemon == Some(false) { ": the daemon is not running" } else { "" }
}
