//! Which conditions of an account hold: what its status calls problems, and whether its drafts are fresh. Pure.

use chrono::TimeDelta;

use super::freshness::{Freshness, freshness};
use super::problem::{Problem, QuotaExhausted, block_kind};
use super::status::AccountStatus;
use crate::archive::{AccountStats, DiskSpace, EndpointBlock};
use crate::config::Account;
use crate::model::{
    ActiveCondition, Condition, ConditionDetails, ConditionKey, ConditionReport, FailureKind, Timestamp,
};
use crate::wechat::address_in;

/// An account that nothing was read of yet is late if its polls have failed for this long.
const FIRST_READING: TimeDelta = TimeDelta::minutes(45);

/// What the platform says about the account itself.
const VERDICTS: [Condition; 5] =
    [Condition::Credentials, Condition::Whitelist, Condition::Verification, Condition::Blocked, Condition::Quota];

/// A disk with less room than this is nearly full, in bytes; a small one if less than a twentieth is free.
const LITTLE_SPACE: u64 = 256 << 20;

/// Returns which conditions of an account hold at `now`.
pub fn conditions(status: &AccountStatus, account: &Account, now: Timestamp) -> ConditionReport {
    let mut found: Vec<(Condition, ConditionDetails)> = Vec::new();
    for (condition, details) in status.problems.iter().filter_map(of_problem).chain(lost_pictures(&status.stats)) {
        match found.iter_mut().find(|(known, _)| *known == condition) {
            Some((_, known)) => merge(known, details),
            None => found.push((condition, details)),
        }
    }
    let mut unknown = unknown(status, now);
    if is_late(status, account, now) {
        // What keeps the polls from reading says it; but an account that is late stays late.
        let is_explained = found.iter().any(|(condition, _)| VERDICTS[..4].contains(condition));
        match is_explained {
            true => unknown.push(Condition::Late),
            false => found.push((Condition::Late, late_details(status))),
        }
    }
    unknown.retain(|condition| found.iter().all(|(active, _)| active != condition));
    let active = found.into_iter().map(|(condition, details)| ActiveCondition { condition, since: now, details });
    ConditionReport { active: active.collect(), unknown: unknown.into_iter().map(ConditionKey::from).collect() }
}

/// Returns whether the disk is nearly full. It is not any more once there is twice as much room, so that the answer does not change with
/// every write.
pub fn disk_conditions(disk: DiskSpace, now: Timestamp) -> ConditionReport {
    let little = LITTLE_SPACE.min(disk.total / 20);
    let condition = Condition::DiskNearlyFull;
    let details = ConditionDetails { quantity: Some(disk.free), ..ConditionDetails::default() };
    match disk.free {
        free if free < little => {
            ConditionReport { active: vec![ActiveCondition { condition, since: now, details }], unknown: Vec::new() }
        }
        free if free < little * 2 => ConditionReport { active: Vec::new(), unknown: vec![condition.into()] },
        _ => ConditionReport::default(),
    }
}

/// Returns the condition that a problem is.
fn of_problem(problem: &Problem) -> Option<(Condition, ConditionDetails)> {
    let none = ConditionDetails::default;
    match problem {
        Problem::Blocked(block) => {
            let (failure, code) = (block_kind(block).failure_kind(), Some(block.code));
            let (until, reason) = (Some(block.until), Some(block.message.clone()));
            let details = ConditionDetails { until, failure: Some(failure), code, reason, ..none() };
            Some((of_failure(failure)?, details))
        }
        Problem::PollsFailing { media_id: None, kind: failure @ Some(kind), code, message, exhausted, .. } => {
            let condition = of_failure(*kind)?;
            let address = address_in(message).filter(|_| condition == Condition::Whitelist);
            let until = exhausted.and_then(|QuotaExhausted { until, .. }| until);
            let (address, reason) = (address.map(|address| address.to_string()), Some(message.clone()));
            let (failure, code) = (*failure, *code);
            Some((condition, ConditionDetails { address, until, failure, code, reason, ..none() }))
        }
        Problem::HeldBack(held) => {
            Some((Condition::BoxEmptied, ConditionDetails { quantity: Some(held.drafts), ..none() }))
        }
        Problem::NotStored { message, drafts, .. } => {
            let (quantity, failure) = (Some(*drafts), Some(FailureKind::NotStored));
            let reason = Some(message.clone());
            Some((Condition::ArchiveTrouble, ConditionDetails { quantity, failure, reason, ..none() }))
        }
        Problem::UnfinishedRestore(_) => {
            Some((Condition::RestoreCutOff, ConditionDetails { quantity: Some(1), ..none() }))
        }
        // Not about an account of the archive, or seen by its freshness, or told by `verify`.
        Problem::OtherAppid { .. } | Problem::ConfigRefused(_) | Problem::NeverPolled { .. } => None,
        Problem::Overdue { .. } | Problem::DraftsOverdue { .. } | Problem::ListOverdue { .. } => None,
        Problem::PollsFailing { .. } | Problem::DraftsFailing { .. } => None,
        Problem::PollsBroken { .. } | Problem::PollInFuture { .. } | Problem::ClockSkew { .. } => None,
        Problem::Damaged { .. } => None,
    }
}

/// Returns the condition of an account whose polls fail like this; `None` where the failure says nothing about the account.
fn of_failure(kind: FailureKind) -> Option<Condition> {
    match kind {
        FailureKind::Credentials | FailureKind::Token | FailureKind::Local => Some(Condition::Credentials),
        FailureKind::IpNotWhitelisted => Some(Condition::Whitelist),
        FailureKind::Quota => Some(Condition::Quota),
        FailureKind::Permission => Some(Condition::Verification),
        FailureKind::Suspended | FailureKind::AccountBlocked | FailureKind::SecurityMode => Some(Condition::Blocked),
        _ => None,
    }
}

fn lost_pictures(stats: &AccountStats) -> Option<(Condition, ConditionDetails)> {
    let lost = stats.pictures.lost;
    (lost > 0)
        .then(|| (Condition::PicturesLost, ConditionDetails { quantity: Some(lost), ..ConditionDetails::default() }))
}

/// Two problems that are one condition: numbers are added, and the later end counts.
fn merge(known: &mut ConditionDetails, other: ConditionDetails) {
    known.quantity = [known.quantity, other.quantity].into_iter().flatten().reduce(|one, two| one + two);
    known.until = known.until.max(other.until);
    known.address = known.address.take().or(other.address);
}

/// Returns what the last poll could not show: a network that is down says nothing about credentials, and an endpoint whose block has
/// expired may be blocked again when it is called.
fn unknown(status: &AccountStatus, now: Timestamp) -> Vec<Condition> {
    if status.problems.iter().any(is_no_verdict) {
        return VERDICTS.to_vec();
    }
    let began = status.stats.last_poll.as_ref().map(|poll| poll.started_at);
    let is_untried = |block: &&EndpointBlock| block.until <= now && began.is_none_or(|began| began < block.until);
    let untried = status.stats.expired_blocks.iter().filter(is_untried);
    let conditions = untried.filter_map(|block| of_failure(block_kind(block).failure_kind()));
    // A limit is renewed by the clock.
    conditions.filter(|condition| *condition != Condition::Quota).collect()
}

fn is_no_verdict(problem: &Problem) -> bool {
    match problem {
        Problem::PollsBroken { .. } => true,
        Problem::PollsFailing { media_id: None, kind, .. } => kind.and_then(of_failure).is_none(),
        _ => false,
    }
}

fn is_late(status: &AccountStatus, account: &Account, now: Timestamp) -> bool {
    match freshness(&status.stats, account, status.forecast.as_ref(), now) {
        Freshness::Fresh | Freshness::OtherAppid => false,
        Freshness::Stale { .. } => true,
        Freshness::NeverRead => status.stats.failing.is_some_and(|failing| now - failing.since > FIRST_READING),
    }
}

/// Why polls fail, where they do.
fn late_details(status: &AccountStatus) -> ConditionDetails {
    let none = ConditionDetails::default;
    let details = status.problems.iter().find_map(|problem| match problem {
        Problem::PollsFailing { media_id: None, kind, code, message, .. } => {
            Some(ConditionDetails { failure: *kind, code: *code, reason: Some(message.clone()), ..none() })
        }
        Problem::PollsBroken { message, .. } => {
            let (failure, reason) = (Some(FailureKind::Broken), Some(message.clone()));
            Some(ConditionDetails { failure, reason, ..none() })
        }
        _ => None,
    });
    details.unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now() -> Timestamp {
        "2026-09-01T02:00:00Z".parse().unwrap()
    }

    #[test]
    fn a_disk_is_nearly_full_until_there_is_twice_as_much_room() {
        let told = |free: u64, total: u64| {
            let ConditionReport { active, unknown } = disk_conditions(DiskSpace { free, total }, now());
            (active.len(), unknown.len())
        };
        let (mega, giga) = (1 << 20, 1 << 30);
        assert_eq!(told(255 * mega, 100 * giga), (1, 0));
        assert_eq!(told(256 * mega, 100 * giga), (0, 1));
        assert_eq!(told(512 * mega, 100 * giga), (0, 0));
        assert_eq!(told(60 * mega, giga), (0, 1), "a twentieth of a small disk");
        assert_eq!(told(110 * mega, giga), (0, 0));
    }

    #[test]
    fn two_problems_that_are_one_condition_are_told_together() {
        let details = |quantity, until, reason: &str| {
            let (quantity, reason) = (Some(quantity), Some(reason.to_owned()));
            ConditionDetails { quantity, until, reason, ..ConditionDetails::default() }
        };
        let (mut known, other) = (details(1, Some(now()), "one"), details(2, None, "two"));
        merge(&mut known, other);
        assert_eq!((known.quantity, known.until, known.reason.as_deref()), (Some(3), Some(now()), Some("one")));
    }
}
