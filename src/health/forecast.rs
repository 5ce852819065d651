//! What the next polls of an account will be like, from the archive and the configuration.

use chrono::TimeDelta;

use crate::archive::AccountStats;
use crate::config::{Account, DraftSelection, PollMode};
use crate::model::{DraftState, Endpoint, ListOrder, Timestamp, quota_day_began};
use crate::quota::{
    ActivityModel, Budget, DraftActivity, FreshnessEstimate, PerCall, PlanInput, PollCall, Scope, estimate_freshness,
};
use crate::schedule::Schedule;

/// Nothing is promised for longer, in seconds, whatever number of drafts the platform tells.
const LONGEST: u64 = 365 * 86_400;

/// How the account will be polled.
#[derive(Clone, Debug, PartialEq)]
pub enum Forecast {
    /// Adaptive polling, with the freshness that it can keep.
    Adaptive(FreshnessEstimate),
    /// Polls by a cron schedule.
    Scheduled {
        words: String,
        /// Whether the calls that are left today are too few for every poll of the schedule.
        thinned: bool,
        /// How often each draft is then read.
        promise: FreshnessEstimate,
    },
    /// No calls are left for polls until this time.
    QuotaSpent(Timestamp),
    /// The platform blocks the endpoints that polls need until this time.
    Blocked(Timestamp),
}

/// Returns the forecast of an account; `None` before its first poll.
pub fn forecast(stats: &AccountStats, account: &Account, now: Timestamp) -> Option<Forecast> {
    stats.last_poll.is_some().then(|| forecast_polls(stats, account, now))
}

fn forecast_polls(stats: &AccountStats, account: &Account, now: Timestamp) -> Forecast {
    let budgets = budgets(stats, account, now);
    let mut activity = ActivityModel::from_learned(&stats.state.learned);
    activity.advance_to(now);
    // Only the number of drafts matters here.
    let drafts = vec![DraftActivity { saved_at: None, seen_at: now, is_waiting: false }; watched(stats, account)];
    let view = PlanInput {
        scope: if account.drafts == DraftSelection::All { Scope::Box } else { Scope::Listed },
        drafts: &drafts,
        order: stats.state.list_order,
        budgets: &budgets,
        activity: &activity,
        confirm_at: None,
        unread: 0,
        can_ask: false,
    };
    match (estimate_freshness(&view, now), &account.poll_mode) {
        (None, _) => without_calls(stats, now),
        (Some(promise), PollMode::Adaptive) => Forecast::Adaptive(promise),
        (Some(promise), PollMode::Cron(schedule)) => scheduled(schedule, promise, &view, now),
    }
}

fn budgets(stats: &AccountStats, account: &Account, now: Timestamp) -> PerCall<Budget> {
    let mut budgets = PerCall::default();
    for call in PollCall::ALL {
        let line = stats.usage_of(call.endpoint());
        budgets[call] = Budget {
            limit: line.limit(),
            polling_limit: account.quota_share.of(line.limit()),
            own: line.own_calls,
            other: line.other_calls(),
            is_blocked: stats.blocks.iter().any(|block| block.applies_to(line.endpoint, now)),
        };
    }
    budgets
}

fn watched(stats: &AccountStats, account: &Account) -> usize {
    match &account.drafts {
        DraftSelection::All => stats.in_state(DraftState::Live) as usize,
        DraftSelection::Listed(list) => list.len(),
    }
}

fn without_calls(stats: &AccountStats, now: Timestamp) -> Forecast {
    let needed = [Endpoint::DraftGet, Endpoint::DraftBatchget];
    let is_blocked = |endpoint: &Endpoint| stats.blocks.iter().any(|block| block.applies_to(*endpoint, now));
    let relevant = stats.blocks.iter().filter(|block| needed.iter().any(|each| block.applies_to(*each, now)));
    match relevant.map(|block| block.until).min() {
        Some(until) if needed.iter().all(is_blocked) => Forecast::Blocked(until),
        _ => Forecast::QuotaSpent(quota_day_began(now) + TimeDelta::days(1)),
    }
}

fn scheduled(schedule: &Schedule, promise: FreshnessEstimate, view: &PlanInput<'_>, now: Timestamp) -> Forecast {
    let (drafts, polls) = (view.drafts.len() as u64, schedule.polls_per_day());
    let polls_left = schedule.polls_left_today(now);
    let can_afford = view.activity.can_afford(view.scope, drafts, view.budgets, polls_left, now);
    // With too few calls, a poll of the schedule reads one page of the list, or one draft, if not more.
    let steps = match (view.scope, view.order) {
        (Scope::Listed, _) => drafts,
        (Scope::Box, Some(ListOrder::Created)) => view.activity.pages(drafts),
        // The first page covers all drafts, or all pages are read.
        (Scope::Box, _) => 1,
    };
    let in_turn = (86_400_u64.saturating_mul(steps) / u64::from(polls.max(1))).min(LONGEST);
    let in_turn = TimeDelta::seconds(in_turn.cast_signed());
    let at_polls = |promise: TimeDelta| promise.max(in_turn);
    let promise = if can_afford {
        promise
    } else {
        FreshnessEstimate { idle: at_polls(promise.idle), new: promise.new.map(at_polls), ..promise }
    };
    Forecast::Scheduled { words: format!("{} ({schedule})", schedule.in_words()), thinned: !can_afford, promise }
}
