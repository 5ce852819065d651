//! Why a search cannot be answered.

use crate::archive;
use crate::search::IndexError;

/// Why a search cannot be answered.
#[derive(Debug, thiserror::Error)]
pub enum SearchError {
    #[error(transparent)]
    Archive(#[from] archive::Error),
    #[error(transparent)]
    Index(#[from] IndexError),
    /// Whoever asked for it wants no more of it; what was brought in stays.
    #[error("the index of the search is not complete yet")]
    Stopped,
    /// A directory for an index of our own cannot be made.
    #[error("an index of the search cannot be made: {0}")]
    Temporary(std::io::Error),
}
