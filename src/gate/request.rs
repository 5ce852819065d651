//! What a program asks for, and who it is.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::change::Change;
use crate::archive::WriteOrigin;
use crate::model::{Endpoint, GateAction, Hash, MediaId};

/// What a program asks for. Stored as JSON while it waits or runs.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GateRequest {
    /// A new draft of these articles, in the shape of `draft/add`.
    Create { articles: Vec<Map<String, Value>> },
    /// Other content of a draft, which is that of `expected` now; `None`: whatever it is.
    Update {
        media_id: MediaId,
        #[serde(with = "hash")]
        expected: Option<Hash>,
        change: Change,
    },
    /// A draft leaves the box, if its content is that of `expected`.
    Delete {
        media_id: MediaId,
        #[serde(with = "hash")]
        expected: Option<Hash>,
    },
    /// A version of a draft goes over what it says now, by the plan that was shown.
    Restore { draft: i64, version: u64, plan: i64 },
}

impl GateRequest {
    pub fn action(&self) -> GateAction {
        match self {
            Self::Create { .. } => GateAction::Create,
            Self::Update { .. } => GateAction::Update,
            Self::Delete { .. } => GateAction::Delete,
            Self::Restore { .. } => GateAction::Restore,
        }
    }

    /// Returns the draft that it is about, where it names one by its media_id.
    pub fn media_id(&self) -> Option<&MediaId> {
        match self {
            Self::Update { media_id, .. } | Self::Delete { media_id, .. } => Some(media_id),
            Self::Create { .. } | Self::Restore { .. } => None,
        }
    }

    /// Returns the draft that it is about, where it names one by its number in the archive.
    pub fn draft(&self) -> Option<i64> {
        match self {
            Self::Restore { draft, .. } => Some(*draft),
            _ => None,
        }
    }

    /// The same, and where it expects nothing, it expects this: a yes is said to what is there now.
    pub(super) fn expecting(mut self, hash: Hash) -> Self {
        if let Self::Update { expected: expected @ None, .. } | Self::Delete { expected: expected @ None, .. } =
            &mut self
        {
            *expected = Some(hash);
        }
        self
    }

    /// Returns the endpoint that it writes by.
    pub(super) fn endpoint(&self) -> Endpoint {
        match self {
            Self::Create { .. } => Endpoint::DraftAdd,
            Self::Update { .. } | Self::Restore { .. } => Endpoint::DraftUpdate,
            Self::Delete { .. } => Endpoint::DraftDelete,
        }
    }
}

/// Who asks.
#[derive(Clone, Debug)]
pub struct Caller {
    pub origin: WriteOrigin,
    pub rights: Rights,
}

/// What a caller may do.
#[derive(Clone, Debug)]
pub enum Rights {
    /// Everything, at once: a person who takes a write back.
    Operator,
    /// What the account allows programs.
    Account,
    /// What of it the token allows.
    Token(BTreeSet<GateAction>),
}

impl Rights {
    /// Returns whether an action is allowed by an account that allows these.
    pub(super) fn allow(&self, action: GateAction, allowed: &BTreeSet<GateAction>) -> bool {
        match self {
            Self::Operator => true,
            Self::Account => allowed.contains(&action),
            Self::Token(token) => allowed.contains(&action) && token.contains(&action),
        }
    }

    pub(super) fn is_operator(&self) -> bool {
        matches!(self, Self::Operator)
    }
}

/// A hash as 64 hex digits.
mod hash {
    use serde::de::Error;
    use serde::{Deserialize, Deserializer, Serializer};

    use crate::model::Hash;

    pub(super) fn serialize<S: Serializer>(hash: &Option<Hash>, serializer: S) -> Result<S::Ok, S::Error> {
        match hash {
            Some(hash) => serializer.serialize_some(&hash.to_string()),
            None => serializer.serialize_none(),
        }
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Hash>, D::Error> {
        let text = Option::<String>::deserialize(deserializer)?;
        text.map(|text| text.parse().map_err(D::Error::custom)).transpose()
    }
}
