//! Files of the mirror that somebody edited.

use super::*;

#[test]
fn edited_files_are_told_and_the_other_drafts_go_on() {
    let world = kept();
    assert_eq!(mirror(&world, &[]).code(), Some(0));
    let draft = world.path("mirror/mag/秋季新品 预告-1");
    fs::write(draft.join("2/page.md"), "my own words").unwrap();
    fs::remove_file(draft.join("1/document.json")).unwrap();
    // What is in nobody's way is nobody's business.
    fs::write(draft.join("notes.txt"), "mine").unwrap();
    world.keep("mag", AUTUMN, "2026-08-31T01:00:00Z", &document(&[("秋季新品", "<p>一件 79 元</p>")]));
    world.keep("mag", WEEKEND, "2026-08-31T02:00:00Z", &document(&[("周末", "<p>在家</p>")]));
    assert_snapshot!(mirror(&world, &[]), @"
    ------- stderr -------
    Warning: mag/秋季新品 预告-1/1/document.json was edited, and is not overwritten
    Warning: mag/秋季新品 预告-1/2/page.md was edited, and is not overwritten
    Hint: Keep what you wrote elsewhere, and write the mirror again: draftkeep --config $TMP/config.toml mirror --overwrite
    ./mirror has 2 drafts. New or changed: 0 accounts, 1 draft, 1 version, 0 pictures
    ------- exit 3 -------
    ");
    assert!(!draft.join("3").exists(), "the draft stays as it is");
    assert_eq!(fs::read_to_string(draft.join("2/page.md")).unwrap(), "my own words");
    assert!(world.path("mirror/mag/周末-2/2/page.md").exists());

    let run = mirror(&world, &["--overwrite"]);
    assert_snapshot!(run, @"
    ------- stderr -------
    What was edited is in ./mirror/.draftkeep-mirror/edited/2026-09-01T020000.000Z
    ./mirror has 2 drafts. New or changed: 0 accounts, 1 draft, 3 versions, 0 pictures
    ");
    let aside = world.path("mirror/.draftkeep-mirror/edited/2026-09-01T020000.000Z/mag/秋季新品 预告-1/2/page.md");
    assert_eq!(fs::read_to_string(aside).unwrap(), "my own words");
    fs::remove_file(draft.join("notes.txt")).unwrap();
    assert_is_fresh(&world);
}

#[test]
fn a_file_that_stands_where_a_version_will_be_is_not_overwritten() {
    let world = kept();
    assert_eq!(mirror(&world, &[]).code(), Some(0));
    let next = world.path("mirror/mag/周末-2/2");
    fs::create_dir(&next).unwrap();
    fs::write(next.join("page.md"), "mine").unwrap();
    assert_eq!(mirror(&world, &[]).code(), Some(0), "nothing is to be written there yet");
    world.keep("mag", WEEKEND, "2026-08-31T02:00:00Z", &document(&[("周末", "<p>在家</p>")]));
    let run = mirror(&world, &[]);
    assert_eq!(run.code(), Some(3), "{run}");
    assert_eq!(fs::read_to_string(next.join("page.md")).unwrap(), "mine");
    assert_eq!(mirror(&world, &["--overwrite"]).code(), Some(0));
    assert_is_fresh(&world);
}

/// Somebody wants it anew: the records are hidden, and stay.
#[test]
fn a_mirror_that_somebody_emptied_is_told_and_written_again() {
    let world = kept();
    assert_eq!(mirror(&world, &[]).code(), Some(0));
    for entry in fs::read_dir(world.path("mirror")).unwrap().map(|entry| entry.unwrap()) {
        match entry.file_name().to_string_lossy().starts_with('.') {
            true => {}
            false if entry.path().is_dir() => fs::remove_dir_all(entry.path()).unwrap(),
            false => fs::remove_file(entry.path()).unwrap(),
        }
    }
    let run = mirror(&world, &[]);
    assert_eq!(run.code(), Some(3), "{run}");
    assert_snapshot!(mirror(&world, &["--overwrite"]), @"
    ------- stderr -------
    ./mirror has 2 drafts. New or changed: 1 account, 2 drafts, 3 versions, 0 pictures
    ");
    assert_is_fresh(&world);
}

#[test]
fn a_directory_that_somebody_removed_and_the_file_of_an_account_are_told_too() {
    let world = kept();
    assert_eq!(mirror(&world, &[]).code(), Some(0));
    fs::remove_dir_all(world.path("mirror/mag/周末-2")).unwrap();
    fs::write(world.path("mirror/mag/account.json"), "{}").unwrap();
    let run = mirror(&world, &[]);
    assert_eq!(run.code(), Some(3), "{run}");
    assert!(run.stderr().contains("mag/account.json was edited"), "{run}");
    assert!(!world.path("mirror/mag/周末-2").exists());
    assert_eq!(mirror(&world, &["--overwrite"]).code(), Some(0));
    assert_is_fresh(&world);
}
