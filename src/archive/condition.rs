//! Conditions: which of them are open, and the events of their begin and end.
//!
//! A condition is open if the newer of its two events is its begin. What holds now is compared with that, so it does not matter which
//! process looked, and whether one was killed before it wrote.

use rusqlite::{Connection, Transaction};

use super::account_id::AccountId;
use super::error::Error;
use super::event::{self, Event, MIN_SCHEMA_WITH_CAUSES, MIN_SCHEMA_WITH_CONDITIONS, NewEvent};
use super::migrate;
use super::reader::Reader;
use super::writer::Writer;
use crate::model::{Condition, ConditionDetails, ConditionKey, ConditionReport, EventKind, Timestamp};

impl Writer {
    /// Compares what holds with the open conditions of an account, or of the service, and writes an event for each that began or ended.
    /// Returns what was written. Nothing is written, and nobody is waited for, where nothing changed.
    pub fn record_conditions(
        &mut self,
        account: Option<AccountId>,
        report: &ConditionReport,
        now: Timestamp,
    ) -> Result<Vec<EventKind>, Error> {
        let open = open(&self.connection, account).map_err(|error| Error::of(&self.path, &error))?;
        let (begun, ended) = report.changes(&open);
        if begun.is_empty() && ended.is_empty() {
            return Ok(Vec::new());
        }
        // Compared again: another process may have just written them.
        self.transaction(|transaction| Ok(write(transaction, account, report, now)?))
    }

    /// Ends the conditions of accounts that are not among these. Returns the names of the accounts that had some.
    pub fn end_conditions_of_others(&mut self, watched: &[String], now: Timestamp) -> Result<Vec<String>, Error> {
        let others = accounts_with_open(&self.connection).map_err(|error| Error::of(&self.path, &error))?;
        let others: Vec<_> = others.into_iter().filter(|(_, name)| !watched.contains(name)).collect();
        for (account, _) in &others {
            self.record_conditions(Some(*account), &ConditionReport::default(), now)?;
        }
        Ok(others.into_iter().map(|(_, name)| name).collect())
    }
}

impl Reader {
    /// Returns the begin of each condition that is open, oldest first.
    pub fn open_conditions(&self) -> Result<Vec<Event>, Error> {
        let schema = migrate::version(&self.connection, &self.path)?;
        if schema < MIN_SCHEMA_WITH_CONDITIONS {
            return Ok(Vec::new());
        }
        let begins = open_begins(schema >= MIN_SCHEMA_WITH_CAUSES);
        self.find_events(&format!("event.id IN ({begins}) ORDER BY event.id"), ())
    }
}

fn write(
    transaction: &Transaction<'_>,
    account: Option<AccountId>,
    report: &ConditionReport,
    now: Timestamp,
) -> rusqlite::Result<Vec<EventKind>> {
    let open = open(transaction, account)?;
    let (begun, ended) = report.changes(&open);
    let ended = ended.into_iter().map(|ConditionKey { condition, target }| NewEvent {
        details: ConditionDetails { target, ..ConditionDetails::default() },
        ..NewEvent::new(EventKind::Ended(condition), now)
    });
    let begun = begun.into_iter().map(|active| NewEvent {
        details: active.details.clone(),
        ..NewEvent::new(EventKind::Began(active.condition), active.since)
    });
    let events: Vec<NewEvent> = ended.chain(begun).collect();
    events.iter().try_for_each(|event| event::add(transaction, account, event))?;
    Ok(events.iter().map(|event| event.kind).collect())
}

/// Returns the open conditions of an account, or of the service.
fn open(connection: &Connection, account: Option<AccountId>) -> rusqlite::Result<Vec<ConditionKey>> {
    let mut newest = connection.prepare_cached(
        "SELECT target, max(iif(kind = ?2, id, 0)) > max(iif(kind = ?3, id, 0)) FROM event
         WHERE draft IS NULL AND account IS ?1 AND kind IN (?2, ?3) GROUP BY target",
    )?;
    let mut open = Vec::new();
    for condition in Condition::ALL {
        let [began, ended] = [EventKind::Began(condition), EventKind::Ended(condition)].map(EventKind::as_str);
        let parameters = (account.map(|account| account.0), began, ended);
        let found = newest.query_map(parameters, |row| Ok((row.get(0)?, row.get(1)?)))?;
        for found in found {
            let (target, is_open): (_, bool) = found?;
            open.extend(is_open.then_some(ConditionKey { condition, target }));
        }
    }
    Ok(open)
}

/// Returns the accounts that have open conditions.
fn accounts_with_open(connection: &Connection) -> rusqlite::Result<Vec<(AccountId, String)>> {
    let sql = format!(
        "SELECT DISTINCT account.id, name FROM event JOIN account ON account.id = event.account WHERE event.id IN ({})",
        open_begins(true)
    );
    connection.prepare_cached(&sql)?.query_map((), |row| Ok((AccountId(row.get(0)?), row.get(1)?)))?.collect()
}

/// Returns SQL for the numbers of the events that began what is open.
fn open_begins(has_targets: bool) -> String {
    let [by_target, same_target] = match has_targets {
        true => [", began.target", "AND target IS began.target "],
        false => [""; 2],
    };
    let pairs = Condition::ALL.map(|condition| {
        let [began, ended] = [EventKind::Began(condition), EventKind::Ended(condition)].map(EventKind::as_str);
        format!("('{began}', '{ended}')")
    });
    format!(
        "SELECT max(began.id) FROM (VALUES {}) pair
         JOIN event began ON began.draft IS NULL AND began.kind = pair.column1
         GROUP BY began.account, began.kind{by_target}
         HAVING max(began.id) > coalesce((SELECT max(id) FROM event
                                          WHERE draft IS NULL AND account IS began.account {same_target}AND kind = pair.column2), 0)",
        pairs.join(", ")
    )
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::archive::{EventFilter, Reader};
    use crate::model::{ActiveCondition, Severity};

    fn at(minute: i64) -> Timestamp {
        "2026-09-01T02:00:00Z".parse::<Timestamp>().unwrap() + chrono::TimeDelta::minutes(minute)
    }

    fn report(active: &[Condition], unknown: &[Condition], minute: i64) -> ConditionReport {
        let active = active.iter().map(|condition| {
            let details = ConditionDetails { quantity: Some(minute as u64), ..ConditionDetails::default() };
            ActiveCondition { condition: *condition, since: at(minute), details }
        });
        ConditionReport {
            active: active.collect(),
            unknown: unknown.iter().map(|condition| (*condition).into()).collect(),
        }
    }

    fn archive() -> (tempfile::TempDir, Writer, Vec<Option<AccountId>>) {
        let directory = tempfile::tempdir().unwrap();
        let mut writer = Writer::open(&directory.path().join("archive.db")).unwrap();
        let mut account = |name: &str| {
            Some(writer.get_or_create_account(&name.parse().unwrap(), &format!("wx{name}"), at(0)).unwrap())
        };
        let accounts = vec![account("mag"), account("shop"), None];
        (directory, writer, accounts)
    }

    fn log(directory: &tempfile::TempDir) -> Vec<(String, &'static str)> {
        let reader = Reader::open(&directory.path().join("archive.db")).unwrap();
        let mut events = reader.events(&EventFilter { at_least: Severity::Info, limit: None }).unwrap();
        events.reverse();
        events.iter().map(|event| (event.subject(), event.kind.as_str())).collect()
    }

    #[test]
    fn a_condition_begins_once_and_ends_once_for_each_account_and_the_service() {
        let (directory, mut writer, accounts) = archive();
        for account in &accounts {
            for (minute, active) in
                [&[Condition::ArchiveTrouble][..], &[Condition::ArchiveTrouble], &[], &[]].iter().enumerate()
            {
                writer.record_conditions(*account, &report(active, &[], minute as i64), at(minute as i64)).unwrap();
            }
        }
        let subjects = ["account:mag:archive.trouble", "account:shop:archive.trouble", "archive.trouble"];
        let pair = |subject: &str| ["archive.trouble", "archive.trouble.ended"].map(|kind| (subject.to_owned(), kind));
        assert_eq!(log(&directory), subjects.map(pair).concat());
    }

    #[test]
    fn conditions_of_an_account_that_is_watched_no_more_end() {
        let (directory, mut writer, accounts) = archive();
        for account in &accounts {
            writer.record_conditions(*account, &report(&[Condition::Late], &[], 0), at(0)).unwrap();
        }
        assert_eq!(writer.end_conditions_of_others(&["shop".to_owned()], at(1)).unwrap(), ["mag"]);
        assert!(writer.end_conditions_of_others(&["shop".to_owned()], at(2)).unwrap().is_empty());
        let open = Reader::open(&directory.path().join("archive.db")).unwrap().open_conditions().unwrap();
        let open: Vec<_> = open.iter().map(|event| (event.account.as_deref(), event.details.quantity)).collect();
        assert_eq!(open, [(Some("shop"), Some(0)), (None, Some(0))]);
    }

    #[test]
    fn each_target_has_conditions_of_its_own() {
        let (directory, mut writer, _) = archive();
        let parked = |target: &str| ActiveCondition {
            condition: Condition::TargetParked,
            since: at(0),
            details: ConditionDetails { target: Some(target.to_owned()), ..ConditionDetails::default() },
        };
        for active in [&["chat"][..], &["chat", "mail"], &["mail"], &[]] {
            let active = active.iter().map(|target| parked(target)).collect();
            let report = ConditionReport { active, unknown: Vec::new() };
            writer.record_conditions(None, &report, at(0)).unwrap();
        }
        let event = |target: &str, end: &'static str| (format!("notify.parked:{target}"), end);
        let [began, ended] = ["notify.parked", "notify.parked.ended"];
        assert_eq!(
            log(&directory),
            [event("chat", began), event("mail", began), event("chat", ended), event("mail", ended)]
        );
    }

    /// Which conditions hold, and about which nothing is known: one bit each.
    fn set(bits: u32) -> Vec<Condition> {
        Condition::ALL
            .into_iter()
            .enumerate()
            .filter(|(place, _)| bits >> place & 1 == 1)
            .map(|(_, each)| each)
            .collect()
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(32))]

        /// Begins and ends alternate, and what is open is what held last, with what nothing was known of since.
        #[test]
        fn begins_and_ends_alternate(steps in prop::collection::vec((0usize..3, 0u32..1 << Condition::ALL.len(), 0u32..1 << Condition::ALL.len()), 1..20)) {
            let (directory, mut writer, accounts) = archive();
            let mut held = vec![Vec::<Condition>::new(); accounts.len()];
            for (minute, (who, active, unknown)) in steps.iter().enumerate() {
                let (active, unknown) = (set(*active), set(*unknown & !*active));
                writer.record_conditions(accounts[*who], &report(&active, &unknown, minute as i64), at(minute as i64)).unwrap();
                held[*who].retain(|condition| unknown.contains(condition));
                held[*who].extend(active);
                held[*who].sort();
                let keys: Vec<ConditionKey> = held[*who].iter().map(|condition| (*condition).into()).collect();
                prop_assert_eq!(open(&writer.connection, accounts[*who]).unwrap(), keys);
            }
            let events = log(&directory);
            for (place, (subject, kind)) in events.iter().enumerate() {
                let before = events[..place].iter().rev().find(|(other, _)| other == subject);
                prop_assert_eq!(kind.ends_with(".ended"), before.is_some_and(|(_, kind)| !kind.ends_with(".ended")));
            }
            let reader = Reader::open(&directory.path().join("archive.db")).unwrap();
            prop_assert_eq!(reader.open_conditions().unwrap().len(), held.concat().len());
        }
    }
}
