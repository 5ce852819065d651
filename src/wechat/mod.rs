//! The platform over HTTP: tokens, drafts, errors.
//!
//! A [`Client`] makes typed calls for one account. Below it, each file has one story: `token` gets the access token,
//! `transport` makes one request, by a client of `http`, `wire` reads its answer, `published`, `material` and `quota` those of their endpoints,
//! `picture` fetches from the picture hosts, which are no part of the API, `retry` decides whether to ask again, `pace` keeps below the minute limit, `ledger` counts calls and `answers` their outcomes, and [`error`](Error) says what a
//! failure means to the caller.

mod answers;
mod certificate;
mod credentials;
mod error;
mod explain;
mod http;
mod ledger;
mod listing;
mod material;
mod pace;
mod picture;
mod proxy;
mod published;
mod quota;
mod redact;
mod retry;
pub mod rid;
mod slow_file;
mod token;
mod transport;
mod wire;

use std::sync::Arc;

use serde_json::{Value, json};

pub use self::answers::Answered;
pub use self::error::{Error, Kind};
use self::http::{Limits, Route};
pub use self::listing::Listing;
pub use self::material::{Material, MaterialPage, Uploaded};
use self::picture::Pictures;
pub use self::picture::{PictureError, Referer};
pub use self::published::{Published, PublishedArticle, PublishedPage};
pub use self::quota::QuotaTold;
use self::token::{Keeper, Tokens};
use self::transport::{Body, Credential, Request, Transport};
use crate::clock::Clock;
use crate::config::{Account, Credentials};
use crate::model::{Calls, Endpoint, MediaId};

/// How often one call may be refused for its token. The recovery ladder ends before that, unless other calls of the
/// account keep succeeding with the same token.
const MOST_REFUSALS: usize = 4;

/// Drafts on a page, the most that are allowed (官方文档 获取草稿列表).
pub const PAGE: u32 = 20;

/// The calls of one account. Cheap to clone; its clones share connections, token, pace and ledger, so keep one per
/// account for as long as the account is watched.
#[derive(Clone)]
pub struct Client(Arc<Inner>);

struct Inner {
    line: Transport,
    tokens: Arc<Tokens>,
    pictures: Arc<Pictures>,
}

/// Whether a page of the draft box comes with what the drafts say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Content {
    /// Each draft with its document.
    With,
    /// Only which drafts there are, and when each was last saved.
    Without,
}

/// A draft as `draft/get` answers it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fetched {
    /// The whole answer, byte for byte as received.
    pub document: Vec<u8>,
    /// When the draft was made, in Unix seconds.
    pub create_time: Option<i64>,
    /// When the draft was last saved, in Unix seconds; a hint, and not everybody sends it.
    pub update_time: Option<i64>,
}

/// A page of the draft box.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page {
    /// How many drafts the platform says that the whole box holds. It may be wrong.
    pub total_count: u64,
    /// The drafts of this page, in the platform's order, which means nothing.
    pub drafts: Vec<Listed>,
    /// Entries of this page whose `media_id` is missing or no text: nobody can tell which drafts they are.
    pub nameless: u64,
}

impl Page {
    /// Returns where the next page begins, if this one began at `offset`.
    pub fn end(&self, offset: u64) -> u64 {
        offset + self.drafts.len() as u64 + self.nameless
    }
}

/// A draft as `draft/batchget` lists it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// Its place on the whole list, from 0.
    pub place: u64,
    /// Which draft.
    pub media_id: MediaId,
    /// When it was made, in Unix seconds.
    pub create_time: Option<i64>,
    /// When it was last saved, in Unix seconds.
    pub update_time: Option<i64>,
    /// Its part of the answer, byte for byte as received. `None` for [`Content::Without`], and where the platform left
    /// it out all the same: then only `draft/get` tells what the draft says.
    pub document: Option<Vec<u8>>,
    /// Whether the platform says that it has no articles.
    pub has_no_articles: bool,
}

impl Client {
    /// Sets a client up. Makes no call and reads no secret.
    ///
    /// # Errors
    /// [`Kind::Local`] when the proxy's address is not valid, `ca_file` cannot be used, or the machine has no CA certificates.
    pub fn new(account: &Account, clock: Clock) -> Result<Self, Error> {
        let keeper = match &account.credentials {
            Credentials::Secret(secret) => Keeper::Us { appid: account.appid.clone(), secret: secret.clone() },
            Credentials::Token(source) => Keeper::Other { source: source.clone(), route: Route::of(account) },
        };
        let pictures = Pictures::new(account.image_base.as_deref(), Route::of(account), clock.clone())?;
        let line = Transport::new(&account.api_base, Route::of(account), clock, Limits::default())?;
        Ok(Self(Arc::new(Inner { line, tokens: Arc::new(Tokens::new(keeper)), pictures: Arc::new(pictures) })))
    }

    /// Returns a client that shares connections, token and pace with this one, and counts its calls apart: for work beside
    /// the polls, whose calls are no poll's.
    pub fn apart(&self) -> Self {
        let Inner { line, tokens, pictures } = &*self.0;
        let (tokens, pictures) = (Arc::clone(tokens), Arc::clone(pictures));
        Self(Arc::new(Inner { line: line.apart(), tokens, pictures }))
    }

    /// Returns one draft (官方文档 获取草稿详情).
    ///
    /// # Errors
    /// [`Kind::NotFound`] when it is not in the box now, [`Kind::NoArticles`] when it is there and empty; every other kind
    /// says nothing about it.
    pub async fn draft_get(&self, media_id: &MediaId) -> Result<Fetched, Error> {
        self.post(Endpoint::DraftGet, &json!({ "media_id": media_id }), wire::fetched).await
    }

    /// Returns a page of the draft box: up to `count` drafts, 1 to 20, from `offset` (官方文档 获取草稿列表).
    pub async fn draft_batchget(&self, offset: u64, count: u32, content: Content) -> Result<Page, Error> {
        let with_content = content == Content::With;
        let body = json!({ "offset": offset, "count": count, "no_content": u8::from(!with_content) });
        self.post(Endpoint::DraftBatchget, &body, |bytes| wire::page(&bytes, offset, with_content)).await
    }

    /// Returns the number of drafts in the box (官方文档 获取草稿的总数).
    pub async fn draft_count(&self) -> Result<u64, Error> {
        self.call(Endpoint::DraftCount, Body::None, |bytes| wire::total(&bytes)).await
    }

    /// Adds a draft of these articles, a JSON array, and returns its new id (官方文档 新增草稿).
    ///
    /// # Errors
    /// Never repeated by itself once it may have arrived: ask [`Error::effect_unknown`] before doing so.
    pub async fn draft_add(&self, articles: &Value) -> Result<MediaId, Error> {
        self.post(Endpoint::DraftAdd, &json!({ "articles": articles }), |bytes| wire::added(&bytes)).await
    }

    /// Replaces one article of a draft, by its position from 0, with a whole article (官方文档 更新草稿).
    pub async fn draft_update(&self, media_id: &MediaId, index: u32, article: &Value) -> Result<(), Error> {
        let body = json!({ "media_id": media_id, "index": index, "articles": article });
        self.post(Endpoint::DraftUpdate, &body, |bytes| wire::obeyed(Endpoint::DraftUpdate, &bytes)).await
    }

    /// Deletes a draft for good: the platform has no recycle bin (官方文档 删除草稿).
    ///
    /// # Errors
    ///
    /// [`Kind::NotFound`] where it is not in the box.
    pub async fn draft_delete(&self, media_id: &MediaId) -> Result<(), Error> {
        let endpoint = Endpoint::DraftDelete;
        self.post(endpoint, &json!({ "media_id": media_id }), |bytes| wire::obeyed(endpoint, &bytes)).await
    }

    /// Returns a page of what was published without notification, newest first: up to `count` messages, 1 to 20, from
    /// `offset`, without what they say (官方文档 获取已发布的消息列表). Mass-sent messages (群发) are never in it.
    ///
    /// # Errors
    /// [`Kind::Permission`] for every account but verified ones of enterprises (认证企业主体).
    pub async fn freepublish_batchget(&self, offset: u64, count: u32) -> Result<PublishedPage, Error> {
        let body = json!({ "offset": offset, "count": count, "no_content": 1 });
        self.post(Endpoint::FreepublishBatchget, &body, |bytes| published::page(&bytes, offset)).await
    }

    /// Returns what the platform counts for an endpoint today (官方文档 查询API调用额度). That counts everybody's calls, not
    /// only ours, and is itself a call.
    pub async fn quota_get(&self, endpoint: Endpoint) -> Result<QuotaTold, Error> {
        let body = json!({ "cgi_path": format!("/cgi-bin/{}", transport::path(endpoint)) });
        self.post(Endpoint::QuotaGet, &body, |bytes| quota::told(&bytes)).await
    }

    /// Gets a token and no more: proves AppID, secret and whitelist.
    pub async fn check_token(&self) -> Result<(), Error> {
        self.0.tokens.get(&self.0.line).await.map(drop)
    }

    /// Returns the calls made since they were last taken, refused and failed ones and those for tokens included; not
    /// those that found no connection. For the ledger.
    pub fn take_calls(&self) -> Vec<Calls> {
        self.0.line.ledger.take()
    }

    /// Takes calls back that were taken and could not be written down: they are among those that are taken next.
    pub fn put_calls_back(&self, calls: Vec<Calls>) {
        self.0.line.ledger.put_back(calls);
    }

    /// Returns what was answered since it was last taken, to this client and to those that [`Client::apart`] made.
    pub fn take_answers(&self) -> Vec<Answered> {
        self.0.line.answers.take()
    }

    /// Sets how many forced token refreshes are left today. None are until this is called: the caller keeps the
    /// budget, 3 a day, by [`Endpoint::StableTokenForce`] in the ledger.
    pub fn allow_forced_refreshes(&self, left: u32) {
        self.0.tokens.allow_forced_refreshes(left);
    }

    async fn post<T>(
        &self,
        endpoint: Endpoint,
        body: &Value,
        read: impl Fn(Vec<u8>) -> Result<T, Error>,
    ) -> Result<T, Error> {
        // Raw UTF-8: the platform stores an escape such as \u4f60 as those six characters.
        self.call(endpoint, Body::Json(body.to_string().as_bytes()), read).await
    }

    /// Makes a call with the token, and again with the next one where the token is refused.
    async fn call<T>(
        &self,
        endpoint: Endpoint,
        body: Body<'_>,
        read: impl Fn(Vec<u8>) -> Result<T, Error>,
    ) -> Result<T, Error> {
        let Inner { line, tokens, .. } = &*self.0;
        let mut pass = tokens.get(line).await?;
        let mut refusals = 0;
        loop {
            let request = Request { endpoint, credential: Credential::Query(&pass.token), body };
            match line.call(&request, &read).await {
                Err(refusal) if refusal.kind == Kind::Token && refusals < MOST_REFUSALS => {
                    refusals += 1;
                    pass = tokens.refused(line, &pass, refusal).await?;
                }
                outcome => {
                    let token_taken = outcome.as_ref().err().is_none_or(|error| error.kind == Kind::NotFound);
                    if token_taken {
                        tokens.accepted(&pass);
                    }
                    return outcome;
                }
            }
        }
    }
}
