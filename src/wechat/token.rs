//! The access token: kept, renewed in time, and recovered when the platform refuses it.
//!
//! `stable_token` gives every caller the same token, so asking for it disturbs nobody; only a forced refresh voids what
//! others hold. The recovery ladder therefore forces last, once, and within a daily budget that the caller keeps:
//! ask again; if the same token comes back, wait 30 seconds and ask again; then force; then give up.

use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::time::Duration;

use serde_json::json;
use tokio::sync::Mutex;

use super::error::Error;
use super::error_kind::ErrorKind;
use super::http::Route;
use super::transport::{Body, Credential, Request, Transport};
use super::{secret_source, wire};
use crate::config::{SecretSource, TokenSource};
use crate::model::{Endpoint, Timestamp};
use crate::secret::Secret;

/// A token is renewed when less than this is left: from then on a call yields the next one, and both are good.
const OVERLAP: Duration = Duration::from_secs(300);

/// How long after a renewal that failed the next one is tried, while the token at hand is still good.
const RETRY_RENEWAL_AFTER: Duration = Duration::from_secs(60);

/// Forced refreshes need 30 seconds between them, and what others did to the token has settled by then.
const SETTLING: Duration = Duration::from_secs(30);

/// A token that says it lives longer is asked for again all the same; the documented life is two hours.
const LONGEST_LIFE: Duration = Duration::from_secs(24 * 3600);

/// Who keeps the token.
pub(super) enum TokenProvider {
    /// We do, by the account's AppSecret.
    Own { appid: String, secret: SecretSource },
    /// Somebody else; it is only read.
    External { source: TokenSource, route: Route },
}

/// The access token of one account. One flight at a time: whoever needs a token while it is on its way waits for it.
pub(super) struct TokenCache {
    provider: TokenProvider,
    state: Mutex<State>,
    /// Counts the outcomes of flights. Read without the lock, it tells whether one ended while waiting for the lock.
    generation: AtomicU64,
    /// The last outcome whose token was accepted by an endpoint.
    accepted: AtomicU64,
    forced_left: AtomicU32,
}

#[derive(Default)]
struct State {
    cached: Option<CachedToken>,
    stage: RecoveryStage,
    /// The outcome that was a failure, for those who waited for it.
    failure: Option<(u64, Error)>,
}

struct CachedToken {
    token: Secret,
    /// `None` for a token that somebody else renews.
    lifetime: Option<Lifetime>,
}

/// When a token of ours is renewed, and how long it is good.
#[derive(Clone, Copy)]
struct Lifetime {
    renew_at: Timestamp,
    ends_at: Timestamp,
}

/// How far up the recovery ladder the held token was fetched.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum RecoveryStage {
    /// In the ordinary way.
    #[default]
    Initial,
    /// After a refusal, and it is another token.
    Renewed,
    /// After a refusal and a wait.
    Waited,
    /// By force.
    Forced,
}

/// A token to make a call with, and which outcome it came from.
#[derive(Clone)]
pub(super) struct TokenLease {
    pub(super) token: Secret,
    generation: u64,
}

impl TokenCache {
    pub(super) fn new(provider: TokenProvider) -> Self {
        Self {
            provider,
            state: Mutex::default(),
            generation: AtomicU64::new(0),
            accepted: AtomicU64::new(0),
            forced_left: AtomicU32::new(0),
        }
    }

    pub(super) fn set_forced_refresh_budget(&self, left: u32) {
        self.forced_left.store(left, Ordering::Relaxed);
    }

    /// Returns the token, fetching it when there is none or it is about to expire.
    pub(super) async fn get(&self, transport: &Transport) -> Result<TokenLease, Error> {
        let seen = self.generation.load(Ordering::Acquire);
        let mut state = self.state.lock().await;
        self.current(&mut state, transport, seen).await
    }

    /// Notes that the platform took the token.
    pub(super) fn mark_accepted(&self, lease: &TokenLease) {
        self.accepted.fetch_max(lease.generation, Ordering::AcqRel);
    }

    /// Returns the token to try next after `lease` was refused, or why there is none.
    pub(super) async fn recover_after_rejection(
        &self,
        transport: &Transport,
        lease: &TokenLease,
        refusal: Error,
    ) -> Result<TokenLease, Error> {
        let mut state = self.state.lock().await;
        if self.generation.load(Ordering::Acquire) != lease.generation {
            // Somebody else was refused first and has seen to it.
            return self.current(&mut state, transport, lease.generation).await;
        }
        if self.accepted.load(Ordering::Acquire) >= lease.generation {
            state.stage = RecoveryStage::Initial;
        }
        let recovered = match &self.provider {
            TokenProvider::Own { .. } => self.recover(state.stage, transport, &lease.token, refusal).await,
            TokenProvider::External { .. } => self.read_external_again(transport, &lease.token, refusal).await,
        };
        self.conclude(&mut state, recovered)
    }

    /// The token held, or the failure of a flight later than `seen`, or else a new flight.
    async fn current(&self, state: &mut State, transport: &Transport, seen: u64) -> Result<TokenLease, Error> {
        if let Some(lease) = self.valid(state, transport.clock.now()) {
            return Ok(lease);
        }
        if let Some((generation, error)) = &state.failure
            && *generation > seen
        {
            return Err(error.clone());
        }
        match self.fetch(transport, false).await {
            Ok(cached) => self.conclude(state, Ok((cached, RecoveryStage::Initial))),
            Err(error) => match self.keep_for_now(state, transport.clock.now()) {
                Some(lease) => {
                    tracing::debug!(%error, "the token is not renewed yet; the old one is still good");
                    Ok(lease)
                }
                None => self.conclude(state, Err(error)),
            },
        }
    }

    /// The token held, where it was to be renewed early and that failed; it is tried again a little later.
    fn keep_for_now(&self, state: &mut State, now: Timestamp) -> Option<TokenLease> {
        let lifetime = state.cached.as_mut()?.lifetime.as_mut()?;
        lifetime.renew_at = (now + RETRY_RENEWAL_AFTER).min(lifetime.ends_at);
        self.valid(state, now)
    }

    fn valid(&self, state: &State, now: Timestamp) -> Option<TokenLease> {
        let cached =
            state.cached.as_ref().filter(|cached| cached.lifetime.is_none_or(|lifetime| now < lifetime.renew_at))?;
        Some(TokenLease { token: cached.token.clone(), generation: self.generation.load(Ordering::Acquire) })
    }

    /// Records how a flight ended. After a failure the next one starts from the ground.
    fn conclude(
        &self,
        state: &mut State,
        ended: Result<(CachedToken, RecoveryStage), Error>,
    ) -> Result<TokenLease, Error> {
        let generation = self.generation.fetch_add(1, Ordering::AcqRel) + 1;
        match ended {
            Ok((cached, stage)) => {
                let token = cached.token.clone();
                *state = State { cached: Some(cached), stage, failure: None };
                Ok(TokenLease { token, generation })
            }
            Err(error) => {
                *state =
                    State { cached: None, stage: RecoveryStage::Initial, failure: Some((generation, error.clone())) };
                Err(error)
            }
        }
    }

    async fn recover(
        &self,
        stage: RecoveryStage,
        transport: &Transport,
        refused: &Secret,
        refusal: Error,
    ) -> Result<(CachedToken, RecoveryStage), Error> {
        if stage == RecoveryStage::Initial {
            let cached = self.fetch(transport, false).await?;
            if cached.token != *refused {
                return Ok((cached, RecoveryStage::Renewed));
            }
        }
        match stage {
            RecoveryStage::Initial | RecoveryStage::Renewed => {
                transport.clock.sleep(SETTLING).await;
                Ok((self.fetch(transport, false).await?, RecoveryStage::Waited))
            }
            RecoveryStage::Waited if self.use_forced_refresh() => {
                tracing::warn!(%refusal, "the token is refused again and again; forcing a new one");
                Ok((self.fetch(transport, true).await?, RecoveryStage::Forced))
            }
            RecoveryStage::Waited | RecoveryStage::Forced => Err(refusal),
        }
    }

    fn use_forced_refresh(&self) -> bool {
        self.forced_left.fetch_update(Ordering::AcqRel, Ordering::Acquire, |left| left.checked_sub(1)).is_ok()
    }

    async fn read_external_again(
        &self,
        transport: &Transport,
        refused: &Secret,
        refusal: Error,
    ) -> Result<(CachedToken, RecoveryStage), Error> {
        let cached = self.fetch(transport, false).await?;
        if cached.token == *refused {
            Err(refusal.with_kind(ErrorKind::ExternalToken))
        } else {
            Ok((cached, RecoveryStage::Renewed))
        }
    }

    async fn fetch(&self, transport: &Transport, force: bool) -> Result<CachedToken, Error> {
        match &self.provider {
            TokenProvider::Own { appid, secret } => fetch_stable_token(transport, appid, secret, force).await,
            TokenProvider::External { source, route } => {
                Ok(CachedToken { token: secret_source::token(source, route).await?, lifetime: None })
            }
        }
    }
}

/// Asks `stable_token` (官方文档 获取稳定版接口调用凭据).
async fn fetch_stable_token(
    transport: &Transport,
    appid: &str,
    source: &SecretSource,
    force: bool,
) -> Result<CachedToken, Error> {
    let secret = secret_source::secret(source).await?;
    let body = json!({
        "grant_type": "client_credential",
        "appid": appid,
        "secret": secret.expose(),
        "force_refresh": force,
    });
    let body = body.to_string();
    let endpoint = if force { Endpoint::StableTokenForce } else { Endpoint::StableToken };
    let request = Request { endpoint, credential: Credential::Body(&secret), body: Body::Json(body.as_bytes()) };
    let asked_at = transport.clock.now();
    let (token, expires_in) = transport.call(&request, |bytes| wire::parse_token(endpoint, &bytes)).await?;
    let lifetime = Duration::from_secs(expires_in).min(LONGEST_LIFE);
    let ends_at = asked_at + lifetime;
    Ok(CachedToken { token, lifetime: Some(Lifetime { renew_at: ends_at - OVERLAP.min(lifetime / 2), ends_at }) })
}
