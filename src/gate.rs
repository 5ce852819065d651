//! The gate: programs write drafts, and nothing is lost.
//!
//! The platform has no compare-and-set, no history and no undo. Here every write has them: the draft is read as it is now and kept as a
//! version; where it is not what the program expects, nothing is written; the write is recorded before the platform is called; the
//! result is read back, compared and kept. Its number takes it back ([`Undo::of`]).
//!
//! Writes of an archive are made one after the other: they hold its restore lock. Somebody in the platform's own editor asks nobody, so between
//! the reading and the write lies the time of one call in which a save would be overwritten unseen. The platform offers nothing that closes it.

mod approval;
mod change;
mod create;
mod delete;
mod error;
mod request;
mod restore;
mod session;
mod settle;
mod undo;
mod update;

pub use self::approval::{HOLD, approve, deny, lapse};
pub use self::change::{Change, Patch};
pub use self::error::GateError;
pub use self::request::{Caller, GateRequest, Rights};
pub use self::session::{GateContext, Written};
pub use self::undo::{Undo, UndoError};

use self::session::GateSession;
use crate::archive::WriteId;

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

/// Carries out a write that was held, now that somebody has said yes.
async fn write_approved(
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
    match session.request {
        GateRequest::Create { articles } => create::create(articles, session).await,
        GateRequest::Update { media_id, expected, change } => {
            update::update(media_id, *expected, change, session).await
        }
        GateRequest::Delete { media_id, expected } => delete::delete(media_id, *expected, session).await,
        GateRequest::Restore { draft, version, plan } => restore::restore((*draft, *version), *plan, session).await,
    }
}
