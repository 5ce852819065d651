//! Restores from the page, through the real program and the simulator.

use std::time::Duration;

use draftkeep::simulator::{Article, Fault, FaultRule, SimulatorHandle};

use super::{Site, header, location, told};
use crate::restore::{MAG, Stage};

pub(super) const PLAN: &str = "/d/1/1/restore";

/// The pages of an archive, and the platform; somebody has spoilt the draft, whose good version is the first.
pub(super) struct Desk {
    pub(super) platform: SimulatorHandle,
    pub(super) site: Site,
    cookie: String,
    media_id: String,
}

impl Desk {
    pub(super) async fn new(keys: &str) -> Self {
        let stage = Stage::new().await;
        let (cover, url) = stage.picture(MAG);
        let article = Article::news("老街夜市", "<p>凌晨四点，菜市场醒了。</p>");
        let media_id = stage.draft(vec![article.with("thumb_media_id", &*cover).with("thumb_url", &*url)]);
        let Stage { platform, world } = stage;
        platform.world().account(MAG).edit(&media_id, 0, |article| article.set("content", "<p>空</p>")).unwrap();
        assert_eq!(world.run(&["poll", "--config", "config.toml"]).code(), Some(0));
        let site = Site::serve(world, keys).await;
        let cookie = site.log_in().await;
        Self { platform, site, cookie, media_id }
    }

    fn save(&self, body: &str) {
        let mut world = self.platform.world();
        world.account(MAG).edit(&self.media_id, 0, |article| article.set("content", body)).unwrap();
    }

    /// The texts of the drafts in the box, in order of creation.
    pub(super) fn texts(&self) -> Vec<String> {
        let mut world = self.platform.world();
        world.account(MAG).drafts().iter().map(|draft| draft.articles[0].text("content").to_owned()).collect()
    }

    pub(super) async fn page(&self, path: &str) -> String {
        let (status, page) = self.site.page(path, &self.cookie).await;
        assert_eq!(status, 200, "{path}: {page}");
        page
    }

    /// Sends a form, and returns the status, where it leads, and the page.
    pub(super) async fn send(&self, path: &str, form: &str) -> (u16, String, String) {
        let request = self.site.post(path, form).header("cookie", &self.cookie).header("accept-language", "en");
        let answer = request.send().await.unwrap();
        let leads_to = location(&answer).to_owned();
        let (status, page) = told(answer).await;
        (status, leads_to, page)
    }

    /// Sends the form of a page that goes to `action`, as it stands there; returns the page of the restore when it has ended.
    pub(super) async fn submit(&self, page: &str, action: &str) -> String {
        let (status, leads_to, page) = self.send(action, &form(page, action)).await;
        assert_eq!(status, 303, "{page}");
        self.ended(&leads_to).await
    }

    async fn ended(&self, path: &str) -> String {
        until_ended(|| self.page(path), "The restore runs").await
    }
}

/// Loads the page of a restore until it says no more that the restore runs.
pub(super) async fn until_ended<F: Future<Output = String>>(page: impl Fn() -> F, runs: &str) -> String {
    for _ in 0..400 {
        let page = page().await;
        if !page.contains(runs) {
            return page;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("a restore does not end");
}

/// The fields of the form that goes to `action`.
pub(super) fn form(page: &str, action: &str) -> String {
    let start = page.find(&format!("action=\"{action}\"")).unwrap_or_else(|| panic!("no form {action}: {page}"));
    let form = page[start..].split("</form>").next().unwrap();
    let field = |input: &str| {
        let value = |name: &str| input.split(&format!("{name}=\"")).nth(1)?.split('"').next();
        Some(format!("{}={}", value("name")?, value("value")?))
    };
    form.split("<input").skip(1).filter_map(field).collect::<Vec<_>>().join("&")
}

const GOOD: &str = "凌晨四点";

#[tokio::test(flavor = "multi_thread")]
async fn an_editor_brings_a_lost_text_back_as_a_new_draft_and_undoes_it() {
    let desk = Desk::new("allow_restore = true").await;
    assert!(desk.page("/d/1/1").await.contains("href=\"/d/1/1/restore\""));
    let plan = desk.page(PLAN).await;
    for part in [
        "老街夜市",
        "draft box of mag",
        "/d/1/1..2",
        "Pictures that it needs: 1; in the archive: 1.",
        "/d/1/1/files/paste.html",
    ] {
        assert!(plan.contains(part), "{part}: {plan}");
    }
    // A double click, or a page that is loaded again.
    let sent = form(&plan, PLAN);
    let (first, second) = tokio::join!(desk.send(PLAN, &sent), desk.send(PLAN, &sent));
    assert_eq!((first.0, &*first.1), (303, "/restores/1"), "{}", first.2);
    assert_eq!((second.0, &*second.1), (303, "/restores/1"), "{}", second.2);
    let page = desk.ended("/restores/1").await;
    for part in
        ["Done: it is in the draft box", "What was read back", "same: title, cover, text", "link (127.0.0.1)", "Undo"]
    {
        assert!(page.contains(part), "{part}: {page}");
    }
    let texts = desk.texts();
    assert!(texts.len() == 2 && texts[1].contains(GOOD), "{texts:?}");

    // After a restart as well, and another form asks first.
    let mut desk = desk;
    desk.site.restart("2026-09-01T02:05:00Z").await;
    assert_eq!(desk.send(PLAN, &sent).await.1, "/restores/1");
    let (status, _, page) = desk.send(PLAN, "form=another").await;
    assert!(status == 409 && page.contains("This version was restored before"), "{status} {page}");
    assert!(desk.page(PLAN).await.contains("name=\"again\" value=\"true\""));
    assert_eq!(desk.texts().len(), 2);
    let (_, record) = desk.site.json("/restores/1", &desk.cookie).await;
    assert_eq!(record["outcome"], "done");
    assert_eq!(record["asked_by"][0]["user"], "link");
    assert_eq!(record["report"]["articles"][0]["fields"][0]["verdict"], "same", "{record}");

    let page = desk.page("/restores/1").await;
    let page = desk.submit(&page, "/restores/1/undo").await;
    assert!(page.contains("Undone: the draft was deleted") && !page.contains("/undo\""), "{page}");
    assert_eq!(desk.texts().len(), 1);
    let page = desk.page("/restores/1").await;
    assert!(page.contains("It was undone") && !page.contains("/restores/1/undo"), "{page}");
    for path in ["/a/mag", "/d/2"] {
        let page = desk.page(path).await;
        assert!(page.contains("deleted by an undo") && !page.contains("to be confirmed"), "{path}: {page}");
    }
    // No poll has looked since.
    assert!(!desk.page(PLAN).await.contains("name=\"again\""));
}

#[tokio::test(flavor = "multi_thread")]
async fn who_saves_between_plan_and_restore_loses_nothing() {
    let desk = Desk::new("allow_restore = true").await;
    let (in_place, apply) = (format!("{PLAN}/in-place"), format!("{PLAN}/in-place/apply"));
    let (status, _, plan) = desk.send(&in_place, "").await;
    assert!(status == 200 && plan.contains("1 of 1 articles") && plan.contains("/d/1/2..1"), "{status} {plan}");
    desk.save("<p>同事刚写的</p>");
    let (status, _, page) = desk.send(&apply, &form(&plan, &apply)).await;
    assert!(status == 409 && page.contains("Somebody has just edited this draft"), "{status} {page}");
    assert!(desk.texts()[0].contains("同事刚写的"));
    let (_, _, plan) = desk.send(&in_place, &form(&page, &in_place)).await;
    assert!(plan.contains("/d/1/3..1"), "{plan}");
    let sent = form(&plan, &apply);
    let page = desk.submit(&plan, &apply).await;
    assert!(page.contains("Done: it is in the draft box"), "{page}");
    assert!(desk.texts().len() == 1 && desk.texts()[0].contains(GOOD), "{:?}", desk.texts());
    assert_eq!(desk.send(&apply, &sent).await.1, "/restores/1", "the same form again");

    let page = desk.submit(&page, "/restores/1/undo").await;
    assert!(page.contains("Done: it is in the draft box"), "{page}");
    assert!(desk.texts()[0].contains("同事刚写的"), "{:?}", desk.texts());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_undo_deletes_nothing_that_somebody_has_edited() {
    let desk = Desk::new("allow_restore = true").await;
    let plan = desk.page(PLAN).await;
    let page = desk.submit(&plan, PLAN).await;
    let made = desk.platform.world().account(MAG).drafts()[1].media_id.clone();
    desk.platform.world().account(MAG).edit(&made, 0, |article| article.set("content", "<p>改好了</p>")).unwrap();
    let (status, _, page) = desk.send("/restores/1/undo", &form(&page, "/restores/1/undo")).await;
    assert!(
        status == 409 && page.contains("Nothing was undone") && page.contains("Somebody has edited the restored draft"),
        "{status} {page}"
    );
    assert_eq!(desk.texts().len(), 2);
}

/// The page told to look again, and nothing to look at led from there.
#[tokio::test(flavor = "multi_thread")]
async fn an_undo_that_would_overwrite_an_edit_says_how_to_get_the_text_back() {
    let desk = Desk::new("allow_restore = true").await;
    let (in_place, apply, undo) = (format!("{PLAN}/in-place"), format!("{PLAN}/in-place/apply"), "/restores/1/undo");
    let (_, _, plan) = desk.send(&in_place, "").await;
    let page = desk.submit(&plan, &apply).await;
    desk.save("<p>改好了</p>");
    for _ in 0..2 {
        let (status, _, refused) = desk.send(undo, &form(&desk.page("/restores/1").await, undo)).await;
        assert!(status == 409 && refused.contains("open the version from before"), "{status} {refused}");
    }
    assert!(page.contains("What the draft said before: <a href=\"/d/1/2\">"), "{page}");
    assert!(desk.texts()[0].contains("改好了"), "{:?}", desk.texts());
}

#[tokio::test(flavor = "multi_thread")]
async fn only_who_may_restores_and_files_are_for_everybody_who_may_look() {
    let desk = Desk::new("").await;
    let plan = desk.page(PLAN).await;
    assert!(!plan.contains("method=\"post\"") && plan.contains("allow_restore = true"), "{plan}");
    for path in [PLAN, "/d/1/1/restore/in-place", "/restores/1/undo"] {
        let (status, _, page) = desk.send(path, "form=x").await;
        assert!(status == 403 && page.contains("draftkeep restore "), "{path}: {status} {page}");
    }
    for (kind, part) in [("paste.html", GOOD), ("txt", GOOD), ("json", "news_item")] {
        let request = desk.site.get(&format!("/d/1/1/files/{kind}")).header("cookie", &desk.cookie);
        let answer = request.send().await.unwrap();
        assert!(header(&answer, "content-disposition").starts_with("attachment; "), "{answer:?}");
        let (status, file) = told(answer).await;
        assert!(status == 200 && file.contains(part), "{kind}: {file}");
    }
    assert_eq!(desk.site.get("/d/1/1/files/txt").send().await.unwrap().status(), 303, "not logged in");
    assert_eq!(desk.texts().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_old_login_and_a_page_of_another_site_restore_nothing() {
    let mut desk = Desk::new("allow_restore = true").await;
    let request = desk.site.post(PLAN, "form=x").header("cookie", &desk.cookie);
    let mut request = request.build().unwrap();
    request.headers_mut().insert("sec-fetch-site", "cross-site".parse().unwrap());
    assert_eq!(super::browser().execute(request).await.unwrap().status(), 403);
    assert_eq!(desk.site.post(PLAN, "form=x").send().await.unwrap().status(), 303, "not logged in");
    desk.site.restart("2026-09-01T02:20:00Z").await;
    let plan = desk.page(PLAN).await;
    let (status, leads_to, _) = desk.send(PLAN, &form(&plan, PLAN)).await;
    assert_eq!((status, &*leads_to), (303, "/login?is_old=true&next=/d/1/1/restore"));
    assert!(desk.page(&leads_to).await.contains("Your login is more than 15 minutes old"));
    assert_eq!(desk.texts().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restore_that_was_killed_is_completed_from_the_page() {
    let mut desk = Desk::new("allow_restore = true").await;
    let plan = desk.page(PLAN).await;
    desk.platform.world().add_fault(FaultRule::next(1, "draft/add", Fault::TimeoutAfterEffect));
    let (status, leads_to, page) = desk.send(PLAN, &form(&plan, PLAN)).await;
    assert_eq!((status, &*leads_to), (303, "/restores/1"), "{page}");
    while desk.texts().len() < 2 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let running = desk.page("/restores/1").await;
    assert!(running.contains("The restore runs") && running.contains("You may close this page"), "{running}");
    desk.platform.world().clear_faults();
    desk.site.restart("2026-09-01T02:06:00Z").await;
    let page = desk.page("/restores/1").await;
    assert!(page.contains("It was interrupted"), "{page}");
    let page = desk.submit(&page, "/restores/1/resume").await;
    assert!(page.contains("Done: it is in the draft box"), "{page}");
    assert_eq!(desk.texts().len(), 2);
}

/// The page took a restore that a command ran for one that was cut off.
#[tokio::test(flavor = "multi_thread")]
async fn a_restore_by_a_command_is_told_as_running_and_lets_no_other_in() {
    let desk = Desk::new("allow_restore = true").await;
    let plan = desk.page(PLAN).await;
    desk.platform.world().add_fault(FaultRule::next(1, "draft/add", Fault::TimeoutAfterEffect));
    let command = ["restore", "1@1", "--as-new", "--apply", "--config", "config.toml"];
    let mut command = desk.site.world.command(&command).spawn().unwrap();
    while desk.texts().len() < 2 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let running = desk.page("/restores/1").await;
    assert!(running.contains("The restore runs"), "{running}");
    let (status, _, page) = desk.send(PLAN, &form(&plan, PLAN)).await;
    assert_eq!(status, 409, "{page}");
    assert!(page.contains("Another restore"), "{page}");
    command.kill().unwrap();
    command.wait().unwrap();
    let page = desk.page("/restores/1").await;
    assert!(page.contains("It was interrupted"), "{page}");
    assert_eq!(desk.texts().len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_of_the_platform_is_told_in_plain_words_and_changes_nothing() {
    let desk = Desk::new("allow_restore = true").await;
    for (endpoint, code, what, what_to_do) in [
        ("draft/add", 45_003, "WeChat does not accept this content", "45003"),
        ("draft/add", 45_009, "Today's calls are used up", "Try again tomorrow"),
        ("stable_token", 40_164, "WeChat refuses this server or this account", "Tell the operator"),
        ("stable_token", 50_002, "WeChat refuses this server or this account", "Tell the operator"),
        ("draft/add", -1, "nobody knows whether the draft was made", "it is looked for first"),
    ] {
        let plan = desk.page(PLAN).await;
        desk.platform.world().add_fault(FaultRule::next(99, endpoint, Fault::Code(code)));
        let (status, leads_to, mut page) = desk.send(PLAN, &form(&plan, PLAN)).await;
        if status == 303 {
            page = desk.ended(&leads_to).await;
        }
        assert!(page.contains(what) && page.contains(what_to_do) && page.contains(&code.to_string()), "{code}: {page}");
        assert_eq!(desk.texts().len(), 1);
        desk.platform.world().clear_faults();
    }
}
