//! Network faults.

use std::time::Instant;

use draftkeep::simulator::{Fault, FaultRule};

use super::*;

/// Adds a fault for the next `draft/get` and returns the result of the call.
async fn with_fault(stage: &Stage, draft: &str, fault: Fault) -> reqwest::Result<(u16, Vec<u8>)> {
    stage.platform.world().add_fault(FaultRule::next(1, "draft/get", fault));
    let answer = stage.send("draft/get", json!({"media_id": draft})).await?;
    let status = answer.status().as_u16();
    Ok((status, answer.bytes().await?.to_vec()))
}

#[tokio::test]
async fn answers_can_be_replaced() {
    let stage = Stage::new().await;
    let draft = stage.draft("标题");
    let (status, body) = with_fault(&stage, &draft, Fault::HtmlPage(502)).await.unwrap();
    assert!(status == 502 && body.starts_with(b"<html>"));
    assert_eq!(with_fault(&stage, &draft, Fault::Http(503)).await.unwrap(), (503, vec![]));
    assert_eq!(with_fault(&stage, &draft, Fault::EmptyBody).await.unwrap(), (200, vec![]));
    assert_eq!(with_fault(&stage, &draft, Fault::PlainText).await.unwrap().1, b"upstream request timeout");
    assert!(with_fault(&stage, &draft, Fault::Oversize).await.unwrap().1.len() > 32 << 20);
    let (_, body) = with_fault(&stage, &draft, Fault::Code(-1)).await.unwrap();
    assert_eq!(serde_json::from_slice::<Value>(&body).unwrap()["errcode"], -1);
    assert_eq!(errcode(&stage.post("draft/get", json!({"media_id": draft})).await), 0, "one fault, one call");
    assert_eq!(
        stage.platform.world().account(stage.platform.appid()).used("draft/get"),
        2,
        "only what came through is counted"
    );
    assert_eq!(stage.platform.world().request_log.calls("draft/get"), 7);
}

#[tokio::test]
async fn texts_can_be_spoilt() {
    let stage = Stage::new().await;
    let draft = stage.draft("标题");
    for (fault, bytes) in [
        (Fault::RawControl, &b"\x08\""[..]),
        (Fault::InvalidUtf8, b"\xe4\xbd\""),
        (Fault::LoneSurrogate, br#"\ud83d""#),
    ] {
        let (status, body) = with_fault(&stage, &draft, fault.clone()).await.unwrap();
        assert_eq!(status, 200);
        assert!(body.windows(bytes.len()).any(|window| window == bytes), "{fault:?}");
        assert!(serde_json::from_slice::<Value>(&body).is_err(), "{fault:?}");
    }
}

#[tokio::test]
async fn connections_can_break() {
    let stage = Stage::new().await;
    let draft = stage.draft("标题");
    assert!(with_fault(&stage, &draft, Fault::Reset).await.is_err());
    let error = with_fault(&stage, &draft, Fault::Truncate).await.unwrap_err();
    assert!(error.is_body() || error.is_decode(), "the head arrives, the body does not: {error:?}");
    assert_eq!(errcode(&stage.post("draft/get", json!({"media_id": draft})).await), 0);
}

#[tokio::test]
async fn answers_can_be_late() {
    let stage = Stage::new().await;
    let draft = stage.draft("标题");
    let began = Instant::now();
    with_fault(&stage, &draft, Fault::Delay(Duration::from_millis(150))).await.unwrap();
    assert!(began.elapsed() >= Duration::from_millis(150));
}

#[tokio::test]
async fn a_draft_may_exist_though_nobody_said_so() {
    let stage = Stage::new().await;
    let articles = json!({"articles": [article("标题", &stage.cover().await)]});
    stage.platform.world().add_fault(FaultRule::next(1, "draft/add", Fault::TimeoutAfterEffect));
    stage.platform.world().add_fault(FaultRule::next(1, "draft/add", Fault::ResetAfterEffect));
    stage.platform.world().add_fault(FaultRule::next(1, "draft/add", Fault::Reset));
    let add =
        || stage.http.post(stage.url("draft/add")).query(&[("access_token", &stage.token)]).body(articles.to_string());
    let timeout = add().timeout(Duration::from_millis(200)).send().await.unwrap_err();
    assert!(timeout.is_timeout());
    assert!(add().send().await.is_err());
    assert_eq!(stage.get("draft/count").await["total_count"], 2);
    assert!(add().send().await.is_err());
    assert_eq!(stage.get("draft/count").await["total_count"], 2, "this time nothing was done");
}

#[tokio::test]
async fn a_fault_can_befall_one_draft_alone() {
    let stage = Stage::new().await;
    let [one, other] = ["一", "二"].map(|title| stage.draft(title));
    stage.platform.world().add_fault(FaultRule::next(2, "draft/get", Fault::Code(45011)).draft(&one));
    for (draft, code) in [(&other, 0), (&one, 45011), (&other, 0), (&one, 45011), (&one, 0)] {
        assert_eq!(errcode(&stage.post("draft/get", json!({"media_id": draft})).await), code);
    }
    stage.platform.world().add_fault(FaultRule::next(9, "*", Fault::Code(-1)));
    assert_eq!(errcode(&stage.get("draft/count").await), -1);
    stage.platform.world().clear_faults();
    assert_eq!(errcode(&stage.get("draft/count").await), 0);
}

#[tokio::test]
async fn the_platform_can_be_unwell_at_random() {
    let stage = Stage::new().await;
    stage.platform.world().behavior.system_errors = 0.5;
    let mut failures = 0;
    for _ in 0..100 {
        failures += usize::from(errcode(&stage.get("draft/count").await) == -1);
    }
    assert!((20..80).contains(&failures), "{failures}");
}

#[tokio::test]
async fn stopping_waits_for_nobody_who_would_never_end() {
    let stage = Stage::new().await;
    stage.platform.world().add_fault(FaultRule::next(1, "draft/count", Fault::TimeoutAfterEffect));
    let hanging = stage.http.get(stage.url("draft/count")).query(&[("access_token", &stage.token)]).send();
    let hanging = tokio::spawn(hanging);
    while stage.platform.world().request_log.calls("draft/count") == 0 {
        tokio::task::yield_now().await;
    }
    let address = stage.platform.base_url();
    tokio::time::timeout(Duration::from_secs(5), stage.platform.stop()).await.unwrap();
    hanging.await.unwrap().unwrap();
    assert!(client().get(address).send().await.unwrap_err().is_connect());
}
