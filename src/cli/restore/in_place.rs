//! `draftkeep restore --in-place`: a version over what its draft says now.

use serde_json::{Value, json};

use super::errors::{explained, stopped};
use super::new_draft::{WOULD_BE_REFUSED, read_back};
use super::output::{over_in_words, plan_in_json, report_in_json, restored_in_json, restored_in_words};
use super::session::at;
use super::{Restore, document, nothing_done};
use crate::archive::{PlanId, Reader, RestoreId, Version};
use crate::cli::{CommandContext, CommandError, Exit, accounts};
use crate::lookup;
use crate::model::Endpoint;
use crate::restore::{
    self, Basis, CurrentDraft, InPlacePlan, NewDraftPlan, PlanRefusal, RestoreContext, RestoreError, RestoreOptions,
    RestoreResult, Source,
};

/// What is to go over the draft.
pub(super) struct InPlaceArgs<'a> {
    pub(super) source: &'a Source,
    pub(super) choices: RestoreOptions,
    /// The restore that is taken back by it.
    pub(super) undoes: Option<RestoreId>,
    /// What that restore left in the draft, as far as it is known: what it must say where no plan was shown.
    pub(super) expected: Option<Version>,
}

impl Restore {
    pub(super) fn over(
        &self,
        over: &InPlaceArgs<'_>,
        reader: &Reader,
        context: &CommandContext,
    ) -> Result<Exit, CommandError> {
        if self.apply { over.apply(self.plan.map(PlanId), reader, context) } else { over.plan(reader, context) }
    }
}

impl InPlaceArgs<'_> {
    /// Reads what the draft says, keeps it, and shows what would become of it.
    fn plan(&self, reader: &Reader, context: &CommandContext) -> Result<Exit, CommandError> {
        let config = context.configuration()?;
        let account = accounts::find_account(&config, &self.source.draft.account)?;
        let (source, undoes) = (self.source, self.undoes);
        let look = async |target: &RestoreContext<'_>| {
            let live = restore::read_current(source, target).await?;
            let id = restore::record_plan(source, undoes, &live, target).await?;
            Ok((live, id))
        };
        let draft = NewDraftPlan::new(source, &account.name, &self.choices)?;
        let (live, id) = at(account, &config, context, look)?.map_err(|failure| self.explained(failure, &draft))?;
        let mut plan = InPlacePlan::new(source, &live, &self.choices)?;
        let of_account = restore::preflight(reader, account, Endpoint::DraftUpdate, context.clock.now())?;
        plan.plan.findings.extend(of_account);
        if context.ui.json {
            return self.tell_plan(id, &plan, &live, context).map(|()| Exit::Done);
        }
        context.ui.text(&over_in_words(source, &plan, &live))?;
        if plan.plan.is_stopped() {
            context.ui.status(WOULD_BE_REFUSED);
        } else {
            context.ui.status(&format!("Nothing was done. To do it, type the same with --plan {id} --apply"));
        }
        Ok(Exit::Done)
    }

    fn tell_plan(
        &self,
        id: PlanId,
        plan: &InPlacePlan,
        live: &CurrentDraft,
        context: &CommandContext,
    ) -> Result<(), CommandError> {
        let mut told = self.plan_document(&plan.plan);
        told["number"] = json!(id.0);
        told["live"] = json!({"version": live.version.number, "hash": live.version.hash});
        told["differing"] = json!(plan.differing);
        context.ui.document(&document(&told, false, &Value::Null, &Value::Null))
    }

    fn plan_document(&self, plan: &NewDraftPlan) -> Value {
        let mut told = plan_in_json(self.source, plan, &[]);
        told["kind"] = if self.undoes.is_some() { "undo".into() } else { "in place".into() };
        told
    }

    fn apply(&self, named: Option<PlanId>, reader: &Reader, context: &CommandContext) -> Result<Exit, CommandError> {
        let config = context.configuration()?;
        let (source, choices) = (self.source, &self.choices);
        let account = accounts::find_account(&config, &source.draft.account)?;
        let plan = NewDraftPlan::new(source, &account.name, choices)?;
        if plan.is_stopped() {
            return Err(stopped(&plan));
        }
        let (basis, undoes) = (self.basis(named, reader)?, self.undoes);
        let work = async |target: &RestoreContext<'_>| restore::in_place(source, choices, &basis, undoes, target).await;
        let restored = at(account, &config, context, work)?.map_err(|failure| self.explained(failure, &plan))?;
        self.tell(&plan, &restored, context)?;
        Ok(read_back(&restored, &plan.target, context))
    }

    fn basis(&self, plan: Option<PlanId>, reader: &Reader) -> Result<Basis, CommandError> {
        let otherwise = match (self.undoes, reader.version_numbers(self.source.draft.id)?.first()) {
            (Some(_), _) => self.expected.clone(),
            (None, Some(&newest)) => Some(lookup::read_version(reader, &self.source.draft, newest)?),
            (None, None) => Some(self.source.version.clone()),
        };
        Ok(Basis { plan, otherwise })
    }

    /// Says why nothing was written, and how to see the plan again.
    fn explained(&self, failure: RestoreError, plan: &NewDraftPlan) -> CommandError {
        let source = self.source;
        let command = match self.undoes {
            Some(undone) => format!("draftkeep restore --undo {}/{undone}", source.draft.account),
            None => {
                format!("draftkeep restore {} --in-place", lookup::version_label(&source.draft, source.version.number))
            }
        };
        match failure {
            RestoreError::Plan(refusal) => CommandError::of(exit(&refusal), &refusal)
                .hint(format!("Nothing was written. Show the plan again, and carry out the one it shows: {command}")),
            RestoreError::Changed { .. } => explained(failure, "nothing was written", plan, source)
                .hint(format!("To go over it all the same, look at the plan first: {command}")),
            failure => explained(failure, "nothing was written", plan, source),
        }
    }

    /// Completes a restore in place that was cut off.
    pub(super) fn resume(
        &self,
        id: RestoreId,
        before: &CurrentDraft,
        apply: bool,
        context: &CommandContext,
    ) -> Result<Exit, CommandError> {
        let config = context.configuration()?;
        let (source, choices) = (self.source, &self.choices);
        let account = accounts::find_account(&config, &source.draft.account)?;
        let plan = NewDraftPlan::new(source, &account.name, choices)?;
        if !apply {
            nothing_done(context);
            if context.ui.json {
                context.ui.document(&document(&self.plan_document(&plan), false, &Value::Null, &Value::Null))?;
            }
            return Ok(Exit::Done);
        }
        let work =
            async |target: &RestoreContext<'_>| restore::resume_in_place(id, before, source, choices, target).await;
        let restored = at(account, &config, context, work)?.map_err(|failure| self.explained(failure, &plan))?;
        self.tell(&plan, &restored, context)?;
        Ok(read_back(&restored, &plan.target, context))
    }

    fn tell(
        &self,
        plan: &NewDraftPlan,
        restored: &RestoreResult,
        context: &CommandContext,
    ) -> Result<(), CommandError> {
        if !context.ui.json {
            return context.ui.text(&restored_in_words(restored, plan));
        }
        let report = restored.report.as_ref().map_or(Value::Null, report_in_json);
        let told = document(&self.plan_document(plan), true, &json!(restored.media_id), &report);
        context.ui.document(&restored_in_json(told, Some(restored)))
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
