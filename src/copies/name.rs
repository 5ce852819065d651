//! The names of copies: `draftkeep-1f0c22d9a7b4-20260901T033000Z.db.zst`. They say whose copy it is and which instant it holds, so that
//! archives may share a place, and a list of names is a list of copies. An encrypted one ends with `.age` or `.gpg`.

use std::fmt;
use std::str::FromStr;

use chrono::{NaiveDateTime, SubsecRound};

use super::encryption::Encryption;
use crate::model::Timestamp;

const START: &str = "draftkeep-";
const TIME: &str = "%Y%m%dT%H%M%SZ";
const END: &str = ".db.zst";

/// What a name ends with of what is not proven yet.
const UNFINISHED: &str = ".unfinished";

/// How many hex digits the name of an archive has.
const ID_DIGITS: usize = 12;

/// The name of a copy. Sorted by archive, then by time.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct CopyName {
    /// The name of the archive that it is a copy of.
    pub archive: String,
    /// The instant that it holds, on a whole second.
    pub at: Timestamp,
    /// How it is encrypted, if it is.
    pub encryption: Option<Encryption>,
}

impl CopyName {
    pub fn new(archive: &str, at: Timestamp, encryption: Option<Encryption>) -> Self {
        Self { archive: archive.to_owned(), at: at.trunc_subsecs(0), encryption }
    }

    /// Returns the time as it stands in the name.
    pub fn time(&self) -> String {
        self.at.format(TIME).to_string()
    }

    /// Returns the name that says that this copy is not proven yet.
    pub(super) fn unfinished(&self) -> String {
        format!(".{self}{UNFINISHED}")
    }

    /// Returns the copy that this name says to be not proven yet.
    pub(super) fn of_unfinished(text: &str) -> Option<Self> {
        text.strip_prefix('.')?.strip_suffix(UNFINISHED)?.parse().ok()
    }
}

impl fmt::Display for CopyName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let encrypted = self.encryption.map_or("", Encryption::suffix);
        write!(f, "{START}{}-{}{END}{encrypted}", self.archive, self.time())
    }
}

/// Refuses every name that this program does not give.
impl FromStr for CopyName {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let encryption = [Encryption::Age, Encryption::OpenPgp].into_iter().find(|one| text.ends_with(one.suffix()));
        let plain = encryption.and_then(|one| text.strip_suffix(one.suffix())).unwrap_or(text);
        let (archive, time) =
            plain.strip_prefix(START).and_then(|rest| rest.strip_suffix(END)?.split_once('-')).ok_or(())?;
        let is_id = archive.len() == ID_DIGITS && archive.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        let at = NaiveDateTime::parse_from_str(time, TIME).map_err(|_| ())?.and_utc();
        let name = Self { archive: archive.to_owned(), at, encryption };
        if is_id && name.to_string() == text { Ok(name) } else { Err(()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_read_back_and_others_are_no_copies() {
        let text = "draftkeep-1f0c22d9a7b4-20260901T033000Z.db.zst";
        let name: CopyName = text.parse().unwrap();
        assert_eq!(name.at, "2026-09-01T03:30:00Z".parse::<Timestamp>().unwrap());
        assert_eq!(CopyName::new("1f0c22d9a7b4", "2026-09-01T03:30:00.9Z".parse().unwrap(), None), name);
        assert_eq!(name.to_string(), text);
        assert_eq!(CopyName::of_unfinished(&name.unfinished()), Some(name));
        assert_eq!(CopyName::of_unfinished(text), None);
        for (suffix, encryption) in [(".age", Encryption::Age), (".gpg", Encryption::OpenPgp)] {
            let encrypted: CopyName = format!("{text}{suffix}").parse().unwrap();
            assert_eq!((encrypted.encryption, encrypted.to_string()), (Some(encryption), format!("{text}{suffix}")));
        }
        for other in [
            "draftkeep-1f0c22d9a7b4-20260901T033000Z.db.zst.age.gpg",
            "draftkeep-1f0c22d9a7b4-20260901T033000Z.db",
            "draftkeep-1F0C22D9A7B4-20260901T033000Z.db.zst",
            "draftkeep-1f0c22d9a7b-20260901T033000Z.db.zst",
            "draftkeep-1f0c22d9a7b4-20260931T033000Z.db.zst",
            "draftkeep-1f0c22d9a7b4-20260901T033000.db.zst",
            ".draftkeep-1f0c22d9a7b4-20260901T033000Z.db.zst.unfinished",
            "archive.db",
            "",
        ] {
            assert!(other.parse::<CopyName>().is_err(), "{other}");
        }
    }
}
