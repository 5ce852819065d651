//! The drafts that are watched, as the planner needs them.

use crate::model::Timestamp;

/// What is watched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// The whole draft box.
    Box,
    /// A configured list of drafts.
    Listed,
}

/// A draft as the planner sees it.
#[derive(Clone, Copy, Debug)]
pub struct DraftActivity {
    /// When it was last saved, as the platform told.
    pub saved_at: Option<Timestamp>,
    /// When that was told.
    pub seen_at: Timestamp,
    /// Whether it is left alone for now: it was tried not long ago, in vain.
    pub is_waiting: bool,
}
