//! The access token: cached, renewed in time, and recovered when the platform rejects it.
//!
//! `stable_token` gives every caller the same token, so a call does not disturb other systems; only a forced refresh revokes the
//! tokens of others. So the recovery has stages: get the token again; if it is the same one, wait 30 seconds and get it again; then
//! force a refresh, once, and within a daily budget that the caller keeps; then give up.

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

/// A token is renewed when less than this is left: from then on a call returns the next one, and both are valid.
const OVERLAP: Duration = Duration::from_secs(300);

/// After a failed renewal, the next one is tried after this time while the cached token is still valid.
const RETRY_RENEWAL_AFTER: Duration = Duration::from_secs(60);

/// Forced refreshes must be 30 seconds apart. By then, a change of the token by another system is complete too.
const SETTLING: Duration = Duration::from_secs(30);

/// The longest lifetime that is believed; the documented one is two hours.
const LONGEST_LIFE: Duration = Duration::from_secs(24 * 3600);

/// Who renews the token.
pub(super) enum TokenProvider {
    /// This program, with the AppSecret.
    Own { appid: String, secret: SecretSource },
    /// Another system; the token is only read.
    External { source: TokenSource, route: Route },
}

/// The cached access token of one account. Only one request for a token runs at a time; others wait for its result.
pub(super) struct TokenCache {
    provider: TokenProvider,
    state: Mutex<State>,
    /// Counts results of requests for a token. Read before taking the lock, it shows whether a request ended meanwhile.
    generation: AtomicU64,
    /// The last generation whose token was accepted by an endpoint.
    accepted: AtomicU64,
    forced_left: AtomicU32,
}

#[derive(Default)]
struct State {
    cached: Option<CachedToken>,
    stage: RecoveryStage,
    /// The generation that failed, for callers that waited for it.
    failure: Option<(u64, Error)>,
}

struct CachedToken {
    token: Secret,
    /// `None` for a token that another system renews.
    lifetime: Option<Lifetime>,
}

/// When a token of our own is renewed, and when it expires.
#[derive(Clone, Copy)]
struct Lifetime {
    renew_at: Timestamp,
    ends_at: Timestamp,
}

/// The recovery stage in which the cached token was fetched.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum RecoveryStage {
    /// No recovery.
    #[default]
    Initial,
    /// After a rejection; it is a different token.
    Renewed,
    /// After a rejection and a wait.
    Waited,
    /// By a forced refresh.
    Forced,
}

/// A token for a call, and its generation.
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

    /// Returns the token; fetches it if there is none or it expires soon.
    pub(super) async fn get(&self, transport: &Transport) -> Result<TokenLease, Error> {
        let seen = self.generation.load(Ordering::Acquire);
        let mut state = self.state.lock().await;
        self.current(&mut state, transport, seen).await
    }

    /// Records that the platform accepted the token.
    pub(super) fn mark_accepted(&self, lease: &TokenLease) {
        self.accepted.fetch_max(lease.generation, Ordering::AcqRel);
    }

    /// Returns the next token to try after `lease` was rejected, or the error if there is none.
    pub(super) async fn recover_after_rejection(
        &self,
        transport: &Transport,
        lease: &TokenLease,
        refusal: Error,
    ) -> Result<TokenLease, Error> {
        let mut state = self.state.lock().await;
        if self.generation.load(Ordering::Acquire) != lease.generation {
            // Another call was rejected first, and has recovered the token.
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

    /// Returns the cached token, or the failure of a request later than `seen`; otherwise fetches a token.
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
                    tracing::debug!(%error, "cannot renew the access token; the current one is still valid");
                    Ok(lease)
                }
                None => self.conclude(state, Err(error)),
            },
        }
    }

    /// Returns the cached token if its early renewal failed; the renewal is tried again a little later.
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

    /// Records the result of a request. After a failure the recovery starts again at its first stage.
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
                tracing::warn!(%refusal, "the access token keeps being rejected; forcing a refresh");
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

/// Calls `stable_token` (官方文档 获取稳定版接口调用凭据).
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
