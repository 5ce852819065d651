//! Switches for behavior of the platform about which reports contradict one another, or which changes with time.

use serde::{Deserialize, Serialize};

/// The switches. The defaults are what most reports say of the platform in 2026.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Behavior {
    /// The order of `draft/batchget`.
    pub order: Order,
    /// Which responses include an article's `article_type`.
    pub article_type: ArticleTypeVisibility,
    /// `draft/add` and `draft/update` rewrite `content`, see `html_rewrite.rs`.
    pub rewrites_content: bool,
    /// Styles with `&quot;` or `&#34;` are emptied too, not only those with `&#39;`. Only the latter was measured.
    pub empties_quoted_styles: bool,
    /// Fields of articles that `draft/add` and `draft/update` accept and do not store.
    pub drops: Vec<String>,
    /// Replacements that they make in the content of articles, last of all.
    pub replaces: Vec<(String, String)>,
    /// `draft/update` reports success and changes nothing.
    pub ignores_updates: bool,
    /// What the limits of title, author and digest count.
    pub counting: LengthUnit,
    /// `\uXXXX` in a request is stored as these six characters.
    pub keeps_escapes: bool,
    /// `draft/add` and `draft/update` reject read-only fields with 47001; otherwise they ignore them.
    pub refuses_read_only_fields: bool,
    /// A draft loses its cover when the material of the cover is deleted; otherwise it keeps the media_id. It is known that the
    /// cover breaks, but not how.
    pub deleted_covers_vanish: bool,
    /// Seconds until `draft/add` accepts a new picture as a cover; before that it answers 40007.
    pub material_delay: i64,
    /// Seconds until `draft/get` and `draft/batchget` return what `draft/add` created.
    pub visible_after: i64,
    /// Seconds that a job of `freepublish/submit` runs.
    pub publishing_takes: i64,
    /// Seconds until an edited whitelist is in force.
    pub whitelist_delay: i64,
    /// A call of `token` revokes the token of `stable_token`, as one operator measured.
    pub token_kills_stable: bool,
    /// Seconds that a token outlives a forced refresh.
    pub forced_overlap: i64,
    /// Probability (0 to 1) that a call is answered with −1.
    pub system_errors: f64,
    /// Fields of articles that `draft/get` leaves out.
    pub get_omits: Vec<String>,
    /// Fields of articles that `draft/batchget` leaves out.
    pub batchget_omits: Vec<String>,
    /// A page with content of more drafts than this is too large for an answer.
    pub most_with_content: Option<usize>,
    /// Number of drafts by which `total_count` of `draft/batchget` is too high.
    pub total_ahead: usize,
    /// A page without drafts lacks its `item`.
    pub omits_empty_list: bool,
    /// Drafts that `draft/batchget` and `draft/count` leave out, although `draft/get` has them.
    pub unlisted: Vec<String>,
    /// Drafts whose entry on the list has another value as its media_id; null leaves it out.
    pub nameless: Vec<(String, serde_json::Value)>,
    /// Pictures are replaced by a placeholder where another site embeds them.
    pub hotlink_protection: bool,
}

/// What `draft/batchget` sorts by, newest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Order {
    /// Time of creation: an old draft's edit does not bring it to the front.
    Created,
    /// Time of the last edit.
    Updated,
}

/// Which responses include `article_type`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ArticleTypeVisibility {
    /// In `draft/get` and `draft/batchget`.
    Both,
    /// In `draft/batchget` alone.
    BatchgetOnly,
    /// None, as in old captures.
    Nowhere,
}

/// What a limit in 字 counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LengthUnit {
    /// Characters: 32 of a title, 16 of an author, 120 of a digest (官方文档 "新增草稿").
    Characters,
    /// Bytes of UTF-8: 64, 20 and 120, as several people measured.
    Bytes,
}

impl LengthUnit {
    /// Returns the limits of title, author and digest.
    pub(super) fn limits(self) -> [(&'static str, usize, i64); 3] {
        let [title, author, digest] = match self {
            Self::Characters => [32, 16, 120],
            Self::Bytes => [64, 20, 120],
        };
        [("title", title, 45003), ("author", author, 45110), ("digest", digest, 45004)]
    }

    pub(super) fn length(self, text: &str) -> usize {
        match self {
            Self::Characters => text.chars().count(),
            Self::Bytes => text.len(),
        }
    }
}

impl Default for Behavior {
    fn default() -> Self {
        Self {
            order: Order::Created,
            article_type: ArticleTypeVisibility::BatchgetOnly,
            rewrites_content: true,
            empties_quoted_styles: false,
            drops: Vec::new(),
            replaces: Vec::new(),
            ignores_updates: false,
            counting: LengthUnit::Characters,
            keeps_escapes: true,
            refuses_read_only_fields: false,
            deleted_covers_vanish: true,
            material_delay: 0,
            visible_after: 0,
            publishing_takes: 3,
            whitelist_delay: 25,
            token_kills_stable: false,
            forced_overlap: 0,
            system_errors: 0.0,
            get_omits: Vec::new(),
            batchget_omits: Vec::new(),
            most_with_content: None,
            total_ahead: 0,
            omits_empty_list: false,
            unlisted: Vec::new(),
            nameless: Vec::new(),
            hotlink_protection: true,
        }
    }
}
