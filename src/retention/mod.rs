//! Which versions of a draft are kept, and why, and which copies of an archive: pure functions of rules, times and a time zone.
//!
//! The rules are a union: a version that any of them keeps is kept. Some versions are kept whatever the rules say: the newest
//! one, one that is pinned, one that a restore used, and the last one of an editing session, unless the rules say otherwise.

mod choose;
mod copies;
mod duration;
mod periods;
mod rules;

pub use self::choose::{Candidate, Fate, Reason, choose};
pub use self::copies::superseded;
pub use self::duration::{Within, WithinError};
pub use self::rules::{Rules, RulesError};
