//! Pages stay small, however much there is to show.

use std::io::Write as _;

use draftkeep::archive::Writer;
use flate2::Compression;
use flate2::write::GzEncoder;

use super::Site;
use crate::harness::{World, document, keep};

/// The most bytes that a page may have without its article, as a browser gets it through a proxy.
const LARGEST: usize = 30_000;

fn zipped(page: &str) -> usize {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(page.as_bytes()).unwrap();
    encoder.finish().unwrap().len()
}

#[tokio::test]
async fn of_a_thousand_drafts_a_page_lists_the_last_changed() {
    let world = World::new();
    let mut writer = Writer::open(&world.path("archive.db")).unwrap();
    for number in 0..1_000 {
        let (title, text) = (format!("草稿 {number}"), format!("<p>第 {number} 篇</p>"));
        let at = format!("2026-08-30T{:02}:{:02}:00Z", number / 60, number % 60);
        keep(&mut writer, "mag", &format!("Draft{number:07}"), &at, &document(&[(&title, &text)]));
    }
    drop(writer);
    let site = Site::start(world, "").await;
    let cookie = site.log_in().await;
    for number in 1..=5 {
        let (_, page) = site.page(&format!("/a/mag?page={number}"), &cookie).await;
        assert_eq!(page.matches("<li class=\"item").count(), 200, "page {number}");
        assert_eq!(page.contains("rel=\"next\""), number < 5, "page {number}");
        let newest = format!("草稿 {}<", 1_200 - 200 * number - 1);
        assert!(page.contains(&newest), "{newest} on page {number}");
        assert!(zipped(&page) <= LARGEST, "{} bytes", zipped(&page));
    }
}

#[tokio::test]
async fn of_two_hundred_versions_a_page_lists_the_newest() {
    let world = World::new();
    let text = "<p style=\"color: red\">凌晨四点，菜市场醒了。</p>".repeat(100);
    let mut writer = Writer::open(&world.path("archive.db")).unwrap();
    for number in 1..=200 {
        let at = format!("2026-08-{:02}T{:02}:00:00Z", 1 + number / 24, number % 24);
        let edited = format!("{text}<p>第 {number} 次</p>");
        keep(&mut writer, "mag", "Qm7xK2vTnS0b", &at, &document(&[("秋", &edited)]));
    }
    drop(writer);
    let site = Site::start(world, "").await;
    let cookie = site.log_in().await;
    let (mut address, mut seen) = ("/d/1".to_owned(), Vec::new());
    loop {
        let (status, page) = site.page(&address, &cookie).await;
        assert!(status == 200 && zipped(&page) <= LARGEST, "{address}: {} bytes", zipped(&page));
        let numbers = page.split("href=\"/d/1/").skip(1).filter_map(|rest| rest.split('"').next()?.parse::<u64>().ok());
        seen.extend(numbers);
        let Some(older) = page.split("href=\"/d/1?before=").nth(1) else { break };
        address = format!("/d/1?before={}", older.split('"').next().unwrap());
    }
    assert!(seen.iter().copied().eq((1..=200).rev()), "{seen:?}");
}
