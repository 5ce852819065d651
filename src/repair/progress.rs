//! What a repair is doing.

use std::path::Path;

use crate::archive::{Error, Salvage};
use crate::verify;

/// What is being done.
#[derive(Clone, Copy, Debug)]
pub enum Progress<'a> {
    /// Pages of a file are read.
    Pages { file: &'a Path, read: u64, of: u64 },
    /// Versions are judged, draft by draft.
    Drafts { done: u64, of: u64 },
    /// The new archive is proven.
    Proof(verify::Progress),
}

/// Reads a file page by page into a new archive.
pub(super) fn read(file: &Path, to: &Path, on_progress: &mut dyn FnMut(Progress<'_>)) -> Result<Salvage, Error> {
    Salvage::read(file, to, &mut |read, of| on_progress(Progress::Pages { file, read, of }))
}
