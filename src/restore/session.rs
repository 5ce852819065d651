//! A running restore: its calls are counted, its steps recorded, and its result is read back and kept.

use std::time::Duration;

use super::context::{AskedBy, RestoreContext};
use super::draft_box::{CurrentDraft, DraftBox};
use super::error::RestoreError;
use super::payload::ArticlePayload;
use super::report;
use super::result::{Confirmation, RestoreResult, UploadSummary};
use super::source::Source;
use crate::archive::{self, AccountId, JournalEntry, Observation, RestoreAction, RestoreId, RestoreOutcome};
use crate::model::MediaId;
use crate::usage::UsageCounter;
use crate::wechat;

/// For some seconds after an upload, a draft cannot use the picture: the platform answers that its media_id is invalid.
const VISIBILITY_WAITS: [Duration; 2] = [Duration::from_millis(2_500), Duration::from_secs(5)];
const INVALID_MEDIA_ID: i64 = 40_007;

/// A running restore.
pub(super) struct RestoreSession<'a> {
    pub(super) source: &'a Source,
    pub(super) context: &'a RestoreContext<'a>,
    pub(super) account: AccountId,
    /// Records the calls, however the restore ends.
    _counter: UsageCounter,
}

impl<'a> RestoreSession<'a> {
    /// Finds or creates the target's account in the archive.
    pub(super) async fn new(source: &'a Source, context: &'a RestoreContext<'a>) -> Result<Self, archive::Error> {
        let DraftBox { account, .. } = DraftBox::open(context).await?;
        Ok(Self { source, context, account, _counter: UsageCounter::new(context.client, context.archive, account) })
    }

    pub(super) fn draft_box(&self) -> DraftBox<'a> {
        let RestoreContext { account: settings, client, archive, clock, .. } = self.context;
        DraftBox { settings, client, archive, clock, account: self.account }
    }

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

    /// Returns whether the version goes back to its own account.
    pub(super) fn is_same_account(&self) -> bool {
        self.source.draft.account == self.context.account.name.as_str()
    }

    /// Repeats a call while the platform does not know the uploaded pictures yet.
    pub(super) async fn retry_until_visible<T>(
        &self,
        is_fresh: bool,
        ask: impl AsyncFn() -> Result<T, wechat::Error>,
    ) -> Result<T, wechat::Error> {
        for wait in VISIBILITY_WAITS {
            match ask().await {
                Err(error) if is_fresh && error.code == Some(INVALID_MEDIA_ID) => self.context.clock.sleep(wait).await,
                answer => return answer,
            }
        }
        ask().await
    }

    /// Records which form on a page or which program asked for the restore, if one did, and tells the page the restore's number.
    pub(super) async fn record_request(&self, id: RestoreId) -> Result<(), archive::Error> {
        let now = self.context.clock.now();
        match self.context.asked_by {
            AskedBy::Command => Ok(()),
            AskedBy::Page(form) => {
                let request = form.request.clone();
                self.context.archive.run(move |writer| writer.add_web_restore(&request, id, now)).await?;
                form.begun.send_replace(Some(id));
                Ok(())
            }
            AskedBy::Program { origin, write } => {
                let origin = origin.clone();
                let record = move |writer: &mut archive::Writer| {
                    writer.add_restore_origin(id, &origin, now)?;
                    write.map_or(Ok(()), |write| writer.set_gate_restore(write, id))
                };
                self.context.archive.run(record).await
            }
        }
    }

    pub(super) async fn begin_step(&self, restore: RestoreId, step: RestoreAction) -> Result<u64, archive::Error> {
        let now = self.context.clock.now();
        self.context.archive.run(move |writer| writer.begin_step(restore, step, now)).await
    }

    pub(super) async fn end_step(
        &self,
        restore: RestoreId,
        number: u64,
        made: Option<&MediaId>,
    ) -> Result<(), archive::Error> {
        let (now, made) = (self.context.clock.now(), made.cloned());
        let end = move |writer: &mut archive::Writer| writer.finish_step((restore, number), made.as_ref(), now);
        self.context.archive.run(end).await
    }

    /// Returns the step in which an earlier restore called `draft/add`, if it got that far.
    pub(super) async fn asked_for_a_draft(&self, restore: RestoreId) -> Result<Option<JournalEntry>, archive::Error> {
        let steps = self.context.archive.run(move |writer| writer.steps(restore)).await?;
        Ok(steps.into_iter().find(|step| step.is(RestoreAction::Add)))
    }

    /// Reads the draft back, keeps it as a version, and reports what was restored.
    pub(super) async fn conclude(
        &self,
        id: RestoreId,
        media_id: MediaId,
        made: Confirmation,
        (articles, uploads): (&[ArticlePayload], UploadSummary),
    ) -> Result<RestoreResult, RestoreError> {
        let read_back = self.draft_box().read_back(&media_id).await;
        let report = read_back.as_ref().map_err(Clone::clone).and_then(|observation| {
            report::compare(articles, &uploads.lost, &observation.document).map_err(|error| error.to_string())
        });
        let outcome = RestoreOutcome::Done(media_id.clone());
        match self.end(id, outcome, read_back.ok()).await {
            Ok(kept) => Ok(RestoreResult { id, media_id, kept, made, uploads, report }),
            Err(source) => Err(RestoreError::NotWritten { id, media_id, source }),
        }
    }

    /// Ends a restore without a known draft. If this cannot be recorded, the restore stays open; the next one then searches for
    /// the draft.
    pub(super) async fn end_without_a_draft(&self, id: RestoreId, outcome: RestoreOutcome) {
        if let Err(error) = self.end(id, outcome, None).await {
            tracing::warn!(%error, "the end of the restore could not be written down");
        }
    }

    pub(super) async fn end(
        &self,
        id: RestoreId,
        outcome: RestoreOutcome,
        read_back: Option<Observation>,
    ) -> Result<Option<(i64, u64)>, archive::Error> {
        let (account, calls, now) = (self.account, self.context.client.drain_usage(), self.context.clock.now());
        let line = calls.clone();
        let end = move |writer: &mut archive::Writer| {
            writer.end_restore(id, account, &outcome, read_back.as_ref(), &line, now)
        };
        let ended = self.context.archive.run(end).await;
        if ended.is_err() {
            self.context.client.restore_usage(calls);
        }
        ended
    }
}
