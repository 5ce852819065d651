//! Decides whether a poll goes on after failures. Pure.

use std::collections::BTreeSet;

use crate::model::Endpoint;
use crate::wechat::{Error, ErrorKind};

/// After so many outages in a row, a poll gives up: each call has been retried for up to ninety seconds already.
const MAX_OUTAGES_IN_A_ROW: u32 = 3;

/// What the failures of a poll mean for its further calls.
#[derive(Debug, Default)]
pub(super) struct CircuitBreaker {
    /// Failures in a row of the network or the platform.
    outages: u32,
    /// Whether every further call would fail the same way.
    halted: bool,
    /// Endpoints that are not called any more while the others go on.
    blocked: BTreeSet<Endpoint>,
    refused: bool,
}

impl CircuitBreaker {
    /// Returns whether a call to `endpoint` may still succeed.
    pub(super) fn allows(&self, endpoint: Endpoint) -> bool {
        !self.halted && !self.blocked.contains(&endpoint)
    }

    /// Returns whether every further call would fail.
    pub(super) fn is_halted(&self) -> bool {
        self.halted
    }

    /// Returns whether the platform rejected the account.
    pub(super) fn is_refused(&self) -> bool {
        self.refused
    }

    /// Records a successful call.
    pub(super) fn on_success(&mut self) {
        self.outages = 0;
    }

    /// Records a failure. Returns whether it is new: requests that were running when calls stopped fail the same way.
    pub(super) fn on_failure(&mut self, error: &Error) -> bool {
        let is_new = !concerns_account(error) || error.endpoint.map_or(!self.halted, |called| self.allows(called));
        self.refused |= error.is_account_level();
        self.outages = if error.is_outage() { self.outages + 1 } else { 0 };
        match (&error.kind, error.endpoint) {
            (ErrorKind::Quota | ErrorKind::Permission, Some(called)) if !gives_tokens(called) => {
                self.blocked.insert(called);
            }
            _ => self.halted |= concerns_account(error) || self.outages >= MAX_OUTAGES_IN_A_ROW,
        }
        is_new
    }
}

/// Returns whether a failure concerns the account, not one draft. Without a token no call succeeds.
pub(super) fn concerns_account(error: &Error) -> bool {
    error.affects_further_calls() || error.endpoint.is_some_and(gives_tokens)
}

fn gives_tokens(endpoint: Endpoint) -> bool {
    matches!(endpoint, Endpoint::StableToken | Endpoint::StableTokenForce)
}

#[cfg(test)]
mod tests {
    use Endpoint::{DraftBatchget, DraftGet, StableToken};

    use super::*;

    fn error(endpoint: Endpoint, kind: ErrorKind) -> Error {
        Error { endpoint: Some(endpoint), kind, code: None, message: String::new(), rid: None }
    }

    #[test]
    fn three_troubles_in_a_row_are_enough_and_an_answer_ends_a_row() {
        let mut circuit = CircuitBreaker::default();
        let outage = error(DraftGet, ErrorKind::Busy);
        for _ in 0..2 {
            assert!(circuit.on_failure(&outage) && circuit.on_failure(&outage) && circuit.allows(DraftGet));
            circuit.on_success();
            assert!(circuit.on_failure(&outage) && circuit.on_failure(&outage) && circuit.allows(DraftGet));
            assert!(circuit.on_failure(&error(DraftGet, ErrorKind::InvalidRequest)), "it did answer");
        }
        assert!(circuit.on_failure(&outage) && circuit.on_failure(&outage) && circuit.on_failure(&outage));
        assert!(!circuit.allows(DraftGet) && !circuit.allows(DraftBatchget) && !circuit.is_refused());
    }

    #[test]
    fn what_is_about_the_account_ends_all_and_is_told_once() {
        for about_account in [
            error(DraftGet, ErrorKind::Token),
            error(DraftGet, ErrorKind::Suspended),
            error(DraftGet, ErrorKind::UnexpectedStatus),
            error(DraftGet, ErrorKind::Unreachable { sent: false }),
            error(StableToken, ErrorKind::Busy),
            error(StableToken, ErrorKind::Quota),
            Error { endpoint: None, ..error(DraftGet, ErrorKind::Local) },
        ] {
            let mut circuit = CircuitBreaker::default();
            assert!(circuit.on_failure(&about_account) && !circuit.on_failure(&about_account), "{about_account:?}");
            assert!(!circuit.allows(DraftGet) && !circuit.allows(DraftBatchget), "{about_account:?}");
            assert_eq!(circuit.is_refused(), about_account.is_account_level());
        }
    }

    #[test]
    fn a_spent_limit_closes_one_interface() {
        for kind in [ErrorKind::Quota, ErrorKind::Permission] {
            let mut circuit = CircuitBreaker::default();
            let spent = error(DraftGet, kind);
            assert!(circuit.on_failure(&spent) && !circuit.on_failure(&spent));
            assert!(!circuit.allows(DraftGet) && circuit.allows(DraftBatchget) && circuit.is_refused());
        }
    }
}
