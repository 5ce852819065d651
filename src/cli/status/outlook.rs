//! What an account's next polls will be like, as far as the archive and the configuration tell. Pure.

use chrono::TimeDelta;
use serde_json::{Value, json};

use super::super::output::local;
use crate::archive::Standing;
use crate::config::{Account, Drafts, Timing};
use crate::model::{DraftState, Interface, Timestamp, quota_day_began};
use crate::quota::{Budget, Call, Draft, Each, Habits, Promise, Scope, View, promise};
use crate::schedule::Schedule;

/// What is to be expected.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Outlook {
    /// Polls are planned, and so fresh is the archive kept.
    Planned(Promise),
    /// Polls are at the times of a schedule.
    Scheduled {
        words: String,
        /// Whether the day's calls do not bear all of them.
        thinned: bool,
    },
    /// Nothing is left for polls of the day's calls before this instant.
    Spent(Timestamp),
    /// The platform has closed what polls need until then.
    Closed(Timestamp),
}

/// Returns what is to be expected of an account that was polled before.
pub(super) fn of(standing: &Standing, account: &Account, now: Timestamp) -> Outlook {
    let budgets = budgets(standing, account, now);
    // What cannot be read any more is learned anew by the next poll.
    let mut habits: Habits = serde_json::from_str(&standing.memory.learned).unwrap_or_default();
    habits.turn(now);
    // Only how many there are is of interest.
    let drafts = vec![Draft { saved: None, looked: now }; watched(standing, account)];
    let view = View {
        scope: if account.drafts == Drafts::All { Scope::Box } else { Scope::List },
        drafts: &drafts,
        order: standing.memory.list_order,
        budgets: &budgets,
        habits: &habits,
        missing_since: None,
        unread: 0,
        can_ask: false,
    };
    match (promise(&view, now), &account.timing) {
        (None, _) => without_calls(standing, now),
        (Some(promise), Timing::Auto) => Outlook::Planned(promise),
        (Some(_), Timing::Schedule(schedule)) => scheduled(schedule, &view, now),
    }
}

fn budgets(standing: &Standing, account: &Account, now: Timestamp) -> Each<Budget> {
    let mut budgets = Each::default();
    for call in Call::ALL {
        let line = standing.line(call.interface());
        budgets[call] = Budget {
            limit: line.limit(),
            share: account.quota_share.of(line.limit()),
            ours: line.ours,
            others: line.others(),
            is_closed: standing.closed.iter().any(|closing| closing.holds(line.interface, now)),
        };
    }
    budgets
}

fn watched(standing: &Standing, account: &Account) -> usize {
    match &account.drafts {
        Drafts::All => standing.in_state(DraftState::Live) as usize,
        Drafts::List(list) => list.len(),
    }
}

fn without_calls(standing: &Standing, now: Timestamp) -> Outlook {
    let needed = [Interface::DraftGet, Interface::DraftBatchget];
    let holds = |interface: &Interface| standing.closed.iter().any(|closing| closing.holds(*interface, now));
    let relevant = standing.closed.iter().filter(|closing| needed.iter().any(|each| closing.holds(*each, now)));
    match relevant.map(|closing| closing.until).min() {
        Some(until) if needed.iter().all(holds) => Outlook::Closed(until),
        _ => Outlook::Spent(quota_day_began(now) + TimeDelta::days(1)),
    }
}

fn scheduled(schedule: &Schedule, view: &View<'_>, now: Timestamp) -> Outlook {
    let (drafts, polls) = (view.drafts.len() as u64, schedule.polls_per_day());
    let bears = view.habits.bears(view.scope, drafts, view.budgets, polls, now);
    Outlook::Scheduled { words: format!("{} ({schedule})", schedule.in_words()), thinned: !bears }
}

impl Outlook {
    /// Says it to people.
    pub(super) fn words(&self) -> String {
        match self {
            Self::Planned(Promise { edited, others }) if edited == others => {
                format!("planned: every draft is looked at every {} or so", short(*others))
            }
            Self::Planned(Promise { edited, others }) => format!(
                "planned: a draft that is being edited is looked at every {} or so, every other one within {}",
                short(*edited),
                short(*others)
            ),
            Self::Scheduled { words, thinned: false } => words.clone(),
            Self::Scheduled { words, thinned: true } => {
                format!("{words}, thinned out: today's calls do not bear them all")
            }
            Self::Spent(until) => {
                format!("nothing is left for polls today: they go on at {} (00:00 in China)", local(*until))
            }
            Self::Closed(until) => format!("none before {}: the platform has closed what they need", local(*until)),
        }
    }

    /// Says it to programs, where something can be promised: in seconds.
    pub(super) fn document(&self) -> Value {
        match self {
            Self::Planned(Promise { edited, others }) => {
                json!({ "edited": edited.num_seconds(), "others": others.num_seconds() })
            }
            _ => Value::Null,
        }
    }
}

/// Says how long a time is: no shorter than it is, and no finer than it is meant.
fn short(time: TimeDelta) -> String {
    let seconds = time.num_seconds();
    match seconds {
        ..60 => format!("{} s", (seconds + 4) / 5 * 5),
        60..3_600 => format!("{} min", (seconds + 59) / 60),
        _ => format!("{} h", (seconds + 3_599) / 3_600),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_told_in_round_numbers_that_promise_no_more() {
        let told = [10, 21, 59, 60, 364, 3_599, 3_600, 17_771].map(|seconds| short(TimeDelta::seconds(seconds)));
        assert_eq!(told, ["10 s", "25 s", "60 s", "1 min", "7 min", "60 min", "1 h", "5 h"]);
    }
}
