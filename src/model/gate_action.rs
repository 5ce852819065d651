//! What a program may do to a draft box through the gate.

use std::fmt;
use std::str::FromStr;

/// What a program asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum GateAction {
    /// A new draft.
    Create,
    /// Other content of a draft.
    Update,
    /// A version of a draft over what it says now.
    Restore,
    /// A draft leaves the box.
    Delete,
}

impl GateAction {
    pub const ALL: [Self; 4] = [Self::Create, Self::Update, Self::Restore, Self::Delete];

    /// Returns the word for it in the archive, in the configuration and in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::Update => "update",
            Self::Restore => "restore",
            Self::Delete => "delete",
        }
    }
}

impl fmt::Display for GateAction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for GateAction {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let known = Self::ALL.into_iter().find(|action| action.as_str() == text);
        known.ok_or("an action is create, update, restore or delete")
    }
}
