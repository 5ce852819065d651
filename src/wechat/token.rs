//! The access token: kept, renewed in time, and recovered when the platform refuses it.
//!
//! `stable_token` gives every caller the same token, so asking for it disturbs nobody; only a forced refresh voids what
//! others hold. The recovery ladder therefore forces last, once, and within a daily budget that the caller keeps:
//! ask again; if the same token comes back, wait 30 seconds and ask again; then force; then give up.

use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::time::Duration;

use serde_json::json;
use tokio::sync::Mutex;

use super::error::{Error, Kind};
use super::http::Route;
use super::transport::{Body, Credential, Request, Transport};
use super::{credentials, wire};
use crate::config::{SecretSource, TokenSource};
use crate::model::{Endpoint, Timestamp};
use crate::secret::Secret;

/// A token is renewed when less than this is left: from then on a call yields the next one, and both are good.
const OVERLAP: Duration = Duration::from_secs(300);

/// How long after a renewal that failed the next one is tried, while the token at hand is still good.
const RENEWED_AGAIN_AFTER: Duration = Duration::from_secs(60);

/// Forced refreshes need 30 seconds between them, and what others did to the token has settled by then.
const SETTLING: Duration = Duration::from_secs(30);

/// A token that says it lives longer is asked for again all the same; the documented life is two hours.
const LONGEST_LIFE: Duration = Duration::from_secs(24 * 3600);

/// Who keeps the token.
pub(super) enum Keeper {
    /// We do, by the account's AppSecret.
    Us { appid: String, secret: SecretSource },
    /// Somebody else; it is only read.
    Other { source: TokenSource, route: Route },
}

/// The access token of one account. One flight at a time: whoever needs a token while it is on its way waits for it.
pub(super) struct Tokens {
    keeper: Keeper,
    state: Mutex<State>,
    /// Counts the outcomes of flights. Read without the lock, it tells whether one ended while waiting for the lock.
    outcomes: AtomicU64,
    /// The last outcome whose token was accepted by an endpoint.
    accepted: AtomicU64,
    forced_left: AtomicU32,
}

#[derive(Default)]
struct State {
    held: Option<Held>,
    rung: Rung,
    /// The outcome that was a failure, for those who waited for it.
    failure: Option<(u64, Error)>,
}

struct Held {
    token: Secret,
    /// `None` for a token that somebody else renews.
    life: Option<Life>,
}

/// When a token of ours is renewed, and how long it is good.
#[derive(Clone, Copy)]
struct Life {
    renew_at: Timestamp,
    ends_at: Timestamp,
}

/// How far up the recovery ladder the held token was fetched.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Rung {
    /// In the ordinary way.
    #[default]
    Ground,
    /// After a refusal, and it is another token.
    Renewed,
    /// After a refusal and a wait.
    Waited,
    /// By force.
    Forced,
}

/// A token to make a call with, and which outcome it came from.
#[derive(Clone)]
pub(super) struct Pass {
    pub(super) token: Secret,
    outcome: u64,
}

impl Tokens {
    pub(super) fn new(keeper: Keeper) -> Self {
        Self {
            keeper,
            state: Mutex::default(),
            outcomes: AtomicU64::new(0),
            accepted: AtomicU64::new(0),
            forced_left: AtomicU32::new(0),
        }
    }

    pub(super) fn allow_forced_refreshes(&self, left: u32) {
        self.forced_left.store(left, Ordering::Relaxed);
    }

    /// Returns the token, fetching it when there is none or it is about to expire.
    pub(super) async fn get(&self, line: &Transport) -> Result<Pass, Error> {
        let seen = self.outcomes.load(Ordering::Acquire);
        let mut state = self.state.lock().await;
        self.current(&mut state, line, seen).await
    }

    /// Notes that the platform took the token.
    pub(super) fn accepted(&self, pass: &Pass) {
        self.accepted.fetch_max(pass.outcome, Ordering::AcqRel);
    }

    /// Returns the token to try next after `pass` was refused, or why there is none.
    pub(super) async fn refused(&self, line: &Transport, pass: &Pass, refusal: Error) -> Result<Pass, Error> {
        let mut state = self.state.lock().await;
        if self.outcomes.load(Ordering::Acquire) != pass.outcome {
            // Somebody else was refused first and has seen to it.
            return self.current(&mut state, line, pass.outcome).await;
        }
        if self.accepted.load(Ordering::Acquire) >= pass.outcome {
            state.rung = Rung::Ground;
        }
        let climbed = match &self.keeper {
            Keeper::Us { .. } => self.climb(state.rung, line, &pass.token, refusal).await,
            Keeper::Other { .. } => self.read_again(line, &pass.token, refusal).await,
        };
        self.conclude(&mut state, climbed)
    }

    /// The token held, or the failure of a flight later than `seen`, or else a new flight.
    async fn current(&self, state: &mut State, line: &Transport, seen: u64) -> Result<Pass, Error> {
        if let Some(pass) = self.valid(state, line.clock.now()) {
            return Ok(pass);
        }
        if let Some((outcome, error)) = &state.failure
            && *outcome > seen
        {
            return Err(error.clone());
        }
        match self.fetch(line, false).await {
            Ok(held) => self.conclude(state, Ok((held, Rung::Ground))),
            Err(error) => match self.still_good(state, line.clock.now()) {
                Some(pass) => {
                    tracing::debug!(%error, "the token is not renewed yet; the old one is still good");
                    Ok(pass)
                }
                None => self.conclude(state, Err(error)),
            },
        }
    }

    /// The token held, where it was to be renewed early and that failed; it is tried again a little later.
    fn still_good(&self, state: &mut State, now: Timestamp) -> Option<Pass> {
        let life = state.held.as_mut()?.life.as_mut()?;
        life.renew_at = (now + RENEWED_AGAIN_AFTER).min(life.ends_at);
        self.valid(state, now)
    }

    fn valid(&self, state: &State, now: Timestamp) -> Option<Pass> {
        let held = state.held.as_ref().filter(|held| held.life.is_none_or(|life| now < life.renew_at))?;
        Some(Pass { token: held.token.clone(), outcome: self.outcomes.load(Ordering::Acquire) })
    }

    /// Records how a flight ended. After a failure the next one starts from the ground.
    fn conclude(&self, state: &mut State, ended: Result<(Held, Rung), Error>) -> Result<Pass, Error> {
        let outcome = self.outcomes.fetch_add(1, Ordering::AcqRel) + 1;
        match ended {
            Ok((held, rung)) => {
                let token = held.token.clone();
                *state = State { held: Some(held), rung, failure: None };
                Ok(Pass { token, outcome })
            }
            Err(error) => {
                *state = State { held: None, rung: Rung::Ground, failure: Some((outcome, error.clone())) };
                Err(error)
            }
        }
    }

    async fn climb(
        &self,
        rung: Rung,
        line: &Transport,
        refused: &Secret,
        refusal: Error,
    ) -> Result<(Held, Rung), Error> {
        if rung == Rung::Ground {
            let held = self.fetch(line, false).await?;
            if held.token != *refused {
                return Ok((held, Rung::Renewed));
            }
        }
        match rung {
            Rung::Ground | Rung::Renewed => {
                line.clock.sleep(SETTLING).await;
                Ok((self.fetch(line, false).await?, Rung::Waited))
            }
            Rung::Waited if self.take_forced_refresh() => {
                tracing::warn!(%refusal, "the token is refused again and again; forcing a new one");
                Ok((self.fetch(line, true).await?, Rung::Forced))
            }
            Rung::Waited | Rung::Forced => Err(refusal),
        }
    }

    fn take_forced_refresh(&self) -> bool {
        self.forced_left.fetch_update(Ordering::AcqRel, Ordering::Acquire, |left| left.checked_sub(1)).is_ok()
    }

    async fn read_again(&self, line: &Transport, refused: &Secret, refusal: Error) -> Result<(Held, Rung), Error> {
        let held = self.fetch(line, false).await?;
        if held.token == *refused { Err(refusal.into_kind(Kind::KeeperToken)) } else { Ok((held, Rung::Renewed)) }
    }

    async fn fetch(&self, line: &Transport, force: bool) -> Result<Held, Error> {
        match &self.keeper {
            Keeper::Us { appid, secret } => stable_token(line, appid, secret, force).await,
            Keeper::Other { source, route } => Ok(Held { token: credentials::token(source, route).await?, life: None }),
        }
    }
}

/// Asks `stable_token` (官方文档 获取稳定版接口调用凭据).
async fn stable_token(line: &Transport, appid: &str, source: &SecretSource, force: bool) -> Result<Held, Error> {
    let secret = credentials::secret(source).await?;
    let body = json!({
        "grant_type": "client_credential",
        "appid": appid,
        "secret": secret.expose(),
        "force_refresh": force,
    });
    let body = body.to_string();
    let endpoint = if force { Endpoint::StableTokenForce } else { Endpoint::StableToken };
    let request = Request { endpoint, credential: Credential::Body(&secret), body: Body::Json(body.as_bytes()) };
    let asked_at = line.clock.now();
    let (token, expires_in) = line.call(&request, |bytes| wire::token(endpoint, &bytes)).await?;
    let life = Duration::from_secs(expires_in).min(LONGEST_LIFE);
    let ends_at = asked_at + life;
    Ok(Held { token, life: Some(Life { renew_at: ends_at - OVERLAP.min(life / 2), ends_at }) })
}
