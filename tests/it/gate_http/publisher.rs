//! What a publisher does all day, and what it is told when somebody else was there.

use draftkeep::archive::{Reader, RestoreLock};
use draftkeep::simulator::{Fault, FaultRule};
use serde_json::{Value, json};

use super::{Answer, Gate};
use crate::restore::MAG;
use crate::simulator::client;

#[tokio::test(flavor = "multi_thread")]
async fn a_publisher_that_only_changed_its_address_reads_and_writes() {
    let gate = Gate::start().await;
    let asked = [("grant_type", "client_credential"), ("appid", MAG), ("secret", &gate.token)];
    let answer = client().get(gate.url("/cgi-bin/token")).query(&asked).send().await.unwrap();
    let answer = Answer::of(answer).await;
    assert_eq!(answer.json, json!({ "access_token": gate.token, "expires_in": 7200 }));

    let mut article = gate.read().await.json["news_item"][0].clone();
    article["title"] = "夜市".into();
    let body = json!({ "media_id": gate.media_id, "index": 0, "articles": article, "note": "第二版" });
    let answer = gate.post("draft/update", &body).await;
    assert_eq!((answer.undo(), gate.titles()), (1, vec!["夜市".to_owned()]));
    assert_eq!(answer.json["report"]["complete"], true, "{}", answer.json);
    assert_eq!(answer.header("etag"), format!("\"{}\"", answer.json["hash"].as_str().unwrap()));

    let write = gate.get("/gate/write/1").await.json;
    let of = |name: &str| write[name].as_str().unwrap_or_default().to_owned();
    let told = ["who", "program", "note", "action", "state"].map(of);
    assert_eq!(told, ["publisher", "publisher/1.2", "第二版", "update", "done"]);
    assert_eq!((&write["before"], &write["version"]), (&json!(1), &json!(2)));

    let count = gate.get("/gate/draft/count").await.json;
    assert_eq!(count["total_count"], 1);
    let page = gate.post("draft/batchget", &json!({ "offset": 0, "count": 20, "no_content": 1 })).await.json;
    assert_eq!(page["item"][0]["media_id"], gate.media_id);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_draft_comes_byte_for_byte_and_is_kept() {
    let gate = Gate::start().await;
    gate.edit("刚改的");
    let body = json!({ "media_id": gate.media_id });
    let response = gate.request("draft/get", &body).send().await.unwrap();
    let tag = response.headers()["etag"].to_str().unwrap().trim_matches('"').to_owned();
    let bytes = response.bytes().await.unwrap();
    let reader = Reader::open(&gate.world.path("archive.db")).unwrap();
    let kept = reader.versions(1).unwrap().into_iter().find(|version| version.hash.to_string() == tag).unwrap();
    assert_eq!(reader.document(&kept).unwrap(), bytes);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_somebody_saved_meanwhile_is_told_and_not_written_over() {
    let gate = Gate::start().await;
    let seen = gate.read().await;
    let seen = seen.header("etag").trim_matches('"');
    gate.edit("同事改的");
    // By what the token saw last, by the body, and by the header.
    let mut answers = vec![gate.retitle("夜市", &json!({})).await];
    answers.push(gate.retitle("夜市", &json!({ "expected_hash": seen })).await);
    let body = json!({ "media_id": gate.media_id, "patch": [{ "fields": { "title": "夜市" } }] });
    let request = gate.request("draft/update", &body).header("if-match", format!("\"{seen}\""));
    answers.push(Answer::of(request.send().await.unwrap()).await);
    for answer in &answers {
        answer.is_refused(412, 412, "somebody changed the draft");
        assert_eq!((&answer.json["version"], &answer.json["diff"]["to"]["version"]), (&json!(2), &json!(2)));
        let field = &answer.json["diff"]["articles"][0]["fields"][0];
        assert_eq!((&field["name"], &field["to"]), (&json!("title"), &json!("同事改的")), "{}", answer.json);
    }
    assert_eq!((gate.writes(), gate.titles()), (0, vec!["同事改的".to_owned()]));

    let now = answers[0].json["hash"].as_str().unwrap();
    gate.retitle("夜市", &json!({ "expected_hash": now })).await.undo();
    // The token wrote it, so it saw it.
    gate.retitle("早市", &json!({})).await.undo();
    assert_eq!(gate.titles(), ["早市"]);
    gate.edit("同事又改的");
    let anything = gate.request("draft/update", &body).header("if-match", "*");
    Answer::of(anything.send().await.unwrap()).await.undo();
    assert_eq!(gate.titles(), ["夜市"]);
}

/// The first article of the draft, as a new one.
async fn articles(gate: &Gate, title: &str) -> Value {
    let mut article = gate.read().await.json["news_item"][0].clone();
    article["title"] = title.into();
    json!({ "articles": [article] })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_draft_whose_answer_was_lost_is_made_once() {
    let gate = Gate::start().await;
    let body = articles(&gate, "新的").await;
    gate.platform.world().add_fault(FaultRule::next(1, "draft/add", Fault::ResetAfterEffect));
    let answer = gate.post("draft/add", &body).await;
    assert_eq!((answer.undo(), gate.titles().len()), (1, 2));
    // Some publishers take any errcode for a failure; the platform answers none here.
    assert!(answer.json.get("errcode").is_none(), "{}", answer.json);
    let media_id = answer.json["media_id"].as_str().unwrap().to_owned();
    assert!(gate.platform.world().account(MAG).draft(&media_id).is_some());

    // Made by this program as it is, it goes again; its picture is not held, but somebody pinned it.
    let pin = gate.world.run(&["pin", "2@1", "--config", "config.toml"]);
    assert_eq!(pin.code(), Some(0), "{pin}");
    gate.post("draft/delete", &json!({ "media_id": media_id })).await.undo();
    assert_eq!(gate.titles().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_draft_that_could_not_come_back_is_not_deleted() {
    let gate = Gate::start().await;
    let body = "<p>正文</p><img data-src=\"https://mmbiz.qpic.cn/mmbiz_png/nowhere/640\">";
    gate.platform.world().account(MAG).edit(&gate.media_id, 0, |article| article.set("content", body)).unwrap();
    let answer = gate.post("draft/delete", &json!({ "media_id": gate.media_id })).await;
    answer.is_refused(409, 409, "could not be brought back whole");
    assert_eq!((gate.writes(), gate.titles().len()), (0, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_platform_refuses_comes_in_its_words() {
    let gate = Gate::start().await;
    gate.platform.world().add_fault(FaultRule::next(1, "draft/update", Fault::Code(45003)));
    let answer = gate.retitle("夜市", &json!({})).await;
    assert_eq!((answer.status, &answer.json["errcode"], &answer.json["write"]), (200, &json!(45003), &json!(1)));
    assert!(answer.json["errmsg"].as_str().unwrap().contains("rid: "), "{}", answer.json);

    gate.post("draft/get", &json!({ "media_id": "nothing" })).await.is_refused(200, 40007, "not in the draft box");
    let body = json!({ "media_id": "nothing", "patch": [{ "fields": { "title": "" } }] });
    gate.post("draft/update", &body).await.is_refused(404, 40007, "not in the draft box");

    // The account's own credentials are not the program's.
    gate.platform.world().account(MAG).set_secret("another");
    gate.platform.world().account(MAG).revoke_tokens();
    let answer = gate.post("draft/batchget", &json!({ "offset": 0, "count": 1 })).await;
    answer.is_refused(502, -1, "");
    assert!(!answer.json.to_string().contains("hush"), "{}", answer.json);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_write_waits_for_a_restore_of_another_process() {
    let gate = Gate::start().await;
    let lock = RestoreLock::acquire(&gate.world.path("archive.db")).unwrap();
    let body = json!({ "media_id": gate.media_id, "patch": [{ "fields": { "title": "夜市" } }] });
    let waiting = tokio::spawn(gate.request("draft/update", &body).send());
    // Others are answered meanwhile.
    gate.read().await;
    assert_eq!(gate.writes(), 0);
    drop(lock);
    Answer::of(waiting.await.unwrap().unwrap()).await.undo();
    assert_eq!(gate.titles(), ["夜市"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_needs_a_yes_waits_and_its_state_is_told() {
    let gate = Gate::with("allow = ['create', 'update', 'delete'], approve = ['update']").await;
    let answer = gate.retitle("夜市", &json!({})).await;
    answer.is_refused(202, 202, "waits until somebody says yes");
    assert_eq!((&answer.json["state"], gate.writes()), (&json!("held"), 0));
    let path = format!("/gate/write/{}", answer.json["write"]);
    assert_eq!(gate.get(&path).await.json["state"], "held");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reload_moves_the_gate() {
    let gate = Gate::start().await;
    gate.world.replace("config.toml", &format!("[gate]\nlisten = '{}'\n", gate.address), "");
    gate.signal("HUP");
    for _ in 0..400 {
        if client().get(gate.url("/gate/")).send().await.is_err() {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    panic!("it is still there: {}", gate.log());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_number_of_a_write_takes_it_back() {
    let gate = Gate::start().await;
    let before = gate.titles();
    let number = gate.retitle("夜市", &json!({})).await.undo();
    let undo = gate.world.run(&["undo", &number.to_string(), "--apply", "--config", "config.toml"]);
    assert_eq!((undo.code(), gate.titles()), (Some(0), before), "{undo}");
    let log = gate.world.run(&["log", "1", "--config", "config.toml"]).to_string();
    assert!(log.contains("publisher"), "{log}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_whose_answer_was_lost_is_found() {
    let gate = Gate::start().await;
    gate.platform.world().add_fault(FaultRule::next(3, "draft/update", Fault::ResetAfterEffect));
    gate.retitle("夜市", &json!({})).await.undo();
    assert_eq!(gate.titles(), ["夜市"]);
}

/// Between the reading and the write, the client goes away.
#[tokio::test(flavor = "multi_thread")]
async fn a_write_comes_to_its_end_without_its_client() {
    let gate = Gate::start().await;
    let (reached, mut is_reached) = tokio::sync::mpsc::unbounded_channel();
    let (gone, is_gone) = std::sync::mpsc::channel();
    gate.platform.world().after_next_call("draft/get", move |_| {
        reached.send(()).unwrap();
        is_gone.recv().unwrap();
    });
    let body = json!({ "media_id": gate.media_id, "patch": [{ "fields": { "title": "夜市" } }] });
    let client = tokio::spawn(gate.request("draft/update", &body).send());
    is_reached.recv().await.unwrap();
    client.abort();
    assert!(client.await.unwrap_err().is_cancelled());
    gone.send(()).unwrap();
    for _ in 0..400 {
        if gate.get("/gate/write/1").await.json["state"] == "done" {
            assert_eq!(gate.titles(), ["夜市"]);
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    panic!("the write does not end: {}", gate.log());
}
