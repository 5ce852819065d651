//! A line of a text, cut to the width of a terminal around what was found in it.

use std::ops::Range;

use unicode_width::UnicodeWidthStr;

use crate::sanitize;
use crate::search::Snippet;

/// What stands before the first place takes this part of the room at most, one of so many.
const BEFORE: usize = 3;

/// Returns the part of a line that fits into so many columns, with what was found first in it. Each range takes `marks` more columns
/// at either end.
pub(super) fn fit(line: Snippet, columns: usize, marks: usize) -> Snippet {
    let characters: Vec<(usize, usize)> =
        line.text.char_indices().map(|(at, c)| (at, width(c, at, &line.ranges, marks))).collect();
    let wide = |part: &[(usize, usize)]| part.iter().map(|(_, wide)| wide).sum::<usize>();
    if wide(&characters) <= columns {
        return line;
    }
    let place = |at: usize| characters.partition_point(|(start, _)| *start < at);
    let found = line.ranges.first().map_or(0..0, |range| place(range.start)..place(range.end));
    // An ellipsis at each end.
    let room = columns.saturating_sub(2);
    let ahead = room.saturating_sub(wide(&characters[found.clone()])) / BEFORE;
    let mut start = backward(&characters[..found.start], ahead);
    let mut end = start + forward(&characters[start..], room);
    if end == characters.len() {
        start = backward(&characters[..end], room);
    }
    end = end.max(start + 1).min(characters.len());
    cut(&line, start..end, &characters)
}

/// Returns where the last characters begin that are not wider.
fn backward(characters: &[(usize, usize)], mut room: usize) -> usize {
    let fitting = characters.iter().rev().take_while(|(_, wide)| take(&mut room, *wide)).count();
    characters.len() - fitting
}

/// Returns how many of the first characters are not wider.
fn forward(characters: &[(usize, usize)], mut room: usize) -> usize {
    characters.iter().take_while(|(_, wide)| take(&mut room, *wide)).count()
}

fn take(room: &mut usize, wide: usize) -> bool {
    room.checked_sub(wide).map(|left| *room = left).is_some()
}

/// Returns how wide a character stands on the line, with the marks that it begins or ends.
fn width(c: char, at: usize, ranges: &[Range<usize>], marks: usize) -> usize {
    let ends = ranges.iter().flat_map(|range| [range.start == at, range.end == at + c.len_utf8()]);
    sanitize::line(c.encode_utf8(&mut [0; 4])).width() + ends.filter(|ends| *ends).count() * marks
}

fn cut(line: &Snippet, kept: Range<usize>, characters: &[(usize, usize)]) -> Snippet {
    let at = |place: usize| characters.get(place).map_or(line.text.len(), |(at, _)| *at);
    let (start, end) = (at(kept.start), at(kept.end));
    let ellipsis = |is_cut: bool| if is_cut { "…" } else { "" };
    let before = ellipsis(start > 0);
    let moved = |at: usize| at.clamp(start, end) - start + before.len();
    let ranges = line.ranges.iter().filter(|range| range.start < end && range.end > start);
    Snippet {
        text: format!("{before}{}{}", &line.text[start..end], ellipsis(end < line.text.len())),
        ranges: ranges.map(|range| moved(range.start)..moved(range.end)).collect(),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn shown(text: &str, ranges: &[(usize, usize)], columns: usize) -> String {
        let Snippet { text, ranges } = fit(
            Snippet { text: text.to_owned(), ranges: ranges.iter().map(|(start, end)| *start..*end).collect() },
            columns,
            1,
        );
        let mut shown = text.clone();
        for range in ranges.iter().rev() {
            shown.insert(range.end, ']');
            shown.insert(range.start, '[');
        }
        shown
    }

    #[test]
    fn a_line_is_cut_around_what_was_found() {
        assert_eq!(shown("凌晨四点", &[(0, 6)], 10), "[凌晨]四点");
        assert_eq!(shown("凌晨四点，菜市场醒了", &[(15, 24)], 14), "…[菜市场]醒了");
        assert_eq!(shown("凌晨四点，菜市场", &[(15, 24)], 14), "…点，[菜市场]");
        assert_eq!(shown("凌晨四点，菜市场", &[(0, 6), (15, 24)], 16), "[凌晨]四点，…");
        assert_eq!(shown("凌晨四点，菜市场", &[], 9), "凌晨四…");
        assert_eq!(shown("凌晨四点，菜市场", &[(0, 24)], 8), "[凌晨]…");
    }

    proptest! {
        #[test]
        fn a_line_fits_and_shows_what_was_found(
            text in "[a凌晨四点，b😀\u{202e}]{1,60}", from in 0usize..60, length in 1usize..6, columns in 24usize..90,
        ) {
            let starts: Vec<usize> = text.char_indices().map(|(at, _)| at).chain([text.len()]).collect();
            let from = from % (starts.len() - 1);
            let range = starts[from]..starts[(from + length).min(starts.len() - 1)];
            let found = text[range.clone()].to_owned();
            let Snippet { text: fitted, ranges } = fit(Snippet { text, ranges: std::iter::once(range).collect() }, columns, 1);
            let wide = |text: &str| text.chars().map(|c| sanitize::line(&c.to_string()).width()).sum::<usize>();
            let shown = &fitted[ranges[0].clone()];
            prop_assert!(shown == found || wide(&found) + 4 > columns && found.starts_with(shown), "{shown:?}");
            prop_assert!(wide(&fitted) + 2 <= columns, "{fitted:?}");
        }
    }
}
