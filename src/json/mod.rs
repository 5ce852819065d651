//! The JSON documents that programs get, in the shapes of `docs/json.md`; every face answers with these.

mod diff;
mod list;
mod log;
mod restorability;
mod show;

pub use self::diff::diff;
pub use self::list::list;
pub use self::log::log;
pub use self::show::{ShownVersion, show};
