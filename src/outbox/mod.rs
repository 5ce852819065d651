//! The rules of the outbox: what waits for whom, when it is due, and what follows from an answer. Nothing is read or sent here.
//!
//! Events of one matter join one [`Item`], which waits for a while: that is what keeps many saves of one draft from being many
//! messages. What is due goes into one message.

mod due;
mod item;
mod new_event;
mod retry;
mod state;

pub use self::item::Item;
pub use self::new_event::NewEvent;
pub use self::retry::{LONGEST_WAIT, Next, Outcome, next};
pub use self::state::MessageState;
