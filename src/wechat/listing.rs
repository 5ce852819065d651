//! Merges pages of the draft box into one list.

use std::collections::HashSet;

use super::draft::{DraftListItem, Page};
use crate::model::MediaId;

/// The whole draft box, merged from pages.
///
/// A draft that is added or removed between two pages shifts the rest: one may be listed twice, or skipped. Only a
/// complete list proves that a draft is not in the box. Two lists in a row with the same drafts [prove](BoxListing::matches) it
/// too: then the platform's total is wrong.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct BoxListing {
    seen: HashSet<MediaId>,
    offset: u64,
    totals: Vec<u64>,
    entries_without_id: u64,
    is_at_end: bool,
}

impl BoxListing {
    /// Returns where the next page begins.
    pub fn offset(&self) -> u64 {
        self.offset
    }

    /// Adds the next page and returns the drafts that no earlier page had.
    pub fn push_page(&mut self, page: Page) -> Vec<DraftListItem> {
        self.offset = page.end(self.offset);
        self.totals.push(page.total_count);
        self.entries_without_id += page.entries_without_id;
        let new: Vec<_> = page.drafts.into_iter().filter(|draft| self.seen.insert(draft.media_id.clone())).collect();
        // A page without new drafts is the end, whatever the total says. A total that was already exceeded is not the end.
        self.is_at_end = new.is_empty() || self.offset == page.total_count;
        new
    }

    /// Returns whether the last page was read.
    pub fn is_at_end(&self) -> bool {
        self.is_at_end
    }

    /// Returns whether it certainly contains every draft: all pages name the same total, and that many drafts with a `media_id` were
    /// listed.
    pub fn is_complete(&self) -> bool {
        self.is_at_end
            && self.entries_without_id == 0
            && self.totals.iter().all(|&total| total == self.seen.len() as u64)
    }

    /// Returns whether it has the same drafts as the list `before`, so that a third one would not help.
    pub fn matches(&self, before: &Self) -> bool {
        self.is_at_end
            && before.is_at_end
            && self.seen == before.seen
            && self.entries_without_id == before.entries_without_id
    }

    /// Returns how many entries have no usable `media_id`.
    pub fn entries_without_id(&self) -> u64 {
        self.entries_without_id
    }

    /// Returns how many drafts it has.
    pub fn drafts(&self) -> u64 {
        self.seen.len() as u64
    }

    /// Returns the total that the last page named.
    pub fn total(&self) -> u64 {
        self.totals.last().copied().unwrap_or_default()
    }

    /// Returns whether a page had the draft.
    pub fn holds(&self, media_id: &MediaId) -> bool {
        self.seen.contains(media_id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(total_count: u64, ids: &[&str]) -> Page {
        let listed = |id: &&str| DraftListItem {
            place: 0,
            media_id: MediaId::new(*id),
            create_time: None,
            update_time: None,
            document: None,
            has_no_articles: false,
        };
        Page { total_count, drafts: ids.iter().map(listed).collect(), entries_without_id: 0 }
    }

    fn listing(pages: &[Page]) -> BoxListing {
        let mut listing = BoxListing::default();
        for page in pages {
            assert!(!listing.is_at_end());
            listing.push_page(page.clone());
        }
        assert!(listing.is_at_end());
        listing
    }

    #[test]
    fn only_a_list_whose_pages_agree_is_complete() {
        assert!(listing(&[page(3, &["A", "B"]), page(3, &["C"])]).is_complete());
        assert!(listing(&[page(0, &[])]).is_complete());
        let shifted_down = listing(&[page(3, &["A", "B"]), page(4, &["B", "C"])]);
        assert!(!shifted_down.is_complete() && shifted_down.holds(&MediaId::new("C")));
        assert!(!listing(&[page(4, &["A", "B"]), page(3, &["D"])]).is_complete(), "one was skipped");
        assert!(!listing(&[page(5, &["A", "B"]), page(5, &[])]).is_complete(), "an empty page is no evidence");
        assert!(!listing(&[page(5, &["A", "B"]), page(5, &["A", "B"])]).is_complete());
        let entries_without_id = Page { entries_without_id: 1, ..page(2, &["A"]) };
        assert!(!listing(&[entries_without_id]).is_complete(), "one may be the draft that is looked for");
    }

    #[test]
    fn a_total_that_is_too_low_hides_nothing() {
        let listing = listing(&[page(3, &["A", "B"]), page(3, &["C", "D"]), page(3, &[])]);
        assert!(listing.holds(&MediaId::new("D")) && !listing.is_complete());
    }

    #[test]
    fn a_second_list_of_the_same_drafts_settles_it_whatever_the_totals_say() {
        let first = listing(&[page(3, &["A", "B"]), page(3, &[])]);
        assert!(listing(&[page(4, &["B", "A"]), page(4, &[])]).matches(&first));
        assert!(!listing(&[page(3, &["A"]), page(3, &[])]).matches(&first));
        let entries_without_id = listing(&[Page { entries_without_id: 1, ..page(3, &["A", "B"]) }]);
        assert!(!entries_without_id.matches(&first) && entries_without_id.matches(&entries_without_id));
        let cut = BoxListing { is_at_end: false, ..BoxListing::default() };
        assert!(!cut.matches(&cut), "neither was read to its end");
    }
}
