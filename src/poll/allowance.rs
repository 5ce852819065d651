//! What a poll may still call: never beyond the platform's limits, and for the configuration's share of them unless somebody
//! asked for more.

use super::run::PollRun;
use super::{endpoint_blocks, quota_tracker};
use crate::archive::{self, EndpointBlock};
use crate::model::Endpoint;
use crate::quota::Budget;
use crate::wechat::Error;

/// How much of a daily limit a poll may use that somebody asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Allowance {
    /// What the configuration lets polls use, of endpoints that are not closed: a job may ask for it as often as the daemon
    /// polls.
    #[default]
    Share,
    /// All that the platform takes. Somebody knows that what was closed may be open again.
    All,
}

/// On whose behalf an account is polled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Trigger {
    /// Somebody asked for it.
    Manual(Allowance),
    /// The daemon, which keeps to its share.
    Scheduled,
}

impl PollRun<'_> {
    /// Returns how many calls may be made that are of use: none beyond the platform's limit. The daemon asks by its plan
    /// what others have used; whoever polls without it asks before the last tenth of a limit.
    pub(super) fn remaining(&mut self, endpoint: Endpoint) -> u64 {
        self.drain_usage();
        let budget = self.budget(endpoint);
        let is_stale = self.trigger != Trigger::Scheduled && self.is_stale(endpoint);
        let left = budget.left().saturating_sub(if is_stale { budget.limit / 10 } else { 0 });
        match self.trigger {
            _ if !self.circuit.allows(endpoint) => 0,
            Trigger::Manual(Allowance::All) => left,
            Trigger::Manual(Allowance::Share) | Trigger::Scheduled => budget.left_to_polling().min(left),
        }
    }

    /// Tells whether a call may be made that is of use.
    pub(super) fn can_call(&mut self, endpoint: Endpoint) -> bool {
        self.remaining(endpoint) > 0
    }

    /// Returns what is left of an endpoint's limit.
    pub(super) fn budget(&self, endpoint: Endpoint) -> Budget {
        self.quota.budget(endpoint, self.block_of(endpoint).is_some())
    }

    /// Returns what keeps an endpoint from being called. Somebody who asks for all that the platform takes tries it.
    fn block_of(&self, endpoint: Endpoint) -> Option<&EndpointBlock> {
        self.believes_refusals().then(|| self.blocks.iter().find(|closing| closing.applies_to(endpoint, self.now)))?
    }

    /// Tells whether what the platform refused a short time ago is not tried again.
    pub(super) fn believes_refusals(&self) -> bool {
        self.trigger != Trigger::Manual(Allowance::All)
    }

    fn is_stale(&self, endpoint: Endpoint) -> bool {
        self.quota.is_stale(endpoint, self.now, self.believes_refusals())
    }

    /// Tells whether every further call would fail, or must not be made any more.
    pub(super) fn is_halted(&self) -> bool {
        self.circuit.is_halted() || self.stop.is_cancelled()
    }

    /// As [`PollRun::can_call`]. Where little or nothing is left as far as is known, the platform is asked; the daemon has a plan
    /// for that.
    pub(super) async fn can_call_once_refreshed(&mut self, endpoint: Endpoint) -> Result<bool, archive::Error> {
        if self.trigger != Trigger::Scheduled && !self.can_call(endpoint) {
            self.refresh_if_stale(endpoint).await?;
        }
        Ok(self.can_call(endpoint))
    }

    async fn refresh_if_stale(&mut self, endpoint: Endpoint) -> Result<(), archive::Error> {
        if self.circuit.allows(endpoint) && self.is_stale(endpoint) {
            quota_tracker::refresh(self, endpoint).await?;
        }
        Ok(())
    }

    /// As [`PollRun::can_call`]. Where the limit seems to be spent, the platform is asked whether it is; then it is told as the
    /// platform would tell it, without the call.
    pub(super) async fn ensure_can_call(&mut self, endpoint: Endpoint) -> Result<bool, archive::Error> {
        if self.can_call(endpoint) {
            return Ok(true);
        }
        self.refresh_if_stale(endpoint).await?;
        if self.can_call(endpoint) {
            return Ok(true);
        }
        if self.circuit.allows(endpoint)
            && let Some(error) = self.refusal(endpoint)
        {
            self.tell(None, &error);
        }
        Ok(false)
    }

    /// Returns the refusal that a call would meet, so that it need not be made. What keeps the daemon from calling is in the
    /// status.
    fn refusal(&self, endpoint: Endpoint) -> Option<Error> {
        match self.block_of(endpoint) {
            Some(closing) if self.trigger != Trigger::Scheduled => Some(endpoint_blocks::refusal(closing, endpoint)),
            _ => self.quota.spent(endpoint, self.trigger),
        }
    }
}
