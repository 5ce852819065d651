//! Which calls a poll may make, and which ones it has made. Pure.
//!
//! A poll never exceeds the platform's limits, and uses no more than the configured share of them unless somebody asked for more.

use super::allowance::{Allowance, Trigger};
use super::circuit::CircuitBreaker;
use super::endpoint_blocks::{self, EndpointBlocks};
use super::quota_tracker::QuotaTracker;
use crate::archive::EndpointBlock;
use crate::model::{ApiUsage, Endpoint, Timestamp};
use crate::quota::Budget;
use crate::wechat::{Error, ErrorKind};

/// The calls of a poll, the limits that they count against, and the endpoints that are blocked.
pub(super) struct PollCalls {
    trigger: Trigger,
    pub(super) quota: QuotaTracker,
    pub(super) blocks: EndpointBlocks,
    pub(super) circuit: CircuitBreaker,
    /// Endpoints whose daily limit turned out to be used up.
    pub(super) exhausted: Vec<Endpoint>,
    /// Calls that are not in the archive yet.
    pub(super) pending: Vec<ApiUsage>,
}

impl PollCalls {
    pub(super) fn new(trigger: Trigger, quota: QuotaTracker, blocks: EndpointBlocks) -> Self {
        let (circuit, exhausted, pending) = (CircuitBreaker::default(), Vec::new(), Vec::new());
        Self { trigger, quota, blocks, circuit, exhausted, pending }
    }

    /// Counts calls that were made.
    pub(super) fn add(&mut self, calls: Vec<ApiUsage>) {
        self.quota.add_calls(&calls);
        self.pending.extend(calls);
    }

    /// Returns how many more calls are allowed. The last tenth of a limit is kept until the platform was asked how much is left; the
    /// daemon's planner asks by itself.
    pub(super) fn remaining(&self, endpoint: Endpoint, now: Timestamp) -> u64 {
        let budget = self.budget(endpoint, now);
        let is_stale = self.trigger != Trigger::Scheduled && self.is_stale(endpoint, now);
        let left = budget.left().saturating_sub(if is_stale { budget.limit / 10 } else { 0 });
        match self.trigger {
            _ if !self.circuit.allows(endpoint) => 0,
            Trigger::Manual(Allowance::All) => left,
            Trigger::Manual(Allowance::Share) | Trigger::Scheduled => budget.left_to_polling().min(left),
        }
    }

    /// Returns what is left of an endpoint's limit.
    pub(super) fn budget(&self, endpoint: Endpoint, now: Timestamp) -> Budget {
        self.quota.budget(endpoint, self.block_of(endpoint, now).is_some())
    }

    /// Returns whether the platform may know better how much is left of a limit, and can be asked.
    pub(super) fn is_stale(&self, endpoint: Endpoint, now: Timestamp) -> bool {
        self.circuit.allows(endpoint) && self.quota.is_stale(endpoint, now, self.trigger.respects_blocks())
    }

    /// Returns the error that a call would get, so that it need not be made. Blocks of the daemon's calls are not errors: the status
    /// shows them.
    pub(super) fn expected_error(&self, endpoint: Endpoint, now: Timestamp) -> Option<Error> {
        match self.block_of(endpoint, now) {
            _ if !self.circuit.allows(endpoint) => None,
            Some(block) if self.trigger != Trigger::Scheduled => Some(endpoint_blocks::block_error(block, endpoint)),
            _ => self.quota.quota_error(endpoint, self.trigger),
        }
    }

    /// Returns the block of an endpoint.
    pub(super) fn block_of(&self, endpoint: Endpoint, now: Timestamp) -> Option<&EndpointBlock> {
        self.blocks.find(endpoint, now).filter(|_| self.trigger.respects_blocks())
    }

    /// Records a successful call.
    pub(super) fn on_success(&mut self, endpoint: Endpoint) {
        self.circuit.on_success();
        self.blocks.unblock(endpoint);
    }

    /// Records that a call failed: which endpoint that blocks, or which limit is used up. The latter is no block, because the
    /// platform can be asked how much is left.
    pub(super) fn on_failure(&mut self, error: &Error, now: Timestamp) {
        match error.kind {
            ErrorKind::Quota => self.exhausted.extend(error.endpoint),
            _ => drop(self.blocks.block(error, now)),
        }
    }
}
