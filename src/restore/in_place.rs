//! Restores a version over its current draft, article by article; the draft keeps its media_id.
//!
//! `draft/update` replaces one article and cannot add, remove or reorder articles (官方文档 更新草稿). The current content is kept as a
//! version first, and nothing is written if it changed since the plan was made.

mod matching;
mod overwrite;

use self::overwrite::Overwrite;
use super::context::{AskedBy, RestoreContext};
use super::draft_box::CurrentDraft;
use super::error::{RestoreError, check_stops};
use super::new_draft_plan::{NewDraftPlan, PlanError};
use super::payload::RestoreOptions;
use super::plan_basis::Basis;
use super::preflight::preflight;
use super::result::RestoreResult;
use super::session::RestoreSession;
use super::source::Source;
use crate::archive::{self, PlanGoal, PlanId, Reader, RestoreId, Version, WriteId};
use crate::config::Account;
use crate::lookup::{self, LookupError};
use crate::model::{Endpoint, Timestamp};

/// A version that is to go over its own draft.
#[derive(Debug)]
pub struct InPlaceRestore {
    pub source: Source,
    /// What would be sent of each article, if all of them were.
    pub plan: NewDraftPlan,
    /// The restore that this one undoes.
    pub undoes: Option<RestoreId>,
    /// The write of a program that this one takes back.
    pub takes_back: Option<WriteId>,
    options: RestoreOptions,
    /// The content that may be overwritten if no plan was ever shown; `None` if a plan is required.
    expected: Option<Version>,
}

/// A plan that was shown, by its number: it allows to overwrite what the draft said then, and nothing else.
#[derive(Debug)]
pub struct InPlacePlan {
    pub id: PlanId,
    /// What the draft said.
    pub live: CurrentDraft,
    /// The positions of the articles that differ from it.
    pub differing: Vec<usize>,
}

impl InPlaceRestore {
    /// Prepares to restore a version. Without a plan, it may overwrite the newest version that the archive has of the draft.
    /// Calls nothing.
    ///
    /// # Errors
    ///
    /// If the version cannot be converted for sending, or the archive cannot be read.
    pub fn new(
        source: Source,
        options: RestoreOptions,
        account: &Account,
        reader: &Reader,
        now: Timestamp,
    ) -> Result<Self, RestoreError> {
        let expected = match reader.version_numbers(source.draft.id)?.first() {
            Some(&newest) => lookup::read_version(reader, &source.draft, newest).map_err(as_archive_error)?,
            None => source.version.clone(),
        };
        Ok(Self { expected: Some(expected), ..Self::prepare(source, options, account, reader, now)? })
    }

    /// Prepares to undo the restore `undone`: `before` is the content that its draft had, `left` what it left there, if that is
    /// known. Calls nothing.
    ///
    /// # Errors
    ///
    /// As [`Self::new`].
    pub fn undo(
        undone: RestoreId,
        before: Source,
        left: Option<Version>,
        account: &Account,
        reader: &Reader,
        now: Timestamp,
    ) -> Result<Self, RestoreError> {
        let restore = Self::prepare(before, RestoreOptions::default(), account, reader, now)?;
        Ok(Self { undoes: Some(undone), expected: left, ..restore })
    }

    /// Prepares to take back the write of a program: `before` is the content that its draft had, `left` what it left there, if that is known.
    /// Calls nothing.
    ///
    /// # Errors
    ///
    /// As [`Self::new`].
    pub fn put_back(
        write: WriteId,
        before: Source,
        left: Option<Version>,
        account: &Account,
        reader: &Reader,
        now: Timestamp,
    ) -> Result<Self, RestoreError> {
        Ok(Self {
            takes_back: Some(write),
            expected: left,
            ..Self::prepare(before, RestoreOptions::default(), account, reader, now)?
        })
    }

    fn prepare(
        source: Source,
        options: RestoreOptions,
        account: &Account,
        reader: &Reader,
        now: Timestamp,
    ) -> Result<Self, RestoreError> {
        let mut plan = NewDraftPlan::new(&source, &account.name, &options)?;
        plan.findings.extend(preflight(reader, account, Endpoint::DraftUpdate, now)?);
        Ok(Self { source, plan, undoes: None, takes_back: None, options, expected: None })
    }

    /// Reads what the draft says now, keeps it as a version, and records that a plan was shown against it.
    ///
    /// # Errors
    ///
    /// [`RestoreError::NotThere`] if it is not in the box; [`RestoreError::NotMade`] if this is not known.
    pub async fn plan(&self, context: &RestoreContext<'_>) -> Result<InPlacePlan, RestoreError> {
        let live = RestoreSession::new(&self.source, context).await?.read_current().await?;
        let (goal, over, now) = (self.goal(), live.version.clone(), context.clock.now());
        let program = match context.asked_by {
            AskedBy::Program { origin, .. } => Some(origin.who.clone()),
            AskedBy::Command | AskedBy::Page(_) => None,
        };
        let save = move |writer: &mut archive::Writer| writer.save_plan(&goal, &over, program.as_deref(), now);
        let id = context.archive.run(save).await?;
        let differing = matching::differing(&self.source.document, &live.document).map_err(PlanError::from)?;
        Ok(InPlacePlan { id, live, differing })
    }

    /// Returns an error if the platform is sure to refuse it.
    ///
    /// # Errors
    ///
    /// [`RestoreError::Stopped`].
    pub fn check(&self) -> Result<(), RestoreError> {
        check_stops(&self.plan)
    }

    /// Overwrites the draft, if its current content is that of `plan`; without one, of the plans that were shown, or else the
    /// newest that the archive has.
    ///
    /// # Errors
    ///
    /// If nothing or not everything was written; see [`RestoreError`].
    pub async fn apply(
        &self,
        plan: Option<PlanId>,
        context: &RestoreContext<'_>,
    ) -> Result<RestoreResult, RestoreError> {
        self.check()?;
        let (goal, of_goal) = (self.goal(), self.goal());
        let mut plans = context.archive.run(move |writer| writer.shown_plans(&of_goal)).await?;
        if self.takes_back.is_some() && plan.is_none() {
            // What the write left may go; plans of the same version were shown for something else.
            plans.clear();
        }
        let expected = Basis { plan, otherwise: self.expected.clone() }.expected(plans)?;
        let session = RestoreSession::new(&self.source, context).await?;
        let done = Overwrite { session: &session, options: &self.options }
            .begin(&expected, (self.undoes, self.takes_back))
            .await;
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

    /// Completes the interrupted restore `id`; `before` is the content of the draft when it began.
    ///
    /// # Errors
    ///
    /// As [`Self::apply`].
    pub async fn resume(
        &self,
        id: RestoreId,
        before: &CurrentDraft,
        context: &RestoreContext<'_>,
    ) -> Result<RestoreResult, RestoreError> {
        let session = RestoreSession::new(&self.source, context).await?;
        let steps = context.archive.run(move |writer| writer.steps(id)).await?;
        Overwrite { session: &session, options: &self.options }.write(id, before, &steps).await
    }

    fn goal(&self) -> PlanGoal {
        PlanGoal { version: self.source.version.clone(), undoes: self.undoes }
    }
}

/// The newest version of a draft that was found is there, or is damaged.
fn as_archive_error(error: LookupError) -> archive::Error {
    match error {
        LookupError::Archive(error) => error,
        other => archive::Error::Damaged(other.to_string()),
    }
}
