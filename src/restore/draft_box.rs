//! The draft box of an account, as a write uses it: what a draft says is read, and kept as a version.

use std::time::Duration;

use super::context::RestoreContext;
use super::error::{RestoreError, ShapeMismatch};
use crate::archive::{self, AccountId, Observation, Version, WriterHandle};
use crate::canonical;
use crate::clock::Clock;
use crate::config::{Account, FieldRules};
use crate::model::MediaId;
use crate::wechat::{Client, DraftResponse, ErrorKind};

/// Waits before each attempt to read a new draft, a minute in all: for a while after its creation, `draft/get` may answer 40007
/// and `draft/batchget` may not list it.
pub(crate) const READ_BACK_WAITS: [Duration; 6] = [
    Duration::ZERO,
    Duration::from_secs(2),
    Duration::from_secs(4),
    Duration::from_secs(8),
    Duration::from_secs(16),
    Duration::from_secs(30),
];

/// The current content of a draft, kept as a version.
#[derive(Debug)]
pub struct CurrentDraft {
    /// The draft's number in the archive.
    pub draft: i64,
    pub version: Version,
    /// As received.
    pub document: Vec<u8>,
}

/// The draft box of an account.
#[derive(Clone, Copy)]
pub(crate) struct DraftBox<'a> {
    pub(crate) settings: &'a Account,
    pub(crate) client: &'a Client,
    pub(crate) archive: &'a WriterHandle,
    pub(crate) clock: &'a Clock,
    /// The account in the archive.
    pub(crate) account: AccountId,
}

impl<'a> DraftBox<'a> {
    /// Finds or creates the account in the archive.
    pub(crate) async fn open(context: &'a RestoreContext<'a>) -> Result<Self, archive::Error> {
        Self::of(context.account, context.client, context.archive, context.clock).await
    }

    /// The same for who only reads, and holds no lock.
    pub(crate) async fn of(
        settings: &'a Account,
        client: &'a Client,
        archive: &'a WriterHandle,
        clock: &'a Clock,
    ) -> Result<Self, archive::Error> {
        let (name, appid, now) = (settings.name.clone(), settings.appid.clone(), clock.now());
        let account = archive.run(move |writer| writer.get_or_create_account(&name, &appid, now)).await?;
        Ok(Self { settings, client, archive, clock, account })
    }

    /// Reads what a draft says now, and keeps it as a version.
    ///
    /// # Errors
    ///
    /// [`RestoreError::NotThere`] if it is not in the box; [`RestoreError::NotMade`] if this is not known.
    pub(crate) async fn read_current(&self, media_id: &MediaId) -> Result<CurrentDraft, RestoreError> {
        let fetched = match self.client.draft_get(media_id).await {
            Err(error) if error.kind == ErrorKind::NotFound => return Err(RestoreError::NotThere(media_id.clone())),
            fetched => fetched.map_err(RestoreError::NotMade)?,
        };
        let document = fetched.document.clone();
        let observation = self.observation(media_id, fetched).map_err(ShapeMismatch::Unreadable)?;
        let (account, calls) = (self.account, self.client.drain_usage());
        let line = calls.clone();
        let fields = self.settings.fields.clone();
        // The calls are counted, whatever becomes of the rest.
        let keep = move |writer: &mut archive::Writer| {
            writer.add_usage(account, &line)?;
            Ok(keep(writer, account, &observation, &fields))
        };
        let kept = self.archive.run(keep).await;
        if kept.is_err() {
            self.client.restore_usage(calls);
        }
        match kept?? {
            Some((draft, version)) => Ok(CurrentDraft { draft, version, document }),
            None => Err(RestoreError::NotThere(media_id.clone())),
        }
    }

    /// Reads a draft that was just written; why it could not be read, in words.
    pub(crate) async fn read_back(&self, media_id: &MediaId) -> Result<Observation, String> {
        let mut answer = Err(String::new());
        for wait in READ_BACK_WAITS {
            self.clock.sleep(wait).await;
            match self.client.draft_get(media_id).await {
                Err(error) if error.kind == ErrorKind::NotFound => answer = Err(error.to_string()),
                read => {
                    return read
                        .map_err(|error| error.to_string())
                        .and_then(|fetched| self.observation(media_id, fetched));
                }
            }
        }
        answer
    }

    fn observation(&self, media_id: &MediaId, fetched: DraftResponse) -> Result<Observation, String> {
        let canonical = canonical::canonicalise(&fetched.document).map_err(|error| error.to_string())?;
        let DraftResponse { document, update_time, .. } = fetched;
        Ok(Observation {
            media_id: media_id.clone(),
            document,
            canonical,
            update_time,
            observed_at: self.clock.now(),
            expected_previous: None,
            shrunk_share: self.settings.shrunk_share,
        })
    }
}

/// Keeps what a draft says as a version. Returns the draft's number and its newest version; `None` where it has none.
fn keep(
    writer: &mut archive::Writer,
    account: AccountId,
    observation: &Observation,
    fields: &FieldRules,
) -> Result<Option<(i64, Version)>, archive::Error> {
    if !is_as_kept(writer, account, observation, fields)? {
        writer.record(account, observation, &[])?;
    }
    let (draft, version) =
        (writer.draft_id(account, &observation.media_id)?, writer.newest_version(account, &observation.media_id)?);
    Ok(draft.zip(version))
}

/// Returns whether a draft is its newest version, but for fields that change although nobody saves. Of these, polls make no version either.
fn is_as_kept(
    writer: &mut archive::Writer,
    account: AccountId,
    observation: &Observation,
    fields: &FieldRules,
) -> Result<bool, archive::Error> {
    let newest = match writer.newest_document(account, &observation.media_id) {
        // The damage is reported when the next version is added.
        Err(archive::Error::Damaged(_)) => return Ok(false),
        newest => newest?,
    };
    let Some(newest) = newest else { return Ok(false) };
    let Ok(kept) = canonical::canonicalise(&newest) else { return Ok(false) };
    let (kept_as, read_as) = ((&newest[..], &kept), (&observation.document[..], &observation.canonical));
    let Some(mut differing) = canonical::content_fields(kept_as, read_as, false) else { return Ok(false) };
    let volatile = writer.account_state(account)?.volatile;
    let changes_by_itself =
        |field: &String| fields.ignored.contains(field) || volatile.contains(field) && !fields.watched.contains(field);
    differing.retain(|field| !changes_by_itself(field));
    Ok(differing.is_empty())
}
