//! Statistics of each account: its last polls, its drafts and versions, what it has used of its limits.

use super::account_state::AccountState;
use super::endpoint_block::EndpointBlock;
use super::endpoint_usage::EndpointUsage;
use super::failure::Failure;
use super::held_back::HeldBack;
use super::picture::PictureCount;
use super::restore_records::RestoreRecord;
use crate::model::{AccountName, DraftState, Endpoint, MediaId, Strategy, Timestamp};

/// What the archive knows of an account, and of a day of it.
#[derive(Clone, Debug, Default)]
pub struct AccountStats {
    /// The account's name; the configured name if the query used it.
    pub account: String,
    /// As the archive knows it; empty where it was never polled.
    pub appid: String,
    /// What the archive calls it, where that is another name.
    pub known_as: Option<String>,
    /// How many drafts are in each state; states that none is in are left out.
    pub drafts: Vec<(DraftState, u64)>,
    pub versions: u64,
    /// Of these, observed on the day.
    pub versions_today: u64,
    /// The calls of the day, by endpoint.
    pub usage: Vec<EndpointUsage>,
    pub last_poll: Option<PollRecord>,
    /// When the last poll without a failure ended.
    pub last_ok: Option<Timestamp>,
    /// The polls since then.
    pub failing: Option<FailureStreak>,
    /// When each draft of the box was last seen, the oldest first.
    pub last_seen: Vec<LastSeen>,
    /// The drafts that are held back; they are reported separately.
    pub held_back: Vec<(MediaId, HeldBack)>,
    /// Drafts whose content the archive could not take, and has not taken since.
    pub not_stored: Vec<Failure>,
    /// Of the version recorded last.
    pub newest: Option<VersionTimes>,
    /// The endpoint blocks in force.
    pub blocks: Vec<EndpointBlock>,
    /// Blocks that have expired: the endpoint has not answered since.
    pub expired_blocks: Vec<EndpointBlock>,
    pub state: AccountState,
    /// The pictures that its drafts need.
    pub pictures: PictureCount,
    /// Restores into its draft box that are not complete.
    pub open_restores: Vec<RestoreRecord>,
}

/// A poll that is on record.
#[derive(Clone, Debug)]
pub struct PollRecord {
    pub started_at: Timestamp,
    pub finished_at: Timestamp,
    pub strategy: Strategy,
    pub calls: u64,
    pub seen: u64,
    pub new_versions: u64,
    pub missing: u64,
    pub failure_count: u64,
    /// The first of its failures, those about the account before those about drafts.
    pub failures: Vec<Failure>,
}

/// Polls in a row that failed, in whole or in part.
#[derive(Clone, Copy, Debug)]
pub struct FailureStreak {
    /// When the first of them ended.
    pub since: Timestamp,
    pub polls: u64,
}

/// Drafts that are held back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HeldDrafts {
    pub drafts: u64,
    /// When the first of them vanished.
    pub since: Timestamp,
    /// When a poll that confirms all of them once more accepts it; `None` before each was confirmed once.
    pub confirmable_from: Option<Timestamp>,
}

/// The last look at a draft.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LastSeen {
    pub media_id: MediaId,
    /// If it is unread, when it was saved.
    pub at: Timestamp,
    /// When it could not be read since then, the last time, and why.
    pub failure: Option<(Timestamp, Failure)>,
    /// Whether the list shows that it was saved since it was read, and it could not be read.
    pub is_unread: bool,
}

impl LastSeen {
    /// Returns what is known of a draft that was last seen at `seen` and, by the platform's clock, last saved at `saved`. `failed` is its
    /// last failure, with the end of that poll.
    pub(super) fn new(
        media_id: MediaId,
        seen: Timestamp,
        (saved, is_read): (Option<Timestamp>, bool),
        failed: Option<(Timestamp, Failure)>,
    ) -> Self {
        let since = saved.filter(|_| !is_read).map_or(seen, |saved| saved.min(seen));
        // Damage concerns another version than the one that was read.
        match failed.filter(|(at, failure)| *at >= since && !failure.is_damage()) {
            Some(failed) => Self { media_id, at: since, failure: Some(failed), is_unread: !is_read },
            None => Self { media_id, at: seen, failure: None, is_unread: false },
        }
    }
}

/// When a version was saved by the platform's clock, and seen by ours.
#[derive(Clone, Copy, Debug)]
pub struct VersionTimes {
    pub update_time: Timestamp,
    pub observed_at: Timestamp,
}

impl AccountStats {
    /// Returns the drafts that are held back, those that `is_watched` alone; nothing where there are none.
    pub fn held_drafts(&self, is_watched: impl Fn(&MediaId) -> bool) -> Option<HeldDrafts> {
        let held = || self.held_back.iter().filter(|(media_id, _)| is_watched(media_id)).map(|(_, held)| held);
        let since = held().map(|held| held.since).min()?;
        let confirmable_from = held().map(HeldBack::confirmable_from).collect::<Option<Vec<_>>>();
        let confirmable_from = confirmable_from.and_then(|each| each.into_iter().max());
        Some(HeldDrafts { drafts: held().count() as u64, since, confirmable_from })
    }

    /// Removes an account's statistics from those of all accounts: by its name, else by its appid, for it may have been renamed. Those
    /// of an account that was never polled are empty.
    pub fn take_or_default(all: &mut Vec<Self>, name: &AccountName, appid: &str) -> Self {
        let named = all.iter().position(|stats| stats.account == name.as_str());
        let last_poll = |stats: &Self| stats.last_poll.as_ref().map(|poll| poll.finished_at);
        let of_appid = all.iter().enumerate().filter(|(_, stats)| stats.appid == appid);
        let Some(known) = named.or(of_appid.max_by_key(|(_, stats)| last_poll(stats)).map(|(place, _)| place)) else {
            return Self { account: name.to_string(), ..Self::default() };
        };
        let stats = all.remove(known);
        let known_as = (stats.account != name.as_str()).then_some(stats.account);
        Self { account: name.to_string(), known_as, ..stats }
    }

    /// Returns whether what is kept under the account's name is of another appid.
    pub fn has_other_appid(&self, appid: &str) -> bool {
        !self.appid.is_empty() && self.appid != appid
    }

    /// Returns how many drafts are in a state.
    pub fn in_state(&self, state: DraftState) -> u64 {
        self.drafts.iter().find(|(each, _)| *each == state).map_or(0, |(_, drafts)| *drafts)
    }

    /// Returns what was used of an endpoint on the day.
    pub fn usage_of(&self, endpoint: Endpoint) -> EndpointUsage {
        let known = self.usage.iter().find(|usage| usage.endpoint == endpoint);
        known.cloned().unwrap_or_else(|| EndpointUsage::empty(endpoint))
    }

    /// Returns how many drafts are kept, whatever their state.
    pub fn all_drafts(&self) -> u64 {
        self.drafts.iter().map(|(_, drafts)| drafts).sum()
    }
}
