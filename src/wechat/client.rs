//! Typed API calls for one account.

use std::sync::Arc;

use chrono::TimeDelta;
use serde_json::{Value, json};

use super::draft::{DraftResponse, IncludeContent, Page};
use super::error::Error;
use super::error_kind::ErrorKind;
use super::http::{Route, TIMEOUTS, http_client};
use super::http_clients::{HttpClients, Purpose};
use super::picture_client::{PictureClient, PictureError, Referer};
use super::published::{self, PublishedPage};
use super::quota::{self, QuotaResponse};
use super::response_counters::ResponseCount;
use super::token::{TokenCache, TokenProvider};
use super::transport::{self, Body, Credential, Request, Transport};
use super::wire;
use crate::clock::Clock;
use crate::config::{Account, Credentials};
use crate::model::{ApiUsage, Endpoint, MediaId};

/// How often one call may be rejected because of its token. Token recovery normally ends earlier, unless other calls of the
/// account keep succeeding with the same token.
const MOST_REFUSALS: usize = 4;

/// A client for one account. Cheap to clone. Clones share connections, token, rate limit and usage counter, so keep one client
/// per account.
#[derive(Clone)]
pub struct Client(Arc<Inner>);

struct Inner {
    transport: Transport,
    tokens: Arc<TokenCache>,
    pictures: Arc<PictureClient>,
}

impl Client {
    /// Creates a client with connections of its own. Makes no call and reads no secret.
    ///
    /// # Errors
    /// [`ErrorKind::Local`] when the proxy's address is not valid, `ca_file` cannot be used, or the machine has no CA certificates.
    pub fn new(account: &Account, clock: Clock) -> Result<Self, Error> {
        Self::sharing(account, clock, &HttpClients::default())
    }

    /// Creates a client that shares its connections with other accounts.
    ///
    /// # Errors
    /// As [`Self::new`].
    pub fn sharing(account: &Account, clock: Clock, http: &HttpClients) -> Result<Self, Error> {
        let route = Route::of(account);
        let provider = match &account.credentials {
            Credentials::Secret(secret) => TokenProvider::Own { appid: account.appid.clone(), secret: secret.clone() },
            Credentials::Token(source) => TokenProvider::External { source: source.clone(), route: route.clone() },
        };
        let (image_base, api_base) = (account.image_base.as_deref(), account.api_base.as_str());
        let pictures = PictureClient::new(image_base, route.clone(), clock.clone(), http.clone())?;
        let build = || http_client(api_base, &route, TIMEOUTS);
        let api = http.get(Purpose::Api, api_base, &route, build)?;
        let transport = Transport::new(api, api_base, route, clock, TIMEOUTS)?;
        Ok(Self(Arc::new(Inner {
            transport,
            tokens: Arc::new(TokenCache::new(provider)),
            pictures: Arc::new(pictures),
        })))
    }

    /// Returns a client that shares connections, token and rate limit with this one, but counts its calls separately: for work
    /// that does not belong to a poll.
    pub fn with_own_usage(&self) -> Self {
        let Inner { transport, tokens, pictures } = &*self.0;
        let (tokens, pictures) = (Arc::clone(tokens), Arc::clone(pictures));
        Self(Arc::new(Inner { transport: transport.with_own_usage(), tokens, pictures }))
    }

    /// Returns one draft (官方文档 获取草稿详情).
    ///
    /// # Errors
    /// [`ErrorKind::NotFound`] when it is not in the box now, [`ErrorKind::NoArticles`] when it is there without articles. Every
    /// other kind says nothing about the draft.
    pub async fn draft_get(&self, media_id: &MediaId) -> Result<DraftResponse, Error> {
        self.post(Endpoint::DraftGet, &json!({ "media_id": media_id }), wire::parse_draft).await
    }

    /// Returns a page of the draft box: up to `count` drafts, 1 to 20, from `offset` (官方文档 获取草稿列表).
    pub async fn draft_batchget(&self, offset: u64, count: u32, content: IncludeContent) -> Result<Page, Error> {
        let with_content = content == IncludeContent::Yes;
        let body = json!({ "offset": offset, "count": count, "no_content": u8::from(!with_content) });
        self.post(Endpoint::DraftBatchget, &body, |bytes| wire::parse_page(&bytes, offset, with_content)).await
    }

    /// Returns the number of drafts in the box (官方文档 获取草稿的总数).
    pub async fn draft_count(&self) -> Result<u64, Error> {
        self.call(Endpoint::DraftCount, Body::None, |bytes| wire::parse_count(&bytes)).await
    }

    /// Adds a draft of these articles, a JSON array, and returns its new id (官方文档 新增草稿).
    ///
    /// # Errors
    /// Not retried once it may have arrived: check [`Error::has_unknown_effect`] before repeating it.
    pub async fn draft_add(&self, articles: &Value) -> Result<MediaId, Error> {
        self.post(Endpoint::DraftAdd, &json!({ "articles": articles }), |bytes| wire::parse_added(&bytes)).await
    }

    /// Replaces the article at a position, counted from 0, (官方文档 更新草稿).
    pub async fn draft_update(&self, media_id: &MediaId, index: u32, article: &Value) -> Result<(), Error> {
        let body = json!({ "media_id": media_id, "index": index, "articles": article });
        self.post(Endpoint::DraftUpdate, &body, |bytes| wire::parse_ok(Endpoint::DraftUpdate, &bytes)).await
    }

    /// Deletes a draft for good: the platform has no recycle bin (官方文档 删除草稿).
    ///
    /// # Errors
    ///
    /// [`ErrorKind::NotFound`] where it is not in the box.
    pub async fn draft_delete(&self, media_id: &MediaId) -> Result<(), Error> {
        let endpoint = Endpoint::DraftDelete;
        self.post(endpoint, &json!({ "media_id": media_id }), |bytes| wire::parse_ok(endpoint, &bytes)).await
    }

    /// Returns a page of the messages that were published without notification, newest first: up to `count`, 1 to 20, from `offset`,
    /// without content (官方文档 获取已发布的消息列表). Mass-sent messages (群发) are never included.
    ///
    /// # Errors
    /// [`ErrorKind::Permission`] unless the account is that of a verified enterprise (认证企业主体).
    pub async fn freepublish_batchget(&self, offset: u64, count: u32) -> Result<PublishedPage, Error> {
        let body = json!({ "offset": offset, "count": count, "no_content": 1 });
        self.post(Endpoint::FreepublishBatchget, &body, |bytes| published::parse_page(&bytes, offset)).await
    }

    /// Returns today's usage and limit of an endpoint (官方文档 查询API调用额度). They include the calls of all systems of the account.
    /// This is itself a call.
    pub async fn quota_get(&self, endpoint: Endpoint) -> Result<QuotaResponse, Error> {
        let body = json!({ "cgi_path": format!("/cgi-bin/{}", transport::path(endpoint)) });
        self.post(Endpoint::QuotaGet, &body, |bytes| quota::parse_quota(&bytes)).await
    }

    /// Only gets a token, which checks AppID, secret and whitelist.
    pub async fn check_token(&self) -> Result<(), Error> {
        self.0.tokens.get(&self.0.transport).await.map(drop)
    }

    /// Returns the calls since the last time and resets the counter. Rejected and failed calls and those for tokens are included, but
    /// not calls that found no connection.
    pub fn drain_usage(&self) -> Vec<ApiUsage> {
        self.0.transport.usage.drain()
    }

    /// Adds calls again that were drained but could not be saved.
    pub fn restore_usage(&self, calls: Vec<ApiUsage>) {
        self.0.transport.usage.restore(calls);
    }

    /// Returns the results of calls since the last time, including those of clients made by [`Client::with_own_usage`].
    pub fn drain_response_counts(&self) -> Vec<ResponseCount> {
        self.0.transport.responses.drain()
    }

    /// Returns how far our clock is ahead of the platform's, as its last answer said; `None` if none did.
    pub(crate) fn clock_ahead(&self) -> Option<TimeDelta> {
        self.0.transport.platform_clock.ahead()
    }

    /// Sets how many forced token refreshes are left today; none until this is called. The caller keeps the budget of 3 a day, by the
    /// usage of [`Endpoint::StableTokenForce`].
    pub fn set_forced_refresh_budget(&self, left: u32) {
        self.0.tokens.set_forced_refresh_budget(left);
    }

    /// Downloads a picture of at most `largest` bytes. Costs no API call.
    pub async fn picture(&self, address: &str, as_whom: Referer, largest: usize) -> Result<Vec<u8>, PictureError> {
        self.0.pictures.get(address, as_whom, largest).await
    }

    /// Returns the host and port from which a picture is downloaded: that of `image_base`, if set.
    pub fn picture_host(&self, address: &str) -> String {
        self.0.pictures.host(address)
    }

    pub(super) async fn post<T>(
        &self,
        endpoint: Endpoint,
        body: &Value,
        read: impl Fn(Vec<u8>) -> Result<T, Error>,
    ) -> Result<T, Error> {
        // Raw UTF-8: the platform stores an escape such as \u4f60 as those six characters.
        self.call(endpoint, Body::Json(body.to_string().as_bytes()), read).await
    }

    /// Makes a call, and repeats it with a new token if the token is rejected.
    pub(super) async fn call<T>(
        &self,
        endpoint: Endpoint,
        body: Body<'_>,
        read: impl Fn(Vec<u8>) -> Result<T, Error>,
    ) -> Result<T, Error> {
        let Inner { transport, tokens, .. } = &*self.0;
        let mut lease = tokens.get(transport).await?;
        let mut refusals = 0;
        loop {
            let request = Request { endpoint, credential: Credential::Query(&lease.token), body };
            match transport.call(&request, &read).await {
                Err(refusal) if refusal.kind == ErrorKind::Token && refusals < MOST_REFUSALS => {
                    refusals += 1;
                    lease = tokens.recover_after_rejection(transport, &lease, refusal).await?;
                }
                outcome => {
                    let token_taken = outcome.as_ref().err().is_none_or(|error| error.kind == ErrorKind::NotFound);
                    if token_taken {
                        tokens.mark_accepted(&lease);
                    }
                    return outcome;
                }
            }
        }
    }
}
