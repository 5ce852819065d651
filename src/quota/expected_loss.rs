//! The expected loss at a time: what could be lost of each draft, and the calls that prevent it.

use super::action::{Action, Candidate};
use super::call::{PAGE, PollCall};
use super::draft::{DraftActivity, Scope};
use super::hourly::DAY;
use super::input::PlanInput;
use super::save_rate::COLD;
use super::threshold::{baseline_interval, threshold};
use super::tuning::{BURST_SECS, CERTAIN_BENEFIT, CLOCK_SET_BACK_SECS, HIDDEN_SHARE, SESSION_SECS, gap};
use crate::model::{ListOrder, Timestamp};

/// The expected loss at a time, by draft.
pub(super) struct ExpectedLoss {
    per_draft: Vec<f64>,
    save_rates: Vec<f64>,
    /// The rate of new drafts per second, and the benefit of counting them.
    new_draft_rate: f64,
    unseen: f64,
    /// The benefit of new drafts on the first page.
    first_page: f64,
}

impl ExpectedLoss {
    pub(super) fn of(input: &PlanInput<'_>, now: Timestamp) -> Self {
        let hour_factor = input.activity.save_rate.hour_factor(now);
        let (per_draft, save_rates) = input.drafts.iter().map(|draft| loss(input, draft, hour_factor, now)).unzip();
        let new_draft_rate = input.activity.new_drafts.rate() * hour_factor;
        let unknown_since = |last: Option<Timestamp>| session_loss(new_draft_rate, since(last, now));
        let (by_count, by_list) = (unknown_since(input.activity.counted_at), unknown_since(input.activity.top_at));
        // New drafts that the first page does not show are elsewhere.
        let is_certain = input.has_unknown_drafts() && input.activity.counted_at > input.activity.top_at;
        let first_page = match (input.scope, is_certain) {
            (Scope::Listed, _) => 0.0,
            (Scope::Box, true) => by_list.max(CERTAIN_BENEFIT),
            (Scope::Box, false) => by_count.min(by_list) + HIDDEN_SHARE * by_list,
        };
        Self { per_draft, save_rates, new_draft_rate, unseen: by_count, first_page }
    }

    /// The page with the highest benefit, or the whole list if its order is not known.
    pub(super) fn list(&self, input: &PlanInput<'_>, now: Timestamp) -> Candidate {
        let evenly = baseline_interval(input, PollCall::ListPage, now);
        let needs_resync = input.needs_resync(evenly, now);
        let needs_all = input.needs_full_scan() || needs_resync;
        let (offset, benefit, save_rate) =
            if needs_all { (None, self.all(), self.save_rates.iter().sum()) } else { self.page(input) };
        let pages = if offset.is_none() { input.pages() as f64 } else { 1.0 };
        let mut candidate = Candidate {
            action: offset.map_or(Action::ScanAll, |offset| Action::ScanPage { offset }),
            benefit: benefit / pages,
            threshold: threshold(input, PollCall::ListPage, now),
            save_rate: save_rate / pages,
            due_in: None,
        };
        let idle = since(input.activity.listed_at, now);
        let evenly = evenly * pages;
        let gap = gap(input, PollCall::ListPage);
        let is_due = idle >= gap && (candidate.is_worth_it() || idle >= evenly || needs_resync);
        let due_in = candidate.reaches_threshold_in().min(evenly - idle).max(gap - idle);
        candidate.due_in = (!is_due).then_some(due_in);
        candidate
    }

    fn all(&self) -> f64 {
        self.per_draft.iter().sum::<f64>() + self.first_page
    }

    /// Returns where the page with the highest benefit begins, its benefit, and the highest save rate of a page.
    fn page(&self, input: &PlanInput<'_>) -> (Option<u64>, f64, f64) {
        if input.order == Some(ListOrder::Updated) {
            return (Some(0), self.all(), self.save_rates.iter().sum::<f64>() + self.new_draft_rate);
        }
        // Drafts that left unnoticed shift later ones up: that many positions at the end of a page are not relied on.
        let gone = (self.per_draft.len() as u64).saturating_sub(input.activity.total.unwrap_or(u64::MAX)) as usize;
        let width = PAGE.saturating_sub(gone).max(1);
        let (mut best, mut liveliest) = ((0, f64::NEG_INFINITY), 0.0_f64);
        let (mut worth, mut save_rate) =
            (sum(&self.per_draft, width) + self.first_page, sum(&self.save_rates, width) + self.new_draft_rate);
        for start in 0.. {
            liveliest = liveliest.max(save_rate);
            if worth > best.1 {
                best = (start, worth);
            }
            let Some((worth_in, rate_in)) = self.per_draft.get(start + width).zip(self.save_rates.get(start + width))
            else {
                break;
            };
            worth += worth_in - self.per_draft[start] - if start == 0 { self.first_page } else { 0.0 };
            save_rate += rate_in - self.save_rates[start];
        }
        (Some(best.0.saturating_sub(gone) as u64), best.1, liveliest)
    }

    /// The most active draft by itself.
    pub(super) fn get(&self, input: &PlanInput<'_>, now: Timestamp) -> Option<Candidate> {
        let positions = 0..self.per_draft.len();
        let best = positions.max_by(|one, other| self.per_draft[*one].total_cmp(&self.per_draft[*other]))?;
        let candidate = Candidate {
            action: Action::FetchDraft(best),
            benefit: self.per_draft[best],
            threshold: threshold(input, PollCall::Get, now),
            save_rate: self.save_rates.iter().copied().fold(0.0, f64::max),
            due_in: None,
        };
        Some(enforce_gap(candidate, since(Some(input.drafts[best].seen_at), now), gap(input, PollCall::Get)))
    }

    /// The number of drafts, which shows new ones.
    pub(super) fn count(&self, input: &PlanInput<'_>, now: Timestamp) -> Candidate {
        let candidate = Candidate {
            action: Action::CountDrafts,
            benefit: self.unseen,
            threshold: threshold(input, PollCall::Count, now),
            save_rate: self.new_draft_rate,
            due_in: None,
        };
        enforce_gap(candidate, since(input.activity.counted_at, now), gap(input, PollCall::Count))
    }
}

/// Makes a candidate due once it is worth it and the last call of its kind is `gap` seconds ago.
fn enforce_gap(candidate: Candidate, since_last: f64, gap: f64) -> Candidate {
    let is_due = candidate.is_worth_it() && since_last >= gap;
    let due_in = candidate.reaches_threshold_in().max(gap - since_last);
    Candidate { due_in: (!is_due).then_some(due_in), ..candidate }
}

fn sum(values: &[f64], first: usize) -> f64 {
    values.iter().take(first).sum()
}

/// Returns the expected loss of a draft, and its save rate.
fn loss(input: &PlanInput<'_>, draft: &DraftActivity, hour_factor: f64, now: Timestamp) -> (f64, f64) {
    // A recent attempt failed; another one would too.
    if draft.is_waiting {
        return (0.0, 0.0);
    }
    // If the list is sorted by the last save, the first page shows changes of every draft.
    let by_top = input.activity.top_at.filter(|_| input.scope == Scope::Box && input.order == Some(ListOrder::Updated));
    let looked = by_top.map_or(draft.seen_at, |top| top.max(draft.seen_at));
    let (saved, looked) = (since(draft.saved_at, now), since(Some(looked), now));
    let save_rate = input.activity.save_rate.rate(saved, hour_factor);
    let worth = if saved > COLD { session_loss(save_rate, looked) } else { save_rate * looked * looked / 2.0 };
    (worth, save_rate)
}

/// Returns the expected loss of an idle draft that may have been edited again within this many seconds.
pub(super) fn session_loss(save_rate: f64, seconds: f64) -> f64 {
    save_rate * seconds * seconds / 2.0 * (1.0 + seconds.min(SESSION_SECS) / BURST_SECS)
}

/// Returns the seconds since a time; a day if there is none, or if the clock was set back since.
fn since(instant: Option<Timestamp>, now: Timestamp) -> f64 {
    let seconds = instant.map(|instant| (now - instant).as_seconds_f64());
    seconds.filter(|seconds| *seconds > -CLOCK_SET_BACK_SECS).map_or(DAY, |seconds| seconds.max(0.0))
}
