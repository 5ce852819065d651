//! What the pages say, and what they never do.

use draftkeep::archive::{ProofKey, ProofKind, Writer};
use draftkeep::poll::DraftsProof;
use draftkeep::proof::{self, ProofFault, ProofFaultKind};
use draftkeep::simulator::Article;

use super::{Site, autumn_archive, header, told};
use crate::harness::{World, document};
use crate::restore::{MAG, Stage};

async fn site() -> Site {
    let world = World::new();
    autumn_archive(&world);
    Site::start(world, "").await
}

#[tokio::test]
async fn an_editor_finds_the_draft_and_sees_what_was_lost() {
    let site = site().await;
    let cookie = site.log_in().await;
    let (_, start) = site.page("/", &cookie).await;
    assert!(start.contains("href=\"/a/mag\"") && start.contains("draftkeep status mag"), "{start}");
    let (_, drafts) = site.page("/a/mag", &cookie).await;
    assert!(
        drafts.contains("href=\"/d/1\"") && drafts.contains("3 versions") && drafts.contains("(no title)"),
        "{drafts}"
    );
    let (_, lost) = site.page("/a/mag?show=lost", &cookie).await;
    assert!(lost.contains("There are no such drafts") && !lost.contains("href=\"/d/1\""), "{lost}");
    let (_, timeline) = site.page("/d/1", &cookie).await;
    for part in ["Yesterday", "Saved 1 more times", "title changed · +", "/d/1/2..3", "First version"] {
        assert!(timeline.contains(part), "{part}: {timeline}");
    }
    let (_, version) = site.page("/d/1/2", &cookie).await;
    for part in [
        "src=\"/d/1/2/frame\"",
        "sandbox=\"allow-popups",
        "rel=\"prev\" href=\"/d/1/1\"",
        "draftkeep restore mag/1@2 --as-new",
    ] {
        assert!(version.contains(part), "{part}: {version}");
    }
    let (_, changes) = site.page("/d/1/1..2", &cookie).await;
    let address = "/d/1/1..2/frame?view=merged&amp;older=0&amp;newer=0";
    for part in
        [format!("src=\"{address}\""), format!("href=\"{address}#dk-1\" target=\"{address}\""), "1 change<".to_owned()]
    {
        assert!(changes.contains(&part), "{part}: {changes}");
    }
    let (_, text) = site.page("/d/1/1..2?view=text", &cookie).await;
    assert!(text.contains("凌晨<del>四</del><ins>五</ins>点"), "{text}");
    for page in [&start, &drafts, &timeline, &version, &changes, &text] {
        assert_eq!(page.matches("Times are UTC").count(), 1, "{page}");
    }
    for (view, parts) in [
        ("merged", &["dk-ins", "dk-del", "五", "四"][..]),
        ("changes", &["dk-ins", "dk-del"]),
        ("newer", &["dk-ins", "五"]),
        ("older", &["dk-del", "四"]),
    ] {
        let (status, frame) = site.page(&format!("/d/1/1..2/frame?view={view}&older=0&newer=0"), &cookie).await;
        let (_, body) = frame.split_once("<body>").unwrap();
        assert!(status == 200 && parts.iter().all(|part| body.contains(part)), "{view}: {frame}");
        assert_eq!(body.contains('四'), view != "newer", "{view}: {frame}");
    }
    // The older column shows what was removed; the id of the change stands once, in the newer one.
    let (_, sides) = site.page("/d/1/1..2/frame?view=sides&older=0&newer=0", &cookie).await;
    let (_, body) = sides.split_once("<body>").unwrap();
    assert!(body.contains("dk-del") && body.contains("dk-ins") && body.contains('四'), "{sides}");
    assert_eq!(body.matches("id=\"dk-1\"").count(), 1, "{sides}");
    assert!(body.contains(">Version 1</p>") && body.contains(">Version 2</p>"), "{sides}");
    let (_, frame) = site.page("/d/1/2/frame", &cookie).await;
    assert!(frame.contains("凌晨五点，菜市场醒了。"), "{frame}");
    // In Chinese where nothing else is asked for, or as chosen.
    let answer = site.get("/d/1").header("cookie", &cookie).send().await.unwrap();
    assert!(told(answer).await.1.contains("标题改了"));
    let answer = site.get("/d/1?lang=en").header("cookie", &cookie).send().await.unwrap();
    assert!(header(&answer, "set-cookie").starts_with("lang=en;"));
}

#[tokio::test]
async fn an_account_says_when_its_drafts_were_compared_and_the_first_page_that_a_drill_fails() {
    let world = World::new();
    autumn_archive(&world);
    let (appid, at) = (crate::harness::appid("mag"), "2026-08-30T20:00:00Z".parse().unwrap());
    let mut writer = Writer::open(&world.path("archive.db")).unwrap();
    proof::record_drafts(&mut writer, appid.clone(), at, DraftsProof { asked: 5, answered: 5 }).unwrap();
    let fault = ProofFault::new(ProofFaultKind::DraftNotMade, "mag", "45009: reach max api daily quota limit");
    let drill = proof::failed(ProofKey { kind: ProofKind::Drill, appid }, at, 1, &fault);
    writer.record_proof(&drill).unwrap();
    drop(writer);
    let site = Site::start(world, "").await;
    let cookie = site.log_in().await;
    let (_, page) = site.page("/a/mag", &cookie).await;
    let told = "Drafts of the box were last compared with the archive <time datetime=\"2026-08-30T20:00:00.000Z\"";
    assert!(page.contains(told), "{page}");
    let (_, page) = site.page("/a/mag?lang=zh", &cookie).await;
    assert!(page.contains("最近一次与草稿箱核对：<time"), "{page}");
    let (_, page) = site.page("/?lang=zh", &cookie).await;
    assert!(page.contains("起，恢复演练没有成功") && !page.contains("45009"), "{page}");
}

#[tokio::test]
async fn programs_get_the_documents_of_the_command_line() {
    let site = site().await;
    let cookie = site.log_in().await;
    let run = |args: &[&str]| site.world.run(&[args, &["--json", "--archive", "archive.db"]].concat()).json();
    for (path, args) in [
        ("/a/mag", &["list", "--account", "mag"][..]),
        ("/d/1", &["log", "1"]),
        ("/d/1/2", &["show", "1@2"]),
        ("/d/1/1..3", &["diff", "1@1", "@3"]),
    ] {
        let (status, mut page) = site.json(path, &cookie).await;
        let mut expected = run(args);
        if path == "/a/mag" {
            // A page has the last changed first.
            for list in [&mut page, &mut expected] {
                list.as_array_mut().unwrap().sort_by_key(|draft| draft["id"].as_i64());
            }
        }
        assert_eq!((status, page), (200, expected), "{path}");
    }
    let (status, page) = site.json("/", &cookie).await;
    let expected = site.world.run(&["status", "--json", "--config", "config.toml"]).json();
    assert_eq!(
        (status, &page[0]["account"], &page[0]["versions"]),
        (200, &expected[0]["account"], &expected[0]["versions"])
    );
    let keys = |document: &serde_json::Value| document[0].as_object().unwrap().keys().cloned().collect::<Vec<_>>();
    assert_eq!(keys(&page), keys(&expected));
    assert_eq!(site.json("/d/9", &cookie).await.0, 404);
}

#[tokio::test]
async fn every_answer_says_what_it_may_do() {
    let site = site().await;
    let cookie = site.log_in().await;
    for path in [
        "/",
        "/a/mag",
        "/d/1",
        "/d/1/2",
        "/d/1/1..2",
        "/d/1/2/frame",
        "/d/1/1..2/frame?older=0&newer=0",
        "/login",
        "/logout",
        "/nothing",
        "/d/99",
        "/static/x",
    ] {
        let answer = site.get(path).header("cookie", &cookie).send().await.unwrap();
        let policy = header(&answer, "content-security-policy").to_owned();
        assert!(policy.starts_with("default-src 'none'; ") && policy.contains("base-uri 'none'"), "{path}: {policy}");
        match path.contains("/frame") {
            true => assert!(policy.contains("; sandbox ") && !policy.contains("script-src"), "{path}: {policy}"),
            false => {
                assert!(
                    !policy.contains("unsafe-inline") && policy.contains("frame-ancestors 'none'"),
                    "{path}: {policy}"
                );
                assert_eq!(header(&answer, "x-frame-options"), "DENY", "{path}");
            }
        }
        let referrer = if path.starts_with("/log") { "same-origin" } else { "no-referrer" };
        for (name, value) in [
            ("x-content-type-options", "nosniff"),
            ("cache-control", "no-store"),
            ("referrer-policy", referrer),
            ("cross-origin-resource-policy", "same-origin"),
        ] {
            assert_eq!(header(&answer, name), value, "{path}: {name}");
        }
    }
    let (_, page) = site.page("/", &cookie).await;
    for kind in ["css", "js"] {
        let start = page.find("/static/app.").unwrap_or_default();
        let address = page[start..].split('"').find(|text| text.starts_with("/static/app.") && text.ends_with(kind));
        let answer = site.get(address.unwrap_or_else(|| panic!("{kind}: {page}"))).send().await.unwrap();
        assert_eq!(header(&answer, "cache-control"), "public, max-age=31536000, immutable");
    }
    assert!(!page.contains("<style") && !page.contains(" style=") && !page.contains("onclick"), "{page}");
}

/// Titles come from anybody who may write in the draft box.
#[tokio::test]
async fn a_hostile_draft_stays_inert_in_every_page() {
    let title = "</title><script>alert(1)</script><img src=x onerror=alert(2)>\u{202e}\"'";
    let body = "<p onclick=\"alert(3)\">文</p><script>alert(4)</script><img src=\"https://evil.example/1.png\">\
                <a href=\"javascript:alert(5)\">链接</a><iframe src=\"https://evil.example\"></iframe>\
                <form action=\"https://evil.example\"><input></form><base href=\"https://evil.example\">\
                <section style=\"background-image:url(https://evil.example/2.png)\">底</section>";
    let world = World::new();
    for (at, body) in [("2026-08-31T01:00:00Z", "<p>一</p>"), ("2026-08-31T02:00:00Z", body)] {
        world.keep("mag", "Qm7xK2vTnS0b", at, &document(&[(title, body)]));
    }
    let site = Site::start(world, "").await;
    let cookie = site.log_in().await;
    for path in [
        "/a/mag",
        "/d/1",
        "/d/1/2",
        "/d/1/1..2",
        "/d/1/1..2?view=text",
        "/d/1/2/frame",
        "/d/1/1..2/frame?older=0&newer=0",
        "/d/1/1..2/frame?older=0&newer=0&view=changes",
    ] {
        let (status, page) = site.page(path, &cookie).await;
        assert_eq!(status, 200, "{path}");
        for live in [
            "<script>",
            "<img src=x",
            "onclick=",
            "href=\"javascript",
            "\u{202e}",
            "<iframe src=\"https",
            "<form action=\"https",
            "<base",
            "src=\"https://evil",
            "url(https://evil",
        ] {
            assert!(!page.contains(live), "{path}: {live} in {page}");
        }
    }
}

#[tokio::test]
async fn what_is_not_there_has_a_way_back() {
    let site = site().await;
    let cookie = site.log_in().await;
    for path in [
        "/d/99",
        "/d/x",
        "/d/-1",
        "/d/1/9",
        "/d/1/0",
        "/d/1/x",
        "/d/1/1..9",
        "/d/1/..",
        "/d/1/1..",
        "/a/nobody",
        "/a/mag?show=x",
        "/p/00",
        "/nothing",
        "/d/1/9/frame",
        "/d/1/1..2/frame",
        "/d/1/1..2/frame?older=9&newer=0",
        "/d/1/1..2/frame?older=0&newer=0&view=text",
        "/d/1/1..2?view=x",
        "/d/99999999999999999999",
    ] {
        let (status, page) = site.page(path, &cookie).await;
        assert!(status == 404 && page.contains("href=\"/\""), "{path}: {status} {page}");
    }
    let answer = site.get("/d/1/3..1").header("cookie", &cookie).send().await.unwrap();
    assert_eq!((answer.status().as_u16(), super::location(&answer)), (303, "/d/1/1..3"));
    assert!(site.page("/d/1/2..2", &cookie).await.1.contains("Nothing differs"));
}

#[tokio::test]
async fn articles_that_came_went_and_moved_are_compared_each() {
    let world = World::new();
    let [one, two, three] = [("一", "<p>第一篇</p>"), ("二", "<p>第二篇</p>"), ("三", "<p>第三篇</p>")];
    world.keep("mag", "Qm7xK2vTnS0b", "2026-08-31T01:00:00Z", &document(&[one, two]));
    world.keep("mag", "Qm7xK2vTnS0b", "2026-08-31T02:00:00Z", &document(&[two, three, one]));
    world.keep("mag", "Qm7xK2vTnS0b", "2026-08-31T03:00:00Z", &document(&[two]));
    let site = Site::start(world, "").await;
    let cookie = site.log_in().await;
    for (versions, parts, marks) in [
        ("1..2", &["Article added", "Moved", "articles reordered"][..], ["dk-block-ins", "第三篇"]),
        ("2..3", &["Article removed"], ["dk-block-del", "第一篇"]),
    ] {
        let (_, page) = site.page(&format!("/d/1/{versions}"), &cookie).await;
        assert!(parts.iter().all(|part| page.contains(part)), "{parts:?}: {page}");
        let frames = page.split("<iframe").skip(1).filter_map(|rest| rest.split("src=\"").nth(1)?.split('"').next());
        let mut bodies = String::new();
        for frame in frames {
            let (status, body) = site.page(&frame.replace("&amp;", "&"), &cookie).await;
            assert_eq!(status, 200, "{frame}");
            bodies += body.split_once("<body>").unwrap().1;
        }
        assert!(marks.iter().all(|mark| bodies.contains(mark)), "{versions}: {bodies}");
    }
}

#[tokio::test]
async fn a_link_that_leads_elsewhere_is_listed_and_leads_to_its_place() {
    let world = World::new();
    for (at, target) in [("2026-08-31T01:00:00Z", "a"), ("2026-08-31T02:00:00Z", "b")] {
        let body =
            format!("<p>看<a href=\"https://example.com/{target}\">这篇</a></p><mpvoice name=\"{target}\"></mpvoice>");
        world.keep("mag", "Qm7xK2vTnS0b", at, &document(&[("秋", &body)]));
    }
    let site = Site::start(world, "").await;
    let cookie = site.log_in().await;
    let (_, page) = site.page("/d/1/1..2", &cookie).await;
    let jump = "<a href=\"/d/1/1..2/frame?view=merged&amp;older=0&amp;newer=0#dk-1\" target=\"/d/1/1..2/frame?view=merged&amp;older=0&amp;newer=0\">";
    for part in [
        format!("<dd>{jump}<del>https://example.com/a</del></a></dd>"),
        format!("<dd>{jump}<ins>https://example.com/b</ins></a></dd>"),
        "<dt>audio clip</dt><dd>1 audio clip changed</dd>".to_owned(),
    ] {
        assert!(page.contains(&part), "{part}: {page}");
    }
}

#[tokio::test]
async fn a_draft_of_pictures_is_shown_compared_and_planned() {
    let newspic = |text: &str, pictures: &[&str]| {
        let list: Vec<_> = pictures.iter().map(|id| serde_json::json!({ "image_media_id": id })).collect();
        let article = serde_json::json!({"article_type": "newspic", "title": "集", "content": text, "image_info": {"image_list": list}});
        serde_json::to_vec(&serde_json::json!({ "news_item": [article] })).unwrap()
    };
    let world = World::new();
    world.keep("mag", "Qm7xK2vTnS0b", "2026-08-31T01:00:00Z", &newspic("菜市场\n凌晨四点", &["A", "B"]));
    world.keep("mag", "Qm7xK2vTnS0b", "2026-08-31T02:00:00Z", &newspic("菜市场\n凌晨五点", &["B", "C", "D"]));
    let site = Site::start(world, "").await;
    let cookie = site.log_in().await;
    for (path, parts) in [
        ("/d/1", &["pictures +2 −1", "+1 −1 characters"][..]),
        ("/d/1/1", &["only while the platform has"]),
        ("/d/1/1/frame", &["凌晨四点"]),
        ("/d/1/1..2", &["<ins>[picture]</ins>", "<del>[picture]</del>", "1 change<"]),
        ("/d/1/1..2?view=text", &["凌晨<del>四</del><ins>五</ins>点"]),
        ("/d/1/1..2/frame?older=0&newer=0", &["dk-del", "dk-ins"]),
        ("/d/1/1/restore", &["Pictures that it needs: 2; in the archive: 0.", "only while the platform has"]),
    ] {
        let (status, page) = site.page(path, &cookie).await;
        assert!(status == 200 && parts.iter().all(|part| page.contains(part)), "{path}: {parts:?}: {page}");
    }
}

#[tokio::test]
async fn a_damaged_version_says_so_and_the_rest_is_there() {
    let world = World::new();
    autumn_archive(&world);
    let database = crate::harness::database(world.path("archive.db"));
    database
        .execute_batch("DROP TRIGGER delta_never_changes; UPDATE delta SET body = x'00' WHERE version = 1")
        .unwrap();
    drop(database);
    let site = Site::start(world, "").await;
    let cookie = site.log_in().await;
    let (status, page) = site.page("/d/1/1", &cookie).await;
    assert!(status == 500 && page.contains("This part of the archive is damaged"), "{status} {page}");
    let (status, page) = site.page("/d/1", &cookie).await;
    assert!(status == 200 && page.contains("This version is damaged"), "{status} {page}");
    assert_eq!(site.page("/d/1/2", &cookie).await.0, 200);
    assert_eq!(site.page("/d/1/2..3", &cookie).await.0, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn pictures_come_from_the_archive_to_whoever_has_a_signed_address() {
    let stage = Stage::new().await;
    let (_, address) = stage.picture(MAG);
    stage.draft(vec![Article::news("秋", &format!("<p>图</p><img data-src=\"{address}\">"))]);
    assert_eq!(stage.run(&["poll"]).code(), Some(0));
    let site = Site::start(stage.world, "").await;
    let cookie = site.log_in().await;
    let (_, frame) = site.page("/d/1/1/frame", &cookie).await;
    let address = frame.split("src=\"").find(|rest| rest.starts_with("/p/")).unwrap_or_else(|| panic!("{frame}"));
    let address = address.split('"').next().unwrap().replace("&amp;", "&");
    // A frame in a sandbox sends no cookie.
    let answer = site.get(&address).send().await.unwrap();
    assert_eq!((answer.status().as_u16(), header(&answer, "content-type")), (200, "image/jpeg"));
    for (name, value) in [
        ("content-security-policy", "default-src 'none'; sandbox"),
        ("cross-origin-resource-policy", "cross-origin"),
        ("x-content-type-options", "nosniff"),
        ("cache-control", "private, max-age=3600, immutable"),
    ] {
        assert_eq!(header(&answer, name), value, "{name}");
    }
    let (bare, _) = address.split_once('?').unwrap();
    for wrong in
        [bare.to_owned(), format!("{bare}?e=9999999999&s="), address.replace("?e=", "?e=1"), format!("{address}A")]
    {
        assert_eq!(site.page(&wrong, &cookie).await.0, 404, "{wrong}");
    }
}

#[tokio::test]
async fn an_archive_that_is_gone_is_told_and_the_way_in_stays_shut() {
    let site = site().await;
    let cookie = site.log_in().await;
    std::fs::rename(site.world.path("archive.db"), site.world.path("elsewhere.db")).unwrap();
    for path in ["/", "/d/1", "/d/1/2/frame"] {
        let (status, page) = site.page(path, &cookie).await;
        assert!(status == 503 && page.contains("The archive cannot be used now"), "{path}: {status} {page}");
        assert!(!page.contains("菜市场"), "{path}: {page}");
    }
}
