//! How far back everything is kept, as people write it: `36h`, `90d`, `8w`, `6m`, `2y`.

use std::fmt;
use std::str::FromStr;

use chrono::{Months, TimeDelta};

use crate::model::Timestamp;

/// A time span in one unit. Months and years are those of the calendar.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Within {
    number: u16,
    unit: Unit,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Unit {
    Hours,
    Days,
    Weeks,
    Months,
    Years,
}

impl Unit {
    const ALL: [(Self, char); 5] =
        [(Self::Hours, 'h'), (Self::Days, 'd'), (Self::Weeks, 'w'), (Self::Months, 'm'), (Self::Years, 'y')];

    fn letter(self) -> char {
        match self {
            Self::Hours => 'h',
            Self::Days => 'd',
            Self::Weeks => 'w',
            Self::Months => 'm',
            Self::Years => 'y',
        }
    }
}

/// Why a text is no time span.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WithinError {
    #[error("this is a number and its unit, such as 36h, 90d, 8w, 6m (months) or 2y")]
    Form,
    #[error("0 would keep nothing")]
    Zero,
}

impl Within {
    /// Returns the instant so long before `now`; the earliest there is, where the calendar does not reach so far.
    pub fn before(self, now: Timestamp) -> Timestamp {
        let number = i64::from(self.number);
        let months = |months: u32| now.checked_sub_months(Months::new(months));
        let past = match self.unit {
            Unit::Hours => now.checked_sub_signed(TimeDelta::hours(number)),
            Unit::Days => now.checked_sub_signed(TimeDelta::days(number)),
            Unit::Weeks => now.checked_sub_signed(TimeDelta::weeks(number)),
            Unit::Months => months(self.number.into()),
            Unit::Years => months(u32::from(self.number) * 12),
        };
        past.unwrap_or(Timestamp::MIN_UTC)
    }
}

impl FromStr for Within {
    type Err = WithinError;

    fn from_str(text: &str) -> Result<Self, WithinError> {
        let (unit, letter) =
            Unit::ALL.into_iter().find(|(_, letter)| text.ends_with(*letter)).ok_or(WithinError::Form)?;
        let number = text.strip_suffix(letter).unwrap_or_default();
        if number.is_empty() || !number.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(WithinError::Form);
        }
        match number.parse() {
            Ok(0) => Err(WithinError::Zero),
            Ok(number) => Ok(Self { number, unit }),
            Err(_) => Err(WithinError::Form),
        }
    }
}

impl fmt::Display for Within {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.number, self.unit.letter())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_are_read_and_written() {
        for text in ["36h", "90d", "8w", "6m", "2y", "65535d"] {
            assert_eq!(text.parse::<Within>().unwrap().to_string(), text);
        }
        for wrong in ["", "d", "90", "-1d", "+1d", "1.5d", "90 d", "90D", "65536d", "九d"] {
            assert_eq!(wrong.parse::<Within>(), Err(WithinError::Form), "{wrong:?}");
        }
        assert_eq!("0d".parse::<Within>(), Err(WithinError::Zero));
    }

    #[test]
    fn months_are_those_of_the_calendar() {
        let now: Timestamp = "2026-03-31T10:00:00Z".parse().unwrap();
        let before = |text: &str| text.parse::<Within>().unwrap().before(now).to_rfc3339();
        assert_eq!(
            [before("1m"), before("1y"), before("2w"), before("36h")],
            [
                "2026-02-28T10:00:00+00:00",
                "2025-03-31T10:00:00+00:00",
                "2026-03-17T10:00:00+00:00",
                "2026-03-29T22:00:00+00:00"
            ]
        );
        assert!(!before("65535y").is_empty(), "no panic where the calendar ends");
    }
}
