//! Messages to targets, over real HTTP and SMTP.

mod mail;
mod robots;
mod texts;

use std::time::Duration;

use draftkeep::model::{Language, Severity, Timestamp};
use draftkeep::notify::{Answer, Client, Link, Meaning, Message, PingOutcome, Target, ping};
use draftkeep::secret::Secret;
use serde_json::json;

use crate::scripted::{Reply, Scripted, Silent};

const KEY: &str = "693a91f6-7aaa-4bc4-97a0-0ec2sifa5aaa";

fn now() -> Timestamp {
    "2026-09-21T06:02:00Z".parse().unwrap()
}

fn message() -> Message {
    Message {
        id: "msg_7Qm2".to_owned(),
        kind: "draft.emptied".to_owned(),
        severity: Severity::Alarm,
        at: now(),
        title: "《秋季新品》的正文被清空".to_owned(),
        lines: vec!["正文 3,214 → 12 字 · 图 9 → 0".to_owned()],
        more: 0,
        link: Some(Link { label: "看改动".to_owned(), url: "https://keep.example/d/3".to_owned() }),
        command: None,
        people: Vec::new(),
        is_again: false,
        language: Language::Chinese,
        data: json!({"account": "mag", "draft": 3}),
    }
}

fn wecom(base: &str) -> Target {
    Target::Wecom { url: Secret::new(format!("{base}/cgi-bin/webhook/send?key={KEY}")) }
}

/// Sends to a target whose server answers so, and returns what became of it and how many requests came.
async fn sent(replies: impl IntoIterator<Item = Reply>) -> (Answer, usize) {
    let server = Scripted::start().await;
    server.on("webhook/send", replies);
    let answer = wecom(&server.base).send(&Client::default(), &message(), now()).await;
    assert!(!format!("{answer:?}").contains(KEY), "{answer:?}");
    (answer, server.requests("webhook/send").len())
}

fn meaning(answer: &Answer) -> Meaning {
    answer.reason().unwrap_or_else(|| panic!("{answer:?}")).meaning
}

#[tokio::test]
async fn a_refusal_with_status_200_is_none_of_success() {
    assert_eq!(sent([Reply::errcode(0, "ok")]).await, (Answer::Delivered, 1));
    let (answer, requests) =
        sent([Reply::errcode(93000, &format!("invalid webhook url {KEY}, from ip: 203.0.113.7"))]).await;
    assert_eq!((meaning(&answer), requests), (Meaning::RobotUnknown, 1));
    assert!(matches!(&answer, Answer::Parked { .. }), "{answer:?}");
    assert_eq!(answer.reason().unwrap().said, "invalid webhook url [REDACTED], from ip: 203.0.113.7");
}

#[tokio::test]
async fn a_message_that_is_too_long_is_sent_once_in_a_short_form() {
    assert_eq!(sent([Reply::errcode(40058, "too long"), Reply::errcode(0, "ok")]).await, (Answer::Delivered, 2));
    let (answer, requests) = sent([Reply::errcode(40058, "too long")]).await;
    assert!(matches!(answer, Answer::Rejected { .. }), "{answer:?}");
    assert_eq!(requests, 2);
}

#[tokio::test]
async fn gateways_pages_and_redirects_are_no_success() {
    let page = Reply::ok(format!("<html>{KEY}</html>"));
    assert!(matches!(sent([page]).await.0, Answer::Later { reason, .. } if reason.meaning == Meaning::NotUnderstood));
    assert!(
        matches!(sent([Reply::ok("")]).await.0, Answer::Uncertain { reason } if reason.meaning == Meaning::NotUnderstood)
    );
    let gone = sent([Reply::with("410 Gone", "", "")]).await.0;
    assert!(matches!(gone, Answer::Parked { reason } if reason.meaning == Meaning::AddressWrong));
    let often = sent([Reply::with("429 Too Many Requests", "Retry-After: 120\r\n", "")]).await.0;
    assert!(matches!(often, Answer::Later { wait, .. } if wait == Duration::from_secs(120)));
    let other = Scripted::start().await;
    let location = format!("Location: {}/cgi-bin/webhook/send?key={KEY}\r\n", other.base);
    let (answer, _) = sent([Reply::with("301 Moved Permanently", &location, "")]).await;
    assert!(matches!(answer, Answer::Parked { reason } if reason.meaning == Meaning::Redirected));
    assert_eq!(other.connections(), 0, "a redirect is never followed");
}

#[tokio::test]
async fn what_may_have_arrived_is_told_from_what_has_not() {
    for reply in [Reply::HangUp, Reply::CutShort(br#"{"errcode":0"#.to_vec())] {
        let (answer, requests) = sent([reply]).await;
        assert_eq!((meaning(&answer), requests), (Meaning::NoAnswer, 1));
        assert!(matches!(answer, Answer::Uncertain { .. }), "{answer:?}");
    }
    let silent = Silent::start().await;
    let client = Client::default().timeout(Duration::from_millis(300));
    let answer = wecom(&silent.base).send(&client, &message(), now()).await;
    assert!(matches!(answer, Answer::Uncertain { .. }), "{answer:?}");
    let nobody = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let answer = wecom(&format!("http://{nobody}")).send(&client, &message(), now()).await;
    assert!(matches!(&answer, Answer::Later { reason, .. } if reason.meaning == Meaning::NotReached), "{answer:?}");
    assert!(!format!("{answer:?}").contains(KEY));
}

/// Some of the services behind it have the message, and nobody knows which.
#[tokio::test]
async fn an_apprise_server_that_reached_some_services_only_is_told_apart_from_one_that_reached_all() {
    let server = Scripted::start().await;
    let said = format!("{{\"error\": \"One or more notification could not be sent with {KEY}.\"}}");
    let path = format!("/notify/{KEY}");
    server.on(&path, [Reply::with("424 Failed Dependency", "", &said)]);
    let target = Target::Apprise { url: Secret::new(format!("{}{path}", server.base)) };
    let answer = target.send(&Client::default(), &message(), now()).await;
    assert!(matches!(&answer, Answer::Uncertain { reason } if reason.meaning == Meaning::PartlySent), "{answer:?}");
    let reason = answer.reason().unwrap();
    assert_eq!(reason.code, Some(424));
    assert!(reason.said.contains("could not be sent") && !reason.said.contains(KEY), "{reason:?}");
    assert_eq!(server.requests(&path).len(), 1);
}

#[tokio::test]
async fn an_endless_answer_is_read_in_part() {
    let (answer, _) = sent([Reply::Endless]).await;
    assert!(answer.reason().is_some_and(|reason| reason.said.len() <= 300), "{answer:?}");
}

#[tokio::test]
async fn a_webhook_is_signed_and_keeps_its_id() {
    let server = Scripted::start().await;
    server.on("/hooks/draft", [Reply::with("204 No Content", "", "")]);
    let target = Target::Webhook {
        url: Secret::new(format!("{}/hooks/draft", server.base)),
        secret: Some(Secret::new("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")),
    };
    assert_eq!(target.send(&Client::default(), &message(), now()).await, Answer::Delivered);
    let request = server.requests("/hooks/draft").remove(0);
    assert_eq!(request.headers["webhook-id"], "msg_7Qm2");
    assert_eq!(request.headers["webhook-timestamp"], "1789970520");
    assert!(request.headers["webhook-signature"].starts_with("v1,"));
    let body = request.json();
    assert_eq!((&body["type"], &body["timestamp"]), (&json!("draft.emptied"), &json!("2026-09-21T06:02:00.000Z")));
    assert_eq!(body["data"], json!({"account": "mag", "draft": 3}));
}

#[tokio::test]
async fn a_ping_reports_success_and_failure() {
    let server = Scripted::start().await;
    server.on("/0f1e2d3c-4b5a", [Reply::ok("OK")]).on("/0f1e2d3c-4b5a/fail", [Reply::ok("OK")]);
    let (client, url) = (Client::default(), Secret::new(format!("{}/0f1e2d3c-4b5a", server.base)));
    assert_eq!(ping(&client, &url, PingOutcome::Success("mag: 2 minutes"), now()).await, Answer::Delivered);
    assert_eq!(ping(&client, &url, PingOutcome::Failure("mag is late"), now()).await, Answer::Delivered);
    assert_eq!(server.requests("/0f1e2d3c-4b5a")[0].body, b"mag: 2 minutes");
    assert_eq!(server.requests("/0f1e2d3c-4b5a/fail")[0].body, b"mag is late");
    let unknown = Secret::new(format!("{}/99999999-aaaa", server.base));
    let answer = ping(&client, &unknown, PingOutcome::Success(""), now()).await;
    assert!(matches!(&answer, Answer::Parked { reason } if reason.meaning == Meaning::AddressWrong), "{answer:?}");
}

#[tokio::test]
async fn what_cannot_work_is_parked_and_shows_nothing() {
    let target = Target::Wecom { url: Secret::new(format!("http://robots.example/cgi-bin/webhook/send?key={KEY}")) };
    let error = target.check().unwrap_err().to_string();
    let answer = target.send(&Client::default(), &message(), now()).await;
    assert_eq!(meaning(&answer), Meaning::Misconfigured);
    let shown = format!("{error} {answer:?} {target:?} {:#?}", answer.reason().unwrap().text(Language::Chinese));
    assert!(error.contains("https://") && !shown.contains(KEY) && !shown.contains("robots.example"), "{shown}");
}
