//! `DRAFT[@N]`: how a command line names a draft and one of its versions.
//!
//! A media_id is made of the URL-safe base64 alphabet, so `/`, `@` and `#` never stand in one and the parts cannot be
//! confused. A title may hold anything: what has a blank or a character beyond ASCII in it, and fits no other form, is one.

use std::fmt;
use std::str::FromStr;

use crate::model::AccountName;

/// The fewest characters of a media_id that name a draft; ids of one account often begin alike.
pub const SHORTEST_PREFIX: usize = 8;

/// The most digits of a plain number; more are the beginning of a media_id.
const LONGEST_ID: usize = SHORTEST_PREFIX - 1;

/// A draft as typed: its number, `media_id` or a prefix of one, or its title or a part of one; with `ACCOUNT/` before it or
/// not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DraftRef {
    pub account: Option<AccountName>,
    pub draft: DraftKey,
}

/// What names a draft.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DraftKey {
    /// The small number that `list` prints.
    Id(i64),
    /// A whole media_id or the beginning of one, or a title or a part of one.
    Text(String),
}

/// A version as typed: `DRAFT`, `DRAFT@N` or `DRAFT@-N`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VersionRef {
    pub draft: DraftRef,
    pub version: VersionKey,
}

/// What names a version of a draft.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum VersionKey {
    /// Its number, from 1.
    Number(u32),
    /// So many before the newest, which is 0.
    Back(u32),
}

impl FromStr for DraftRef {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text.contains('@') && !is_title(text) {
            return Err("all versions are meant here; leave out the @ and what follows".to_owned());
        }
        let Some((account, draft)) = text.split_once('/') else {
            return Ok(Self { account: None, draft: text.parse()? });
        };
        match account.parse() {
            Ok(account) => Ok(Self { account: Some(account), draft: draft.parse()? }),
            Err(_) if is_title(text) => Ok(Self { account: None, draft: DraftKey::Text(text.to_owned()) }),
            Err(rule) => Err(format!("before the /: {rule}")),
        }
    }
}

impl FromStr for DraftKey {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if is_title(text) {
            return Ok(Self::Text(text.to_owned()));
        }
        let is_number = !text.is_empty() && text.len() <= LONGEST_ID && text.bytes().all(|byte| byte.is_ascii_digit());
        if let Some(number) = text.strip_prefix('#').or(is_number.then_some(text)) {
            let id = number.parse().ok().filter(|&id| id > 0);
            return id.map(Self::Id).ok_or_else(|| "a draft's number is one that `draftkeep list` prints".to_owned());
        }
        if text.trim().is_empty() || text.contains(|c: char| c.is_control() || "/#".contains(c)) {
            return Err(format!(
                "a draft is its number, its media_id or the first {SHORTEST_PREFIX} characters of it, or its title"
            ));
        }
        Ok(Self::Text(text.to_owned()))
    }
}

/// Returns whether a text can only be a title.
fn is_title(text: &str) -> bool {
    text.contains(|c: char| !c.is_ascii() || c == ' ') && !text.contains(char::is_control) && !text.trim().is_empty()
}

impl FromStr for VersionRef {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let whole = |text: &str| Ok(Self { draft: text.parse()?, version: VersionKey::Back(0) });
        let Some((draft, version)) = text.rsplit_once('@') else { return whole(text) };
        match version.parse() {
            Ok(version) if !draft.contains('@') || is_title(draft) => Ok(Self { draft: draft.parse()?, version }),
            Ok(_) => Err("one version is meant here; leave out the second @ and what follows".to_owned()),
            // An address in a title, perhaps.
            Err(_) if is_title(text) => whole(text),
            Err(rule) => Err(rule),
        }
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

impl fmt::Display for VersionKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(number) => write!(f, "@{number}"),
            Self::Back(back) => write!(f, "@-{back}"),
        }
    }
}

impl fmt::Display for DraftRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(account) = &self.account {
            write!(f, "{account}/")?;
        }
        match &self.draft {
            DraftKey::Id(id) => write!(f, "{id}"),
            DraftKey::Text(text) => f.write_str(text),
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
        let media_id = |text: &str| DraftKey::Text(text.to_owned());
        assert_eq!(version(id), named(None, media_id(id), VersionKey::Back(0)));
        assert_eq!(version(&format!("{id}@3")), named(None, media_id(id), VersionKey::Number(3)));
        assert_eq!(version("mag/#12@-1"), named(Some("mag"), DraftKey::Id(12), VersionKey::Back(1)));
        assert_eq!(version("-Qm7xK2v@-0"), named(None, media_id("-Qm7xK2v"), VersionKey::Back(0)));
        assert_eq!(version("2"), named(None, DraftKey::Id(2), VersionKey::Back(0)));
        assert_eq!(version("mag/2@1"), named(Some("mag"), DraftKey::Id(2), VersionKey::Number(1)));
        assert_eq!(version("12345678"), named(None, media_id("12345678"), VersionKey::Back(0)));
    }

    #[test]
    fn titles_hold_whatever_people_write() {
        let named = |account: Option<&str>, title: &str, version: VersionKey| {
            let account = account.map(|name| name.parse().unwrap());
            Ok(VersionRef { draft: DraftRef { account, draft: DraftKey::Text(title.to_owned()) }, version })
        };
        let newest = VersionKey::Back(0);
        assert_eq!(version("秋天"), named(None, "秋天", newest));
        assert_eq!(version("mag/秋天的信@2"), named(Some("mag"), "秋天的信", VersionKey::Number(2)));
        assert_eq!(version("A day"), named(None, "A day", newest));
        assert_eq!(version("来信 me@x.com"), named(None, "来信 me@x.com", newest));
        assert_eq!(version("来信 me@x.com@-1"), named(None, "来信 me@x.com", VersionKey::Back(1)));
        assert_eq!(version("上/下 #3"), named(None, "上/下 #3", newest));
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
            "0",
            " ",
            "a\nb",
        ] {
            assert!(version(text).is_err(), "{text}");
        }
        assert!(version("#1@1@2").unwrap_err().contains("the second @"));
        assert!("abcdefgh@2".parse::<DraftRef>().unwrap_err().contains("leave out the @"));
    }

    #[test]
    fn a_reference_shows_as_it_was_typed() {
        for text in ["mag/12", "mag/Qm7xK2vT", "1"] {
            assert_eq!(text.parse::<DraftRef>().unwrap().to_string(), text);
        }
        assert_eq!("mag/#12".parse::<DraftRef>().unwrap().to_string(), "mag/12");
    }
}
