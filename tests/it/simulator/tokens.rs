//! Tokens, whitelists and call limits.

use super::*;

#[tokio::test]
async fn a_stable_token_shrinks_and_is_renewed_with_an_overlap() {
    let stage = Stage::new().await;
    stage.advance(6000);
    let again = stage.stable_token(false).await;
    assert_eq!((again["access_token"].as_str(), &again["expires_in"]), (Some(stage.token.as_str()), &json!(1200)));
    stage.advance(1000);
    assert_ne!(stage.stable_token(false).await["access_token"], stage.token.as_str());
    assert_eq!(errcode(&stage.get("draft/count").await), 0, "old and new are both good");
    stage.advance(200);
    assert_eq!(errcode(&stage.get("draft/count").await), 42001);
}

#[tokio::test]
async fn a_forced_refresh_voids_the_token_in_use() {
    let stage = Stage::new().await;
    assert_ne!(stage.stable_token(true).await["access_token"], stage.token.as_str());
    let refused = stage.get("draft/count").await;
    assert_eq!(errcode(&refused), 40001);
    assert!(refused["errmsg"].as_str().unwrap().contains("could get access_token by getStableAccessToken"));
    let one = stage.stable_token(true).await;
    assert_eq!(stage.stable_token(false).await["access_token"], one["access_token"], "too soon: nothing was refreshed");
}

#[tokio::test]
async fn somebody_else_may_void_the_token_in_use() {
    let mut stage = Stage::new().await;
    stage.platform.world().account(stage.platform.appid()).revoke_tokens();
    assert_eq!(errcode(&stage.get("draft/count").await), 40001);
    stage.token = stage.stable_token(false).await["access_token"].as_str().unwrap().to_owned();
    assert_eq!(errcode(&stage.get("draft/count").await), 0);
}

#[tokio::test]
async fn the_old_interface_makes_a_new_token_each_time() {
    let mut stage = Stage::new().await;
    let stable = stage.token.clone();
    let [first, second] = [stage.token().await, stage.token().await].map(|answer| answer["access_token"].clone());
    assert_ne!(first, second);
    stage.advance(301);
    stage.token = first.as_str().unwrap().to_owned();
    assert_eq!(errcode(&stage.get("draft/count").await), 40001);
    stage.token = stable;
    assert_eq!(errcode(&stage.get("draft/count").await), 0, "the interfaces do not disturb one another");
    stage.platform.world().behavior.token_kills_stable = true;
    stage.token().await;
    assert_eq!(errcode(&stage.get("draft/count").await), 40001, "but where they do");
}

#[tokio::test]
async fn tokens_that_are_none_are_told_apart() {
    let mut stage = Stage::new().await;
    for (token, code) in [("", 41001), ("nonsense", 40014), ("97_nonsense", 40001)] {
        stage.token = token.to_owned();
        assert_eq!(errcode(&stage.get("draft/count").await), code, "{token}");
    }
}

#[tokio::test]
async fn appid_comes_before_secret_and_secret_before_address() {
    let account = Account::new("wx1", "good").whitelist(&["203.0.113.7"]);
    let stage = Stage::of(account).await;
    let ask = async |appid: &str, secret: &str, grant: &str| {
        let body = json!({"grant_type": grant, "appid": appid, "secret": secret});
        json_of(stage.http.post(stage.url("stable_token")).body(body.to_string()).send().await.unwrap()).await
    };
    for (appid, secret, grant, code) in [
        ("wx1", "good", "password", 40002),
        ("", "good", "client_credential", 41002),
        ("wx1", "", "client_credential", 41004),
        ("wx2", "bad", "client_credential", 40013),
        ("wx1", "bad", "client_credential", 40125),
    ] {
        assert_eq!(errcode(&ask(appid, secret, grant).await), code, "{appid} {secret} {grant}");
    }
    let refused = ask("wx1", "good", "client_credential").await;
    assert_eq!(errcode(&refused), 40164);
    let text = refused["errmsg"].as_str().unwrap();
    assert!(text.starts_with("invalid ip 127.0.0.1 ipv6 ::ffff:127.0.0.1, not in whitelist rid: "), "{text}");

    stage.platform.world().account("wx1").set_whitelist(Some(&["203.0.113.7", "127.0.0.1"]));
    stage.advance(24);
    assert_eq!(errcode(&ask("wx1", "good", "client_credential").await), 40164, "edits take a while");
    stage.advance(1);
    assert_eq!(errcode(&ask("wx1", "good", "client_credential").await), 0);
    stage.platform.world().account("wx1").set_secret("new");
    assert_eq!(errcode(&ask("wx1", "good", "client_credential").await), 40125);
}

#[tokio::test]
async fn every_interface_has_its_own_limit_until_midnight_in_shanghai() {
    let stage = Stage::new().await;
    let draft = stage.draft("标题");
    let usage =
        async || stage.post("openapi/quota/get", json!({"cgi_path": "/cgi-bin/draft/get"})).await["quota"].clone();
    assert_eq!(usage().await, json!({"daily_limit": 500, "used": 0, "remain": 500}));

    stage.platform.world().account(stage.platform.appid()).set_limit("draft/get", 2);
    let read = async || stage.post("draft/get", json!({"media_id": draft})).await;
    assert_eq!([errcode(&read().await), errcode(&read().await)], [0, 0]);
    let refused = read().await;
    assert_eq!(errcode(&refused), 45009);
    assert!(refused["errmsg"].as_str().unwrap().starts_with("reach max api daily quota limit rid: "));
    assert_eq!(usage().await, json!({"daily_limit": 2, "used": 3, "remain": 0}), "refused calls count");
    assert_eq!(errcode(&stage.get("draft/count").await), 0, "others go on");

    stage.advance(6399);
    assert_eq!(errcode(&read().await), 45009);
    stage.advance(1);
    assert_eq!(errcode(&read().await), 0);
}

#[tokio::test]
async fn a_minute_may_have_a_limit_and_resets_are_few() {
    let stage = Stage::new().await;
    stage.platform.world().account(stage.platform.appid()).set_minute_limit("draft/count", 1);
    let codes = [stage.get("draft/count").await, stage.get("draft/count").await].map(|answer| errcode(&answer));
    assert_eq!(codes, [0, 45011]);
    stage.advance(60);
    assert_eq!(errcode(&stage.get("draft/count").await), 0);
    let limits = stage.post("openapi/quota/get", json!({"cgi_path": "/cgi-bin/draft/count"})).await;
    assert_eq!(limits["rate_limit"], json!({"call_count": 1, "refresh_second": 60}));

    for (path, code) in [("https://api.weixin.qq.com/cgi-bin/draft/get", 76003), ("/cgi-bin/draft/gte", 76021)] {
        assert_eq!(errcode(&stage.post("openapi/quota/get", json!({"cgi_path": path})).await), code);
    }
    let clear = async || errcode(&stage.post("clear_quota", json!({"appid": stage.platform.appid()})).await);
    for _ in 0..10 {
        assert_eq!(clear().await, 0);
    }
    assert_eq!(clear().await, 48006);
}

#[tokio::test]
async fn accounts_of_every_kind_get_what_they_may() {
    use draftkeep::simulator::Profile::*;
    for (profile, drafts, publishing) in
        [(Verified, 0, 0), (Personal, 0, 48001), (Expired, 48001, 48001), (Punished, 48004, 48004)]
    {
        let stage = Stage::of(Account::new("wx1", "good").profile(profile)).await;
        let codes = [stage.get("draft/count").await, stage.post("freepublish/batchget", json!({"count": 1})).await];
        assert_eq!(codes.map(|answer| errcode(&answer)), [drafts, publishing], "{profile:?}");
    }
    let stage = Stage::of(Account::new("wx1", "good").profile(Test)).await;
    let limits = stage.post("openapi/quota/get", json!({"cgi_path": "/cgi-bin/draft/get"})).await;
    assert_eq!(limits["quota"]["daily_limit"], 50);
}

#[tokio::test]
async fn accounts_of_one_platform_know_nothing_of_each_other() {
    let accounts = vec![Account::new("wx1", "one"), Account::new("wx2", "two")];
    let stage = Stage::with(Settings { accounts, ..Settings::default() }).await;
    let other = stage.platform.world().account("wx2").create(vec![Article::news("别人的", "<p>字</p>")]);
    assert_eq!(stage.get("draft/count").await["total_count"], 0);
    assert_eq!(errcode(&stage.post("draft/get", json!({"media_id": other})).await), 40007);
}
