//! A dead man's switch that is told that the service works: a `[[notify]]` with `to = { ping = … }`.

use chrono::TimeDelta;

use super::notify_validator::NotifyValidator;
use super::raw_notify::RawNotify;
use super::raw_source::RawCredentials;
use super::source::SecretSource;
use super::table::Text;
use crate::model::AccountName;

/// A service that alarms when nothing comes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PingConfig {
    pub name: String,
    pub url: SecretSource,
    /// How often it is told.
    pub every: TimeDelta,
}

impl PingConfig {
    /// The key under which it is configured.
    pub const KIND: &str = "ping";

    const USUAL: TimeDelta = TimeDelta::minutes(5);
}

/// Why a ping has none of the keys that choose, time or address messages.
const NO_MESSAGES: &str = "a ping carries no messages: it reports at each interval whether the whole service works, and has name, to and every";

/// Methods return `None` for a value that was rejected.
impl NotifyValidator<'_, '_> {
    pub(super) fn ping(&mut self, raw: &RawNotify, url: &RawCredentials) -> Option<PingConfig> {
        let name = raw.name.as_ref().and_then(|name| self.read(&raw.dotted("name"), name, str::parse::<AccountName>));
        let url = self.secret(url);
        let every = self.optional(&raw.dotted("every"), raw.every.as_ref(), interval);
        let for_messages = keys_for_messages(raw);
        for (key, text) in &for_messages {
            self.diagnostics.refuse(&raw.dotted(key), &text.span(), NO_MESSAGES);
        }
        let name = name.filter(|_| for_messages.is_empty())?.as_str().to_owned();
        Some(PingConfig { name, url: url?, every: every?.unwrap_or(PingConfig::USUAL) })
    }
}

/// Returns the keys of a rule that only messages have, each with its place.
fn keys_for_messages(raw: &RawNotify) -> Vec<(&'static str, &Text)> {
    let found = [
        ("accounts", raw.accounts.as_deref().and_then(<[Text]>::first)),
        ("kinds", raw.kinds.as_deref().and_then(<[Text]>::first)),
        ("at_least", raw.at_least.as_ref()),
        ("people", raw.people.first()),
        ("quiet", raw.quiet.as_ref()),
        ("through", raw.through.first()),
        ("digest", raw.digest.as_ref()),
        ("timezone", raw.timezone.as_ref()),
        ("language", raw.language.as_ref()),
    ];
    found.into_iter().filter_map(|(key, text)| Some((key, text?))).collect()
}

/// Reads how often a ping is sent.
fn interval(text: &str) -> Result<TimeDelta, &'static str> {
    const RULE: &str = "this is a time such as \"5m\" or \"1h\", at least \"1m\" and at most \"24h\"";
    let (number, minutes) = match text.strip_suffix('m') {
        Some(number) => (number, 1),
        None => (text.strip_suffix('h').ok_or(RULE)?, 60),
    };
    let minutes = number.parse::<u16>().map_err(|_| RULE)?.checked_mul(minutes).ok_or(RULE)?;
    if (1..=24 * 60).contains(&minutes) { Ok(TimeDelta::minutes(i64::from(minutes))) } else { Err(RULE) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_interval_is_between_a_minute_and_a_day() {
        for (text, minutes) in [("1m", 1), ("5m", 5), ("90m", 90), ("1h", 60), ("24h", 1440)] {
            assert_eq!(interval(text), Ok(TimeDelta::minutes(minutes)), "{text}");
        }
        for text in ["", "0m", "m", "5", "30s", "25h", "1441m", "9999h", "-5m", "5 m", "1d"] {
            assert!(interval(text).is_err(), "{text}");
        }
    }
}
