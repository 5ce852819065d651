//! What the tools take. The comments are what an agent reads.

use rmcp::schemars::{self, JsonSchema};
use serde::Deserialize;

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ListDrafts {
    /// Only drafts of this account
    pub(super) account: Option<String>,
    /// Only drafts in this state: live, missing, published, deleted or gone
    pub(super) state: Option<String>,
    /// Only drafts whose title has this
    pub(super) title: Option<String>,
    /// How many; 30 if left out, at most 200
    pub(super) limit: Option<usize>,
    /// So many are left out first, to read on
    #[serde(default)]
    pub(super) skip: usize,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct GetDraft {
    /// The draft, such as mag/3; with @N, that version
    pub(super) draft: String,
    /// text if left out
    #[serde(default)]
    pub(super) format: Format,
    /// The first character of the part to read, from 0
    #[serde(default)]
    pub(super) from: usize,
}

/// How a draft is read.
#[derive(Clone, Copy, Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(super) enum Format {
    /// What readers see, without markup
    #[default]
    Text,
    Markdown,
    /// The body of each article as it is
    Html,
    /// The answer of the platform's draft/get
    Json,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct History {
    /// The draft, such as mag/3
    pub(super) draft: String,
    /// How many versions; 20 if left out, at most 100
    pub(super) limit: Option<usize>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Diff {
    /// The draft, such as mag/3; with @N, from that version
    pub(super) draft: String,
    /// The version to end with, such as 7; the newest if left out
    pub(super) to: Option<u32>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Search {
    /// What is looked for, such as 菜市场 价格
    pub(super) words: String,
    /// Only drafts of this account
    pub(super) account: Option<String>,
    /// Only what the newest version of its draft no longer has
    #[serde(default)]
    pub(super) lost: bool,
    /// How many drafts; 10 if left out, at most 50
    pub(super) limit: Option<usize>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct When {
    /// The draft, such as mag/3
    pub(super) draft: String,
    /// What it said, within one paragraph
    pub(super) sentence: String,
}
