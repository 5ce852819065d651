//! The number of a version is changed on the disk: what can be read of its draft is still shown and exported, and the damage is named.

use insta::assert_snapshot;

use crate::harness::{World, document, one_in};
use crate::verify::without_rules;

/// Values that are no number of a version.
const VALUES: [&str; 5] = ["CAST(number AS BLOB)", "'two'", "NULL", "-2", "0"];

/// Two drafts of three versions; the number of a version of the first one is damaged.
fn kept(version: u64, value: &str) -> World {
    let world = World::new();
    for day in 28..31 {
        let observed_at = format!("2026-08-{day}T01:00:00Z");
        for (media_id, title) in [("Qm7xK2vTnS0b", "一"), ("Qm7xK2vTzzzz", "二")] {
            world.keep("mag", media_id, &observed_at, &document(&[(title, &format!("<p>{day}</p>"))]));
        }
    }
    let sql = format!("UPDATE version SET number = {value} WHERE draft = 1 AND number = {version};");
    without_rules(&world.path("archive.db"), &sql);
    world
}

fn run(world: &World, args: &[&str]) -> crate::harness::Run {
    world.run(&[args, &["--archive", "archive.db"]].concat())
}

#[test]
fn the_other_versions_are_shown_and_exported_and_the_damage_is_named() {
    let each = VALUES.iter().flat_map(|value| [1, 2, 3].map(|version| (version, *value)));
    for (version, value) in each.step_by(one_in(4)) {
        let world = kept(version, value);
        let newest = if version == 3 { 2 } else { 3 };
        for args in [
            &["show", "1"][..],
            &["log", "1"],
            &["diff", "1"],
            &["restore", "1", "--to", "found", "--apply"],
            &["list"],
            &["export", "tree"],
        ] {
            let shown = run(&world, args);
            assert_eq!(shown.code(), Some(5), "@{version} = {value}, {args:?}: {shown}");
            assert!(!shown.stdout().is_empty() || args[0] == "export", "@{version} = {value}, {args:?}: {shown}");
            assert!(shown.stderr().contains("damaged"), "@{version} = {value}, {args:?}: {shown}");
        }
        let shown = run(&world, &["show", "1"]);
        assert!(shown.stderr().contains(&format!("version {newest} of 3")), "@{version} = {value}: {shown}");
        assert_eq!(run(&world, &["show", "2"]).code(), Some(0));
        assert_eq!(run(&world, &["show", &format!("1@{version}")]).code(), Some(5), "nobody says that it is not there");
        for exported in [1, 2, 3] {
            let document = world.path(&format!("tree/mag/一-1/{exported}/document.json"));
            assert_eq!(document.exists(), exported != version, "@{version} = {value}");
        }
        let verified = run(&world, &["verify", "--json"]);
        assert!(
            String::from_utf8_lossy(verified.stdout()).contains(r#""id":"mag/#1@?","kind":"version""#),
            "{verified}"
        );
        assert_eq!(
            run(&world, &["sql", "SELECT media_id, versions FROM draft_view ORDER BY media_id"]).stdout(),
            b"media_id      versions\nQm7xK2vTnS0b         3\nQm7xK2vTzzzz         3\n"
        );
    }
}

/// No later draft is left out of what an archive is brought back from.
#[test]
fn an_export_brings_the_readable_versions_into_a_new_archive() {
    let world = kept(3, "x'07'");
    assert_eq!(run(&world, &["export", "tree"]).code(), Some(5));
    assert!(matches!(world.run(&["import", "tree", "--archive", "new.db"]).code(), Some(0 | 3)));
    let listed = world.run(&["list", "--archive", "new.db", "--json"]).json();
    let versions = listed.as_array().unwrap().iter().map(|draft| draft["versions"].as_u64().unwrap());
    assert_eq!(versions.collect::<Vec<_>>(), [2, 3]);
}

#[test]
fn what_is_said_of_it() {
    let world = kept(3, "x'07'");
    assert_snapshot!(run(&world, &["show", "1"]), @"
    一

    29
    ------- stderr -------
    Warning: the number of 1 version of mag/1 is damaged; it may be any version, also the newest; see what to do: draftkeep verify --archive $TMP/archive.db
    mag/1, version 2 of 3, observed 2026-08-29 09:00:00 +08:00
    Restorable by hand: the platform takes no article without a cover, and this one's has no media_id and is not held; give it one: --cover 1=MEDIA_ID
    ------- exit 5 -------
    ");
    let verified = run(&world, &["verify"]).to_string();
    let told = "row 5 of the table version: its number is X'07', which is no number of a version";
    assert!(verified.contains(told), "{verified}");
}

/// A draft of which nothing else is left is not a draft that nobody ever kept.
#[test]
fn a_draft_whose_only_version_has_a_damaged_number_is_reported() {
    let world = World::new();
    world.keep("mag", "Qm7xK2vTnS0b", "2026-08-28T01:00:00Z", &document(&[("一", "<p>一</p>")]));
    without_rules(&world.path("archive.db"), "UPDATE version SET number = x'07';");
    assert_snapshot!(run(&world, &["show", "1"]), @"
    ------- stderr -------
    Error: the archive is damaged: draft 1 cannot be read: row 1 of the table version: its number is X'07', which is no number of a version
    Hint: See what is damaged: draftkeep verify --archive $TMP/archive.db
    Hint: Bring what is whole into a new archive: draftkeep repair --archive $TMP/archive.db --to NEW; draftkeep import-backup --archive $TMP/archive.db NEW
    Hint: Or put a backup in its place: draftkeep import-backup --archive $TMP/archive.db FILE
    ------- exit 5 -------
    ");
    for args in [&["list"][..], &["export", "tree"], &["verify"]] {
        let told = run(&world, args);
        assert_eq!(told.code(), Some(5), "{told}");
        assert!(told.to_string().contains("row 1 of the table version: its number is X'07'"), "{told}");
    }
    let kept = "SELECT media_id, versions, title FROM draft_view";
    assert_eq!(run(&world, &["sql", "--json", kept]).json()[0]["versions"], 1);
}
