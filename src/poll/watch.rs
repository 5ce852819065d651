//! An account whose polls are planned: one step at a time, each where the planner finds a call worth its price.
//!
//! The steps of a stretch are one poll: they are reported, and leave their row, together, as soon as there is something to
//! tell or ten minutes have passed. What each step saw, and the calls that it made, are written down at once.

use std::collections::BTreeMap;

use chrono::TimeDelta;
use tokio_util::sync::CancellationToken;

use super::round::{self, Manner, Round, WATCH};
use super::{NewVersion, Report, books, list, look, pass, sweep};
use crate::archive::{self, Archive, Known, Poll};
use crate::clock::Clock;
use crate::config::{Account, Drafts, Timing};
use crate::model::{DraftState, Interface, ListOrder, MediaId, Timestamp, quota_day_began};
use crate::quota::{self, Budget, Call, Each, Plan, Scope, Step, View};
use crate::schedule::Schedule;
use crate::wechat::{Client, Content};

/// How long a stretch with nothing to tell is.
const STRETCH: TimeDelta = TimeDelta::minutes(10);

/// After a step that failed, the next one waits; twice as long after each further one, up to a stretch.
const PATIENCE: TimeDelta = TimeDelta::seconds(60);

/// How long a draft that could not be read is left alone at first, and one that is still missing when it was asked for again;
/// and how long at most.
const TRIED_AGAIN_AFTER: TimeDelta = TimeDelta::minutes(10);
const LONGEST_REST: TimeDelta = TimeDelta::hours(6);

/// Between the two readings that show what changes by itself.
const READ_AGAIN_AFTER: TimeDelta = TimeDelta::seconds(5);

/// What became of a step.
#[derive(Debug)]
pub struct Stepped {
    /// The poll that it was the last step of; none where the poll goes on.
    pub report: Option<Report>,
    /// When the next step is due; none where a schedule says so.
    pub next: Option<Timestamp>,
}

/// What is remembered from step to step. All of it may be lost: it is about one stretch only.
#[derive(Debug, Default)]
pub struct Watch {
    stretch: Option<Stretch>,
    /// Steps in a row that failed.
    failed: u32,
    /// Drafts that were tried without success.
    tried: BTreeMap<MediaId, Tried>,
}

/// A draft that could not be read, or is still missing.
#[derive(Clone, Copy, Debug)]
struct Tried {
    at: Timestamp,
    times: u32,
}

impl Tried {
    /// Tells whether it is left alone: for twice as long after each time.
    fn rests(&self, now: Timestamp) -> bool {
        let rest = TRIED_AGAIN_AFTER * 2_i32.saturating_pow(self.times.min(6) - 1);
        (TimeDelta::zero()..rest.min(LONGEST_REST)).contains(&(now - self.at))
    }
}

/// A poll that goes on.
#[derive(Debug)]
struct Stretch {
    poll: Poll,
    versions: Vec<NewVersion>,
}

impl Watch {
    /// Makes one step: a pass over the account where a schedule says so and the day's calls bear it, else what is due by the
    /// plan.
    ///
    /// # Errors
    ///
    /// As [`super::poll`].
    pub async fn step(
        &mut self,
        account: &Account,
        client: &Client,
        archive: &Archive,
        clock: &Clock,
        stop: &CancellationToken,
    ) -> Result<Stepped, archive::Error> {
        let mut round = Round::begin(account, client, archive, clock, stop, Manner::Daemon).await?;
        if let Timing::Schedule(schedule) = &account.timing {
            if plan(&round, &self.tried).step == Step::Ask {
                books::ask(&mut round).await?;
            }
            if bears(&round, schedule) {
                pass(&mut round).await?;
                return Ok(Stepped { report: Some(round.finish().await?), next: None });
            }
        }
        round.poll.strategy = WATCH;
        let now = clock.now();
        round.left_alone =
            self.tried.iter().filter(|(_, tried)| tried.rests(now)).map(|(media_id, _)| media_id.clone()).collect();
        self.act(&mut round).await?;
        round.conclude().await?;
        let report = self.settle(&mut round).await?;
        let next = account.timing.schedule().is_none().then(|| self.next(&round));
        Ok(Stepped { report, next })
    }

    /// Does what is due, until nothing is.
    async fn act(&mut self, round: &mut Round<'_>) -> Result<(), archive::Error> {
        if round.is_first_contact() {
            books::ask(round).await?;
            return pass_without_conclusions(round).await;
        }
        self.check(round).await?;
        loop {
            let now = round.clock.now();
            let plan = plan(round, &self.tried);
            if plan.at > now || plan.step == Step::Rest || round.is_halted() {
                return Ok(());
            }
            let Plan { step, worth, price, .. } = &plan;
            tracing::debug!(account = %round.name, ?step, worth, price, "worth its price");
            let goes_on = matches!(step, Step::Ask);
            self.take(round, plan, now).await?;
            if !goes_on {
                return Ok(());
            }
        }
    }

    async fn take(&mut self, round: &mut Round<'_>, plan: Plan, now: Timestamp) -> Result<(), archive::Error> {
        let Plan { step, worth, price, .. } = plan;
        match step {
            Step::Ask => books::ask(round).await,
            Step::Confirm => list::read(round, &self.try_each(missing(round, &self.tried), now)).await,
            Step::Read => {
                let media_ids = self.try_each(unread(round, &self.tried), now);
                read(round, &media_ids).await
            }
            Step::Look { offset } => {
                round.habits.spent(Call::List, price, worth, now);
                look::look(round, offset).await
            }
            Step::Sweep => {
                round.habits.spent(Call::List, price, worth, now);
                sweep::read(round, Content::Without).await
            }
            Step::Get(place) => {
                round.habits.spent(Call::Get, price, worth, now);
                match in_order(round).get(place).map(|known| known.media_id.clone()) {
                    Some(media_id) => round.get(media_id).await,
                    None => Ok(()),
                }
            }
            Step::Count => {
                round.habits.spent(Call::Count, price, worth, now);
                count(round).await
            }
            Step::Rest => Ok(()),
        }
    }

    /// Takes note that drafts are tried: until one is seen, it is left alone for a while.
    fn try_each(&mut self, media_ids: Vec<MediaId>, now: Timestamp) -> Vec<MediaId> {
        for media_id in &media_ids {
            let times = self.tried.get(media_id).map_or(0, |tried| tried.times) + 1;
            self.tried.insert(media_id.clone(), Tried { at: now, times });
        }
        media_ids
    }

    /// Reads one draft a second time, once in an account's life, to see what changes by itself.
    async fn check(&mut self, round: &mut Round<'_>) -> Result<(), archive::Error> {
        let now = round.clock.now();
        if round.memory.checked_at.is_some() || !round.may(Interface::DraftGet) {
            return Ok(());
        }
        let rested = |known: &&&Known| now - known.last_seen >= READ_AGAIN_AFTER;
        let Some(media_id) = in_order(round).iter().find(rested).map(|known| known.media_id.clone()) else {
            return Ok(());
        };
        round.get(media_id).await?;
        if !round.is_halted() {
            round.memory.checked_at = Some(now);
        }
        Ok(())
    }

    /// Writes the step down, and ends the stretch where there is something to tell or it is long enough.
    async fn settle(&mut self, round: &mut Round<'_>) -> Result<Option<Report>, archive::Error> {
        round.settle(false).await?;
        let step = &round.poll;
        let (now, is_held_up) = (step.finished_at, round.is_held_up);
        // What is about one draft, or about those that vanished, holds up no other.
        let has_failed = step.failures.iter().any(|failure| failure.media_id.is_none()) && !is_held_up;
        self.failed = if has_failed { self.failed + 1 } else { 0 };
        let failing: Vec<MediaId> = step.failures.iter().filter_map(|failure| failure.media_id.clone()).collect();
        let new = |media_id: &MediaId| self.tried.get(media_id).is_none_or(|tried| tried.at < step.started_at);
        let mut vain: Vec<MediaId> = failing.into_iter().filter(&new).collect();
        if is_held_up {
            vain.extend(round.not_found.iter().filter(|media_id| new(media_id)).cloned());
        }
        let read: Vec<&MediaId> = step.seen.iter().filter(|seen| seen.is_read).map(|seen| &seen.media_id).collect();
        self.tried.retain(|media_id, _| !read.contains(&media_id) || vain.contains(media_id));
        self.try_each(vain, now);
        let step = &round.poll;
        let began = Stretch { poll: Poll::begin(WATCH, step.started_at), versions: Vec::new() };
        let mut stretch = self.stretch.take().unwrap_or(began);
        stretch.add(round);
        if !stretch.has_ended() {
            self.stretch = Some(stretch);
            return Ok(None);
        }
        round.versions = stretch.versions;
        round.end(&stretch.poll).await?;
        Ok(Some(round.report(&stretch.poll)))
    }

    /// Returns when the next step is due: on a whole second, and not beyond the platform's day, which begins with new limits.
    fn next(&self, round: &Round<'_>) -> Timestamp {
        let now = round.clock.now();
        let tomorrow = quota_day_began(now) + TimeDelta::days(1);
        let planned = plan(round, &self.tried).at.min(tomorrow);
        let can_read = round.budget(Interface::DraftGet).left_to_polling() > 0;
        let is_unchecked = round.memory.checked_at.is_none() && can_read && !in_order(round).is_empty();
        let planned = if is_unchecked { planned.min(now + READ_AGAIN_AFTER) } else { planned };
        let patience = PATIENCE * 2_i32.saturating_pow(self.failed.saturating_sub(1).min(10));
        if self.failed > 0 { planned.max(now + patience.min(STRETCH)) } else { planned }
    }
}

impl Stretch {
    fn add(&mut self, round: &Round<'_>) {
        let Poll { finished_at, calls, seen, new_versions, absences, failures, .. } = round.poll.clone();
        self.poll.finished_at = finished_at;
        self.poll.calls += calls;
        self.poll.new_versions += new_versions;
        self.poll.seen.extend(seen);
        self.poll.absences.extend(absences);
        self.poll.failures.extend(failures);
        self.versions.extend(round.versions.iter().cloned());
    }

    fn has_ended(&self) -> bool {
        let Poll { started_at, finished_at, new_versions, absences, failures, .. } = &self.poll;
        let has_something = *new_versions > 0 || !absences.is_empty() || !failures.is_empty();
        // A clock that was set back ends it too.
        let lasted = *finished_at - *started_at;
        has_something || lasted >= STRETCH || lasted < TimeDelta::zero()
    }
}

/// The first contact: everything is read, and nothing can be missing yet.
async fn pass_without_conclusions(round: &mut Round<'_>) -> Result<(), archive::Error> {
    match round.drafts.clone() {
        Drafts::All => sweep::read(round, Content::With).await,
        Drafts::List(media_ids) => list::read(round, &media_ids).await,
    }
}

async fn count(round: &mut Round<'_>) -> Result<(), archive::Error> {
    match round.ask(round.client.draft_count()).await {
        Some(Ok(total)) => {
            round.opened(Interface::DraftCount);
            let now = round.clock.now();
            round.habits.counted(total, now);
        }
        Some(Err(error)) => round.failed(None, &error),
        None => {}
    }
    Ok(())
}

/// Tells whether what is left of the day's calls bears all polls that the schedule has for the rest of it.
fn bears(round: &Round<'_>, schedule: &Schedule) -> bool {
    let drafts = match &round.drafts {
        Drafts::All => round.present().count(),
        Drafts::List(list) => list.len(),
    };
    round.habits.bears(scope(round), drafts as u64, &budgets(round), schedule.polls_per_day(), round.clock.now())
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

/// Plans the next step.
fn plan(round: &Round<'_>, tried: &BTreeMap<MediaId, Tried>) -> Plan {
    let now = round.clock.now();
    let drafts: Vec<quota::Draft> = in_order(round).into_iter().map(round::before).collect();
    let budgets = budgets(round);
    let missing_since = to_confirm(round, tried, now).filter_map(|known| known.missing_since).min();
    let view = View {
        scope: scope(round),
        drafts: &drafts,
        order: round.memory.list_order,
        budgets: &budgets,
        habits: &round.habits,
        missing_since,
        unread: unread(round, tried).len(),
        can_ask: round.budget(Interface::QuotaGet).left_to_polling() > 0,
    };
    quota::plan(&view, now)
}

fn is_tried(media_id: &MediaId, tried: &BTreeMap<MediaId, Tried>, now: Timestamp) -> bool {
    tried.get(media_id).is_some_and(|tried| tried.rests(now))
}

/// Returns the drafts that are watched and in the box for all we know, in the order of the platform's list.
fn in_order<'a>(round: &'a Round<'_>) -> Vec<&'a Known> {
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

/// Returns the drafts that were missed once.
fn to_confirm<'a>(
    round: &'a Round<'_>,
    tried: &'a BTreeMap<MediaId, Tried>,
    now: Timestamp,
) -> impl Iterator<Item = &'a Known> {
    let is_missing = |known: &&Known| known.state == DraftState::Missing && round.is_watched(&known.media_id);
    round.known.values().filter(is_missing).filter(move |known| !is_tried(&known.media_id, tried, now))
}

/// Returns those of them that were missed long enough ago to be asked for again; or by a clock that was set back since.
fn missing(round: &Round<'_>, tried: &BTreeMap<MediaId, Tried>) -> Vec<MediaId> {
    let now = round.clock.now();
    let is_due =
        |known: &&Known| known.missing_since.is_some_and(|since| now - since >= super::absence::APART || since > now);
    to_confirm(round, tried, now).filter(is_due).map(|known| known.media_id.clone()).collect()
}

/// Reads drafts one by one, or from the list where gets have run out.
async fn read(round: &mut Round<'_>, media_ids: &[MediaId]) -> Result<(), archive::Error> {
    if round.may(Interface::DraftGet) {
        return list::read(round, media_ids).await;
    }
    if round.drafts != Drafts::All {
        return sweep::read(round, Content::With).await;
    }
    let places = in_order(round).into_iter().enumerate().map(|(place, known)| (place as u64, known.media_id.clone()));
    let wanted: Vec<_> = places.filter(|(_, media_id)| media_ids.contains(media_id)).collect();
    for draft in wanted {
        look::read(round, vec![draft]).await?;
    }
    Ok(())
}

/// Returns the drafts that are known to have changed since they were read, and those of a configured list that were never
/// read.
fn unread(round: &Round<'_>, tried: &BTreeMap<MediaId, Tried>) -> Vec<MediaId> {
    let now = round.clock.now();
    let has_changed = |known: &&&Known| {
        known.update_time.is_some() && known.read_time.is_some() && known.update_time != known.read_time
    };
    let mut unread: Vec<MediaId> =
        in_order(round).iter().filter(has_changed).map(|known| known.media_id.clone()).collect();
    if let Drafts::List(list) = &round.drafts {
        unread.extend(list.iter().filter(|media_id| !round.known.contains_key(media_id)).cloned());
    }
    unread.retain(|media_id| !is_tried(media_id, tried, now));
    unread
}
