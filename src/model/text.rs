//! Words for people.

use std::borrow::Cow;
use std::error::Error;
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

/// Formats a number with commas between thousands: `3,214`.
pub fn grouped(number: u64) -> String {
    match number / 1_000 {
        0 => number.to_string(),
        thousands => format!("{},{:03}", grouped(thousands), number % 1_000),
    }
}

/// Returns the innermost cause of an error, on which a person can act; the outer ones only say that there was an error.
pub fn root_cause(error: &dyn Error) -> String {
    let mut innermost = error;
    while let Some(source) = innermost.source() {
        innermost = source;
    }
    innermost.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_grouped() {
        assert_eq!([grouped(0), grouped(999), grouped(5_760), grouped(1_000_005)], ["0", "999", "5,760", "1,000,005"]);
    }
}
