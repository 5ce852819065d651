//! What is asked of a repair.

use std::path::{Path, PathBuf};

use crate::archive::KnownAccounts;

/// What is repaired, and with what.
#[derive(Clone, Copy, Debug)]
pub struct RepairRequest<'a> {
    pub damaged: &'a Path,
    /// The new archive.
    pub to: &'a Path,
    /// Copies: archives, compressed or not, and exported trees; the first that has something gives it.
    pub from: &'a [PathBuf],
    /// Who the accounts are, where their rows are lost.
    pub accounts: KnownAccounts<'a>,
}
