//! The calls that the planner chooses between.

use enum_map::{Enum, EnumMap};
use serde::{Deserialize, Serialize};

use crate::model::Endpoint;

/// The highest number of drafts on a page (官方文档 获取草稿列表).
pub(super) const PAGE: usize = 20;

/// A kind of call that the planner chooses between.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PollCall {
    /// A page of `draft/batchget`.
    #[serde(rename = "list")]
    ListPage,
    /// `draft/get`
    Get,
    /// `draft/count`
    Count,
}

impl PollCall {
    pub const ALL: [Self; 3] = [Self::ListPage, Self::Get, Self::Count];

    pub fn endpoint(self) -> Endpoint {
        match self {
            Self::ListPage => Endpoint::DraftBatchget,
            Self::Get => Endpoint::DraftGet,
            Self::Count => Endpoint::DraftCount,
        }
    }
}

/// A value for each kind of call.
pub type PerCall<T> = EnumMap<PollCall, T>;

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn it_is_stored_by_names_that_stay() {
        let stored = json!({ "list": 1, "get": 2, "count": 3 });
        let calls: PerCall<u64> = serde_json::from_value(stored.clone()).unwrap();
        assert_eq!(PollCall::ALL.map(|call| calls[call]), [1, 2, 3]);
        assert_eq!(serde_json::to_value(calls).unwrap(), stored);
    }
}
