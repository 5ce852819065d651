//! The whole state of a platform: accounts, pictures, the clock, and what is about to go wrong. It needs no sockets:
//! [`World::answer`] takes a call and says what becomes of it.

use std::collections::VecDeque;

use super::account::Account;
use super::call::{Call, Delivery};
use super::desk::Desk;
use super::fault::{Faults, Plan};
use super::picture::Pictures;
use super::random::Random;
use super::rid::Refused;
use super::routes;
use super::rules::Rules;
use super::token::Worth;
use super::traffic::Traffic;
use super::wire::Dialect;

/// Something that happens right after an endpoint has answered.
type Act = Box<dyn FnOnce(&mut World) + Send>;

/// A platform with everything on it.
pub struct World {
    /// Where reports contradict one another: what holds here.
    pub rules: Rules,
    /// How answers are written.
    pub dialect: Dialect,
    /// What has come in.
    pub traffic: Traffic,
    clock: SimulatedClock,
    pub(super) random: Random,
    pub(super) accounts: Vec<Account>,
    pub(super) pictures: Pictures,
    pub(super) faults: Faults,
    pub(super) refused: Refused,
    /// Answers in JSON so far.
    pub(super) answered: u64,
    meanwhile: VecDeque<(String, Act)>,
}

impl World {
    /// A world with these accounts, on the system's clock.
    ///
    /// # Panics
    /// Without an account.
    pub fn new(accounts: Vec<Account>, seed: u64) -> Self {
        assert!(!accounts.is_empty(), "a world without an account has nothing to show");
        Self {
            rules: Rules::default(),
            dialect: Dialect::default(),
            traffic: Traffic::default(),
            clock: SimulatedClock::default(),
            random: Random::new(seed),
            accounts,
            pictures: Pictures::default(),
            faults: Faults::default(),
            refused: Refused::default(),
            answered: 0,
            meanwhile: VecDeque::new(),
        }
    }

    /// Answers one call.
    pub fn answer(&mut self, call: &Call) -> Delivery {
        routes::answer(self, call)
    }

    /// Returns the present instant in Unix seconds.
    pub fn now(&self) -> i64 {
        self.clock.now()
    }

    /// Stops the clock at an instant, in Unix seconds.
    pub fn set_now(&mut self, now: i64) {
        self.clock = SimulatedClock { stopped_at: Some(now), ahead: 0 };
    }

    /// Puts the clock forward, whether it stands or goes.
    pub fn advance(&mut self, seconds: i64) {
        self.clock.ahead += seconds;
    }

    /// Returns the appids, the first account's first.
    pub fn appids(&self) -> Vec<String> {
        self.accounts.iter().map(|account| account.appid.clone()).collect()
    }

    /// Tells whether there is such an account.
    pub fn knows(&self, appid: &str) -> bool {
        self.accounts.iter().any(|account| account.appid == appid)
    }

    /// Sits down at the desk of one account.
    ///
    /// # Panics
    /// Where [`World::knows`] no such account.
    pub fn desk(&mut self, appid: &str) -> Desk<'_> {
        let now = self.now();
        let account = self.accounts.iter_mut().find(|account| account.appid == appid);
        let mut desk = Desk {
            now,
            rules: &self.rules,
            dialect: &self.dialect,
            random: &mut self.random,
            pictures: &mut self.pictures,
            refused: &self.refused,
            account: account.expect("only accounts that exist have a desk"),
        };
        desk.settle();
        desk
    }

    /// Plans mishaps, behind those already planned.
    pub fn fault(&mut self, plan: Plan) {
        self.faults.plan(plan);
    }

    /// Lets everything go well from now on.
    pub fn clear_faults(&mut self) {
        self.faults.clear();
    }

    /// Has somebody act right after the next answer of an endpoint, before the client can call again.
    pub fn meanwhile(&mut self, endpoint: &str, act: impl FnOnce(&mut World) + Send + 'static) {
        self.meanwhile.push_back((endpoint.to_owned(), Box::new(act)));
    }

    /// Lets happen what was to happen after this endpoint.
    pub(super) fn passes(&mut self, endpoint: &str) {
        let next = self.meanwhile.iter().position(|(awaited, _)| awaited == endpoint);
        if let Some((_, act)) = next.and_then(|position| self.meanwhile.remove(position)) {
            act(self);
        }
    }

    /// Takes a picture away: its address, or its id, answers 404 from now on.
    pub fn lose_picture(&mut self, address: &str) {
        let id = address.split('/').max_by_key(|part| part.len()).unwrap_or(address);
        self.pictures.lose(id);
    }

    /// Returns what a token is worth, and to whom.
    pub(super) fn owner(&self, token: &str) -> (Worth, Option<String>) {
        let now = self.now();
        let worth = |account: &Account| (account.tokens.worth(token, now), Some(account.appid.clone()));
        self.accounts.iter().map(worth).find(|(worth, _)| *worth != Worth::Unknown).unwrap_or((Worth::Unknown, None))
    }
}

/// The world's clock: the system's, or one that stands; either can be put forward.
#[derive(Clone, Copy, Debug, Default)]
struct SimulatedClock {
    stopped_at: Option<i64>,
    ahead: i64,
}

impl SimulatedClock {
    #[expect(
        clippy::disallowed_methods,
        reason = "the simulator keeps a clock of its own, and this is where it reads the system's"
    )]
    fn now(self) -> i64 {
        let system = || {
            std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).map_or(0, |since| since.as_secs() as i64)
        };
        self.stopped_at.unwrap_or_else(system) + self.ahead
    }
}
