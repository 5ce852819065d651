//! Instants, and the days that the platform counts calls by.

use chrono::{DateTime, FixedOffset, NaiveTime, SecondsFormat, TimeDelta, Utc};

/// How far a stored time may lie ahead of the clock: everyday corrections are smaller. One that lies further ahead was
/// written by a wrong clock, and says nothing.
pub const CLOCK_TOLERANCE: TimeDelta = TimeDelta::minutes(5);

/// How long a planned poll with nothing to tell goes on before what it saw is written down: each write costs some fifty
/// kilobytes on the disk, and an idle service is to write less than two hundred an hour.
pub const LONGEST_POLL: TimeDelta = TimeDelta::minutes(20);

/// A save of a draft belongs to the editing session of the one before it where less than this lies between them.
pub const SESSION_GAP: TimeDelta = TimeDelta::minutes(30);

/// How long after the whitelist has refused a token the next one is asked for. Somebody waits for it who has just added the address, which
/// takes effect after half a minute; a token costs none of the calls that polls need.
pub const WHITELIST_RETRY: TimeDelta = TimeDelta::minutes(2);

/// An instant, always in UTC.
pub type Timestamp = DateTime<Utc>;

/// Writes an instant as the archive and the JSON output have it: RFC 3339, UTC, milliseconds, so that texts sort as
/// instants do.
pub fn rfc3339(instant: Timestamp) -> String {
    instant.to_rfc3339_opts(SecondsFormat::Millis, true)
}

/// The day that the platform's call limits count by, as `YYYY-MM-DD`.
///
/// The reset is assumed at 00:00 Asia/Shanghai; the documentation only says "当天" (服务端 API 调用额度). Shanghai has
/// had no daylight saving since 1991, so a fixed offset is the zone.
pub fn quota_day(instant: Timestamp) -> String {
    instant.with_timezone(&SHANGHAI).format("%Y-%m-%d").to_string()
}

/// Returns when the [`quota_day`] of an instant began.
pub fn quota_day_began(instant: Timestamp) -> Timestamp {
    let since_midnight = instant.with_timezone(&SHANGHAI).time() - NaiveTime::MIN;
    instant - since_midnight
}

const SHANGHAI: FixedOffset = FixedOffset::east_opt(8 * 3600).expect("eight hours are a valid offset");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_quota_day_begins_at_midnight_in_shanghai() {
        let instant = |text: &str| text.parse::<Timestamp>().unwrap();
        assert_eq!(quota_day(instant("2026-09-01T15:59:59Z")), "2026-09-01");
        assert_eq!(quota_day(instant("2026-09-01T16:00:00Z")), "2026-09-02");
        for within in ["2026-09-01T16:00:00Z", "2026-09-02T15:59:59.999Z"] {
            assert_eq!(quota_day_began(instant(within)), instant("2026-09-01T16:00:00Z"));
        }
    }
}
