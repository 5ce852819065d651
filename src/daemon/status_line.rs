//! The status line that `systemctl status` shows.

use std::collections::BTreeMap;

use chrono::{Offset, TimeZone};

use super::outcome::StepOutcome;
use crate::model::{AccountName, Timestamp, counted, shortened};

/// The longest text of a problem: enough for the platform's common errors and how to fix them. The log has the full text.
const LONGEST_PROBLEM: usize = 280;

/// The state of each account since the daemon started.
#[derive(Debug, Default)]
pub(super) struct StatusLine(BTreeMap<AccountName, Account>);

#[derive(Debug, Default)]
struct Account {
    /// How many drafts its box had at the last successful poll.
    drafts: u64,
    polled_at: Option<Timestamp>,
    problem: Option<String>,
}

impl StatusLine {
    pub(super) fn add(&mut self, account: AccountName) {
        self.0.entry(account).or_default();
    }

    pub(super) fn remove(&mut self, account: &AccountName) {
        self.0.remove(account);
    }

    /// Records the outcome of a step. Accounts that were removed meanwhile are ignored.
    pub(super) fn on_step(&mut self, outcome: &StepOutcome) {
        let Some(account) = self.0.get_mut(&outcome.account) else { return };
        if matches!(outcome.result, Ok(None)) {
            return;
        }
        account.polled_at = Some(outcome.ended_at);
        account.problem = outcome.failures().first().map(|failure| one_line(&failure.message_without_rid()));
        match &outcome.result {
            Ok(Some(report)) if account.problem.is_none() || report.seen > 0 => account.drafts = report.in_box,
            _ => {}
        }
    }

    /// Formats the line; times are in the zone `here`.
    pub(super) fn render<Z: TimeZone>(&self, here: &Z) -> String {
        let drafts: u64 = self.0.values().map(|account| account.drafts).sum();
        let mut line = format!("{}, {}", counted(self.0.len() as u64, "account"), counted(drafts, "draft"));
        if let Some(last) = self.0.values().filter_map(|account| account.polled_at).max() {
            let there = last.with_timezone(&here.offset_from_utc_datetime(&last.naive_utc()).fix());
            line += &format!(", last poll {}", there.format("%H:%M:%S"));
        }
        let mut failing = self.0.iter().filter_map(|(name, account)| Some((name, account.problem.as_ref()?)));
        if let Some((name, problem)) = failing.next() {
            line += &format!("; {} with problems: {name}: {problem}", 1 + failing.count());
        }
        line
    }
}

/// A newline would end the status and start another message to systemd.
fn one_line(text: &str) -> String {
    let line: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    shortened(&line, LONGEST_PROBLEM).into_owned()
}

#[cfg(test)]
mod tests {
    use chrono_tz::Asia::Shanghai;

    use super::*;
    use crate::archive::Failure;
    use crate::model::{FailureKind, Strategy};
    use crate::poll::Report;

    fn outcome(account: &str, seen: u64, problem: Option<&str>, ended_at: &str) -> StepOutcome {
        let failure = |message: &str| Failure::new(None, FailureKind::IpNotWhitelisted, message.to_owned());
        let report = Report {
            account: account.parse().unwrap(),
            strategy: Strategy::Sweep,
            calls: 1,
            seen,
            in_box: seen,
            new_versions: 0,
            missing: 0,
            absences: Vec::new(),
            held_back: 0,
            failures: problem.map(failure).into_iter().collect(),
            versions: Vec::new(),
            notes: Vec::new(),
            refused: false,
        };
        let ended_at = ended_at.parse().unwrap();
        StepOutcome {
            account: report.account.clone(),
            began_at: ended_at,
            ended_at,
            took: Default::default(),
            answers: Vec::new(),
            cut_short: false,
            result: Ok(Some(report)),
            next: None,
            proof: None,
        }
    }

    #[test]
    fn a_line_tells_how_it_is() {
        let mut status = StatusLine::default();
        for account in ["mag", "shop"] {
            status.add(account.parse().unwrap());
        }
        assert_eq!(status.render(&Shanghai), "2 accounts, 0 drafts");
        status.on_step(&outcome("mag", 36, None, "2026-09-01T04:05:00Z"));
        status.on_step(&outcome("shop", 1, None, "2026-09-01T04:05:01Z"));
        assert_eq!(status.render(&Shanghai), "2 accounts, 37 drafts, last poll 12:05:01");
        status.on_step(&outcome("mag", 0, Some("not in\nwhitelist"), "2026-09-01T04:10:00Z"));
        assert_eq!(
            status.render(&Shanghai),
            "2 accounts, 37 drafts, last poll 12:10:00; 1 with problems: mag: not in whitelist"
        );
        status.on_step(&outcome("mag", 35, None, "2026-09-01T04:15:00Z"));
        status.remove(&"shop".parse().unwrap());
        status.on_step(&outcome("shop", 1, None, "2026-09-01T04:15:01Z"));
        assert_eq!(status.render(&Shanghai), "1 account, 35 drafts, last poll 12:15:00");
    }

    #[test]
    fn a_long_problem_is_cut_between_characters() {
        assert_eq!(one_line(&"难".repeat(300)), "难".repeat(280) + "…");
        assert_eq!(one_line("short"), "short");
    }
}
