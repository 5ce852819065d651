//! Kinds of accounts and what they may call.

use serde::{Deserialize, Serialize};

use super::refusal::Refusal;

/// The kind of an account. It decides which endpoints may be called.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Profile {
    /// A verified enterprise (认证企业主体): everything.
    Verified,
    /// A person (个人主体) or an unverified enterprise: no `freepublish/*` since July 2025.
    Personal,
    /// Its verification has expired: 48001 for every call.
    Expired,
    /// Suspended for irregularities: 48004 for every call.
    Punished,
    /// A test account (测试号): tiny limits, and publishing always fails.
    Test,
}

impl Profile {
    /// Rejects calls that an account of this kind may not make.
    pub(super) fn check_access(self, endpoint: &str) -> Result<(), Refusal> {
        let publishing = endpoint.starts_with("freepublish/");
        let about_calls = endpoint.starts_with("openapi/") || endpoint == "get_api_domain_ip";
        match self {
            Self::Personal if publishing => Err(Refusal::of(48001)),
            Self::Expired if !about_calls => Err(Refusal::of(48001)),
            Self::Punished if !about_calls => Err(Refusal::of(48004)),
            _ => Ok(()),
        }
    }
}
