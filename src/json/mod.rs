//! The JSON documents that programs get, in the shapes of `docs/json.md`; every face answers with these.

mod copy;
mod diff;
mod event;
mod gate;
mod list;
mod log;
mod origin;
mod outbox;
mod pin;
mod prune;
mod restorability;
mod restore;
mod search;
mod show;
mod status;

pub use self::copy::{copy_made, stored_copy};
pub use self::diff::{change, diff};
pub use self::event::events;
pub use self::gate::{changed_since, gate_record, written};
pub use self::list::list;
pub use self::log::log;
pub use self::outbox::{notify_ping, notify_target, ping_state, target_state, told};
pub use self::pin::{pin, pinned};
pub use self::prune::prune;
pub use self::restore::{in_place_plan, restore_record, restored_as_new, restored_in_place, restored_to_files, undone};
pub use self::search::{search, when};
pub use self::show::{ShownVersion, show};
pub use self::status::{ServiceStatus, status};
