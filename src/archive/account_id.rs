//! What tells an account from others inside the archive.

/// An account's number in the archive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AccountId(pub(super) i64);
