//! What a poll has seen and done. Its row and its report are made from it.

use std::collections::{BTreeMap, BTreeSet};

use chrono::TimeDelta;

use super::absence::Unlisted;
use super::report::{NewVersion, Note};
use crate::archive::{Failure, PollLog};
use crate::model::{FailureKind, MediaId, Timestamp};
use crate::wechat::{Error, rid};

/// What a poll has seen and done.
pub(super) struct PollOutcome {
    pub(super) log: PollLog,
    pub(super) versions: Vec<NewVersion>,
    pub(super) notes: Vec<Note>,
    /// Drafts whose content was read.
    pub(super) fetched: BTreeSet<MediaId>,
    /// Drafts that another process recorded after they were asked for.
    pub(super) overtaken: BTreeSet<MediaId>,
    /// Drafts that `draft/get` did not find.
    pub(super) not_found: Vec<MediaId>,
    /// Known drafts that a list of the whole box did not have.
    pub(super) unlisted: Unlisted,
    /// When each absent draft was asked for, or when the list that did not have it was begun.
    pub(super) missed_at: BTreeMap<MediaId, Timestamp>,
    /// How far our clock was ahead of the platform's when it said last that it does not find a draft; `None` if it did not tell its time.
    pub(super) clock_ahead: Option<TimeDelta>,
}

impl PollOutcome {
    pub(super) fn new(log: PollLog) -> Self {
        Self {
            log,
            versions: Vec::new(),
            notes: Vec::new(),
            fetched: BTreeSet::new(),
            overtaken: BTreeSet::new(),
            not_found: Vec::new(),
            unlisted: Unlisted::default(),
            missed_at: BTreeMap::new(),
            clock_ahead: None,
        }
    }

    /// Compares the clocks: the id of a refusal tells when the platform gave it. `now` is when it came.
    pub(super) fn compare_clocks(&mut self, refusal: &Error, now: Timestamp) {
        self.clock_ahead = refusal.rid.as_deref().and_then(rid::timestamp).map(|theirs| now - theirs);
    }

    /// Records, once per poll, something odd that stops nothing.
    pub(super) fn add_note(&mut self, media_id: Option<MediaId>, message: &str) {
        let note = Note { media_id, message: message.to_owned() };
        if !self.notes.contains(&note) {
            self.notes.push(note);
        }
    }

    /// Records an answer from which nothing can be archived.
    pub(super) fn add_unusable_answer(&mut self, media_id: Option<MediaId>, message: String) {
        self.log.failures.push(Failure::new(media_id, FailureKind::UnusableAnswer, message));
    }

    /// Returns whether a draft was seen.
    pub(super) fn has_seen(&self, media_id: &MediaId) -> bool {
        self.log.seen.iter().any(|seen| seen.media_id == *media_id)
    }
}

/// Returns the failure that a poll records of an error; `media_id` is the draft that it concerns.
pub fn call_failure(media_id: Option<MediaId>, error: &Error) -> Failure {
    Failure {
        media_id,
        endpoint: error.endpoint,
        kind: Some(error.kind.failure_kind()),
        code: error.code,
        rid: error.rid.clone(),
        message: error.to_string(),
    }
}
