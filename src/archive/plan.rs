//! Plans to restore in place that were shown: each is a row, with what the draft said then. A plan is carried out only over
//! that.

use std::fmt;

use chrono::TimeDelta;
use rusqlite::Transaction;

use super::error::Error;
use super::reader::{self, Version};
use super::restore_records::RestoreId;
use super::writer::Writer;
use crate::model::{Timestamp, rfc3339};

/// A newer plan takes the place of one that was shown longer ago than this. Without a newer one it stays open: it is carried
/// out only where the draft has not changed, however old it is.
const REPLACED_AFTER: TimeDelta = TimeDelta::days(1);

/// The number of a plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PlanId(pub i64);

impl fmt::Display for PlanId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// What a plan is to do.
#[derive(Clone, Debug)]
pub struct PlanGoal {
    /// The version that goes back in place.
    pub version: Version,
    /// The restore that is taken back by it.
    pub undoes: Option<RestoreId>,
}

/// A plan that was shown.
#[derive(Clone, Debug)]
pub struct ShownPlan {
    pub id: PlanId,
    /// What the draft said then.
    pub over: Version,
    pub state: PlanState,
    /// Whether a program asked for it, and no person saw it.
    pub is_of_program: bool,
}

/// What became of a plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PlanState {
    /// It may be carried out.
    Open,
    /// The draft said something else when it was to be carried out.
    Refused,
    /// It was carried out, or a newer one took its place.
    Ended,
}

impl Writer {
    /// Writes down what a draft said when a plan was shown. Plans of the same goal that were refused, or shown long ago, end.
    /// `program` is who asked for it, where a program did.
    pub fn save_plan(
        &mut self,
        goal: &PlanGoal,
        over: &Version,
        program: Option<&str>,
        now: Timestamp,
    ) -> Result<PlanId, Error> {
        let (version, undoes) = (goal.version.id, goal.undoes.map(|restore| restore.0));
        self.transaction(|transaction| {
            transaction
                .prepare_cached(
                    "UPDATE plan SET state = 'ended'
                     WHERE version = ?1 AND undoes IS ?2 AND (state = 'refused' OR state = 'open' AND planned_at < ?3)",
                )?
                .execute((version, undoes, rfc3339(now - REPLACED_AFTER)))?;
            let plan = insert(transaction, goal, over, "open", now)?;
            if let Some(who) = program {
                transaction
                    .prepare_cached("INSERT INTO gate_plan (plan, who, planned_at) VALUES (?1, ?2, ?3)")?
                    .execute((plan.0, who, rfc3339(now)))?;
            }
            Ok(plan)
        })
    }

    /// Returns the plans of a goal, in the order in which they were shown.
    pub fn shown_plans(&mut self, goal: &PlanGoal) -> Result<Vec<ShownPlan>, Error> {
        let plans = || -> rusqlite::Result<Vec<ShownPlan>> {
            self.connection
                .prepare_cached(
                    "SELECT over.id, number, hash, observed_at, update_time, articles, title, canon,
                            plan.id, plan.state, EXISTS (SELECT 1 FROM gate_plan WHERE gate_plan.plan = plan.id)
                     FROM plan JOIN version AS over ON over.id = plan.over
                     WHERE plan.version = ?1 AND plan.undoes IS ?2 ORDER BY plan.id",
                )?
                .query_map((goal.version.id, goal.undoes.map(|restore| restore.0)), |row| {
                    let state = match row.get_ref(9)?.as_str()? {
                        "open" => PlanState::Open,
                        "refused" => PlanState::Refused,
                        _ => PlanState::Ended,
                    };
                    Ok(ShownPlan {
                        id: PlanId(row.get(8)?),
                        over: reader::version(row)?,
                        state,
                        is_of_program: row.get(10)?,
                    })
                })?
                .collect()
        };
        plans().map_err(|error| Error::of(&self.path, &error))
    }

    /// Writes down that a goal was reached over this content: plans that saw it have ended.
    pub fn end_plans(&mut self, goal: &PlanGoal, over: &Version) -> Result<(), Error> {
        self.transaction(|transaction| Ok(set(transaction, goal, over, "ended").map(drop)?))
    }

    /// Writes down that the draft did not say this any more when it was to be gone over. Where no plan was shown at all, a
    /// refused one is entered, so that the next attempt needs a plan.
    pub fn refuse_plans(&mut self, goal: &PlanGoal, over: &Version, now: Timestamp) -> Result<(), Error> {
        self.transaction(|transaction| {
            if set(transaction, goal, over, "refused")? == 0 {
                insert(transaction, goal, over, "refused", now)?;
            }
            Ok(())
        })
    }
}

fn insert(
    transaction: &Transaction<'_>,
    goal: &PlanGoal,
    over: &Version,
    state: &str,
    now: Timestamp,
) -> rusqlite::Result<PlanId> {
    transaction
        .prepare_cached("INSERT INTO plan (version, undoes, over, planned_at, state) VALUES (?1, ?2, ?3, ?4, ?5)")?
        .execute((goal.version.id, goal.undoes.map(|restore| restore.0), over.id, rfc3339(now), state))?;
    Ok(PlanId(transaction.last_insert_rowid()))
}

/// Changes the state of the plans of a goal that saw this content; returns how many there were.
fn set(transaction: &Transaction<'_>, goal: &PlanGoal, over: &Version, state: &str) -> rusqlite::Result<usize> {
    transaction
        .prepare_cached(
            "UPDATE plan SET state = ?4
             WHERE version = ?1 AND undoes IS ?2 AND state <> 'ended'
               AND over IN (SELECT id FROM version WHERE hash = ?3)",
        )?
        .execute((goal.version.id, goal.undoes.map(|restore| restore.0), over.hash.0, state))
}

#[cfg(test)]
mod tests {
    use super::super::{Reader, migrate};

    /// An archive of schema 9 had one row a version.
    #[test]
    fn a_plan_that_an_older_program_showed_stays_open() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("archive.db");
        let older = migrate::fresh(9).unwrap();
        older
            .execute_batch(
                "INSERT INTO account VALUES (1, 'mag', 'wx1', '2026-09-01T02:00:00.000Z');
                 INSERT INTO draft (id, account, media_id, first_seen, last_seen)
                 VALUES (1, 1, 'D1', '2026-09-01T02:00:00.000Z', '2026-09-01T02:00:00.000Z');
                 INSERT INTO version (id, draft, number, hash, canon, observed_at, update_time, articles, title)
                 SELECT value, 1, value, zeroblob(32), 1, '2026-09-01T02:00:00.000Z', 0, 1, '' FROM json_each('[1,2]');
                 INSERT INTO plan VALUES (1, 2, '2026-09-01T02:00:00.000Z');
                 PRAGMA user_version = 9; PRAGMA application_id = 0x444b4550;",
            )
            .unwrap();
        older.execute("VACUUM INTO ?1", [path.to_str().unwrap()]).unwrap();
        drop(super::Writer::open(&path).unwrap());
        let reader = Reader::open(&path).unwrap();
        let row = reader
            .connection
            .query_row("SELECT id, version, undoes, over, state FROM plan", (), |row| {
                Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?))
            })
            .unwrap();
        assert_eq!(row, (1, 1, None::<i64>, 2, "open".to_owned()));
    }
}
