//! Endpoint blocks: which endpoints are not called for how long after the platform refused them.

use chrono::TimeDelta;

use super::run::PollRun;
use crate::archive::{self, EndpointBlock};
use crate::model::{Endpoint, Timestamp, rfc3339};
use crate::wechat::{Error, ErrorKind};

/// An endpoint that the account lacks, or an account that was punished: a person has to act, and may have by then.
const PERMISSION_BLOCK: TimeDelta = TimeDelta::days(1);

/// The platform refuses all calls for an hour or a day.
const ACCESS_BLOCK: TimeDelta = TimeDelta::hours(1);

/// Too many calls in a minute, even after waiting for one.
const RATE_BLOCK: TimeDelta = TimeDelta::minutes(5);

/// Blocks an endpoint, or all of them, after a failure that says so.
pub(super) fn block(run: &mut PollRun<'_>, error: &Error) {
    let now = run.now;
    let (Some(code), Some(block)) = (error.code, blocked_by(error, now)) else { return };
    let (endpoint, until) = block;
    run.blocks.retain(|block| block.endpoint != endpoint);
    run.blocks.push(EndpointBlock { endpoint, until, code, message: error.to_string() });
    run.blocks_dirty = true;
}

/// Returns what a failure blocks, and until when.
fn blocked_by(error: &Error, now: Timestamp) -> Option<(Option<Endpoint>, Timestamp)> {
    match error.kind {
        ErrorKind::Permission => error.endpoint.map(|endpoint| (Some(endpoint), now + PERMISSION_BLOCK)),
        ErrorKind::RateLimited => error.endpoint.map(|endpoint| (Some(endpoint), now + RATE_BLOCK)),
        ErrorKind::Suspended => Some((None, now + PERMISSION_BLOCK)),
        ErrorKind::TemporarilyBlocked => Some((None, now + ACCESS_BLOCK)),
        _ => None,
    }
}

/// Returns the refusal that a call to an endpoint would meet while it is closed.
pub(super) fn refusal(block: &EndpointBlock, endpoint: Endpoint) -> Error {
    let until = rfc3339(block.until);
    Error {
        endpoint: Some(endpoint),
        kind: ErrorKind::of(endpoint, block.code),
        code: Some(block.code),
        message: format!("not called before {until}; draftkeep poll --all calls it all the same"),
        rid: None,
    }
}

/// Ends the block of an endpoint that has answered.
pub(super) fn unblock(run: &mut PollRun<'_>, endpoint: Endpoint) {
    let is_open = |block: &mut EndpointBlock| block.endpoint.is_none_or(|closed| closed == endpoint);
    let opened: Vec<_> = run.blocks.extract_if(.., is_open).map(|block| block.endpoint).collect();
    run.blocks_dirty |= !opened.is_empty();
    run.unblocked.extend(opened);
}

/// Saves the blocks that began and ended since the poll began.
pub(super) async fn save(run: &mut PollRun<'_>) -> Result<(), archive::Error> {
    if !std::mem::take(&mut run.blocks_dirty) {
        return Ok(());
    }
    let (account, now, closed) = (run.account, run.now, run.blocks.clone());
    let unblocked = std::mem::take(&mut run.unblocked);
    run.archive
        .run(move |writer| {
            for endpoint in unblocked {
                writer.unblock_endpoint(account, endpoint)?;
            }
            closed.iter().try_for_each(|block| writer.block_endpoint(account, block, now).map(drop))
        })
        .await
}
