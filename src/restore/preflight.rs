//! What is known about the target account before the platform is called: blocked endpoints, and calls that are left today.

use super::validate::{Issue, Severity};
use crate::archive::{self, AccountStats, EndpointBlock, Reader};
use crate::config::Account;
use crate::model::{Endpoint, Timestamp};

/// Checks the target account for a restore that calls this endpoint.
///
/// # Errors
///
/// If the archive cannot be read.
pub(super) fn preflight(
    reader: &Reader,
    target: &Account,
    endpoint: Endpoint,
    now: Timestamp,
) -> Result<Vec<Issue>, archive::Error> {
    let stats = AccountStats::take_or_default(&mut reader.account_stats(now)?, &target.name, &target.appid);
    let blocked = stats.blocks.iter().find(|block| block.applies_to(endpoint, now));
    let blocked =
        blocked.map(|EndpointBlock { message, .. }| format!("{} may not be called now: {message}", target.name));
    let spent = (stats.usage_of(endpoint).left() == 0)
        .then(|| format!("{} has no calls of {endpoint} left today", target.name));
    let finding = |message| Issue { weight: Severity::Risk, position: None, message };
    Ok(blocked.into_iter().chain(spent).map(finding).collect())
}
