//! Drafts whose pictures are lost are restored with pictures from the archive.

use draftkeep::simulator::{AccountHandle, Article};
use insta::assert_snapshot;
use serde_json::{Value, json};

use super::{MAG, SHOP, Stage};

/// A draft of both types, with a cover, two pictures in a text and two in a list.
fn illustrated(account: &mut AccountHandle<'_>) -> Vec<Article> {
    let [cover, first, second] = ["cover.jpg", "a.jpg", "b.jpg"].map(|name| account.add_picture(name));
    let body = format!(
        "<p style=\"background: url(&quot;{}&quot;)\">一</p><img data-src=\"{}\"><img data-src=\"{}\">",
        first.1, first.1, second.1
    );
    let news = Article::news("秋季新品预告", &body).with("thumb_media_id", cover.0).with("thumb_url", cover.1);
    let [one, two] = ["c.jpg", "d.jpg"].map(|name| account.add_picture(name).0);
    vec![news, Article::newspic("周末市集", "第一行", &[&one, &two])]
}

impl Stage {
    fn illustrated(&self) -> String {
        let articles = illustrated(&mut self.platform.world().account(MAG));
        self.draft(articles)
    }

    /// Loses everything that the account ever uploaded, as if the articles had been somebody else's.
    fn lose_pictures(&self) {
        let pictures = self.run(&["assets", "#1", "--json"]).json();
        let mut world = self.platform.world();
        for picture in pictures.as_array().unwrap() {
            if let Some(address) = picture["address"].as_str() {
                world.delete_picture(address);
            }
            if let Some(media_id) = picture["media_id"].as_str() {
                world.account(MAG).delete_material(media_id);
            }
        }
    }

    /// The SHA-256 of each picture of the newest version of a draft, in its order.
    fn hashes(&self, draft: &str) -> Vec<Value> {
        assert_eq!(self.run(&["poll"]).code(), Some(0));
        let pictures = self.run(&["assets", draft, "--json"]).json();
        pictures.as_array().unwrap().iter().map(|picture| picture["sha256"].clone()).collect()
    }

    fn uploads(&self) -> u64 {
        let world = self.platform.world();
        world.request_log.calls("material/add_material") + world.request_log.calls("media/uploadimg")
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_draft_comes_back_with_its_pictures() {
    let stage = Stage::new().await;
    let media_id = stage.illustrated();
    let before = stage.hashes("#1");
    stage.platform.world().account(MAG).delete(&media_id).unwrap();
    stage.lose_pictures();

    let run = stage.restore(&["--apply"]);
    assert_snapshot!(stage.told(&run).replace(&stage.box_of(MAG)[0].0, "MADE"), @"
    Plan: mag/1, version 1 of 1, 秋季新品预告, becomes a new draft of mag:
      Needs 5 pictures, 5 of them held
      Article 1, news: 秋季新品预告
        sends    title, text (453 characters with its markup), cover
        undoes   the platform's spelling of 2 pictures and 1 style
      Article 2, newspic: 周末市集
        sends    title, text (3 characters with its markup), 2 pictures
    Made: mag/2, MADE
      Pictures: 5 uploaded, 0 were there
      To take it back: draftkeep --config $TMP/config.toml restore --undo mag/1
      Article 1: 秋季新品预告
        same       title, cover, text, pictures, styles
        rewritten  markup: other tags or attributes, and nothing that shows
      Article 2: 周末市集
        same       title, text, pictures
    ");
    assert_eq!(stage.hashes("#2"), before, "every picture is equal by bytes");
    let uploads = stage.uploads();
    let again = stage.restore(&["--apply", "--again", "--json"]).json();
    assert_eq!(again["pictures"], json!({"uploaded": 0, "kept": 5, "changed": [], "lost": []}), "{again:#}");
    assert_eq!(stage.uploads(), uploads);
}

#[tokio::test(flavor = "multi_thread")]
async fn another_account_gets_copies_of_its_own() {
    let stage = Stage::new().await;
    stage.illustrated();
    let before = stage.hashes("#1");
    let run = stage.restore(&["--account", "shop", "--apply", "--json"]).json();
    assert_eq!(run["pictures"]["uploaded"], 3, "the cover and the list; addresses are good for everybody: {run:#}");
    assert_eq!(run["report"]["complete"], true, "{run:#}");
    assert_eq!(stage.box_of(SHOP).len(), 1);
    assert_eq!(stage.hashes("shop/#2"), before);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_upload_whose_answer_is_lost_is_found_and_not_repeated() {
    let stage = Stage::new().await;
    stage.illustrated();
    stage.lose_pictures();
    let lost = draftkeep::simulator::Fault::ResetAfterEffect;
    stage.platform.world().add_fault(draftkeep::simulator::FaultRule::next(1, "material/add_material", lost));
    assert_eq!(stage.restore(&["--apply"]).code(), Some(0));
    let names: Vec<String> = {
        let mut world = stage.platform.world();
        world.account(MAG).materials().into_iter().filter(|name| name.starts_with("draftkeep-")).collect()
    };
    assert_eq!(names.len(), 3, "{names:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cover_that_is_neither_there_nor_held_stops_before_anything_is_made() {
    let stage = Stage::without_pictures().await;
    stage.illustrated();
    stage.lose_pictures();
    assert_eq!(stage.restore(&["--apply"]).code(), Some(1));
    assert_eq!(stage.platform.world().request_log.calls("draft/add"), 0);
    assert_eq!(stage.outcomes(), ["failed"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn fresh_pictures_are_waited_for() {
    let stage = Stage::new().await;
    stage.illustrated();
    stage.lose_pictures();
    let refused = draftkeep::simulator::Fault::Code(40007);
    stage.platform.world().add_fault(draftkeep::simulator::FaultRule::next(2, "draft/add", refused));
    assert_eq!(stage.restore(&["--apply"]).code(), Some(0));
    assert_eq!(stage.platform.world().request_log.calls("draft/add"), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_picture_that_stands_in_a_list_twice_comes_back_twice() {
    let stage = Stage::new().await;
    let [one, two] = ["a.jpg", "b.jpg"].map(|name| stage.platform.world().account(MAG).add_picture(name).0);
    stage.draft(vec![Article::newspic("周末市集", "第一行", &[&one, &two, &one])]);
    let run = stage.restore(&["--account", "shop", "--apply"]);
    assert_eq!(run.code(), Some(0), "{run}");
    assert!(run.to_string().contains("Pictures: 2 uploaded"), "{run}");
    let made = stage.newest(SHOP)[0].get("image_info").unwrap().to_string();
    assert_eq!(made.matches("image_media_id").count(), 3, "{made}");
}

/// The page for pasting, and the names of the pictures beside it.
fn page(stage: &Stage) -> (String, usize) {
    let run = stage.run(&["restore", "#1", "--to", "out", "--apply", "--quiet"]);
    assert_eq!(run.code(), Some(0), "{run}");
    let all: Vec<_> = std::fs::read_dir(stage.world.path("out")).unwrap().map(|entry| entry.unwrap().path()).collect();
    let ends = |end: &str| all.iter().find(|path| path.to_str().unwrap().ends_with(end)).cloned();
    let pictures = ends("-pictures").map_or(0, |directory| std::fs::read_dir(directory).unwrap().count());
    (std::fs::read_to_string(ends(".paste.html").unwrap()).unwrap(), pictures)
}

#[tokio::test(flavor = "multi_thread")]
async fn the_page_for_pasting_needs_no_network() {
    let stage = Stage::new().await;
    stage.illustrated();
    let (page, pictures) = page(&stage);
    assert_eq!(pictures, 5, "each picture is a file as well");
    assert_eq!(page.matches("src=\"data:image/jpeg;base64,").count(), 5, "cover, two of the text, two of the list");
    assert!(!page.contains("src=\"http"), "nothing is loaded");
    assert!(page.contains("data-copy=\"body-0\"") && page.contains("data-copy=\"title-1\""));
    let plain = std::fs::read_dir(stage.world.path("out")).unwrap().map(|entry| entry.unwrap().path());
    let plain = plain
        .filter(|path| path.extension().is_some_and(|end| end == "html"))
        .find(|path| !path.to_str().unwrap().ends_with("paste.html"));
    let plain = std::fs::read_to_string(plain.unwrap()).unwrap();
    assert_eq!(plain.matches("-pictures/").count(), 3, "the other page shows the files beside it: {plain}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_picture_that_is_not_held_has_a_box_in_its_place() {
    let stage = Stage::without_pictures().await;
    stage.illustrated();
    let (page, pictures) = page(&stage);
    assert_eq!((pictures, page.matches("［缺图片 http").count()), (0, 3), "two of the text, and what is behind it");
    assert_eq!(page.matches("<p class=\"lost\">缺图片").count(), 5, "and each is named above");
    assert_eq!(page.matches(" · 没有存下来］").count(), 3, "in the page's language");
    assert!(
        page.contains("<span>接口带不过去的：第 1 篇：") && page.contains("<span class=\"en\">article 1: "),
        "{page}"
    );
    assert!(!page.contains("src=\"http") && !page.contains("url("), "nothing is loaded");
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_of_an_article_runs_in_the_page_for_pasting() {
    let stage = Stage::new().await;
    let nasty = "<script>alert(1)</script></div></main><img src=x onerror=alert(2)><p onclick='alert(3)'>一</p>\
                 <iframe src='javascript:alert(4)'></iframe><svg><script>alert(5)</script><image href='https://example.com/a'/>\
                 <a xlink:href=' JavaScript:alert(7)'><set to='x'/></a></svg></script><b id='title-0'>二</b>\
                 <a href='javascript:alert(8)'>三</a><form action='https://example.com'><button data-copy='title-0'>四</button></form>\
                 <p style='background:url(https://example.com/b)'>五</p><img srcset='https://example.com/c 2x'>";
    stage.draft(vec![Article::news("</title><script>alert(6)</script>", nasty)]);
    let (page, _) = page(&stage);
    assert_eq!(page.matches("<script").count(), 1, "our own: {page}");
    for nasty in
        ["onerror", "onclick", "alert(2)", "javascript:", "JavaScript:", "<form", "<set", "url(https", "srcset="]
    {
        assert!(!page.contains(nasty), "{nasty}: {page}");
    }
    assert_eq!(page.matches("id=\"title-0\"").count(), 1, "no control of ours is imitated");
    assert_eq!(page.matches("</main>").count(), 1, "the article cannot break out");
    let hash = page.split("sha256-").nth(1).unwrap().split('\'').next().unwrap();
    let script = page.split("<script>").nth(1).unwrap().split("</script>").next().unwrap();
    let digest = draftkeep::model::Hash::of(script.as_bytes());
    let bytes: Vec<u8> = base64::Engine::decode(&base64::engine::general_purpose::STANDARD, hash).unwrap();
    assert_eq!(bytes, digest.0, "the browser runs it");
}
