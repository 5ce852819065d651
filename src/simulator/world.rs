//! The state of the simulated platform: accounts, pictures, clock, pending faults. It needs no network: [`World::answer`] takes a
//! request and returns the response.

use std::collections::VecDeque;

use super::account::Account;
use super::account_handle::AccountHandle;
use super::behavior::Behavior;
use super::clock::{Keeper, SimulatedClock};
use super::fault::{FaultQueue, FaultRule};
use super::json_style::JsonStyle;
use super::pictures::PictureStore;
use super::random::Random;
use super::rejected_calls::RejectedCalls;
use super::request_log::RequestLog;
use super::robots::Robots;
use super::token::TokenStatus;

/// Code that runs right after an endpoint has answered.
type Hook = Box<dyn FnOnce(&mut World) + Send>;

/// The simulated platform.
pub struct World {
    /// How the platform behaves.
    pub behavior: Behavior,
    /// How responses are written.
    pub json_style: JsonStyle,
    /// The received requests.
    pub request_log: RequestLog,
    /// The receivers of notifications.
    pub robots: Robots,
    clock: SimulatedClock,
    pub(super) random: Random,
    pub(super) accounts: Vec<Account>,
    pub(super) pictures: PictureStore,
    pub(super) faults: FaultQueue,
    pub(super) rejected: RejectedCalls,
    /// Number of JSON responses so far.
    pub(super) json_answers: u64,
    after_next_call: VecDeque<(String, Hook)>,
}

impl World {
    /// A world with these accounts, on the system's clock.
    ///
    /// # Panics
    /// Without an account.
    pub fn new(accounts: Vec<Account>, seed: u64) -> Self {
        assert!(!accounts.is_empty(), "a world needs an account");
        Self {
            behavior: Behavior::default(),
            json_style: JsonStyle::default(),
            request_log: RequestLog::default(),
            robots: Robots::default(),
            clock: SimulatedClock::default(),
            random: Random::new(seed),
            accounts,
            pictures: PictureStore::default(),
            faults: FaultQueue::default(),
            rejected: RejectedCalls::default(),
            json_answers: 0,
            after_next_call: VecDeque::new(),
        }
    }

    /// Returns the current time in Unix seconds.
    pub fn now(&self) -> i64 {
        self.clock.now()
    }

    /// Stops the clock at a time, in Unix seconds.
    pub fn set_now(&mut self, now: i64) {
        self.clock = SimulatedClock { kept_by: Keeper::StoppedAt(now), ahead: 0 };
    }

    /// Asks `now` for the time from now on, in Unix seconds.
    pub fn follow(&mut self, now: impl Fn() -> i64 + Send + 'static) {
        self.clock = SimulatedClock { kept_by: Keeper::Other(Box::new(now)), ahead: 0 };
    }

    /// Moves the clock forward, stopped or not.
    pub fn advance(&mut self, seconds: i64) {
        self.clock.ahead += seconds;
    }

    /// Returns the appids, the first account's first.
    pub fn appids(&self) -> Vec<String> {
        self.accounts.iter().map(|account| account.appid.clone()).collect()
    }

    /// Returns whether there is such an account.
    pub fn has_account(&self, appid: &str) -> bool {
        self.accounts.iter().any(|account| account.appid == appid)
    }

    /// Returns one account.
    ///
    /// # Panics
    /// If there is no such account, see [`World::has_account`].
    pub fn account(&mut self, appid: &str) -> AccountHandle<'_> {
        let now = self.now();
        let state = self.accounts.iter_mut().find(|account| account.appid == appid);
        let mut account = AccountHandle {
            now,
            behavior: &self.behavior,
            json_style: &self.json_style,
            random: &mut self.random,
            pictures: &mut self.pictures,
            rejected: &self.rejected,
            state: state.expect("the caller has asked whether the account exists"),
        };
        account.finish_due_jobs();
        account
    }

    /// Adds a rule for faults, behind the existing ones.
    pub fn add_fault(&mut self, rule: FaultRule) {
        self.faults.add(rule);
    }

    /// Returns whether a rule has a fault left for a call to come.
    pub fn has_pending_faults(&self) -> bool {
        self.faults.has_pending()
    }

    /// Removes all pending faults.
    pub fn clear_faults(&mut self) {
        self.faults.clear();
    }

    /// Runs `hook` right after the next response of an endpoint, before the client can call again.
    pub fn after_next_call(&mut self, endpoint: &str, hook: impl FnOnce(&mut World) + Send + 'static) {
        self.after_next_call.push_back((endpoint.to_owned(), Box::new(hook)));
    }

    /// Runs the next hook of this endpoint.
    pub(super) fn run_hooks(&mut self, endpoint: &str) {
        let next = self.after_next_call.iter().position(|(awaited, _)| awaited == endpoint);
        if let Some((_, hook)) = next.and_then(|position| self.after_next_call.remove(position)) {
            hook(self);
        }
    }

    /// Deletes a picture by its address or id: it answers 404 from now on.
    pub fn delete_picture(&mut self, address: &str) {
        let id = address.split('/').max_by_key(|part| part.len()).unwrap_or(address);
        self.pictures.delete(id);
    }

    /// Returns whether a token is valid, and the appid of its account.
    pub(super) fn token_status(&self, token: &str) -> (TokenStatus, Option<String>) {
        let now = self.now();
        let status = |account: &Account| (account.tokens.status(token, now), Some(account.appid.clone()));
        self.accounts
            .iter()
            .map(status)
            .find(|(status, _)| *status != TokenStatus::Unknown)
            .unwrap_or((TokenStatus::Unknown, None))
    }
}
