//! What the platform has closed for the account, and for how long it is left alone.

use chrono::TimeDelta;

use super::round::Round;
use crate::archive::{self, EndpointBlock};
use crate::model::{Endpoint, Timestamp, rfc3339};
use crate::wechat::{Error, ErrorKind};

/// An endpoint that the account lacks, or an account that was punished: a person has to act, and may have by then.
const A_DAY: TimeDelta = TimeDelta::days(1);

/// The platform has closed the door for an hour or a day.
const AN_HOUR: TimeDelta = TimeDelta::hours(1);

/// Too many calls in a minute, even after waiting for one.
const A_WHILE: TimeDelta = TimeDelta::minutes(5);

/// Takes note of a failure that closes an endpoint, or all of them.
pub(super) fn note(round: &mut Round<'_>, error: &Error) {
    let now = round.now;
    let (Some(code), Some(closing)) = (error.code, closed_by(error, now)) else { return };
    let (endpoint, until) = closing;
    round.closed.retain(|closing| closing.endpoint != endpoint);
    round.closed.push(EndpointBlock { endpoint, until, code, message: error.to_string() });
    round.has_closings = true;
}

/// Returns what a failure closes, and until when.
fn closed_by(error: &Error, now: Timestamp) -> Option<(Option<Endpoint>, Timestamp)> {
    match error.kind {
        ErrorKind::Permission => error.endpoint.map(|endpoint| (Some(endpoint), now + A_DAY)),
        ErrorKind::RateLimited => error.endpoint.map(|endpoint| (Some(endpoint), now + A_WHILE)),
        ErrorKind::Suspended => Some((None, now + A_DAY)),
        ErrorKind::TemporarilyBlocked => Some((None, now + AN_HOUR)),
        _ => None,
    }
}

/// Returns the refusal that a call to an endpoint would meet while it is closed.
pub(super) fn refusal(closing: &EndpointBlock, endpoint: Endpoint) -> Error {
    let until = rfc3339(closing.until);
    Error {
        endpoint: Some(endpoint),
        kind: ErrorKind::of(endpoint, closing.code),
        code: Some(closing.code),
        message: format!("not called before {until}; draftkeep poll --all calls it all the same"),
        rid: None,
    }
}

/// Forgets that an endpoint was closed, for it has answered.
pub(super) fn forget(round: &mut Round<'_>, endpoint: Endpoint) {
    let is_open = |closing: &mut EndpointBlock| closing.endpoint.is_none_or(|closed| closed == endpoint);
    let opened: Vec<_> = round.closed.extract_if(.., is_open).map(|closing| closing.endpoint).collect();
    round.has_closings |= !opened.is_empty();
    round.reopened.extend(opened);
}

/// Writes down what was closed and opened since the poll began, if anything was.
pub(super) async fn write_down(round: &mut Round<'_>) -> Result<(), archive::Error> {
    if !std::mem::take(&mut round.has_closings) {
        return Ok(());
    }
    let (account, now, closed) = (round.account, round.now, round.closed.clone());
    let reopened = std::mem::take(&mut round.reopened);
    round
        .archive
        .run(move |writer| {
            for endpoint in reopened {
                writer.unblock_endpoint(account, endpoint)?;
            }
            closed.iter().try_for_each(|closing| writer.block_endpoint(account, closing, now).map(drop))
        })
        .await
}
