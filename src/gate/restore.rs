//! A program restores a version over its draft, by a plan that it was shown.

use super::error::GateError;
use super::session::{GateSession, Written};
use crate::archive::{Filter, GateEnd, GateState, PlanId, Reader};
use crate::lookup;
use crate::model::MediaId;
use crate::restore::{AskedBy, InPlaceRestore, RestoreContext, RestoreOptions, RestoreResult, Source};

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
    let context = RestoreContext { asked_by: AskedBy::Program(&session.caller.origin), ..session.context.restore };
    match restore.apply(Some(PlanId(plan)), &context).await {
        Ok(RestoreResult { id: restore, media_id, kept, report, .. }) => {
            let end =
                GateEnd { media_id: Some(media_id.clone()), restore: Some(restore), ..GateEnd::of(GateState::Done) };
            session.end(id, end, None).await?;
            let hash = hash_of(kept, session)?;
            Ok(Written { id: Some(id), media_id, kept, hash, report })
        }
        Err(error) => {
            session.end_in(id, GateState::Failed, &error).await;
            Err(error.into())
        }
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
