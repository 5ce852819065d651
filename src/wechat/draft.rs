//! Drafts in responses of the platform.

use crate::model::MediaId;

/// The highest number of drafts on a page (官方文档 获取草稿列表).
pub const PAGE: u32 = 20;

/// Whether a page of the draft box includes the content of the drafts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IncludeContent {
    /// Each draft with its document.
    Yes,
    /// Each draft with its times only.
    No,
}

/// A response of `draft/get`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DraftResponse {
    /// The whole response, byte for byte as received.
    pub document: Vec<u8>,
    /// When the draft was created, in Unix seconds.
    pub create_time: Option<i64>,
    /// When the draft was last saved, in Unix seconds. A hint only; it may be missing.
    pub update_time: Option<i64>,
}

/// A page of the draft box.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page {
    /// The number of drafts in the whole box, as the platform says. It may be wrong.
    pub total_count: u64,
    /// The drafts of this page, in the order of the platform, which is not documented.
    pub drafts: Vec<DraftListItem>,
    /// Entries of this page without a usable `media_id`: it is unknown which drafts they are.
    pub entries_without_id: u64,
}

impl Page {
    /// Returns where the next page begins, if this one began at `offset`.
    pub fn end(&self, offset: u64) -> u64 {
        offset + self.drafts.len() as u64 + self.entries_without_id
    }
}

/// A draft in a response of `draft/batchget`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DraftListItem {
    /// Its position in the whole list, from 0.
    pub place: u64,
    pub media_id: MediaId,
    /// When it was created, in Unix seconds.
    pub create_time: Option<i64>,
    /// When it was last saved, in Unix seconds.
    pub update_time: Option<i64>,
    /// Its part of the response, byte for byte as received. `None` for [`IncludeContent::No`], and if the platform left it out
    /// anyway: then only `draft/get` returns the content.
    pub document: Option<Vec<u8>>,
    /// Whether the platform says that it has no articles.
    pub has_no_articles: bool,
}
