//! Kinds of failures of a poll.

/// What a failure of a poll is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FailureKind {
    /// Nothing failed: drafts are held back because too many disappeared at once.
    HeldBack,
    /// The archive could not store the content of a draft.
    NotStored,
    /// The archive is damaged; the poll went on.
    Damaged,
    /// The poll ended with an error of this program or this machine.
    Broken,
    /// The platform answered a call, and nothing can be archived from the answer.
    UnusableAnswer,
    /// A call failed: the draft or the material does not exist.
    NotFound,
    /// A call failed: the draft has no articles.
    NoArticles,
    /// A call failed: the access token is rejected.
    Token,
    /// A call failed: AppID or AppSecret are wrong.
    Credentials,
    /// A call failed: this machine's address is not on the whitelist.
    IpNotWhitelisted,
    /// A call failed: the daily limit of the endpoint is used up.
    Quota,
    /// A call failed: too many calls within a minute.
    RateLimited,
    /// A call failed: the account may not use the endpoint.
    Permission,
    /// A call failed: the account is suspended.
    Suspended,
    /// A call failed: the platform blocks the account for an hour or a day.
    AccountBlocked,
    /// A call failed: API security mode is on.
    SecurityMode,
    /// A call failed: the platform does not accept the request or its content.
    InvalidRequest,
    /// A call failed: the network or the platform is down, or something else answered.
    Unreachable,
    /// A call failed, and the platform's answer does not say why.
    UnknownAnswer,
    /// No call was made, because of this machine: a secret that cannot be read, no CA certificates.
    Local,
}

impl FailureKind {
    /// All of them.
    pub const ALL: [Self; 20] = [
        Self::HeldBack,
        Self::NotStored,
        Self::Damaged,
        Self::Broken,
        Self::UnusableAnswer,
        Self::NotFound,
        Self::NoArticles,
        Self::Token,
        Self::Credentials,
        Self::IpNotWhitelisted,
        Self::Quota,
        Self::RateLimited,
        Self::Permission,
        Self::Suspended,
        Self::AccountBlocked,
        Self::SecurityMode,
        Self::InvalidRequest,
        Self::Unreachable,
        Self::UnknownAnswer,
        Self::Local,
    ];

    /// Returns its name in the archive.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::HeldBack => "held-back",
            Self::NotStored => "not-stored",
            Self::Damaged => "damaged",
            Self::Broken => "broken",
            Self::UnusableAnswer => "unusable-answer",
            Self::NotFound => "not-found",
            Self::NoArticles => "no-articles",
            Self::Token => "token",
            Self::Credentials => "credentials",
            Self::IpNotWhitelisted => "ip-not-whitelisted",
            Self::Quota => "quota",
            Self::RateLimited => "rate-limited",
            Self::Permission => "permission",
            Self::Suspended => "suspended",
            Self::AccountBlocked => "account-blocked",
            Self::SecurityMode => "security-mode",
            Self::InvalidRequest => "invalid-request",
            Self::Unreachable => "unreachable",
            Self::UnknownAnswer => "unknown-answer",
            Self::Local => "local",
        }
    }

    /// Returns the kind of that name.
    pub fn find(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_is_found_by_its_name() {
        // In the order of the type, so that none is left out.
        assert!(FailureKind::ALL.iter().enumerate().all(|(place, kind)| *kind as usize == place));
        assert_eq!(FailureKind::ALL.len(), FailureKind::Local as usize + 1);
        assert!(FailureKind::ALL.iter().all(|kind| FailureKind::find(kind.as_str()) == Some(*kind)));
        assert_eq!(FailureKind::find("of a newer program"), None);
    }
}
