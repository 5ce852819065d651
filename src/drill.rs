//! A drill: a version goes into a draft box as a new draft, is read back and compared, and the draft is deleted again.
//!
//! A face plans it ([`choose()`], [`Drill::check`]) and carries it out ([`Drill::run`]), after it has taken away what an interrupted drill left
//! ([`take_away_left`]). The journal of restores knows each step, so a drill that was killed leaves nothing for long. How it
//! went is recorded as a proof of the account.

mod choose;
mod left;
mod run;

pub use self::choose::{NoDrill, choose, of_version};
pub use self::left::{LeftDraft, take_away_left};
pub use self::run::{Drill, DrillResult, obstacles};
