//! What a poll may still call: never beyond the platform's limits, and for the configuration's share of them unless somebody
//! asked for more.

use super::round::Round;
use super::{books, closing};
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
pub(super) enum Manner {
    /// Somebody asked for it.
    Asked(Allowance),
    /// The daemon, which keeps to its share.
    Daemon,
}

impl Round<'_> {
    /// Returns how many calls may be made that are of use: none beyond the platform's limit. The daemon asks by its plan
    /// what others have used; whoever polls without it asks before the last tenth of a limit.
    pub(super) fn left(&mut self, endpoint: Endpoint) -> u64 {
        self.drain_usage();
        let budget = self.budget(endpoint);
        let is_doubtful = self.manner != Manner::Daemon && self.is_doubtful(endpoint);
        let left = budget.left().saturating_sub(if is_doubtful { budget.limit / 10 } else { 0 });
        match self.manner {
            _ if !self.health.allows(endpoint) => 0,
            Manner::Asked(Allowance::All) => left,
            Manner::Asked(Allowance::Share) | Manner::Daemon => budget.left_to_polling().min(left),
        }
    }

    /// Tells whether a call may be made that is of use.
    pub(super) fn may(&mut self, endpoint: Endpoint) -> bool {
        self.left(endpoint) > 0
    }

    /// Returns what is left of an endpoint's limit.
    pub(super) fn budget(&self, endpoint: Endpoint) -> Budget {
        self.books.budget(endpoint, self.closing(endpoint).is_some())
    }

    /// Returns what keeps an endpoint from being called. Somebody who asks for all that the platform takes tries it.
    fn closing(&self, endpoint: Endpoint) -> Option<&EndpointBlock> {
        self.believes_refusals().then(|| self.closed.iter().find(|closing| closing.applies_to(endpoint, self.now)))?
    }

    /// Tells whether what the platform refused a short time ago is not tried again.
    pub(super) fn believes_refusals(&self) -> bool {
        self.manner != Manner::Asked(Allowance::All)
    }

    fn is_doubtful(&self, endpoint: Endpoint) -> bool {
        self.books.is_doubtful(endpoint, self.now, self.believes_refusals())
    }

    /// Tells whether every further call would fail, or must not be made any more.
    pub(super) fn is_halted(&self) -> bool {
        self.health.is_halted() || self.stop.is_cancelled()
    }

    /// As [`Round::may`]. Where little or nothing is left as far as is known, the platform is asked; the daemon has a plan
    /// for that.
    pub(super) async fn may_once_asked(&mut self, endpoint: Endpoint) -> Result<bool, archive::Error> {
        if self.manner != Manner::Daemon && !self.may(endpoint) {
            self.ask_where_doubtful(endpoint).await?;
        }
        Ok(self.may(endpoint))
    }

    async fn ask_where_doubtful(&mut self, endpoint: Endpoint) -> Result<(), archive::Error> {
        if self.health.allows(endpoint) && self.is_doubtful(endpoint) {
            books::ask_for(self, endpoint).await?;
        }
        Ok(())
    }

    /// As [`Round::may`]. Where the limit seems to be spent, the platform is asked whether it is; then it is told as the
    /// platform would tell it, without the call.
    pub(super) async fn may_or_tell(&mut self, endpoint: Endpoint) -> Result<bool, archive::Error> {
        if self.may(endpoint) {
            return Ok(true);
        }
        self.ask_where_doubtful(endpoint).await?;
        if self.may(endpoint) {
            return Ok(true);
        }
        if self.health.allows(endpoint)
            && let Some(error) = self.refusal(endpoint)
        {
            self.tell(None, &error);
        }
        Ok(false)
    }

    /// Returns the refusal that a call would meet, so that it need not be made. What keeps the daemon from calling is in the
    /// status.
    fn refusal(&self, endpoint: Endpoint) -> Option<Error> {
        match self.closing(endpoint) {
            Some(closing) if self.manner != Manner::Daemon => Some(closing::refusal(closing, endpoint)),
            _ => self.books.spent(endpoint, self.manner),
        }
    }
}
