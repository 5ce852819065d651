//! Drafts as the platform answers them.

use crate::model::MediaId;

/// Drafts on a page, the most that are allowed (官方文档 获取草稿列表).
pub const PAGE: u32 = 20;

/// Whether a page of the draft box comes with what the drafts say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IncludeContent {
    /// Each draft with its document.
    Yes,
    /// Only which drafts there are, and when each was last saved.
    No,
}

/// A draft as `draft/get` answers it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DraftResponse {
    /// The whole answer, byte for byte as received.
    pub document: Vec<u8>,
    /// When the draft was made, in Unix seconds.
    pub create_time: Option<i64>,
    /// When the draft was last saved, in Unix seconds; a hint, and not everybody sends it.
    pub update_time: Option<i64>,
}

/// A page of the draft box.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page {
    /// How many drafts the platform says that the whole box holds. It may be wrong.
    pub total_count: u64,
    /// The drafts of this page, in the platform's order, which means nothing.
    pub drafts: Vec<DraftListItem>,
    /// Entries of this page whose `media_id` is missing or no text: nobody can tell which drafts they are.
    pub nameless: u64,
}

impl Page {
    /// Returns where the next page begins, if this one began at `offset`.
    pub fn end(&self, offset: u64) -> u64 {
        offset + self.drafts.len() as u64 + self.nameless
    }
}

/// A draft as `draft/batchget` lists it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DraftListItem {
    /// Its place on the whole list, from 0.
    pub place: u64,
    /// Which draft.
    pub media_id: MediaId,
    /// When it was made, in Unix seconds.
    pub create_time: Option<i64>,
    /// When it was last saved, in Unix seconds.
    pub update_time: Option<i64>,
    /// Its part of the answer, byte for byte as received. `None` for [`IncludeContent::No`], and where the platform left
    /// it out all the same: then only `draft/get` tells what the draft says.
    pub document: Option<Vec<u8>>,
    /// Whether the platform says that it has no articles.
    pub has_no_articles: bool,
}
