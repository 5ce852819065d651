//! Drafts that are not in their box, and what they said: what tells why they left it.

use rusqlite::{Connection, OptionalExtension};

use super::account_id::AccountId;
use super::error::Error;
use super::internal_error::InternalError;
use super::writer::Writer;
use super::{decode, document};
use crate::canonical;
use crate::model::{Article, DraftState, MediaId, Timestamp, rfc3339};

/// A draft that is not in its box.
#[derive(Clone, Debug)]
pub struct MissingDraftContent {
    pub media_id: MediaId,
    pub state: DraftState,
    pub last_seen: Timestamp,
    /// When it was first missed, or held back; `None` where no poll has written that down yet.
    pub missing_since: Option<Timestamp>,
    /// When its newest version was saved by the platform's clock, in Unix seconds.
    pub saved: Option<i64>,
    /// Of its newest version; none where that is damaged.
    pub articles: Vec<Article>,
    /// Whether the platform would publish the newest version as it is, for all we know.
    pub is_publishable: bool,
}

impl Writer {
    /// Returns what is known of these drafts, those that the archive has.
    pub fn missing_draft_contents(
        &mut self,
        account: AccountId,
        media_ids: &[MediaId],
    ) -> Result<Vec<MissingDraftContent>, Error> {
        let found = media_ids.iter().map(|media_id| with_content(&self.connection, account, media_id));
        found
            .filter_map(Result::transpose)
            .collect::<Result<_, InternalError>>()
            .map_err(|error| error.into_error(&self.path))
    }

    /// Returns the drafts that were published, by all that was concluded, and first missed at an instant or later.
    pub fn published_since(&mut self, account: AccountId, instant: Timestamp) -> Result<Vec<MediaId>, Error> {
        let published = || -> rusqlite::Result<Vec<MediaId>> {
            self.connection
                .prepare_cached(
                    "SELECT media_id FROM draft
                     WHERE account = ?1 AND state = 'published' AND missing_since >= ?2 ORDER BY id",
                )?
                .query_map((account.0, rfc3339(instant)), |row| Ok(MediaId::new(row.get::<_, String>(0)?)))?
                .collect()
        };
        published().map_err(|error| Error::of(&self.path, &error))
    }
}

fn with_content(
    connection: &Connection,
    account: AccountId,
    media_id: &MediaId,
) -> Result<Option<MissingDraftContent>, InternalError> {
    let found = connection
        .prepare_cached(
            "SELECT state, last_seen, coalesce(missing_since, held_back.since), newest.update_time, newest.id
             FROM draft
             LEFT JOIN held_back ON held_back.draft = draft.id
             LEFT JOIN version newest ON newest.draft = draft.id
              AND newest.number = (SELECT max(number) FROM version WHERE version.draft = draft.id AND typeof(number) = 'integer' AND number >= 1)
             WHERE account = ?1 AND media_id = ?2",
        )?
        .query_row((account.0, media_id.as_str()), |row| {
            let missing = MissingDraftContent {
                media_id: media_id.clone(),
                state: decode::state(row, 0)?,
                last_seen: decode::instant(row, 1)?,
                missing_since: decode::instant_or_null(row, 2)?,
                saved: row.get(3)?,
                articles: Vec::new(),
                is_publishable: true,
            };
            Ok((missing, row.get(4)?))
        })
        .optional()?;
    let Some((missing, version)) = found else { return Ok(None) };
    let Some(version) = version else { return Ok(Some(missing)) };
    let document = match document::load_raw(connection, version) {
        Ok(document) => document,
        Err(fault) => {
            let damaged = fault.damage_only()?;
            tracing::debug!(%media_id, %damaged, "what the draft said is not known");
            return Ok(Some(missing));
        }
    };
    let articles = canonical::articles(&document).unwrap_or_default();
    let is_publishable = canonical::is_publishable(&document).unwrap_or(true);
    Ok(Some(MissingDraftContent { articles, is_publishable, ..missing }))
}
