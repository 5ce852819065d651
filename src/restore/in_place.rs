//! Restores a version over its current draft, article by article; the draft keeps its media_id.
//!
//! `draft/update` replaces one article and cannot add, remove or reorder articles (官方文档 更新草稿). The current content is kept as a
//! version first, and nothing is written if it changed since the plan was made.

use serde_json::{Map, Value};

use super::payload;
use super::uploads::Uploader;
use super::{
    ArticlePayload, Basis, Confirmation, NewDraftPlan, PlanError, RestoreContext, RestoreError, RestoreOptions,
    RestoreResult, RestoreSession, Source, report,
};
use crate::archive::{JournalEntry, PlanGoal, PlanId, RestoreAction, RestoreId, RestoreOutcome, Version};
use crate::canonical;
use crate::model::{MediaId, article_number};
use crate::wechat::{Error, ErrorKind};

/// The current content of a draft, kept as a version.
#[derive(Debug)]
pub struct CurrentDraft {
    pub version: Version,
    /// As received.
    pub document: Vec<u8>,
}

/// The plan to overwrite a draft.
#[derive(Debug)]
pub struct InPlacePlan {
    pub plan: NewDraftPlan,
    /// The positions of the articles that differ from the current draft.
    pub differing: Vec<usize>,
}

impl InPlacePlan {
    /// Plans to overwrite the current draft. Calls nothing.
    ///
    /// # Errors
    ///
    /// As [`NewDraftPlan::new`].
    pub fn new(source: &Source, live: &CurrentDraft, choices: &RestoreOptions) -> Result<Self, PlanError> {
        let target = source.draft.account.parse().map_err(|_| PlanError::NoAccount(source.draft.account.clone()))?;
        let plan = NewDraftPlan::new(source, &target, choices)?;
        let differing = differing(&source.document, &live.document)?;
        Ok(Self { plan, differing })
    }
}

/// Reads the current draft and keeps it as a version.
///
/// # Errors
///
/// [`RestoreError::NotThere`] if it is not in the box; [`RestoreError::NotMade`] if this is not known.
pub async fn read_current(source: &Source, context: &RestoreContext<'_>) -> Result<CurrentDraft, RestoreError> {
    RestoreSession::new(source, context).await?.read_current().await
}

/// Records the content of the draft when the plan was shown, so that the plan overwrites nothing else.
pub async fn record_plan(
    source: &Source,
    undoes: Option<RestoreId>,
    live: &CurrentDraft,
    context: &RestoreContext<'_>,
) -> Result<PlanId, RestoreError> {
    let goal = PlanGoal { version: source.version.clone(), undoes };
    let (over, now) = (live.version.clone(), context.clock.now());
    Ok(context.archive.run(move |writer| writer.save_plan(&goal, &over, now)).await?)
}

/// Overwrites the draft with a version, if its current content is what `basis` allows.
///
/// # Errors
///
/// If nothing or not everything was written; see [`RestoreError`].
pub async fn in_place(
    source: &Source,
    choices: &RestoreOptions,
    basis: &Basis,
    undoes: Option<RestoreId>,
    context: &RestoreContext<'_>,
) -> Result<RestoreResult, RestoreError> {
    let goal = PlanGoal { version: source.version.clone(), undoes };
    let of_goal = goal.clone();
    let plans = context.archive.run(move |writer| writer.shown_plans(&of_goal)).await?;
    let expected = basis.expected(plans)?;
    let session = RestoreSession::new(source, context).await?;
    let done = InPlaceSession { session: &session, choices }.begin(&expected, undoes).await;
    let now = context.clock.now();
    let noted = match done {
        Ok(_) => context.archive.run(move |writer| writer.end_plans(&goal, &expected)).await,
        Err(RestoreError::Changed { .. }) => {
            context.archive.run(move |writer| writer.refuse_plans(&goal, &expected, now)).await
        }
        Err(_) => Ok(()),
    };
    if let Err(error) = noted {
        // The operator must learn the outcome of the restore; a plan that stays open overwrites nothing else.
        tracing::warn!(%error, "what became of the plan could not be written down");
    }
    done
}

/// Completes an interrupted restore in place; `before` is the content of the draft when it began.
///
/// # Errors
///
/// As [`in_place`].
pub async fn resume_in_place(
    id: RestoreId,
    before: &CurrentDraft,
    source: &Source,
    choices: &RestoreOptions,
    context: &RestoreContext<'_>,
) -> Result<RestoreResult, RestoreError> {
    let session = RestoreSession::new(source, context).await?;
    let steps = context.archive.run(move |writer| writer.steps(id)).await?;
    InPlaceSession { session: &session, choices }.write(id, before, &steps).await
}

impl RestoreSession<'_> {
    fn media_id(&self) -> MediaId {
        MediaId::new(self.source.draft.media_id.as_str())
    }

    pub(super) async fn read_current(&self) -> Result<CurrentDraft, RestoreError> {
        let media_id = self.media_id();
        let fetched = match self.context.client.draft_get(&media_id).await {
            Err(error) if error.kind == ErrorKind::NotFound => return Err(RestoreError::NotThere(media_id)),
            fetched => fetched.map_err(RestoreError::NotMade)?,
        };
        let document = fetched.document.clone();
        let sighting = self.sighting(&media_id, fetched).map_err(RestoreError::OtherShape)?;
        let (account, calls) = (self.account, self.context.client.drain_usage());
        let line = calls.clone();
        let keep = move |writer: &mut crate::archive::Writer| {
            writer.record(account, &sighting, &[])?;
            let newest = writer.newest_version(account, &media_id)?;
            writer.add_usage(account, &line).map(|()| newest)
        };
        let kept = self.context.archive.run(keep).await;
        if kept.is_err() {
            self.context.client.restore_usage(calls);
        }
        match kept? {
            Some(version) => Ok(CurrentDraft { version, document }),
            None => Err(RestoreError::NotThere(self.media_id())),
        }
    }
}

struct InPlaceSession<'a> {
    session: &'a RestoreSession<'a>,
    choices: &'a RestoreOptions,
}

impl InPlaceSession<'_> {
    async fn begin(&self, expected: &Version, undoes: Option<RestoreId>) -> Result<RestoreResult, RestoreError> {
        let live = self.session.read_current().await?;
        unchanged(&live, expected)?;
        same_shape(&self.session.source.document, &live.document)?;
        let (version, account, before) =
            (self.session.source.version.clone(), self.session.account, live.version.clone());
        let (choices, now) = (self.choices.to_json(), self.session.context.clock.now());
        let begin = move |writer: &mut crate::archive::Writer| {
            writer.begin_overwrite(&version, account, Some(&before), (&choices, undoes), now)
        };
        let id = self.session.context.archive.run(begin).await?;
        self.write(id, &live, &[]).await
    }

    /// Writes the articles that are not written yet.
    async fn write(
        &self,
        id: RestoreId,
        before: &CurrentDraft,
        steps: &[JournalEntry],
    ) -> Result<RestoreResult, RestoreError> {
        let source = self.session.source;
        let shape = |error: canonical::Malformed| RestoreError::OtherShape(error.to_string());
        let mut articles = payload::articles(&source.document, &source.pictures, self.choices).map_err(shape)?;
        // An article that already has the right content is not sent, so its pictures do not matter.
        let differing = differing(&source.document, &before.document).map_err(shape)?;
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
                if is_first && !error.effect_unknown() {
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
        let shape = |error: canonical::Malformed| RestoreError::OtherShape(error.to_string());
        let source = canonical::fields(&self.session.source.document).map_err(shape)?;
        let (before, now) =
            (canonical::fields(&before.document).map_err(shape)?, canonical::fields(&live.document).map_err(shape)?);
        if before.len() != now.len() || before.len() != articles.len() {
            return Err(changed());
        }
        let mut to_write = Vec::new();
        for position in 0..articles.len() {
            let is_as_before = is_same(&before[position], &now[position]);
            match steps.iter().find(|step| step.is(RestoreAction::Update(position))) {
                Some(step) if step.is_done => {}
                Some(_) if is_as_before => to_write.push(position),
                Some(_) if report::is_written(&articles[position], &now[position]) => {}
                None if is_as_before && is_same(&source[position], &now[position]) => {}
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
        let answer = super::retry_until_visible(self.session.context.clock, is_fresh, update).await;
        if let Err(error) = answer {
            let is_there = error.effect_unknown() && self.is_there(sent).await;
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
        is_same(before, now) || report::is_as_sent(sent, now, articles.len())
    };
    before.len() == now.len() && articles.iter().zip(before.iter().zip(&now)).all(is_known)
}

/// Checks that both have the same number of articles, with the same types.
fn same_shape(source: &[u8], live: &[u8]) -> Result<(), RestoreError> {
    let shape = |error: canonical::Malformed| RestoreError::OtherShape(error.to_string());
    let (wanted, now) = (canonical::articles(source).map_err(shape)?, canonical::articles(live).map_err(shape)?);
    if wanted.len() != now.len() {
        let what = format!("the version has {} articles and the draft has {} now", wanted.len(), now.len());
        return Err(RestoreError::OtherShape(format!("{what}, and the platform adds and removes none")));
    }
    match wanted.iter().zip(&now).find(|(wanted, now)| wanted.article_type != now.article_type) {
        Some((wanted, now)) => {
            let (number, kind, other) =
                (article_number(wanted.position), wanted.article_type.as_str(), now.article_type.as_str());
            Err(RestoreError::OtherShape(format!("article {number} is {kind} in the version and {other} in the draft")))
        }
        None => Ok(()),
    }
}

/// Returns the positions of the articles that differ.
fn differing(source: &[u8], live: &[u8]) -> Result<Vec<usize>, canonical::Malformed> {
    let (source, live) = (canonical::fields(source)?, canonical::fields(live)?);
    let differs = |position: &usize| live.get(*position).is_none_or(|now| !is_same(&source[*position], now));
    Ok((0..source.len()).filter(differs).collect())
}

/// Returns whether two articles as received have the same canonical content.
fn is_same(one: &Map<String, Value>, other: &Map<String, Value>) -> bool {
    let hash = |article: &Map<String, Value>| {
        let document = serde_json::json!({ "news_item": [article] }).to_string();
        canonical::canonicalise(document.as_bytes()).map(|canonical| canonical.hash()).ok()
    };
    hash(one).is_some() && hash(one) == hash(other)
}
