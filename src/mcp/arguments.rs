//! What the tools take. The comments are what an agent reads.

use rmcp::schemars::{self, JsonSchema};
use serde::Deserialize;
use serde_json::{Map, Value};

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

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct CreateDraft {
    /// The account whose draft box gets it
    pub(super) account: String,
    /// Its articles, with the field names of the platform's draft/add: title, content (HTML), author, digest, content_source_url,
    /// thumb_media_id (the cover, a permanent picture), need_open_comment, only_fans_can_comment; of a newspic, article_type and image_info
    pub(super) articles: Vec<Map<String, Value>>,
    /// Why, for the people who read the history
    #[serde(default)]
    pub(super) note: String,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct UpdateDraft {
    /// The draft: its media_id, or what the other tools call it, such as mag/3
    pub(super) media_id: String,
    /// The hash of the version that you read (get_draft tells it): if the draft is not this any more, nothing is written
    pub(super) expected_hash: String,
    /// All articles as they are to be, as of create_draft. Either this or patch
    pub(super) articles: Option<Vec<Map<String, Value>>>,
    /// Some fields of some articles; everything else stays
    pub(super) patch: Option<Vec<PatchArticle>>,
    /// Why, for the people who read the history
    #[serde(default)]
    pub(super) note: String,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct PatchArticle {
    /// The position of the article, from 0
    #[serde(default)]
    pub(super) index: usize,
    /// The new values of its fields, such as {"title": "…"}; null empties a field
    pub(super) fields: Map<String, Value>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct DeleteDraft {
    /// The draft: its media_id, or what the other tools call it, such as mag/3
    pub(super) media_id: String,
    /// The hash of the version that you read: if the draft is not this any more, nothing is deleted
    pub(super) expected_hash: String,
    /// Why, for the people who read the history
    #[serde(default)]
    pub(super) note: String,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct RestoreDraft {
    /// The version that goes over its draft, such as mag/3@2
    pub(super) draft: String,
    /// The number of the plan. Without one, nothing is written: the draft is read, and you get a plan, with its number
    pub(super) plan: Option<i64>,
    /// Why, for the people who read the history
    #[serde(default)]
    pub(super) note: String,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct WriteState {
    /// The number of the write
    pub(super) write: i64,
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
