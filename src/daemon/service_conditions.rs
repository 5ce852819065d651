//! The conditions of the service that hold now. An archive that cannot be written cannot say so; whoever sends messages reads this instead.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::outcome::{StepOutcome, WorkerError};
use crate::archive;
use crate::model::{
    AccountName, ActiveCondition, Condition, ConditionDetails, ConditionKey, ConditionReport, FailureKind, Timestamp,
};

/// The conditions of the service. All clones are the same.
#[derive(Clone, Debug, Default)]
pub struct ServiceConditions(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    /// The accounts whose last poll could not use the archive.
    broken: BTreeSet<AccountName>,
    trouble: Option<Trouble>,
    /// Trouble that was over before the archive could take its begin.
    unwritten: Option<ActiveCondition>,
    disk: Option<ActiveCondition>,
    mirror: MirrorState,
}

/// How the mirror stands.
#[derive(Debug, Default)]
enum MirrorState {
    /// It was not looked at yet: what was wrong with it goes on.
    #[default]
    Unknown,
    /// It is up to date, or there is none.
    Good,
    Failing(ActiveCondition),
}

#[derive(Debug)]
struct Trouble {
    condition: ActiveCondition,
    is_written: bool,
}

impl ServiceConditions {
    /// Returns the conditions of the service that hold now.
    pub fn active(&self) -> Vec<ActiveCondition> {
        let state = self.state();
        state.trouble.iter().map(|trouble| &trouble.condition).chain(&state.disk).cloned().collect()
    }

    /// Records the outcome of a step; returns whether trouble with the archive began or ended.
    pub(super) fn on_step(&self, outcome: &StepOutcome) -> bool {
        match &outcome.result {
            // A mistake of the configuration; the archive is well.
            Err(WorkerError::Archive(archive::Error::OtherAppid { .. })) => false,
            Err(WorkerError::Archive(error)) => self.on_broken(&outcome.account, error.to_string(), outcome.ended_at),
            Err(_) => false,
            Ok(_) => self.forget(&outcome.account),
        }
    }

    fn on_broken(&self, account: &AccountName, reason: String, at: Timestamp) -> bool {
        let mut state = self.state();
        state.broken.insert(account.clone());
        if state.trouble.is_some() {
            return false;
        }
        let (failure, reason) = (Some(FailureKind::Broken), Some(reason));
        let details = ConditionDetails { failure, reason, ..ConditionDetails::default() };
        let condition = ActiveCondition { condition: Condition::ArchiveTrouble, since: at, details };
        state.trouble = Some(Trouble { condition, is_written: false });
        true
    }

    /// The account's polls use the archive again, or it is not polled any more. Returns whether the trouble is over.
    pub(super) fn forget(&self, account: &AccountName) -> bool {
        let mut state = self.state();
        state.broken.remove(account);
        if !state.broken.is_empty() {
            return false;
        }
        let ended = state.trouble.take();
        let has_ended = ended.is_some();
        if let Some(Trouble { condition, is_written: false }) = ended {
            state.unwritten.get_or_insert(condition);
        }
        has_ended
    }

    /// The mirror is up to date or, with a reason, is not. Returns whether that is a change.
    pub(super) fn on_mirror(&self, failure: Option<String>, now: Timestamp) -> bool {
        let mut state = self.state();
        let is_change = match (&state.mirror, &failure) {
            (MirrorState::Unknown, _) => true,
            (MirrorState::Good, failure) => failure.is_some(),
            (MirrorState::Failing(_), failure) => failure.is_none(),
        };
        if is_change {
            state.mirror = match failure {
                None => MirrorState::Good,
                reason => {
                    let details = ConditionDetails { reason, ..ConditionDetails::default() };
                    MirrorState::Failing(ActiveCondition { condition: Condition::MirrorFailed, since: now, details })
                }
            };
        }
        is_change
    }

    /// Returns what the archive must be told, in this order: what is over and was not written yet, then what holds now.
    pub(super) fn reports(&self) -> Vec<ConditionReport> {
        let state = self.state();
        let mirror = match &state.mirror {
            MirrorState::Failing(condition) => Some(condition),
            MirrorState::Unknown | MirrorState::Good => None,
        };
        let unknown: Vec<ConditionKey> = match state.mirror {
            MirrorState::Unknown => vec![Condition::MirrorFailed.into()],
            MirrorState::Good | MirrorState::Failing(_) => Vec::new(),
        };
        let trouble = state.trouble.iter().map(|trouble| &trouble.condition);
        let now: Vec<ActiveCondition> = trouble.chain(mirror).cloned().collect();
        // The end of the earlier trouble is written as well, before another one begins.
        let earlier = state.unwritten.iter().flat_map(|over| [vec![over.clone()], Vec::new()]);
        let earlier = earlier.map(|active: Vec<ActiveCondition>| (active, vec![Condition::MirrorFailed.into()]));
        earlier.chain([(now, unknown)]).map(|(active, unknown)| ConditionReport { active, unknown }).collect()
    }

    /// The archive has taken these reports, and this is how its disk stands.
    pub(super) fn on_written(&self, reports: &[ConditionReport], last: &ConditionReport) {
        let mut state = self.state();
        let was_told = |condition: &ActiveCondition| reports.iter().any(|report| report.active.contains(condition));
        if let Some(trouble) = state.trouble.as_mut().filter(|trouble| was_told(&trouble.condition)) {
            trouble.is_written = true;
        }
        state.unwritten.take_if(|over| was_told(over));
        let is_disk = |active: &&ActiveCondition| active.condition == Condition::DiskNearlyFull;
        match last.active.iter().find(is_disk) {
            Some(full) => drop(state.disk.get_or_insert_with(|| full.clone())),
            None if last.unknown.contains(&Condition::DiskNearlyFull.into()) => {}
            None => state.disk = None,
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(minute: i64) -> Timestamp {
        "2026-09-01T02:00:00Z".parse::<Timestamp>().unwrap() + chrono::TimeDelta::minutes(minute)
    }

    fn since(reports: &[ConditionReport]) -> Vec<Option<Timestamp>> {
        reports.iter().map(|report| report.active.first().map(|active| active.since)).collect()
    }

    #[test]
    fn trouble_is_told_once_it_can_be_written_even_where_it_is_over_by_then() {
        let (service, mag, shop) = (ServiceConditions::default(), "mag".parse().unwrap(), "shop".parse().unwrap());
        assert!(service.on_broken(&mag, "the disk is full".to_owned(), at(1)));
        assert!(!service.on_broken(&shop, "the disk is full".to_owned(), at(2)));
        assert_eq!(service.active().len(), 1);
        assert!(!service.forget(&mag) && service.forget(&shop));
        assert_eq!(service.active(), []);
        assert_eq!(since(&service.reports()), [Some(at(1)), None, None]);

        assert!(service.on_broken(&mag, "the disk is full".to_owned(), at(5)));
        let reports = service.reports();
        assert_eq!(since(&reports), [Some(at(1)), None, Some(at(5))]);
        service.on_written(&reports, &reports[2]);
        assert_eq!(since(&service.reports()), [Some(at(5))]);
        assert!(service.forget(&mag));
        assert_eq!(since(&service.reports()), [None], "its begin was written");
    }
}
