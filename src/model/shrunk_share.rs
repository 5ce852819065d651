//! The share of a text whose loss is an event.

use std::fmt;

/// A share of at least 0.1, and at most 0.95.
///
/// Stored in millionths: binary fractions have no 0.7.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ShrunkShare(u32);

const WHOLE: u32 = 1_000_000;

impl ShrunkShare {
    /// Returns a share, rounded to six places; `None` if it is out of range.
    pub fn new(number: f64) -> Option<Self> {
        (0.1..=0.95).contains(&number).then(|| Self((number * f64::from(WHOLE)).round() as u32))
    }

    /// Returns whether what was lost is this share of what there was, or more.
    pub fn is_reached(self, lost: u64, before: u64) -> bool {
        u128::from(lost) * u128::from(WHOLE) >= u128::from(before) * u128::from(self.0)
    }

    /// Returns the number.
    pub fn as_f64(self) -> f64 {
        f64::from(self.0) / f64::from(WHOLE)
    }
}

/// Half.
impl Default for ShrunkShare {
    fn default() -> Self {
        Self(WHOLE / 2)
    }
}

/// In percent.
impl fmt::Display for ShrunkShare {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} %", f64::from(self.0) / 10_000.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_is_reached_exactly() {
        for refused in [0.0, 0.099, 0.951, 1.0, 50.0, -0.5, f64::NAN, f64::INFINITY] {
            assert_eq!(ShrunkShare::new(refused), None, "{refused}");
        }
        for (number, lost) in [(0.1, 100), (0.29, 290), (0.5, 500), (0.7, 700), (0.95, 950)] {
            let share = ShrunkShare::new(number).unwrap();
            assert!(share.is_reached(lost, 1000) && !share.is_reached(lost - 1, 1000), "{number}");
            assert!((share.as_f64() - number).abs() < 1e-9);
        }
        assert_eq!(ShrunkShare::new(0.5), Some(ShrunkShare::default()));
    }
}
