//! What a poll may still call: never beyond the platform's limits, and for the configuration's share of them unless somebody
//! asked for more.

use super::books;
use super::round::Round;
use crate::archive;
use crate::model::Interface;
use crate::quota::Budget;

/// How much of a daily limit a poll may use that somebody asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Allowance {
    /// What the configuration lets polls use: a job may ask for it as often as the daemon polls.
    #[default]
    Share,
    /// All that the platform takes.
    All,
}

/// On whose behalf an account is polled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Manner {
    /// Somebody asked for it: they may know that what was closed is open again.
    Asked(Allowance),
    /// The daemon, which keeps to its share and to what is closed.
    Daemon,
}

impl Round<'_> {
    /// Returns how many calls may be made that are of use: none beyond the platform's limit. The daemon asks by its plan
    /// what others have used; whoever polls without it asks before the last tenth of a limit.
    pub(super) fn left(&mut self, interface: Interface) -> u64 {
        self.take_calls();
        let budget = self.budget(interface);
        let is_doubtful = self.manner != Manner::Daemon && self.books.is_doubtful(interface, self.now);
        let left = budget.left().saturating_sub(if is_doubtful { budget.limit / 10 } else { 0 });
        match self.manner {
            _ if !self.health.allows(interface) => 0,
            Manner::Asked(Allowance::All) => left,
            Manner::Asked(Allowance::Share) | Manner::Daemon => budget.left_to_polling().min(left),
        }
    }

    /// Tells whether a call may be made that is of use.
    pub(super) fn may(&mut self, interface: Interface) -> bool {
        self.left(interface) > 0
    }

    /// Returns what is left of an interface's limit.
    pub(super) fn budget(&self, interface: Interface) -> Budget {
        let is_closed = self.closed.iter().any(|closing| closing.holds(interface, self.now));
        self.books.budget(interface, is_closed && self.manner == Manner::Daemon)
    }

    /// Tells whether every further call would fail, or must not be made any more.
    pub(super) fn is_halted(&self) -> bool {
        self.health.is_halted() || self.stop.is_cancelled()
    }

    /// As [`Round::may`]. Where little or nothing is left as far as is known, the platform is asked; the daemon has a plan
    /// for that.
    pub(super) async fn may_once_asked(&mut self, interface: Interface) -> Result<bool, archive::Error> {
        if self.manner != Manner::Daemon && !self.may(interface) {
            self.ask_where_doubtful(interface).await?;
        }
        Ok(self.may(interface))
    }

    async fn ask_where_doubtful(&mut self, interface: Interface) -> Result<(), archive::Error> {
        if self.health.allows(interface) && self.books.is_doubtful(interface, self.now) {
            books::ask_for(self, interface).await?;
        }
        Ok(())
    }

    /// As [`Round::may`]. Where the limit seems to be spent, the platform is asked whether it is; then it is told as the
    /// platform would tell it, without the call.
    pub(super) async fn may_or_tell(&mut self, interface: Interface) -> Result<bool, archive::Error> {
        if self.may(interface) {
            return Ok(true);
        }
        self.ask_where_doubtful(interface).await?;
        if self.may(interface) {
            return Ok(true);
        }
        if self.health.allows(interface)
            && let Some(error) = self.books.spent(interface, self.manner)
        {
            self.tell(None, &error);
        }
        Ok(false)
    }
}
