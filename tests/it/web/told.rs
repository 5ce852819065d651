//! `/told`: who was told of what, how that ended, and what waits.

use std::time::{Duration, Instant};

use serde_json::json;

use super::{Site, autumn_archive, header, told};
use crate::harness::{World, database};
use crate::scripted::{Reply, Scripted};

/// Never on a page: who knows it can write to the group.
const KEY: &str = "693a91f6-7aaa-4bc4-97a0-0ec2515a5aaa";

/// Two targets: one that works, and one that refused. Nothing is due.
async fn site(rows: &str) -> Site {
    let world = World::new();
    autumn_archive(&world);
    database(world.path("archive.db"))
        .execute_batch(&format!(
            "INSERT INTO event (id, account, draft, kind, severity, at, version, characters_before, characters_after)
             VALUES (100, 1, 1, 'draft.emptied', 'alarm', '2026-08-31T01:10:00.000Z', 3, 3214, 12),
                    (101, 1, 2, 'draft.changed', 'info', '2026-08-31T02:00:00.000Z', 1, NULL, NULL),
                    (102, 1, NULL, 'account.late', 'alarm', '2026-08-31T03:00:00.000Z', NULL, NULL, NULL);
             INSERT INTO outbox_target (name, cursor, settings, parked_at, last_sent_at, answer, failed_at)
             VALUES ('editors', 999, '', NULL, '2026-08-31T01:10:02.000Z', NULL, NULL),
                    ('chiefs', 999, '', '2026-08-31T03:00:05.000Z', NULL,
                     'robot_unknown 93000: invalid webhook url', '2026-08-31T03:00:05.000Z');
             {rows}"
        ))
        .unwrap();
    let site = |name: &str, to: &str| format!("[[notify]]\nname = '{name}'\nto = {to}\nat_least = 'info'\n");
    // What cannot be read is no new address: it stays parked.
    let notify = site("editors", &format!("{{ wecom = {{ command = ['printf', '{KEY}'] }} }}"))
        + &site("chiefs", "{ feishu = { url = { command = ['false'] } } }");
    Site::start_with(world, "", &notify).await
}

const ROWS: &str = "
    INSERT INTO outbox_message (id, target, severity, made_at, due_at, tries, doubts, state, title, body, answer, ended_at) VALUES
        (1, 'editors', 'alarm', '2026-08-31T01:10:01.000Z', '2026-08-31T01:10:01.000Z', 1, 0, 'sent', '《菜市场<b>》正文被清空',
         '正文 3,214 → 12 字' || char(10) || '08-31 09:10 · mag · #1 · 第 3 版', NULL, '2026-08-31T01:10:02.000Z'),
        (2, 'editors', 'alarm', '2026-08-31T03:00:01.000Z', '2026-08-31T03:00:01.000Z', 2, 2, 'uncertain', '3 个问题', 'x',
         'no_answer', '2026-08-31T03:05:00.000Z'),
        (3, 'chiefs', 'alarm', '2026-08-31T03:00:01.000Z', '2026-08-31T03:00:05.000Z', 1, 0, 'waiting', 'mag：草稿没有按时读取', 'x',
         'robot_unknown 93000: invalid webhook url', NULL);
    INSERT INTO outbox_item (target, matter, first_event, worst_event, last_event, severity, opened_at, due_at, message) VALUES
        ('editors', 'draft:1', 100, 100, 100, 'alarm', '2026-08-31T01:10:00.000Z', '2026-08-31T01:10:00.000Z', 1),
        ('editors', 'account:mag:late', 102, 102, 102, 'alarm', '2026-08-31T03:00:00.000Z', '2026-08-31T03:00:00.000Z', 2),
        ('editors', 'draft:2', 101, 101, 101, 'info', '2026-08-31T03:00:00.000Z', '2026-08-31T03:00:00.000Z', 2),
        ('chiefs', 'account:mag:late', 102, 102, 102, 'alarm', '2026-08-31T03:00:00.000Z', '2026-08-31T03:00:00.000Z', 3),
        ('chiefs', 'draft:2', 101, 101, 101, 'info', '2026-08-31T02:00:00.000Z', '2026-09-01T15:59:00.000Z', NULL);";

#[tokio::test]
async fn an_editor_sees_who_was_told_of_what() {
    let site = site(ROWS).await;
    let cookie = site.log_in().await;
    let (_, start) = site.page("/", &cookie).await;
    assert!(start.contains("href=\"/told\""), "{start}");
    let (status, page) = site.page("/told", &cookie).await;
    assert_eq!(status, 200, "{page}");
    for part in [
        "editors (WeCom)",
        "works",
        "chiefs (Feishu)",
        "It refuses everything; nothing is sent since 2026-08-31",
        "draftkeep notify retry chiefs",
        "waiting until the target accepts messages",
        "2 waiting",
        "<a href=\"/d/1/2..3\">《菜市场&lt;b&gt;》正文被清空</a>",
        "正文 3,214 → 12 字\n08-31 09:10",
        "delivered",
        "perhaps delivered; not sent again",
        "tried 2 times",
        "<a href=\"/a/mag\">mag: drafts were not read as promised</a>",
        "<a href=\"/d/2/1\">",
        "Copy the whole address from the robot's settings again.",
        "93000: invalid webhook url",
        "Due: ",
    ] {
        assert!(page.contains(part), "{part}: {page}");
    }
    let answer = site.get("/told").header("cookie", &cookie).send().await.unwrap();
    let (_, chinese) = told(answer).await;
    for part in
        ["editors（企业微信）", "chiefs（飞书）", "对方拒收，从 2026-08-31", "地址中的密钥不对", "不确定是否送达"]
    {
        assert!(chinese.contains(part), "{part}: {chinese}");
    }
    for page in [&page, &chinese] {
        assert!(!page.contains(KEY), "{page}");
    }
    let answer = site.get("/told").send().await.unwrap();
    assert!(answer.status() == 303 && header(&answer, "location").starts_with("/login"), "nobody is logged in");
}

#[tokio::test]
async fn a_dead_mans_switch_stands_there_and_why_it_is_not_reached() {
    let world = World::new();
    autumn_archive(&world);
    // A target that refuses for good is told to the switches at once.
    let parked = "INSERT INTO outbox_target (name, cursor, settings, parked_at) VALUES ('chiefs', 999, '', '2026-08-31T03:00:05.000Z')";
    database(world.path("archive.db")).execute_batch(parked).unwrap();
    let server = Scripted::start().await;
    server.on("/0f1e2d3c-4b5a/fail", [Reply::ok("OK")]);
    let addresses = [("first", server.base.as_str()), ("second", "http://127.0.0.1:9")];
    let ping = |(name, base): (&str, &str)| {
        std::fs::write(world.path(&format!("{name}.url")), format!("{base}/0f1e2d3c-4b5a\n")).unwrap();
        format!("[[notify]]\nname = '{name}'\nto = {{ ping = {{ file = '{name}.url' }} }}\n")
    };
    let chiefs = "[[notify]]\nname = 'chiefs'\nto = { feishu = { url = { command = ['false'] } } }\n";
    let notify = addresses.map(ping).concat() + chiefs;
    let site = Site::start_with(world, "", &notify).await;
    let cookie = site.log_in().await;
    let until = Instant::now() + Duration::from_secs(60);
    let page = loop {
        let (_, page) = site.page("/told", &cookie).await;
        if page.contains("not delivered; it is tried again") && !page.contains("nothing was sent yet") {
            break page;
        }
        assert!(Instant::now() < until, "{page}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    };
    for part in
        ["first (outside monitor)", "second (outside monitor)", "Last failure: ", "The target cannot be reached."]
    {
        assert!(page.contains(part), "{part}: {page}");
    }
    assert!(!page.contains("Last proof sent: ") && !page.contains("0f1e2d3c"), "{page}");
    let answer = site.get("/told").header("cookie", &cookie).send().await.unwrap();
    let (_, chinese) = told(answer).await;
    for part in ["second（监控服务）", "上次没有送达：", "连不上对方"] {
        assert!(chinese.contains(part), "{part}: {chinese}");
    }
    let (_, json) = site.json("/told", &cookie).await;
    assert_eq!(json["targets"], site.world.run(&["notify", "list", "--json", "--config", "config.toml"]).json());
    let [_, first, second] = &json["targets"].as_array().unwrap()[..] else { panic!("{json}") };
    assert_eq!((&first["state"], &first["reason"]), (&json!("ok"), &json!(null)));
    assert!(first["last_sent_at"].is_string(), "{first}");
    assert_eq!((&second["state"], &second["reason"]["meaning"]), (&json!("failing"), &json!("not_reached")));
}

#[tokio::test]
async fn programs_get_what_was_told() {
    let site = site(ROWS).await;
    let cookie = site.log_in().await;
    let (_, told) = site.json("/told", &cookie).await;
    let list = site.world.run(&["notify", "list", "--json", "--config", "config.toml"]).json();
    assert_eq!(told["targets"], list);
    let reason = json!({"meaning": "robot_unknown", "code": 93000, "said": "invalid webhook url"});
    assert_eq!(list[1]["reason"], reason);
    assert!(list[1]["answer"].as_str().unwrap().contains("Copy the whole address"), "{list}");
    assert_eq!(told["waiting"][0]["target"], "chiefs");
    assert_eq!((&told["waiting"][0]["event"]["kind"], &told["older"]), (&json!("draft.changed"), &json!(null)));
    let [waiting, uncertain, sent] = &told["messages"].as_array().unwrap()[..] else { panic!("{told}") };
    assert_eq!((&sent["state"], &sent["due_at"], &sent["reason"]), (&json!("sent"), &json!(null), &json!(null)));
    assert_eq!(sent["lines"], json!(["正文 3,214 → 12 字", "08-31 09:10 · mag · #1 · 第 3 版"]));
    assert_eq!((&sent["events"][0]["id"], &sent["events"][0]["version"]), (&json!(1), &json!(3)));
    assert_eq!((uncertain["events"].as_array().unwrap().len(), &uncertain["more"]), (2, &json!(0)));
    assert_eq!(uncertain["events"][0]["kind"], "account.late", "the worst first");
    assert_eq!((&waiting["state"], &waiting["due_at"]), (&json!("waiting"), &json!("2026-08-31T03:00:05.000Z")));
}

#[tokio::test]
async fn a_page_has_a_hundred_messages_and_leads_to_the_older_ones() {
    let many = "WITH RECURSIVE n(x) AS (VALUES (1) UNION ALL SELECT x + 1 FROM n WHERE x < 150)
        INSERT INTO outbox_message (id, target, severity, made_at, due_at, tries, doubts, state, title, body, ended_at)
        SELECT x, 'editors', 'info', '2026-08-31T01:00:00.000Z', '2026-08-31T01:00:00.000Z', 1, 0, 'sent', 'message ' || x, '',
               '2026-08-31T01:00:00.000Z' FROM n;
        WITH RECURSIVE n(x) AS (VALUES (1) UNION ALL SELECT x + 1 FROM n WHERE x < 3000)
        INSERT INTO outbox_item (target, matter, first_event, worst_event, last_event, severity, opened_at, due_at, message)
        SELECT 'editors', 'x' || x, 101, 101, 101, 'info', '2026-08-31T01:00:00.000Z', '2026-08-31T01:00:00.000Z', 150 FROM n;
        INSERT INTO outbox_item (target, matter, first_event, worst_event, last_event, severity, opened_at, due_at, message)
        SELECT 'chiefs', matter, 101, 101, 101, 'info', opened_at, '2026-09-01T15:59:00.000Z', NULL FROM outbox_item;";
    let site = site(many).await;
    let cookie = site.log_in().await;
    let (_, page) = site.page("/told", &cookie).await;
    assert!(page.contains("message 51") && !page.contains("message 50"), "{page}");
    assert!(page.contains("2980 more") && page.contains("3000 waiting") && page.len() < 60_000, "{}", page.len());
    assert!(page.contains("rel=\"next\" href=\"/told?before=51\""), "{page}");
    let (_, older) = site.page("/told?before=51", &cookie).await;
    assert!(older.contains("message 50") && older.contains("message 1<") && !older.contains("rel=\"next\""), "{older}");
    let (_, end) = site.page("/told?before=1", &cookie).await;
    assert!(end.contains("There are no older messages"), "{end}");
    assert_eq!(site.page("/told?before=x", &cookie).await.0, 404);
}

#[tokio::test]
async fn without_targets_the_page_says_how_to_begin() {
    let world = World::new();
    autumn_archive(&world);
    let site = Site::start(world, "").await;
    let cookie = site.log_in().await;
    let (status, page) = site.page("/told", &cookie).await;
    assert!(status == 200 && page.contains("[[notify]]") && page.contains("No message was sent yet"), "{page}");
}
