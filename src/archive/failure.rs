//! What failed within a poll.

use super::damaged_row::DamagedRow;
use super::error::Error;
use crate::model::MediaId;

/// A failure within a poll.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// The draft it is about; none where it is about the account.
    pub media_id: Option<MediaId>,
    /// The platform's errcode, where it gave one.
    pub code: Option<i64>,
    pub message: String,
}

// Failures are recognised by these words.
/// In the messages about damage that did not stop the poll. [`Error::Damaged`], which did, prints neither.
const STILL_KEPT: &str = "is kept, but the archive is damaged";
const POLLS_GO_ON: &str = "polls go on, and no version is concerned";
pub(super) const NOT_STORED: &str = "what it says now could not be stored";

impl Failure {
    /// Says that the archive could not take the content of a draft.
    pub fn not_stored(media_id: MediaId, why: &Error) -> Self {
        let message = format!("{NOT_STORED}, and is read again by later polls: {why}");
        Self { media_id: Some(media_id), code: None, message }
    }

    /// Says that a version was added behind one that is damaged.
    pub fn older_version_damaged(media_id: MediaId, version: u64, damage: &str) -> Self {
        let message = format!(
            "version {version} {STILL_KEPT}: the version before it is not what it was ({damage}). \
             See what else is damaged, and what to do: draftkeep verify"
        );
        Self { media_id: Some(media_id), code: None, message }
    }

    /// Says that a row of an account's state could not be read.
    pub fn row_damaged(DamagedRow { table, key, reason }: &DamagedRow) -> Self {
        let message = format!(
            "the archive is damaged: the row {key} of the table {table} could not be read ({reason}). What it said is not known any more; \
             {POLLS_GO_ON}. See what else is damaged, and what to do: draftkeep verify"
        );
        Self { media_id: None, code: None, message }
    }

    /// Returns whether it reports damage in the archive that did not stop the poll.
    pub fn is_damage(&self) -> bool {
        self.code.is_none() && [STILL_KEPT, POLLS_GO_ON].iter().any(|text| self.message.contains(text))
    }

    /// Tells whether it says that the archive could not take the content of a draft.
    pub fn is_not_stored(&self) -> bool {
        self.media_id.is_some() && self.code.is_none() && self.message.starts_with(NOT_STORED)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn damage_that_stopped_a_poll_is_told_apart_from_damage_that_did_not() {
        let row = DamagedRow { table: "draft", key: "1".to_owned(), reason: "no time".to_owned() };
        let failure = |message: String| Failure { media_id: None, code: None, message };
        assert!(Failure::row_damaged(&row).is_damage());
        assert!(Failure::older_version_damaged(MediaId::new("m"), 2, "?").is_damage());
        let stopped = Error::Damaged("the row of a version is missing".to_owned());
        assert!(!failure(stopped.to_string()).is_damage());
    }
}
