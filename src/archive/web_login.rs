//! How often a password may be tried. Counted in the archive, so that a restart begins nothing anew.

use chrono::TimeDelta;
use rusqlite::{OptionalExtension, Transaction};

use super::decode;
use super::error::Error;
use super::writer::Writer;
use crate::model::{Timestamp, retry_delay, rfc3339};

/// So many wrong passwords of one address cost nothing.
const FREE: u32 = 5;

/// So many of all addresses together cost nothing: one that guesses must not lock the others out at once.
const FREE_OF_ALL: u32 = 50;

/// The row that counts those of all addresses.
const ALL: &str = "all";

const FIRST_WAIT: TimeDelta = TimeDelta::seconds(2);
const LONGEST_WAIT: TimeDelta = TimeDelta::minutes(15);

/// A day without a wrong password, and none counts any more.
const FORGOTTEN_AFTER: TimeDelta = TimeDelta::days(1);

impl Writer {
    /// Counts a try from an address as a failure, before the password is looked at, so that tries at the same time count as well.
    /// Returns how long to wait where there were too many; such a try is not counted.
    pub fn begin_web_login(&mut self, address: &str, now: Timestamp) -> Result<Option<TimeDelta>, Error> {
        self.transaction(|transaction| {
            let old = rfc3339(now - FORGOTTEN_AFTER);
            transaction.prepare_cached("DELETE FROM web_login_failure WHERE last_at < ?1")?.execute([old])?;
            let counts = [(address, FREE), (ALL, FREE_OF_ALL)];
            let mut longest = None;
            for (address, free) in counts {
                longest = longest.max(wait(transaction, address, free, now)?);
            }
            if longest.is_none() {
                for (address, _) in counts {
                    transaction
                        .prepare_cached(
                            "INSERT INTO web_login_failure (address, failures, last_at) VALUES (?1, 1, ?2)
                             ON CONFLICT DO UPDATE SET failures = failures + 1, last_at = excluded.last_at",
                        )?
                        .execute((address, rfc3339(now)))?;
                }
            }
            Ok(longest)
        })
    }

    /// Takes back what [`Writer::begin_web_login`] counted, as the password was right; the address has no failures any more.
    pub fn finish_web_login(&mut self, address: &str) -> Result<(), Error> {
        self.transaction(|transaction| {
            transaction.prepare_cached("DELETE FROM web_login_failure WHERE address = ?1")?.execute([address])?;
            let of_all = "UPDATE web_login_failure SET failures = failures - 1 WHERE address = ?1 AND failures > 1";
            if transaction.prepare_cached(of_all)?.execute([ALL])? == 0 {
                transaction.prepare_cached("DELETE FROM web_login_failure WHERE address = ?1")?.execute([ALL])?;
            }
            Ok(())
        })
    }
}

/// Returns how long an address must wait still.
fn wait(
    transaction: &Transaction<'_>,
    address: &str,
    free: u32,
    now: Timestamp,
) -> rusqlite::Result<Option<TimeDelta>> {
    let counted = transaction
        .prepare_cached("SELECT failures, last_at FROM web_login_failure WHERE address = ?1")?
        .query_row([address], |row| Ok((row.get::<_, u32>(0)?, decode::instant(row, 1)?)))
        .optional()?;
    let Some((failures, last_at)) = counted else { return Ok(None) };
    // A failure in the future was dated by a clock that was set back since.
    if failures < free || last_at > now {
        return Ok(None);
    }
    let left = retry_delay(FIRST_WAIT, LONGEST_WAIT, failures - free + 1) - (now - last_at);
    Ok((left > TimeDelta::zero()).then_some(left))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn after_five_wrong_passwords_each_further_one_costs_twice_the_time() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("archive.db");
        let mut writer = Writer::open(&path).unwrap();
        let mut now: Timestamp = "2026-09-01T02:00:00Z".parse().unwrap();
        for _ in 0..FREE {
            assert_eq!(writer.begin_web_login("10.0.0.1", now).unwrap(), None);
        }
        for seconds in [2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900] {
            let wait = TimeDelta::seconds(seconds);
            assert_eq!(writer.begin_web_login("10.0.0.1", now).unwrap(), Some(wait));
            // A restart changes nothing, and others are let in.
            writer = Writer::open(&path).unwrap();
            now += wait;
            assert_eq!(writer.begin_web_login("10.0.0.1", now).unwrap(), None, "{seconds}");
        }
        assert_eq!(writer.begin_web_login("10.0.0.2", now).unwrap(), None);
        assert!(writer.begin_web_login("10.0.0.1", now).unwrap().is_some());
        writer.finish_web_login("10.0.0.1").unwrap();
        assert_eq!(writer.begin_web_login("10.0.0.1", now).unwrap(), None);
        assert_eq!(writer.begin_web_login("10.0.0.1", now - TimeDelta::hours(1)).unwrap(), None, "a clock set back");
    }

    #[test]
    fn many_addresses_together_have_a_limit_too() {
        let directory = tempfile::tempdir().unwrap();
        let mut writer = Writer::open(&directory.path().join("archive.db")).unwrap();
        let now: Timestamp = "2026-09-01T02:00:00Z".parse().unwrap();
        for host in 0..FREE_OF_ALL {
            assert_eq!(writer.begin_web_login(&format!("10.0.0.{host}"), now).unwrap(), None);
        }
        assert!(writer.begin_web_login("10.0.1.1", now).unwrap().is_some());
        assert_eq!(writer.begin_web_login("10.0.1.1", now + FORGOTTEN_AFTER + TimeDelta::seconds(1)).unwrap(), None);
    }
}
