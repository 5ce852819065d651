//! `draftkeep log`: the versions of a draft, their number, and their origin.

use draftkeep::simulator::Article;
use serde_json::json;

use crate::harness::{World, database, document};
use crate::restore::{MAG, Stage};

/// A draft of so many versions, one each minute.
fn kept(versions: usize) -> World {
    let world = World::new();
    for number in 1..=versions {
        let observed_at = format!("2026-08-31T{:02}:{:02}:00Z", number / 60, number % 60);
        let text = format!("<p>第 {number} 版</p>");
        world.keep("mag", "Qm7xK2vTnS0b", &observed_at, &document(&[("秋季新品", &text)]));
    }
    world
}

/// The numbers of the versions in a table.
fn numbers(stdout: &[u8]) -> Vec<u64> {
    let text = String::from_utf8_lossy(stdout);
    text.lines().skip(1).map(|line| line.split_whitespace().next().unwrap().parse().unwrap()).collect()
}

#[test]
fn the_newest_versions_are_shown_and_the_others_counted() {
    let world = kept(103);
    let usual = world.run(&["log", "1", "--archive", "archive.db"]);
    assert_eq!(numbers(usual.stdout()), (4..=103).rev().collect::<Vec<_>>());
    let (told, hint) = (usual.stderr(), "3 older versions are not shown; to see all: draftkeep log ");
    assert!(told.contains(hint) && told.contains("mag/1 --limit 0"), "{told}");
    let all = world.run(&["log", "1", "--archive", "archive.db", "--limit", "0"]);
    assert_eq!((numbers(all.stdout()).len(), all.stderr().contains("older")), (103, false), "{all}");
    let two = world.run(&["log", "1", "--archive", "archive.db", "--limit", "2"]);
    assert_eq!(numbers(two.stdout()), [103, 102]);
    assert!(!two.to_string().contains("not known"), "the last one that is shown tells what it changed: {two}");
    let json = world.run(&["log", "1", "--archive", "archive.db", "--json"]).json();
    assert_eq!(json.as_array().unwrap().len(), 103, "programs get all");
    let json = world.run(&["log", "1", "--archive", "archive.db", "--json", "--limit", "1"]).json();
    assert_eq!((json.as_array().unwrap().len(), &json[0]["changed"]), (1, &json!("+3 −3 characters")));
}

#[test]
fn versions_of_one_minute_are_told_apart() {
    let world = World::new();
    for (second, text) in [("10", "<p>一</p>"), ("40", "<p>二</p>")] {
        let observed_at = format!("2026-09-01T01:00:{second}Z");
        world.keep("mag", "Qm7xK2vTnS0b", &observed_at, &document(&[("秋季新品", text)]));
    }
    let told = world.run(&["log", "1", "--archive", "archive.db"]).to_string();
    for time in ["OBSERVED (+08:00)", "2026-09-01 09:00:10", "2026-09-01 09:00:40"] {
        assert!(told.contains(time), "{told}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_restore_made_says_out_of_what() {
    let stage = Stage::new().await;
    let media_id = stage.draft(vec![Article::news("秋", "<p>一</p>").with("thumb_media_id", stage.picture(MAG).0)]);
    stage.platform.world().account(MAG).edit(&media_id, 0, |article| article.set("content", "<p>二</p>")).unwrap();
    assert_eq!(stage.run(&["poll"]).code(), Some(0));
    assert_eq!(stage.run(&["restore", "1@1", "--in-place"]).code(), Some(0));
    let run = stage.run(&["restore", "1@1", "--in-place", "--apply"]);
    assert_eq!(run.code(), Some(0), "{run}");
    let made = stage.run(&["restore", "1@2", "--as-new", "--apply"]);
    assert!(made.to_string().contains("Made: mag/2, "), "its number is told at once: {made}");
    let of = |number: &str| stage.run(&["log", number, "--json"]).json();
    let [first, second] = [of("1"), of("2")];
    let source = |restore: u64, version: u64| json!({"restore": restore, "account": "mag", "media_id": media_id, "id": 1, "version": version});
    assert_eq!((&first[0]["version"], &first[0]["restored_from"]), (&json!(3), &source(1, 1)));
    assert_eq!((&first[1]["restored_from"], &second[0]["restored_from"]), (&json!(null), &source(2, 2)));
    assert!(stage.run(&["log", "1"]).to_string().contains("restored from @1; "));
    assert!(stage.run(&["log", "2"]).to_string().contains("restored from mag/1@2; "));
}

#[test]
fn a_table_that_the_list_of_tables_lost_is_damage_and_not_an_older_archive() {
    let world = World::new();
    world.keep("mag", "Qm7xK2vTnS0b", "2026-08-30T01:00:00Z", &document(&[("秋", "<p>一</p>")]));
    let lost = "PRAGMA writable_schema = ON; DELETE FROM sqlite_schema WHERE tbl_name = 'pin'";
    database(world.path("archive.db")).execute_batch(lost).unwrap();
    let run = world.run(&["log", "#1", "--archive", "archive.db"]);
    assert!(run.code() == Some(5) && run.stderr().contains("it has no table pin"), "{run}");
}
