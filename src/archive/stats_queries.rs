//! The queries that statistics of accounts are made of.

use rusqlite::{Connection, OptionalExtension, Row};

use super::account_id::AccountId;
use super::account_state::{self, AccountState};
use super::decode;
use super::endpoint_block;
use super::endpoint_usage;
use super::error::Error;
use super::failure::{self, Failure};
use super::held_back::{self, HeldBack};
use super::migrate::has_table;
use super::picture::{self, PictureCount};
use super::reader::Reader;
use super::restore_records;
use super::stats::{AccountStats, FailureStreak, LastSeen, PollRecord, VersionTimes};
use super::writer::Writer;
use crate::model::{AccountName, DraftState, FailureKind, MediaId, Timestamp, quota_day, quota_day_began, rfc3339};

/// No more failures of a poll than this are read: the first ones tell what is wrong.
const MOST_FAILURES: u32 = 20;

/// So many polls back a draft's own failures are looked for: it is tried again every six hours at least, and a busy day has
/// a few hundred polls.
const RECENT_POLLS: u32 = 500;

impl Reader {
    /// Returns how every account stands on the platform's day at `now`, by name.
    pub fn account_stats(&self, now: Timestamp) -> Result<Vec<AccountStats>, Error> {
        let all = || -> rusqlite::Result<Vec<AccountStats>> {
            let accounts: Vec<(i64, [String; 2])> = self
                .connection
                .prepare("SELECT id, name, appid FROM account ORDER BY name")?
                .query_map((), |row| Ok((row.get(0)?, [row.get(1)?, row.get(2)?])))?
                .collect::<Result<_, _>>()?;
            accounts.into_iter().map(|(id, names)| stats(&self.connection, id, names, now)).collect()
        };
        self.with_snapshot(|reader| {
            let mut all_stats = all().map_err(|error| Error::of(&reader.path, &error))?;
            for record in reader.open_restores()? {
                if let Some(stats) = all_stats.iter_mut().find(|stats| stats.account == record.account) {
                    stats.open_restores.push(record);
                }
            }
            Ok(all_stats)
        })
    }
}

impl Writer {
    /// Returns how one account stands; `None` where it was never polled, or where its name belongs to another appid.
    pub fn account_stats(
        &mut self,
        name: &AccountName,
        appid: &str,
        now: Timestamp,
    ) -> Result<Option<(AccountId, AccountStats)>, Error> {
        self.read(|snapshot| {
            let id: Option<i64> = snapshot
                .prepare_cached("SELECT id FROM account WHERE name = ?1 AND appid = ?2")?
                .query_row([name.as_str(), appid], |row| row.get(0))
                .optional()?;
            let Some(id) = id else { return Ok(None) };
            let mut stats = stats(snapshot, id, [name.to_string(), appid.to_owned()], now)?;
            stats.open_restores = restore_records::open(snapshot)?;
            stats.open_restores.retain(|record| record.account == stats.account);
            Ok(Some((AccountId(id), stats)))
        })
    }
}

fn stats(
    connection: &Connection,
    id: i64,
    [account, appid]: [String; 2],
    now: Timestamp,
) -> rusqlite::Result<AccountStats> {
    let (versions, versions_today) = versions(connection, id, now)?;
    let (blocks, expired_blocks) =
        endpoint_block::list(connection, id)?.into_iter().partition(|block| block.is_in_force(now));
    Ok(AccountStats {
        account,
        appid,
        known_as: None,
        drafts: drafts(connection, id)?,
        versions,
        versions_today,
        usage: endpoint_usage::of_day(connection, id, &quota_day(now))?,
        last_poll: last_poll(connection, id)?,
        last_ok: last_ok(connection, id)?,
        failing: failing(connection, id)?,
        last_seen: last_seen(connection, id)?,
        held_back: held_back(connection, id)?,
        not_stored: not_stored(connection, id)?,
        newest: newest(connection, id)?,
        blocks,
        expired_blocks,
        state: account_state(connection, id)?,
        open_restores: Vec::new(),
        pictures: if has_table(connection, "picture")? {
            picture::count(connection, id)?
        } else {
            PictureCount::default()
        },
    })
}

fn drafts(connection: &Connection, account: i64) -> rusqlite::Result<Vec<(DraftState, u64)>> {
    connection
        .prepare_cached("SELECT state, count(*) FROM draft WHERE account = ?1 GROUP BY state")?
        .query_map([account], |columns| Ok((decode::state(columns, 0)?, columns.get(1)?)))?
        .collect()
}

/// The numbers of all versions of an account, and of those that were first seen on the day `?2`. A damaged number counts as it is read.
const VERSION_COUNTS: &str =
    "SELECT CAST(max(total(versions), 0) AS INTEGER), CAST(max(total(versions) FILTER (WHERE day >= ?2), 0) AS INTEGER)
     FROM version_count WHERE account = ?1";

/// The version of an account that was recorded last: one of the newest versions of its drafts.
const NEWEST: &str = "SELECT version.update_time, version.observed_at FROM draft
     JOIN version ON version.draft = draft.id
      AND version.number = (SELECT max(number) FROM version newest WHERE newest.draft = draft.id)
     WHERE draft.account = ?1 ORDER BY version.id DESC LIMIT 1";

fn versions(connection: &Connection, account: i64, now: Timestamp) -> rusqlite::Result<(u64, u64)> {
    let counts = |row: &Row<'_>| Ok((row.get(0)?, row.get(1)?));
    if has_table(connection, "version_count")? {
        return connection.prepare_cached(VERSION_COUNTS)?.query_row((account, quota_day(now)), counts);
    }
    connection
        .prepare_cached(
            "SELECT count(*), count(*) FILTER (WHERE observed_at >= ?2)
             FROM draft JOIN version ON version.draft = draft.id WHERE draft.account = ?1",
        )?
        .query_row((account, rfc3339(quota_day_began(now))), counts)
}

fn account_state(connection: &Connection, account: i64) -> rusqlite::Result<AccountState> {
    if has_table(connection, "habit")? {
        account_state::account_state(connection, account)
    } else {
        Ok(AccountState::default())
    }
}

fn last_poll(connection: &Connection, account: i64) -> rusqlite::Result<Option<PollRecord>> {
    let found = connection
        .prepare_cached(
            "SELECT id, started_at, finished_at, strategy, calls, seen, new_versions, missing, errors
             FROM poll WHERE account = ?1 ORDER BY id DESC LIMIT 1",
        )?
        .query_row([account], |row| Ok((row.get(0)?, past_poll(row)?)))
        .optional()?;
    let Some((id, poll)) = found else { return Ok(None) };
    Ok(Some(PollRecord { failures: failure::failures(connection, id, MOST_FAILURES)?, ..poll }))
}

fn past_poll(row: &Row<'_>) -> rusqlite::Result<PollRecord> {
    Ok(PollRecord {
        started_at: decode::instant(row, 1)?,
        finished_at: decode::instant(row, 2)?,
        strategy: decode::strategy(row, 3)?,
        calls: row.get(4)?,
        seen: row.get(5)?,
        new_versions: row.get(6)?,
        missing: row.get(7)?,
        failure_count: row.get(8)?,
        failures: Vec::new(),
    })
}

fn last_ok(connection: &Connection, account: i64) -> rusqlite::Result<Option<Timestamp>> {
    connection
        .prepare_cached("SELECT finished_at FROM poll WHERE account = ?1 AND errors = 0 ORDER BY id DESC LIMIT 1")?
        .query_row([account], |columns| decode::instant(columns, 0))
        .optional()
}

fn failing(connection: &Connection, account: i64) -> rusqlite::Result<Option<FailureStreak>> {
    connection
        .prepare_cached(
            // `finished_at` is that of the row with the least id.
            "SELECT finished_at, count(*), min(id) FROM poll
             WHERE account = ?1
               AND id > coalesce((SELECT max(id) FROM poll WHERE account = ?1 AND errors = 0), 0)
             HAVING count(*) > 0",
        )?
        .query_row([account], |columns| {
            Ok(FailureStreak { since: decode::instant(columns, 0)?, polls: columns.get(1)? })
        })
        .optional()
}

fn held_back(connection: &Connection, account: i64) -> rusqlite::Result<Vec<(MediaId, HeldBack)>> {
    if has_table(connection, "held_back")? { held_back::list(connection, account) } else { Ok(Vec::new()) }
}

fn last_seen(connection: &Connection, account: i64) -> rusqlite::Result<Vec<LastSeen>> {
    let facts = if failure::has_kinds(connection)? { "endpoint, kind, rid" } else { "NULL, NULL, NULL" };
    let times = if has_table(connection, "draft_time")? {
        "draft_time"
    } else {
        "(SELECT NULL AS draft, NULL AS update_time, NULL AS read_time)"
    };
    let mut looks: Vec<LastSeen> = connection
        .prepare_cached(&format!(
            // The failure is that of the row with the greatest time.
            "SELECT failure.*, draft.media_id, draft.last_seen, times.update_time,
                 times.read_time IS NULL OR times.update_time IS times.read_time
             FROM draft
             LEFT JOIN {times} AS times ON times.draft = draft.id
             LEFT JOIN (
                 SELECT poll_error.media_id, code, message, {facts}, max(recent.finished_at) AS at
                 FROM (SELECT id, finished_at FROM poll WHERE account = ?1 ORDER BY id DESC LIMIT ?2) AS recent
                 JOIN poll_error ON poll_error.poll = recent.id
                 GROUP BY poll_error.media_id) AS failure ON failure.media_id = draft.media_id
             WHERE draft.account = ?1 AND draft.state = 'live'"
        ))?
        .query_map((account, RECENT_POLLS), last_look)?
        .collect::<Result<_, _>>()?;
    looks.sort_by_key(|look| look.at);
    Ok(looks)
}

fn last_look(row: &Row<'_>) -> rusqlite::Result<LastSeen> {
    // A damaged reason, or time, is none: `verify` finds it, and the account's other facts are told all the same.
    let failed_at = decode::instant_or_null(row, 6).ok().flatten();
    let failed = failed_at.and_then(|at| Some((at, failure::failure(row).ok()?)));
    let saved: Option<i64> = row.get(9).ok().flatten();
    let saved = saved.and_then(|seconds| Timestamp::from_timestamp(seconds, 0));
    Ok(LastSeen::new(MediaId::new(row.get::<_, String>(7)?), decode::instant(row, 8)?, (saved, row.get(10)?), failed))
}

/// A draft that was only listed since, or not even that, still has content that was not stored.
fn not_stored(connection: &Connection, account: i64) -> rusqlite::Result<Vec<Failure>> {
    if !failure::has_kinds(connection)? {
        return Ok(Vec::new());
    }
    connection
        .prepare_cached(
            // The failure is that of the row with the greatest time.
            "SELECT poll_error.media_id, code, message, endpoint, kind, rid, max(recent.finished_at) AS at
             FROM (SELECT id, finished_at FROM poll WHERE account = ?1 ORDER BY id DESC LIMIT ?2) AS recent
             JOIN poll_error ON poll_error.poll = recent.id
             LEFT JOIN draft ON draft.account = ?1 AND draft.media_id = poll_error.media_id
             LEFT JOIN draft_time ON draft_time.draft = draft.id
             WHERE kind = ?3 AND poll_error.media_id IS NOT NULL
             GROUP BY poll_error.media_id
             HAVING coalesce(draft.state IN ('live', 'missing'), TRUE)
                AND (coalesce(draft.last_seen < at, TRUE) OR draft_time.read_time IS NOT draft_time.update_time)",
        )?
        .query_map((account, RECENT_POLLS, FailureKind::NotStored.as_str()), failure::failure)?
        .collect()
}

fn newest(connection: &Connection, account: i64) -> rusqlite::Result<Option<VersionTimes>> {
    let seen = |columns: &Row<'_>| {
        let saved: Option<i64> = columns.get(0)?;
        let update_time = saved.and_then(|seconds| Timestamp::from_timestamp(seconds, 0));
        let observed_at = decode::instant(columns, 1)?;
        Ok(update_time.map(|update_time| VersionTimes { update_time, observed_at }))
    };
    connection.prepare_cached(NEWEST)?.query_row([account], seen).optional().map(Option::flatten)
}

#[cfg(test)]
mod tests {
    use super::super::writer::Writer;
    use super::*;

    #[test]
    fn statistics_read_no_version_but_the_newest_ones() {
        let directory = tempfile::tempdir().unwrap();
        let writer = Writer::open(&directory.path().join("archive.db")).unwrap();
        let steps = |sql: &str| -> Vec<String> {
            let mut plan = writer.connection.prepare(&format!("EXPLAIN QUERY PLAN {sql}")).unwrap();
            plan.raw_query().mapped(|row| row.get(3)).collect::<Result<_, _>>().unwrap()
        };
        assert_eq!(steps(VERSION_COUNTS), ["SEARCH version_count USING PRIMARY KEY (account=?)"]);
        for step in steps(NEWEST).iter().filter(|step| step.contains("version") || step.contains("newest")) {
            assert!(step.contains("(draft=?"), "{step}");
        }
    }
}
