//! Writes that somebody approves or denies on the pages, through the real program and the simulator.

use draftkeep::simulator::SimulatorHandle;
use serde_json::json;

use super::restore::until_ended;
use super::{Site, location, told};
use crate::gate::{hash, stage};
use crate::restore::{MAG, Stage};

/// The pages of an archive in which an agent has asked for another title, and waits.
struct Desk {
    platform: SimulatorHandle,
    site: Site,
    cookie: String,
    media_id: String,
}

impl Desk {
    async fn new(keys: &str) -> Self {
        let (stage, media_id) = stage("{ allow = ['update'], approve = ['update'] }").await;
        let mut agent = stage.agent();
        let read = hash(&mut agent);
        let note = "<script>alert(1)</script>\u{202e}";
        let patch = json!([{ "fields": { "title": "机器改的" } }]);
        let wanted = json!({ "media_id": "mag/1", "expected_hash": read, "note": note, "patch": patch });
        assert!(agent.call("update_draft", &wanted).0);
        assert_eq!(agent.end(), Some(0));
        let Stage { platform, world } = stage;
        let site = Site::serve(world, keys).await;
        let cookie = site.log_in().await;
        Self { platform, site, cookie, media_id }
    }

    fn title(&self) -> String {
        let mut world = self.platform.world();
        world.account(MAG).draft(&self.media_id).unwrap().articles[0].text("title").to_owned()
    }

    async fn page(&self, path: &str) -> String {
        let (status, page) = self.site.page(path, &self.cookie).await;
        assert_eq!(status, 200, "{path}: {page}");
        page
    }

    /// Decides; returns the status, where it leads, and the page.
    async fn send(&self, path: &str) -> (u16, String, String) {
        let request = self.site.post(path, "").header("cookie", &self.cookie).header("accept-language", "en");
        let answer = request.send().await.unwrap();
        let leads_to = location(&answer).to_owned();
        let (status, page) = told(answer).await;
        (status, leads_to, page)
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_editor_sees_what_waits_and_says_yes() {
    let desk = Desk::new("allow_restore = true").await;
    assert!(desk.page("/").await.contains("<a href=\"/writes\">Writes that wait for a yes: 1</a>"));
    let list = desk.page("/writes").await;
    for part in ["test 1", "asks to change “秋季新品预告”", "href=\"/writes/1\"", "&lt;script&gt;"] {
        assert!(list.contains(part), "{part}: {list}");
    }
    let page = desk.page("/writes/1").await;
    assert!(page.contains("机器改的") && page.contains("action=\"/writes/1/approve\""), "{page}");
    assert!(!page.contains("<script>alert") && !page.contains('\u{202e}'), "{page}");

    // Another site's page cannot say yes.
    let foreign = desk.site.get("/writes/1").header("cookie", &desk.cookie).build().unwrap().url().clone();
    let foreign = super::browser().post(format!("{foreign}/approve")).header("cookie", &desk.cookie);
    let foreign = foreign.header("sec-fetch-site", "cross-site").send().await.unwrap();
    assert_eq!((foreign.status().as_u16(), desk.title().as_str()), (403, "秋季新品预告"));

    // A double click.
    let (first, second) = tokio::join!(desk.send("/writes/1/approve"), desk.send("/writes/1/approve"));
    assert_eq!((first.0, first.1.as_str()), (303, "/writes/1"), "{}", first.2);
    assert_eq!((second.0, second.1.as_str()), (303, "/writes/1"), "{}", second.2);
    let page = until_ended(|| desk.page("/writes/1"), "It is being written").await;
    for part in [
        "✓ Written",
        "Decided by: ",
        "(127.0.0.1)",
        "asks to change “机器改的”",
        "/d/1/1..2",
        "draftkeep undo 1 --apply",
    ] {
        assert!(page.contains(part), "{part}: {page}");
    }
    assert_eq!(desk.title(), "机器改的");
    assert_eq!(desk.platform.world().request_log.calls("draft/update"), 1);
    assert!(!desk.page("/").await.contains("/writes"));
    let (_, write) = desk.site.json("/writes/1", &desk.cookie).await;
    assert_eq!((&write["state"], &write["version"]), (&json!("done"), &json!(2)), "{write:#}");

    // Its versions say who wrote them.
    for path in ["/d/1", "/d/1/2"] {
        let page = desk.page(path).await;
        assert!(page.contains("Written by a program: ") && page.contains("test 1"), "{path}: {page}");
        assert!(!page.contains("<script>alert"), "{path}: {page}");
    }
    assert!(!desk.page("/d/1/1").await.contains("Written by a program"));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_editor_says_no_or_is_told_that_the_draft_was_changed() {
    let desk = Desk::new("allow_restore = true").await;
    assert_eq!(desk.send("/writes/1/deny").await.0, 303);
    let page = desk.page("/writes/1").await;
    assert!(page.contains("Denied, and nothing was written") && !page.contains("/approve\""), "{page}");
    assert_eq!(desk.send("/writes/1/approve").await.0, 303);
    assert_eq!(desk.title(), "秋季新品预告");

    let desk = Desk::new("allow_restore = true").await;
    desk.platform.world().account(MAG).edit(&desk.media_id, 0, |article| article.set("title", "同事改的")).unwrap();
    assert_eq!(desk.send("/writes/1/approve").await.0, 303);
    let page = until_ended(|| desk.page("/writes/1"), "It is being written").await;
    assert!(page.contains("the draft is not what the program saw"), "{page}");
    assert!(page.contains("somebody changed the draft: it is version 2 now"), "{page}");
    assert!(page.contains("href=\"/d/1/1..2\""), "what was changed: {page}");
    assert_eq!(desk.title(), "同事改的");
}

#[tokio::test(flavor = "multi_thread")]
async fn where_the_pages_do_not_restore_they_do_not_approve() {
    let desk = Desk::new("").await;
    let page = desk.page("/writes/1").await;
    assert!(page.contains("draftkeep gate approve 1") && !page.contains("/approve\""), "{page}");
    for decision in ["approve", "deny"] {
        assert_eq!(desk.send(&format!("/writes/1/{decision}")).await.0, 403);
    }
    let (_, write) = desk.site.json("/writes/1", &desk.cookie).await;
    assert_eq!((&write["state"], desk.title().as_str()), (&json!("held"), "秋季新品预告"));
    assert_eq!(desk.site.page("/writes/9", &desk.cookie).await.0, 404);
}
