//! A draft of the mirror, and where it is.

/// Where a draft of the mirror is.
#[derive(Clone, Debug)]
pub(in super::super) struct MirroredDraft {
    pub(in super::super) id: i64,
    pub(in super::super) account: String,
    /// From the top of the tree.
    pub(in super::super) directory: String,
}
