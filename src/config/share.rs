//! The share of a daily limit that polls may use.

use std::fmt;

/// A share above 0 and at most 1.
///
/// Stored in millionths: with binary fractions, 0.29 × 100 is less than 29.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct QuotaShare(u32);

const WHOLE: u32 = 1_000_000;

impl QuotaShare {
    /// Returns a share, rounded to six places; `None` unless it is above 0 and at most 1.
    pub fn new(number: f64) -> Option<Self> {
        let millionths = (number * f64::from(WHOLE)).round().max(1.0);
        (number > 0.0 && number <= 1.0).then_some(Self(millionths as u32))
    }

    /// Returns this share of a limit, rounded down.
    pub fn of(self, limit: u64) -> u64 {
        let (share, whole) = (u64::from(self.0), u64::from(WHOLE));
        limit / whole * share + limit % whole * share / whole
    }

    /// Returns the number.
    pub fn as_f64(self) -> f64 {
        f64::from(self.0) / f64::from(WHOLE)
    }
}

/// The default share of polls.
impl Default for QuotaShare {
    fn default() -> Self {
        Self(950_000)
    }
}

/// In percent.
impl fmt::Display for QuotaShare {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} %", f64::from(self.0) / 10_000.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn share(number: f64) -> QuotaShare {
        QuotaShare::new(number).unwrap()
    }

    #[test]
    fn a_share_is_above_nothing_and_at_most_the_whole() {
        for refused in [0.0, -0.0, -0.5, 1.000_000_1, 95.0, f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
            assert_eq!(QuotaShare::new(refused), None, "{refused}");
        }
        assert_eq!(share(0.95), QuotaShare::default());
        assert_ne!(share(f64::MIN_POSITIVE).as_f64(), 0.0);
    }

    #[test]
    fn a_share_of_a_limit_is_exact_and_rounded_down() {
        for (number, limit, calls) in [
            (0.95, 500, 475),
            (0.95, 1_000, 950),
            (0.29, 100, 29),
            (0.57, 100, 57),
            (0.95, 19, 18),
            (0.001, 500, 0),
            (1.0, u64::MAX, u64::MAX),
            (0.5, u64::MAX, u64::MAX / 2),
            (0.95, 0, 0),
        ] {
            assert_eq!(share(number).of(limit), calls, "{number} of {limit}");
        }
    }

    #[test]
    fn it_is_told_as_it_was_written() {
        let told = |number| (share(number).as_f64(), share(number).to_string());
        assert_eq!(told(0.95), (0.95, "95 %".to_owned()));
        assert_eq!(told(0.125), (0.125, "12.5 %".to_owned()));
        assert_eq!(told(1.0), (1.0, "100 %".to_owned()));
    }
}
