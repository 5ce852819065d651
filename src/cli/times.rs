//! Times as people read them: of this machine's time zone, which is always told beside them.

use std::collections::HashSet;

use chrono::{Local, TimeZone};

use crate::model::Timestamp;

/// Returns an instant in running text, to the minute.
pub(super) fn local(instant: Timestamp) -> String {
    instant.with_timezone(&Local).format("%Y-%m-%d %H:%M %:z").to_string()
}

/// Returns an instant in running text where the second matters.
pub(super) fn local_exactly(instant: Timestamp) -> String {
    instant.with_timezone(&Local).format("%Y-%m-%d %H:%M:%S %:z").to_string()
}

/// How exact the times of a column are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TimePrecision {
    /// To the minute.
    Minute,
    /// To the second where two rows would look alike otherwise.
    Distinct,
}

/// A column of times. Its heading names the zone; where that changes on the way (daylight saving), each row does.
pub(super) struct TimeColumn {
    pub(super) heading: String,
    /// Empty where there is no time.
    pub(super) values: Vec<String>,
}

impl TimeColumn {
    pub(super) fn new(heading: &str, instants: &[Option<Timestamp>], precision: TimePrecision) -> Self {
        Self::in_zone(&Local, heading, instants, precision)
    }

    fn in_zone<Z: TimeZone>(zone: &Z, heading: &str, instants: &[Option<Timestamp>], precision: TimePrecision) -> Self
    where
        Z::Offset: std::fmt::Display,
    {
        let written = |format: &str| -> Vec<String> {
            let one = |instant: Timestamp| instant.with_timezone(zone).format(format).to_string();
            instants.iter().map(|instant| instant.map_or_else(String::new, one)).collect()
        };
        let zones: HashSet<String> = written("%:z").into_iter().filter(|zone| !zone.is_empty()).collect();
        let minutes = written("%Y-%m-%d %H:%M");
        let seconds = written("%Y-%m-%d %H:%M:%S");
        let tell_more = distinct(&seconds) > distinct(&minutes);
        let mut values = if precision == TimePrecision::Distinct && tell_more { seconds } else { minutes };
        if zones.len() > 1 {
            values.iter_mut().zip(written(" %:z")).for_each(|(value, zone)| value.push_str(&zone));
        }
        let heading = match zones.iter().next() {
            Some(zone) if zones.len() == 1 => format!("{heading} ({zone})"),
            _ => heading.to_owned(),
        };
        Self { heading, values }
    }

    /// Leaves out of each time the day that stands in the other column of its row, and of the heading a zone that stands there.
    pub(super) fn without_days_of(self, other: &Self) -> Self {
        let without = |(value, other): (String, &String)| match (value.split_once(' '), other.split_once(' ')) {
            (Some((day, time)), Some((other, _))) if day == other => time.to_owned(),
            _ => value,
        };
        let zone = |heading: &str| heading.split_once(' ').map(|(_, zone)| zone.to_owned());
        let heading = match self.heading.split_once(' ') {
            Some((heading, of_self)) if zone(&other.heading).as_deref() == Some(of_self) => heading.to_owned(),
            _ => self.heading,
        };
        Self { heading, values: self.values.into_iter().zip(&other.values).map(without).collect() }
    }
}

/// Counts the values that differ.
fn distinct(values: &[String]) -> usize {
    values.iter().collect::<HashSet<_>>().len()
}

#[cfg(test)]
mod tests {
    use chrono_tz::{Asia, Europe};

    use super::*;

    fn column(zone: &chrono_tz::Tz, instants: &[&str], precision: TimePrecision) -> Vec<String> {
        let instants: Vec<Option<Timestamp>> = instants.iter().map(|text| text.parse().ok()).collect();
        let TimeColumn { heading, values } = TimeColumn::in_zone(zone, "SEEN", &instants, precision);
        std::iter::once(heading).chain(values).collect()
    }

    #[test]
    fn a_column_names_its_zone_once() {
        let instants = ["2026-09-01T02:00:10Z", "", "2026-09-01T02:00:40Z"];
        assert_eq!(
            column(&Asia::Shanghai, &instants, TimePrecision::Minute),
            ["SEEN (+08:00)", "2026-09-01 10:00", "", "2026-09-01 10:00"]
        );
        assert_eq!(
            column(&Asia::Shanghai, &instants, TimePrecision::Distinct),
            ["SEEN (+08:00)", "2026-09-01 10:00:10", "", "2026-09-01 10:00:40"]
        );
        assert_eq!(
            column(&Asia::Shanghai, &instants[..2], TimePrecision::Distinct),
            ["SEEN (+08:00)", "2026-09-01 10:00", ""]
        );
        assert_eq!(column(&Asia::Shanghai, &[""], TimePrecision::Distinct), ["SEEN", ""]);
    }

    #[test]
    fn seconds_that_tell_nothing_apart_are_left_out() {
        let instants = ["2026-09-01T02:00:10Z", "2026-09-01T02:00:10Z"];
        assert_eq!(
            column(&Asia::Shanghai, &instants, TimePrecision::Distinct),
            ["SEEN (+08:00)", "2026-09-01 10:00", "2026-09-01 10:00"]
        );
    }

    #[test]
    fn an_hour_that_comes_twice_is_told_apart() {
        let instants = ["2026-10-25T00:30:00Z", "2026-10-25T01:30:00Z"];
        assert_eq!(
            column(&Europe::Berlin, &instants, TimePrecision::Minute),
            ["SEEN", "2026-10-25 02:30 +02:00", "2026-10-25 02:30 +01:00"]
        );
    }
}
