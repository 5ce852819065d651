//! The platform's client against a scripted server: its requests, and how it handles every kind of answer.

use chrono::TimeDelta;
use draftkeep::clock::Clock;
use draftkeep::config::{Account, Assets, Credentials, DraftSelection, PollMode, QuotaShare, SecretSource};
use draftkeep::model::{Endpoint, MediaId, Timestamp};
use draftkeep::schedule::Schedule;
use draftkeep::wechat::{Client, ErrorKind, IncludeContent};
use serde_json::json;

use crate::scripted::{Reply, Request, Scripted};

pub(crate) const SECRET: &str = "5ec2e7000000000000000000005ec2e7";

const DRAFT: &str = r#"{"news_item":[{"title":"秋"}],"update_time":1790003600}"#;

/// An account whose AppSecret a command prints.
pub(crate) fn account(api_base: &str) -> Account {
    let words = ["printf", "%s\n", SECRET].map(str::to_owned).to_vec();
    Account {
        name: "mag".parse().unwrap(),
        appid: "wx0a1b2c3d4e5f6071".to_owned(),
        credentials: Credentials::Secret(SecretSource::Command(words)),
        drafts: DraftSelection::All,
        poll_mode: PollMode::Cron(Schedule::parse("*/5 * * * *", chrono_tz::Asia::Shanghai).unwrap()),
        zone: chrono_tz::Asia::Shanghai,
        quota_share: QuotaShare::default(),
        shrunk_share: draftkeep::model::ShrunkShare::default(),
        api_base: api_base.to_owned(),
        fields: Default::default(),
        assets: Assets::All,
        asset_limit: 20 << 20,
        gate: draftkeep::config::GatePolicy::default(),
        image_base: Some(api_base.to_owned()),
        proxy: None,
        ca_file: None,
    }
}

pub(crate) fn start_of_time() -> Timestamp {
    "2026-09-01T02:00:00Z".parse().unwrap()
}

/// A server that issues a token, a client for it, and the client's clock.
pub(crate) async fn setup() -> (Scripted, Client, Clock) {
    let server = Scripted::start().await;
    server.on("stable_token", [Reply::token("97_first")]);
    let clock = Clock::fixed(start_of_time());
    let client = Client::new(&account(&server.base), clock.clone()).unwrap();
    (server, client, clock)
}

pub(crate) fn media_id() -> MediaId {
    MediaId::new("Qm7xDraft")
}

pub(crate) fn seconds_passed(clock: &Clock) -> i64 {
    (clock.now() - start_of_time()).num_seconds()
}

/// The calls made since the last look, as `endpoint count`.
pub(crate) fn calls(client: &Client) -> Vec<String> {
    client.drain_usage().iter().map(|calls| format!("{} {}", calls.endpoint, calls.count)).collect()
}

#[tokio::test]
async fn requests_are_what_the_platform_documents() {
    let (server, client, _) = setup().await;
    server
        .on("draft/get", [Reply::ok(DRAFT)])
        .on("draft/batchget", [Reply::ok(r#"{"item":[],"total_count":0}"#)])
        .on("draft/count", [Reply::ok(r#"{"total_count":15}"#)])
        .on("draft/add", [Reply::ok(r#"{"media_id":"NEW","item":[]}"#)])
        .on("draft/update", [Reply::ok(r#"{"errcode":0,"errmsg":"ok"}"#)])
        .on("freepublish/batchget", [Reply::ok(r#"{"item":[],"total_count":0}"#)])
        .on("openapi/quota/get", [Reply::ok(r#"{"errcode":0,"quota":{"daily_limit":500,"used":37,"remain":463}}"#)]);
    client.draft_get(&media_id()).await.unwrap();
    client.draft_batchget(20, 20, IncludeContent::No).await.unwrap();
    assert_eq!(client.draft_count().await.unwrap(), 15);
    assert_eq!(client.draft_add(&json!([{"title": "秋季/新品"}])).await.unwrap(), MediaId::new("NEW"));
    client.draft_update(&media_id(), 1, &json!({"title": "冬"})).await.unwrap();
    assert!(client.freepublish_batchget(20, 20).await.unwrap().published.is_empty());
    assert_eq!(client.quota_get(Endpoint::DraftGet).await.unwrap().remain, 463);
    client.quota_get(Endpoint::StableTokenForce).await.unwrap();

    let token = &server.requests("stable_token")[0];
    let expected = json!({"grant_type": "client_credential", "appid": "wx0a1b2c3d4e5f6071", "secret": SECRET, "force_refresh": false});
    assert_eq!((token.method.as_str(), token.target.as_str()), ("POST", "/cgi-bin/stable_token"));
    assert_eq!(token.json(), expected);

    let get = &server.requests("draft/get")[0];
    assert_eq!((get.method.as_str(), get.target.as_str()), ("POST", "/cgi-bin/draft/get?access_token=97_first"));
    assert_eq!(get.headers["content-type"], "application/json; charset=utf-8");
    assert_eq!(get.headers["user-agent"], format!("draftkeep/{}", env!("CARGO_PKG_VERSION")));
    assert_eq!(get.body, br#"{"media_id":"Qm7xDraft"}"#);
    assert_eq!(server.requests("draft/batchget")[0].json(), json!({"offset": 20, "count": 20, "no_content": 1}));
    assert_eq!(server.requests("draft/count")[0].method, "GET");
    let raw_utf8 = r#"{"articles":[{"title":"秋季/新品"}]}"#;
    assert_eq!(server.requests("draft/add")[0].body, raw_utf8.as_bytes());
    let update = json!({"media_id": "Qm7xDraft", "index": 1, "articles": {"title": "冬"}});
    assert_eq!(server.requests("draft/update")[0].json(), update);
    assert_eq!(server.requests("freepublish/batchget")[0].json(), json!({"offset": 20, "count": 20, "no_content": 1}));
    let paths: Vec<_> = server.requests("openapi/quota/get").iter().map(Request::json).collect();
    assert_eq!(paths, ["/cgi-bin/draft/get", "/cgi-bin/stable_token"].map(|path| json!({ "cgi_path": path })));

    let each = [
        "stable_token 1",
        "draft/get 1",
        "draft/batchget 1",
        "draft/count 1",
        "draft/add 1",
        "draft/update 1",
        "freepublish/batchget 1",
        "openapi/quota/get 2",
    ];
    assert_eq!(calls(&client), each);
    assert!(client.drain_usage().is_empty(), "calls are handed over once");
}

#[tokio::test]
async fn a_document_is_the_bytes_that_came_compressed_or_not() {
    let (server, client, _) = setup().await;
    let document = b"\xef\xbb\xbf{\"update_time\":\"1790003600\",\"news_item\":[{\"content\":\"\x01\xff<\\/p>\"}]}\n";
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    std::io::Write::write_all(&mut gzip, document).unwrap();
    let compressed = gzip.finish().unwrap();
    server.on("draft/get", [Reply::ok(document), Reply::with("200 OK", "Content-Encoding: gzip\r\n", compressed)]);
    for _ in 0..2 {
        let fetched = client.draft_get(&media_id()).await.unwrap();
        assert_eq!(fetched.document, document);
        assert_eq!(fetched.update_time, Some(1_790_003_600));
    }
}

#[tokio::test]
async fn connections_are_reused() {
    let (server, client, _) = setup().await;
    server.on("draft/get", [Reply::ok(DRAFT)]);
    for _ in 0..10 {
        client.draft_get(&media_id()).await.unwrap();
    }
    assert_eq!(server.connections(), 1);
}

#[tokio::test]
async fn trouble_passes_and_every_try_is_counted() {
    let (server, client, clock) = setup().await;
    let html = "<html><title>502 Bad Gateway</title></html>";
    server.on(
        "draft/get",
        [
            Reply::with("502 Bad Gateway", "Content-Type: text/html\r\n", html),
            Reply::with("200 OK", "Content-Type: text/html\r\n", html),
            Reply::errcode(-1, "system error"),
            Reply::ok(r#"{"news_item":[{"title":"half an ans"#),
            Reply::ok(DRAFT),
        ],
    );
    client.draft_get(&media_id()).await.unwrap();
    assert_eq!(calls(&client), ["stable_token 1", "draft/get 5"]);
    assert!((15..=19).contains(&seconds_passed(&clock)), "1, 2, 4 and 8 seconds, and jitter");
}

#[tokio::test]
async fn trouble_that_stays_is_told_and_is_no_fact() {
    let (server, client, _) = setup().await;
    let empty = Reply::ok("");
    for (reply, kind, tries) in [
        (Reply::with("503 Service Unavailable", "", ""), ErrorKind::Busy, 5),
        (empty, ErrorKind::Busy, 5),
        (Reply::errcode(-1, "system error"), ErrorKind::Busy, 5),
        (Reply::ok(r#"{"errcode":0,"errmsg":"ok"}"#), ErrorKind::Unexpected, 2),
        (Reply::HangUp, ErrorKind::Unreachable { sent: true }, 3),
        (Reply::CutShort(DRAFT.into()), ErrorKind::Unreachable { sent: true }, 3),
        (Reply::with("200 OK", "Content-Encoding: gzip\r\n", "no gzip"), ErrorKind::Unreachable { sent: true }, 3),
        (Reply::with("302 Found", "Location: /elsewhere\r\n", ""), ErrorKind::UnexpectedStatus, 1),
        (Reply::with("404 Not Found", "", "nginx"), ErrorKind::UnexpectedStatus, 1),
        (Reply::ok(r#"{"iv":"aa","data":"bb","authtag":"cc"}"#), ErrorKind::SecurityMode, 1),
        (Reply::errcode(40007, "invalid media_id"), ErrorKind::NotFound, 1),
        (Reply::errcode(48001, "api unauthorized"), ErrorKind::Permission, 1),
        (Reply::errcode(45009, "reach max api daily quota limit"), ErrorKind::Quota, 1),
    ] {
        let before = server.requests("draft/get").len();
        server.on("draft/get", [reply.clone()]);
        let error = client.draft_get(&media_id()).await.unwrap_err();
        assert_eq!(error.kind, kind, "{reply:?}");
        assert_eq!(server.requests("draft/get").len() - before, tries, "{reply:?}");
        assert_eq!(error.endpoint, Some(Endpoint::DraftGet));
        assert!(!error.has_unknown_effect());
    }
    assert!(server.requests("/elsewhere").is_empty(), "redirects are not followed");
}

#[tokio::test]
async fn the_minute_limit_is_waited_out_once() {
    let (server, client, clock) = setup().await;
    let slower = Reply::errcode(45011, "api minute-quota reach limit  mustslower  retry next minute");
    server.on("draft/get", [slower.clone(), Reply::ok(DRAFT), slower]);
    client.draft_get(&media_id()).await.unwrap();
    assert!((60..=75).contains(&seconds_passed(&clock)));
    assert_eq!(client.draft_get(&media_id()).await.unwrap_err().kind, ErrorKind::RateLimited);
    assert_eq!(server.requests("draft/get").len(), 4);
}

#[tokio::test]
async fn many_calls_keep_below_the_minute_limit() {
    let (server, client, clock) = setup().await;
    server.on("draft/get", [Reply::ok(DRAFT)]);
    for _ in 0..20 {
        client.draft_get(&media_id()).await.unwrap();
    }
    assert_eq!(seconds_passed(&clock), 0, "a small poll is not held up");
    for _ in 20..80 {
        client.draft_get(&media_id()).await.unwrap();
    }
    assert_eq!(seconds_passed(&clock), 20);
}

#[tokio::test]
async fn nobody_there_is_tried_again_and_not_counted() {
    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let clock = Clock::fixed(start_of_time());
    let client = Client::new(&account(&format!("http://{closed}")), clock.clone()).unwrap();
    let error = client.draft_get(&media_id()).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Unreachable { sent: false });
    assert!(error.affects_further_calls(), "a poll need not try its other drafts");
    assert!((14..=18).contains(&seconds_passed(&clock)), "2, 4 and 8 seconds, and jitter");
    assert!(client.drain_usage().is_empty());
}

#[tokio::test]
async fn an_add_whose_answer_was_lost_is_not_repeated() {
    let (server, client, clock) = setup().await;
    let articles = json!([{"title": "秋"}]);
    let lost = [
        Reply::HangUp,
        Reply::CutShort(b"{".to_vec()),
        Reply::with("502 Bad Gateway", "", ""),
        Reply::errcode(-1, "system error"),
        Reply::ok("{}"),
    ];
    for (sent, reply) in lost.into_iter().enumerate() {
        server.on("draft/add", [reply]);
        let error = client.draft_add(&articles).await.unwrap_err();
        assert_eq!(server.requests("draft/add").len(), sent + 1);
        assert!(error.has_unknown_effect());
        assert!(error.to_string().contains("unknown whether it took effect"), "{error}");
    }
    server.on("draft/add", [Reply::errcode(45166, "invalid content")]);
    let error = client.draft_add(&articles).await.unwrap_err();
    assert!(!error.has_unknown_effect() && error.kind == ErrorKind::ContentRejected);
    assert_eq!(seconds_passed(&clock), 0);
}

#[tokio::test]
async fn an_update_may_be_repeated_and_never_says_that_a_draft_is_gone() {
    let (server, client, _) = setup().await;
    server.on("draft/update", [Reply::HangUp, Reply::ok(r#"{"errcode":0,"errmsg":"ok"}"#)]);
    client.draft_update(&media_id(), 0, &json!({})).await.unwrap();
    server.on("draft/update", [Reply::errcode(40007, "invalid media_id")]);
    assert_eq!(client.draft_update(&media_id(), 0, &json!({})).await.unwrap_err().kind, ErrorKind::InvalidRequest);
}

#[tokio::test]
async fn the_reads_beside_the_drafts_are_repeated_and_say_nothing_of_a_draft() {
    let (server, client, _) = setup().await;
    server.on("freepublish/batchget", [Reply::HangUp, Reply::errcode(40007, "invalid media_id")]);
    server.on("openapi/quota/get", [Reply::errcode(-1, "system error"), Reply::errcode(46001, "no such media")]);
    assert_eq!(client.freepublish_batchget(0, 20).await.unwrap_err().kind, ErrorKind::InvalidRequest);
    assert_eq!(client.quota_get(Endpoint::DraftGet).await.unwrap_err().kind, ErrorKind::InvalidRequest);
    server.on("freepublish/batchget", [Reply::errcode(48001, "api unauthorized")]);
    assert_eq!(client.freepublish_batchget(0, 20).await.unwrap_err().kind, ErrorKind::Permission);
}

#[tokio::test]
async fn an_answer_without_end_is_left_unread() {
    let (server, client, _) = setup().await;
    server.on("draft/get", [Reply::Endless]);
    assert_eq!(client.draft_get(&media_id()).await.unwrap_err().kind, ErrorKind::Oversize);
    assert_eq!(server.requests("draft/get").len(), 1, "and not asked for again");
    let allowed = 32 << 20;
    // The kernel's buffers hold what the server has sent and nobody has read.
    assert!((allowed..allowed + (16 << 20)).contains(&server.bytes_sent()), "{}", server.bytes_sent());
}

#[tokio::test]
async fn an_answer_that_unpacks_to_too_much_is_left_unread() {
    let (server, client, _) = setup().await;
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    let megabyte = vec![b' '; 1 << 20];
    (0..33).for_each(|_| std::io::Write::write_all(&mut gzip, &megabyte).unwrap());
    let bomb = gzip.finish().unwrap();
    server.on("draft/get", [Reply::with("200 OK", "Content-Encoding: gzip\r\n", bomb)]);
    assert_eq!(client.draft_get(&media_id()).await.unwrap_err().kind, ErrorKind::Oversize);
}

#[tokio::test]
async fn an_announced_giant_is_refused_at_once() {
    let (server, client, _) = setup().await;
    server.on("draft/get", [Reply::with("200 OK", "", vec![b' '; (32 << 20) + 1])]);
    assert_eq!(client.draft_get(&media_id()).await.unwrap_err().kind, ErrorKind::Oversize);
    let just_fits = [DRAFT.as_bytes(), &vec![b' '; (32 << 20) - DRAFT.len()]].concat();
    server.on("draft/get", [Reply::ok(just_fits)]);
    assert_eq!(client.draft_get(&media_id()).await.unwrap().document.len(), 32 << 20);
}

#[tokio::test]
async fn an_explicit_proxy_is_asked_even_for_loopback() {
    let proxy = Scripted::start().await;
    proxy.on("stable_token", [Reply::token("97_first")]).on("draft/count", [Reply::ok(r#"{"total_count":1}"#)]);
    let through = Account { proxy: Some(proxy.base.clone()), ..account("http://127.0.0.1:9") };
    let client = Client::new(&through, Clock::fixed(start_of_time())).unwrap();
    assert_eq!(client.draft_count().await.unwrap(), 1);
    assert_eq!(proxy.requests("draft/count")[0].target, "http://127.0.0.1:9/cgi-bin/draft/count?access_token=97_first");
}

#[tokio::test]
async fn a_proxy_that_is_no_address_is_told_without_its_password() {
    let broken = Account { proxy: Some("http://user:hunter2@[".to_owned()), ..account("http://127.0.0.1:9") };
    let error = Client::new(&broken, Clock::system()).err().unwrap();
    insta::assert_snapshot!(error, @"on this machine: the address in `proxy` is not valid");
    assert!(!format!("{error:?}").contains("hunter2"));
}

#[tokio::test]
async fn calls_are_counted_on_the_day_of_beijing() {
    let (server, client, clock) = setup().await;
    server.on("draft/count", [Reply::ok(r#"{"total_count":1}"#)]);
    client.draft_count().await.unwrap();
    clock.advance(TimeDelta::hours(14).to_std().unwrap());
    client.draft_count().await.unwrap();
    let days = client.drain_usage();
    let days = days.iter().filter(|calls| calls.endpoint == Endpoint::DraftCount);
    assert_eq!(days.map(|calls| calls.day.as_str()).collect::<Vec<_>>(), ["2026-09-01", "2026-09-02"]);
}

#[tokio::test]
async fn every_call_goes_below_the_path_of_a_relay_whose_token_stands_within_data() {
    let server = Scripted::start().await;
    let nested = r#"{"code":0,"data":{"access_token":"97_nested","expires_in":"7200"}}"#;
    server.on("stable_token", [Reply::ok(nested)]).on("draft/count", [Reply::ok(r#"{"total_count":3}"#)]);
    server.on("draft/get", [Reply::ok(r#"{"news_item":[{"title":"一"}]}"#)]);
    for base in ["/wechat", "/wechat/"] {
        let client = Client::new(&account(&format!("{}{base}", server.base)), Clock::fixed(start_of_time())).unwrap();
        assert_eq!(client.draft_count().await.unwrap(), 3);
        client.draft_get(&media_id()).await.unwrap();
    }
    let targets = |path| server.requests(path).into_iter().map(|request| request.target).collect::<Vec<_>>();
    assert_eq!(targets("stable_token"), ["/wechat/cgi-bin/stable_token"; 2]);
    assert_eq!(targets("draft/count"), ["/wechat/cgi-bin/draft/count?access_token=97_nested"; 2]);
    assert_eq!(targets("draft/get"), ["/wechat/cgi-bin/draft/get?access_token=97_nested"; 2]);
}

#[tokio::test]
async fn a_relay_that_gives_no_token_is_told_by_what_it_gives_instead() {
    let (server, client, _) = setup().await;
    for (answer, expected) in [
        (
            r#"{"code":401,"message":"who are you"}"#,
            "it has no text `access_token`, also not within `data`; it has: code, message",
        ),
        (r#"{"data":{"errcode":40125,"errmsg":"invalid appsecret"}}"#, "invalid appsecret (errcode 40125)"),
    ] {
        server.on("stable_token", [Reply::ok(answer)]);
        let told = client.draft_count().await.unwrap_err().to_string();
        assert!(told.contains(expected), "{told}");
    }
}
