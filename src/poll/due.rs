//! What is due of an account at an instant: the planner's view of it, made from what is known.

use super::backoff::Backoff;
use super::round::{Round, instant};
use crate::archive::Known;
use crate::config::Drafts;
use crate::model::{DraftState, Interface, ListOrder, MediaId};
use crate::quota::{self, Budget, Call, Each, Plan, Scope, View};
use crate::schedule::Schedule;

/// Plans the next step, as of the instant of the one at hand.
pub(super) fn plan(round: &Round<'_>, backoff: &Backoff) -> Plan {
    let draft = |known: &Known| quota::Draft {
        is_waiting: backoff.is_waiting(&known.media_id, known.update_time, round.now),
        ..planned_draft(known)
    };
    let drafts: Vec<quota::Draft> = in_order(round).into_iter().map(draft).collect();
    let budgets = budgets(round);
    let missing_since = to_confirm(round, backoff).filter_map(|known| known.missing_since).min();
    let view = View {
        scope: scope(round),
        drafts: &drafts,
        order: round.memory.list_order,
        budgets: &budgets,
        habits: &round.habits,
        missing_since,
        unread: unread(round, backoff).len(),
        can_ask: round.budget(Interface::QuotaGet).left_to_polling() > 0,
    };
    quota::plan(&view, round.now)
}

/// Tells whether what is left of the day's calls bears all polls that the schedule has for the rest of it.
pub(super) fn can_afford(round: &Round<'_>, schedule: &Schedule) -> bool {
    let drafts = match &round.drafts {
        Drafts::All => round.present().count(),
        Drafts::List(list) => list.len(),
    };
    round.habits.bears(scope(round), drafts as u64, &budgets(round), schedule.polls_per_day(), round.now)
}

fn scope(round: &Round<'_>) -> Scope {
    if round.drafts == Drafts::All { Scope::Box } else { Scope::List }
}

fn budgets(round: &Round<'_>) -> Each<Budget> {
    let mut budgets = Each::default();
    for call in Call::ALL {
        budgets[call] = round.budget(call.interface());
    }
    budgets
}

/// Returns a draft as the planner sees it.
pub(super) fn planned_draft(known: &Known) -> quota::Draft {
    quota::Draft { saved: known.update_time.and_then(instant), looked: known.last_seen, is_waiting: false }
}

/// Returns the drafts that are watched and in the box for all we know, in the order of the platform's list.
pub(super) fn in_order<'a>(round: &'a Round<'_>) -> Vec<&'a Known> {
    let is_there = |known: &&Known| known.state == DraftState::Live && round.is_watched(&known.media_id);
    let mut drafts: Vec<&Known> = round.known.values().filter(is_there).collect();
    drafts.sort_by_key(|known| {
        std::cmp::Reverse(match round.memory.list_order {
            Some(ListOrder::Updated) => known.update_time,
            _ => known.create_time,
        })
    });
    drafts
}

/// Returns the drafts that were missed once and may be asked for again.
fn to_confirm<'a>(round: &'a Round<'_>, backoff: &'a Backoff) -> impl Iterator<Item = &'a Known> {
    let is_missing = |known: &&Known| known.state == DraftState::Missing && round.is_watched(&known.media_id);
    let is_waiting = |known: &&Known| backoff.is_waiting(&known.media_id, known.update_time, round.now);
    round.known.values().filter(is_missing).filter(move |known| !is_waiting(known))
}

/// Returns those of them that were missed long enough ago; or by a clock that was set back since.
pub(super) fn missing(round: &Round<'_>, backoff: &Backoff) -> Vec<MediaId> {
    let now = round.now;
    let is_due =
        |known: &&Known| known.missing_since.is_some_and(|since| now - since >= super::absence::APART || since > now);
    to_confirm(round, backoff).filter(is_due).map(|known| known.media_id.clone()).collect()
}

/// Returns the drafts that are known to have changed since they were read, and those of a configured list that were never
/// read.
pub(super) fn unread(round: &Round<'_>, backoff: &Backoff) -> Vec<MediaId> {
    let has_changed = |known: &&&Known| {
        known.update_time.is_some() && known.read_time.is_some() && known.update_time != known.read_time
    };
    let mut unread: Vec<MediaId> =
        in_order(round).iter().filter(has_changed).map(|known| known.media_id.clone()).collect();
    if let Drafts::List(list) = &round.drafts {
        unread.extend(list.iter().filter(|media_id| !round.known.contains_key(media_id)).cloned());
    }
    unread.retain(|media_id| !backoff.is_waiting(media_id, round.saved(media_id), round.now));
    unread
}
