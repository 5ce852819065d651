//! Links that show one change of one draft without a login.

use super::{Site, autumn_archive, location, told};
use crate::harness::World;

async fn site(keys: &str) -> Site {
    let world = World::new();
    autumn_archive(&world);
    Site::start(world, keys).await
}

/// Returns the path of a new link.
fn link(site: &Site, shown: &str) -> String {
    let run = site.world.run(&["web", "link", "--draft", shown, "--config", "config.toml"]);
    let printed = String::from_utf8(run.stdout().to_vec()).unwrap();
    printed.trim().strip_prefix(&site.url("")).unwrap_or_else(|| panic!("{run}")).to_owned()
}

async fn see(site: &Site, path: &str) -> (u16, String) {
    told(site.get(path).header("accept-language", "en").send().await.unwrap()).await
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_has_a_link_sees_its_change_and_nothing_else() {
    let mut site = site("link_ttl = '72h'").await;
    let link = link(&site, "1@2");
    let (status, page) = see(&site, &link).await;
    assert_eq!(status, 200, "{page}");
    for part in ["秋天的菜市场", "This link needs no login", &format!("src=\"{link}/frame?view=merged")] {
        assert!(page.contains(part), "{part}: {page}");
    }
    for part in ["/d/1", "/a/mag", "/logout", "Restore version"] {
        assert!(!page.contains(part), "{part}: {page}");
    }
    let (status, frame) = see(&site, &format!("{link}/frame?view=merged&older=0&newer=0")).await;
    assert!(status == 200 && frame.contains("<del") && frame.contains("菜市场醒了"), "{status} {frame}");
    assert_eq!(see(&site, &format!("{link}?view=text")).await.0, 200);
    let json = site.get(&link).header("accept", "application/json").send().await.unwrap();
    assert!(told(json).await.1.starts_with("<!DOCTYPE html>"));

    for path in
        ["/", "/a/mag", "/d/1", "/d/1/1..2", "/d/1/2/frame", "/d/1/1/restore", "/d/1/1/files/txt", "/restores/1"]
    {
        let answer = site.get(path).send().await.unwrap();
        assert_eq!((answer.status().as_u16(), location(&answer).starts_with("/login")), (303, true), "{path}");
    }
    let other = |from: &str, to: &str| link.replacen(from, to, 1);
    for path in [
        other("/l/1.", "/l/2."),
        other("/l/1.1.2.", "/l/1.1.3."),
        other("/l/1.1.2.", "/l/1.2.3."),
        format!("{link}x"),
        "/l/x".to_owned(),
    ] {
        let (status, page) = see(&site, &path).await;
        assert!(status == 403 && page.contains("This link is over") && !page.contains("菜市场"), "{path}: {page}");
        assert_eq!(see(&site, &format!("{path}/frame")).await.0, 403, "{path}");
    }

    // It survives a restart, and ends at its time.
    site.restart("2026-09-04T01:59:00Z").await;
    assert_eq!(see(&site, &link).await.0, 200);
    site.restart("2026-09-04T02:01:00Z").await;
    let (status, page) = see(&site, &link).await;
    assert!(status == 403 && page.contains("href=\"/login?next=/d/1/1..2\""), "{page}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_first_version_is_shown_as_it_is_and_the_operator_ends_all_links() {
    let site = site("link_ttl = '1d'").await;
    let link = link(&site, "2");
    let (status, page) = see(&site, &link).await;
    assert!(status == 200 && page.contains(&format!("src=\"{link}/frame\"")), "{status} {page}");
    assert!(see(&site, &format!("{link}/frame")).await.1.contains("别的"));
    assert_eq!(site.world.run(&["web", "logout", "--all", "--config", "config.toml"]).code(), Some(0));
    assert_eq!(see(&site, &link).await.0, 403);
}

#[tokio::test(flavor = "multi_thread")]
async fn without_the_setting_there_are_no_such_links() {
    let site = site("").await;
    let run = site.world.run(&["web", "link", "--draft", "1", "--config", "config.toml"]);
    assert_eq!(run.code(), Some(2), "{run}");
    insta::assert_snapshot!(run.stderr(), @r#"
    Error: the configuration allows no links without a login
    Hint: Allow them, then reload the daemon: link_ttl = "72h" under [web]
    "#);
}
