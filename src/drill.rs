//! A drill: a version goes into a draft box as a new draft, is read back and compared, and the draft is deleted again.
//!
//! A face plans it ([`choose()`], [`Drill::check`]) and carries it out ([`Drill::run`]), after it has taken away what an interrupted drill left
//! ([`take_away_left`]). [`make`] does all of it, for a daemon. The journal of restores knows each step, so a drill that was killed leaves nothing for long. How it
//! went is recorded as a proof of the account ([`record()`]).

mod choose;
mod left;
mod record;
mod run;
mod scheduled;

pub use self::choose::{NoDrill, choose, of_version};
pub use self::left::{LeftDraft, of_account as left_at, take_away_left};
pub use self::record::{not_made, record};
pub use self::run::{Drill, DrillResult, obstacles};
pub use self::scheduled::{make, next_due};
