//! One account, and all that is needed to do something to it: the place where endpoints and people work.

use super::account::{Account, Draft};
use super::behavior::Behavior;
use super::json_style::JsonStyle;
use super::pictures::PictureStore;
use super::random::Random;
use super::refusal::Refusal;
use super::rejected_calls::RejectedCalls;

/// An account of the world, with the world's clock, switches and dice.
pub struct AccountHandle<'w> {
    /// Unix seconds.
    pub(super) now: i64,
    pub(super) behavior: &'w Behavior,
    pub(super) json_style: &'w JsonStyle,
    pub(super) random: &'w mut Random,
    pub(super) pictures: &'w mut PictureStore,
    pub(super) rejected: &'w RejectedCalls,
    pub(super) state: &'w mut Account,
}

impl AccountHandle<'_> {
    /// Counts a call, then tells whether the account may make it at all.
    pub(super) fn count_call(&mut self, endpoint: &str) -> Result<(), Refusal> {
        self.state.quota.count_call(endpoint, self.state.profile, self.now)?;
        self.state.profile.check_access(endpoint)
    }

    /// Returns the drafts of the box, in order of creation.
    pub fn drafts(&self) -> &[Draft] {
        &self.state.drafts
    }

    /// Returns one draft of the box.
    pub fn draft(&self, media_id: &str) -> Option<&Draft> {
        self.state.drafts.iter().find(|draft| draft.media_id == media_id)
    }

    /// Returns how many published messages `freepublish/batchget` would list.
    pub fn published(&self) -> usize {
        self.state.published.iter().filter(|message| !message.notified).count()
    }

    /// Returns how many calls of this day the platform has counted.
    pub fn used(&mut self, endpoint: &str) -> u64 {
        self.state.quota.used(endpoint, self.now)
    }

    /// Gives an endpoint another limit a day.
    pub fn set_limit(&mut self, endpoint: &str, calls: u64) {
        self.state.quota.set_limit(endpoint, calls);
    }

    /// Has `openapi/quota/get` tell a limit that is not true, and that nothing is left.
    pub fn misreport_limit(&mut self, endpoint: &str, calls: i64) {
        self.state.quota.misreport_limit(endpoint, calls);
    }

    /// Gives an endpoint a limit a minute.
    pub fn set_minute_limit(&mut self, endpoint: &str, calls: u64) {
        self.state.quota.set_minute_limit(endpoint, calls);
    }

    /// Counts a call that another system of the account makes now, and tells whether the platform lets it.
    pub fn call_by_other_system(&mut self, endpoint: &str) -> bool {
        self.count_call(endpoint).is_ok()
    }

    /// Counts calls that the account's other systems made.
    pub fn add_usage(&mut self, endpoint: &str, calls: u64) {
        self.state.quota.add_usage(endpoint, calls, self.now);
    }
}
