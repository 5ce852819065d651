//! Validates `[[copy]]`.

use std::collections::HashSet;
use std::path::Path;

use super::copy::{CopyConfig, CopyTarget, KeepRule};
use super::diagnostics::{Diagnostics, could_be_secret};
use super::raw_copy::{RawCopy, RawKeep};
use super::table::Number;
use super::value;
use super::zone::{DEFAULT_ZONE, validate_zone};
use crate::schedule::Schedule;

/// When a copy is made where nothing is said: at night, and not at a full hour, at which many others begin something.
const USUAL_SCHEDULE: &str = "30 3 * * *";

/// More would hold nothing back in a lifetime.
const MOST_KEPT: f64 = 10_000.0;

/// Validates all tables; reports every issue.
pub(super) fn validate_copies(
    directory: &Path,
    copies: &[RawCopy],
    diagnostics: &mut Diagnostics<'_>,
) -> Option<Vec<CopyConfig>> {
    let mut places = HashSet::new();
    let mut validated = Vec::new();
    for raw in copies {
        let copy = CopyValidator { directory, raw, diagnostics }.validate();
        if let (Some(copy), Some(to)) = (&copy, &raw.to)
            && !places.insert(copy.to.to_string())
        {
            let rule = "another [[copy]] has this place already";
            diagnostics.refuse(&raw.dotted("to"), &to.span(), rule).with_value(to.get_ref());
        }
        validated.push(copy);
    }
    validated.into_iter().collect()
}

struct CopyValidator<'a, 't> {
    directory: &'a Path,
    raw: &'a RawCopy,
    diagnostics: &'a mut Diagnostics<'t>,
}

/// Methods return `None` for a value that was rejected.
impl CopyValidator<'_, '_> {
    fn validate(mut self) -> Option<CopyConfig> {
        let (raw, directory) = (self.raw, self.directory);
        let to = raw.to.as_ref().and_then(|to| {
            value::value(&raw.dotted("to"), to, |text| CopyTarget::parse(text, directory), self.diagnostics)
        });
        let schedule = self.schedule();
        let keep = match &raw.keep {
            Some(keep) => self.keep(keep),
            None => Some(KeepRule::default()),
        };
        Some(CopyConfig { to: to?, schedule: schedule?, keep: keep? })
    }

    fn schedule(&mut self) -> Option<Schedule> {
        let zone = match &self.raw.timezone {
            Some(zone) => validate_zone(&self.raw.dotted("timezone"), zone, self.diagnostics),
            None => Some(DEFAULT_ZONE),
        };
        let written = self.raw.schedule.as_ref().map_or(USUAL_SCHEDULE, |text| text.get_ref());
        match Schedule::parse(written, zone.unwrap_or(DEFAULT_ZONE)) {
            Ok(schedule) => zone.map(|_| schedule),
            Err(error) => {
                let text = self.raw.schedule.as_ref()?;
                self.diagnostics
                    .refuse(&self.raw.dotted("schedule"), &text.span(), error.to_string())
                    .with_value(written)
                    .with_hint("every night at half past three is \"30 3 * * *\"");
                None
            }
        }
    }

    fn keep(&mut self, raw: &RawKeep) -> Option<KeepRule> {
        let parts = [("daily", &raw.daily), ("weekly", &raw.weekly), ("monthly", &raw.monthly)];
        let [daily, weekly, monthly] = parts.map(|(key, number)| self.count(key, number.as_ref()));
        let keep = KeepRule { daily: daily?, weekly: weekly?, monthly: monthly? };
        if keep == (KeepRule { daily: 0, weekly: 0, monthly: 0 }) {
            let rule = "at least one of daily, weekly and monthly is 1 or more";
            self.diagnostics.refuse(&self.raw.dotted("keep"), &raw.at, rule);
            return None;
        }
        Some(keep)
    }

    fn count(&mut self, key: &str, number: Option<&Number>) -> Option<u32> {
        let Some(number) = number else { return Some(0) };
        let value = *number.get_ref();
        if value.fract() == 0.0 && (0.0..=MOST_KEPT).contains(&value) {
            return Some(value as u32);
        }
        let written = self.diagnostics.written(&number.span());
        let rule = "this is how many copies stay, a whole number from 0 to 10000";
        let issue = self.diagnostics.refuse(&self.raw.dotted(&format!("keep.{key}")), &number.span(), rule);
        if !could_be_secret(written) {
            issue.with_plain_value(written);
        }
        None
    }
}
