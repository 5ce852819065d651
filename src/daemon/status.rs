//! The daemon in one line, as `systemctl status` shows it.

use std::collections::BTreeMap;

use chrono::{Offset, TimeZone};

use super::worker::Outcome;
use crate::model::{AccountName, Timestamp, counted, shortened};
use crate::wechat::rid;

/// The longest text of a trouble: the platform's commonest refusals with what to do about them. The log has the whole.
const LONGEST_TROUBLE: usize = 280;

/// What is known of each account since the daemon started.
#[derive(Debug, Default)]
pub(super) struct Status(BTreeMap<AccountName, Account>);

#[derive(Debug, Default)]
struct Account {
    /// How many drafts are in its box, as its last good poll knew.
    drafts: u64,
    polled_at: Option<Timestamp>,
    trouble: Option<String>,
}

impl Status {
    pub(super) fn enter(&mut self, account: AccountName) {
        self.0.entry(account).or_default();
    }

    pub(super) fn strike(&mut self, account: &AccountName) {
        self.0.remove(account);
    }

    /// Takes note of how a poll ended. One of an account that was struck meanwhile is of no interest.
    pub(super) fn ended(&mut self, outcome: &Outcome) {
        let Some(account) = self.0.get_mut(&outcome.account) else { return };
        if matches!(outcome.result, Ok(None)) {
            return;
        }
        account.polled_at = Some(outcome.ended_at);
        account.trouble = outcome.failures().first().map(|failure| one_line(&rid::strip(&failure.message)));
        match &outcome.result {
            Ok(Some(report)) if account.trouble.is_none() || report.seen > 0 => account.drafts = report.in_box,
            _ => {}
        }
    }

    /// Returns the line; times are of the zone `here`.
    pub(super) fn line<Z: TimeZone>(&self, here: &Z) -> String {
        let drafts: u64 = self.0.values().map(|account| account.drafts).sum();
        let mut line = format!("{}, {}", counted(self.0.len() as u64, "account"), counted(drafts, "draft"));
        if let Some(last) = self.0.values().filter_map(|account| account.polled_at).max() {
            let there = last.with_timezone(&here.offset_from_utc_datetime(&last.naive_utc()).fix());
            line += &format!(", last poll {}", there.format("%H:%M:%S"));
        }
        let mut troubled = self.0.iter().filter_map(|(name, account)| Some((name, account.trouble.as_ref()?)));
        if let Some((name, trouble)) = troubled.next() {
            line += &format!("; {} in trouble: {name}: {trouble}", 1 + troubled.count());
        }
        line
    }
}

/// A line end would end the status and begin another message to systemd.
fn one_line(text: &str) -> String {
    let line: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    shortened(&line, LONGEST_TROUBLE).into_owned()
}

#[cfg(test)]
mod tests {
    use chrono_tz::Asia::Shanghai;

    use super::*;
    use crate::archive::Failure;
    use crate::poll::Report;

    fn outcome(account: &str, seen: u64, trouble: Option<&str>, ended_at: &str) -> Outcome {
        let failure = |message: &str| Failure { media_id: None, code: Some(40164), message: message.to_owned() };
        let report = Report {
            account: account.parse().unwrap(),
            strategy: "sweep",
            calls: 1,
            seen,
            in_box: seen,
            new_versions: 0,
            missing: 0,
            absences: Vec::new(),
            held_back: 0,
            errors: trouble.map(failure).into_iter().collect(),
            versions: Vec::new(),
            notes: Vec::new(),
            refused: false,
        };
        let ended_at = ended_at.parse().unwrap();
        Outcome {
            account: report.account.clone(),
            began_at: ended_at,
            ended_at,
            took: Default::default(),
            answers: Vec::new(),
            cut_short: false,
            result: Ok(Some(report)),
            next: None,
        }
    }

    #[test]
    fn a_line_tells_how_it_is() {
        let mut status = Status::default();
        for account in ["mag", "shop"] {
            status.enter(account.parse().unwrap());
        }
        assert_eq!(status.line(&Shanghai), "2 accounts, 0 drafts");
        status.ended(&outcome("mag", 36, None, "2026-09-01T04:05:00Z"));
        status.ended(&outcome("shop", 1, None, "2026-09-01T04:05:01Z"));
        assert_eq!(status.line(&Shanghai), "2 accounts, 37 drafts, last poll 12:05:01");
        status.ended(&outcome("mag", 0, Some("not in\nwhitelist"), "2026-09-01T04:10:00Z"));
        assert_eq!(
            status.line(&Shanghai),
            "2 accounts, 37 drafts, last poll 12:10:00; 1 in trouble: mag: not in whitelist"
        );
        status.ended(&outcome("mag", 35, None, "2026-09-01T04:15:00Z"));
        status.strike(&"shop".parse().unwrap());
        status.ended(&outcome("shop", 1, None, "2026-09-01T04:15:01Z"));
        assert_eq!(status.line(&Shanghai), "1 account, 35 drafts, last poll 12:15:00");
    }

    #[test]
    fn a_long_trouble_is_cut_between_characters() {
        assert_eq!(one_line(&"难".repeat(300)), "难".repeat(280) + "…");
        assert_eq!(one_line("short"), "short");
    }
}
