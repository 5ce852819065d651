//! Times as editors read them, in the server's time zone.

use chrono::{Local, NaiveDate};
use maud::{Markup, html};

use super::texts::Texts;
use crate::model::{Timestamp, rfc3339};

/// Returns an instant to the minute.
pub(super) fn exact(instant: Timestamp) -> String {
    instant.with_timezone(&Local).format("%Y-%m-%d %H:%M").to_string()
}

/// Names the server's time zone, in which a page shows its times.
pub(super) fn zone(now: Timestamp) -> String {
    now.with_timezone(&Local).format("UTC%:z").to_string()
}

/// Returns the day of an instant.
pub(super) fn day(instant: Timestamp) -> NaiveDate {
    instant.with_timezone(&Local).date_naive()
}

/// Returns a day: today, yesterday, or its date.
pub(super) fn day_name(day: NaiveDate, now: Timestamp, texts: &Texts) -> String {
    let today = self::day(now);
    if day == today {
        texts.today.to_owned()
    } else if Some(day) == today.pred_opt() {
        texts.yesterday.to_owned()
    } else {
        day.format("%Y-%m-%d").to_string()
    }
}

/// Returns an instant with its day in words.
pub(super) fn instant(instant: Timestamp, now: Timestamp, texts: &Texts) -> Markup {
    let clock = instant.with_timezone(&Local).format("%H:%M");
    html! { time datetime=(rfc3339(instant)) title=(exact(instant)) { (day_name(day(instant), now, texts)) " " (clock) } }
}

/// Returns the time of the day alone.
pub(super) fn clock(instant: Timestamp) -> Markup {
    html! {
        time datetime=(rfc3339(instant)) title=(exact(instant)) { (instant.with_timezone(&Local).format("%H:%M:%S")) }
    }
}
