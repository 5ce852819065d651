//! Reverse deltas: an older document as operations on a newer one, in a form that plain SQL can apply.
//!
//! A delta is a JSON array. `[offset, length]` copies bytes of the newer document, `"text"` inserts; the older document
//! is all of them in a row. Every cut is at a UTF-8 boundary, so that SQL may treat each piece as text.

use std::fmt;

use serde::de::{Error as _, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};

use crate::model::LARGEST_DOCUMENT;

/// The shortest copy: so many bytes must agree. The platform writes the fields of an article in another order at every answer, and
/// names and short values are copied one by one.
const WINDOW: usize = 12;
/// How many places of the base with the same window are tried, from its beginning on. Editors' HTML repeats its styles
/// hundreds of times; more make deltas of real histories smaller by less than 1 %.
const CANDIDATES: usize = 32;
/// So many bytes further on a longer copy is looked for: it makes deltas of real histories smaller by a sixth.
const LOOK_AHEAD: usize = 3;
/// No place in the base: offsets are below 32 MiB, the limit of an answer.
const NOWHERE: u32 = u32::MAX;

/// One operation of a delta.
#[derive(Serialize, Deserialize, Debug, PartialEq)]
#[serde(untagged)]
enum Operation<'a> {
    /// Copies `length` bytes from `offset` (from 0) of the newer document.
    Copy(usize, usize),
    /// Inserts text.
    #[serde(borrow)]
    Insert(std::borrow::Cow<'a, str>),
}

/// Returns the delta that makes `older` from `newer`, or `None` where plain SQL could not apply one: a document that
/// is no valid UTF-8 or holds a NUL.
pub fn delta(newer: &[u8], older: &[u8]) -> Option<Vec<u8>> {
    let readable = |bytes| std::str::from_utf8(bytes).ok().filter(|text: &&str| !text.contains('\0'));
    let (newer, older) = (readable(newer)?, readable(older)?);
    if newer.len() >= NOWHERE as usize {
        return None;
    }
    serde_json::to_vec(&operations(newer, older)).ok()
}

/// Returns the older document that `delta` makes from `newer`, or `None` where the two do not fit, or make more than the
/// largest document there is.
pub fn apply(newer: &[u8], delta: &[u8]) -> Option<Vec<u8>> {
    let mut operations = serde_json::Deserializer::from_slice(delta);
    let older = operations.deserialize_seq(Apply { newer }).ok()?;
    operations.end().ok()?;
    Some(older)
}

/// Applies operations one by one as they are read: a few bytes of a delta may be thousands of operations, and each may copy
/// the whole of the newer document.
struct Apply<'a> {
    newer: &'a [u8],
}

impl Apply<'_> {
    fn piece<'p>(&'p self, operation: &'p Operation<'_>) -> Option<&'p [u8]> {
        match operation {
            Operation::Copy(offset, length) => self.newer.get(*offset..offset.checked_add(*length)?),
            Operation::Insert(text) => Some(text.as_bytes()),
        }
    }
}

impl<'de> Visitor<'de> for Apply<'_> {
    type Value = Vec<u8>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a list of operations")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut operations: A) -> Result<Vec<u8>, A::Error> {
        let mut older = Vec::with_capacity(self.newer.len());
        while let Some(operation) = operations.next_element::<Operation<'de>>()? {
            let piece = self.piece(&operation).ok_or_else(|| A::Error::custom("it copies from beyond the end"))?;
            if older.len() + piece.len() > LARGEST_DOCUMENT {
                return Err(A::Error::custom("it makes more than the largest document"));
            }
            older.extend_from_slice(piece);
        }
        Ok(older)
    }
}

fn operations<'a>(newer: &str, older: &'a str) -> Vec<Operation<'a>> {
    let index = Index::new(newer.as_bytes());
    let mut operations = Vec::new();
    let (mut done, mut at, mut follow) = (0, 0, 0);
    while at < older.len() {
        let find = |at| index.longest(older.as_bytes(), done, at, follow)?.within(older);
        let Some(first) = find(at) else {
            at += 1;
            continue;
        };
        let later = (1..=LOOK_AHEAD).filter_map(|further| find(at + further));
        let found = later.fold(first, |best, run| if run.length > best.length { run } else { best });
        if found.target > done {
            operations.push(Operation::Insert(older[done..found.target].into()));
        }
        operations.push(Operation::Copy(found.base, found.length));
        done = found.target + found.length;
        at = done;
        follow = found.base + found.length;
    }
    if done < older.len() {
        operations.push(Operation::Insert(older[done..].into()));
    }
    operations
}

/// A run of bytes that stands in both documents.
#[derive(Clone, Copy)]
struct Run {
    base: usize,
    target: usize,
    length: usize,
}

impl Run {
    /// Narrows the run to whole characters, or drops it where too little is left. Equal bytes have equal boundaries, so
    /// the base need not be asked.
    fn within(mut self, older: &str) -> Option<Self> {
        while self.length > 0 && !older.is_char_boundary(self.target) {
            (self.base, self.target, self.length) = (self.base + 1, self.target + 1, self.length - 1);
        }
        while self.length > 0 && !older.is_char_boundary(self.target + self.length) {
            self.length -= 1;
        }
        (self.length >= WINDOW).then_some(self)
    }
}

/// Where each window of the base stands: chains of places by hash, in their order.
struct Index<'a> {
    base: &'a [u8],
    heads: Vec<u32>,
    next: Vec<u32>,
    shift: u32,
}

impl<'a> Index<'a> {
    fn new(base: &'a [u8]) -> Self {
        let bits = base.len().next_power_of_two().trailing_zeros().clamp(8, 20);
        let windows = (base.len() + 1).saturating_sub(WINDOW);
        let mut index = Self { base, heads: vec![NOWHERE; 1 << bits], next: vec![NOWHERE; windows], shift: 64 - bits };
        for at in (0..windows).rev() {
            let slot = index.slot(&base[at..]);
            index.next[at] = index.heads[slot];
            index.heads[slot] = at as u32;
        }
        index
    }

    fn slot(&self, bytes: &[u8]) -> usize {
        let half = |at: usize| u64::from_le_bytes(bytes[at..at + 8].try_into().expect("eight bytes of a window"));
        // Fibonacci hashing (Knuth, TAOCP 6.4): the high bits of a product are well mixed.
        let mixed = (half(0) ^ half(WINDOW - 8).rotate_left(29)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        (mixed >> self.shift) as usize
    }

    /// Finds the longest run around `at` that reaches no further back than `done`. A run that goes on from `follow`,
    /// where the last copy ended, is looked at first: after a small edit the text simply continues.
    fn longest(&self, target: &[u8], done: usize, at: usize, follow: usize) -> Option<Run> {
        if at + WINDOW > target.len() {
            return None;
        }
        let mut best = self.run(target, done, at, follow + (at - done));
        let mut place = self.heads[self.slot(&target[at..])];
        for _ in 0..CANDIDATES {
            if place == NOWHERE {
                break;
            }
            let run = self.run(target, done, at, place as usize);
            if run.is_some_and(|run| best.is_none_or(|best| run.length > best.length)) {
                best = run;
            }
            place = self.next[place as usize];
        }
        best
    }

    /// Stretches the match of `target[at..]` and `base[place..]` both ways.
    fn run(&self, target: &[u8], done: usize, at: usize, place: usize) -> Option<Run> {
        let ahead = common_prefix(self.base.get(place..)?, &target[at..]);
        if ahead < WINDOW {
            return None;
        }
        let behind =
            self.base[..place].iter().rev().zip(target[done..at].iter().rev()).take_while(|(a, b)| a == b).count();
        Some(Run { base: place - behind, target: at - behind, length: ahead + behind })
    }
}

fn common_prefix(a: &[u8], b: &[u8]) -> usize {
    const STEP: usize = 32;
    let blocks = a.chunks_exact(STEP).zip(b.chunks_exact(STEP)).take_while(|(a, b)| a == b).count() * STEP;
    blocks + a[blocks..].iter().zip(&b[blocks..]).take_while(|(a, b)| a == b).count()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn round_trip(newer: &str, older: &str) -> String {
        let delta = delta(newer.as_bytes(), older.as_bytes()).expect("text has a delta");
        assert_eq!(apply(newer.as_bytes(), &delta).expect("it applies"), older.as_bytes());
        String::from_utf8(delta).expect("a delta is JSON")
    }

    #[test]
    fn what_was_typed_is_simply_not_copied() {
        let older = "今天的天气很好,我们一起去公园散步,顺便看看新开的书店。";
        let newer = "今天的天气很好,我们一起带着孩子去公园散步,顺便看看新开的书店。";
        insta::assert_snapshot!(round_trip(newer, older), @"[[0,34],[46,46]]");
    }

    #[test]
    fn moved_paragraphs_are_found() {
        let (a, b) = ("<p>第一段写的是春天的花和雨。</p>", "<p>第二段写的是秋天的叶与风。</p>");
        insta::assert_snapshot!(round_trip(&format!("{a}{b}"), &format!("{b}{a}")), @"[[46,46],[0,46]]");
    }

    #[test]
    fn a_longer_copy_that_begins_a_little_later_is_taken() {
        let later =
            round_trip("Xabcdefghijk|abcdefghijklmnopqrstuvwxyz0123456789", "Xabcdefghijklmnopqrstuvwxyz0123456789");
        insta::assert_snapshot!(later, @r#"["X",[13,36]]"#);
        insta::assert_snapshot!(round_trip("Xabcdefghijk|abcdefghijkl|", "Xabcdefghijkl"), @r#"[[0,12],"l"]"#);
    }

    #[test]
    fn the_last_bytes_are_found_as_well() {
        insta::assert_snapshot!(round_trip("0123456789ab", "xx0123456789ab"), @r#"["xx",[0,12]]"#);
    }

    #[test]
    fn a_copy_holds_whole_characters() {
        // The first characters agree in their last byte, the last ones in their first two.
        insta::assert_snapshot!(round_trip("儀, and all between, 一", "一, and all between, 丁"), @r#"["一",[3,19],"丁"]"#);
    }

    #[test]
    fn after_an_edit_the_text_goes_on_where_it_stopped() {
        // Too often repeated for the search to come upon the right place.
        let style = "<p style='text-indent: 2em;'>".repeat(CANDIDATES + 8);
        let newer = format!("{style}段{style}终");
        insta::assert_snapshot!(round_trip(&newer, &newer.replace('段', "节")), @r#"[[0,1160],"节",[1163,1163]]"#);
    }

    #[test]
    fn what_sql_cannot_hold_has_no_delta() {
        assert_eq!(delta(b"a\0b", b"ab"), None);
        assert_eq!(delta(b"ab", b"a\xffb"), None);
        assert_eq!(delta(b"", b""), Some(b"[]".to_vec()));
    }

    #[test]
    fn a_delta_that_does_not_fit_is_refused() {
        for bad in ["[[0,4]]", "[[18446744073709551615,2]]", "{}", "[[1]]", "[[-1,1]]", "[3]"] {
            assert_eq!(apply(b"abc", bad.as_bytes()), None, "{bad}");
        }
    }

    #[test]
    fn repetition_stays_fast_and_right() {
        let newer = "<p>一</p>".repeat(20_000);
        let older = format!("{}x{}", "<p>一</p>".repeat(9_999), "<p>一</p>".repeat(10_000));
        assert!(round_trip(&newer, &older).len() < 64);
    }

    /// What each kind of edit costs: deltas are kept for years, so one that grows is noticed here.
    #[test]
    fn deltas_are_as_short_as_they_were() {
        let style = "<p style=\"text-align: justify; line-height: 1.75em;\">";
        let paragraph = |n: u32| format!("{style}第 {n} 段 {:x}</p>", n.wrapping_mul(2_654_435_761));
        let paragraphs: Vec<String> = (0..120).map(paragraph).collect();
        let newer = paragraphs.concat();
        let every = |step: usize, other: &str| {
            let edited = paragraphs.iter().enumerate().map(|(n, text)| match n % step {
                0 => text.replace('段', other),
                _ => text.clone(),
            });
            edited.collect::<String>()
        };
        let (first, second) = paragraphs.split_at(60);
        let reversed: String = paragraphs.iter().rev().map(String::as_str).collect();
        let lengths = [
            newer.clone(),
            every(120, "节"),
            every(10, "小节"),
            every(1, "节"),
            [second, first].concat().concat(),
            reversed,
            format!("{style}新的开头</p>{newer}"),
            format!("{newer}{style}新的结尾</p>"),
            newer.repeat(3),
            newer.replace("第 ", "一二三四"),
            newer.replace('段', "段😀"),
            newer[1000..4000].chars().skip(1).filter(|letter| *letter != '7').collect(),
            String::new(),
        ]
        .map(|older| round_trip(&newer, &older).len());
        assert_eq!(lengths, [10, 24, 245, 1914, 31, 1211, 41, 36, 28, 2994, 2034, 589, 2]);
    }

    #[test]
    fn a_delta_makes_no_more_than_the_largest_document() {
        let newer = "a".repeat(1 << 20);
        let copies = format!("[0,{}],", newer.len()).repeat(LARGEST_DOCUMENT / newer.len());
        let largest = apply(newer.as_bytes(), format!("[{}]", copies.trim_end_matches(',')).as_bytes());
        assert_eq!(largest.map(|older| older.len()), Some(LARGEST_DOCUMENT));
        assert_eq!(apply(newer.as_bytes(), format!("[{copies}\"a\"]").as_bytes()), None);
    }

    /// Texts made of few pieces, so that they have much in common, with cuts inside characters' bytes.
    fn texts() -> impl Strategy<Value = String> {
        let piece = prop_oneof![
            Just("公众号草稿箱的历史版本,一个也不能少。"),
            Just("<section style=\\\"font-size: 16px;\\\">"),
            Just("a"),
            Just("é"),
            Just("😀"),
            Just("儿歌三百首"),
            Just("\"\\\n\u{1}"),
            Just("\u{2028}"),
        ];
        prop::collection::vec(piece, 0..40).prop_map(|pieces| pieces.concat())
    }

    proptest! {
        #[test]
        fn any_two_texts_come_back(newer in texts(), older in texts()) {
            round_trip(&newer, &older);
        }

        #[test]
        fn any_two_byte_strings_come_back_or_have_no_delta(newer: Vec<u8>, older: Vec<u8>) {
            if let Some(delta) = delta(&newer, &older) {
                prop_assert_eq!(apply(&newer, &delta).unwrap(), older);
            }
        }
    }
}
