//! `openapi/*` and `clear_quota`: limits and rejected calls of an account.

use serde_json::{Value, json};

use super::account_handle::AccountHandle;
use super::endpoint::{Input, Reply};
use super::profile::Profile;
use super::refusal::Refusal;

/// Returns whether there is such an endpoint.
type Exists = fn(&str) -> bool;

/// `openapi/quota/get` (官方文档 "查询 openAPI 调用 quota").
pub(super) fn get(account: &mut AccountHandle<'_>, input: &Input<'_>, exists: Exists) -> Result<Reply, Refusal> {
    let endpoint = named_endpoint(input, exists)?;
    let quota = &mut account.state.quota;
    let (limit, used) = (quota.limit(endpoint, account.state.profile), quota.used(endpoint, account.now));
    let mut answer = json!({
        "errcode": 0, "errmsg": "ok",
        "quota": {"daily_limit": limit, "used": used, "remain": limit.saturating_sub(used)},
    });
    if let Some(calls) = quota.misreported.get(endpoint) {
        answer["quota"] = json!({"daily_limit": calls, "used": used, "remain": 0});
    }
    if let Some(calls) = quota.minutely.get(endpoint) {
        answer["rate_limit"] = json!({"call_count": calls, "refresh_second": 60});
    }
    Ok(Reply::Data(answer))
}

/// Returns the endpoint that `cgi_path` names: a path from `/cgi-bin/` on, without a host.
fn named_endpoint<'i>(input: &'i Input<'_>, exists: Exists) -> Result<&'i str, Refusal> {
    let path = input.text("cgi_path");
    if !path.starts_with('/') {
        return Err(Refusal::of(76003));
    }
    let endpoint = path.strip_prefix("/cgi-bin/").ok_or_else(|| Refusal::of(76021))?;
    if exists(endpoint) { Ok(endpoint) } else { Err(Refusal::of(76021)) }
}

/// `clear_quota`: the counters of all endpoints.
pub(super) fn clear_all(account: &mut AccountHandle<'_>, input: &Input<'_>) -> Result<Reply, Refusal> {
    if input.text("appid") != account.state.appid {
        return Err(Refusal::of(40013));
    }
    reset(account)
}

/// Resets the counters of all endpoints.
pub(super) fn reset(account: &mut AccountHandle<'_>) -> Result<Reply, Refusal> {
    use_reset(account)?;
    account.state.quota.used.clear();
    Ok(Reply::ok())
}

/// `openapi/quota/clear`: the counter of one endpoint.
pub(super) fn clear_one(account: &mut AccountHandle<'_>, input: &Input<'_>, exists: Exists) -> Result<Reply, Refusal> {
    let endpoint = named_endpoint(input, exists)?;
    use_reset(account)?;
    account.state.quota.used.remove(endpoint);
    Ok(Reply::ok())
}

fn use_reset(account: &mut AccountHandle<'_>) -> Result<(), Refusal> {
    if account.state.profile != Profile::Verified {
        return Err(Refusal::of(48001));
    }
    account.state.quota.resets.use_one(account.now)
}

/// `openapi/rid/get` (官方文档 "查询 rid 信息").
pub(super) fn find_rid(account: &mut AccountHandle<'_>, input: &Input<'_>) -> Result<Reply, Refusal> {
    let rid = input.text("rid");
    if rid.len() != 26 || !rid.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'-') {
        return Err(Refusal::of(76002));
    }
    let request: Value = account.rejected.find(rid, &account.state.appid)?;
    Ok(Reply::Data(json!({"errcode": 0, "errmsg": "ok", "request": request})))
}
