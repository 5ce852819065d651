//! A phrase that is looked for.

use std::ops::Range;

use memchr::memmem;

use super::normalize::{Normalized, normalize};
use super::tokens::{expression, is_han, is_word};

/// Characters that stand together in the text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Phrase {
    /// In the form in which texts are compared.
    normal: String,
    /// What the index is asked for.
    expression: String,
    /// Whether it may begin inside a word.
    is_fragment: bool,
}

impl Phrase {
    /// Returns the phrase of a text; `None` where the text has no letter and no digit.
    pub fn new(text: &str) -> Option<Self> {
        let normal = normalize(text);
        let expression = expression(&normal)?;
        Some(Self { normal, expression, is_fragment: false })
    }

    /// Returns it in the form in which texts are compared.
    pub fn normal(&self) -> &str {
        &self.normal
    }

    pub(super) fn expression(&self) -> &str {
        &self.expression
    }

    /// Returns whether it is a part of a single word.
    pub(super) fn is_part_of_word(&self) -> bool {
        self.normal.chars().all(is_word)
    }

    /// Returns a phrase that finds this one inside of words too, in texts with one of these words. `None` where it is no part of a
    /// single word.
    pub(super) fn inside(&self, words: &[String]) -> Option<Self> {
        let quoted: Vec<_> = words.iter().map(|word| format!("\"{word}\"")).collect();
        let is_part = self.is_part_of_word() && !words.is_empty();
        is_part.then(|| Self { expression: quoted.join(" OR "), is_fragment: true, ..self.clone() })
    }

    /// Returns whether the tokens alone tell where it stands: a pair of neighbouring characters is one, and each character begins one.
    pub(super) fn is_exact(&self) -> bool {
        self.normal.chars().count() <= 2 && self.normal.chars().all(is_han)
    }

    /// Returns whether it may begin inside a word.
    pub fn is_fragment(&self) -> bool {
        self.is_fragment
    }

    /// Returns where the phrase stands in a text, as ranges of bytes.
    pub fn find(&self, text: &str) -> Vec<Range<usize>> {
        let normalized = Normalized::of(text);
        self.find_normal(&normalized.text).iter().map(|found| normalized.original(found)).collect()
    }

    /// Returns whether the phrase stands in a text in its normal form.
    pub(super) fn is_in(&self, normal: &str) -> bool {
        !self.find_normal(normal).is_empty()
    }

    fn find_normal(&self, normal: &str) -> Vec<Range<usize>> {
        let length = self.normal.len();
        let begins_word = self.normal.starts_with(is_word) && !self.is_fragment;
        let is_inside = |start: usize| begins_word && normal[..start].ends_with(is_word);
        let finder = memmem::Finder::new(self.normal.as_bytes());
        let (mut found, mut at) = (Vec::new(), 0);
        while let Some(start) = finder.find(&normal.as_bytes()[at..]).map(|start| at + start) {
            // One that begins inside a word may cover one that does not.
            let is_refused = is_inside(start);
            at = if is_refused {
                start + normal[start..].chars().next().map_or(1, char::len_utf8)
            } else {
                start + length
            };
            if !is_refused {
                found.push(start..start + length);
            }
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_phrase_is_found_as_a_reader_would_find_it() {
        let found = |phrase: &str, text: &str| {
            let ranges = Phrase::new(phrase).unwrap().find(text);
            ranges.into_iter().map(|range| text[range].to_owned()).collect::<Vec<_>>()
        };
        assert_eq!(found("头发", "他的頭髮，头发"), ["頭髮", "头发"]);
        assert_eq!(found("dra", "Draft redraft ＤＲＡ"), ["Dra", "ＤＲＡ"]);
        assert_eq!(found("1-1", "2021-1-1"), ["1-1"]);
        assert_eq!(found("a a", "ba a a"), ["a a"]);
        assert_eq!(found("好，我", "你好，我们。好我"), ["好，我"]);
        assert_eq!(found(" 凌晨 ", "凌晨四点"), ["凌晨"]);
        assert_eq!(found("晨四", "凌晨 \n四点；凌\u{200b}晨四"), ["晨 \n四", "晨四"]);
        assert_eq!(found("用 Rust", "改用Rust 写"), ["用Rust"]);
        assert_eq!(found("hello world", "hello\nworld helloworld"), ["hello\nworld"]);
        assert_eq!(Phrase::new("，😀"), None);
    }
}
