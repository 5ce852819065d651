//! What the pages say while something happens to the archive or the configuration under them.

use std::net::TcpListener;
use std::process::Command;
use std::time::Duration;

use serde_json::Value;

use super::{Site, autumn_archive, location};
use crate::harness::{World, database, document};
use crate::verify::without_rules;

async fn site(keys: &str) -> Site {
    let world = World::new();
    autumn_archive(&world);
    Site::start(world, keys).await
}

#[tokio::test]
async fn who_only_looks_waits_for_no_writer() {
    let site = site("").await;
    let cookie = site.log_in().await;
    let writer = database(site.world.path("archive.db"));
    writer.execute_batch("BEGIN IMMEDIATE").unwrap();
    for path in ["/", "/a/mag", "/d/1", "/d/1/2", "/d/1/1..2", "/d/1/1..2/frame?older=0&newer=0", "/d/1/2/restore"] {
        let (status, page) = site.page(path, &cookie).await;
        assert_eq!(status, 200, "{path}: {page}");
    }
    writer.execute_batch("ROLLBACK").unwrap();
}

#[tokio::test]
async fn what_may_be_wrong_of_a_version_is_said_wherever_it_is_shown() {
    let site = site("").await;
    let cookie = site.log_in().await;
    let paths = ["/a/mag", "/d/1", "/d/1/2", "/d/1/1..2", "/d/1/2/restore", "/d/1/when?q=1"];
    let warning = "The archive is damaged";
    // Programs are told as well.
    let is_doubtful = |answer: &Value| match answer.as_array() {
        Some(elements) => elements.iter().all(|element| element["doubt"].is_string()),
        None => answer["doubt"].is_string() || answer["plan"]["source"]["doubt"].is_string(),
    };
    for path in paths {
        let (status, page) = site.page(path, &cookie).await;
        assert!(status == 200 && !page.contains(warning), "{path}: {status} {page}");
        assert!(!is_doubtful(&site.json(path, &cookie).await.1), "{path}");
    }
    without_rules(&site.world.path("archive.db"), "UPDATE account SET appid = 'wx0123456789abcdef'");
    for path in paths {
        let (status, page) = site.page(path, &cookie).await;
        assert!(status == 200 && page.contains(warning), "{path}: {status} {page}");
        let (_, answer) = site.json(path, &cookie).await;
        assert!(is_doubtful(&answer), "{path}: {answer}");
    }
}

#[tokio::test]
async fn an_archive_that_took_the_place_of_another_lets_nobody_in_who_was_let_in_to_that() {
    let site = site("").await;
    let cookie = site.log_in().await;
    assert_eq!(site.page("/d/1", &cookie).await.0, 200);
    let other = World::new();
    other.keep("mag", "Other0123456789", "2026-08-31T01:00:00Z", &document(&[("别的", "<p>别的</p>")]));
    for end in ["", "-wal", "-shm"] {
        let name = format!("archive.db{end}");
        // Not all of them are always there.
        let _ = std::fs::rename(site.world.path(&name), site.world.path(&format!("old-{name}")));
    }
    std::fs::copy(other.path("archive.db"), site.world.path("archive.db")).unwrap();
    let answer = site.get("/d/1").header("cookie", &cookie).send().await.unwrap();
    assert!(location(&answer).starts_with("/login?next="), "{answer:?}");
}

#[tokio::test]
async fn an_archive_of_a_newer_program_is_told_and_shown_again_afterwards() {
    let site = site("").await;
    let cookie = site.log_in().await;
    let newer = database(site.world.path("archive.db"));
    let schema: i64 = newer.query_row("PRAGMA user_version", [], |row| row.get(0)).unwrap();
    newer.execute_batch("PRAGMA user_version = 9999").unwrap();
    let (status, page) = site.page("/d/1", &cookie).await;
    assert!(
        status == 503 && page.contains("The archive cannot be used now") && page.contains("9999"),
        "{status} {page}"
    );
    newer.execute_batch(&format!("PRAGMA user_version = {schema}")).unwrap();
    assert_eq!(site.page("/d/1", &cookie).await.0, 200);
}

/// Waits until an answer is as it should be.
async fn until<F: Future<Output = bool>>(what: &str, probe: impl Fn() -> F) {
    for _ in 0..400 {
        if probe().await {
            return;
        }
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    panic!("{what}");
}

#[tokio::test]
async fn a_reload_changes_what_is_allowed_and_where_the_pages_are() {
    let mut site = site("").await;
    let cookie = site.log_in().await;
    let reload = |site: &Site| {
        let id = site.daemon.id().to_string();
        assert!(Command::new("kill").args(["-HUP", &id]).status().unwrap().success());
    };
    assert!(site.page("/d/1/1/restore", &cookie).await.1.contains("Restoring from the page is off"));
    let config = std::fs::read_to_string(site.world.path("config.toml")).unwrap();
    std::fs::write(site.world.path("config.toml"), format!("{config}allow_restore = true\n")).unwrap();
    reload(&site);
    until("restores are not allowed", async || {
        !site.page("/d/1/1/restore", &cookie).await.1.contains("Restoring from the page is off")
    })
    .await;

    let before = site.address;
    site.address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    site.world.replace("config.toml", &format!("listen = '{before}'"), &format!("listen = '{}'", site.address));
    reload(&site);
    site.until_it_answers().await;
    assert_eq!(site.page("/d/1", &cookie).await.0, 200, "nobody has to log in again");
    until("the old address still answers", async || {
        super::browser().get(format!("http://{before}/login")).send().await.is_err()
    })
    .await;

    let config = std::fs::read_to_string(site.world.path("config.toml")).unwrap();
    std::fs::write(site.world.path("config.toml"), config.split("\n[web]").next().unwrap()).unwrap();
    reload(&site);
    until("the pages are still there", async || site.get("/login").send().await.is_err()).await;
}

#[tokio::test]
async fn a_form_that_does_not_come_is_not_waited_for() {
    let site = site("").await;
    let answer = site.raw(
        b"POST /login HTTP/1.1\r\nHost: localhost\r\nSec-Fetch-Site: same-origin\r\nContent-Length: 30\r\n\
          Content-Type: application/x-www-form-urlencoded\r\n\r\npassword=",
    );
    assert!(answer.starts_with("HTTP/1.1 408"), "{answer}");
}

/// A daemon may run while versions go. Numbers stay, changes are told since the version that is still there, and links to what is gone say so.
#[tokio::test]
async fn what_was_pruned_meanwhile_says_so_on_its_page() {
    let site = site("").await;
    let cookie = site.log_in().await;
    assert_eq!(site.page("/d/1/1", &cookie).await.0, 200);
    let pin = site.world.run(&["pin", "1@1", "--note", "<定稿>", "--config", "config.toml"]);
    assert_eq!(pin.code(), Some(0), "{pin}");
    let prune = ["prune", "--keep-last", "1", "--drop-session-ends", "--apply", "--config", "config.toml"];
    assert_eq!(site.world.run(&prune).code(), Some(0));
    let (status, page) = site.page("/d/1/2", &cookie).await;
    assert!(status == 410 && page.contains("Version 2 was pruned on 2026-"), "{status} {page}");
    assert!(page.contains("<a href=\"/d/1\">See the other versions"), "{page}");
    let (status, page) = site.json("/d/1/2..3", &cookie).await;
    assert!(status == 410 && page["error"].as_str().unwrap().starts_with("第 2 版已于"), "{status} {page}");
    let (status, page) = site.page("/d/1", &cookie).await;
    assert!(
        status == 200 && page.contains("/d/1/1..3"),
        "what changed is told since the version before that is there: {page}"
    );
    assert!(page.contains("📌 Pinned: &lt;定稿&gt;"), "{page}");
}

#[tokio::test]
async fn what_a_repair_did_not_find_is_told_on_the_page_of_its_draft() {
    let site = site("").await;
    let cookie = site.log_in().await;
    let media_id: String = {
        let database = database(site.world.path("archive.db"));
        database
            .execute_batch(
                "INSERT INTO repair (id, repaired_at, last_poll) VALUES (1, '2026-09-01T00:00:00.000Z', 0);
                 INSERT INTO lost_version (draft, number, repair) VALUES (1, 4, 1), (1, 5, 1)",
            )
            .unwrap();
        database.query_row("SELECT media_id FROM draft WHERE id = 1", (), |row| row.get(0)).unwrap()
    };
    let newest = document(&[("秋季新品", "<p>修复之后</p>")]);
    site.world.keep("mag", &media_id, "2026-09-02T01:30:00Z", &newest);
    let (status, page) = site.page("/d/1", &cookie).await;
    assert!(status == 200 && page.contains("Versions 4–5: lost"), "{page}");
    assert!(page.contains("What changed is not known: the version before is lost"), "{page}");
    let (status, page) = site.page("/d/1/4", &cookie).await;
    assert!(status == 410 && page.contains("Version 4: lost"), "{status} {page}");
    let (status, page) = site.json("/d/1/5", &cookie).await;
    assert!(status == 410 && page["error"].as_str().unwrap().starts_with("第 5 版已丢失"), "{status} {page}");
}
