//! `draftkeep config check --online`: does the platform let each account in, and can a copy be made at each place?

use serde::Serialize;

use super::super::error::{CommandError, Exit};
use super::super::probe::{self, ProbeResult};
use super::super::runtime::block_on;
use crate::clock::Clock;
use crate::config::{Config, CopyConfig};
use crate::copy;

/// What the platform and the places of copies answered.
#[derive(Debug)]
pub struct OnlineCheck {
    pub(super) accounts: Vec<ProbeResult>,
    pub(super) places: Vec<PlaceResult>,
}

/// What a place did with a small file.
#[derive(Debug, Serialize)]
pub(super) struct PlaceResult {
    pub(super) place: String,
    pub(super) ok: bool,
    /// Why not.
    pub(super) error: Option<String>,
}

impl OnlineCheck {
    pub(super) fn run(config: &Config, clock: &Clock) -> Result<Self, CommandError> {
        let accounts = block_on(probe::probe(&config.accounts, &config.archive, clock))??;
        Ok(Self { accounts, places: config.copies.iter().map(try_place).collect() })
    }

    pub(super) fn is_ok(&self) -> bool {
        self.accounts.iter().all(|answer| answer.ok) && self.places.iter().all(|place| place.ok)
    }

    /// Returns how the check ends: that of the accounts, and partly done where only a place failed.
    pub(super) fn exit(&self) -> Exit {
        match probe::exit(&self.accounts) {
            Exit::Done if !self.is_ok() => Exit::Partly,
            exit => exit,
        }
    }
}

/// Writes a small file at a place, reads it back and removes it.
fn try_place(copy: &CopyConfig) -> PlaceResult {
    let error = copy::try_place(copy).err().map(|error| error.to_string());
    PlaceResult { place: copy.to.to_string(), ok: error.is_none(), error }
}
