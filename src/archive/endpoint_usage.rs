//! The calls of a day, by endpoint, with what the platform reported of its limits.

use std::collections::HashMap;

use rusqlite::Connection;

use super::decode;
use super::migrate::has_table;
use super::quota_report::{QuotaReport, QuotaSource};
use crate::model::Endpoint;

/// The usage of one endpoint on one day.
#[derive(Clone, Debug, PartialEq)]
pub struct EndpointUsage {
    pub endpoint: Endpoint,
    /// Calls that we made on the day, by every process.
    pub own_calls: u64,
    /// What the platform reported of the day.
    pub reported: Option<QuotaReport>,
}

impl EndpointUsage {
    /// No calls, and nothing reported.
    pub fn empty(endpoint: Endpoint) -> Self {
        Self { endpoint, own_calls: 0, reported: None }
    }

    /// Returns the limit in force: as it was reported, else as the documentation has it for a new account.
    pub fn limit(&self) -> u64 {
        self.reported.as_ref().map_or(self.endpoint.daily_limit(), |report| report.limit)
    }

    /// Returns how many calls the account's other systems made, as far as was reported.
    pub fn other_calls(&self) -> u64 {
        self.reported.as_ref().map_or(0, |report| report.others)
    }

    /// Returns how many calls the platform would still take.
    pub fn left(&self) -> u64 {
        self.limit().saturating_sub(self.own_calls.saturating_add(self.other_calls()))
    }
}

/// Returns the usage of a day. Endpoints that only a later program knows are left out.
pub(super) fn of_day(connection: &Connection, account: i64, day: &str) -> rusqlite::Result<Vec<EndpointUsage>> {
    let calls = connection
        .prepare_cached("SELECT interface, calls FROM call WHERE account = ?1 AND day = ?2")?
        .query_map((account, day), |columns| Ok((columns.get(0)?, columns.get(1)?)))?
        .collect::<Result<HashMap<String, u64>, _>>()?;
    let mut reports = reports(connection, account, day)?;
    let line = |endpoint: Endpoint| {
        let (ours, reported) = (calls.get(endpoint.as_str()).copied(), reports.remove(endpoint.as_str()));
        let is_there = ours.is_some() || reported.is_some();
        is_there.then(|| EndpointUsage { endpoint, own_calls: ours.unwrap_or_default(), reported })
    };
    Ok(Endpoint::ALL.into_iter().filter_map(line).collect())
}

fn reports(connection: &Connection, account: i64, day: &str) -> rusqlite::Result<HashMap<String, QuotaReport>> {
    if !has_table(connection, "quota")? {
        return Ok(HashMap::new());
    }
    connection
        .prepare_cached(
            "SELECT interface, daily_limit, others, limit_from, told_at FROM quota WHERE account = ?1 AND day = ?2",
        )?
        .query_map((account, day), |columns| {
            let from = decode::limit_from(columns, 3).unwrap_or(QuotaSource::Unknown);
            let at = decode::instant(columns, 4)?;
            let report = QuotaReport { limit: columns.get(1)?, others: columns.get(2)?, from, at };
            Ok((columns.get(0)?, report))
        })?
        .collect()
}
