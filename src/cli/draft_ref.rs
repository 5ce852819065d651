//! `DRAFT[@N]`: how a command line names a draft and one of its versions.
//!
//! A media_id is made of the URL-safe base64 alphabet, so `/`, `@` and `#` never stand in one and the parts cannot be
//! confused.

use std::fmt;
use std::str::FromStr;

use crate::model::AccountName;

/// The fewest characters of a media_id that name a draft; ids of one account often begin alike.
pub(super) const SHORTEST_PREFIX: usize = 8;

/// A draft as typed: `media_id`, a prefix of one, or `#ID`, with `ACCOUNT/` before it or not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct DraftRef {
    pub(super) account: Option<AccountName>,
    pub(super) draft: DraftKey,
}

/// What names a draft.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum DraftKey {
    /// The small number that `list` prints.
    Id(i64),
    /// A whole media_id or the beginning of one.
    MediaId(String),
}

/// A version as typed: `DRAFT`, `DRAFT@N` or `DRAFT@-N`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct VersionRef {
    pub(super) draft: DraftRef,
    pub(super) version: VersionKey,
}

/// What names a version of a draft.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum VersionKey {
    /// Its number, from 1.
    Number(u32),
    /// So many before the newest, which is 0.
    Back(u32),
}

impl FromStr for DraftRef {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text.contains('@') {
            return Err("all versions are meant here; leave out the @ and what follows".to_owned());
        }
        let (account, draft) = match text.split_once('/') {
            Some((account, draft)) => (Some(account.parse().map_err(|rule| format!("before the /: {rule}"))?), draft),
            None => (None, text),
        };
        Ok(Self { account, draft: draft.parse()? })
    }
}

impl FromStr for DraftKey {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if let Some(number) = text.strip_prefix('#') {
            let id = number.parse().ok().filter(|&id| id > 0);
            return id.map(Self::Id).ok_or_else(|| "after # comes the number that `draftkeep list` prints".to_owned());
        }
        let is_plain =
            |character: char| !character.is_whitespace() && !character.is_control() && !"/#".contains(character);
        if text.is_empty() || !text.chars().all(is_plain) {
            return Err(format!("a draft is a media_id, its first {SHORTEST_PREFIX} characters or more, or #ID"));
        }
        Ok(Self::MediaId(text.to_owned()))
    }
}

impl FromStr for VersionRef {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (draft, version) = match text.rsplit_once('@') {
            Some((draft, _)) if draft.contains('@') => {
                return Err("one version is meant here; leave out the second @ and what follows".to_owned());
            }
            Some((draft, version)) => (draft, version.parse()?),
            None => (text, VersionKey::Back(0)),
        };
        Ok(Self { draft: draft.parse()?, version })
    }
}

impl FromStr for VersionKey {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let number =
            |digits: &str| digits.bytes().all(|byte| byte.is_ascii_digit()).then(|| digits.parse().ok()).flatten();
        let key = match text.strip_prefix('-') {
            Some(digits) => number(digits).map(Self::Back),
            None => number(text).filter(|&number| number > 0).map(Self::Number),
        };
        key.ok_or_else(|| "after @ comes a version: 1, 2, 3, or -1 for the one before the newest".to_owned())
    }
}

impl fmt::Display for DraftRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(account) = &self.account {
            write!(f, "{account}/")?;
        }
        match &self.draft {
            DraftKey::Id(id) => write!(f, "#{id}"),
            DraftKey::MediaId(text) => f.write_str(text),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn version(text: &str) -> Result<VersionRef, String> {
        text.parse()
    }

    #[test]
    fn drafts_and_versions_are_told_apart() {
        let id = "Qm7xK2vTnS0bWq4r-_";
        let named = |account: Option<&str>, draft: DraftKey, version: VersionKey| {
            let account = account.map(|name| name.parse().unwrap());
            Ok(VersionRef { draft: DraftRef { account, draft }, version })
        };
        let media_id = |text: &str| DraftKey::MediaId(text.to_owned());
        assert_eq!(version(id), named(None, media_id(id), VersionKey::Back(0)));
        assert_eq!(version(&format!("{id}@3")), named(None, media_id(id), VersionKey::Number(3)));
        assert_eq!(version("mag/#12@-1"), named(Some("mag"), DraftKey::Id(12), VersionKey::Back(1)));
        assert_eq!(version("-Qm7xK2v@-0"), named(None, media_id("-Qm7xK2v"), VersionKey::Back(0)));
    }

    #[test]
    fn what_names_nothing_is_refused_with_its_rule() {
        for text in [
            "a@0",
            "a@x",
            "a@",
            "a@+1",
            "a@--1",
            "a@99999999999",
            "@1",
            "",
            "#",
            "#0",
            "#-1",
            "#x",
            "Mag/a",
            "a/b/c",
            "a b",
        ] {
            assert!(version(text).is_err(), "{text}");
        }
        assert!(version("#1@1@2").unwrap_err().contains("the second @"));
        assert!("abcdefgh@2".parse::<DraftRef>().unwrap_err().contains("leave out the @"));
    }

    #[test]
    fn a_reference_shows_as_it_was_typed() {
        for text in ["mag/#12", "mag/Qm7xK2vT", "#1"] {
            assert_eq!(text.parse::<DraftRef>().unwrap().to_string(), text);
        }
    }
}
