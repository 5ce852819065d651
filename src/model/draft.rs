//! Drafts and their articles.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// The platform's name for a draft, opaque, unique within its account.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct MediaId(String);

impl MediaId {
    /// Takes the id as the platform or the operator wrote it.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// Returns the id's text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for MediaId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// What an article is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ArticleType {
    /// 图文消息: HTML with pictures in it.
    News,
    /// 图片消息: up to 20 pictures and a plain text.
    Newspic,
}

impl ArticleType {
    /// Returns the platform's word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::News => "news",
            Self::Newspic => "newspic",
        }
    }
}

/// Returns the number by which people name an article: they count from 1, the platform and JSON from 0.
pub fn article_number(position: usize) -> usize {
    position + 1
}

/// One entry of a draft, as people read it and as the archive's `article_view` shows it.
///
/// What the platform leaves out (a newspic has no author, digest or link) is empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Article {
    /// Its place in the draft, from 0.
    pub position: usize,
    pub article_type: ArticleType,
    pub title: String,
    pub author: String,
    /// 摘要, the summary under the title.
    pub digest: String,
    /// 阅读原文, the link at the article's end.
    pub content_source_url: String,
    /// The cover picture's address.
    pub cover: String,
    /// HTML of a news article, plain text with a few tags of a newspic, as received.
    pub content: String,
}

/// What we know of a draft's presence in its box.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DraftState {
    /// Seen at the last look.
    Live,
    /// Not there at the last look; not confirmed yet.
    Missing,
    /// Left the box by being published.
    Published,
    /// Left the box by being deleted.
    Deleted,
    /// Left the box, cause not known.
    Gone,
}

impl DraftState {
    /// All of them, in the order in which they are told.
    pub const ALL: [Self; 5] = [Self::Live, Self::Missing, Self::Published, Self::Deleted, Self::Gone];

    /// Returns the word that the archive and the JSON output use.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Live => "live",
            Self::Missing => "missing",
            Self::Published => "published",
            Self::Deleted => "deleted",
            Self::Gone => "gone",
        }
    }
}

impl FromStr for DraftState {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|state| state.as_str() == text)
            .ok_or_else(|| format!("{text:?} is no state of a draft"))
    }
}

/// The largest answer that is taken from the platform, decompressed, and so the largest document there is: 32 MiB. A page of
/// twenty drafts at their documented largest is below it.
pub const LARGEST_DOCUMENT: usize = 32 << 20;
