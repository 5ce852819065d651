//! The search on the pages.

use super::{Site, autumn_archive, location};
use crate::harness::{World, document};

async fn site() -> Site {
    let world = World::new();
    autumn_archive(&world);
    Site::start(world, "").await
}

#[tokio::test]
async fn what_went_is_found_with_the_change_that_took_it_away() {
    let site = site().await;
    let cookie = site.log_in().await;
    let (status, page) = site.page("/search?q=%E5%87%8C%E6%99%A8%E5%9B%9B%E9%BB%9E", &cookie).await;
    assert_eq!(status, 200);
    for part in
        ["<mark>凌晨四点</mark>，菜市场醒了。", "lost; last in version 1", "href=\"/d/1/1..2\"", "value=\"凌晨四點\""]
    {
        assert!(page.contains(part), "{part}: {page}");
    }
    let (_, page) = site.page("/search?q=%E8%8F%9C%E5%B8%82%E5%9C%BA&show=live", &cookie).await;
    assert!(page.contains("<mark>菜市场</mark>") && page.contains("title"), "{page}");
    let (_, page) = site.page("/search?q=%E8%8F%9C%E5%B8%82%E5%9C%BA&show=lost", &cookie).await;
    assert!(page.contains("Nothing found"), "{page}");
    let (_, answer) = site.json("/search?q=%E5%87%8C%E6%99%A8", &cookie).await;
    assert_eq!(answer["hits"][0]["last_version"], 2, "{answer}");
}

#[tokio::test]
async fn when_a_sentence_went_is_told_on_the_page_of_its_draft() {
    let site = site().await;
    let cookie = site.log_in().await;
    let (_, page) = site.page("/d/1", &cookie).await;
    assert!(page.contains("action=\"/d/1/when\""), "{page}");
    let (status, page) = site.page("/d/1/when?q=%E5%87%8C%E6%99%A8%E5%9B%9B%E7%82%B9", &cookie).await;
    assert_eq!(status, 200);
    for part in ["Came with version 1", "Went with version 2", "href=\"/d/1/1..2\""] {
        assert!(page.contains(part), "{part}: {page}");
    }
    let (_, page) = site.page("/d/1/when?q=%E6%B2%A1%E8%AF%B4%E8%BF%87", &cookie).await;
    assert!(page.contains("No version of this draft says that"), "{page}");
    assert_eq!(site.page("/d/99/when?q=a", &cookie).await.0, 404);
}

#[tokio::test]
async fn a_sentence_that_may_have_come_or_gone_with_a_pruned_version_is_told_so() {
    let world = World::new();
    let text = |say: &str, day: u32| document(&[("菜市场", &format!("<p>{say}</p><p>第{day}天</p>"))]);
    for day in 1..=6 {
        let said = if day < 5 { "凌晨四点" } else { "后来" };
        world.keep("mag", "Qm7xK2vTnS0b", &format!("2026-08-0{day}T01:00:00Z"), &text(said, day));
    }
    world.run(&["pin", "1@3", "--note", "x", "--archive", "archive.db"]).code().unwrap();
    let pruned = ["prune", "--keep-last", "1", "--drop-session-ends", "--apply", "--archive", "archive.db"];
    let pruned = world.run(&pruned);
    assert_eq!(pruned.code(), Some(0), "{pruned}");
    let site = Site::start(world, "").await;
    let cookie = site.log_in().await;
    let asked = "q=%E5%87%8C%E6%99%A8%E5%9B%9B%E7%82%B9";
    let (_, page) = site.page(&format!("/d/1/when?{asked}"), &cookie).await;
    for part in [
        "In version 3 already; versions 1–2 before it went when old versions were pruned",
        "Went between versions 3 and 6; versions 4–5 between them went when old versions were pruned",
        "href=\"/d/1/3..6\"",
    ] {
        assert!(page.contains(part), "{part}: {page}");
    }
    let (_, page) = site.page(&format!("/search?{asked}"), &cookie).await;
    assert!(page.contains("(but for 4 that were pruned)"), "{page}");
}

#[tokio::test]
async fn a_question_that_is_none_is_told_so_and_runs_nothing() {
    let site = site().await;
    let cookie = site.log_in().await;
    for (typed, expected, told) in [
        ("", 200, "Searches each version"),
        ("%20", 200, "Searches each version"),
        ("%F0%9F%98%80", 400, "at least one letter"),
        ("-a", 400, "only words to leave out"),
        ("%22%3E%3Cscript%3E", 200, "Nothing found"),
        ("NEAR(%22%2A", 200, "Nothing found"),
    ] {
        let (status, page) = site.page(&format!("/search?q={typed}"), &cookie).await;
        assert!(status == expected && page.contains(told), "{typed}: {status} {page}");
        assert!(!page.contains("<script>"), "{typed}: {page}");
    }
    for address in ["/search?q=-a", "/search?q=", "/search?q=%F0%9F%98%80", "/d/1/when", "/d/1/when?q=%F0%9F%98%80"] {
        let (status, answer) = site.json(address, &cookie).await;
        assert!(status == 400 && answer["error"].is_string(), "{address}: {status} {answer}");
    }
    let long = "a".repeat(2000);
    assert!(site.page(&format!("/search?q={long}"), &cookie).await.1.contains("That is too long"));
    let answer = site.get("/search?q=a").send().await.unwrap();
    assert!(location(&answer).starts_with("/login?next="), "{answer:?}");
}

#[tokio::test]
async fn while_the_index_cannot_be_had_programs_and_people_are_told_to_come_again() {
    let site = site().await;
    let cookie = site.log_in().await;
    assert_eq!(site.page("/search?q=a", &cookie).await.0, 200);
    // Another process makes the index again, and takes its time.
    let index = rusqlite::Connection::open(site.world.path("archive.db.search")).unwrap();
    index.execute_batch("BEGIN EXCLUSIVE").unwrap();
    // Each waits for ten seconds.
    let ((status, answer), (status_of_page, page)) =
        tokio::join!(site.json("/search?q=a", &cookie), site.page("/d/1/when?q=a", &cookie));
    assert!(status == 503 && answer["error"].is_string(), "{status} {answer}");
    assert!(status_of_page == 503 && page.contains("<h1>"), "{status_of_page} {page}");
}
