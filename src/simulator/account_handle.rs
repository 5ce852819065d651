//! One account with what is needed to change it. Endpoints, the web editor and tests work on it.

use super::account::{Account, Draft};
use super::behavior::Behavior;
use super::json_style::JsonStyle;
use super::pictures::PictureStore;
use super::random::Random;
use super::refusal::Refusal;
use super::rejected_calls::RejectedCalls;

/// An account, with the clock, the switches and the random numbers of its world.
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
    /// Counts a call, then checks whether the account may make it.
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

    /// Returns how many calls the platform has counted today.
    pub fn used(&mut self, endpoint: &str) -> u64 {
        self.state.quota.used(endpoint, self.now)
    }

    /// Returns the daily limit of an endpoint.
    pub fn limit(&self, endpoint: &str) -> u64 {
        self.state.quota.limit(endpoint, self.state.profile)
    }

    /// Sets the daily limit of an endpoint.
    pub fn set_limit(&mut self, endpoint: &str, calls: u64) {
        self.state.quota.set_limit(endpoint, calls);
    }

    /// Makes `openapi/quota/get` report a wrong limit with nothing left.
    pub fn misreport_limit(&mut self, endpoint: &str, calls: i64) {
        self.state.quota.misreport_limit(endpoint, calls);
    }

    /// Sets the limit per minute of an endpoint.
    pub fn set_minute_limit(&mut self, endpoint: &str, calls: u64) {
        self.state.quota.set_minute_limit(endpoint, calls);
    }

    /// Counts a call that another system of the account makes now. Returns whether the platform accepts it.
    pub fn call_by_other_system(&mut self, endpoint: &str) -> bool {
        self.count_call(endpoint).is_ok()
    }

    /// Counts calls that other systems of the account made.
    pub fn add_usage(&mut self, endpoint: &str, calls: u64) {
        self.state.quota.add_usage(endpoint, calls, self.now);
    }
}
