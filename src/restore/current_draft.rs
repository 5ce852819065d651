//! What a draft says now: read from the platform, and kept as a version before anything is overwritten.

use super::error::{RestoreError, ShapeMismatch};
use super::session::RestoreSession;
use crate::archive::Version;
use crate::model::MediaId;
use crate::wechat::ErrorKind;

/// The current content of a draft, kept as a version.
#[derive(Debug)]
pub struct CurrentDraft {
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
        let media_id = self.media_id();
        let fetched = match self.context.client.draft_get(&media_id).await {
            Err(error) if error.kind == ErrorKind::NotFound => return Err(RestoreError::NotThere(media_id)),
            fetched => fetched.map_err(RestoreError::NotMade)?,
        };
        let document = fetched.document.clone();
        let observation = self.observation(&media_id, fetched).map_err(ShapeMismatch::Unreadable)?;
        let (account, calls) = (self.account, self.context.client.drain_usage());
        let line = calls.clone();
        let keep = move |writer: &mut crate::archive::Writer| {
            writer.record(account, &observation, &[])?;
            let newest = writer.newest_version(account, &media_id)?;
            writer.add_usage(account, &line).map(|()| newest)
        };
        let newest = self.context.archive.run(keep).await;
        if newest.is_err() {
            self.context.client.restore_usage(calls);
        }
        match newest? {
            Some(version) => Ok(CurrentDraft { version, document }),
            None => Err(RestoreError::NotThere(self.media_id())),
        }
    }
}
