//! Agents that write drafts through `draftkeep mcp`, against the simulator.

mod model;

use draftkeep::simulator::{Article, Fault, FaultRule};
use insta::assert_snapshot;
use serde_json::{Value, json};

use crate::mcp::Agent;
use crate::restore::{MAG, Stage, autumn};

/// A stage whose account `mag` lets programs do these things, with a draft of one article, which is `#1`.
pub(crate) async fn stage(gate: &str) -> (Stage, String) {
    let stage = Stage::new().await;
    let path = stage.path("config.toml");
    let config = std::fs::read_to_string(&path).unwrap();
    std::fs::write(&path, config.replacen("schedule =", &format!("gate = {gate}\nschedule ="), 1)).unwrap();
    let picture = stage.picture(MAG);
    let media_id = stage.draft(vec![autumn(&picture)]);
    (stage, media_id)
}

impl Stage {
    pub(crate) fn agent(&self) -> Agent {
        Agent::with(&self.world, &["--config", "config.toml", "mcp"])
    }

    pub(crate) fn title(&self, media_id: &str) -> String {
        self.platform.world().account(MAG).draft(media_id).unwrap().articles[0].text("title").to_owned()
    }

    pub(crate) fn calls(&self, endpoint: &str) -> u64 {
        self.platform.world().request_log.calls(endpoint)
    }
}

/// What an agent reads first.
pub(crate) fn hash(agent: &mut Agent) -> String {
    agent.facts("get_draft", &json!({ "draft": "mag/1" }))["hash"].as_str().unwrap().to_owned()
}

pub(crate) fn patch(hash: &str, title: &str) -> Value {
    json!({ "media_id": "mag/1", "expected_hash": hash, "note": "a better title", "patch": [{ "fields": { "title": title } }] })
}

#[tokio::test(flavor = "multi_thread")]
async fn an_agent_changes_a_title_and_it_is_taken_back() {
    let (stage, media_id) = stage("{ allow = ['update'] }").await;
    let mut agent = stage.agent();
    let read = hash(&mut agent);
    let before = [stage.calls("draft/get"), stage.calls("draft/update")];
    let done = agent.facts("update_draft", &patch(&read, "秋季新品，九月见"));
    assert_eq!(stage.title(&media_id), "秋季新品，九月见");
    assert_eq!([stage.calls("draft/get") - before[0], stage.calls("draft/update") - before[1]], [2, 1], "{done:#}");
    assert_eq!(
        (&done["write"], &done["version"], &done["report"]["complete"]),
        (&1.into(), &2.into(), &true.into()),
        "{done:#}"
    );
    assert_eq!(done["hash"], hash(&mut agent), "the next write expects it");
    // The platform makes other markup of what it gets; the rest is as it was.
    let now = stage.platform.world().account(MAG).draft(&media_id).unwrap().articles[0].clone();
    assert!(now.text("content").contains("一件 99 元"), "{now:?}");
    assert_eq!((now.text("author"), now.text("content_source_url")), ("李编辑", "https://example.com/post/1"));

    let again = agent.facts("update_draft", &patch(done["hash"].as_str().unwrap(), "秋季新品，九月见"));
    assert_eq!((&again["unchanged"], &again["write"]), (&true.into(), &Value::Null), "{again:#}");
    let state = agent.facts("write_state", &json!({ "write": 1 }));
    assert_eq!(
        (&state["write"]["state"], &state["write"]["note"]),
        (&"done".into(), &"a better title".into()),
        "{state:#}"
    );
    assert_eq!(state["write"]["program"], "test 1");
    assert_eq!(agent.end(), Some(0));

    assert_snapshot!(stage.told(&stage.run(&["undo", "1"])), @r#"
    Plan: mag/1, version 1 of 2, 秋季新品预告, goes over version 2, which the draft says now and which is kept:
      1 of 1 article differ and would be written over
      Article 1, news: 秋季新品预告
        sends    title, author, digest, text (172 characters with its markup), link, cover, comments on
        undoes   the platform's spelling of 1 picture and 1 style
    ------- stderr -------
    Nothing was done. To do it, type the same with --plan 1 --apply
    "#);
    let back = stage.run(&["undo", "mag/1", "--apply", "--json"]).json();
    assert_eq!(back["report"]["complete"], true, "{back:#}");
    assert_eq!(stage.title(&media_id), "秋季新品预告");
    assert_snapshot!(stage.run(&["undo", "1", "--apply"]), @r#"
    ------- stderr -------
    Error: write 1 was taken back already, by restore 3
    ------- exit 1 -------
    "#);
    // An undo is a restore, and is taken back like one.
    assert_eq!(stage.run(&["undo", "3", "--apply"]).code(), Some(0));
    assert_eq!(stage.title(&media_id), "秋季新品，九月见");
    assert_eq!(stage.run(&["verify"]).code(), Some(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_colleague_wrote_since_is_not_gone_over() {
    let (stage, media_id) = stage("{ allow = ['update', 'delete'] }").await;
    let mut agent = stage.agent();
    let read = hash(&mut agent);
    stage.edit(&media_id, |article| article.set("title", "同事改的"));
    let (failed, told) = agent.call("update_draft", &patch(&read, "机器改的"));
    assert!(failed, "{told}");
    let [told, diff] =
        <[&str; 2]>::try_from(told.lines().nth(1).unwrap().splitn(2, "; what changed since: ").collect::<Vec<_>>())
            .unwrap();
    let diff: Value = serde_json::from_str(diff).unwrap();
    assert_eq!(diff["articles"][0]["fields"][0]["to"], "同事改的", "{diff:#}");
    let now = hash(&mut agent);
    assert_snapshot!(told.replace(&now, "HASH"), @"somebody changed the draft: it is version 2 now. Nothing was written; what the draft says now is kept. Read it, decide again, and expect HASH");
    let (failed, _) = agent.call("delete_draft", &json!({ "media_id": media_id, "expected_hash": read }));
    assert!(failed);
    assert_eq!(
        (stage.title(&media_id).as_str(), stage.calls("draft/update"), stage.calls("draft/delete")),
        ("同事改的", 0, 0)
    );

    // The agent has read it now.
    let done = agent.facts("update_draft", &patch(&now, "机器改的"));
    assert_eq!((&done["version"], stage.title(&media_id).as_str()), (&3.into(), "机器改的"));
    assert!(stage.run(&["show", "1@2"]).to_string().contains("同事改的"), "what was gone over is a version");
    let states = stage.shell("SELECT group_concat(action || ' ' || state, ', ') FROM gate_view");
    assert_eq!(states, "update refused, delete refused, update done");
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_allowed_by_default_and_each_account_says_what_is() {
    let reading = Stage::new().await;
    reading.draft(vec![Article::news("早市", "<p>水声</p>")]);
    let names = |agent: &mut Agent| -> Vec<String> {
        let tools = agent.ask("tools/list", &json!({}));
        tools["tools"].as_array().unwrap().iter().map(|tool| tool["name"].as_str().unwrap().to_owned()).collect()
    };
    let mut agent = reading.agent();
    assert_eq!(names(&mut agent).len(), 6);
    let (failed, told) = agent.call("create_draft", &json!({ "account": "mag", "articles": [] }));
    assert!(failed && told.contains("tool not found"), "{told}");

    let (stage, media_id) = stage("{ allow = ['update'] }").await;
    let mut agent = stage.agent();
    assert_eq!(names(&mut agent).len(), 11);
    let read = hash(&mut agent);
    for (tool, arguments) in [
        ("create_draft", json!({ "account": "mag", "articles": [{ "title": "新" }] })),
        ("create_draft", json!({ "account": "shop", "articles": [{ "title": "新" }] })),
        ("delete_draft", json!({ "media_id": media_id, "expected_hash": read })),
        ("restore_draft", json!({ "draft": "mag/1@1" })),
    ] {
        let (failed, told) = agent.call(tool, &arguments);
        assert!(failed && told.contains("does not let programs"), "{tool}: {told}");
    }
    assert_eq!([stage.calls("draft/add"), stage.calls("draft/delete")], [0, 0]);
    assert_eq!(stage.shell("SELECT count(*) FROM gate_view"), "0");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_draft_is_made_once_and_taken_back() {
    let (stage, _) = stage("{ allow = ['create'] }").await;
    let (cover, _) = stage.picture(MAG);
    let mut agent = stage.agent();
    let wanted = json!({ "account": "mag", "articles": [{ "title": "新的", "content": "<p>正文</p>", "thumb_media_id": cover }] });
    // The answer is lost, and the draft is there.
    stage.platform.world().add_fault(FaultRule::next(1, "draft/add", Fault::ResetAfterEffect));
    let made = agent.facts("create_draft", &wanted);
    assert_eq!((&made["version"], &made["report"]["complete"]), (&1.into(), &true.into()), "{made:#}");
    let media_id = made["media_id"].as_str().unwrap().to_owned();
    assert_eq!((stage.title(&media_id).as_str(), stage.box_of(MAG).len()), ("新的", 2));
    // The agent did not hear it, and asks again.
    let again = agent.facts("create_draft", &wanted);
    assert_eq!((&again["media_id"], &again["hash"], stage.box_of(MAG).len()), (&made["media_id"], &made["hash"], 2));

    let (failed, told) = agent.call(
        "create_draft",
        &json!({ "account": "mag", "articles": [{ "title": "无封面", "content": "<p>正文</p>" }] }),
    );
    assert!(failed, "{told}");
    assert_snapshot!(told.lines().nth(1).unwrap(), @"article 1 has no cover: thumb_media_id names a permanent picture of the account. Nothing was written");

    assert_snapshot!(stage.run(&["undo", "1"]).to_string().replace(&media_id, "MEDIA_ID"), @r#"
    Plan: the draft MEDIA_ID of mag, which write 1 made, is deleted from the draft box; the archive keeps what it says
    ------- stderr -------
    Nothing was done. To do it, type the same with --apply
    "#);
    assert_eq!(stage.run(&["undo", "1", "--apply"]).code(), Some(0));
    assert_eq!(stage.box_of(MAG).len(), 1);
    assert_eq!(stage.run(&["undo", "1", "--apply"]).code(), Some(4), "it is gone");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_draft_is_deleted_only_if_it_can_come_back() {
    let (stage, media_id) = stage("{ allow = ['delete'] }\nassets = 'none'").await;
    let mut agent = stage.agent();
    let read = hash(&mut agent);
    let wanted = json!({ "media_id": media_id, "expected_hash": read });
    let (failed, told) = agent.call("delete_draft", &wanted);
    assert!(failed, "{told}");
    assert_snapshot!(told.lines().nth(1).unwrap(), @"the draft could not be brought back whole: 2 pictures not held as bytes, which come through only while the platform has them. Nothing was deleted. Somebody may pin the version (draftkeep pin), or its pictures may be kept by then");
    assert_eq!(stage.calls("draft/delete"), 0);
    assert_eq!(stage.run(&["pin", "1@1"]).code(), Some(0));
    let done = agent.facts("delete_draft", &wanted);
    assert_eq!((&done["write"], stage.box_of(MAG).len()), (&2.into(), 0), "{done:#}");
    let (failed, told) = agent.call("delete_draft", &wanted);
    assert!(failed && told.contains("is not in the draft box"), "{told}");

    let back = stage.run(&["undo", "2", "--apply", "--json"]).json();
    assert_eq!(back["applied"], true, "{back:#}");
    assert_eq!(stage.box_of(MAG)[0].1[0].text("title"), "秋季新品预告");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_version_is_restored_by_the_plan_that_the_agent_was_shown() {
    let (stage, media_id) = stage("{ allow = ['restore'] }").await;
    stage.edit(&media_id, |article| article.set("title", "改坏了"));
    stage.poll();
    let mut agent = stage.agent();
    let plan = agent.facts("restore_draft", &json!({ "draft": "mag/1@1" }));
    assert_eq!((&plan["applied"], &plan["plan"]["number"]), (&false.into(), &1.into()), "{plan:#}");
    assert_eq!(stage.title(&media_id), "改坏了");
    let done = agent.facts("restore_draft", &json!({ "draft": "mag/1@1", "plan": 1, "note": "as asked" }));
    assert_eq!(stage.title(&media_id), "秋季新品预告", "{done:#}");
    let by = stage.shell("SELECT group_concat(id || ' ' || note, ', ') FROM write_origin");
    assert_eq!(by, "1 as asked, 2 as asked", "the write, and the restore that it began");
    assert_eq!(stage.run(&["undo", "1", "--apply"]).code(), Some(0));
    assert_eq!(stage.title(&media_id), "改坏了");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cover_that_was_set_in_the_editor_stays() {
    let (stage, media_id) = stage("{ allow = ['update'] }").await;
    stage.platform.world().account(MAG).crop_cover(&media_id, 0).unwrap();
    stage.poll();
    let mut agent = stage.agent();
    let read = hash(&mut agent);
    let done = agent.facts("update_draft", &patch(&read, "封面还在"));
    let report = done["report"].to_string();
    assert!(report.contains(r#""expected":true,"field":"cover""#), "{done:#}");
    assert_eq!((stage.title(&media_id).as_str(), stage.calls("material/add_material")), ("封面还在", 1), "{done:#}");
    // It is in the library now.
    stage.platform.world().account(MAG).crop_cover(&media_id, 0).unwrap();
    let whole = json!([{ "title": "整篇", "content": "<p>新的正文</p>" }]);
    stage.poll();
    let wanted = json!({ "media_id": media_id, "expected_hash": hash(&mut agent), "articles": whole });
    let done = agent.facts("update_draft", &wanted);
    assert_eq!((&done["version"], stage.title(&media_id).as_str()), (&5.into(), "整篇"), "{done:#}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_agent_that_loops_and_one_without_calls_are_stopped_before_the_platform() {
    let (stage, media_id) = stage("{ allow = ['update'] }").await;
    let mut agent = stage.agent();
    let wrong = "0".repeat(64);
    for _ in 0..20 {
        assert!(agent.call("update_draft", &patch(&wrong, "又来")).0);
    }
    let calls = stage.calls("draft/get");
    let (failed, told) = agent.call("update_draft", &patch(&wrong, "又来"));
    assert!(failed && told.contains("asked for 20 writes within a minute"), "{told}");
    assert_eq!(stage.calls("draft/get"), calls, "{media_id}");
    assert_eq!(stage.calls("draft/update"), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_written_in_part_is_told_and_taken_back() {
    let (stage, _) = stage("{ allow = ['update'] }").await;
    let picture = stage.picture(MAG);
    let two = stage.platform.world().account(MAG).create(vec![autumn(&picture), autumn(&picture)]);
    stage.poll();
    let mut agent = stage.agent();
    let read = agent.facts("get_draft", &json!({ "draft": two }))["hash"].as_str().unwrap().to_owned();
    stage.platform.world().add_fault(FaultRule::next(1, "draft/update", Fault::Code(45_003)).after(1));
    let both: Vec<Value> = (0..2).map(|index| json!({ "index": index, "fields": { "author": "机器" } })).collect();
    let wanted = json!({ "media_id": two, "expected_hash": read, "patch": both });
    let (failed, told) = agent.call("update_draft", &wanted);
    assert!(failed && told.contains("1 of 2 articles were written"), "{told}");
    let authors = |stage: &Stage| -> Vec<String> {
        let mut world = stage.platform.world();
        world
            .account(MAG)
            .draft(&two)
            .unwrap()
            .articles
            .iter()
            .map(|article| article.text("author").to_owned())
            .collect()
    };
    assert_eq!(authors(&stage), ["机器", "李编辑"]);
    let back = stage.run(&["undo", "1", "--apply"]);
    assert_eq!(back.code(), Some(0), "{back}");
    assert_eq!(authors(&stage), ["李编辑", "李编辑"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_write_is_settled_by_the_next_one() {
    let (stage, media_id) = stage("{ allow = ['update'] }").await;
    let mut agent = stage.agent();
    let read = hash(&mut agent);
    crate::harness::database(stage.path("archive.db"))
        .execute_batch("INSERT INTO gate_write (id, account, action, draft, before, request, asked_at, state) VALUES (7, 1, 'update', 1, 1, '{}', '2026-09-01T01:00:00.000Z', 'begun')")
        .unwrap();
    let done = agent.facts("update_draft", &patch(&read, "后来的"));
    assert_eq!((&done["write"], stage.title(&media_id).as_str()), (&8.into(), "后来的"));
    assert_eq!(stage.shell("SELECT state, reason FROM gate_view WHERE id = 7"), "failed|it was interrupted");
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_agents_that_read_the_same_one_writes() {
    let (stage, media_id) = stage("{ allow = ['update'] }").await;
    let mut agents = [stage.agent(), stage.agent()];
    let read = hash(&mut agents[0]);
    let told = std::thread::scope(|scope| {
        let write = |(agent, title): (&mut Agent, &'static str)| agent.call("update_draft", &patch(&read, title));
        let [one, other] = &mut agents;
        let both = [(one, "甲写的"), (other, "乙写的")].map(|asked| scope.spawn(move || write(asked)));
        both.map(|thread| thread.join().unwrap())
    });
    let failed = told.each_ref().map(|(failed, _)| *failed);
    assert!(failed == [true, false] || failed == [false, true], "{told:?}");
    let written = if failed[0] { "乙写的" } else { "甲写的" };
    assert_eq!(stage.title(&media_id), written);
    let refused = told.iter().find(|(failed, _)| *failed).unwrap();
    assert!(refused.1.contains("somebody changed the draft") && refused.1.contains(written), "{told:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_somebody_saves_before_the_read_back_is_theirs() {
    let (stage, media_id) = stage("{ allow = ['update'] }").await;
    let mut agent = stage.agent();
    let read = hash(&mut agent);
    let saved = media_id.clone();
    stage.platform.world().after_next_call("draft/update", move |world| {
        world.account(MAG).edit(&saved, 0, |article| article.set("title", "同事接着改")).unwrap();
    });
    let done = agent.facts("update_draft", &patch(&read, "机器改的"));
    assert_eq!((&done["hash"], stage.title(&media_id).as_str()), (&Value::Null, "同事接着改"), "{done:#}");
    let run = stage.run(&["undo", "1", "--apply"]);
    assert_eq!((run.code(), stage.title(&media_id).as_str()), (Some(1), "同事接着改"), "{run}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_answer_before_the_effect_is_no_success() {
    let (stage, media_id) = stage("{ allow = ['update'] }").await;
    let mut agent = stage.agent();
    let read = hash(&mut agent);
    stage.platform.world().add_fault(FaultRule::next(9, "draft/update", Fault::Reset));
    let author = json!({ "media_id": media_id, "expected_hash": read, "patch": [{ "fields": { "author": "机器" } }] });
    let (failed, told) = agent.call("update_draft", &author);
    assert!(failed && !told.contains("draftkeep undo"), "{told}");
    stage.platform.world().clear_faults();
    let done = agent.facts("update_draft", &author);
    assert_eq!(done["version"], 2, "{done:#}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plan_that_an_agent_was_shown_is_no_plan_of_a_person() {
    let (stage, media_id) = stage("{ allow = ['restore', 'update'] }").await;
    let mut agent = stage.agent();
    let read = hash(&mut agent);
    agent.facts("update_draft", &patch(&read, "机器改的"));
    stage.edit(&media_id, |article| article.set("title", "同事改的"));
    agent.facts("restore_draft", &json!({ "draft": "mag/1@1" }));
    let run = stage.run(&["undo", "1", "--apply"]);
    assert_eq!((run.code(), stage.title(&media_id).as_str()), (Some(1), "同事改的"), "{run}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_field_that_changes_although_nobody_saves_stops_nobody() {
    let (stage, media_id) = stage("{ allow = ['update'] }\nignore_fields = ['ad_seed']").await;
    let mut agent = stage.agent();
    let read = hash(&mut agent);
    stage.edit(&media_id, |article| article.set("ad_seed", 7));
    let done = agent.facts("update_draft", &patch(&read, "照样能改"));
    assert_eq!((&done["version"], stage.title(&media_id).as_str()), (&2.into(), "照样能改"), "{done:#}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_waits_at_one_account_is_not_what_another_asks_for() {
    let (stage, media_id) = stage("{ allow = ['create', 'update'], approve = ['create', 'update'] }").await;
    let path = stage.path("config.toml");
    let config = std::fs::read_to_string(&path).unwrap();
    let at = config.rfind("schedule =").unwrap();
    let gate = "gate = { allow = ['create'], approve = ['create'] }\n";
    std::fs::write(&path, format!("{}{gate}{}", &config[..at], &config[at..])).unwrap();
    let mut agent = stage.agent();
    let articles = json!([{ "title": "新的", "content": "<p>正文</p>", "thumb_media_id": "COVER" }]);
    let mut ask = |account: &str| agent.call("create_draft", &json!({ "account": account, "articles": articles })).1;
    assert!(ask("mag").contains("write 1 waits"));
    assert!(ask("shop").contains("write 2 waits"));
    assert!(ask("mag").contains("write 1 waits"), "asked again, it waits once");
    let read = hash(&mut agent);
    assert!(agent.call("update_draft", &patch(&read, "要等")).1.contains("write 3 waits"));
    assert!(agent.call("update_draft", &patch(&read, "要等")).1.contains("write 3 waits"));
    assert_eq!(stage.title(&media_id), "秋季新品预告");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_agent_that_did_not_get_its_answer_asks_the_same_again() {
    let (stage, media_id) = stage("{ allow = ['update'] }").await;
    let mut agent = stage.agent();
    let read = hash(&mut agent);
    agent.facts("update_draft", &patch(&read, "写好了"));
    let again = agent.facts("update_draft", &patch(&read, "写好了"));
    assert_eq!((&again["unchanged"], stage.title(&media_id).as_str()), (&true.into(), "写好了"), "{again:#}");
}
