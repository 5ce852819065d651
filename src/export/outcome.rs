//! What an export or an import did, and how far it is.

use crate::archive::Damage;

/// The progress of an export or an import.
#[derive(Clone, Copy, Debug, Default)]
pub struct Progress {
    /// Finished drafts.
    pub drafts: u64,
    /// The number of drafts, as far as known.
    pub of: u64,
    /// Checked versions.
    pub versions: u64,
}

/// Counts of each kind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Count {
    pub accounts: u64,
    pub drafts: u64,
    pub versions: u64,
    pub pictures: u64,
}

/// The result of an export.
#[derive(Debug, Default)]
pub struct Exported {
    /// What of the archive is in the tree now.
    pub there: Count,
    /// What was added or changed.
    pub written: Count,
    /// Damaged objects, which could not be exported.
    pub damaged: Vec<Damage>,
    /// Exported objects that differ from what was once written to the archive.
    pub altered: Vec<Damage>,
}

impl Exported {
    /// Returns whether the tree has everything as it was once written.
    pub fn is_sound(&self) -> bool {
        self.damaged.is_empty() && self.altered.is_empty()
    }
}
