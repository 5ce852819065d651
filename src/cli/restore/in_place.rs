//! `draftkeep restore --in-place`: a version over what its draft says now.

use super::errors::explain;
use super::new_draft::{WOULD_BE_REFUSED, warn_of_differences};
use super::output::{over_in_words, restored_in_words};
use super::{Restore, nothing_done, session};
use crate::archive::{PlanId, RestoreId};
use crate::cli::context::CommandContext;
use crate::cli::error::{CommandError, Exit};
use crate::config::{Account, Config};
use crate::json;
use crate::lookup;
use crate::restore::{CurrentDraft, InPlaceRestore, PlanRefusal, RestoreContext, RestoreError, RestoreResult};

/// A restore in place, and where it goes.
pub(super) struct InPlaceCommand<'a> {
    pub(super) restore: InPlaceRestore,
    pub(super) account: &'a Account,
    pub(super) config: &'a Config,
}

impl Restore {
    pub(super) fn over(&self, command: &InPlaceCommand<'_>, context: &CommandContext) -> Result<Exit, CommandError> {
        if self.apply { command.apply(self.plan.map(PlanId), context) } else { command.plan(context) }
    }
}

impl InPlaceCommand<'_> {
    /// Reads what the draft says, keeps it, and shows what would become of it.
    fn plan(&self, context: &CommandContext) -> Result<Exit, CommandError> {
        let restore = &self.restore;
        let shown = self.run(context, async |target: &RestoreContext<'_>| restore.plan(target).await)?;
        if context.ui.json {
            context.ui.document(&json::in_place_plan(restore, &shown))?;
            return Ok(Exit::Done);
        }
        context.ui.text(&over_in_words(restore, &shown))?;
        if restore.plan.is_stopped() {
            context.ui.status(WOULD_BE_REFUSED);
        } else if shown.differing.is_empty() {
            context.ui.status("Nothing was done: there is nothing to restore");
        } else {
            context.ui.status(&format!("Nothing was done. To do it, type the same with --plan {} --apply", shown.id));
        }
        Ok(Exit::Done)
    }

    fn apply(&self, plan: Option<PlanId>, context: &CommandContext) -> Result<Exit, CommandError> {
        let restore = &self.restore;
        restore.check().map_err(|failure| self.explain(failure))?;
        let restored = self.run(context, async |target: &RestoreContext<'_>| restore.apply(plan, target).await)?;
        self.print(&restored, context)
    }

    /// Completes a restore in place that was cut off.
    pub(super) fn resume(
        &self,
        id: RestoreId,
        before: &CurrentDraft,
        is_applied: bool,
        context: &CommandContext,
    ) -> Result<Exit, CommandError> {
        let restore = &self.restore;
        if !is_applied {
            nothing_done(context);
            if context.ui.json {
                context.ui.document(&json::restored_in_place(restore, None))?;
            }
            return Ok(Exit::Done);
        }
        let restored =
            self.run(context, async |target: &RestoreContext<'_>| restore.resume(id, before, target).await)?;
        self.print(&restored, context)
    }

    fn run<T>(
        &self,
        context: &CommandContext,
        work: impl AsyncFnOnce(&RestoreContext<'_>) -> Result<T, RestoreError>,
    ) -> Result<T, CommandError> {
        session::run(self.account, self.config, context, work)?.map_err(|failure| self.explain(failure))
    }

    /// Says why nothing was written, and how to see the plan again.
    fn explain(&self, failure: RestoreError) -> CommandError {
        let source = &self.restore.source;
        let command = match (self.restore.undoes, self.restore.takes_back) {
            (Some(undone), _) => format!("draftkeep restore --undo {}/{undone}", source.draft.account),
            (None, Some(write)) => format!("draftkeep undo {}/{write}", source.draft.account),
            (None, None) => {
                format!("draftkeep restore {} --in-place", lookup::version_label(&source.draft, source.version.number))
            }
        };
        let explained = |failure| explain(failure, "nothing was written", Some(&self.restore.plan), source);
        match failure {
            RestoreError::Plan(refusal) => CommandError::of(exit(&refusal), &refusal)
                .hint(format!("Nothing was written. Show the plan again, and carry out the one it shows: {command}")),
            RestoreError::NotWritten { id, media_id, source: error } => {
                let message =
                    format!("the draft {media_id} was written over, but the archive could not write that down");
                CommandError::new(Exit::Partly, message)
                    .because(&error)
                    .hint(format!("To have it written down: draftkeep restore --resume {}/{id}", source.draft.account))
            }
            RestoreError::Changed { .. } => {
                explained(failure).hint(format!("To go over it all the same, look at the plan first: {command}"))
            }
            failure => explained(failure),
        }
    }

    fn print(&self, restored: &RestoreResult, context: &CommandContext) -> Result<Exit, CommandError> {
        let plan = &self.restore.plan;
        if context.ui.json {
            context.ui.document(&json::restored_in_place(&self.restore, Some(restored)))?;
        } else {
            context.ui.text(&restored_in_words(restored, plan))?;
        }
        Ok(warn_of_differences(restored, &plan.target, context))
    }
}

fn exit(refusal: &PlanRefusal) -> Exit {
    match refusal {
        PlanRefusal::NoSuchPlan(_) => Exit::NotFound,
        PlanRefusal::Ended(_)
        | PlanRefusal::CarriedOut
        | PlanRefusal::NotShownSince
        | PlanRefusal::NeverShown
        | PlanRefusal::Differ(_) => Exit::Failed,
    }
}
