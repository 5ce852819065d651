//! `draftkeep restore --as-new`: shows the plan, applies it, and shows what came through.

use super::errors::explain;
use super::output::{plan_in_words, restored_in_words};
use super::{Restore, nothing_done, session};
use crate::archive::{Reader, RestoreId};
use crate::cli::accounts;
use crate::cli::context::CommandContext;
use crate::cli::error::{CommandError, Exit};
use crate::json;
use crate::model::{AccountName, article_number};
use crate::restore::{
    ArticleReport, FieldReport, NewDraftRestore, RestoreContext, RestoreError, RestoreOptions, RestoreResult, Source,
};
use crate::sanitize;

impl Restore {
    pub(super) fn to_new_draft(
        &self,
        source: Source,
        reader: &Reader,
        context: &CommandContext,
    ) -> Result<Exit, CommandError> {
        let config = context.configuration()?;
        let name = self.account.as_ref().map_or(source.draft.account.as_str(), |account| account.as_str());
        let account = accounts::find_account(&config, name)?;
        let restore = NewDraftRestore::new(source, self.options(), account, reader, context.clock.now())
            .map_err(CommandError::from)?;
        if !context.ui.json {
            context.ui.text(&plan_in_words(&restore))?;
        }
        if !self.apply {
            self.not_applied(&restore, context);
            return print(&restore, None, context).map(|()| Exit::Done);
        }
        let explained = |failure| explain(failure, "no draft was made", Some(&restore.plan), &restore.source);
        restore.check(self.again).map_err(explained)?;
        let work = async |target: &RestoreContext<'_>| restore.apply(self.again, target).await;
        let restored = session::run(account, &config, context, work)?.map_err(explained)?;
        print(&restore, Some(&restored), context)?;
        Ok(warn_of_differences(&restored, &restore.plan.target, context))
    }

    /// Completes a restore to a new draft that was cut off.
    pub(super) fn resume_new_draft(
        &self,
        source: Source,
        options: RestoreOptions,
        account: &str,
        context: &CommandContext,
    ) -> Result<Exit, CommandError> {
        let config = context.configuration()?;
        let account = accounts::find_account(&config, account)?;
        let restore = NewDraftRestore::for_resume(source, options, account)?;
        if !self.apply {
            nothing_done(context);
            return print(&restore, None, context).map(|()| Exit::Done);
        }
        let work = async |target: &RestoreContext<'_>| restore.resume(target).await;
        let restored = session::run(account, &config, context, work)?
            .map_err(|failure| explain(failure, "no draft was made", Some(&restore.plan), &restore.source))?;
        print(&restore, Some(&restored), context)?;
        Ok(warn_of_differences(&restored, &restore.plan.target, context))
    }

    fn not_applied(&self, restore: &NewDraftRestore, context: &CommandContext) {
        match restore.check(self.again) {
            Err(RestoreError::Stopped(_)) => context.ui.status(WOULD_BE_REFUSED),
            Err(_) => context.ui.status("Nothing was done. To make another draft, type the same with --again --apply"),
            Ok(()) => nothing_done(context),
        }
    }
}

/// Said below a plan that cannot be carried out as it is.
pub(super) const WOULD_BE_REFUSED: &str = "Nothing was done; the platform would refuse what the plan says stop to.";

/// Warns if the draft could not be read back, or differs from what the plan said.
pub(super) fn warn_of_differences(restored: &RestoreResult, target: &AccountName, context: &CommandContext) -> Exit {
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

/// Prints what was done; for programs, also that nothing was.
fn print(
    restore: &NewDraftRestore,
    restored: Option<&RestoreResult>,
    context: &CommandContext,
) -> Result<(), CommandError> {
    match restored {
        _ if context.ui.json => context.ui.document(&json::restored_as_new(restore, restored)),
        Some(restored) => context.ui.text(&restored_in_words(restored, &restore.plan)),
        None => Ok(()),
    }
}
