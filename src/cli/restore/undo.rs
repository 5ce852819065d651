//! `draftkeep undo`: what a program wrote through the gate, or a restore, taken back by its number.

use serde_json::{Value, json};

use super::errors::explain;
use super::history::RestoreRef;
use super::in_place::InPlaceCommand;
use super::new_draft::warn_of_differences;
use super::output::{plan_in_words, restored_in_words};
use super::{Restore, nothing_done, session};
use crate::archive::{GateRecord, GateState};
use crate::cli::accounts;
use crate::cli::caller;
use crate::cli::context::{ArchivePath, CommandContext};
use crate::cli::error::{CommandError, Exit};
use crate::config::Config;
use crate::gate::{self, Caller, GateContext, GateError, GateRequest, Undo, UndoError};
use crate::json;
use crate::lookup::LookupError;
use crate::model::MediaId;
use crate::restore::{NewDraftRestore, RestoreContext};

/// Take back what a program wrote, or a restore, by its number
///
/// Of an update, what the draft said before goes over it again; a new draft is deleted; a deleted one comes back as a new draft. A draft
/// that somebody changed since is left alone. Prints a plan, and changes nothing without --apply.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  draftkeep undo 12                   what would be done?
  draftkeep undo 12 --apply
  draftkeep gate list                 which writes there were")]
pub(in crate::cli) struct UndoCommand {
    /// The number of the write or the restore (12 or mag/12)
    #[arg(value_name = "ID")]
    id: RestoreRef,
    /// Go over what the draft said in this plan
    #[arg(long, value_name = "NUMBER", requires = "apply")]
    plan: Option<i64>,
    /// Do it
    #[arg(long)]
    apply: bool,
}

impl UndoCommand {
    pub(in crate::cli) fn run(self, context: &CommandContext) -> Result<Exit, CommandError> {
        context.rename_accounts(&Config::load_without_secrets(&context.config)?)?;
        let config = context.configuration()?;
        let reader = context.reader_at(&config.archive)?;
        match Undo::of(self.id.id, &config.accounts, &reader, context.clock.now())? {
            Undo::Restore(record) => {
                let named = RestoreRef { account: self.id.account.clone(), id: record.id.0 };
                self.as_restore().undo(&named, &reader, context)
            }
            Undo::PutBack(record, restore) => {
                self.check(&record)?;
                let account = accounts::find_account(&config, &record.account)?;
                self.as_restore().over(&InPlaceCommand { restore: *restore, account, config: &config }, context)
            }
            Undo::Delete(record, request) => {
                self.check_no_plan(&record)?;
                self.delete(&record, &request, &config, context)
            }
            Undo::NewDraft(record, restore) => {
                self.check_no_plan(&record)?;
                self.bring_back(&record, &restore, &config, context)
            }
        }
    }

    /// Returns the command that does the same with restores.
    fn as_restore(&self) -> Restore {
        Restore {
            version: None,
            to: None,
            as_new: false,
            in_place: false,
            undo: None,
            resume: None,
            account: None,
            cover: Vec::new(),
            without: Vec::new(),
            again: true,
            plan: self.plan,
            apply: self.apply,
            archive: ArchivePath::default(),
        }
    }

    /// Refuses a plan where none can be shown.
    fn check_no_plan(&self, record: &GateRecord) -> Result<(), CommandError> {
        if self.plan.is_none() {
            return Ok(());
        }
        let (id, account) = (record.id, &record.account);
        Err(CommandError::new(Exit::NotFound, format!("there is no plan to take write {id} back"))
            .hint(format!("See what would be done: draftkeep undo {account}/{id}")))
    }

    /// Refuses a write of another account than the one that was named.
    fn check(&self, record: &GateRecord) -> Result<(), CommandError> {
        match &self.id.account {
            Some(account) if account.as_str() != record.account => {
                let message = format!("write {} is one of {}, not of {account}", record.id, record.account);
                Err(CommandError::new(Exit::NotFound, message))
            }
            _ => Ok(()),
        }
    }

    /// Deletes the draft that a write made.
    fn delete(
        &self,
        record: &GateRecord,
        request: &GateRequest,
        config: &Config,
        context: &CommandContext,
    ) -> Result<Exit, CommandError> {
        self.check(record)?;
        let media_id = request.media_id().map(ToString::to_string).unwrap_or_default();
        let document = |applied: bool, by: Option<i64>| json!({"plan": {"kind": "undo", "undoes": record.id.0, "account": record.account, "deletes": media_id}, "applied": applied, "media_id": applied.then_some(&media_id), "report": null, "write": by});
        if !context.ui.json {
            let (id, account) = (record.id, &record.account);
            context.ui.text(&format!("Plan: the draft {media_id} of {account}, which write {id} made, is deleted from the draft box; the archive keeps what it says\n"))?;
        }
        if !self.apply {
            nothing_done(context);
            return print(&document(false, None), context);
        }
        let account = accounts::find_account(config, &record.account)?;
        let caller = Caller::operator(caller::user_name());
        let work = async |target: &RestoreContext<'_>| {
            let context = GateContext { restore: RestoreContext { ..*target }, path: &config.archive };
            Ok(gate::write(request, &caller, &context).await)
        };
        let deleted = session::run(account, config, context, work)?;
        let deleted = deleted.map_err(GateError::from).and_then(|deleted| deleted)?;
        context.ui.status(&format!("Deleted: {media_id} of {}", record.account));
        print(&document(true, deleted.id.map(|id| id.0)), context)
    }

    /// Brings a deleted draft back as a new one.
    fn bring_back(
        &self,
        record: &GateRecord,
        restore: &NewDraftRestore,
        config: &Config,
        context: &CommandContext,
    ) -> Result<Exit, CommandError> {
        self.check(record)?;
        if !context.ui.json {
            context.ui.text(&plan_in_words(restore))?;
        }
        if !self.apply {
            nothing_done(context);
            return print(&json::restored_as_new(restore, None), context);
        }
        let account = accounts::find_account(config, &record.account)?;
        let explained = |failure| explain(failure, "no draft was made", Some(&restore.plan), &restore.source);
        let media_id = MediaId::new(restore.source.draft.media_id.as_str());
        let may_be_there = record.state != GateState::Done;
        let work = async |target: &RestoreContext<'_>| {
            if may_be_there && gate::is_there(&media_id, target).await? {
                return Ok(None);
            }
            restore.apply(true, target).await.map(Some)
        };
        let Some(restored) = session::run(account, config, context, work)?.map_err(explained)? else {
            let message = format!("write {} deleted nothing: the draft {media_id} is in the draft box", record.id);
            return Err(CommandError::new(Exit::Failed, message));
        };
        match context.ui.json {
            true => context.ui.document(&json::restored_as_new(restore, Some(&restored)))?,
            false => context.ui.text(&restored_in_words(&restored, &restore.plan))?,
        }
        Ok(warn_of_differences(&restored, &restore.plan.target, context))
    }
}

fn print(document: &Value, context: &CommandContext) -> Result<Exit, CommandError> {
    if context.ui.json {
        context.ui.document(document)?;
    }
    Ok(Exit::Done)
}

impl From<UndoError> for CommandError {
    fn from(error: UndoError) -> Self {
        match error {
            UndoError::NoSuchWrite(_) => {
                Self::of(Exit::NotFound, &error).hint("See which writes there were: draftkeep gate list")
            }
            UndoError::NotKept(_) => Self::of(Exit::NotFound, &error),
            UndoError::NoAccount(_) => Self::of(Exit::Usage, &error),
            UndoError::Plan(error) => error.into(),
            UndoError::Lookup(LookupError::Archive(error)) => error.into(),
            UndoError::Lookup(error) => error.into(),
            UndoError::NothingWritten { .. } | UndoError::TakenBack { .. } => Self::of(Exit::Failed, &error),
            UndoError::NeverReadBack(id) => Self::of(Exit::Failed, &UndoError::NeverReadBack(id))
                .hint("Find it with draftkeep list after a poll, and delete it at mp.weixin.qq.com"),
        }
    }
}

impl From<GateError> for CommandError {
    fn from(error: GateError) -> Self {
        let exit = match &error {
            GateError::NotAllowed { .. } | GateError::Bad(_) => Exit::Usage,
            GateError::NotThere(_) => Exit::NotFound,
            GateError::Blocked(_) | GateError::Failed { .. } => Exit::Refused,
            GateError::Partly { .. } | GateError::NotRecorded { .. } => Exit::Partly,
            _ => Exit::Failed,
        };
        let hint = error.hint();
        match error {
            GateError::Archive(error) => error.into(),
            GateError::Restore(error) => (*error).into(),
            error => Self::of(exit, &error).hint(hint),
        }
    }
}
