//! Restores a version as a new draft: the plan, then one call.

use super::as_new;
use super::context::RestoreContext;
use super::error::{RestoreError, check_stops};
use super::new_draft_plan::NewDraftPlan;
use super::payload::RestoreOptions;
use super::preflight::preflight;
use super::result::RestoreResult;
use super::source::Source;
use crate::archive::{CompletedRestore, Reader, UnfinishedRestore, WriteId};
use crate::config::Account;
use crate::model::{Endpoint, Timestamp};

/// A version that is to become a new draft.
#[derive(Debug)]
pub struct NewDraftRestore {
    pub source: Source,
    pub plan: NewDraftPlan,
    /// The drafts that earlier restores made of the same content in the same box, the latest first.
    pub made_before: Vec<CompletedRestore>,
    /// The write of a program that deleted the draft, which this takes back.
    pub takes_back: Option<WriteId>,
    options: RestoreOptions,
}

impl NewDraftRestore {
    /// Plans a new draft in the box of `target`. Calls nothing.
    ///
    /// # Errors
    ///
    /// If the version cannot be converted for sending, or the archive cannot be read.
    pub fn new(
        source: Source,
        options: RestoreOptions,
        target: &Account,
        reader: &Reader,
        now: Timestamp,
    ) -> Result<Self, RestoreError> {
        let mut restore = Self::for_resume(source, options, target)?;
        restore.plan.findings.extend(preflight(reader, target, Endpoint::DraftAdd, now)?);
        restore.made_before = reader.restored(&restore.source.version, &target.name)?;
        Ok(restore)
    }

    /// Prepares to complete an interrupted restore. Calls nothing.
    ///
    /// # Errors
    ///
    /// If the version cannot be converted for sending.
    pub fn for_resume(source: Source, options: RestoreOptions, target: &Account) -> Result<Self, RestoreError> {
        let plan = NewDraftPlan::new(&source, &target.name, &options)?;
        Ok(Self { source, plan, made_before: Vec::new(), takes_back: None, options })
    }

    /// Returns an error if the platform is sure to refuse it, or if the same content was restored before and `again` is false.
    ///
    /// # Errors
    ///
    /// [`RestoreError::Stopped`] or [`RestoreError::MadeBefore`].
    pub fn check(&self, again: bool) -> Result<(), RestoreError> {
        check_stops(&self.plan)?;
        match self.made_before.first() {
            Some(made) if !again => Err(RestoreError::MadeBefore(made.clone())),
            _ => Ok(()),
        }
    }

    /// Creates the draft, or finds the one that an interrupted restore created.
    ///
    /// # Errors
    ///
    /// As [`Self::check`]; or if no draft was created, or this is not known; see [`RestoreError`].
    pub async fn apply(&self, again: bool, context: &RestoreContext<'_>) -> Result<RestoreResult, RestoreError> {
        self.check(again)?;
        self.resume(context).await
    }

    /// Completes an interrupted restore: finds the draft that it created, or creates it.
    ///
    /// # Errors
    ///
    /// If no draft was created, or this is not known; see [`RestoreError`].
    pub async fn resume(&self, context: &RestoreContext<'_>) -> Result<RestoreResult, RestoreError> {
        as_new::as_new((&self.plan, self.takes_back), &self.options, &self.source, context).await
    }

    /// Finds the draft that an interrupted restore made, and ends the restore. Makes none: `None` if there is none.
    ///
    /// # Errors
    ///
    /// If this is not known; see [`RestoreError`].
    pub async fn settle(
        &self,
        open: UnfinishedRestore,
        context: &RestoreContext<'_>,
    ) -> Result<Option<RestoreResult>, RestoreError> {
        as_new::settle((&self.plan, &self.options), &self.source, open, context).await
    }
}
