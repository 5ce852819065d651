//! The calls of a day, by endpoint, with what the platform reported of its limits.

use std::collections::HashMap;

use rusqlite::{Connection, OptionalExtension};

use super::decode;
use super::migrate::has_table;
use super::quota_report::{QuotaReport, QuotaSource};
use crate::model::{Endpoint, Timestamp, quota_day_began};

/// The endpoints whose counters the platform is asked for.
const TOLD: [Endpoint; 3] = [Endpoint::DraftBatchget, Endpoint::DraftGet, Endpoint::DraftCount];

const SECONDS_A_DAY: u64 = 24 * 3600;

/// The usage of one endpoint on one day.
#[derive(Clone, Debug, PartialEq)]
pub struct EndpointUsage {
    pub endpoint: Endpoint,
    /// Calls that we made on the day, by every process.
    pub own_calls: u64,
    /// What the platform reported of the day.
    pub reported: Option<QuotaReport>,
    /// When a repair lost our counts of the day, if the platform reported nothing since.
    pub counts_lost_at: Option<Timestamp>,
}

impl EndpointUsage {
    /// No calls, and nothing reported.
    pub fn empty(endpoint: Endpoint) -> Self {
        Self { endpoint, own_calls: 0, reported: None, counts_lost_at: None }
    }

    /// Returns the limit in force: as it was reported, else as the documentation has it for a new account.
    pub fn limit(&self) -> u64 {
        self.reported.as_ref().map_or(self.endpoint.daily_limit(), |report| report.limit)
    }

    /// Returns how many calls count beside our own: those of the account's other systems as far as was reported, and those whose
    /// counts are lost.
    pub fn other_calls(&self) -> u64 {
        self.reported.as_ref().map_or(0, |report| report.others).saturating_add(self.assumed_calls())
    }

    /// Returns how many calls are assumed in the place of lost counts: as many as an even pace through the day would have made. So the
    /// limit is hardly ever passed, and polls go on where the platform does not report.
    pub fn assumed_calls(&self) -> u64 {
        let elapsed = |at: Timestamp| (at - quota_day_began(at)).num_seconds().max(0) as u64;
        self.counts_lost_at.map_or(0, |at| (self.limit() * elapsed(at)).div_ceil(SECONDS_A_DAY))
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
    let lost_at = counts_lost_at(connection, account, day)?;
    let line = |endpoint: Endpoint| {
        let (ours, reported) = (calls.get(endpoint.as_str()).copied(), reports.remove(endpoint.as_str()));
        // An older report counts beside calls that are not known any more.
        let reported = reported.filter(|report| lost_at.is_none_or(|lost_at| report.at >= lost_at));
        let counts_lost_at = lost_at.filter(|_| reported.is_none() && TOLD.contains(&endpoint));
        let is_there = ours.is_some() || reported.is_some() || counts_lost_at.is_some();
        is_there.then(|| EndpointUsage { endpoint, own_calls: ours.unwrap_or_default(), reported, counts_lost_at })
    };
    Ok(Endpoint::ALL.into_iter().filter_map(line).collect())
}

/// Returns when a repair on this day lost our counts, if it did. The counts of an account come back together or not at all, so those of
/// earlier days say whether they did.
fn counts_lost_at(connection: &Connection, account: i64, day: &str) -> rusqlite::Result<Option<Timestamp>> {
    if !has_table(connection, "repair")? {
        return Ok(None);
    }
    // As bytes: one that is damaged must not stop polls.
    let repaired_at: Option<Option<Vec<u8>>> = connection
        .prepare_cached(
            "SELECT CAST(repaired_at AS BLOB) FROM repair WHERE date(repaired_at, '+8 hours') = ?2
               AND NOT EXISTS (SELECT 1 FROM call WHERE account = ?1 AND day < ?2)
             ORDER BY id DESC LIMIT 1",
        )?
        .query_row((account, day), |row| row.get(0))
        .optional()?;
    Ok(repaired_at.flatten().and_then(|at| str::from_utf8(&at).ok()?.parse().ok()))
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
