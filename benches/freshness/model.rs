//! A draft box and its limits without any HTTP, for policies that need no program: thousands of days in a second.

use crate::score::{Captures, Score, Spent};
use crate::world::{DAY, Deed, Event, World};

/// Drafts on a page of the list.
pub(crate) const PAGE: usize = 20;

/// The platform's limits of calls a day.
pub(crate) const GETS: u64 = 500;
pub(crate) const BATCHGETS: u64 = 1000;

/// Bytes of a list's entry without content, and of a draft's content.
pub(crate) const ENTRY: usize = 900;
pub(crate) const CONTENT: usize = 30_000;

/// A draft box at a moving instant, and what a policy has read of it.
pub(crate) struct Model<'w> {
    pub(crate) world: &'w World,
    pub(crate) quota: Quota<'w>,
    events: Vec<Event>,
    happened: usize,
    now: f64,
    /// In order of creation.
    alive: Vec<usize>,
    /// When each draft was last saved.
    saved: Vec<f64>,
    captures: Captures,
    bytes: usize,
}

impl<'w> Model<'w> {
    pub(crate) fn new(world: &'w World, foreign: &'w [f64]) -> Self {
        Self {
            world,
            quota: Quota { foreign, day: 0, used: [0, 0], spent: Spent::default() },
            events: world.events(),
            happened: 0,
            now: f64::NEG_INFINITY,
            alive: Vec::new(),
            saved: vec![f64::NEG_INFINITY; world.drafts.len()],
            captures: Captures::none(world),
            bytes: 0,
        }
    }

    /// Lets happen what happens until an instant.
    pub(crate) fn advance_to(&mut self, now: f64) {
        while let Some(event) = self.events.get(self.happened).filter(|event| event.at <= now) {
            match event.deed {
                Deed::Create => self.alive.push(event.draft),
                Deed::Save => self.saved[event.draft] = event.at,
                Deed::Remove => self.alive.retain(|draft| *draft != event.draft),
            }
            self.happened += 1;
        }
        self.now = now;
    }

    /// Returns the drafts in the list's order, newest first.
    pub(crate) fn list(&self) -> impl Iterator<Item = usize> {
        self.alive.iter().rev().copied()
    }

    pub(crate) fn saved(&self, draft: usize) -> f64 {
        self.saved[draft]
    }

    /// Returns how many pages the list has.
    pub(crate) fn pages(&self) -> usize {
        self.alive.len().div_ceil(PAGE).max(1)
    }

    /// Returns a page of the list, without content.
    pub(crate) fn page(&mut self, number: usize) -> Vec<usize> {
        let page: Vec<usize> = self.list().skip(number * PAGE).take(PAGE).collect();
        self.bytes += page.len() * ENTRY;
        page
    }

    /// Makes a call for this policy, unless the limit is used up.
    pub(crate) fn may(&mut self, call: Call, at: f64) -> bool {
        self.quota.take(call, at)
    }

    /// Reads a draft as it is now; that the call may be made was asked before.
    pub(crate) fn read(&mut self, draft: usize) {
        if !self.alive.contains(&draft) {
            return;
        }
        self.bytes += CONTENT;
        if let Some(version) = self.world.drafts[draft].version_at(self.now) {
            self.captures.note(draft, version, self.now);
        }
    }

    pub(crate) fn score(self) -> Score {
        let spent = Spent { bytes: self.bytes as u64, ..self.quota.spent };
        Score::of(self.world, &self.captures, &spent)
    }
}

/// An endpoint with a limit.
#[derive(Clone, Copy)]
pub(crate) enum Call {
    Get,
    Batchget,
}

/// The platform's counters of a day, which the user's own systems use up as well.
pub(crate) struct Quota<'w> {
    /// Their calls of batchget that are still to come.
    foreign: &'w [f64],
    day: u64,
    used: [u64; 2],
    spent: Spent,
}

impl Quota<'_> {
    fn take(&mut self, call: Call, now: f64) -> bool {
        while let Some((at, rest)) = self.foreign.split_first().filter(|(at, _)| **at <= now) {
            self.foreign = rest;
            self.spent.foreign += 1;
            self.spent.foreign_refused += u64::from(!self.admit(Call::Batchget, *at));
        }
        let admitted = self.admit(call, now);
        match call {
            _ if !admitted => self.spent.refused += 1,
            Call::Get => self.spent.get += 1,
            Call::Batchget => self.spent.batchget += 1,
        }
        admitted
    }

    fn admit(&mut self, call: Call, now: f64) -> bool {
        let day = (now / DAY) as u64;
        if day != self.day {
            (self.day, self.used) = (day, [0, 0]);
        }
        let limit = [GETS, BATCHGETS][call as usize];
        let admitted = self.used[call as usize] < limit;
        self.used[call as usize] += u64::from(admitted);
        admitted
    }
}
