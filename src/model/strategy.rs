use std::fmt;
use std::str::FromStr;

/// How a poll read an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Strategy {
    /// A configured list of drafts, one by one.
    List,
    /// The whole draft box, page by page.
    Sweep,
    /// Step by step, as the planner decides.
    Adaptive,
}

impl Strategy {
    /// Returns its name in the archive and in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::List => "list",
            Self::Sweep => "sweep",
            Self::Adaptive => "watch",
        }
    }
}

impl fmt::Display for Strategy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Strategy {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        let known = [Self::List, Self::Sweep, Self::Adaptive].into_iter().find(|strategy| strategy.as_str() == name);
        known.ok_or_else(|| format!("{name:?} is no strategy"))
    }
}
