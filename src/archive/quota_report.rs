//! What the platform reported of its limits.

use std::str::FromStr;

use crate::model::Timestamp;

/// What the platform reported of an endpoint's limit.
#[derive(Clone, Debug, PartialEq)]
pub struct QuotaReport {
    /// Calls a day, of everybody together.
    pub limit: u64,
    /// Calls that the account's other systems had made by then.
    pub others: u64,
    pub from: QuotaSource,
    pub at: Timestamp,
}

/// Where a limit comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum QuotaSource {
    /// `openapi/quota/get`
    QuotaGet,
    /// A call was refused, with 45009: the limit is what had been made by then.
    Refusal,
    /// The archive has no word for it that this program knows.
    Unknown,
}

impl QuotaSource {
    /// Returns the archive's word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::QuotaGet => "quota/get",
            Self::Refusal => "45009",
            Self::Unknown => "unknown",
        }
    }
}

impl FromStr for QuotaSource {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let known = [Self::QuotaGet, Self::Refusal].into_iter().find(|from| from.as_str() == text);
        known.ok_or_else(|| format!("{text:?} tells no limit"))
    }
}
