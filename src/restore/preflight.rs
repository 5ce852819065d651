//! What is known about the target account before the platform is called: blocked endpoints, and calls that are left today.

use super::issue::{Issue, IssueKind, Severity};
use crate::archive::{self, AccountStats, EndpointBlock, Reader};
use crate::config::Account;
use crate::model::{Endpoint, Timestamp};

/// Checks the target account for a restore that calls this endpoint.
///
/// # Errors
///
/// If the archive cannot be read.
pub fn preflight(
    reader: &Reader,
    target: &Account,
    endpoint: Endpoint,
    now: Timestamp,
) -> Result<Vec<Issue>, archive::Error> {
    check(reader, target, endpoint, 0, now)
}

/// The same for a program, which must not use up the day's calls: a tenth is left to the polls.
///
/// # Errors
///
/// If the archive cannot be read.
pub fn preflight_of_program(
    reader: &Reader,
    target: &Account,
    endpoint: Endpoint,
    now: Timestamp,
) -> Result<Vec<Issue>, archive::Error> {
    check(reader, target, endpoint, 10, now)
}

/// `reserve` is the share of the limit that is left alone, in percent.
fn check(
    reader: &Reader,
    target: &Account,
    endpoint: Endpoint,
    reserve: u64,
    now: Timestamp,
) -> Result<Vec<Issue>, archive::Error> {
    let stats = AccountStats::take_or_default(&mut reader.account_stats(now)?, &target.name, &target.appid);
    let account = || target.name.to_string();
    let block = stats.blocks.iter().find(|block| block.applies_to(endpoint, now));
    let blocked = block.map(|EndpointBlock { until, message, .. }| IssueKind::Blocked {
        account: account(),
        until: *until,
        message: message.clone(),
    });
    let usage = stats.usage_of(endpoint);
    let exhausted = (usage.left() <= usage.limit() * reserve / 100)
        .then(|| IssueKind::NoCallsLeft { account: account(), endpoint: endpoint.to_string() });
    let issue = |kind| Issue { weight: Severity::Risk, position: None, kind };
    Ok(blocked.into_iter().chain(exhausted).map(issue).collect())
}
