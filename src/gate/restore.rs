//! A program restores a version over its draft, by a plan that it was shown.

use super::error::GateError;
use super::session::{GateSession, Written};
use crate::archive::{Filter, GateEnd, GateState, PlanId, Reader};
use crate::lookup;
use crate::model::MediaId;
use crate::restore::{AskedBy, InPlaceRestore, RestoreContext, RestoreError, RestoreOptions, RestoreResult, Source};

pub(super) async fn restore(
    (draft, version): (i64, u64),
    plan: i64,
    session: &GateSession<'_>,
) -> Result<Written, GateError> {
    let restore = match prepare((draft, version), session) {
        Ok(restore) => restore,
        Err(error) => return Err(session.refuse(None, error).await),
    };
    let id = session.begin(None).await?;
    let asked_by = AskedBy::Program { origin: &session.caller.origin, write: Some(id) };
    let context = RestoreContext { asked_by, ..session.context.restore };
    match restore.apply(Some(PlanId(plan)), &context).await {
        Ok(RestoreResult { media_id, kept, report, .. }) => {
            let end = GateEnd { media_id: Some(media_id.clone()), ..GateEnd::of(GateState::Done) };
            let ended = session.end(id, end, None).await;
            ended.map_err(|source| GateError::NotRecorded { media_id: media_id.clone(), source })?;
            let hash = hash_of(kept, session)?;
            Ok(Written { id: Some(id), media_id, kept, hash, report })
        }
        Err(error) => {
            session.end_in(id, state_after(&error), &error).await;
            Err(match error {
                RestoreError::Partly { written, of, error, .. } => GateError::Partly { id, written, of, error },
                error => error.into(),
            })
        }
    }
}

/// Returns how far a restore came that ended with an error.
fn state_after(error: &RestoreError) -> GateState {
    match error {
        RestoreError::Partly { .. } => GateState::Partly,
        RestoreError::NotWritten { .. } => GateState::Done,
        RestoreError::Unknown { .. } | RestoreError::Archive(_) => GateState::Unknown,
        RestoreError::Changed { .. }
        | RestoreError::Plan(_)
        | RestoreError::Stopped(_)
        | RestoreError::OtherShape(_) => GateState::Refused,
        _ => GateState::Failed,
    }
}

/// Reads the version. Calls nothing.
fn prepare((draft, version): (i64, u64), session: &GateSession<'_>) -> Result<InPlaceRestore, GateError> {
    let reader = Reader::open(session.context.path)?;
    let account = session.context.restore.account;
    let filter = Filter { id: Some(draft), account: Some(account.name.to_string()), ..Filter::default() };
    let no_draft = || GateError::NotThere(MediaId::new(format!("#{draft}")));
    let draft = reader.drafts(&filter)?.pop().ok_or_else(no_draft)?;
    let version = lookup::read_version(&reader, &draft, version).map_err(|error| GateError::Bad(error.to_string()))?;
    let (source, now) = (Source::read(&reader, draft, version)?, session.context.restore.clock.now());
    Ok(InPlaceRestore::new(source, RestoreOptions::default(), account, &reader, now)?)
}

fn hash_of(kept: Option<(i64, u64)>, session: &GateSession<'_>) -> Result<Option<crate::model::Hash>, GateError> {
    let Some((draft, version)) = kept else { return Ok(None) };
    Ok(Some(Reader::open(session.context.path)?.version(draft, version)?.hash))
}
