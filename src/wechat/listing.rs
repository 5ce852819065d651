//! Pages of the draft box, put together into one list.

use std::collections::HashSet;

use super::{Listed, Page};
use crate::model::MediaId;

/// The whole box, as its pages tell it.
///
/// A draft that is added or removed between two pages shifts the rest: one may be listed twice, or skipped. Only of a
/// complete list may be concluded that a draft is not in the box.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Listing {
    seen: HashSet<MediaId>,
    offset: u64,
    totals: Vec<u64>,
    is_at_end: bool,
}

impl Listing {
    /// Returns where the next page begins.
    pub fn offset(&self) -> u64 {
        self.offset
    }

    /// Takes the next page in and returns the drafts that no page before it had.
    pub fn take(&mut self, page: Page) -> Vec<Listed> {
        self.offset += page.drafts.len() as u64;
        self.totals.push(page.total_count);
        let new: Vec<_> = page.drafts.into_iter().filter(|draft| self.seen.insert(draft.media_id.clone())).collect();
        // A page that brings nothing new is the end as well, whatever the total says.
        self.is_at_end = new.is_empty() || self.offset >= page.total_count;
        new
    }

    /// Tells whether there is no page to read any more.
    pub fn is_at_end(&self) -> bool {
        self.is_at_end
    }

    /// Tells whether it surely holds every draft of the box: all pages tell the same number, and so many there are.
    pub fn is_complete(&self) -> bool {
        self.is_at_end && self.totals.iter().all(|&total| total == self.seen.len() as u64)
    }

    /// Tells whether a page had the draft.
    pub fn holds(&self, media_id: &MediaId) -> bool {
        self.seen.contains(media_id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(total_count: u64, ids: &[&str]) -> Page {
        let listed =
            |id: &&str| Listed { media_id: MediaId::new(*id), create_time: None, update_time: None, document: None };
        Page { total_count, drafts: ids.iter().map(listed).collect() }
    }

    fn listing(pages: &[Page]) -> Listing {
        let mut listing = Listing::default();
        for page in pages {
            assert!(!listing.is_at_end());
            listing.take(page.clone());
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
    }
}
