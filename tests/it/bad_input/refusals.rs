//! Refusals of the platform: each is reported with the next command, and the exit code is 6.

use draftkeep::simulator::Profile;
use insta::assert_snapshot;
use serde_json::json;

use super::*;

/// Calls the platform with `config check --online` and with `poll`, and checks that only call counts were written.
async fn asked(account: Account, act: impl FnOnce(&SimulatorHandle)) -> String {
    let (platform, world) = watched(account).await;
    act(&platform);
    let check = world.run(&["config", "check", "--online", "--config", "config.toml"]);
    let shown = told(&check);
    let (_, online) = shown.split_once("online ").unwrap_or_else(|| panic!("{shown}"));
    let poll = world.run(POLL);
    assert_eq!((check.code(), poll.code()), (Some(6), Some(6)));
    assert_eq!(world.run(&["list", "--config", "config.toml", "--json"]).json(), json!([]));
    format!("{}\n\n{}", online.trim(), told(&poll))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_appid() {
    let shown = asked(Account::new("wx00000000000000ff", SECRET), |_| {}).await;
    assert_snapshot!(shown, @r"
    mag: stable_token: the platform refuses the account's credentials: invalid appid (errcode 40013, rid xxxxxxxx-xxxxxxxx-xxxxxxxx). Check `appid` in the configuration
    ------- exit 6 -------

    mag: 0 drafts read, 0 new versions, 1 call
    ------- stderr -------
    There was no archive at ./archive.db, so a new one is begun
    Warning: mag: stable_token: the platform refuses the account's credentials: invalid appid (errcode 40013, rid xxxxxxxx-xxxxxxxx-xxxxxxxx). Check `appid` in the configuration
    ------- exit 6 -------
    ");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_secret() {
    assert_snapshot!(asked(Account::new(APPID, "another"), |_| {}).await, @r"
    mag: stable_token: the platform refuses the account's credentials: invalid appsecret (errcode 40125, rid xxxxxxxx-xxxxxxxx-xxxxxxxx). Check that the AppSecret belongs to this AppID; a lost one can only be reset at mp.weixin.qq.com: 设置与开发 → 开发接口管理 (or 基本配置)
    ------- exit 6 -------

    mag: 0 drafts read, 0 new versions, 1 call
    ------- stderr -------
    There was no archive at ./archive.db, so a new one is begun
    Warning: mag: stable_token: the platform refuses the account's credentials: invalid appsecret (errcode 40125, rid xxxxxxxx-xxxxxxxx-xxxxxxxx). Check that the AppSecret belongs to this AppID; a lost one can only be reset at mp.weixin.qq.com: 设置与开发 → 开发接口管理 (or 基本配置)
    ------- exit 6 -------
    ");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_that_is_not_on_the_whitelist() {
    assert_snapshot!(asked(healthy().whitelist(&["203.0.113.7"]), |_| {}).await, @r"
    mag: stable_token: this machine's address 127.0.0.1 is not in the account's IP whitelist: invalid ip 127.0.0.1 ipv6 ::ffff:127.0.0.1, not in whitelist (errcode 40164, rid xxxxxxxx-xxxxxxxx-xxxxxxxx). Add it at mp.weixin.qq.com: 设置与开发 → 开发接口管理 (or 基本配置) → IP白名单; it takes effect after about 30 seconds
    ------- exit 6 -------

    mag: 0 drafts read, 0 new versions, 1 call
    ------- stderr -------
    There was no archive at ./archive.db, so a new one is begun
    Warning: mag: stable_token: this machine's address 127.0.0.1 is not in the account's IP whitelist: invalid ip 127.0.0.1 ipv6 ::ffff:127.0.0.1, not in whitelist (errcode 40164, rid xxxxxxxx-xxxxxxxx-xxxxxxxx). Add it at mp.weixin.qq.com: 设置与开发 → 开发接口管理 (or 基本配置) → IP白名单; it takes effect after about 30 seconds
    ------- exit 6 -------
    ");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_without_permission() {
    assert_snapshot!(asked(healthy().profile(Profile::Expired), |_| {}).await, @r"
    mag: draft/count: the account may not use this endpoint: api unauthorized (errcode 48001, rid xxxxxxxx-xxxxxxxx-xxxxxxxx). Check at mp.weixin.qq.com that 认证 has not expired and that 设置与开发 → 接口权限 lists it, and that `appid` is an official account and no mini program
    ------- exit 6 -------

    mag: 0 drafts read, 0 new versions, 2 calls
    ------- stderr -------
    There was no archive at ./archive.db, so a new one is begun
    Warning: mag: draft/batchget: the account may not use this endpoint: api unauthorized (errcode 48001, rid xxxxxxxx-xxxxxxxx-xxxxxxxx). Check at mp.weixin.qq.com that 认证 has not expired and that 设置与开发 → 接口权限 lists it, and that `appid` is an official account and no mini program
    ------- exit 6 -------
    ");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_that_was_punished() {
    assert_snapshot!(asked(healthy().profile(Profile::Punished), |_| {}).await, @r"
    mag: draft/count: the platform has restricted the account: api forbidden for irregularities, view detail on mp.weixin.qq.com (errcode 48004, rid xxxxxxxx-xxxxxxxx-xxxxxxxx). Log in to mp.weixin.qq.com and read the notice there
    ------- exit 6 -------

    mag: 0 drafts read, 0 new versions, 2 calls
    ------- stderr -------
    There was no archive at ./archive.db, so a new one is begun
    Warning: mag: draft/batchget: the platform has restricted the account: api forbidden for irregularities, view detail on mp.weixin.qq.com (errcode 48004, rid xxxxxxxx-xxxxxxxx-xxxxxxxx). Log in to mp.weixin.qq.com and read the notice there
    ------- exit 6 -------
    ");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_quota_that_is_spent() {
    let spend = |platform: &SimulatorHandle| {
        for endpoint in ["draft/count", "draft/batchget"] {
            platform.world().account(APPID).add_usage(endpoint, 1000);
        }
    };
    assert_snapshot!(asked(healthy(), spend).await, @"
    mag: draft/count: the limit of this endpoint is used up: reach max api daily quota limit (errcode 45009, rid xxxxxxxx-xxxxxxxx-xxxxxxxx). It is free again at 00:00 Beijing time (UTC+8); other endpoints are not affected
    ------- exit 6 -------

    mag: 0 drafts read, 0 new versions, 3 calls
    ------- stderr -------
    There was no archive at ./archive.db, so a new one is begun
    Warning: mag: draft/batchget: the limit of this endpoint is used up: reach max api daily quota limit (errcode 45009, rid xxxxxxxx-xxxxxxxx-xxxxxxxx). It is free again at 00:00 Beijing time (UTC+8); other endpoints are not affected
    ------- exit 6 -------
    ");
}
