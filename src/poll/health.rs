//! Whether going on with a poll makes sense. Pure.

use std::collections::BTreeSet;

use crate::model::Interface;
use crate::wechat::{Error, Kind};

/// Failures in a row that look like the network's or the platform's, not the draft's, before a poll gives up: each has
/// been tried for up to ninety seconds already.
const TROUBLE_IN_A_ROW: u32 = 3;

/// What the failures of a poll say about the calls to come.
#[derive(Debug, Default)]
pub(super) struct Health {
    /// Failures in a row that say nothing about a single draft.
    trouble: u32,
    /// Whether every further call would fail the same way.
    halted: bool,
    /// Interfaces that are closed while the others go on.
    closed: BTreeSet<Interface>,
    refused: bool,
}

impl Health {
    /// Tells whether a call to `interface` may still be of use.
    pub(super) fn allows(&self, interface: Interface) -> bool {
        !self.halted && !self.closed.contains(&interface)
    }

    /// Tells whether the platform turned the account away.
    pub(super) fn is_refused(&self) -> bool {
        self.refused
    }

    /// Notes that the platform answered as it should.
    pub(super) fn answered(&mut self) {
        self.trouble = 0;
    }

    /// Notes a failure and returns whether it is news: requests that were under way when the door closed fail the same
    /// way.
    pub(super) fn failed(&mut self, error: &Error) -> bool {
        let was_closed = error.interface.map_or(self.halted, |interface| !self.allows(interface));
        self.refused |= error.is_platform_refusal();
        self.trouble = if error.is_trouble() { self.trouble + 1 } else { 0 };
        match (&error.kind, error.interface) {
            (Kind::Quota | Kind::Permission, Some(interface)) if needs_token(interface) => {
                self.closed.insert(interface);
            }
            _ => self.halted |= error.is_about_account() || self.trouble >= TROUBLE_IN_A_ROW,
        }
        !(was_closed && error.is_about_account())
    }
}

/// Without a token every door is closed, so a refusal of the token interface is about all of them.
fn needs_token(interface: Interface) -> bool {
    !matches!(interface, Interface::StableToken | Interface::StableTokenForce)
}
