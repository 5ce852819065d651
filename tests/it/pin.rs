//! `draftkeep pin`: a version that somebody pinned is shown as such, with who and when.

use insta::assert_snapshot;
use serde_json::json;

use crate::harness::{NOW, World, document};

/// Two versions of a draft.
fn kept() -> World {
    let world = World::new();
    for (minute, text) in [("01", "<p>一</p>"), ("02", "<p>二</p>")] {
        world.keep("mag", "Qm7xK2vTnS0b", &format!("2026-09-01T01:{minute}:00Z"), &document(&[("秋季新品", text)]));
    }
    world
}

fn pin(world: &World, args: &[&str]) -> crate::harness::Run {
    world.run(&[&["pin"], args, &["--archive", "archive.db"]].concat())
}

#[test]
fn a_pin_is_shown_with_its_note_and_goes_again() {
    let world = kept();
    assert_snapshot!(pin(&world, &["1@1", "--note", " 定稿 "]), @r"
    ------- stderr -------
    mag/1@1 is pinned: it is never pruned.
    ");
    let log = world.run(&["log", "1", "--archive", "archive.db"]).to_string();
    assert!(log.contains("pinned: 定稿; first version"), "{log}");
    let told = world.run(&["log", "1", "--archive", "archive.db", "--json"]).json();
    let user = told[1]["pinned"]["user"].as_str().unwrap().to_owned();
    assert!(!user.is_empty(), "{told}");
    let pinned = json!({"note": "定稿", "user": user, "at": "2026-09-01T02:00:00.000Z"});
    assert_eq!((&told[0]["pinned"], &told[1]["pinned"]), (&json!(null), &pinned));

    let all = pin(&world, &["--json"]).json();
    let of = json!([{"account": "mag", "media_id": "Qm7xK2vTnS0b", "id": 1, "version": 1, "title": "秋季新品", "pinned": pinned}]);
    assert_eq!(all, of);
    assert_eq!(world.run(&["verify", "--archive", "archive.db"]).code(), Some(0));

    assert_eq!(pin(&world, &["1@1", "--remove", "--json"]).json()["pinned"], json!(null));
    assert_eq!(pin(&world, &["--json"]).json(), json!([]));
    assert_snapshot!(pin(&world, &[]), @r"
    ------- stderr -------
    No version is pinned.
    ");
    assert_eq!(world.run(&["verify", "--archive", "archive.db"]).code(), Some(0), "its checksum went with it");
}

#[test]
fn a_second_pin_takes_the_place_of_the_first() {
    let world = kept();
    assert_eq!(pin(&world, &["1", "--note", "一校"]).code(), Some(0));
    assert_eq!(pin(&world, &["秋季新品@2"]).code(), Some(0));
    let all = pin(&world, &["--json"]).json();
    assert_eq!(
        (all.as_array().unwrap().len(), &all[0]["version"], &all[0]["pinned"]["note"]),
        (1, &json!(2), &json!(""))
    );
    let table = pin(&world, &[]).to_string();
    assert!(table.contains("mag/1@2") && table.contains("2026-09-01 10:00"), "{NOW} in China: {table}");
}

#[test]
fn what_cannot_be_pinned_is_told() {
    let world = kept();
    assert_snapshot!(pin(&world, &["1@3"]), @r"
    ------- stderr -------
    Error: draft 1 has versions 1 to 2, none is @3
    Hint: See its versions: draftkeep log --archive $TMP/archive.db 1
    ------- exit 4 -------
    ");
    assert_snapshot!(pin(&world, &["1@2", "--remove"]), @r"
    ------- stderr -------
    Error: mag/1@2 is not pinned
    Hint: See what is pinned: draftkeep pin --archive $TMP/archive.db
    ------- exit 4 -------
    ");
    for wrong in [&["--note", "a"][..], &["--remove"], &["1@1", "--note", "a\nb"], &["1@1", "--note", "a", "--remove"]]
    {
        assert_eq!(pin(&world, wrong).code(), Some(2), "{wrong:?}");
    }
    let long = "长".repeat(201);
    let run = pin(&world, &["1@1", "--note", &long]);
    assert!(run.to_string().contains("it is longer than 200 characters"), "{run}");
    assert_eq!(pin(&world, &["--json"]).json(), json!([]));
}
