//! Whether a schedule fits into the calls that the platform grants a day.

use super::{Account, Drafts};
use crate::model::Interface;

/// Schedules to propose, with their polls a day.
const LADDER: [(&str, u64); 11] = [
    ("*/2 * * * *", 720),
    ("*/3 * * * *", 480),
    ("*/5 * * * *", 288),
    ("*/10 * * * *", 144),
    ("*/15 * * * *", 96),
    ("*/20 * * * *", 72),
    ("*/30 * * * *", 48),
    ("0 * * * *", 24),
    ("0 */2 * * *", 12),
    ("0 */6 * * *", 4),
    ("0 8 * * *", 1),
];

/// Returns what to tell the operator of an account whose schedule needs more calls than a new account has.
pub(super) fn warning(account: &Account) -> Option<String> {
    let polls = u64::from(account.timing.schedule()?.polls_per_day());
    match &account.drafts {
        // Each draft of a list is one draft/get.
        Drafts::List(list) => {
            let (drafts, limit) = (list.len() as u64, Interface::DraftGet.daily_limit());
            (drafts * polls > limit).then(|| {
                format!(
                    "{} × {} = {} draft/get calls a day; a new account may make {}. {}",
                    count(drafts, "draft"),
                    count(polls, "poll"),
                    grouped(drafts * polls),
                    grouped(limit),
                    advice(limit / drafts),
                )
            })
        }
        // How many pages the box has is not known here; it is one at least.
        Drafts::All => {
            let limit = Interface::DraftBatchget.daily_limit();
            (polls > limit).then(|| {
                format!(
                    "{} need at least as many draft/batchget calls a day; a new account may make {}. {}",
                    count(polls, "poll"),
                    grouped(limit),
                    advice(limit),
                )
            })
        }
    }
}

fn advice(polls: u64) -> String {
    match LADDER.iter().find(|(_, needed)| *needed <= polls) {
        Some((expression, fits)) => format!("schedule = {expression:?} fits, with {}", count(*fits, "poll")),
        None => "drafts = \"all\" reads twenty drafts a call".to_owned(),
    }
}

fn count(number: u64, what: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{} {what}{plural}", grouped(number))
}

/// Writes a number with a comma between thousands.
fn grouped(number: u64) -> String {
    match number / 1_000 {
        0 => number.to_string(),
        thousands => format!("{},{:03}", grouped(thousands), number % 1_000),
    }
}

#[cfg(test)]
mod tests {
    use chrono_tz::Asia::Shanghai;

    use super::*;
    use crate::schedule::Schedule;

    #[test]
    fn the_ladder_says_how_often_its_schedules_poll() {
        for (expression, polls) in LADDER {
            assert_eq!(
                u64::from(Schedule::parse(expression, Shanghai).unwrap().polls_per_day()),
                polls,
                "{expression}"
            );
        }
    }

    #[test]
    fn advice_fits() {
        assert_eq!(advice(500 / 20), "schedule = \"0 * * * *\" fits, with 24 polls");
        assert_eq!(advice(500 / 500), "schedule = \"0 8 * * *\" fits, with 1 poll");
        assert_eq!(advice(500 / 501), "drafts = \"all\" reads twenty drafts a call");
    }

    #[test]
    fn numbers_are_grouped() {
        assert_eq!([grouped(0), grouped(999), grouped(5_760), grouped(1_000_005)], ["0", "999", "5,760", "1,000,005"]);
    }
}
