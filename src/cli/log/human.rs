//! The versions of a draft as a table.

use owo_colors::Style;

use super::super::context::CommandContext;
use super::super::error::CommandError;
use super::super::list::title;
use super::super::restorability;
use super::super::table::{Align, Column, TableRow};
use super::super::times::{TimeColumn, TimePrecision};
use crate::archive::{LostVersion, Pin, Version, WriteOrigin};
use crate::model::Timestamp;
use crate::timeline::{Entry, RestoredFrom, Titled, lost_between};

/// In a terminal narrower than this, titles are left out: what changed says where they did.
const WITH_TITLES: u16 = 130;

/// In a terminal narrower than this, hashes are left out as well: `@N` names a version too.
const WITH_HASHES: u16 = 110;

/// In a terminal narrower than this, sizes are left out as well.
const WITH_SIZES: u16 = 90;

/// The column that sizes stand in.
const SIZE: usize = 3;

/// The column that tells what changed.
const CHANGED: usize = 5;

const COLUMNS: usize = 8;

/// Prints the versions. `lost` are those that a repair did not find; those that are older than all of `entries` are told of if `is_whole`.
pub(super) fn print(
    context: &CommandContext,
    entries: &[Entry],
    lost: &[LostVersion],
    is_whole: bool,
) -> Result<(), CommandError> {
    let of_rows = |instant: &dyn Fn(&Version) -> Option<Timestamp>| -> Vec<Option<Timestamp>> {
        entries.iter().map(|entry| entry.version.as_ref().and_then(instant)).collect()
    };
    let observed = TimeColumn::new("OBSERVED", &of_rows(&|version| Some(version.observed_at)), TimePrecision::Distinct);
    let saved = TimeColumn::new("SAVED", &of_rows(&|version| version.update_time), TimePrecision::Distinct);
    let saved = saved.without_days_of(&observed);
    let mut columns = vec![
        Column { heading: "VERSION", align: Align::Right },
        Column { heading: &observed.heading, align: Align::Left },
        Column { heading: &saved.heading, align: Align::Right },
        Column { heading: "BYTES", align: Align::Right },
        Column { heading: "RESTORABLE", align: Align::Left },
        Column { heading: "CHANGED", align: Align::Shortened },
        Column { heading: "HASH", align: Align::Left },
        Column { heading: "TITLES", align: Align::Shortened },
    ];
    let rows = entries.iter().zip(&observed.values).zip(&saved.values);
    let (mut lines, mut newer) = (Vec::new(), u64::MAX);
    for ((entry, observed), saved) in rows {
        lines.extend(lost_lines(lost, entry.number, newer));
        lines.push(line(entry, observed, saved));
        newer = entry.number;
    }
    if is_whole {
        lines.extend(lost_lines(lost, 0, newer));
    }
    for least in [WITH_TITLES, WITH_HASHES] {
        if context.ui.is_narrower_than(least) {
            columns.pop();
            lines.iter_mut().for_each(|line| drop(line.values.pop()));
        }
    }
    if context.ui.is_narrower_than(WITH_SIZES) {
        columns.remove(SIZE);
        lines.iter_mut().for_each(|line| drop(line.values.remove(SIZE)));
    }
    context.ui.table(&columns, &lines)
}

fn lost_lines(lost: &[LostVersion], older: u64, newer: u64) -> impl Iterator<Item = TableRow> {
    lost_between(lost, older, newer).into_iter().map(|run| {
        let (first, last) = (run.start(), run.end());
        let numbers = if first == last { first.to_string() } else { format!("{first}–{last}") };
        let mut values = vec![String::new(); COLUMNS];
        (values[0], values[CHANGED]) = (numbers, "lost: a repair did not find it".to_owned());
        TableRow { values, style: Style::new().red() }
    })
}

fn line(entry: &Entry, observed: &str, saved: &str) -> TableRow {
    let Entry { number, version, held, restorable, .. } = entry;
    let all = |articles: &[Titled]| articles.iter().map(|(_, text)| title(text)).collect::<Vec<_>>().join(" / ");
    let of_row = |read: &dyn Fn(&Version) -> String| version.as_ref().map_or_else(String::new, read);
    let (size, changed, titles, style) = match held {
        Ok((articles, size)) => (size.to_string(), changed(entry), all(articles), Style::new()),
        Err(reason) => {
            let titles = of_row(&|version| title(&version.title));
            (String::new(), format!("damaged: {reason}"), titles, Style::new().red())
        }
    };
    let (observed, saved) = (observed.to_owned(), saved.to_owned());
    let hash = of_row(&|version| version.hash.short());
    let restorable = restorable.as_ref().map_or_else(String::new, |judged| restorability::in_a_word(judged).to_owned());
    TableRow { values: vec![number.to_string(), observed, saved, size, restorable, changed, hash, titles], style }
}

/// Says what a version changed; first, that it is pinned, what a restore made it of, and which program wrote it; last, why it did.
fn changed(entry: &Entry) -> String {
    let pinned = entry.pin.as_ref().map(pinned);
    let restored = entry.restored_from.as_ref().map(RestoredFrom::in_words);
    let by = entry.by.as_ref().map(|origin| format!("by {}", origin.in_words()));
    let changed = entry.changed.clone().unwrap_or_else(|why| format!("not known: {why}"));
    let note = entry.by.as_ref().and_then(WriteOrigin::short_note).map(|note| format!("“{note}”"));
    [pinned, restored, by, Some(changed), note].into_iter().flatten().collect::<Vec<_>>().join("; ")
}

fn pinned(pin: &Pin) -> String {
    match pin.note.as_str() {
        "" => "pinned".to_owned(),
        note => format!("pinned: {note}"),
    }
}
