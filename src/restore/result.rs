//! What a restore to a draft box did.

use super::report::Report;
use crate::archive::RestoreId;
use crate::model::{MediaId, Timestamp};
use crate::picture::ImageChange;

/// A finished restore.
#[derive(Debug)]
pub struct RestoreResult {
    /// The restore's number, for undo.
    pub id: RestoreId,
    /// The draft that now has the content.
    pub media_id: MediaId,
    /// The draft's number in the archive and its version's; `None` if the draft could not be read back.
    pub kept: Option<(i64, u64)>,
    pub made: Confirmation,
    pub uploads: UploadSummary,
    /// What was restored, compared with what was sent; or why that is not known.
    pub report: Result<Report, String>,
}

/// How we know that the draft was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Confirmation {
    /// The platform answered.
    Answered,
    /// The platform's answer was lost, and the draft was found in the box.
    AnswerLost,
    /// An interrupted restore that began at this time had created it.
    Earlier(Timestamp),
    /// The draft existed; this many of its articles were overwritten.
    Over(usize),
}

/// What was done with a version's pictures.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UploadSummary {
    /// Pictures that were uploaded.
    pub uploaded: usize,
    /// Pictures that the platform had already.
    pub kept: usize,
    /// How some of them were converted.
    pub changed: Vec<ImageChange>,
    /// Pictures of the text that neither the platform nor the archive has.
    pub lost: Vec<String>,
}
