//! The report of a poll.

use crate::archive::{Failure, MissingDraft};
use crate::model::{AccountName, MediaId, Strategy};

/// The report of a poll.
#[derive(Clone, Debug)]
pub struct Report {
    pub account: AccountName,
    pub strategy: Strategy,
    /// Calls made to the platform, refused ones and those for tokens included.
    pub calls: u64,
    /// Drafts that were found in the box.
    pub seen: u64,
    /// Drafts that are watched and in the box, as far as is known.
    pub in_box: u64,
    pub new_versions: u64,
    /// Known drafts that were not there this time.
    pub missing: u64,
    /// These drafts, and their new states.
    pub absences: Vec<MissingDraft>,
    /// Drafts about which nothing is concluded yet because too many vanished at once.
    pub held_back: u64,
    pub failures: Vec<Failure>,
    /// The versions that were recorded.
    pub versions: Vec<NewVersion>,
    /// What is odd about the platform's answers without being a failure.
    pub notes: Vec<Note>,
    /// Whether the platform rejected the account, so that nothing could be read.
    pub refused: bool,
}

/// Something odd about the platform's answers that stops nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    /// The draft; `None` if it concerns the list.
    pub media_id: Option<MediaId>,
    pub message: String,
}

impl Report {
    /// Returns whether something failed and nothing was read. Drafts that are held back are no failure of the poll.
    pub fn came_to_nothing(&self) -> bool {
        self.seen == 0 && self.failures.iter().any(|failure| !failure.is_held_back())
    }
}

/// A version that a poll recorded.
#[derive(Clone, Debug)]
pub struct NewVersion {
    pub media_id: MediaId,
    /// The number that people type as `#ID`.
    pub draft: i64,
    pub version: u64,
    /// Of its first article.
    pub title: String,
}
