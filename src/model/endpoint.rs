//! The endpoints of the platform, and the calls that are counted for each.

use std::fmt;
use std::str::FromStr;

/// An endpoint of the platform that has a daily call limit of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Endpoint {
    /// `stable_token`
    StableToken,
    /// `stable_token` with `force_refresh`, which has a daily limit of its own.
    StableTokenForce,
    /// `draft/get`
    DraftGet,
    /// `draft/batchget`
    DraftBatchget,
    /// `draft/count`
    DraftCount,
    /// `draft/add`
    DraftAdd,
    /// `draft/update`
    DraftUpdate,
    /// `draft/delete`
    DraftDelete,
    /// `freepublish/batchget`
    FreepublishBatchget,
    /// `material/get_material`
    MaterialGet,
    /// `material/add_material`
    MaterialAdd,
    /// `material/batchget_material`
    MaterialBatchget,
    /// `media/uploadimg`
    ImageUpload,
    /// `openapi/quota/get`
    QuotaGet,
}

impl Endpoint {
    /// All of them.
    pub const ALL: [Self; 14] = [
        Self::StableToken,
        Self::StableTokenForce,
        Self::DraftGet,
        Self::DraftBatchget,
        Self::DraftCount,
        Self::DraftAdd,
        Self::DraftUpdate,
        Self::DraftDelete,
        Self::FreepublishBatchget,
        Self::MaterialGet,
        Self::MaterialAdd,
        Self::MaterialBatchget,
        Self::ImageUpload,
        Self::QuotaGet,
    ];

    /// Returns how many calls a day a newly registered account may make (官方文档 服务端 API 调用额度); accounts with many
    /// followers may make more. The limits of `openapi/quota/get` and of materials are not documented: the numbers are a
    /// self-restraint, a call every five minutes, and what uploads have been seen to stop at.
    pub fn daily_limit(self) -> u64 {
        match self {
            Self::StableToken => 500_000,
            Self::StableTokenForce => 20,
            Self::DraftGet => 500,
            Self::DraftBatchget | Self::DraftCount | Self::DraftAdd | Self::DraftUpdate | Self::DraftDelete => 1_000,
            Self::MaterialGet | Self::MaterialAdd | Self::MaterialBatchget | Self::ImageUpload => 1_000,
            Self::FreepublishBatchget => 100,
            Self::QuotaGet => 288,
        }
    }

    /// Returns the endpoint's name in the archive, which is its path below `/cgi-bin/` but for `stable_token/force`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::StableToken => "stable_token",
            Self::StableTokenForce => "stable_token/force",
            Self::DraftGet => "draft/get",
            Self::DraftBatchget => "draft/batchget",
            Self::DraftCount => "draft/count",
            Self::DraftAdd => "draft/add",
            Self::DraftUpdate => "draft/update",
            Self::DraftDelete => "draft/delete",
            Self::FreepublishBatchget => "freepublish/batchget",
            Self::MaterialGet => "material/get_material",
            Self::MaterialAdd => "material/add_material",
            Self::MaterialBatchget => "material/batchget_material",
            Self::ImageUpload => "media/uploadimg",
            Self::QuotaGet => "openapi/quota/get",
        }
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// Calls made to an endpoint on a day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiUsage {
    /// Which daily limit they count against.
    pub endpoint: Endpoint,
    /// The day in UTC+8, see [`quota_day`](super::quota_day).
    pub day: String,
    /// How many, refused ones included: the platform counts those too.
    pub count: u64,
}

/// What `draft/batchget` sorts by, newest first. The documentation does not say; it is observed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ListOrder {
    /// By the time of creation: an edit does not move a draft.
    Created,
    /// By the time of the last save.
    Updated,
    /// By neither.
    Other,
}

impl ListOrder {
    /// Returns the archive's word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::Updated => "updated",
            Self::Other => "other",
        }
    }
}

impl FromStr for ListOrder {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        [Self::Created, Self::Updated, Self::Other]
            .into_iter()
            .find(|order| order.as_str() == text)
            .ok_or_else(|| format!("{text:?} is no order of a list"))
    }
}
