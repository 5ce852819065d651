//! Creates a draft exactly once.
//!
//! `draft/add` is not idempotent and takes no key. If its answer is lost, or the program is killed before the answer, the draft
//! is searched for by its content. Another one is created only if the first had time to appear and did not.

use chrono::TimeDelta;
use serde_json::Value;

use super::context::RestoreContext;
use super::draft_box::READ_BACK_WAITS;
use super::draft_query::DraftQuery;
use super::error::RestoreError;
use super::new_draft_plan::NewDraftPlan;
use super::payload::{ArticlePayload, RestoreOptions};
use super::report;
use super::result::{Confirmation, RestoreResult, UploadSummary};
use super::session::RestoreSession;
use super::source::Source;
use super::uploads::Uploader;
use crate::archive::{
    self, BeginRestore, JournalEntry, RestoreAction, RestoreId, RestoreOutcome, UnfinishedRestore, WriteId,
};
use crate::model::{MediaId, Timestamp};
use crate::wechat::Error;

/// A draft that is not in the box this long after the last sign of the restore was not created.
pub(crate) const SETTLED: TimeDelta = TimeDelta::minutes(5);

/// 封面裁剪失败: sometimes answered although no crop was sent; a second call succeeds.
const CROP_FAILED: i64 = 53_402;

/// Creates a new draft as planned, or finds the one that an interrupted restore created.
///
/// # Errors
///
/// If no draft was created, or this is not known; see [`RestoreError`].
pub(super) async fn as_new(
    (plan, takes_back): (&NewDraftPlan, Option<WriteId>),
    options: &RestoreOptions,
    source: &Source,
    context: &RestoreContext<'_>,
) -> Result<RestoreResult, RestoreError> {
    let session = RestoreSession::new(source, context).await?;
    NewDraft { plan, options, takes_back, session: &session }.make().await
}

/// Finds the draft that an interrupted restore made, and ends the restore; `None` if it made none.
///
/// # Errors
///
/// If this is not known; see [`RestoreError`].
pub(super) async fn settle(
    (plan, options): (&NewDraftPlan, &RestoreOptions),
    source: &Source,
    open: UnfinishedRestore,
    context: &RestoreContext<'_>,
) -> Result<Option<RestoreResult>, RestoreError> {
    let session = RestoreSession::new(source, context).await?;
    NewDraft { plan, options, takes_back: None, session: &session }.resume(open).await
}

struct NewDraft<'a> {
    plan: &'a NewDraftPlan,
    options: &'a RestoreOptions,
    takes_back: Option<WriteId>,
    session: &'a RestoreSession<'a>,
}

impl NewDraft<'_> {
    async fn make(&self) -> Result<RestoreResult, RestoreError> {
        let id = loop {
            match self.begin().await? {
                BeginRestore::Started(id) => break id,
                BeginRestore::Unfinished(UnfinishedRestore { id, is_drill, .. })
                    if is_drill != self.options.is_drill =>
                {
                    return Err(RestoreError::OtherPurpose { id, is_drill });
                }
                BeginRestore::Unfinished(open) => {
                    if let Some(restored) = self.resume(open).await? {
                        return Ok(restored);
                    }
                }
            }
        };
        self.session.record_request(id).await?;
        let (articles, uploads) = match Uploader::new(self.session, id).provide(&self.plan.articles).await {
            Ok(provided) => provided,
            Err(failure) => {
                self.session.end_without_a_draft(id, RestoreOutcome::Failed).await;
                return Err(failure);
            }
        };
        let wanted = self.wanted(self.session.context.clock.now()).await?;
        let step = self.session.begin_step(id, RestoreAction::Add).await?;
        match self.add(&articles, uploads.uploaded > 0).await {
            Ok(media_id) => {
                self.session.end_step(id, step, Some(&media_id)).await.map_err(|source| RestoreError::NotWritten {
                    id,
                    media_id: media_id.clone(),
                    source,
                })?;
                self.session.conclude(id, media_id, Confirmation::Answered, (&articles, uploads)).await
            }
            Err(error) if error.has_unknown_effect() => {
                self.answer_was_lost(id, error, wanted, (&articles, uploads)).await
            }
            Err(error) => {
                self.session.end_without_a_draft(id, RestoreOutcome::Failed).await;
                Err(RestoreError::NotMade(error))
            }
        }
    }

    async fn begin(&self) -> Result<BeginRestore, RestoreError> {
        let (version, account, now) =
            (self.session.source.version.clone(), self.session.account, self.session.context.clock.now());
        let options = self.options.to_json();
        let takes_back = self.takes_back;
        let begin = move |writer: &mut archive::Writer| {
            let begun = writer.begin_restore(&version, account, &options, now)?;
            if let (Some(write), BeginRestore::Started(id)) = (takes_back, &begun) {
                writer.set_gate_restore(write, *id)?;
            }
            Ok(begun)
        };
        Ok(self.session.context.archive.run(begin).await?)
    }

    /// Finds the draft of an earlier restore that no longer runs; `None` if it created none.
    async fn resume(&self, open: UnfinishedRestore) -> Result<Option<RestoreResult>, RestoreError> {
        if let Some(media_id) = self.find(open).await? {
            self.session.record_request(open.id).await?;
            let articles = Uploader::recall(self.session, &self.plan.articles).await?;
            let sent = (&articles[..], UploadSummary::default());
            return self
                .session
                .conclude(open.id, media_id, Confirmation::Earlier(open.started_at), sent)
                .await
                .map(Some);
        }
        // If the clock was set back far, the age means nothing and must not delay the restore.
        let age: TimeDelta = self.session.context.clock.now() - open.last_activity_at;
        if self.session.asked_for_a_draft(open.id).await?.is_some() && age.abs() < SETTLED {
            return Err(RestoreError::Unsettled { began_at: open.started_at, until: open.last_activity_at + SETTLED });
        }
        self.session.end(open.id, RestoreOutcome::Failed, None).await?;
        Ok(None)
    }

    /// Searches for the draft, if `draft/add` was called at all.
    async fn find(&self, open: UnfinishedRestore) -> Result<Option<MediaId>, RestoreError> {
        match self.session.asked_for_a_draft(open.id).await? {
            None => return Ok(None),
            Some(JournalEntry { media_id: Some(media_id), .. }) => return Ok(Some(media_id)),
            Some(_) => {}
        }
        if let Some(media_id) = self.find_in_archive(open.started_at).await? {
            return Ok(Some(media_id));
        }
        let mut wanted = self.wanted(open.started_at).await?;
        wanted.find(self.session.context.client).await.map_err(RestoreError::NotSearched)
    }

    /// A poll may have archived the draft before somebody edited it.
    async fn find_in_archive(&self, began_at: Timestamp) -> Result<Option<MediaId>, archive::Error> {
        let (account, articles, source) = (self.session.account, self.plan.articles.clone(), self.source());
        let is_it =
            move |media_id: &MediaId, document: &[u8]| *media_id != source && report::is_made_of(&articles, document);
        self.session.context.archive.run(move |writer| writer.find_draft_created_after(account, began_at, is_it)).await
    }

    /// Returns the search for a draft that a restore begun at this time may have created.
    async fn wanted(&self, began_at: Timestamp) -> Result<DraftQuery<'_>, archive::Error> {
        let account = self.session.account;
        let seen =
            self.session.context.archive.run(move |writer| writer.drafts_made_otherwise(account, began_at)).await?;
        let ruled_out = seen.into_iter().chain([self.source()]).collect();
        Ok(DraftQuery { articles: &self.plan.articles, began_at, ruled_out })
    }

    async fn add(&self, articles: &[ArticlePayload], is_fresh: bool) -> Result<MediaId, Error> {
        let (client, body) = (self.session.context.client, body(articles));
        let add = async || match client.draft_add(&body).await {
            Err(error) if error.code == Some(CROP_FAILED) => client.draft_add(&body).await,
            answer => answer,
        };
        self.session.retry_until_visible(is_fresh, add).await
    }

    /// The source is never the result, whatever a clock that was set back says.
    fn source(&self) -> MediaId {
        MediaId::new(self.session.source.draft.media_id.as_str())
    }

    async fn answer_was_lost(
        &self,
        id: RestoreId,
        error: Error,
        mut wanted: DraftQuery<'_>,
        articles: (&[ArticlePayload], UploadSummary),
    ) -> Result<RestoreResult, RestoreError> {
        // One page at a time while it may still appear; the whole box once at the end.
        let client = self.session.context.client;
        let mut searched = Ok(None);
        for (look, wait) in READ_BACK_WAITS.into_iter().enumerate() {
            self.session.context.clock.sleep(wait).await;
            let is_last = look + 1 == READ_BACK_WAITS.len();
            searched = if is_last { wanted.find(client).await } else { wanted.find_newest(client).await };
            if let Ok(Some(media_id)) = searched {
                return self.session.conclude(id, media_id, Confirmation::AnswerLost, articles).await;
            }
        }
        self.session.end_without_a_draft(id, RestoreOutcome::Unknown).await;
        Err(RestoreError::Unknown { error: Box::new(error), search: searched.err().map(Box::new) })
    }
}

/// Returns articles as `draft/add` takes them.
fn body(articles: &[ArticlePayload]) -> Value {
    articles.iter().map(|sent| Value::Object(sent.fields.clone())).collect()
}
