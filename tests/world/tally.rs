//! How often what can happen in a world really happened. Where something never does, the rules that it could break hold by chance.

use std::collections::BTreeMap;
use std::fmt;

/// What is counted.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Event {
    KillWithinPoll,
    InterruptedRestore,
    Restore,
    PrunedVersion,
    PollWithoutArchive,
    EditWithinPoll,
    RaisedLimits,
}

/// How often each happened.
#[derive(Clone, Default)]
pub(crate) struct Tally(BTreeMap<Event, u64>);

impl Event {
    const ALL: [Self; 7] = [
        Self::KillWithinPoll,
        Self::InterruptedRestore,
        Self::Restore,
        Self::PrunedVersion,
        Self::PollWithoutArchive,
        Self::EditWithinPoll,
        Self::RaisedLimits,
    ];

    fn words(self) -> &'static str {
        match self {
            Self::KillWithinPoll => "kills within a poll",
            Self::InterruptedRestore => "interrupted restores",
            Self::Restore => "restores that succeeded",
            Self::PrunedVersion => "versions pruned",
            Self::PollWithoutArchive => "polls while the archive was away",
            Self::EditWithinPoll => "edits within a poll",
            Self::RaisedLimits => "worlds that needed higher limits at the end",
        }
    }

    /// Returns whether it must happen in a hundred worlds.
    fn is_needed(self) -> bool {
        self != Self::RaisedLimits
    }
}

impl Tally {
    pub(crate) fn add(&mut self, event: Event, times: u64) {
        *self.0.entry(event).or_default() += times;
    }

    pub(crate) fn merge(&mut self, other: &Self) {
        other.0.iter().for_each(|(event, times)| self.add(*event, *times));
    }

    fn times(&self, event: Event) -> u64 {
        self.0.get(&event).copied().unwrap_or_default()
    }

    /// Returns what should have happened and did not.
    pub(crate) fn missing(&self) -> Vec<&'static str> {
        let never = |event: &Event| event.is_needed() && self.times(*event) == 0;
        Event::ALL.into_iter().filter(never).map(Event::words).collect()
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let counts = Event::ALL.map(|event| format!("{} {}", self.times(event), event.words()));
        f.write_str(&counts.join(", "))
    }
}
