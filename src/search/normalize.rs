//! The form in which texts and questions are compared.
//!
//! Full and half width, upper and lower case, traditional and simplified characters are the same; what shows nothing is left out. So are
//! blanks and line breaks, but for one between two words of letters or digits, which is a single blank: where Chinese is broken or spaced
//! out is a matter of looks, and a reader who types a sentence does not see it.

use std::ops::Range;

use icu_normalizer::ComposingNormalizerBorrowed;
use icu_normalizer::properties::CanonicalCombiningClassMapBorrowed;

use super::tokens::is_word;
use super::traditional::simplified;

const NFKC: ComposingNormalizerBorrowed<'static> = ComposingNormalizerBorrowed::new_nfkc();
const COMBINING: CanonicalCombiningClassMapBorrowed<'static> = CanonicalCombiningClassMapBorrowed::new();

/// A text in the form in which it is compared, with the place in the original that each character stands for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Normalized {
    pub(super) text: String,
    /// Where each character begins in `text`, and the bytes of the original that it stands for.
    places: Vec<(usize, Range<usize>)>,
}

impl Normalized {
    pub(super) fn of(original: &str) -> Self {
        let mut normalized = Self::default();
        for_each(original, |c, place| {
            normalized.places.push((normalized.text.len(), place));
            normalized.text.push(c);
        });
        normalized
    }

    /// Returns the bytes of the original that a part of `text` stands for.
    pub(super) fn original(&self, part: &Range<usize>) -> Range<usize> {
        let at = |position: usize| self.places.partition_point(|(start, _)| *start < position);
        let places = &self.places[at(part.start)..at(part.end)];
        match (places.first(), places.last()) {
            (Some((_, first)), Some((_, last))) => first.start..last.end,
            _ => 0..0,
        }
    }
}

/// Returns the form in which a text is compared.
pub(super) fn normalize(original: &str) -> String {
    let mut text = String::with_capacity(original.len());
    for_each(original, |c, _| text.push(c));
    text
}

/// Calls `each` with every character of the form, and the bytes that it stands for.
fn for_each(original: &str, mut each: impl FnMut(char, Range<usize>)) {
    let mut blank = None;
    let mut is_after_word = false;
    let mut emit = |c: char, place: Range<usize>| {
        if is_ignored(c) {
            return;
        }
        if c.is_whitespace() {
            blank.get_or_insert(place);
            return;
        }
        let is_before_word = is_word(c);
        if let Some(blank) = blank.take().filter(|_| is_after_word && is_before_word) {
            each(' ', blank);
        }
        is_after_word = is_before_word;
        each(simplified(c), place);
    };
    let mut characters = original.char_indices().peekable();
    while let Some((start, c)) = characters.next() {
        let mut end = start + c.len_utf8();
        while let Some((at, next)) = characters.next_if(|(_, next)| joins(*next)) {
            end = at + next.len_utf8();
        }
        let is_alone = end == start + c.len_utf8();
        match c {
            _ if is_alone && c.is_ascii() => emit(c.to_ascii_lowercase(), start..end),
            '\u{4e00}'..='\u{9fff}' if is_alone => emit(c, start..end),
            _ => {
                for c in NFKC.normalize(&original[start..end]).chars().flat_map(char::to_lowercase) {
                    emit(c, start..end);
                }
            }
        }
    }
}

/// Tells whether a character belongs to the one before it.
fn joins(c: char) -> bool {
    match c {
        ..'\u{300}' | '\u{4e00}'..='\u{9fff}' => false,
        // Vowels and final consonants of Hangul, and the voicing marks of half-width kana.
        '\u{1160}'..='\u{11ff}' | '\u{ff9e}' | '\u{ff9f}' => true,
        _ => COMBINING.get_u8(c) != 0,
    }
}

/// Tells whether a character shows nothing, or is a mark that is not part of a letter, or stands for an object.
fn is_ignored(c: char) -> bool {
    match c {
        '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2064}' => true,
        '\u{2066}'..='\u{2069}' | '\u{feff}' | '\u{fffc}' | '\u{fe00}'..='\u{fe0f}' | '\u{e0100}'..='\u{e01ef}' => true,
        ..'\u{300}' => c.is_control() && !c.is_whitespace(),
        _ => joins(c),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_that_people_take_for_the_same_are_the_same() {
        let forms = [
            ("ＡＢＣ　１２３", "abc 123"),
            ("１０㎡", "10m2"),
            ("軟體開發", "软体开发"),
            ("乾淨的頭髮", "干净的头发"),
            ("凌晨\u{200b}四\u{feff}点", "凌晨四点"),
            ("cafe\u{301} CAFÉ", "café café"),
            ("ｶﾞｷﾞ 가나 \u{1100}\u{1161}", "ガギ가나가"),
            (" a \t\n\u{a0}b ", "a b"),
            ("ﬁne Straße", "fine straße"),
            ("凌晨\n四　点 ，\u{2028}菜\u{200b} \u{feff}市场", "凌晨四点,菜市场"),
            ("在 2026 年 11 月用 Rust 2024", "在2026年11月用rust 2024"),
            ("a\u{200b} \u{200b}b , c 😀 d", "a b,c😀d"),
            ("好\u{1}的", "好的"),
        ];
        for (original, form) in forms {
            assert_eq!(normalize(original), form, "{original:?}");
            assert_eq!(normalize(form), form, "the form of a form");
        }
    }

    #[test]
    fn a_part_of_the_form_leads_back_to_the_original() {
        let original = "我\u{200b}愛ＣＯＤＥ，10㎡e\u{301}!";
        let normalized = Normalized::of(original);
        let found = |part: &str| {
            let start = normalized.text.find(part).unwrap();
            &original[normalized.original(&(start..start + part.len()))]
        };
        assert_eq!(found("我爱"), "我\u{200b}愛");
        assert_eq!(found("code"), "ＣＯＤＥ");
        assert_eq!(found("m2"), "㎡");
        assert_eq!(found("é"), "e\u{301}");
    }
}
