//! A change in a list of tokens.

use std::ops::Range;

/// A stretch of the older tokens with what stands in its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Change {
    pub(super) older: Range<usize>,
    pub(super) newer: Range<usize>,
    /// Whether it is a paragraph, on one side alone, that stands elsewhere on the other side.
    pub(super) moved: bool,
}
