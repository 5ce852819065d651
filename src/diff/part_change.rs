//! A change of parts of one kind, and what became of things, in words.

use std::collections::BTreeMap;

use crate::model::counted;

/// A change of parts of one kind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PartChange {
    /// What they are: `link`, `video`, `audio clip`, `account card`, `picture description`, `hidden text`, `strikethrough` …
    pub what: &'static str,
    /// What is not there any more: the target of a link, an element with its attributes, the words.
    pub removed: Vec<String>,
    /// What was not there before.
    pub added: Vec<String>,
    /// How many were there and are, and stand in another place.
    pub moved: usize,
}

impl PartChange {
    /// Returns how many were replaced by others.
    pub fn changed(&self) -> usize {
        self.removed.len().min(self.added.len())
    }

    /// Says it: `1 link changed, 2 removed`.
    pub fn in_words(&self) -> String {
        let changed = self.changed();
        told(
            self.what,
            &[
                (changed, "changed"),
                (self.added.len() - changed, "added"),
                (self.removed.len() - changed, "removed"),
                (self.moved, "moved"),
            ],
        )
        .unwrap_or_default()
    }

    pub(super) fn is_nothing(&self) -> bool {
        self.removed.is_empty() && self.added.is_empty() && self.moved == 0
    }
}

/// Tells what became of things: `1 picture added, 2 removed`.
pub(crate) fn told(noun: &str, counts: &[(usize, &str)]) -> Option<String> {
    let mut told = counts.iter().filter(|(count, _)| *count > 0);
    let (first, what) = told.next()?;
    let others = told.map(|(count, what)| format!(", {count} {what}"));
    Some(format!("{} {what}{}", counted(*first, noun), others.collect::<String>()))
}

/// Returns what there is more of in one list than in another, repetitions counted, in its order.
pub(super) fn surplus<T: Ord + Clone>(list: &[T], other: &[T]) -> Vec<T> {
    let mut left = BTreeMap::<&T, usize>::new();
    other.iter().for_each(|item| *left.entry(item).or_default() += 1);
    let is_more = |item: &&T| match left.get_mut(*item) {
        Some(count) if *count > 0 => {
            *count -= 1;
            false
        }
        _ => true,
    };
    list.iter().filter(is_more).cloned().collect()
}
