//! Events: facts that somebody may have to be told of.

use std::str::FromStr;

use super::condition::Condition;
use super::draft::DraftState;
use super::severity::Severity;

/// What happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EventKind {
    /// A draft was seen for the first time, after the first poll of its account.
    DraftNew,
    /// A draft has another content.
    DraftChanged,
    /// Of a draft's text, hardly anything is left.
    DraftEmptied,
    /// A draft lost half of its text or more.
    DraftShrunk,
    /// Hardly anything of a draft's text is in the text that stands there now.
    DraftRewritten,
    /// A version was restored to a draft.
    DraftRestored,
    /// A draft left the box by being published.
    DraftPublished,
    /// A draft was deleted.
    DraftDeleted,
    /// A draft left the box, cause not known.
    DraftGone,
    /// A draft that had left the box is there again.
    DraftReturned,
    /// A program asks for a write, which waits until somebody says yes.
    GateHeld,
    /// Something is wrong, with an account or with the service.
    Began(Condition),
    /// It is over.
    Ended(Condition),
}

/// How many kinds are about drafts.
const DRAFT_KINDS: usize = 11;

impl EventKind {
    const OF_DRAFTS: [Self; DRAFT_KINDS] = [
        Self::DraftNew,
        Self::DraftChanged,
        Self::DraftEmptied,
        Self::DraftShrunk,
        Self::DraftRewritten,
        Self::DraftRestored,
        Self::DraftPublished,
        Self::DraftDeleted,
        Self::DraftGone,
        Self::DraftReturned,
        Self::GateHeld,
    ];

    /// All of them: of drafts, then the begin and the end of each condition.
    pub const ALL: [Self; DRAFT_KINDS + 2 * Condition::ALL.len()] = Self::all();

    const fn all() -> [Self; DRAFT_KINDS + 2 * Condition::ALL.len()] {
        let mut all = [Self::DraftNew; DRAFT_KINDS + 2 * Condition::ALL.len()];
        let mut place = 0;
        while place < DRAFT_KINDS {
            all[place] = Self::OF_DRAFTS[place];
            place += 1;
        }
        let mut condition = 0;
        while condition < Condition::ALL.len() {
            all[place] = Self::Began(Condition::ALL[condition]);
            all[place + 1] = Self::Ended(Condition::ALL[condition]);
            (place, condition) = (place + 2, condition + 1);
        }
        all
    }

    /// Returns the condition that begins or ends with it.
    pub fn condition(self) -> Option<Condition> {
        match self {
            Self::Began(condition) | Self::Ended(condition) => Some(condition),
            _ => None,
        }
    }

    /// Returns the kind for a draft that was concluded to be in this state; `None` while it may be in its box.
    pub fn of_departure(state: DraftState) -> Option<Self> {
        match state {
            DraftState::Live | DraftState::Missing => None,
            DraftState::Published => Some(Self::DraftPublished),
            DraftState::Deleted => Some(Self::DraftDeleted),
            DraftState::Gone => Some(Self::DraftGone),
        }
    }

    /// Returns whether it tells what a version changed: a version has one such event at most.
    pub fn is_of_content(self) -> bool {
        matches!(
            self,
            Self::DraftNew | Self::DraftChanged | Self::DraftEmptied | Self::DraftShrunk | Self::DraftRewritten
        )
    }

    /// Returns the word that the archive and the JSON output use.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::DraftNew => "draft.new",
            Self::DraftChanged => "draft.changed",
            Self::DraftEmptied => "draft.emptied",
            Self::DraftShrunk => "draft.shrunk",
            Self::DraftRewritten => "draft.rewritten",
            Self::DraftRestored => "draft.restored",
            Self::DraftPublished => "draft.published",
            Self::DraftDeleted => "draft.deleted",
            Self::DraftGone => "draft.gone",
            Self::DraftReturned => "draft.returned",
            Self::GateHeld => "gate.held",
            Self::Began(condition) => condition.words()[0],
            Self::Ended(condition) => condition.words()[1],
        }
    }

    /// Returns how much it matters.
    pub fn severity(self) -> Severity {
        match self {
            Self::DraftNew | Self::DraftChanged | Self::DraftRestored | Self::DraftPublished | Self::DraftReturned => {
                Severity::Info
            }
            Self::DraftShrunk | Self::DraftRewritten | Self::DraftDeleted | Self::DraftGone => Severity::Warning,
            // What waits lapses within the hour.
            Self::DraftEmptied | Self::GateHeld => Severity::Alarm,
            Self::Began(condition) => condition.severity(),
            Self::Ended(_) => Severity::Info,
        }
    }
}

impl FromStr for EventKind {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let found = Self::ALL.into_iter().find(|kind| kind.as_str() == text);
        found.ok_or_else(|| format!("{text:?} is no kind of event"))
    }
}

/// How much a version holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ContentSize {
    /// Characters of all bodies, blanks not counted.
    pub characters: u64,
    /// Pictures of all bodies and picture lists, as often as they are shown.
    pub pictures: u64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_and_severity_is_read_as_it_is_written() {
        for kind in EventKind::ALL {
            assert_eq!(kind.as_str().parse(), Ok(kind));
        }
        let conditions = EventKind::ALL.iter().filter(|kind| matches!(kind, EventKind::Began(_) | EventKind::Ended(_)));
        assert_eq!(conditions.count(), 2 * Condition::ALL.len());
        for severity in Severity::ALL {
            assert_eq!(severity.as_str().parse(), Ok(severity));
        }
        assert!(EventKind::from_str("draft").is_err() && Severity::from_str("").is_err());
    }
}
