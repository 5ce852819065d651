//! A copy that is at a place.

use super::name::CopyName;

/// A copy that is there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredCopy {
    pub name: CopyName,
    /// How many bytes it has.
    pub size: u64,
}
