//! Which missing drafts are logged. Pure.
//!
//! Every poll reports a missing draft again until its absence is confirmed; it is logged once.

use std::collections::HashSet;

use crate::archive::MissingDraft;
use crate::model::{DraftState, MediaId};
use crate::poll::Report;

/// The drafts of one account that were logged as missing and not seen since.
#[derive(Debug, Default)]
pub(super) struct ReportedMissing(HashSet<MediaId>);

impl ReportedMissing {
    /// Records a poll, and returns the absences to log.
    pub(super) fn update<'a>(&mut self, report: &'a Report) -> Vec<&'a MissingDraft> {
        // A poll with failures may not have looked for the draft.
        if report.failures.is_empty() {
            self.0.retain(|reported| report.absences.iter().any(|absence| absence.media_id == *reported));
        }
        report.absences.iter().filter(|absence| self.record(absence)).collect()
    }

    /// Records an absence; returns whether it is new.
    fn record(&mut self, absence: &MissingDraft) -> bool {
        match absence.state {
            DraftState::Missing => self.0.insert(absence.media_id.clone()),
            // Confirmed: no later poll reports it.
            _ => true,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::archive::Failure;
    use crate::model::{FailureKind, Strategy};

    #[test]
    fn an_absence_is_told_when_it_begins_and_when_it_is_confirmed() {
        use DraftState::{Gone, Missing};
        let mut reported = ReportedMissing::default();
        let polls = [
            (Some(Missing), false, true),
            (Some(Missing), false, false),
            (None, true, false),
            (Some(Missing), false, false),
            // It was back, and vanished again.
            (None, false, false),
            (Some(Missing), false, true),
            (Some(Gone), false, true),
        ];
        for (poll, (state, failed, told)) in polls.into_iter().enumerate() {
            let failure = Failure::new(None, FailureKind::Unreachable, "no answer".to_owned());
            let report = Report {
                account: "mag".parse().unwrap(),
                strategy: Strategy::Sweep,
                calls: 1,
                seen: 1,
                in_box: 0,
                new_versions: 0,
                missing: 1,
                absences: state
                    .map(|state| MissingDraft { media_id: MediaId::new("D1"), state, at: Default::default() })
                    .into_iter()
                    .collect(),
                held_back: 0,
                failures: failed.then_some(failure).into_iter().collect(),
                versions: Vec::new(),
                notes: Vec::new(),
                refused: false,
            };
            assert_eq!(!reported.update(&report).is_empty(), told, "poll {poll}");
        }
    }
}
