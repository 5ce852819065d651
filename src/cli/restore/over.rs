//! `draftkeep restore --in-place`: a version over what its draft says now.

use serde_json::{Value, json};

use super::failed::{explained, stopped};
use super::new_draft::read_back;
use super::target::at;
use super::told::{over_in_words, plan_in_json, report_in_json, restored_in_json, restored_in_words};
use super::{Restore, document, nothing_done};
use crate::archive::{Reader, RestoreId};
use crate::cli::{Call, CommandError, Exit, lookup};
use crate::model::{Hash, Interface};
use crate::restore::{self, Choices, DraftPlan, Live, OverPlan, Restored, Source, Target};

/// What is to go over the draft.
pub(super) struct Over<'a> {
    pub(super) source: &'a Source,
    pub(super) choices: Choices,
    /// The restore that is taken back by it.
    pub(super) undoes: Option<RestoreId>,
    /// What the draft must say, where that is known from elsewhere than a plan.
    pub(super) expected: Option<Hash>,
}

impl Restore {
    pub(super) fn over(&self, over: &Over<'_>, reader: &Reader, call: &Call) -> Result<Exit, CommandError> {
        if self.apply { over.apply(reader, call) } else { over.plan(reader, call) }
    }
}

impl Over<'_> {
    /// Reads what the draft says, keeps it, and shows what would become of it.
    fn plan(&self, reader: &Reader, call: &Call) -> Result<Exit, CommandError> {
        let config = call.configuration()?;
        let account = lookup::configured(&config, &self.source.draft.account)?;
        let source = self.source;
        let look = async |target: &Target<'_>| {
            let live = restore::look(source, target).await?;
            restore::show_plan(source, &live, target).await?;
            Ok(live)
        };
        let draft = DraftPlan::new(source, &account.name, &self.choices)?;
        let live = at(account, &config, call, look)?
            .map_err(|failure| explained(failure, "nothing was written", &draft, source))?;
        let mut plan = OverPlan::new(source, &live, &self.choices)?;
        let of_account = restore::preflight(reader, account, Interface::DraftUpdate, call.clock.now())?;
        plan.plan.findings.extend(of_account);
        if call.ui.json {
            return self.tell_plan(&plan, &live, call).map(|()| Exit::Done);
        }
        call.ui.text(&over_in_words(source, &plan, &live))?;
        nothing_done(call);
        Ok(Exit::Done)
    }

    fn tell_plan(&self, plan: &OverPlan, live: &Live, call: &Call) -> Result<(), CommandError> {
        let mut told = self.plan_document(&plan.plan);
        told["live"] = json!({"version": live.version.number, "hash": live.version.hash});
        told["differing"] = json!(plan.differing);
        call.ui.document(&document(&told, false, &Value::Null, &Value::Null))
    }

    fn plan_document(&self, plan: &DraftPlan) -> Value {
        let mut told = plan_in_json(self.source, plan, &[]);
        told["kind"] = if self.undoes.is_some() { "undo".into() } else { "in place".into() };
        told
    }

    fn apply(&self, reader: &Reader, call: &Call) -> Result<Exit, CommandError> {
        let config = call.configuration()?;
        let (source, choices) = (self.source, &self.choices);
        let account = lookup::configured(&config, &source.draft.account)?;
        let plan = DraftPlan::new(source, &account.name, choices)?;
        if plan.is_stopped() {
            return Err(stopped(&plan));
        }
        // What is archived now is what the operator could see.
        let newest = reader.versions(source.draft.id)?.first().map(|newest| newest.hash);
        let (expected, undoes) = (self.expected, self.undoes);
        let work = async |target: &Target<'_>| {
            let version = source.version.clone();
            let planned = target.archive.run(move |writer| writer.take_plan(&version)).await?;
            let expected = planned.or(expected).or(newest).unwrap_or(source.version.hash);
            restore::in_place(source, choices, expected, undoes, target).await
        };
        let restored = at(account, &config, call, work)?
            .map_err(|failure| explained(failure, "nothing was written", &plan, source))?;
        self.tell(&plan, &restored, call)?;
        Ok(read_back(&restored, call))
    }

    /// Completes a restore in place that was cut off.
    pub(super) fn resume(&self, id: RestoreId, before: &[u8], call: &Call) -> Result<Exit, CommandError> {
        let config = call.configuration()?;
        let (source, choices) = (self.source, &self.choices);
        let account = lookup::configured(&config, &source.draft.account)?;
        let plan = DraftPlan::new(source, &account.name, choices)?;
        let work = async |target: &Target<'_>| restore::resume_in_place(id, before, source, choices, target).await;
        let restored = at(account, &config, call, work)?
            .map_err(|failure| explained(failure, "nothing was written", &plan, source))?;
        self.tell(&plan, &restored, call)?;
        Ok(read_back(&restored, call))
    }

    fn tell(&self, plan: &DraftPlan, restored: &Restored, call: &Call) -> Result<(), CommandError> {
        if !call.ui.json {
            return call.ui.text(&restored_in_words(restored, plan));
        }
        let report = restored.report.as_ref().map_or(Value::Null, report_in_json);
        let told = document(&self.plan_document(plan), true, &json!(restored.media_id), &report);
        call.ui.document(&restored_in_json(told, Some(restored)))
    }
}
