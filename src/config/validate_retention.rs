//! Validates `[retention]`.

use super::diagnostics::Diagnostics;
use super::raw_retention::RawRetention;
use super::table::{Number, Text};
use crate::retention::{Rules, RulesError, Within};

/// Returns the rules; `None` if any of them was rejected, or there is none.
pub(super) fn validate_retention(raw: &RawRetention, diagnostics: &mut Diagnostics<'_>) -> Option<Rules> {
    let last = count("keep_last", raw.keep_last.as_ref(), diagnostics);
    let within = within(raw.keep_within.as_ref(), diagnostics);
    let daily = count("keep_daily", raw.keep_daily.as_ref(), diagnostics);
    let weekly = count("keep_weekly", raw.keep_weekly.as_ref(), diagnostics);
    let monthly = count("keep_monthly", raw.keep_monthly.as_ref(), diagnostics);
    let rules = Rules {
        last: last?,
        within: within?,
        daily: daily?,
        weekly: weekly?,
        monthly: monthly?,
        drop_session_ends: raw.drop_session_ends,
    };
    if rules.check() == Err(RulesError::None) {
        // One that is misspelt was reported.
        if diagnostics.has("retention") {
            return None;
        }
        diagnostics
            .refuse("retention", &raw.at, RulesError::None.to_string())
            .with_hint("say what to keep, for example keep_within = \"90d\"; without [retention], everything is kept");
        return None;
    }
    Some(rules)
}

/// Validates an optional count; `None` if it was rejected.
fn count(key: &str, number: Option<&Number>, diagnostics: &mut Diagnostics<'_>) -> Option<Option<u32>> {
    let Some(number) = number else { return Some(None) };
    let value = *number.get_ref();
    if value.fract() == 0.0 && (1.0..=f64::from(u32::MAX)).contains(&value) {
        return Some(Some(value as u32));
    }
    let written = diagnostics.written(&number.span()).to_owned();
    let rule = "this is a whole number, at least 1; without this line, the rule keeps nothing";
    diagnostics.refuse(&format!("retention.{key}"), &number.span(), rule).with_plain_value(&written);
    None
}

/// Validates an optional time span; `None` if it was rejected.
fn within(text: Option<&Text>, diagnostics: &mut Diagnostics<'_>) -> Option<Option<Within>> {
    let Some(text) = text else { return Some(None) };
    match text.get_ref().parse() {
        Ok(within) => Some(Some(within)),
        Err(error) => {
            let error: crate::retention::WithinError = error;
            diagnostics.refuse("retention.keep_within", &text.span(), error.to_string()).with_value(text.get_ref());
            None
        }
    }
}
