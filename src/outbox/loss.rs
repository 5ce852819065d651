//! What a draft lost, and whether that was made good.

use super::new_event::{NewEvent, ToldLoss};
use crate::model::EventKind;

/// So much of the characters before is back where a draft counts as whole again, in percent.
const WHOLE_AGAIN: u64 = 90;

/// Returns whether so many characters are as good as those before.
pub fn is_whole_again(before: u64, after: u64) -> bool {
    after.saturating_mul(100) >= before.saturating_mul(WHOLE_AGAIN)
}

/// Returns whether the event, and none before it, makes the loss good. A text that was replaced is back only by a restore: how much there is tells nothing.
pub(super) fn makes_good(event: &NewEvent, loss: &ToldLoss) -> bool {
    match loss.kind {
        EventKind::DraftEmptied | EventKind::DraftShrunk => {
            let Some((whole, [before, after])) = loss.characters.zip(event.characters) else { return false };
            !is_whole_again(whole, before) && is_whole_again(whole, after)
        }
        EventKind::DraftRewritten => event.kind == EventKind::DraftRestored,
        EventKind::DraftDeleted | EventKind::DraftGone => event.kind == EventKind::DraftReturned,
        _ => false,
    }
}
