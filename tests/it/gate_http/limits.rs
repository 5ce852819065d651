//! Rights, quotas and rates.

use draftkeep::simulator::{Fault, FaultRule};
use serde_json::json;

use super::{Answer, Gate, new_token};
use crate::harness::database;
use crate::restore::MAG;
use crate::simulator::client;

#[tokio::test(flavor = "multi_thread")]
async fn a_token_opens_its_account_and_nothing_else() {
    let gate = Gate::start().await;
    let calls = gate.all_calls();
    let other = new_token(&gate.world, &["--account", "shop", "--name", "shop"]);
    let reader = new_token(&gate.world, &["--account", "mag", "--name", "reader"]);
    let body = json!({ "media_id": gate.media_id, "patch": [{ "fields": { "title": "夜市" } }] }).to_string();
    for (token, words) in [(&other, "shop does not let programs update"), (&reader, "does not let programs update")] {
        let request = client().post(gate.url("/gate/draft/update")).bearer_auth(token).body(body.clone());
        Answer::of(request.send().await.unwrap()).await.is_refused(403, 48001, words);
    }
    let asked = [("grant_type", "client_credential"), ("appid", MAG), ("secret", &other)];
    let answer = client().get(gate.url("/gate/token")).query(&asked).send().await.unwrap();
    Answer::of(answer).await.is_refused(200, 40125, "invalid appsecret");
    let asked = json!({ "grant_type": "client_credential", "appid": "wx0", "secret": gate.token });
    let answer = client().post(gate.url("/gate/stable_token")).body(asked.to_string()).send().await.unwrap();
    Answer::of(answer).await.is_refused(200, 40013, "invalid appid");

    let run = gate.world.run(&["gate", "revoke", "publisher", "--config", "config.toml"]);
    assert_eq!(run.code(), Some(0), "{run}");
    gate.retitle("夜市", &json!({})).await.is_refused(401, 40001, "wrong, or was revoked");
    let nobody = client().get(gate.url("/gate/draft/count")).send().await.unwrap();
    assert_eq!(nobody.headers()["www-authenticate"], "Bearer");
    Answer::of(nobody).await.is_refused(401, 40001, "a token is missing");
    assert_eq!(gate.all_calls(), calls, "nothing was called");
    for secret in [&gate.token, &other, &reader] {
        assert!(!gate.log().contains(secret.as_str()), "{}", gate.log());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_write_of_another_account_is_not_told() {
    let gate = Gate::start().await;
    gate.retitle("夜市", &json!({})).await.undo();
    let other = new_token(&gate.world, &["--account", "shop", "--name", "shop"]);
    for (token, status) in [(&gate.token, 200), (&other, 404)] {
        let answer = client().get(gate.url("/gate/write/1")).bearer_auth(token).send().await.unwrap();
        assert_eq!(answer.status(), status);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_program_that_loops_is_stopped() {
    let gate = Gate::start().await;
    let bad = json!({ "articles": [{ "title": "没有正文" }] });
    for _ in 0..20 {
        gate.post("draft/add", &bad).await.is_refused(400, 47001, "");
    }
    let answer = gate.post("draft/add", &bad).await;
    answer.is_refused(429, 45011, "20 writes within a minute");
    assert_eq!((answer.header("retry-after"), gate.writes()), ("60", 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_called_when_no_call_is_left() {
    let gate = Gate::start().await;
    let database = database(gate.world.path("archive.db"));
    let spend = "INSERT INTO call (account, interface, day, calls) SELECT id, ?1, '2026-09-01', 100000 FROM account WHERE name = 'mag'
                 ON CONFLICT DO UPDATE SET calls = 100000";
    for endpoint in ["draft/update", "draft/batchget"] {
        database.execute(spend, [endpoint]).unwrap();
    }
    let calls = gate.all_calls();
    for answer in
        [gate.retitle("夜市", &json!({})).await, gate.post("draft/batchget", &json!({ "offset": 0, "count": 1 })).await]
    {
        answer.is_refused(503, 45009, "left today");
        // Until 00:00 Beijing time.
        assert_eq!(answer.header("retry-after").parse::<u64>().unwrap().div_ceil(3600), 14);
    }
    assert_eq!(gate.all_calls(), calls);
}

#[tokio::test(flavor = "multi_thread")]
async fn calls_that_are_passed_on_are_counted() {
    let gate = Gate::start().await;
    let ledger = || {
        let sql = "SELECT coalesce(sum(calls), 0) FROM call WHERE interface = 'draft/count'";
        database(gate.world.path("archive.db")).query_row(sql, (), |row| row.get::<_, u64>(0)).unwrap()
    };
    gate.platform.world().add_fault(FaultRule::next(1, "draft/count", Fault::Code(45011)));
    gate.get("/gate/draft/count").await;
    gate.get("/gate/draft/count").await;
    // The calls are counted by the time that the next write to the archive ends.
    gate.read().await;
    assert_eq!((ledger(), gate.calls("draft/count")), (gate.calls("draft/count"), ledger()));
    assert!(ledger() >= 2);
}
