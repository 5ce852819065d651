//! What a draft says now: read from the platform, and kept as a version before anything is overwritten.

use super::error::RestoreError;
use super::session::RestoreSession;
use crate::archive::Version;
use crate::model::MediaId;

/// The current content of a draft, kept as a version.
#[derive(Debug)]
pub struct CurrentDraft {
    /// The draft's number in the archive.
    pub draft: i64,
    pub version: Version,
    /// As received.
    pub document: Vec<u8>,
}

impl RestoreSession<'_> {
    /// Returns the media_id of the version's own draft.
    pub(super) fn media_id(&self) -> MediaId {
        MediaId::new(self.source.draft.media_id.as_str())
    }

    /// Reads the current draft and keeps it as a version.
    ///
    /// # Errors
    ///
    /// [`RestoreError::NotThere`] if it is not in the box; [`RestoreError::NotMade`] if this is not known.
    pub(super) async fn read_current(&self) -> Result<CurrentDraft, RestoreError> {
        self.draft_box().read_current(&self.media_id()).await
    }
}
