//! The name of an account.

use std::fmt;
use std::str::FromStr;

use serde::Serialize;

/// The operator's name for an account: 1 to 32 of `a-z`, `0-9`, `_`, `-`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct AccountName(String);

impl AccountName {
    /// Returns the name's text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Refuses what is no account name, telling the rule.
impl FromStr for AccountName {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let allowed = |byte: u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_' | b'-');
        if (1..=32).contains(&text.len()) && text.bytes().all(allowed) {
            Ok(Self(text.to_owned()))
        } else {
            Err("a name is 1 to 32 characters of a-z, 0-9, _ and -")
        }
    }
}

impl fmt::Display for AccountName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn account_names_follow_their_rule() {
        assert!("mag-1_a".parse::<AccountName>().is_ok());
        for bad in ["", "Mag", "a b", "公众号", &"a".repeat(33)] {
            assert!(bad.parse::<AccountName>().is_err(), "{bad}");
        }
    }
}
