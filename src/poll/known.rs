//! What is known of an account: its drafts, and what was learned from earlier polls.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use super::backoff::Backoff;
use crate::archive::{AccountState, DraftSnapshot, SeenDraft};
use crate::config::{DraftSelection, FieldRules};
use crate::model::{DraftState, ListOrder, MediaId, Timestamp};
use crate::quota::{ActivityModel, DraftActivity};

/// What is known of an account, kept up to date during a poll.
pub(super) struct KnownAccount {
    /// The drafts that are to be kept.
    pub(super) selection: DraftSelection,
    pub(super) drafts: BTreeMap<MediaId, DraftSnapshot>,
    pub(super) state: AccountState,
    pub(super) activity: ActivityModel,
    /// Drafts that are not tried for a while.
    pub(super) backoff: Backoff,
    /// New drafts that a list had and that could not be read yet.
    pub(super) unread_new: BTreeSet<MediaId>,
    /// Whether it is not known yet which drafts are new.
    pub(super) is_first_scan: bool,
}

impl KnownAccount {
    pub(super) fn new(
        selection: &DraftSelection,
        drafts: Vec<DraftSnapshot>,
        state: AccountState,
        fields: &FieldRules,
        now: Timestamp,
    ) -> Self {
        // A clock that was set back by a little is ordinary.
        let drafts = drafts.into_iter().map(|known| DraftSnapshot { last_seen: known.last_seen.min(now), ..known });
        let mut known = Self {
            selection: selection.clone(),
            drafts: drafts.map(|known| (known.media_id.clone(), known)).collect(),
            state: AccountState::default(),
            activity: ActivityModel::default(),
            backoff: Backoff::default(),
            unread_new: BTreeSet::new(),
            is_first_scan: false,
        };
        known.set_state(state, fields, now);
        known
    }

    /// Sets the state that an earlier poll or step left. The configuration may have changed since.
    pub(super) fn set_state(&mut self, state: AccountState, fields: &FieldRules, now: Timestamp) {
        self.activity = ActivityModel::from_learned(&state.learned);
        self.activity.advance_to(now);
        self.is_first_scan = self.activity.is_empty();
        self.state = state;
        self.state.forget_fields(&fields.watched);
    }

    /// Updates a draft that was seen, unless a later sighting is known. The clock may have been set back since.
    pub(super) fn apply_seen(&mut self, seen: &SeenDraft, now: Timestamp) {
        let at = seen.at.min(now);
        let Some(known) = self.drafts.get_mut(&seen.media_id).filter(|known| known.last_seen <= at) else {
            return;
        };
        known.last_seen = at;
        known.create_time = seen.create_time.or(known.create_time);
        known.update_time = seen.update_time.or(known.update_time);
        if seen.is_read {
            known.read_time = known.update_time;
        }
        known.held_back = known.held_back.filter(|held_back| held_back.looked_at() > at);
    }

    /// Returns whether nothing is known of the account's drafts.
    pub(super) fn is_first_contact(&self) -> bool {
        self.drafts.is_empty() && self.activity.is_empty()
    }

    /// Returns whether a draft is to be kept.
    pub(super) fn is_watched(&self, media_id: &MediaId) -> bool {
        match &self.selection {
            DraftSelection::All => true,
            DraftSelection::Listed(list) => list.contains(media_id),
        }
    }

    /// Returns the watched drafts that are in the box, as far as is known: only a confirmed absence takes one out.
    pub(super) fn present(&self) -> impl Iterator<Item = &DraftSnapshot> {
        self.drafts.values().filter(|known| known.is_present() && self.is_watched(&known.media_id))
    }

    /// Returns the watched drafts that are live and not held back, in the order of the platform's list.
    pub(super) fn in_list_order(&self) -> Vec<&DraftSnapshot> {
        let is_there = |known: &&DraftSnapshot| known.state == DraftState::Live && known.held_back.is_none();
        let mut drafts: Vec<&DraftSnapshot> = self.present().filter(is_there).collect();
        drafts.sort_by_key(|known| {
            Reverse(match self.state.list_order {
                Some(ListOrder::Updated) => known.update_time,
                _ => known.create_time,
            })
        });
        drafts
    }

    /// Returns how many drafts are held back.
    pub(super) fn held_back(&self) -> usize {
        self.present().filter(|known| known.held_back.is_some()).count()
    }

    /// Returns the state to save. Only the daemon saves its activity figures: it may have learned more than another process knows.
    pub(super) fn to_state(&self, with_activity: bool) -> AccountState {
        // It has numbers only, which can always be written as JSON.
        let learned = with_activity.then(|| serde_json::to_string(&self.activity).unwrap_or_default());
        AccountState { learned: learned.unwrap_or_default(), ..self.state.clone() }
    }
}

/// Returns a draft as the planner sees it.
pub(super) fn draft_activity(known: &DraftSnapshot) -> DraftActivity {
    DraftActivity { saved_at: known.update_time.and_then(from_unix), seen_at: known.last_seen, is_waiting: false }
}

pub(super) fn from_unix(seconds: i64) -> Option<Timestamp> {
    Timestamp::from_timestamp(seconds, 0)
}
