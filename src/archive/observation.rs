//! What a poll passes to the archive, and what it gets back.

use std::collections::HashSet;

use super::failure::Failure;
use super::held_back::{HeldBack, HeldBackUpdate};
use super::quota_report::QuotaReport;
use crate::canonical::Canonical;
use crate::model::{DraftState, Endpoint, Hash, MediaId, ShrunkShare, Strategy, Timestamp};

/// One draft as a poll saw it.
#[derive(Debug)]
pub struct Observation {
    pub media_id: MediaId,
    /// The platform's answer as received.
    pub document: Vec<u8>,
    /// Its canonical form.
    pub canonical: Canonical,
    /// When the platform says it was saved, in Unix seconds.
    pub update_time: Option<i64>,
    pub observed_at: Timestamp,
    /// The number of the draft's newest version when the draft was asked for, 0 where it had none. Where another process
    /// has recorded a later one since, nobody can say which content is the later one: it must be asked for again. `None`
    /// where nobody else writes.
    pub expected_previous: Option<u64>,
    /// The share of its text whose loss is an event.
    pub shrunk_share: ShrunkShare,
}

/// What became of an observation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RecordOutcome {
    /// The newest version has this content.
    Unchanged,
    /// The newest version has another content, and was recorded since the draft was asked for. Nothing is recorded.
    Overtaken,
    /// It is a version of this number now; `draft` is the draft's own, typed as `#ID`, the title its first article's.
    /// `damage` is what is wrong with the version before it, where that is damaged.
    Version { draft: i64, number: u64, title: String, damage: Option<String> },
}

/// What the archive knows of a draft before a poll.
#[derive(Clone, Debug)]
pub struct DraftSnapshot {
    pub media_id: MediaId,
    pub state: DraftState,
    /// When it was first missed, while it is not live.
    pub missing_since: Option<Timestamp>,
    /// The number of its newest version.
    pub number: u64,
    /// The hash of its newest version, where that is of today's hash law.
    pub hash: Option<Hash>,
    /// `update_time` of its newest version.
    pub version_time: Option<i64>,
    /// When a poll last saw it.
    pub last_seen: Timestamp,
    /// When it was made, in Unix seconds as the platform told.
    pub create_time: Option<i64>,
    /// When it was last saved, as the platform told when it was last seen.
    pub update_time: Option<i64>,
    /// `update_time` of the content that was read last; without one, nothing rules out that there is something to read.
    pub read_time: Option<i64>,
    /// What is known of its absence, where it is held back.
    pub held_back: Option<HeldBack>,
}

impl DraftSnapshot {
    /// Returns whether the draft is in its box as far as is known: only a confirmed absence takes it out.
    pub fn is_present(&self) -> bool {
        matches!(self.state, DraftState::Live | DraftState::Missing)
    }
}

/// A draft that a poll found in the box.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SeenDraft {
    pub media_id: MediaId,
    pub at: Timestamp,
    /// When it was made, in Unix seconds; `None` where it was not told.
    pub create_time: Option<i64>,
    /// When it was last saved; `None` where it was not told.
    pub update_time: Option<i64>,
    /// Whether its content was read as well; else it was only listed.
    pub is_read: bool,
}

/// A draft that a poll did not find.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MissingDraft {
    pub media_id: MediaId,
    /// What it is from now on: missing, or confirmed to be gone.
    pub state: DraftState,
    /// When it was not there.
    pub at: Timestamp,
}

/// A poll that has ended.
#[derive(Clone, Debug)]
pub struct PollLog {
    pub started_at: Timestamp,
    pub finished_at: Timestamp,
    pub strategy: Strategy,
    /// How many calls it made.
    pub calls: u64,
    /// The drafts it found in the box.
    pub seen: Vec<SeenDraft>,
    pub new_versions: u64,
    pub absences: Vec<MissingDraft>,
    /// The drafts that it holds back, and those whose absence it accepts after that.
    pub held_back: Vec<HeldBackUpdate>,
    pub failures: Vec<Failure>,
    /// What the platform reported of its limits.
    pub limits: Vec<(Endpoint, QuotaReport)>,
}

impl PollLog {
    /// Returns how many drafts it found, each counted once.
    pub fn drafts_seen(&self) -> u64 {
        self.seen.iter().map(|seen| &seen.media_id).collect::<HashSet<_>>().len() as u64
    }

    /// Returns whether nothing happened: no call, and nothing to report.
    pub fn is_blank(&self) -> bool {
        self.calls == 0 && self.seen.is_empty() && self.absences.is_empty() && self.failures.is_empty()
    }

    /// A poll that begins: nothing has happened yet.
    pub fn begin(strategy: Strategy, now: Timestamp) -> Self {
        Self {
            started_at: now,
            finished_at: now,
            strategy,
            calls: 0,
            seen: Vec::new(),
            new_versions: 0,
            absences: Vec::new(),
            held_back: Vec::new(),
            failures: Vec::new(),
            limits: Vec::new(),
        }
    }
}
