//! Where a message stands.

use std::str::FromStr;

/// Where a message stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MessageState {
    /// It is sent, or sent again, at its time.
    Waiting,
    /// It is being sent; after a crash, nobody knows whether it arrived.
    Sending,
    /// Its target has it.
    Sent,
    /// It was sent, nobody knows whether it arrived, and it is not sent again.
    Uncertain,
    /// Its target takes no such message.
    Rejected,
}

impl MessageState {
    const ALL: [Self; 5] = [Self::Waiting, Self::Sending, Self::Sent, Self::Uncertain, Self::Rejected];

    /// Returns the word that the archive and the JSON output use.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Sending => "sending",
            Self::Sent => "sent",
            Self::Uncertain => "uncertain",
            Self::Rejected => "rejected",
        }
    }
}

impl FromStr for MessageState {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let found = Self::ALL.into_iter().find(|state| state.as_str() == text);
        found.ok_or_else(|| format!("{text:?} is no state of a message"))
    }
}
