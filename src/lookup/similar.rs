//! Drafts that may have been meant where none was found. Pure.

use super::draft_ref::{DraftKey, DraftRef};
use crate::archive::Draft;

/// How many drafts are offered.
const MOST: usize = 3;

/// Returns the drafts that may have been meant, the most similar first: their titles hold the text, or half of the `media_id` is the same.
pub(super) fn similar(meant: &DraftRef, drafts: Vec<Draft>) -> Vec<Draft> {
    let score = |draft: &Draft| match &meant.draft {
        DraftKey::Text(text) if draft.title.contains(text.as_str()) => usize::MAX,
        DraftKey::Text(text) if draft.media_id == *text => usize::MAX,
        DraftKey::Text(text) => {
            let common = common_prefix_len(text, &draft.media_id) + common_suffix_len(text, &draft.media_id);
            if 2 * common >= text.len() { common } else { 0 }
        }
        // The number is right, the account is not.
        DraftKey::Id(id) => usize::from(draft.id == *id),
    };
    let mut scored: Vec<_> = drafts.into_iter().map(|draft| (score(&draft), draft)).collect();
    scored.retain(|(score, _)| *score > 0);
    scored.sort_by_key(|(score, _)| std::cmp::Reverse(*score));
    scored.into_iter().take(MOST).map(|(_, draft)| draft).collect()
}

/// Counts the characters at the beginning that two texts have in common.
pub fn common_prefix_len(a: &str, b: &str) -> usize {
    a.chars().zip(b.chars()).take_while(|(a, b)| a == b).count()
}

/// Counts the characters at the end that `text` has in common with `id`, or with the beginning of `id` that was probably meant: as long
/// as `text`, or one character more or less.
fn common_suffix_len(text: &str, id: &str) -> usize {
    let typed = text.chars().count();
    let meant = [typed.saturating_sub(1), typed, typed + 1, usize::MAX].map(|length| {
        let end = id.char_indices().nth(length).map_or(id.len(), |(at, _)| at);
        let backwards = |text: &str| text.chars().rev().collect::<String>();
        common_prefix_len(&backwards(text), &backwards(&id[..end]))
    });
    meant.into_iter().max().unwrap_or(0)
}
