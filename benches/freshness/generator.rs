//! Makes up what happens in a draft box. Every number is an assumption, so compare policies by it, not absolute shares.
//!
//! Sessions of editing begin at office hours. Each is a burst of saves, in a new draft, in one that was edited lately, or
//! (seldom) in a cold one; after some the draft is published, which takes it out of the box. As many drafts are published
//! as are begun, so the box keeps its size.

use draftkeep::simulator::Random;

use crate::world::{DAY, Draft, LONGEST_PAUSE, Save, World};

/// How busy each hour of a day is, compared with the others.
const HOURS: [f64; 24] = [
    0.1, 0.05, 0.05, 0.05, 0.05, 0.05, 0.1, 0.2, 0.6, 1.0, 1.1, 1.0, 0.6, 0.7, 1.0, 1.1, 1.1, 1.0, 0.7, 0.5, 0.7, 0.8,
    0.5, 0.25,
];

/// A session is about a new draft, else about one that was edited lately, else about any.
const NEW: f64 = 0.45;
const RECENT: f64 = 0.4;

/// The share of sessions that end in publication, and the median of seconds until then (lognormal, σ = 1).
const PUBLISHED: f64 = 0.45;
const UNTIL_PUBLISHED: f64 = 900.0;

/// Saves of a session: their median (lognormal, σ = 0.9) and the most there can be.
const SAVES: f64 = 8.0;
const MOST_SAVES: f64 = 120.0;

/// The median of seconds between two saves (lognormal, σ = 1).
const PAUSE: f64 = 120.0;

/// The share of saves that follow another one within 2 to 10 s.
const DOUBLE: f64 = 0.1;

/// How large and how busy an account is.
#[derive(Clone, Copy)]
pub(crate) struct Size {
    pub(crate) drafts: usize,
    /// A day.
    pub(crate) sessions: f64,
}

/// What the user's own systems ask of the platform.
#[derive(Clone, Copy)]
pub(crate) struct Foreign {
    /// Calls a day, spread as the work is.
    pub(crate) daily: f64,
    /// More calls at 15:00, every two seconds.
    pub(crate) burst: u32,
}

impl Foreign {
    /// Returns the instants of their calls, in order.
    pub(crate) fn calls(self, days: u32, seed: u64) -> Vec<f64> {
        let mut dice = Dice::new(seed + 991);
        let mut calls = Vec::new();
        for day in 0..days {
            let midnight = f64::from(day) * DAY;
            calls.extend((0..dice.count(self.daily)).map(|_| midnight + dice.instant()));
            calls.extend((0..self.burst).map(|call| midnight + 15.0 * 3600.0 + f64::from(call) * 2.0));
        }
        calls.sort_by(f64::total_cmp);
        calls
    }
}

/// Makes up the events of an account.
pub(crate) fn generate(size: Size, days: u32, seed: u64) -> World {
    let mut dice = Dice::new(seed);
    let mut drafts: Vec<Draft> = (0..size.drafts).map(|_| stock(-dice.between(0.5, 200.0) * DAY)).collect();
    let mut sessions = Vec::new();
    for day in 0..days {
        sessions.extend((0..dice.count(size.sessions)).map(|_| f64::from(day) * DAY + dice.instant()));
    }
    sessions.sort_by(f64::total_cmp);
    for session in sessions {
        let number = choose(&mut drafts, session, &mut dice);
        work(&mut drafts[number], session, &mut dice);
    }
    World { days, drafts }
}

/// A draft that was edited long ago.
fn stock(born: f64) -> Draft {
    Draft { born, saves: vec![Save { at: born, is_final: false }], gone: f64::INFINITY }
}

/// Returns the draft that a session is about. Nobody edits one that is being edited.
fn choose(drafts: &mut Vec<Draft>, now: f64, dice: &mut Dice) -> usize {
    let last_save = |draft: &Draft| draft.saves.last().map_or(draft.born, |save| save.at);
    let free = |draft: &Draft| draft.gone > now && last_save(draft) < now;
    let free: Vec<usize> = (0..drafts.len()).filter(|number| free(&drafts[*number])).collect();
    let kind = dice.share();
    if kind < NEW || free.is_empty() {
        drafts.push(Draft { born: now, saves: Vec::new(), gone: f64::INFINITY });
        drafts.len() - 1
    } else if kind < NEW + RECENT {
        let age = |number: &usize| (now - last_save(&drafts[*number])) / DAY;
        let weights: Vec<f64> = free.iter().map(|number| (-age(number)).exp() + 1e-12).collect();
        free[dice.weighted(&weights)]
    } else {
        free[dice.weighted(&vec![1.0; free.len()])]
    }
}

/// Edits a draft for one session.
fn work(draft: &mut Draft, begin: f64, dice: &mut Dice) {
    let saves = (SAVES * (0.9 * dice.normal()).exp()).round_ties_even().clamp(1.0, MOST_SAVES) as usize;
    let mut at = begin;
    for number in 0..saves {
        if number > 0 {
            let pause = (PAUSE * dice.normal().exp()).min(LONGEST_PAUSE);
            at += if dice.share() < DOUBLE { dice.between(2.0, 10.0) } else { pause };
        }
        draft.saves.push(Save { at, is_final: number + 1 == saves });
    }
    // A publication that was planned before is called off.
    draft.gone = f64::INFINITY;
    if dice.share() < PUBLISHED {
        draft.gone = at + UNTIL_PUBLISHED * dice.normal().exp();
    }
}

/// Random numbers of the kinds that are needed here.
struct Dice(Random);

impl Dice {
    fn new(seed: u64) -> Self {
        Self(Random::new(seed))
    }

    /// A number from 0 to 1, 1 excluded.
    fn share(&mut self) -> f64 {
        (self.0.draw() >> 11) as f64 / (1_u64 << 53) as f64
    }

    fn between(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * self.share()
    }

    /// Of mean 0 and deviation 1 (Box and Muller).
    fn normal(&mut self) -> f64 {
        let radius = (-2.0 * (1.0 - self.share()).ln()).sqrt();
        radius * (std::f64::consts::TAU * self.share()).cos()
    }

    /// How many of something that is rare come together, of this mean (Poisson's distribution, by Knuth's method).
    fn count(&mut self, mean: f64) -> usize {
        let (limit, mut product, mut count) = ((-mean).exp(), self.share(), 0);
        while product > limit {
            product *= self.share();
            count += 1;
        }
        count
    }

    /// The place of one weight, the heavier the more likely.
    fn weighted(&mut self, weights: &[f64]) -> usize {
        let mut rest = self.share() * weights.iter().sum::<f64>();
        let passed = |weight: &f64| {
            rest -= weight;
            rest < 0.0
        };
        weights.iter().position(passed).unwrap_or(weights.len() - 1)
    }

    /// An instant of a day when somebody works.
    fn instant(&mut self) -> f64 {
        (self.weighted(&HOURS) as f64 + self.share()) * 3600.0
    }
}
