//! What a change took away: whether a draft was emptied, shrunk, or rewritten beyond recognition.

use std::collections::HashMap;

use super::content::Content;
use super::fields;
use super::tokens::{Token, tokens};
use crate::model::{ContentSize, ShrunkShare};

/// A change that takes fewer characters away loses nothing worth telling; shorter texts are not judged.
const LEAST_LOST: u64 = 200;

/// A text of which less than one part in so many is left was emptied.
const EMPTIED: u64 = 20;

/// A text was rewritten where the new one has less than this percentage of its words in common with it.
const LEAST_ALIKE: usize = 30;

/// What a change took away.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Loss {
    /// Less than 5 % of the text is left.
    Emptied,
    /// A share of the text was lost that is to be told: half, where nothing else is configured.
    Shrunk,
    /// Another text stands in its place.
    Rewritten,
}

/// Compares two contents of these sizes; `None` where nothing was lost that is worth telling. Where less than half was lost, another
/// text says more than a shorter one.
pub fn loss(older: &Content, newer: &Content, sizes: [ContentSize; 2], shrunk: ShrunkShare) -> Option<Loss> {
    let [before, after] = sizes.map(|size| size.characters);
    let lost = before.saturating_sub(after);
    if lost >= LEAST_LOST && after * EMPTIED < before {
        return Some(Loss::Emptied);
    }
    let is_half_lost = after * 2 <= before;
    let is_shrunk = lost >= LEAST_LOST && shrunk.is_reached(lost, before);
    let is_rewritten = || before >= LEAST_LOST && is_rewritten(older, newer, is_half_lost);
    match is_half_lost {
        true if is_shrunk => Some(Loss::Shrunk),
        _ if is_rewritten() => Some(Loss::Rewritten),
        _ => is_shrunk.then_some(Loss::Shrunk),
    }
}

impl Content {
    /// Returns how much it holds.
    pub fn size(&self) -> ContentSize {
        let mut size = ContentSize::default();
        for entry in &self.articles {
            let characters: usize = tokens(entry.reading()).iter().map(Token::characters).sum();
            let pictures = entry.pictures().len() + fields::listed(&entry.members).len();
            size.characters += characters as u64;
            size.pictures += pictures as u64;
        }
        size
    }
}

/// Tells whether hardly any of the neighbouring words of the older text are in the newer one, in whatever order. What was added
/// beside them does not matter. Where half of the text was lost, what is left is judged: it may be a part of the older one.
fn is_rewritten(older: &Content, newer: &Content, is_half_lost: bool) -> bool {
    let [older, newer] = [older, newer].map(words);
    let pairs = if is_half_lost { &newer } else { &older }.len().saturating_sub(1);
    let is_kept = |kept: usize| kept * 100 >= pairs * LEAST_ALIKE;
    // Most saves change a part of the text, and need no count of all of it.
    if is_kept(pairs_at_the_ends(&older, &newer)) {
        return false;
    }
    let (older, newer) = (pair_counts(&older), pair_counts(&newer));
    !is_kept(older.iter().map(|(pair, count)| *count.min(newer.get(pair).unwrap_or(&0))).sum())
}

/// Counts the neighbouring words in what two texts begin and end with alike.
fn pairs_at_the_ends(older: &[Token<'_>], newer: &[Token<'_>]) -> usize {
    let first = older.iter().zip(newer).take_while(|(older, newer)| older == newer).count();
    let (older, newer) = (&older[first..], &newer[first..]);
    let last = older.iter().rev().zip(newer.iter().rev()).take_while(|(older, newer)| older == newer).count();
    first.saturating_sub(1) + last.saturating_sub(1)
}

/// Counts how often each two words are neighbours.
fn pair_counts<'a>(words: &[Token<'a>]) -> HashMap<[Token<'a>; 2], usize> {
    let mut counts = HashMap::new();
    words.windows(2).for_each(|two| *counts.entry([two[0], two[1]]).or_default() += 1);
    counts
}

/// The words of all bodies. Signs say nothing: every text has the same ones.
fn words(content: &Content) -> Vec<Token<'_>> {
    let all = content.articles.iter().flat_map(|entry| tokens(entry.reading()));
    all.filter(|token| matches!(token, Token::Word(_))).collect()
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::PathBuf;

    use proptest::prelude::*;
    use serde_json::json;

    use super::*;
    use crate::render::tests::{histories, one_change_in};

    fn content(bodies: &[&str]) -> Content {
        let articles: Vec<_> = bodies.iter().map(|body| json!({"title": "题", "content": body})).collect();
        Content::read(json!({ "news_item": articles }).to_string().as_bytes()).unwrap()
    }

    fn judged(older: &[&str], newer: &[&str]) -> Option<Loss> {
        let [older, newer] = [older, newer].map(content);
        loss(&older, &newer, [older.size(), newer.size()], ShrunkShare::default())
    }

    /// A text of so many different characters.
    fn text(first: u32, length: u32) -> String {
        (0..length).map(|n| char::from_u32(0x4e00 + first + n).unwrap()).collect()
    }

    #[test]
    fn a_loss_is_judged_by_what_is_left_of_the_text() {
        let whole = text(0, 1000);
        for (left, expected) in [
            (0, Some(Loss::Emptied)),
            (49, Some(Loss::Emptied)),
            (50, Some(Loss::Shrunk)),
            (500, Some(Loss::Shrunk)),
            (501, None),
            (1000, None),
        ] {
            assert_eq!(judged(&[&whole], &[&text(0, left)]), expected, "{left} left");
        }
        assert_eq!(judged(&[&text(0, 199)], &[""]), None, "a short text");
        assert_eq!(judged(&[&text(0, 200)], &[""]), Some(Loss::Emptied));
        assert_eq!(judged(&[&text(0, 399)], &[&text(0, 200)]), None);
        assert_eq!(judged(&[&whole, "一"], &["一"]), Some(Loss::Emptied), "an article was removed");
    }

    #[test]
    fn the_share_decides_what_counts_as_shrunk() {
        let whole = text(0, 1000);
        let judged = |share, newer: &str| {
            let [older, newer] = [&whole, newer].map(|text| content(&[text]));
            loss(&older, &newer, [older.size(), newer.size()], ShrunkShare::new(share).unwrap())
        };
        for (share, left, expected) in [
            (0.7, 300, Some(Loss::Shrunk)),
            (0.7, 301, None),
            (0.25, 750, Some(Loss::Shrunk)),
            (0.25, 751, None),
            (0.1, 800, Some(Loss::Shrunk)),
            (0.1, 801, None),
            (0.95, 50, Some(Loss::Shrunk)),
            (0.95, 49, Some(Loss::Emptied)),
        ] {
            assert_eq!(judged(share, &text(0, left)), expected, "{share}: {left} left");
        }
        assert_eq!(judged(0.95, &text(0, 200)), None, "a part that is left is not another text");
        assert_eq!(judged(0.95, &text(2000, 200)), Some(Loss::Rewritten));
        assert_eq!(judged(0.1, &text(2000, 800)), Some(Loss::Rewritten));
    }

    #[test]
    fn a_text_that_became_another_one_is_told_and_one_that_moved_or_grew_is_not() {
        let (one, other) = (text(0, 400), text(2000, 400));
        assert_eq!(judged(&[&one], &[&other]), Some(Loss::Rewritten));
        assert_eq!(judged(&[&one], &[&format!("{other}{one}")]), None, "it grew");
        assert_eq!(judged(&[&one, &other], &[&other, &one]), None, "it moved");
        assert_eq!(judged(&[&one], &[&format!("{}{}", text(200, 200), text(0, 200))]), None, "its halves were swapped");
        assert_eq!(judged(&[&one], &[&format!("<b>{one}</b>")]), None, "it looks otherwise");
        assert_eq!(judged(&[&text(0, 100)], &[&other]), None, "a first try of a hundred characters");
    }

    proptest! {
        #[test]
        fn what_both_ends_have_in_common_is_part_of_what_is_kept(older in "[一二三]{0,12}", newer in "[一二三]{0,12}") {
            let [older, newer] = [content(&[&older]), content(&[&newer])];
            let [older, newer] = [words(&older), words(&newer)];
            let (all, of_newer) = (pair_counts(&older), pair_counts(&newer));
            let kept = all.iter().map(|(pair, count)| *count.min(of_newer.get(pair).unwrap_or(&0))).sum();
            prop_assert!(pairs_at_the_ends(&older, &newer) <= kept);
        }
    }

    #[test]
    fn what_a_version_holds_is_counted_over_its_articles() {
        let body = "<p>一 二\u{a0}三</p><img src='https://a/1'><img src='https://a/1'>";
        let newspic = json!({"title": "", "content": "四", "article_type": "newspic",
            "image_info": {"image_list": [{"image_media_id": "A"}, {"image_media_id": "B"}]}});
        let document = json!({"news_item": [{"title": "题", "content": body}, newspic]}).to_string();
        let size = Content::read(document.as_bytes()).unwrap().size();
        assert_eq!(size, ContentSize { characters: 4, pictures: 4 });
    }

    /// The saves of the real histories that lost half of their text or more. Each was read: sections, or a whole list, were taken out.
    const REAL_LOSSES: [(&str, usize); 3] =
        [("es6-object.jsonl.zst", 42), ("es6-object.jsonl.zst", 120), ("plct-2024-01-01.jsonl.zst", 4)];

    /// Real histories, from the directory that `DRAFTKEEP_REPLAY_DATA` names (tests/it/replay.rs), each state as a save.
    #[test]
    fn real_histories_raise_no_false_alarm() {
        let Some(data) = std::env::var_os("DRAFTKEEP_REPLAY_DATA").map(PathBuf::from) else { return };
        let files = fs::read_dir(data.join("revisions")).unwrap().map(|entry| entry.unwrap().path());
        let mut saves = 0;
        for path in files.filter(|path| path.extension().is_some_and(|end| end == "zst")) {
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            let states = histories::states(&path).unwrap().unwrap();
            let step = one_change_in(states.len());
            let is_judged = |at: &usize| at.is_multiple_of(step) || REAL_LOSSES.contains(&(&*name, at + 2));
            for at in (0..states.len() - 1).filter(is_judged) {
                let [older, newer] = [at, at + 1].map(|at| Content::read(&states[at]).unwrap());
                let expected = REAL_LOSSES.contains(&(&*name, at + 2)).then_some(Loss::Shrunk);
                let sizes = [older.size(), newer.size()];
                assert_eq!(loss(&older, &newer, sizes, ShrunkShare::default()), expected, "{name}, state {}", at + 2);
                saves += 1;
            }
        }
        assert!(saves > 100, "{saves}");
    }
}
