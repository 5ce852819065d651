//! A parsed cron expression, which matches local times of its zone.

use chrono::NaiveDateTime;
use chrono_tz::Tz;
use croner::parser::{CronParser, Seconds, Year};
use croner::{Cron, JobType};

/// A parsed cron expression and its zone.
#[derive(Clone)]
pub(super) struct Pattern {
    pub(super) zone: Tz,
    /// Boxed because it is large, and an account need not have a schedule.
    pub(super) cron: Box<Cron>,
}

impl Pattern {
    /// Returns whether it has one time a day, such as `30 2 * * *`.
    pub(super) fn is_once_a_day(&self) -> bool {
        self.cron.determine_job_type() == JobType::FixedTime
    }

    /// Returns the first match strictly after `local_time`, on a clock that is never put forward or back.
    pub(super) fn next_local(&self, local: NaiveDateTime) -> Option<NaiveDateTime> {
        self.cron.find_next_occurrence(&local.and_utc(), false).ok().map(|found| found.naive_utc())
    }
}

/// Parses with croner; years are refused, nicknames were refused before. The error is text for people.
pub(super) fn parse_cron(expression: &str) -> Result<Cron, String> {
    let parser = CronParser::builder().seconds(Seconds::Optional).year(Year::Disallowed).build();
    parser.parse(expression).map_err(|error| {
        let text = error.to_string();
        let reason = text.split_once(": ").map_or(text.as_str(), |(_kind, reason)| reason);
        reason.trim_end_matches('.').to_lowercase()
    })
}
