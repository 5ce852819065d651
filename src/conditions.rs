//! Looks which conditions hold, and writes down which began and ended.
//!
//! All of them come from the state that the archive has, by one road, after a poll and from time to time. A condition is not written in
//! the transaction of the poll that failed: the state is compared with the open conditions, so a process that is killed between the two
//! loses nothing, an end that no poll causes (a limit that is renewed, a restore that is resumed) is seen as well, and trouble with the
//! table of events holds up no poll.

use crate::archive::{DaemonReport, Error, Writer};
use crate::config::Account;
use crate::health::{self, AccountStatus};
use crate::model::{Condition, ConditionReport, EventKind, Timestamp};

/// A look at an account.
#[derive(Clone, Debug)]
pub struct AccountCheck {
    pub account: Account,
    /// What the daemon knows and the archive does not.
    pub report: DaemonReport,
    /// Whether polls have only begun: what nobody read before is not told as late, because it is being read.
    pub has_just_started: bool,
}

impl AccountCheck {
    /// A look after polls that somebody asked for.
    pub fn new(account: Account) -> Self {
        Self { account, report: DaemonReport::default(), has_just_started: false }
    }

    /// Compares the conditions of the account with its open ones.
    ///
    /// # Errors
    ///
    /// Where the archive fails.
    pub fn run(&self, writer: &mut Writer, now: Timestamp) -> Result<Vec<EventKind>, Error> {
        let Self { account, report, has_just_started } = self;
        // Without an account in the archive, there is nothing that an event could be about.
        let Some((id, stats)) = writer.account_stats(&account.name, &account.appid, now)? else {
            return Ok(Vec::new());
        };
        let status = AccountStatus::configured(stats, account, report, now);
        let mut found = health::conditions(&status, account, now);
        if *has_just_started {
            found.defer(Condition::Late);
        }
        writer.record_conditions(Some(id), &found, now)
    }
}

/// Compares the conditions of the service with its open ones: those of the disk, of the targets, of copies and of proofs, and those in `known`.
///
/// # Errors
///
/// Where the archive fails.
pub fn check_service(writer: &mut Writer, known: ConditionReport, now: Timestamp) -> Result<ConditionReport, Error> {
    let mut report = health::disk_conditions(writer.disk_space()?, now);
    let of_targets = health::target_conditions(&writer.outbox_targets()?, now);
    let of_copies = health::copy_conditions(&writer.copy_states()?, now);
    let of_proofs = health::proof_conditions(&writer.proofs()?, now);
    for other in [of_targets, of_copies, of_proofs, known] {
        report.active.extend(other.active);
        report.unknown.extend(other.unknown);
    }
    writer.record_conditions(None, &report, now)?;
    Ok(report)
}
