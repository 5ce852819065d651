//! Deltas: what is encoded comes back byte for byte; of anything else, no more comes than the largest document.

use draftkeep::archive::delta::{apply, delta};
use draftkeep::model::LARGEST_DOCUMENT;

pub fn run(data: &[u8]) {
    let [kind, cut, rest @ ..] = data else { return };
    let (newer, other) = rest.split_at(rest.len() * usize::from(*cut) / 256);
    if kind % 2 == 0 {
        if let Some(delta) = delta(newer, other) {
            assert_eq!(apply(newer, &delta).as_deref(), Some(other));
        }
    } else if let Some(older) = apply(newer, other) {
        assert!(older.len() <= LARGEST_DOCUMENT);
    }
}
