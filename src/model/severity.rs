//! How much an event or a condition matters.

use std::str::FromStr;

/// How much an event or a condition matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// What happens on a healthy day.
    Info,
    /// Somebody should look at it.
    Warning,
    /// Content was lost, unless somebody acts.
    Alarm,
}

impl Severity {
    /// All of them, rising.
    pub const ALL: [Self; 3] = [Self::Info, Self::Warning, Self::Alarm];

    /// Returns the word that the archive and the JSON output use.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Warning => "warning",
            Self::Alarm => "alarm",
        }
    }
}

impl FromStr for Severity {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let found = Self::ALL.into_iter().find(|severity| severity.as_str() == text);
        found.ok_or_else(|| format!("{text:?} is no severity"))
    }
}
