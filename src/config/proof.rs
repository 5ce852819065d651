//! What is proven, as configured.

use crate::model::AccountName;
use crate::schedule::Schedule;

/// `[proof]`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProofConfig {
    /// Whether the daemon proves the archive every night.
    pub enabled: bool,
    /// The drills that the daemon makes; none by default.
    pub drill: Option<DrillConfig>,
}

/// `drill = { … }`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DrillConfig {
    /// The account whose draft box is written to.
    pub account: AccountName,
    /// In the time zone of that account.
    pub schedule: Schedule,
}

impl Default for ProofConfig {
    fn default() -> Self {
        Self { enabled: true, drill: None }
    }
}
