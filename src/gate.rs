//! The gate: programs write drafts, and nothing is lost.
//!
//! The platform has no compare-and-set, no history and no undo. Here every write has them: the draft is read as it is now and kept as a
//! version; where it is not what the program expects, nothing is written; the write is recorded before the platform is called; the
//! result is read back, compared and kept. Its number takes it back ([`Undo::of`]).
//!
//! Writes of an archive are made one after the other: they hold its restore lock. Somebody in the platform's own editor asks nobody, so between
//! the reading and the write lies the time of one call in which a save would be overwritten unseen. The platform offers nothing that closes it.

mod approval;
mod change;
mod cover;
mod create;
mod delete;
mod error;
mod proposal;
mod request;
mod restore;
mod session;
mod settle;
mod undo;
mod update;
mod write;

pub use self::approval::{approve, deny, lapse, waiting};
pub use self::change::{Change, Patch};
pub use self::delete::is_there;
pub use self::error::GateError;
pub use self::proposal::Proposal;
pub use self::request::{Caller, GateRequest, Rights};
pub use self::session::{GateContext, HOLD, Written};
pub use self::undo::{Undo, UndoError};
pub use self::write::{plan, write};
