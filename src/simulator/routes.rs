//! The table of endpoints.

use super::account_handle::AccountHandle;
use super::endpoint::{Input, Reply};
use super::refusal::Refusal;
use super::request::ApiRequest;
use super::world::World;
use super::{credentials, drafts, materials, network, publishing, quota_endpoints};

/// The method of an endpoint; some that are documented as GET also accept POST.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Method {
    Post,
    Any,
}

/// The type of its body.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Body {
    Json,
    File,
    Ignored,
}

#[derive(Clone, Copy)]
pub(super) enum Handler {
    /// Called with the secret.
    Credentials(Method, fn(&mut World, &ApiRequest) -> Result<Reply, Refusal>),
    /// Called with a token.
    Account(Method, Body, fn(&mut AccountHandle<'_>, &Input<'_>) -> Result<Reply, Refusal>),
}

use Body::{File, Ignored, Json};
use Handler::{Account, Credentials};
use Method::{Any, Post};

/// Every endpoint by its path below `/cgi-bin/`.
const ENDPOINTS: &[(&str, Handler)] = &[
    ("token", Credentials(Any, credentials::token)),
    ("stable_token", Credentials(Post, credentials::stable_token)),
    ("draft/add", Account(Post, Json, drafts::add)),
    ("draft/get", Account(Post, Json, drafts::get)),
    ("draft/batchget", Account(Post, Json, drafts::batchget)),
    ("draft/count", Account(Any, Ignored, drafts::count)),
    ("draft/update", Account(Post, Json, drafts::update)),
    ("draft/delete", Account(Post, Json, drafts::delete)),
    ("draft/switch", Account(Post, Ignored, drafts::switch)),
    ("material/add_material", Account(Post, File, materials::add)),
    ("material/get_material", Account(Post, Json, materials::get)),
    ("material/batchget_material", Account(Post, Json, materials::batchget)),
    ("material/get_materialcount", Account(Any, Ignored, materials::count)),
    ("material/del_material", Account(Post, Json, materials::delete)),
    ("media/uploadimg", Account(Post, File, materials::upload_image)),
    ("media/upload", Account(Post, File, materials::add_temporary)),
    ("media/get", Account(Any, Ignored, materials::get_temporary)),
    ("freepublish/submit", Account(Post, Json, publishing::submit)),
    ("freepublish/get", Account(Post, Json, publishing::get)),
    ("freepublish/batchget", Account(Post, Json, publishing::batchget)),
    ("freepublish/getarticle", Account(Post, Json, publishing::get_article)),
    ("freepublish/delete", Account(Post, Json, publishing::delete)),
    ("openapi/quota/get", Account(Post, Json, |account, input| quota_endpoints::get(account, input, exists))),
    ("openapi/quota/clear", Account(Post, Json, |account, input| quota_endpoints::clear_one(account, input, exists))),
    ("openapi/rid/get", Account(Post, Json, quota_endpoints::find_rid)),
    ("clear_quota", Account(Post, Json, quota_endpoints::clear_all)),
    ("clear_quota/v2", Credentials(Post, credentials::clear_quota)),
    ("get_api_domain_ip", Account(Any, Ignored, network::domain_addresses)),
    ("getcallbackip", Account(Any, Ignored, network::callback_addresses)),
    ("callback/check", Account(Post, Json, network::check)),
];

/// Returns whether there is such an endpoint.
pub(super) fn exists(endpoint: &str) -> bool {
    ENDPOINTS.iter().any(|(name, _)| *name == endpoint)
}

/// Returns how an endpoint is called.
pub(super) fn find(endpoint: &str) -> Option<Handler> {
    ENDPOINTS.iter().find(|(name, _)| *name == endpoint).map(|(_, handler)| *handler)
}
