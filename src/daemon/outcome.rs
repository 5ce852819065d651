//! The outcome of one step of a poll.

use std::time::Duration;

use crate::archive::{self, Failure};
use crate::model::{AccountName, FailureKind, Timestamp};
use crate::monitoring::{PollResult, StepEvent};
use crate::poll::{DraftsProof, Report, call_failure};
use crate::wechat::{self, ResponseCount};

/// The outcome of one step of a poll.
#[derive(Debug)]
pub struct StepOutcome {
    pub account: AccountName,
    pub began_at: Timestamp,
    pub ended_at: Timestamp,
    /// Measured with the monotonic clock.
    pub took: Duration,
    /// The platform's answers since the last step, to this step and to picture downloads.
    pub answers: Vec<ResponseCount>,
    /// Whether the daemon was stopped before the step ended.
    pub cut_short: bool,
    /// The report, if the poll has ended; `None` if it goes on.
    pub result: Result<Option<Report>, WorkerError>,
    /// When the next step is due, with adaptive polling; or before a schedule says so.
    pub next: Option<Timestamp>,
    /// The drafts that were compared with the archive, where somebody requested it.
    pub proof: Option<DraftsProof>,
}

/// Why a step has no report: an error of this program or this machine.
#[derive(Debug, thiserror::Error)]
pub enum WorkerError {
    #[error(transparent)]
    Archive(#[from] archive::Error),
    /// The API client cannot be created, for example because CA certificates are missing. The next poll tries again.
    #[error(transparent)]
    Client(#[from] wechat::Error),
    /// A bug; later polls go on.
    #[error("the poll panicked: {0}. Please report it")]
    Panic(String),
}

impl WorkerError {
    /// Returns how the poll's row and the log record it.
    pub(super) fn failure(&self) -> Failure {
        match self {
            Self::Client(error) => call_failure(None, error),
            Self::Archive(_) | Self::Panic(_) => Failure::new(None, FailureKind::Broken, self.to_string()),
        }
    }
}

impl StepOutcome {
    /// The result for the metrics; `None` if the poll goes on or was stopped.
    fn metrics_result(&self) -> Option<PollResult> {
        match &self.result {
            _ if self.cut_short => None,
            Ok(None) => None,
            Ok(Some(report)) if report.failures.is_empty() => Some(PollResult::Ok),
            Ok(Some(report)) if !report.came_to_nothing() => Some(PollResult::Partial),
            Ok(Some(_)) | Err(_) => Some(PollResult::Failed),
        }
    }

    /// The event for the metrics.
    pub(super) fn metrics_event(&self) -> StepEvent<'_> {
        StepEvent { account: &self.account, took: self.took, answers: &self.answers, result: self.metrics_result() }
    }

    /// Returns whether the poll that has ended recorded versions.
    pub(super) fn has_new_versions(&self) -> bool {
        matches!(&self.result, Ok(Some(report)) if report.new_versions > 0)
    }

    /// Returns whether the poll that has ended recorded versions, or found that drafts had left the box.
    pub(super) fn has_changed_drafts(&self) -> bool {
        matches!(&self.result, Ok(Some(report)) if report.new_versions > 0 || !report.absences.is_empty())
    }

    /// All failures, of the platform and of this machine.
    pub(super) fn failures(&self) -> Vec<Failure> {
        match &self.result {
            Ok(report) => report.iter().flat_map(|report| report.failures.clone()).collect(),
            Err(error) => vec![error.failure()],
        }
    }
}
