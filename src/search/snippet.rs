//! A part of a paragraph around what was found in it.

use std::ops::Range;

use super::answer::Passage;

/// So many characters are shown before what was found, and after it.
const BEFORE: usize = 30;
const AFTER: usize = 60;

/// A part ends at a mark or a blank, if there is one so near.
const NEAR: usize = 8;

/// A part of a paragraph around what was found in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Snippet {
    /// With `…` where the paragraph goes on.
    pub text: String,
    /// What was found in the part, in bytes of `text`.
    pub ranges: Vec<Range<usize>>,
}

impl Passage {
    /// Returns the part around the first place.
    pub fn snippet(&self) -> Snippet {
        let text = &*self.text;
        let found = self.ranges.first().cloned().unwrap_or(0..0);
        let (start, end) = (start(text, found.start), end(text, found.end));
        let (before, after) = (if start > 0 { "…" } else { "" }, if end < text.len() { "…" } else { "" });
        let shown = self.ranges.iter().filter(|range| range.start < end);
        let moved = |at: usize| at.min(end) - start + before.len();
        Snippet {
            // Line breaks of a paragraph are as wide as blanks.
            text: format!("{before}{}{after}", text[start..end].replace('\n', " ")),
            ranges: shown.map(|range| moved(range.start)..moved(range.end)).collect(),
        }
    }
}

fn start(text: &str, found: usize) -> usize {
    let mut characters = text[..found].char_indices().rev();
    let Some((farthest, _)) = characters.nth(BEFORE - 1) else { return 0 };
    let near = text[farthest..found].char_indices().take(NEAR).find(|(_, c)| ends(*c));
    near.map_or(farthest, |(at, c)| farthest + at + c.len_utf8())
}

fn end(text: &str, found: usize) -> usize {
    let Some((farthest, _)) = text[found..].char_indices().nth(AFTER) else { return text.len() };
    let shown = &text[found..found + farthest];
    let near = shown.char_indices().rev().take(NEAR).find(|(_, c)| ends(*c));
    found + near.map_or(farthest, |(at, c)| at + c.len_utf8())
}

fn ends(c: char) -> bool {
    c.is_whitespace() || "，。；！？、：,.;!?".contains(c)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::search::{Field, Phrase};

    fn snippet(text: &str, phrase: &str) -> (String, Vec<String>) {
        let ranges = Phrase::new(phrase).unwrap().find(text);
        let passage = Passage {
            article: 0,
            field: Field::Body,
            first: 1,
            last: 1,
            is_gone: false,
            text: text.to_owned(),
            ranges,
        };
        let Snippet { text, ranges } = passage.snippet();
        let marked = ranges.into_iter().map(|range| text[range].to_owned()).collect();
        (text, marked)
    }

    #[test]
    fn a_snippet_shows_what_was_found_among_its_neighbours() {
        let marked = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>();
        assert_eq!(snippet("凌晨四点", "四点"), ("凌晨四点".to_owned(), marked(&["四点"])));
        let long = format!("{}，前面的话就在这里{}凌晨四点{}。", "长".repeat(40), "甲".repeat(20), "乙".repeat(100));
        let (text, found) = snippet(&long, "凌晨四点");
        assert_eq!(text, format!("…前面的话就在这里{}凌晨四点{}…", "甲".repeat(20), "乙".repeat(60)));
        assert_eq!(found, marked(&["凌晨四点"]));
        let (text, found) = snippet(&format!("点{}点{}点", "a".repeat(30), "b".repeat(80)), "点");
        assert_eq!(text, format!("点{}点{}…", "a".repeat(30), "b".repeat(29)));
        assert_eq!(found, marked(&["点", "点"]));
    }
}
