//! Who is told of what happens, as configured.

use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, Days, NaiveTime, TimeZone, Utc};
use chrono_tz::Tz;

use super::source::SecretSource;
use super::suggest::suggest;
use crate::model::{AccountName, Condition, EventKind, Language, Severity, Timestamp};

/// `[[notify]]`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotifyConfig {
    pub name: String,
    pub to: NotifyAddress,
    /// The accounts whose events are sent; `None`: all.
    pub accounts: Option<Vec<AccountName>>,
    /// The kinds of events that are sent; `None`: all.
    pub kinds: Option<Vec<KindPattern>>,
    pub at_least: Severity,
    /// Who is mentioned by alarms, as the target names people.
    pub people: Vec<String>,
    /// When nothing is sent.
    pub quiet: Option<QuietHours>,
    /// The kinds that are sent in quiet hours too.
    pub through: Vec<KindPattern>,
    /// The time of the day at which all is sent that is no alarm; `None`: soon after it happened.
    pub digest: Option<NaiveTime>,
    /// The time zone of `quiet`, `digest` and of the times in messages.
    pub zone: Tz,
    pub language: Language,
}

impl NotifyConfig {
    /// Returns whether events of this kind are sent. The end of a condition is sent where its begin is. What concerns no account concerns everybody.
    pub fn selects(&self, account: Option<&str>, kind: EventKind) -> bool {
        let is_watched = match (&self.accounts, account) {
            (Some(accounts), Some(account)) => accounts.iter().any(|name| name.as_str() == account),
            _ => true,
        };
        let begin = kind.condition().map_or(kind, EventKind::Began);
        let is_named = self
            .kinds
            .as_ref()
            .is_none_or(|kinds| kinds.iter().any(|pattern| pattern.holds(kind) || pattern.holds(begin)));
        let severity = kind.condition().map_or(kind.severity(), Condition::severity);
        is_watched && is_named && severity >= self.at_least
    }
}

/// Where messages go. Addresses are secrets: who knows one can write to the group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NotifyAddress {
    Wecom(SecretSource),
    Feishu(SignedAddress),
    Dingtalk(SignedAddress),
    Webhook(SignedAddress),
    Mail(MailAddress),
    /// Program and arguments.
    Exec(Vec<String>),
    Apprise(SecretSource),
}

impl NotifyAddress {
    /// Returns whether the target drops a message that it has already, by its number.
    pub fn knows_ids(&self) -> bool {
        matches!(self, Self::Webhook(_))
    }

    /// Returns the key under which it is configured.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Wecom(_) => "wecom",
            Self::Feishu(_) => "feishu",
            Self::Dingtalk(_) => "dingtalk",
            Self::Webhook(_) => "webhook",
            Self::Mail(_) => "mail",
            Self::Exec(_) => "exec",
            Self::Apprise(_) => "apprise",
        }
    }
}

/// An address, and the secret that messages to it are signed with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedAddress {
    pub url: SecretSource,
    pub secret: Option<SecretSource>,
}

/// How mail is sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MailAddress {
    pub host: String,
    pub port: u16,
    pub security: MailSecurity,
    /// The login and the source of its password.
    pub login: Option<(String, SecretSource)>,
    pub from: String,
    pub to: Vec<String>,
}

/// How a connection to a mail server is encrypted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MailSecurity {
    /// From the first byte.
    Tls,
    /// After a greeting; a server that does not offer it gets no mail.
    StartTls,
    /// Not at all: for a server on this machine.
    None,
}

impl MailSecurity {
    /// The port that is usual for it.
    pub(super) fn usual_port(self) -> u16 {
        match self {
            Self::Tls => 465,
            Self::StartTls => 587,
            Self::None => 25,
        }
    }
}

impl FromStr for MailSecurity {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "tls" => Ok(Self::Tls),
            "starttls" => Ok(Self::StartTls),
            "none" => Ok(Self::None),
            _ => Err("this is \"tls\", \"starttls\", or \"none\" for a server on this machine"),
        }
    }
}

/// A kind of event, or all whose word begins alike: `draft.emptied`, `account.*`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KindPattern(String);

impl KindPattern {
    /// Returns whether a kind is meant.
    pub fn holds(&self, kind: EventKind) -> bool {
        match self.0.strip_suffix('*') {
            Some(beginning) => kind.as_str().starts_with(beginning),
            None => kind.as_str() == self.0,
        }
    }

    /// Returns a pattern that was probably meant.
    pub(super) fn suggest(text: &str) -> Option<&'static str> {
        suggest(text, EventKind::ALL.into_iter().map(EventKind::as_str))
    }
}

/// Refuses what is no kind.
impl FromStr for KindPattern {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let pattern = Self(text.to_owned());
        match EventKind::ALL.into_iter().any(|kind| pattern.holds(kind)) {
            true => Ok(pattern),
            false => Err("no event is of this kind; \"draft.emptied\" is one, \"draft.*\" are all of drafts"),
        }
    }
}

impl fmt::Display for KindPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Hours of each day in which nothing is sent: `22:00-08:00`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct QuietHours {
    pub from: NaiveTime,
    pub until: NaiveTime,
}

impl QuietHours {
    /// Returns when they end, if they last at that time.
    pub fn end(self, now: Timestamp, zone: Tz) -> Option<Timestamp> {
        let time = now.with_timezone(&zone).time();
        let are_now = match self.from < self.until {
            true => (self.from..self.until).contains(&time),
            false => time >= self.from || time < self.until,
        };
        are_now.then(|| next(self.until, now, zone))
    }
}

impl fmt::Display for QuietHours {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.from.format("%H:%M"), self.until.format("%H:%M"))
    }
}

impl FromStr for QuietHours {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        const RULE: &str = "these are two times of the day, such as \"22:00-08:00\"";
        let (from, until) = text.split_once('-').ok_or(RULE)?;
        let quiet = Self { from: time_of_day(from.trim()).ok_or(RULE)?, until: time_of_day(until.trim()).ok_or(RULE)? };
        match quiet.from == quiet.until {
            true => Err("the two times are the same: nothing would ever be sent, or the setting has no effect"),
            false => Ok(quiet),
        }
    }
}

/// Reads a time such as `08:30`.
pub(super) fn time_of_day(text: &str) -> Option<NaiveTime> {
    NaiveTime::parse_from_str(text, "%H:%M").ok()
}

/// Returns the next instant after `now` at which it is that time of the day. Where a change of the clock leaves that time out, it
/// is the next day's.
pub fn next(time: NaiveTime, now: Timestamp, zone: Tz) -> Timestamp {
    let today = now.with_timezone(&zone).date_naive();
    let instants = (0..3).filter_map(|days| {
        let local = today.checked_add_days(Days::new(days))?.and_time(time);
        zone.from_local_datetime(&local).earliest().map(|instant: DateTime<Tz>| instant.with_timezone(&Utc))
    });
    instants.into_iter().find(|instant| *instant > now).unwrap_or(now)
}

#[cfg(test)]
mod tests {
    use chrono_tz::Asia::Shanghai;
    use chrono_tz::Europe::Paris;

    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn quiet_hours_end_in_the_morning() {
        let quiet: QuietHours = "22:00-08:00".parse().unwrap();
        for (now, end) in [
            ("2026-09-01T13:59:59Z", None),
            ("2026-09-01T14:00:00Z", Some("2026-09-02T00:00:00Z")),
            ("2026-09-01T20:00:00Z", Some("2026-09-02T00:00:00Z")),
            ("2026-09-01T23:59:59Z", Some("2026-09-02T00:00:00Z")),
            ("2026-09-02T00:00:00Z", None),
        ] {
            assert_eq!(quiet.end(at(now), Shanghai), end.map(at), "{now}");
        }
        let noon: QuietHours = "12:00 - 14:00".parse().unwrap();
        assert_eq!(noon.end(at("2026-09-01T04:30:00Z"), Shanghai), Some(at("2026-09-01T06:00:00Z")));
        assert_eq!(noon.end(at("2026-09-01T06:00:00Z"), Shanghai), None);
        for bad in ["", "22:00", "22-8", "25:00-08:00", "08:00-08:00"] {
            assert!(bad.parse::<QuietHours>().is_err(), "{bad}");
        }
    }

    #[test]
    fn a_time_that_the_clock_leaves_out_comes_the_next_day() {
        let night = time_of_day("02:30").unwrap();
        // In Paris it was never 02:30 on 29 March 2026.
        assert_eq!(next(night, at("2026-03-28T12:00:00Z"), Paris), at("2026-03-30T00:30:00Z"));
        assert_eq!(next(night, at("2026-10-24T12:00:00Z"), Paris), at("2026-10-25T00:30:00Z"), "the earlier of two");
    }

    #[test]
    fn a_pattern_names_one_kind_or_all_that_begin_alike() {
        let holds = |pattern: &str, kind| pattern.parse::<KindPattern>().unwrap().holds(kind);
        assert!(holds("draft.*", EventKind::DraftNew) && holds("*", EventKind::DraftGone));
        assert!(holds("draft.new", EventKind::DraftNew) && !holds("draft.new", EventKind::DraftGone));
        assert!("draft".parse::<KindPattern>().is_err() && "drafts.*".parse::<KindPattern>().is_err());
        assert_eq!(KindPattern::suggest("draft.emptyed"), Some("draft.emptied"));
    }
}
