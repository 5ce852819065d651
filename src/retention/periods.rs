//! The newest of each of the last days, weeks and months.

use chrono::{Datelike, NaiveDate};

/// The days, weeks and months of which something was kept so far.
pub(super) struct Periods {
    /// How many more are kept of each kind.
    left: [u32; 3],
    /// The one that was entered last, as the day that it begins with.
    last: [Option<NaiveDate>; 3],
}

impl Periods {
    /// Of so many days, weeks and months something is kept.
    pub(super) fn new(counts: [u32; 3]) -> Self {
        Self { left: counts, last: [None; 3] }
    }

    /// Enters what is of a day, the newest first; returns whether it is the newest of its day, week and month, and these are among those
    /// that are kept.
    pub(super) fn enter(&mut self, day: NaiveDate) -> [bool; 3] {
        let monday = day.week(chrono::Weekday::Mon).checked_first_day().unwrap_or(day);
        let begins = [day, monday, day.with_day(1).unwrap_or(day)];
        std::array::from_fn(|kind| {
            // A clock that was put back makes no new period.
            if self.left[kind] == 0 || self.last[kind].is_some_and(|last| last <= begins[kind]) {
                return false;
            }
            self.last[kind] = Some(begins[kind]);
            self.left[kind] -= 1;
            true
        })
    }
}
