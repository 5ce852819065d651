//! Writes a version over its draft, article by article; each article is a recorded step.

use serde_json::Value;

use super::matching::{differing, same_shape};
use crate::archive::{JournalEntry, RestoreAction, RestoreId, RestoreOutcome, Version, WriteId};
use crate::canonical;
use crate::restore::draft_box::CurrentDraft;
use crate::restore::error::{RestoreError, ShapeMismatch};
use crate::restore::payload::{self, ArticlePayload, RestoreOptions};
use crate::restore::report;
use crate::restore::result::{Confirmation, RestoreResult};
use crate::restore::session::RestoreSession;
use crate::restore::uploads::Uploader;
use crate::wechat::Error;

/// An overwrite that runs.
pub(super) struct Overwrite<'a> {
    pub(super) session: &'a RestoreSession<'a>,
    pub(super) options: &'a RestoreOptions,
}

impl Overwrite<'_> {
    pub(super) async fn begin(
        &self,
        expected: &Version,
        (undoes, takes_back): (Option<RestoreId>, Option<WriteId>),
    ) -> Result<RestoreResult, RestoreError> {
        let live = self.session.read_current().await?;
        unchanged(&live, expected)?;
        same_shape(&self.session.source.document, &live.document)?;
        let (version, account, before) =
            (self.session.source.version.clone(), self.session.account, live.version.clone());
        let (options, now) = (self.options.to_json(), self.session.context.clock.now());
        let begin = move |writer: &mut crate::archive::Writer| {
            let id = writer.begin_overwrite(&version, account, Some(&before), (&options, undoes), now)?;
            if let Some(write) = takes_back {
                writer.set_gate_restore(write, id)?;
            }
            Ok(id)
        };
        let id = self.session.context.archive.run(begin).await?;
        self.write(id, &live, &[]).await
    }

    /// Writes the articles that are not written yet.
    pub(super) async fn write(
        &self,
        id: RestoreId,
        before: &CurrentDraft,
        steps: &[JournalEntry],
    ) -> Result<RestoreResult, RestoreError> {
        self.session.record_request(id).await?;
        let source = self.session.source;
        let mut articles =
            payload::articles(&source.document, &source.pictures, self.options).map_err(ShapeMismatch::from)?;
        // An article that already has the right content is not sent, so its pictures do not matter.
        let differing = differing(&source.document, &before.document).map_err(ShapeMismatch::from)?;
        for sent in articles.iter_mut().filter(|sent| !differing.contains(&sent.article.position)) {
            sent.loses_crop = false;
        }
        let to_provide: Vec<ArticlePayload> = differing.iter().map(|&position| articles[position].clone()).collect();
        let (provided, uploads) = match Uploader::new(self.session, id).provide(&to_provide).await {
            Ok(provided) => provided,
            Err(failure) => return Err(self.abandon(id, steps, failure).await),
        };
        for (position, sent) in differing.into_iter().zip(provided) {
            articles[position] = sent;
        }
        // Uploads take time, and somebody may have edited the draft meanwhile.
        let live = match self.session.read_current().await {
            Ok(live) => live,
            Err(failure) => return Err(self.abandon(id, steps, failure).await),
        };
        let to_write = match self.to_write(&articles, before, &live, steps) {
            Ok(to_write) => to_write,
            Err(failure) => return Err(self.abandon(id, steps, failure).await),
        };
        let count = to_write.len();
        for (written, position) in to_write.into_iter().enumerate() {
            if let Err(error) = self.update(id, &articles[position], uploads.uploaded > 0).await? {
                let is_first = written == 0 && steps.iter().all(|step| step.step != "update");
                if is_first && !error.has_unknown_effect() {
                    self.session.end_without_a_draft(id, RestoreOutcome::Failed).await;
                    return Err(RestoreError::NotMade(error));
                }
                let left = self.left(&articles, before).await;
                self.session.end_without_a_draft(id, RestoreOutcome::Partial { left }).await;
                return Err(RestoreError::Partly { id, written, of: count, error });
            }
        }
        self.session.conclude(id, self.session.media_id(), Confirmation::Over(count), (&articles, uploads)).await
    }

    /// Keeps the partly written draft as a version and returns it, so that an undo needs no further plan. `None` if somebody
    /// saved the draft meanwhile, or this is not known.
    async fn left(&self, articles: &[ArticlePayload], before: &CurrentDraft) -> Option<Version> {
        match self.session.read_current().await {
            Ok(live) => is_ours(articles, before, &live).then_some(live.version),
            Err(failure) => {
                tracing::debug!(%failure, "what was written in part could not be read");
                None
            }
        }
    }

    /// Ends a restore that cannot go on. If articles were already written, it stays open, to be resumed or undone.
    async fn abandon(&self, id: RestoreId, steps: &[JournalEntry], failure: RestoreError) -> RestoreError {
        let is_written = steps.iter().any(|step| step.step == "update");
        let outcome = if is_written { RestoreOutcome::StillPartial } else { RestoreOutcome::Failed };
        self.session.end_without_a_draft(id, outcome).await;
        failure
    }

    /// Returns the positions of the articles to write.
    ///
    /// # Errors
    ///
    /// [`RestoreError::Changed`] if somebody else has written one.
    fn to_write(
        &self,
        articles: &[ArticlePayload],
        before: &CurrentDraft,
        live: &CurrentDraft,
        steps: &[JournalEntry],
    ) -> Result<Vec<usize>, RestoreError> {
        let changed = || RestoreError::Changed { planned: before.version.number, now: live.version.number };
        let read = |document: &[u8]| canonical::fields(document).map_err(ShapeMismatch::from);
        let source = read(&self.session.source.document)?;
        let (before, now) = (read(&before.document)?, read(&live.document)?);
        if before.len() != now.len() || before.len() != articles.len() {
            return Err(changed());
        }
        let mut to_write = Vec::new();
        for position in 0..articles.len() {
            let is_as_before = canonical::is_same_article(&before[position], &now[position]);
            match steps.iter().find(|step| step.is(RestoreAction::Update(position))) {
                Some(step) if step.is_done => {}
                Some(_) if is_as_before => to_write.push(position),
                Some(_) if report::is_written(&articles[position], &now[position]) => {}
                None if is_as_before && canonical::is_same_article(&source[position], &now[position]) => {}
                None if is_as_before => to_write.push(position),
                _ => return Err(changed()),
            }
        }
        Ok(to_write)
    }

    /// Replaces an article, as a recorded step. A lost answer is no failure if the article is there.
    async fn update(
        &self,
        id: RestoreId,
        sent: &ArticlePayload,
        is_fresh: bool,
    ) -> Result<Result<(), Error>, RestoreError> {
        let position = sent.article.position;
        let step = self.session.begin_step(id, RestoreAction::Update(position)).await?;
        let article = Value::Object(sent.fields.clone());
        let index = u32::try_from(position).unwrap_or(u32::MAX);
        let (client, media_id) = (self.session.context.client, self.session.media_id());
        let update = async || client.draft_update(&media_id, index, &article).await;
        let answer = self.session.retry_until_visible(is_fresh, update).await;
        if let Err(error) = answer {
            let is_there = error.has_unknown_effect() && self.is_there(sent).await;
            if !is_there {
                return Ok(Err(error));
            }
        }
        self.session.end_step(id, step, None).await?;
        Ok(Ok(()))
    }

    async fn is_there(&self, sent: &ArticlePayload) -> bool {
        let Ok(fetched) = self.session.context.client.draft_get(&self.session.media_id()).await else { return false };
        let articles = canonical::fields(&fetched.document).unwrap_or_default();
        articles.get(sent.article.position).is_some_and(|now| report::is_written(sent, now))
    }
}

fn unchanged(live: &CurrentDraft, expected: &Version) -> Result<(), RestoreError> {
    match live.version.hash == expected.hash {
        true => Ok(()),
        false => Err(RestoreError::Changed { planned: expected.number, now: live.version.number }),
    }
}

/// Returns whether each article has either its old content or what was sent.
fn is_ours(articles: &[ArticlePayload], before: &CurrentDraft, live: &CurrentDraft) -> bool {
    let (Ok(before), Ok(now)) = (canonical::fields(&before.document), canonical::fields(&live.document)) else {
        return false;
    };
    let is_known = |(sent, (before, now)): (&ArticlePayload, (_, _))| {
        canonical::is_same_article(before, now) || report::is_as_sent(sent, now, articles.len())
    };
    before.len() == now.len() && articles.iter().zip(before.iter().zip(&now)).all(is_known)
}
