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

/// The activity of a draft.
#[derive(Clone, Copy, Debug)]
pub struct DraftActivity {
    /// When it was last saved, as the platform said.
    pub saved_at: Option<Timestamp>,
    /// When the platform said so.
    pub seen_at: Timestamp,
    /// Whether it is not tried now, because a recent attempt failed.
    pub is_waiting: bool,
}
