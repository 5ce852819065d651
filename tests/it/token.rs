//! The access token: cached, renewed, recovered step by step, read from another program, and never shown.

use std::io::Write;
use std::sync::{Arc, Mutex, OnceLock};
use std::time::Duration;

use draftkeep::clock::Clock;
use draftkeep::config::{Account, Credentials, SecretSource, TokenSource};
use draftkeep::wechat::{Client, ErrorKind};

use crate::client::{SECRET, account, calls, media_id, seconds_passed, setup, start_of_time};
use crate::scripted::{Reply, Scripted};

const DRAFT: &str = r#"{"news_item":[{}]}"#;

fn refused() -> Reply {
    Reply::errcode(40001, "invalid credential, access_token is invalid or not latest rid: 6a1b2c3d-0f1e2d3c-4b5a6978")
}

#[tokio::test]
async fn a_token_serves_until_five_minutes_before_its_end() {
    let (server, client, clock) = setup().await;
    server.on("stable_token", [Reply::token("97_first"), Reply::token("97_second")]);
    server.on("draft/get", [Reply::ok(DRAFT)]);
    for (after, tokens) in [(0, 1), (6899, 1), (1, 2), (6899, 2)] {
        clock.advance(Duration::from_secs(after));
        client.draft_get(&media_id()).await.unwrap();
        assert_eq!(server.requests("stable_token").len(), tokens);
    }
    assert_eq!(server.tokens("draft/get"), ["97_first", "97_first", "97_second", "97_second"]);
}

/// Once, a failed renewal discarded the valid token.
#[tokio::test]
async fn a_token_that_cannot_be_renewed_early_serves_until_its_end() {
    let (server, client, clock) = setup().await;
    let blocked = Reply::errcode(40164, "invalid ip 203.0.113.7, not in whitelist");
    server.on(
        "stable_token",
        [Reply::token("97_first"), blocked.clone(), blocked.clone(), blocked, Reply::token("97_second")],
    );
    server.on("draft/get", [Reply::ok(DRAFT)]);
    for (after, tokens) in [(0, 1), (6900, 2), (59, 2), (1, 3)] {
        clock.advance(Duration::from_secs(after));
        client.draft_get(&media_id()).await.unwrap();
        assert_eq!(server.requests("stable_token").len(), tokens, "once a minute");
    }
    // Its last second, and then its end.
    clock.advance(Duration::from_secs(239));
    client.draft_get(&media_id()).await.unwrap();
    assert_eq!(server.tokens("draft/get"), ["97_first"; 5]);
    clock.advance(Duration::from_secs(1));
    client.draft_get(&media_id()).await.unwrap();
    assert_eq!(server.tokens("draft/get")[5], "97_second");
    assert_eq!(server.requests("stable_token").len(), 5);
}

#[tokio::test]
async fn the_end_of_a_token_that_cannot_be_renewed_is_told() {
    let (server, client, clock) = setup().await;
    server.on("stable_token", [Reply::token("97_first"), Reply::errcode(40125, "invalid appsecret")]);
    server.on("draft/get", [Reply::ok(DRAFT)]);
    for (after, good) in [(0, true), (6900, true), (300, false)] {
        clock.advance(Duration::from_secs(after));
        assert_eq!(client.draft_get(&media_id()).await.is_ok(), good, "{after}");
    }
}

#[tokio::test]
async fn ten_calls_at_once_ask_for_one_token() {
    let (server, client, _) = setup().await;
    server.on("draft/get", [Reply::ok(DRAFT)]);
    let calls = (0..10).map(|_| {
        let client = client.clone();
        tokio::spawn(async move { client.draft_get(&media_id()).await })
    });
    for call in calls.collect::<Vec<_>>() {
        call.await.unwrap().unwrap();
    }
    assert_eq!(server.requests("stable_token").len(), 1);
}

#[tokio::test]
async fn ten_calls_refused_at_once_renew_it_once() {
    let (server, client, clock) = setup().await;
    server.on("stable_token", [Reply::token("97_first"), Reply::token("97_second")]);
    let mut replies = vec![Reply::errcode(42001, "access_token expired"); 10];
    replies.push(Reply::ok(DRAFT));
    server.on("draft/get", replies);
    let calls = (0..10).map(|_| {
        let client = client.clone();
        tokio::spawn(async move { client.draft_get(&media_id()).await })
    });
    for call in calls.collect::<Vec<_>>() {
        call.await.unwrap().unwrap();
    }
    assert_eq!(server.requests("stable_token").len(), 2);
    assert_eq!(server.requests("draft/get").len(), 20);
    assert_eq!(seconds_passed(&clock), 0);
}

#[tokio::test]
async fn ten_calls_that_wait_for_one_failing_token_share_its_error() {
    let (server, client, _) = setup().await;
    server.on("stable_token", [Reply::errcode(40125, "invalid appsecret")]);
    let calls = (0..10).map(|_| {
        let client = client.clone();
        tokio::spawn(async move { client.draft_get(&media_id()).await })
    });
    for call in calls.collect::<Vec<_>>() {
        assert_eq!(call.await.unwrap().unwrap_err().kind, ErrorKind::Credentials);
    }
    assert_eq!(server.requests("stable_token").len(), 1);
    client.check_token().await.unwrap_err();
    assert_eq!(server.requests("stable_token").len(), 2, "a later call asks again");
}

#[tokio::test]
async fn a_refused_token_is_renewed_and_the_call_made_again() {
    for code in [40001, 40014, 42001] {
        let (server, client, clock) = setup().await;
        server.on("stable_token", [Reply::token("97_first"), Reply::token("97_second")]);
        server.on("draft/get", [Reply::errcode(code, "no"), Reply::ok(DRAFT)]);
        client.draft_get(&media_id()).await.unwrap();
        assert_eq!(server.tokens("draft/get"), ["97_first", "97_second"]);
        assert_eq!(seconds_passed(&clock), 0);
    }
}

#[tokio::test]
async fn an_add_refused_for_its_token_did_nothing_and_is_made_again() {
    let (server, client, _) = setup().await;
    server.on("stable_token", [Reply::token("97_first"), Reply::token("97_second")]);
    server.on("draft/add", [refused(), Reply::ok(r#"{"media_id":"NEW"}"#)]);
    client.draft_add(&serde_json::json!([{}])).await.unwrap();
    assert_eq!(server.tokens("draft/add"), ["97_first", "97_second"]);
}

#[tokio::test]
async fn the_same_token_again_is_waited_for() {
    let (server, client, clock) = setup().await;
    server.on("stable_token", [Reply::token("97_first"), Reply::token("97_first"), Reply::token("97_second")]);
    server.on("draft/get", [refused(), Reply::ok(DRAFT)]);
    client.draft_get(&media_id()).await.unwrap();
    assert_eq!(server.tokens("draft/get"), ["97_first", "97_second"]);
    assert_eq!(seconds_passed(&clock), 30);
    assert_eq!(calls(&client), ["stable_token 3", "draft/get 2"]);
}

#[tokio::test]
async fn a_token_is_forced_last_and_within_the_budget() {
    let (server, client, clock) = setup().await;
    server.on(
        "stable_token",
        [Reply::token("97_first"), Reply::token("97_first"), Reply::token("97_first"), Reply::token("97_forced")],
    );
    server.on("draft/get", [refused(), refused(), Reply::ok(DRAFT)]);
    client.set_forced_refresh_budget(1);
    client.draft_get(&media_id()).await.unwrap();
    assert_eq!(server.tokens("draft/get"), ["97_first", "97_first", "97_forced"]);
    let forced = server.requests("stable_token").into_iter().map(|request| request.json()["force_refresh"] == true);
    assert_eq!(forced.collect::<Vec<_>>(), [false, false, false, true]);
    assert_eq!(seconds_passed(&clock), 30);
    assert_eq!(calls(&client), ["stable_token 3", "stable_token/force 1", "draft/get 3"]);
}

#[tokio::test]
async fn a_token_that_was_accepted_since_is_new_trouble() {
    let (server, client, _) = setup().await;
    let mut tokens = vec![Reply::token("97_first"); 3];
    tokens.push(Reply::token("97_second"));
    server.on("stable_token", tokens);
    server.on("draft/get", [refused(), Reply::ok(DRAFT), refused(), Reply::ok(DRAFT)]);
    client.set_forced_refresh_budget(3);
    client.draft_get(&media_id()).await.unwrap();
    client.draft_get(&media_id()).await.unwrap();
    assert_eq!(calls(&client), ["stable_token 4", "draft/get 4"], "nothing was forced");
}

#[tokio::test]
async fn a_forced_token_that_is_refused_ends_the_ladder() {
    let (server, client, _) = setup().await;
    server.on("draft/get", [refused()]);
    client.set_forced_refresh_budget(3);
    let error = client.draft_get(&media_id()).await.unwrap_err();
    assert_eq!((error.kind.clone(), error.code), (ErrorKind::Token, Some(40001)));
    assert_eq!(error.rid.as_deref(), Some("6a1b2c3d-0f1e2d3c-4b5a6978"));
    assert!(error.affects_further_calls() && error.is_account_level());
    assert_eq!(calls(&client), ["stable_token 3", "stable_token/force 1", "draft/get 3"]);
    // The next poll starts from the first stage.
    server.on("stable_token", [Reply::token("97_mended")]).on("draft/get", [Reply::ok(DRAFT)]);
    client.draft_get(&media_id()).await.unwrap();
    assert_eq!(calls(&client), ["stable_token 1", "draft/get 1"]);
}

#[tokio::test]
async fn nothing_is_forced_without_a_budget() {
    let (server, client, _) = setup().await;
    server.on("draft/get", [refused()]);
    assert_eq!(client.draft_get(&media_id()).await.unwrap_err().kind, ErrorKind::Token);
    assert_eq!(calls(&client), ["stable_token 3", "draft/get 2"]);
}

#[tokio::test]
async fn ten_calls_in_the_ladder_climb_it_once() {
    let (server, client, clock) = setup().await;
    server.on("draft/get", [refused()]);
    client.set_forced_refresh_budget(3);
    let pending = (0..10).map(|_| {
        let client = client.clone();
        tokio::spawn(async move { client.draft_get(&media_id()).await })
    });
    for call in pending.collect::<Vec<_>>() {
        assert_eq!(call.await.unwrap().unwrap_err().kind, ErrorKind::Token);
    }
    let calls = calls(&client);
    assert_eq!(calls[..2], ["stable_token 3", "stable_token/force 1"]);
    assert!(seconds_passed(&clock) < 40, "one wait for all: {}", seconds_passed(&clock));
}

#[tokio::test]
async fn a_wrong_secret_is_told_at_once() {
    for code in [40001, 40013, 40125, 40243] {
        let (server, client, clock) = setup().await;
        server.on("stable_token", [Reply::errcode(code, "no")]);
        let error = client.check_token().await.unwrap_err();
        assert_eq!(error.kind, ErrorKind::Credentials);
        assert!(error.is_account_level());
        assert_eq!((server.requests("stable_token").len(), seconds_passed(&clock)), (1, 0));
    }
}

#[tokio::test]
async fn an_address_that_is_not_whitelisted_is_shown() {
    let (server, client, _) = setup().await;
    let errmsg = "invalid ip 203.0.113.24 ipv6 ::ffff:203.0.113.24, not in whitelist rid: 6a1b2c3d-0f1e2d3c-4b5a6978";
    server.on("stable_token", [Reply::errcode(40164, errmsg)]);
    let error = client.check_token().await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::IpNotWhitelisted { ip: Some("203.0.113.24".parse().unwrap()) });
    insta::assert_snapshot!(error, @"stable_token: this machine's address 203.0.113.24 is not in the account's IP whitelist: invalid ip 203.0.113.24 ipv6 ::ffff:203.0.113.24, not in whitelist (errcode 40164, rid 6a1b2c3d-0f1e2d3c-4b5a6978). Add it at mp.weixin.qq.com: 设置与开发 → 开发接口管理 (or 基本配置) → IP白名单; it takes effect after about 30 seconds");
}

#[tokio::test]
async fn trouble_with_the_token_passes_like_any_other() {
    let (server, client, clock) = setup().await;
    server.on("stable_token", [Reply::errcode(-1, "system error"), Reply::HangUp, Reply::token("97_first")]);
    client.check_token().await.unwrap();
    assert!((3..=4).contains(&seconds_passed(&clock)));
}

/// A client for an account with these credentials.
fn client_with(server: &Scripted, credentials: Credentials) -> Client {
    let account = Account { credentials, ..account(&server.base) };
    Client::new(&account, Clock::fixed(start_of_time())).unwrap()
}

#[tokio::test]
async fn a_secret_is_read_anew_each_time() {
    let (server, _, _) = setup().await;
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("mag.secret");
    let client = client_with(&server, Credentials::Secret(SecretSource::File(path.clone())));
    let missing = client.check_token().await.unwrap_err();
    assert_eq!((missing.kind.clone(), missing.endpoint), (ErrorKind::Local, None));
    assert!(missing.to_string().contains("mag.secret"), "{missing}");
    assert!(client.drain_usage().is_empty());
    std::fs::write(&path, format!("{SECRET}\r\n")).unwrap();
    client.check_token().await.unwrap();
    assert_eq!(server.requests("stable_token")[0].json()["secret"], SECRET);
}

#[tokio::test]
async fn a_secret_may_stand_in_the_environment() {
    let (server, _, _) = setup().await;
    let client = client_with(&server, Credentials::Secret(SecretSource::Env("CARGO_PKG_NAME".to_owned())));
    client.check_token().await.unwrap();
    assert_eq!(server.requests("stable_token")[0].json()["secret"], "draftkeep");
}

#[tokio::test]
async fn a_keepers_token_is_read_again_when_it_is_refused() {
    let (server, _, _) = setup().await;
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("token");
    std::fs::write(&path, "97_kept\n").unwrap();
    let client = client_with(&server, Credentials::Token(TokenSource::File(path.clone())));
    server.on("draft/get", [Reply::ok(DRAFT)]);
    client.draft_get(&media_id()).await.unwrap();

    server.on("draft/get", [refused(), Reply::ok(DRAFT)]);
    std::fs::write(&path, "97_renewed\n").unwrap();
    client.draft_get(&media_id()).await.unwrap();
    assert_eq!(server.tokens("draft/get"), ["97_kept", "97_kept", "97_renewed"]);

    server.on("draft/get", [refused()]);
    let error = client.draft_get(&media_id()).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::ExternalToken);
    assert!(error.affects_further_calls() && error.is_account_level());
    insta::assert_snapshot!(error, @"draft/get: the platform refuses the access token that `token` names: invalid credential, access_token is invalid or not latest (errcode 40001, rid 6a1b2c3d-0f1e2d3c-4b5a6978). Whoever keeps it must renew it; it is read again at the next call");
    assert!(server.requests("stable_token").is_empty());
    assert_eq!(calls(&client), ["draft/get 4"], "and no token was asked for");
}

#[tokio::test]
async fn a_token_server_may_answer_in_several_ways() {
    let (server, _, _) = setup().await;
    server.on("draft/get", [Reply::ok(DRAFT)]);
    for answer in [
        "97_kept\n",
        r#"{"access_token":"97_kept","expires_in":7200}"#,
        r#"{"authorizer_access_token":"97_kept","authorizer_refresh_token":"refreshtoken@@@x"}"#,
    ] {
        server.on("/token", [Reply::ok(answer)]);
        let url = format!("{}/token?key=hunter2", server.base);
        let client = client_with(&server, Credentials::Token(TokenSource::Url(url)));
        client.draft_get(&media_id()).await.unwrap();
        assert_eq!(server.tokens("draft/get").last().unwrap(), "97_kept");
    }
}

#[tokio::test]
async fn a_token_server_that_gives_none_is_told_without_its_key() {
    let (server, _, _) = setup().await;
    for reply in [
        Reply::ok(r#"{"errcode":40001,"errmsg":"no"}"#),
        Reply::ok("<html>sign in</html>"),
        Reply::ok(""),
        Reply::ok("two words"),
        Reply::with("403 Forbidden", "", "no"),
        Reply::HangUp,
    ] {
        server.on("/token", [reply]);
        let url = format!("{}/token?key=hunter2", server.base);
        let client = client_with(&server, Credentials::Token(TokenSource::Url(url)));
        let error = client.check_token().await.unwrap_err();
        assert_eq!(error.kind, ErrorKind::Local);
        assert!(error.to_string().contains(&server.base), "{error}");
        assert!(!format!("{error} {error:?}").contains("hunter2"), "{error:?}");
    }
}

#[tokio::test]
async fn nothing_that_opens_a_door_is_ever_shown() {
    let log = Log::of_all_tests();
    let (server, client, _) = setup().await;
    let mut shown = String::new();
    let echo = |code: i64, what: &str| {
        Reply::errcode(code, &format!("no: /cgi-bin/x?access_token={what}&y=1 secret={what} {what}, \"{what}\""))
    };
    for reply in [echo(40125, SECRET), echo(40164, SECRET), echo(-1, SECRET), Reply::ok(SECRET), Reply::HangUp] {
        server.on("stable_token", [reply]);
        let error = client.check_token().await.unwrap_err();
        shown += &format!("{error} {error:?} {error:#?}\n");
    }
    server.on("stable_token", [Reply::token("97_first")]);
    client.set_forced_refresh_budget(1);
    let html =
        |status| Reply::with(status, "Location: /?access_token=97_first\r\n", "<a href='?access_token=97_first'>");
    for reply in [
        echo(40007, "97_first"),
        echo(40001, "97_first"),
        echo(99999, "97_first"),
        Reply::ok("97_first"),
        html("200 OK"),
        html("302 Found"),
        html("502 Bad Gateway"),
        Reply::HangUp,
        Reply::CutShort(b"97_first".to_vec()),
    ] {
        server.on("draft/get", [reply]);
        let error = client.draft_get(&media_id()).await.unwrap_err();
        shown += &format!("{error} {error:?} {error:#?}\n");
    }
    let logged = log.text();
    assert!(logged.contains("retrying the call") && logged.contains("forcing a refresh"), "the log was listened to");
    assert!(shown.contains("[REDACTED]"), "the echo was listened to");
    for text in [shown, logged] {
        for opener in [SECRET, "97_first"] {
            let line = text.lines().find(|line| line.contains(opener));
            assert_eq!(line, None);
        }
    }
}

/// Log output kept in memory.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Log {
    /// The log of everything that runs in this process, from now on. A subscriber of one thread would miss events whose
    /// callsites another thread meets at the same moment.
    fn of_all_tests() -> Self {
        static LOG: OnceLock<Log> = OnceLock::new();
        let log = LOG.get_or_init(|| {
            let log = Self::default();
            let writer = log.clone();
            let subscriber = tracing_subscriber::fmt().with_max_level(tracing::Level::TRACE);
            let subscriber = subscriber.with_writer(move || writer.clone()).with_ansi(false).finish();
            tracing::subscriber::set_global_default(subscriber).expect("the first of this process");
            log
        });
        log.clone()
    }

    fn text(&self) -> String {
        String::from_utf8_lossy(&self.0.lock().unwrap()).into_owned()
    }
}

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}
