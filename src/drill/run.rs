//! A drill itself, from the new draft to its deletion, and the record of how it went.

use crate::archive::{self, ProofKey, ProofKind, ProofRecord, Reader};
use crate::config::Account;
use crate::model::{Endpoint, Timestamp};
use crate::restore::{
    self, DrillDraft, Issue, NewDraftRestore, RestoreContext, RestoreError, RestoreResult, UndoResult,
};

/// What a drill calls.
const CALLED: [Endpoint; 3] = [Endpoint::DraftAdd, Endpoint::DraftGet, Endpoint::DraftDelete];

/// A version that is to come back as a new draft.
#[derive(Debug)]
pub struct Drill {
    pub restore: NewDraftRestore,
}

/// A drill that made a draft.
#[derive(Debug)]
pub struct DrillResult {
    pub restored: RestoreResult,
    /// The deletion of the draft; or why it is in the box still.
    pub deleted: Result<UndoResult, RestoreError>,
}

impl Drill {
    /// Returns an error if the platform is sure to refuse the version.
    ///
    /// # Errors
    ///
    /// [`RestoreError::Stopped`].
    pub fn check(&self) -> Result<(), RestoreError> {
        self.restore.check(true)
    }

    /// Creates the draft, reads it back, compares it, deletes it, and records how that went.
    ///
    /// # Errors
    ///
    /// If no draft was created, or this is not known; see [`RestoreError`].
    pub async fn run(&self, context: &RestoreContext<'_>) -> Result<DrillResult, RestoreError> {
        self.check()?;
        let began_at = context.clock.now();
        let outcome = self.restore_and_delete(began_at, context).await;
        let failure = match &outcome {
            Ok(result) => result.failure(),
            Err(error) => Some(error.to_string()),
        };
        record(failure, began_at, context).await?;
        outcome
    }

    async fn restore_and_delete(
        &self,
        began_at: Timestamp,
        context: &RestoreContext<'_>,
    ) -> Result<DrillResult, RestoreError> {
        let restored = self.restore.apply(true, context).await?;
        let RestoreResult { id, ref media_id, kept, .. } = restored;
        let made = DrillDraft { id, media_id: media_id.clone(), kept, began_at, ended_at: context.clock.now() };
        let deleted = restore::take_away(&made, &self.restore, context).await;
        Ok(DrillResult { restored, deleted })
    }
}

impl DrillResult {
    /// Says what is wrong, if something is.
    pub fn failure(&self) -> Option<String> {
        let compared = match &self.restored.report {
            Ok(report) => report.unexpected().next().map(|article| {
                let fields: Vec<_> = article.unexpected().map(|field| field.field.as_str()).collect();
                format!("article {} came back with another {}", article.position + 1, fields.join(", "))
            }),
            Err(reason) => Some(format!("the new draft could not be read back: {reason}")),
        };
        let kept = self.deleted.as_ref().err().map(|error| format!("the new draft was not deleted: {error}"));
        let reasons: Vec<_> = compared.into_iter().chain(kept).collect();
        (!reasons.is_empty()).then(|| reasons.join("; "))
    }
}

/// Returns what keeps an account from a drill at present: interfaces that the platform has closed, and calls that are used up.
///
/// # Errors
///
/// If the archive cannot be read.
pub fn obstacles(reader: &Reader, target: &Account, now: Timestamp) -> Result<Vec<Issue>, archive::Error> {
    let mut issues = Vec::new();
    for endpoint in CALLED {
        let of_endpoint = restore::preflight(reader, target, endpoint, now)?;
        // An account that is blocked as a whole is so for each endpoint.
        issues.extend(of_endpoint.into_iter().filter(|issue| !issues.contains(issue)).collect::<Vec<_>>());
    }
    Ok(issues)
}

async fn record(
    failure: Option<String>,
    began_at: Timestamp,
    context: &RestoreContext<'_>,
) -> Result<(), RestoreError> {
    let key = ProofKey { kind: ProofKind::Drill, appid: context.account.appid.clone() };
    let record = match failure {
        None => ProofRecord::good(key, began_at, 1),
        Some(reason) => {
            let reason = format!("{}: {reason}", context.account.name);
            ProofRecord::failed(key, began_at, 1, reason, false)
        }
    };
    Ok(context.archive.run(move |writer| writer.record_proof(&record)).await?)
}
