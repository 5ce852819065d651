//! Writes that wait until somebody says yes, at the command line. An agent asks through `draftkeep mcp`, against the simulator.

use draftkeep::simulator::{Fault, FaultRule};
use insta::assert_snapshot;
use serde_json::{Value, json};

use crate::gate::{hash, patch, stage};
use crate::harness::{Run, database};
use crate::restore::{MAG, Stage};

const HELD: &str = "{ allow = ['create', 'update', 'restore'], approve = ['create', 'update', 'restore'] }";

/// A stage on which an agent has asked for another title, and waits.
async fn asked() -> (Stage, String) {
    let (stage, media_id) = stage(HELD).await;
    let mut agent = stage.agent();
    let read = hash(&mut agent);
    let (failed, told) = agent.call("update_draft", &patch(&read, "机器改的"));
    assert!(failed && told.contains("write 1 waits until somebody says yes"), "{told}");
    assert_eq!((stage.calls("draft/update"), stage.title(&media_id).as_str()), (0, "秋季新品预告"));
    (stage, media_id)
}

fn at(stage: &Stage, time: &str, args: &[&str]) -> Run {
    let mut command = stage.world.command(&[args, &["--config", "config.toml"]].concat());
    command.env("DRAFTKEEP_CLOCK", time);
    stage.world.finish(command)
}

/// What is told, without what differs between machines.
fn told(run: &Run) -> String {
    let user = std::process::Command::new("id").arg("-un").output().unwrap();
    run.to_string().replace(String::from_utf8_lossy(&user.stdout).trim(), "USER")
}

fn state(stage: &Stage) -> String {
    stage.shell("SELECT group_concat(id || ' ' || state, ', ') FROM gate_view")
}

#[tokio::test(flavor = "multi_thread")]
async fn what_waits_is_shown_approved_and_written() {
    let (stage, media_id) = asked().await;
    assert_snapshot!(told(&stage.run(&["gate", "list", "--held"])), @r#"
    WRITE  ASKED (+08:00)    STATE  ACTION  DRAFT  BY
        1  2026-09-01 10:00  held   update  mag/1  USER (test 1); a better title
    ------- stderr -------
    Hint: See what it would change: draftkeep --config $TMP/config.toml gate show 1
    "#);
    assert_snapshot!(told(&stage.run(&["gate", "show", "1"])), @r#"
    Write 1: update mag/1, 秋季新品预告
      By       USER (test 1)
      Reason   a better title
      Asked    2026-09-01 10:00 +08:00
      State    held until 2026-09-01 11:00 +08:00
    机器改的
    Title: [-秋季新品预告-]
           {+机器改的+}
    ------- stderr -------
    It would change:
    Hint: To say yes: draftkeep --config $TMP/config.toml gate approve 1; to say no: draftkeep --config $TMP/config.toml gate deny 1
    "#);
    assert_eq!(stage.run(&["status", "--json"]).json()[0]["held_writes"], json!([1]));
    assert!(stage.run(&["status"]).to_string().contains("1 write to approve: draftkeep "));
    let event = &stage.run(&["notify", "log", "--json"]).json()[0];
    assert_eq!(
        (&event["kind"], &event["severity"], &event["subject"], &event["quantity"], &event["until"]),
        (&json!("gate.held"), &json!("alarm"), &json!("write:1"), &json!(1), &json!("2026-09-01T03:00:00.000Z")),
        "{event:#}"
    );

    assert_snapshot!(told(&stage.run(&["gate", "approve", "1"])), @"
    Written: mag/1@2
      To take it back: draftkeep --config $TMP/config.toml undo 1 --apply
    ");
    assert_eq!(stage.title(&media_id), "机器改的");
    let log = stage.run(&["log", "1", "--json"]).json();
    assert_eq!((&log[0]["by"]["program"], &log[0]["by"]["note"]), (&json!("test 1"), &json!("a better title")));
    let listed = stage.run(&["gate", "list", "--json"]).json();
    assert_eq!((&listed[0]["state"], &listed[0]["version"]), (&json!("done"), &json!(2)), "{listed:#}");
    assert!(listed[0]["decided_by"].is_string(), "{listed:#}");
    assert_eq!(stage.run(&["status", "--json"]).json()[0]["held_writes"], json!([]));

    assert_snapshot!(stage.run(&["gate", "approve", "1"]), @"
    ------- stderr -------
    Error: write 1 does not wait any more: done
    Hint: See which do: draftkeep --config $TMP/config.toml gate list --held
    ------- exit 1 -------
    ");
    assert_eq!(stage.run(&["undo", "1", "--apply"]).code(), Some(0));
    assert_eq!(stage.title(&media_id), "秋季新品预告");
    assert_eq!(stage.run(&["verify"]).code(), Some(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_denied_is_not_written() {
    let (stage, media_id) = asked().await;
    assert_snapshot!(stage.run(&["gate", "deny", "1"]), @r#"
    ------- stderr -------
    Write 1 is denied. Nothing was written.
    "#);
    for decision in ["approve", "deny"] {
        let again = stage.run(&["gate", decision, "1"]);
        assert_eq!(again.code(), Some(1), "{again}");
        assert!(again.to_string().contains("write 1 does not wait any more: denied"), "{again}");
    }
    assert_eq!((stage.calls("draft/update"), stage.title(&media_id).as_str()), (0, "秋季新品预告"));
    assert_eq!(stage.shell("SELECT state, request IS NULL FROM gate_write"), "denied|1");
    assert_eq!(stage.run(&["gate", "approve", "9"]).code(), Some(4));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_waited_for_an_hour_is_over() {
    let (stage, _) = asked().await;
    let late = "2026-09-01T03:05:00Z";
    let none = at(&stage, late, &["gate", "list", "--held"]);
    assert!(none.to_string().contains("No write waits."), "{none}");
    let lapsed = at(&stage, late, &["gate", "approve", "1"]);
    assert_eq!(lapsed.code(), Some(1), "{lapsed}");
    assert!(lapsed.to_string().contains("write 1 does not wait any more: lapsed"), "{lapsed}");
    assert_eq!((stage.calls("draft/update"), state(&stage).as_str()), (0, "1 lapsed"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_draft_that_somebody_changed_meanwhile_is_not_gone_over_and_the_change_is_shown() {
    let (stage, media_id) = asked().await;
    stage.edit(&media_id, |article| article.set("title", "同事改的"));
    let stale = stage.run(&["gate", "approve", "1"]);
    assert_snapshot!(told(&stale), @r#"
    同事改的
    Title: [-秋季新品预告-]
           {+同事改的+}
    ------- stderr -------
    Since USER (test 1) asked, mag/1 was changed:
    Error: somebody changed the draft: it is version 2 now
    Hint: Nothing was written. The program may read the draft and ask again
    Hint: See what changed: draftkeep --config $TMP/config.toml diff mag/1@1 @2
    ------- exit 1 -------
    "#);
    assert_eq!((stage.calls("draft/update"), stage.title(&media_id).as_str()), (0, "同事改的"));
    assert_eq!(state(&stage), "1 refused");
    assert_eq!(stage.shell("SELECT decided_by IS NOT NULL, before FROM gate_view"), "1|1");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_write_that_the_platform_refuses_says_so() {
    let (stage, media_id) = asked().await;
    stage.platform.world().add_fault(FaultRule::next(1, "draft/update", Fault::Code(45_003)));
    let refused = stage.run(&["gate", "approve", "1"]);
    assert!(refused.code().is_some_and(|code| code != 0) && refused.to_string().contains("45003"), "{refused}");
    assert_eq!((state(&stage).as_str(), stage.title(&media_id).as_str()), ("1 failed", "秋季新品预告"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_draft_and_a_restore_wait_too() {
    let (stage, media_id) = stage(HELD).await;
    stage.edit(&media_id, |article| article.set("title", "改坏了"));
    stage.poll();
    let (cover, _) = stage.picture(MAG);
    let mut agent = stage.agent();
    let wanted: Value = json!([{ "title": "新的", "content": "<p>正文</p>", "thumb_media_id": cover }]);
    assert!(agent.call("create_draft", &json!({ "account": "mag", "articles": wanted })).0);
    let plan = agent.facts("restore_draft", &json!({ "draft": "mag/1@1" }));
    let plan = plan["plan"]["number"].as_i64().unwrap();
    assert!(agent.call("restore_draft", &json!({ "draft": "mag/1@1", "plan": plan })).0);
    assert_eq!(state(&stage), "1 held, 2 held");

    let shown = stage.run(&["gate", "show", "1"]).to_string();
    assert!(shown.contains("Write 1: create mag, 新的") && shown.contains("正文"), "{shown}");
    let shown = stage.run(&["gate", "show", "2"]).to_string();
    assert!(shown.contains("Write 2: restore mag/1") && shown.contains("diff mag/1@2 @1"), "{shown}");
    let events = stage.run(&["notify", "log", "--json"]).json();
    assert_eq!((&events[0]["id"], &events[1]["id"]), (&json!(1), &json!(null)), "{events:#}");

    assert_eq!(stage.run(&["gate", "approve", "1"]).code(), Some(0));
    assert_eq!(stage.box_of(MAG).len(), 2);
    let restored = stage.run(&["gate", "approve", "2"]);
    assert_eq!((restored.code(), stage.title(&media_id).as_str()), (Some(0), "秋季新品预告"), "{restored}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_network_that_fails_at_the_yes_leaves_the_write_to_be_approved_again() {
    let (stage, media_id) = asked().await;
    stage.platform.world().add_fault(FaultRule::next(9, "draft/get", Fault::Http(502)));
    let failed = stage.run(&["gate", "approve", "1"]);
    assert!(failed.code().is_some_and(|code| code != 0), "{failed}");
    assert_eq!(state(&stage), "1 held");
    stage.platform.world().clear_faults();
    assert_eq!(stage.run(&["gate", "approve", "1"]).code(), Some(0));
    assert_eq!(stage.title(&media_id), "机器改的");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_somebody_has_done_by_hand_meanwhile_waits_no_more() {
    let (stage, media_id) = stage(HELD).await;
    let mut agent = stage.agent();
    // Whatever the draft says.
    let patch = json!({ "media_id": "mag/1", "expected_hash": hash(&mut agent), "patch": [{ "fields": { "title": "同样的" } }] });
    assert!(agent.call("update_draft", &patch).0);
    database(stage.path("archive.db"))
        .execute("UPDATE gate_write SET request = json_set(request, '$.update.expected', NULL)", ())
        .unwrap();
    stage.edit(&media_id, |article| article.set("title", "同样的"));
    let same = stage.run(&["gate", "approve", "1"]);
    assert!(same.to_string().contains("Nothing differed: mag/1@2"), "{same}");
    assert_eq!((state(&stage).as_str(), stage.calls("draft/update")), ("1 done", 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn pruning_keeps_what_a_write_names() {
    let (stage, media_id) = asked().await;
    assert_eq!(stage.run(&["gate", "approve", "1"]).code(), Some(0));
    for title in ["又一个", "再一个"] {
        stage.edit(&media_id, |article| article.set("title", title));
        stage.poll();
    }
    let pruned = stage.run(&["prune", "--keep-last", "1", "--apply"]);
    assert_eq!(pruned.code(), Some(0), "{pruned}");
    assert_eq!(stage.shell("SELECT group_concat(number) FROM version"), "1,2,4");
    assert_eq!(stage.run(&["verify"]).code(), Some(0));
}
