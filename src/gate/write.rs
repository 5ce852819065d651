//! A write, from what a program asks for to what it is told.

use super::error::GateError;
use super::request::{Caller, GateRequest};
use super::session::{GateContext, GateSession, Written};
use super::{create, delete, restore, settle, update};
use crate::archive::WriteId;
use crate::restore::{AskedBy, InPlacePlan, InPlaceRestore, RestoreContext, Source};

/// Carries out what a program asks for, or holds it where somebody must say yes first.
///
/// # Errors
///
/// If nothing or not everything was written, or this is not known; see [`GateError`].
pub async fn write(request: &GateRequest, caller: &Caller, context: &GateContext<'_>) -> Result<Written, GateError> {
    let session = GateSession::open(request, caller, context, None).await?;
    session.check_limits().await?;
    carry_out(&session).await
}

/// Plans a restore for a program: the draft is read, and nothing is written.
///
/// # Errors
///
/// If the account does not allow restores, no call is left, or the draft cannot be read.
pub async fn plan(
    restore: &InPlaceRestore,
    caller: &Caller,
    context: &GateContext<'_>,
) -> Result<InPlacePlan, GateError> {
    let Source { draft, version, .. } = &restore.source;
    let request = GateRequest::Restore { draft: draft.id, version: version.number, plan: 0 };
    let session = GateSession::open(&request, caller, context, None).await?;
    session.check_limits().await?;
    let asked_by = AskedBy::Program { origin: &caller.origin, write: None };
    Ok(restore.plan(&RestoreContext { asked_by, ..context.restore }).await?)
}

/// Carries out a write that was held, now that somebody has said yes.
pub(super) async fn write_approved(
    (id, by): (WriteId, &str),
    request: &GateRequest,
    caller: &Caller,
    context: &GateContext<'_>,
) -> Result<Written, GateError> {
    let session = GateSession::open(request, caller, context, Some((id, by.to_owned()))).await?;
    session.refuse_if_blocked().await?;
    carry_out(&session).await
}

async fn carry_out(session: &GateSession<'_>) -> Result<Written, GateError> {
    settle::others(session).await?;
    match session.request {
        GateRequest::Create { articles } => create::create(articles, session).await,
        GateRequest::Update { media_id, expected, change } => {
            update::update(media_id, *expected, change, session).await
        }
        GateRequest::Delete { media_id, expected } => delete::delete(media_id, *expected, session).await,
        GateRequest::Restore { draft, version, plan } => restore::restore((*draft, *version), *plan, session).await,
    }
}
