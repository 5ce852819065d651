//! Bodies that are none, and bodies that are too much of one.

use serde_json::json;

use super::{Answer, Gate};
use crate::simulator::client;

#[tokio::test(flavor = "multi_thread")]
async fn a_body_that_makes_no_sense_writes_nothing() {
    let gate = Gate::start().await;
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    let deep = format!("{{\"media_id\":\"a\",\"articles\":{deep}}}");
    let bodies: [&[u8]; 10] = [
        b"",
        b"{",
        b"[]",
        b"null",
        b"media_id=a",
        b"{\"media_id\":7}",
        b"{\"media_id\":\"a\xff\"}",
        b"{\"media_id\":\"a\",\"index\":-1,\"articles\":{}}",
        b"{\"media_id\":\"a\",\"patch\":[{\"index\":0}]}",
        deep.as_bytes(),
    ];
    for path in ["draft/update", "draft/delete", "draft/add"] {
        for body in bodies {
            if path == "draft/delete" && body.starts_with(b"{\"media_id\":\"a\",") && body.len() < 1000 {
                continue;
            }
            let request = gate.request(path, &json!({})).body(body.to_vec());
            Answer::of(request.send().await.unwrap()).await.is_refused(400, 47001, "");
        }
    }
    let hash = json!({ "media_id": gate.media_id, "expected_hash": "abc" });
    gate.post("draft/delete", &hash).await.is_refused(400, 47001, "expected_hash is no hash");
    assert_eq!(gate.writes(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_article_of_two_megabytes_is_answered() {
    let gate = Gate::start().await;
    let mut article = gate.read().await.json["news_item"][0].clone();
    article["content"] = format!("<p>{}</p>", "夜市".repeat(350_000)).into();
    let answer = gate.post("draft/add", &json!({ "articles": [article] })).await;
    answer.is_refused(200, 45002, "content size out of limit");
    // Who is refused early may find the door shut.
    let huge = json!({ "articles": [{ "content": "a".repeat(9 << 20) }] });
    if let Ok(answer) = gate.request("draft/add", &huge).send().await {
        Answer::of(answer).await.is_refused(413, 45002, "larger than 8 MiB");
    }
    assert_eq!((gate.writes(), gate.titles().len()), (1, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_gate_does_not_offer_says_what_it_does() {
    let gate = Gate::start().await;
    for path in ["/cgi-bin/freepublish/submit", "/gate/", "/", "/cgi-bin/message/mass/sendall"] {
        let answer = client().post(gate.url(path)).bearer_auth(&gate.token).send().await.unwrap();
        Answer::of(answer).await.is_refused(404, 40066, "draft/update");
    }
    gate.get("/cgi-bin/draft/add").await.is_refused(405, 43002, "another method");
    gate.get("/gate/write/7").await.is_refused(404, 404, "no write");
    gate.get("/gate/write/all").await.is_refused(404, 404, "no write");
}
