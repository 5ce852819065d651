//! `draftkeep restore --as-new`: the plan, the deed, and what came through.

use serde_json::{Value, json};

use super::errors::{explained, stopped};
use super::output::{plan_in_json, plan_in_words, report_in_json, restored_in_json, restored_in_words};
use super::session::at;
use super::{Restore, document, nothing_done};
use crate::archive::{CompletedRestore, Reader, RestoreId};
use crate::cli::times::local;
use crate::cli::{CommandContext, CommandError, Exit, accounts};
use crate::model::{AccountName, Endpoint, article_number};
use crate::restore::{
    self, ArticleReport, FieldReport, NewDraftPlan, PlanError, RestoreOptions, RestoreResult, Source,
};
use crate::sanitize;

/// A plan, and what was made of the same content before.
struct Planned<'a> {
    source: &'a Source,
    plan: NewDraftPlan,
    before: Vec<CompletedRestore>,
}

impl Restore {
    pub(super) fn to_new_draft(
        &self,
        source: &Source,
        reader: &Reader,
        context: &CommandContext,
    ) -> Result<Exit, CommandError> {
        let config = context.configuration()?;
        let name = self.account.as_ref().map_or(source.draft.account.as_str(), |account| account.as_str());
        let account = accounts::find_account(&config, name)?;
        let choices = self.choices();
        let mut plan = NewDraftPlan::new(source, &account.name, &choices)?;
        plan.findings.extend(restore::preflight(reader, account, Endpoint::DraftAdd, context.clock.now())?);
        let planned = Planned { source, plan, before: reader.restored(&source.version, &account.name)? };
        if !context.ui.json {
            context.ui.text(&plan_in_words(source, &planned.plan, &planned.before))?;
        }
        if !self.apply {
            self.not_applied(&planned, context);
            return planned.tell(context, None).map(|()| Exit::Done);
        }
        if planned.plan.is_stopped() {
            return Err(stopped(&planned.plan));
        }
        if let (Some(made), false) = (planned.before.first(), self.again) {
            return Err(made_before(made));
        }
        let plan = &planned.plan;
        let work = async |target: &restore::RestoreContext<'_>| restore::as_new(plan, &choices, source, target).await;
        let restored = at(account, &config, context, work)?
            .map_err(|failure| explained(failure, "no draft was made", &planned.plan, source))?;
        planned.tell(context, Some(&restored))?;
        Ok(read_back(&restored, &planned.plan.target, context))
    }

    /// Completes a restore to a new draft that was cut off.
    pub(super) fn resume_new_draft(
        &self,
        source: &Source,
        choices: &RestoreOptions,
        account: &str,
        context: &CommandContext,
    ) -> Result<Exit, CommandError> {
        let config = context.configuration()?;
        let account = accounts::find_account(&config, account)?;
        let planned = Planned { source, plan: NewDraftPlan::new(source, &account.name, choices)?, before: Vec::new() };
        if !self.apply {
            nothing_done(context);
            return planned.tell(context, None).map(|()| Exit::Done);
        }
        let plan = &planned.plan;
        let work = async |target: &restore::RestoreContext<'_>| restore::as_new(plan, choices, source, target).await;
        let restored = at(account, &config, context, work)?
            .map_err(|failure| explained(failure, "no draft was made", &planned.plan, source))?;
        planned.tell(context, Some(&restored))?;
        Ok(read_back(&restored, &planned.plan.target, context))
    }

    fn not_applied(&self, planned: &Planned<'_>, context: &CommandContext) {
        if planned.plan.is_stopped() {
            context.ui.status(WOULD_BE_REFUSED);
        } else if !planned.before.is_empty() && !self.again {
            context.ui.status("Nothing was done. To make another draft, type the same with --again --apply");
        } else {
            nothing_done(context);
        }
    }
}

/// Said below a plan that cannot be carried out as it is.
pub(super) const WOULD_BE_REFUSED: &str = "Nothing was done; the platform would refuse what the plan says stop to.";

/// Warns if the new draft could not be read back, or differs from the plan.
pub(super) fn read_back(restored: &RestoreResult, target: &AccountName, context: &CommandContext) -> Exit {
    match &restored.report {
        Ok(report) => {
            let mut exit = Exit::Done;
            for article in report.unexpected() {
                context.ui.warning(&not_as_planned(article, restored.id, target));
                exit = Exit::Partly;
            }
            exit
        }
        Err(reason) => {
            context.ui.warning(&format!("the draft could not be read back: {}", sanitize::line(reason)));
            Exit::Partly
        }
    }
}

fn not_as_planned(article: &ArticleReport, id: RestoreId, account: &AccountName) -> String {
    let field = |field: &FieldReport| format!("{} {}", sanitize::line(&field.field), field.verdict.as_str());
    let fields = article.unexpected().map(field).collect::<Vec<_>>().join(", ");
    let undo = format!("to take it back: draftkeep restore --undo {account}/{id}");
    format!(
        "article {} is not as the plan said: {fields}; the report says how; {undo}",
        article_number(article.position)
    )
}

impl Planned<'_> {
    fn tell(&self, context: &CommandContext, restored: Option<&RestoreResult>) -> Result<(), CommandError> {
        if context.ui.json {
            let media_id = restored.map_or(Value::Null, |restored| json!(restored.media_id));
            let report =
                restored.and_then(|restored| restored.report.as_ref().ok()).map_or(Value::Null, report_in_json);
            let plan = plan_in_json(self.source, &self.plan, &self.before);
            let told = document(&plan, restored.is_some(), &media_id, &report);
            return context.ui.document(&restored_in_json(told, restored));
        }
        match restored {
            Some(restored) => context.ui.text(&restored_in_words(restored, &self.plan)),
            None => Ok(()),
        }
    }
}

fn made_before(made: &CompletedRestore) -> CommandError {
    let when = local(made.finished_at);
    CommandError::new(Exit::Failed, format!("this content was restored already, at {when}, as {}", made.media_id))
        .hint("Look into the draft box; to make another draft all the same: --again")
}

impl From<PlanError> for CommandError {
    fn from(error: PlanError) -> Self {
        match &error {
            PlanError::Malformed(_) | PlanError::NoAccount(_) => Self::of(Exit::Damaged, &error).with_ways_out(),
            PlanError::NoSuchArticle { .. } | PlanError::NoCover(_) => Self::of(Exit::Usage, &error),
        }
    }
}
