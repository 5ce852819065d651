//! Authentication: `token` and `stable_token` by the secret, every other call by its token.

use serde_json::json;

use super::account_handle::AccountHandle;
use super::endpoint::{Input, Reply};
use super::quota_endpoints;
use super::refusal::Refusal;
use super::request::ApiRequest;
use super::token::TokenStatus;
use super::world::World;

/// `GET /cgi-bin/token`: the parameters, including the secret, are in the query.
pub(super) fn token(world: &mut World, request: &ApiRequest) -> Result<Reply, Refusal> {
    let parameter = |name: &str| request.query.get(name).map_or("", String::as_str);
    check_grant_type(parameter("grant_type"))?;
    let account = identify(world, "token", parameter("appid"), parameter("secret"), &request.ip)?;
    if account.behavior.token_kills_stable {
        account.state.tokens.revoke_stable(account.now);
    }
    let (token, expires_in) = account.state.tokens.legacy(account.now, account.random);
    Ok(Reply::Data(json!({"access_token": token, "expires_in": expires_in})))
}

/// `POST /cgi-bin/stable_token`: all callers get the same token.
pub(super) fn stable_token(world: &mut World, request: &ApiRequest) -> Result<Reply, Refusal> {
    let input = Input::json(request, &world.behavior)?;
    check_grant_type(input.text("grant_type"))?;
    let account = identify(world, "stable_token", input.text("appid"), input.text("secret"), &request.ip)?;
    let force = input.number("force_refresh") == Some(1);
    let (token, expires_in) =
        account.state.tokens.stable(force, account.behavior.forced_overlap, account.now, account.random);
    Ok(Reply::Data(json!({"access_token": token, "expires_in": expires_in})))
}

/// `POST /cgi-bin/clear_quota/v2`: without a token. The documentation's table puts appid and secret into the body, its
/// example into the query; both are accepted.
pub(super) fn clear_quota(world: &mut World, request: &ApiRequest) -> Result<Reply, Refusal> {
    let body = Input::json(request, &world.behavior).ok();
    let parameter = |name: &str| {
        let in_query = request.query.get(name).cloned();
        in_query.or_else(|| body.as_ref().map(|body| body.text(name).to_owned())).unwrap_or_default()
    };
    let (appid, secret) = (parameter("appid"), parameter("appsecret"));
    quota_endpoints::reset(&mut identify(world, "clear_quota/v2", &appid, &secret, &request.ip)?)
}

fn check_grant_type(grant_type: &str) -> Result<(), Refusal> {
    if grant_type == "client_credential" { Ok(()) } else { Err(Refusal::of(40002)) }
}

/// Checks the appid first, then the secret, then the address: so 40164 proves that the first two are right.
fn identify<'w>(
    world: &'w mut World,
    endpoint: &str,
    appid: &str,
    secret: &str,
    ip: &str,
) -> Result<AccountHandle<'w>, Refusal> {
    if appid.is_empty() {
        return Err(Refusal::of(41002));
    }
    if secret.is_empty() {
        return Err(Refusal::of(41004));
    }
    if !world.has_account(appid) {
        return Err(Refusal::of(40013));
    }
    let account = world.account(appid);
    account.state.quota.count_call(endpoint, account.state.profile, account.now)?;
    if account.state.secret != secret {
        return Err(Refusal::of(40125));
    }
    account.state.whitelist.check(ip, account.now)?;
    Ok(account)
}

/// Returns the account of a call's token.
pub(super) fn signed_in<'w>(world: &'w mut World, request: &ApiRequest) -> Result<AccountHandle<'w>, Refusal> {
    let token =
        request.query.get("access_token").filter(|token| !token.is_empty()).ok_or_else(|| Refusal::of(41001))?;
    match world.token_status(token) {
        (TokenStatus::Good, Some(appid)) => Ok(world.account(&appid)),
        (TokenStatus::Expired, _) => Err(Refusal::of(42001)),
        (TokenStatus::Unknown, _) if !token.starts_with("97_") => Err(Refusal::of(40014)),
        _ => Err(Refusal::of(40001)),
    }
}
