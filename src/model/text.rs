//! Words for people.

use std::borrow::Cow;
use std::fmt;

use chrono::TimeDelta;

/// Writes a number with its noun in English: `1 draft`, `2 drafts`.
pub fn counted<N: Copy + fmt::Display + PartialEq + From<u8>>(count: N, noun: &str) -> String {
    let plural = if count == N::from(1) { "" } else { "s" };
    format!("{count} {noun}{plural}")
}

/// Returns a text of at most `most` characters as it is, and of a longer one so many and `…`.
pub fn shortened(text: &str, most: usize) -> Cow<'_, str> {
    match text.char_indices().nth(most) {
        Some((end, _)) => format!("{}…", &text[..end]).into(),
        None => text.into(),
    }
}

/// Formats a duration in its largest unit.
pub fn roughly(time: TimeDelta) -> String {
    let seconds = time.num_seconds().max(0) as u64;
    match seconds {
        ..60 => counted(seconds, "second"),
        60..3_600 => counted(seconds / 60, "minute"),
        3_600..86_400 => counted(seconds / 3_600, "hour"),
        _ => counted(seconds / 86_400, "day"),
    }
}
