//! Sends what happened to those who are to know of it.
//!
//! A target's outbox looks at new events ([`crate::outbox`] decides), puts what is due into a message, and sends it until the target
//! has it. The text is made when it is sent, from the facts and from how things stand then. Nothing here holds up a poll.

mod check;
mod compose;
mod condition_words;
mod deliver;
mod draft_title;
mod facts;
mod gate_words;
mod links;
mod ping;
mod proof;
mod resolve;
mod trial;
mod words;

pub use self::check::check_targets;
pub use self::deliver::{Step, TargetSender};
pub use self::gate_words::request_in_words;
pub use self::links::{Links, SharedAddress};
pub use self::ping::{PingResult, PingSender, test_ping};
pub use self::proof::Proof;
pub use self::resolve::client;
pub use self::trial::{TestResult, preview, test};
pub use self::words::event_in_words;
