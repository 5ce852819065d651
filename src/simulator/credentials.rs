//! Who calls: `token` and `stable_token` for those with a secret, and the token of every other call.

use serde_json::json;

use super::call::Call;
use super::desk::{Desk, Input, Reply};
use super::quota;
use super::refusal::Refusal;
use super::token::Worth;
use super::world::World;

/// `GET /cgi-bin/token`: the parameters, and with them the secret, ride in the query.
pub(super) fn token(world: &mut World, call: &Call) -> Result<Reply, Refusal> {
    let parameter = |name: &str| call.query.get(name).map_or("", String::as_str);
    check_grant_type(parameter("grant_type"))?;
    let desk = identify(world, "token", parameter("appid"), parameter("secret"), &call.ip)?;
    if desk.rules.token_kills_stable {
        desk.account.tokens.kill_stable(desk.now);
    }
    let (token, expires_in) = desk.account.tokens.legacy(desk.now, desk.random);
    Ok(Reply::Data(json!({"access_token": token, "expires_in": expires_in})))
}

/// `POST /cgi-bin/stable_token`: everybody who asks gets the same token.
pub(super) fn stable_token(world: &mut World, call: &Call) -> Result<Reply, Refusal> {
    let input = Input::json(call, &world.rules)?;
    check_grant_type(input.text("grant_type"))?;
    let desk = identify(world, "stable_token", input.text("appid"), input.text("secret"), &call.ip)?;
    let force = input.number("force_refresh") == Some(1);
    let (token, expires_in) = desk.account.tokens.stable(force, desk.rules.forced_overlap, desk.now, desk.random);
    Ok(Reply::Data(json!({"access_token": token, "expires_in": expires_in})))
}

/// `POST /cgi-bin/clear_quota/v2`: without a token. The documentation's table puts appid and secret into the body, its
/// example into the query; both are taken.
pub(super) fn clear_quota(world: &mut World, call: &Call) -> Result<Reply, Refusal> {
    let body = Input::json(call, &world.rules).ok();
    let parameter = |name: &str| {
        let in_query = call.query.get(name).cloned();
        in_query.or_else(|| body.as_ref().map(|body| body.text(name).to_owned())).unwrap_or_default()
    };
    let (appid, secret) = (parameter("appid"), parameter("appsecret"));
    quota::reset(&mut identify(world, "clear_quota/v2", &appid, &secret, &call.ip)?)
}

fn check_grant_type(grant_type: &str) -> Result<(), Refusal> {
    if grant_type == "client_credential" { Ok(()) } else { Err(Refusal::of(40002)) }
}

/// Looks at the appid first, then at the secret, and only then at the address: 40164 proves that the others are right.
fn identify<'w>(
    world: &'w mut World,
    endpoint: &str,
    appid: &str,
    secret: &str,
    ip: &str,
) -> Result<Desk<'w>, Refusal> {
    if appid.is_empty() {
        return Err(Refusal::of(41002));
    }
    if secret.is_empty() {
        return Err(Refusal::of(41004));
    }
    if !world.knows(appid) {
        return Err(Refusal::of(40013));
    }
    let desk = world.desk(appid);
    desk.account.quota.count(endpoint, desk.account.profile, desk.now)?;
    if desk.account.secret != secret {
        return Err(Refusal::of(40125));
    }
    desk.account.whitelist.admit(ip, desk.now)?;
    Ok(desk)
}

/// Returns the desk of the account whose token a call carries.
pub(super) fn signed_in<'w>(world: &'w mut World, call: &Call) -> Result<Desk<'w>, Refusal> {
    let token = call.query.get("access_token").filter(|token| !token.is_empty()).ok_or_else(|| Refusal::of(41001))?;
    match world.owner(token) {
        (Worth::Good, Some(appid)) => Ok(world.desk(&appid)),
        (Worth::Expired, _) => Err(Refusal::of(42001)),
        (Worth::Unknown, _) if !token.starts_with("97_") => Err(Refusal::of(40014)),
        _ => Err(Refusal::of(40001)),
    }
}
