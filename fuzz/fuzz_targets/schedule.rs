//! Cron expressions: the next time is later, on a whole second, and the same from any moment before it.

use chrono::{DateTime, TimeDelta, Utc};
use chrono_tz::Tz;
use draftkeep::schedule::Schedule;

/// Zones whose clocks change by an hour, by half an hour, at midnight, and never.
const ZONES: [Tz; 5] = [
    chrono_tz::Asia::Shanghai,
    chrono_tz::Europe::Berlin,
    chrono_tz::Australia::Lord_Howe,
    chrono_tz::America::Santiago,
    chrono_tz::UTC,
];

pub fn run(data: &[u8]) {
    let [zone, a, b, c, d, expression @ ..] = data else { return };
    let Ok(expression) = std::str::from_utf8(expression) else { return };
    let zone = ZONES[usize::from(*zone) % ZONES.len()];
    let Ok(schedule) = Schedule::parse(expression, zone) else { return };
    assert_eq!(Schedule::parse(schedule.expression(), zone).as_ref(), Ok(&schedule));
    drop((schedule.in_words(), schedule.polls_per_day()));
    let now = DateTime::<Utc>::from_timestamp(i64::from(u32::from_le_bytes([*a, *b, *c, *d])), 0).expect("32 bits");
    let next = schedule.next_after(now);
    assert!(next > now, "{schedule} after {now}: {next}");
    if next == DateTime::<Utc>::MAX_UTC {
        return;
    }
    assert_eq!(next.timestamp_subsec_nanos(), 0);
    assert_eq!(schedule.next_after(next - TimeDelta::seconds(1)), next, "{schedule} just before");
    assert_eq!(schedule.next_after(now + (next - now) / 2), next, "{schedule} from half of the way to {next}");
    assert!(schedule.next_after(next) > next);
}
