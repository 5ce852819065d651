//! What the archive can say about its own soundness without a look into the documents: SQLite's check of the file, the
//! schema, and whether views, polls, ledger and restores agree with what they are made from.
//!
//! Clocks are put back and drafts are unwatched, so nothing is concluded from the order of instants or from what is not
//! there.

use std::collections::BTreeMap;

use rusqlite::Connection;

use super::constraint_check;
use super::damage::{Damage, DamageKind};
use super::error::Error;
use super::internal_error::InternalError;
use super::lost_version;
use super::migrate;
use super::reader::Reader;
use crate::model::Timestamp;

/// How much of what SQLite finds is told: one lost page can break thousands of rows.
const MAX_FINDINGS: usize = 100;

/// What a look at everything but the documents found.
#[derive(Debug, Default)]
pub struct CheckReport {
    /// How many polls there are.
    pub polls: u64,
    pub damaged: Vec<Damage>,
    /// Tables, views, indexes and triggers that somebody added. They make nothing else wrong, though a trigger can change
    /// what is written.
    pub added: Vec<String>,
}

impl CheckReport {
    fn push(&mut self, kind: DamageKind, id: impl Into<String>, reason: impl Into<String>) {
        self.damaged.push(Damage::new(kind, id, reason));
    }
}

type Check = fn(&Checked<'_>, &mut CheckReport) -> Result<(), InternalError>;

/// What is checked.
struct Checked<'a> {
    connection: &'a Connection,
    /// An empty archive of the same schema.
    empty: &'a Connection,
}

/// Each look, with what is named where it cannot even be taken.
const CHECKS: [(DamageKind, &str, Check); 10] = [
    (DamageKind::Database, "integrity_check", integrity),
    (DamageKind::Database, "foreign_key_check", references),
    (DamageKind::Schema, "sqlite_schema", schema),
    (DamageKind::Schema, "views", views),
    (DamageKind::Poll, "poll", polls),
    (DamageKind::Poll, "poll_error", poll_errors),
    (DamageKind::Poll, "new_versions", reported_versions),
    (DamageKind::Account, "version_count", version_counts),
    (DamageKind::Ledger, "call", ledger),
    (DamageKind::Restore, "restore", restores),
];

impl Reader {
    /// Checks everything but drafts, versions and their documents.
    pub fn check(&self) -> Result<CheckReport, Error> {
        let empty = migrate::number(&self.connection).and_then(|number| migrate::fresh(number as usize));
        let empty = empty.map_err(|error| Error::of(&self.path, &error))?;
        let archive = Checked { connection: &self.connection, empty: &empty };
        let mut checked = CheckReport::default();
        for (kind, id, look) in CHECKS {
            if let Err(fault) = look(&archive, &mut checked) {
                let reason = fault.into_error(&self.path).damage_reason()?;
                checked.push(kind, id, reason);
            }
        }
        Ok(checked)
    }
}

/// The file as SQLite sees it: pages, indexes, constraints.
fn integrity(Checked { connection, empty }: &Checked<'_>, checked: &mut CheckReport) -> Result<(), InternalError> {
    let mut check = connection.prepare(&format!("PRAGMA integrity_check({MAX_FINDINGS})"))?;
    let mut rows = check.query(())?;
    let mut findings = Vec::new();
    while let Some(row) = rows.next()? {
        let text: String = row.get(0)?;
        // A finding may come below a heading, `*** in database main ***`.
        findings.extend(text.lines().filter(|line| *line != "ok" && !line.starts_with("***")).map(str::to_owned));
    }
    for finding in &findings {
        checked.push(DamageKind::Database, "integrity_check", finding);
    }
    checked.damaged.extend(constraint_check::broken_rows(connection, empty, &findings)?);
    Ok(())
}

/// Rows that belong to another row which is not there.
fn references(Checked { connection, .. }: &Checked<'_>, checked: &mut CheckReport) -> Result<(), InternalError> {
    let mut check = connection.prepare("PRAGMA foreign_key_check")?;
    let mut rows = check.query(())?;
    for _ in 0..MAX_FINDINGS {
        let Some(row) = rows.next()? else { break };
        let (table, id, parent): (String, Option<i64>, String) = (row.get(0)?, row.get(1)?, row.get(2)?);
        let which = id.map_or_else(|| table.clone(), |id| format!("{table} {id}"));
        let damage =
            Damage::new(DamageKind::Database, which, format!("it belongs to a row of {parent} that is not there"));
        // Rows without a number of their own are named by their table.
        if !checked.damaged.contains(&damage) {
            checked.damaged.push(damage);
        }
    }
    Ok(())
}

/// The schema beside that of a new archive of the same number.
fn schema(Checked { connection, empty }: &Checked<'_>, checked: &mut CheckReport) -> Result<(), InternalError> {
    let number = migrate::number(connection)?;
    let (mut found, right) = (objects(connection)?, objects(empty)?);
    for (name, sql) in &right {
        match found.remove(name) {
            None => checked.push(DamageKind::Schema, name, "it is missing"),
            Some(found) if found != *sql => {
                checked.push(DamageKind::Schema, name, format!("it is another than that of schema {number}"));
            }
            Some(_) => {}
        }
    }
    checked.added = found.into_keys().collect();
    Ok(())
}

/// Returns the definitions of tables, views, indexes and triggers, but for those that SQLite keeps for itself.
fn objects(connection: &Connection) -> rusqlite::Result<BTreeMap<String, Option<String>>> {
    connection
        .prepare("SELECT type || ' ' || name, sql FROM sqlite_schema WHERE name NOT LIKE 'sqlite\\_%' ESCAPE '\\'")?
        .query_map((), |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect()
}

/// Views with the rows they show, and the rows they should show.
const ROWS: [(&str, &str); 4] = [
    ("view draft_view", "SELECT (SELECT count(*) FROM draft_view), (SELECT count(DISTINCT draft) FROM version)"),
    ("view version_view", "SELECT (SELECT count(*) FROM version_view), (SELECT count(*) FROM version)"),
    ("view poll_view", "SELECT (SELECT count(*) FROM poll_view), (SELECT count(*) FROM poll)"),
    ("view restore_view", "SELECT (SELECT count(*) FROM restore_view), (SELECT count(*) FROM restore)"),
];

/// Whether the views can be asked, and show every row. What they make of documents is compared when those are read.
fn views(Checked { connection, .. }: &Checked<'_>, checked: &mut CheckReport) -> Result<(), InternalError> {
    let there = objects(connection)?;
    let ours = there.keys().filter(|object| !checked.added.contains(object));
    let ours: Vec<_> = ours.filter_map(|object| Some((object, object.strip_prefix("view ")?))).collect();
    for (object, name) in ours {
        if let Err(error) = connection.prepare(&format!("SELECT * FROM \"{}\"", name.replace('"', "\"\""))) {
            checked.push(DamageKind::Schema, object, error.to_string());
        }
    }
    for (object, sql) in ROWS.iter().filter(|(object, _)| there.contains_key(*object)) {
        let (shown, kept): (u64, u64) = connection.query_row(sql, (), |row| Ok((row.get(0)?, row.get(1)?)))?;
        if shown != kept {
            checked.push(DamageKind::Schema, *object, format!("it shows {shown} rows of {kept}"));
        }
    }
    Ok(())
}

/// Whether the instants of every poll can be read.
fn polls(Checked { connection, .. }: &Checked<'_>, checked: &mut CheckReport) -> Result<(), InternalError> {
    let mut query = connection.prepare("SELECT id, started_at, finished_at FROM poll")?;
    let mut rows = query.query(())?;
    while let Some(row) = rows.next()? {
        checked.polls += 1;
        let (id, started_at, finished_at): (i64, String, String) = (row.get(0)?, row.get(1)?, row.get(2)?);
        for instant in [started_at, finished_at].iter().filter(|instant| instant.parse::<Timestamp>().is_err()) {
            checked.push(DamageKind::Poll, id.to_string(), format!("{instant:?} is no instant"));
        }
    }
    Ok(())
}

/// Whether each poll has the failures that it counted.
fn poll_errors(Checked { connection, .. }: &Checked<'_>, checked: &mut CheckReport) -> Result<(), InternalError> {
    let mut query = connection.prepare(
        "SELECT poll.id, poll.errors, count(poll_error.poll) AS told
         FROM poll LEFT JOIN poll_error ON poll_error.poll = poll.id
         GROUP BY poll.id HAVING told <> poll.errors",
    )?;
    let mut rows = query.query(())?;
    while let Some(row) = rows.next()? {
        let (id, counted, told): (i64, i64, i64) = (row.get(0)?, row.get(1)?, row.get(2)?);
        let reason = format!("it had {counted} failures, {told} are kept");
        checked.push(DamageKind::Poll, id.to_string(), reason);
    }
    Ok(())
}

/// Whether every version that a poll reported is there, or was pruned; but for polls before a repair. There may be more: a poll that is
/// cut off leaves its versions and no row.
fn reported_versions(Checked { connection, .. }: &Checked<'_>, checked: &mut CheckReport) -> Result<(), InternalError> {
    let pruned = match objects(connection)?.contains_key("table pruned") {
        true => {
            "(SELECT coalesce(sum(last_version - first_version + 1), 0) FROM draft JOIN pruned ON pruned.draft = draft.id
              WHERE draft.account = account.id)"
        }
        false => "0",
    };
    let mut query = connection.prepare(&format!(
        "SELECT name,
                (SELECT coalesce(sum(new_versions), 0) FROM poll WHERE poll.account = account.id AND id > ?1) - {pruned} AS reported,
                (SELECT count(*) FROM draft JOIN version ON version.draft = draft.id WHERE draft.account = account.id) AS there
         FROM account WHERE there < reported"
    ))?;
    let mut rows = query.query([lost_version::last_poll_before_repair(connection)?])?;
    while let Some(row) = rows.next()? {
        let (account, reported, there): (String, i64, i64) = (row.get(0)?, row.get(1)?, row.get(2)?);
        checked.push(DamageKind::Poll, account, format!("its polls recorded {reported} versions, {there} are there"));
    }
    Ok(())
}

/// Whether each account has as many versions as were counted.
fn version_counts(Checked { connection, .. }: &Checked<'_>, checked: &mut CheckReport) -> Result<(), InternalError> {
    if !objects(connection)?.contains_key("table version_count") {
        return Ok(());
    }
    let mut query = connection.prepare(
        "SELECT name,
                (SELECT coalesce(sum(versions), 0) FROM version_count WHERE version_count.account = account.id) AS counted,
                (SELECT count(*) FROM draft JOIN version ON version.draft = draft.id WHERE draft.account = account.id) AS there
         FROM account WHERE counted <> there",
    )?;
    let mut rows = query.query(())?;
    while let Some(row) = rows.next()? {
        let (account, counted, there): (String, i64, i64) = (row.get(0)?, row.get(1)?, row.get(2)?);
        checked.push(
            DamageKind::Account,
            account,
            format!("{counted} versions of its drafts were counted, {there} are there"),
        );
    }
    Ok(())
}

/// Whether the instants of every restore can be read. The draft that it made may have been unwatched, and so have no row.
fn restores(Checked { connection, .. }: &Checked<'_>, checked: &mut CheckReport) -> Result<(), InternalError> {
    // Archives of schema 1 have no restores; where the table is lost, the schema tells it.
    if !objects(connection)?.contains_key("table restore") {
        return Ok(());
    }
    let mut query = connection.prepare("SELECT id, started_at, finished_at FROM restore")?;
    let mut rows = query.query(())?;
    while let Some(row) = rows.next()? {
        let (id, instants): (i64, [Option<String>; 2]) = (row.get(0)?, [row.get(1)?, row.get(2)?]);
        for instant in instants.iter().flatten().filter(|instant| instant.parse::<Timestamp>().is_err()) {
            checked.push(DamageKind::Restore, id.to_string(), format!("{instant:?} is no instant"));
        }
    }
    Ok(())
}

/// Whether the ledger can be read, and holds every call that a poll reported. It may hold more: those of polls that were
/// cut off, and of other commands.
fn ledger(Checked { connection, .. }: &Checked<'_>, checked: &mut CheckReport) -> Result<(), InternalError> {
    let mut odd = connection.prepare(
        "SELECT coalesce(name, call.account), interface, day, calls FROM call LEFT JOIN account ON account.id = call.account
         WHERE date(day) IS NOT day OR interface = '' OR calls < 0",
    )?;
    let mut rows = odd.query(())?;
    while let Some(row) = rows.next()? {
        let (account, endpoint, day, calls): (String, String, String, i64) =
            (row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?);
        checked.push(
            DamageKind::Ledger,
            account,
            format!("no such line can be: {endpoint:?} on {day:?}, {calls} calls"),
        );
    }
    let mut sums = connection.prepare(
        "SELECT name,
                (SELECT coalesce(sum(calls), 0) FROM poll WHERE poll.account = account.id AND id > ?1) AS reported,
                (SELECT coalesce(sum(calls), 0) FROM call WHERE call.account = account.id) AS counted
         FROM account WHERE counted < reported",
    )?;
    let mut rows = sums.query([lost_version::last_poll_before_repair(connection)?])?;
    while let Some(row) = rows.next()? {
        let (account, reported, counted): (String, i64, i64) = (row.get(0)?, row.get(1)?, row.get(2)?);
        checked.push(
            DamageKind::Ledger,
            account,
            format!("its polls made {reported} calls, {counted} are in the ledger"),
        );
    }
    Ok(())
}
