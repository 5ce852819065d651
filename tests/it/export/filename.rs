//! For any title, the directory has a name that every file system accepts.

use std::collections::BTreeSet;
use std::fs;

use draftkeep::filename;
use proptest::prelude::*;

use super::*;

/// Titles that are a problem for some file system, shell or program.
fn nasty() -> Vec<String> {
    let mut titles: Vec<String> = [
        "",
        " ",
        ".",
        "..",
        "../..",
        "/",
        "/etc/passwd",
        "a/b\\c:d*e?f\"g<h>i|j",
        "CON",
        "nul",
        "Com1",
        "COM1.txt",
        "lpt9",
        "AUX.",
        "conin$",
        "com¹",
        "a.",
        "a ",
        "a. . .",
        " a",
        "-rf",
        "--help",
        "~",
        "$HOME",
        "`id`",
        "#",
        "%2e%2e",
        "a\u{0}b",
        "a\nb\tc",
        "\u{1b}[2Jx",
        "\u{202e}txt.exe",
        "\u{feff}",
        "\u{200b}",
        "A",
        "a",
        "É",
        "E\u{301}",
        "é",
        "ﬁ",
        "ß",
        "SS",
        "K",
        "k",
        "\u{212a}",
        "İ",
        "😀",
        "👨‍👩‍👧‍👦",
        "\u{fffd}",
        "\u{10ffff}",
        "a-1",
        "1",
        "@pictures",
        "draft.json",
        "account.json",
        ".git",
        ".draftkeep-unfinished",
        "秋季新品预告：三款",
    ]
    .map(str::to_owned)
    .to_vec();
    titles.extend([
        "长".repeat(300),
        "a".repeat(300),
        "é".repeat(200),
        "😀".repeat(90),
        ".".repeat(300),
        "a".repeat(99) + ".b",
    ]);
    titles
}

/// The rules of Windows, macOS and Linux, and of careful people.
fn assert_safe(name: &str) {
    assert!(!name.is_empty() && name.len() <= 255, "{name:?}");
    assert!(!name.contains(|c: char| c.is_control() || r#"/\:*?"<>|"#.contains(c)), "{name:?}");
    assert!(!name.starts_with(['.', '-', ' ', '@']) || name.starts_with('@'), "{name:?}");
    assert!(!name.ends_with(['.', ' ']), "{name:?}");
    assert!(!filename::is_reserved(name), "{name:?}");
}

#[test]
fn nasty_titles_make_plain_directories() {
    let world = World::new();
    let titles = nasty();
    for (number, title) in titles.iter().enumerate() {
        let document = document(&[(title, &format!("<p>{number}</p>"))]);
        world.keep("mag", &format!("{AUTUMN}{number}"), "2026-08-29T01:00:00Z", &document);
    }
    assert_eq!(export(&world, &[]).code(), Some(0));
    let entries = fs::read_dir(world.path("tree/mag")).unwrap().map(|entry| entry.unwrap());
    let names: Vec<String> =
        entries.filter(|entry| entry.path().is_dir()).map(|entry| entry.file_name().into_string().unwrap()).collect();
    assert_eq!(names.len(), titles.len(), "no draft has the directory of another");
    names.iter().for_each(|name| assert_safe(name));
    let folded: BTreeSet<_> = names.iter().map(|name| name.rsplit('-').next().unwrap()).collect();
    assert_eq!(folded.len(), names.len(), "what a file system takes for one name has two numbers");
    assert_eq!(import(&world, &[]).code(), Some(0));
    assert_eq!(rows(&world, "again.db"), rows(&world, "archive.db"));
}

#[test]
fn a_draft_keeps_its_directory_when_its_title_changes() {
    let world = World::new();
    world.keep("mag", AUTUMN, "2026-08-29T01:00:00Z", &document(&[("秋", "")]));
    assert_eq!(export(&world, &[]).code(), Some(0));
    world.keep("mag", AUTUMN, "2026-08-30T01:00:00Z", &document(&[("冬", "")]));
    assert_eq!(export(&world, &[]).code(), Some(0));
    assert!(world.path("tree/mag/秋-1/2/document.json").is_file());
    assert_eq!(fs::read_dir(world.path("tree/mag")).unwrap().count(), 2, "and account.json");
}

#[test]
fn an_account_that_is_called_like_a_device_has_a_directory_all_the_same() {
    let world = World::new();
    world.keep("con", AUTUMN, "2026-08-29T01:00:00Z", &document(&[("秋", "")]));
    assert_eq!(export(&world, &[]).code(), Some(0));
    assert!(world.path("tree/@con/秋-1/1/document.json").is_file());
    assert_eq!(import(&world, &[]).code(), Some(0));
    assert_eq!(rows(&world, "again.db"), rows(&world, "archive.db"));
}

#[test]
fn an_account_whose_name_is_a_path_leads_nowhere() {
    let world = kept();
    sql(&world, "UPDATE account SET name = '../outside' WHERE name = 'shop'");
    let run = export(&world, &[]);
    assert_eq!(run.code(), Some(5));
    assert!(run.stderr().contains("3 is left out: its account is called \"../outside\", which is no name"), "{run}");
    assert!(!world.path("outside").exists());
}

proptest! {
    #[test]
    fn any_title_makes_a_directory(title in any::<String>(), id in 1_i64..1 << 40) {
        assert_safe(&format!("{}-{id}", filename::stem(&title)));
    }

    #[test]
    fn odd_characters_make_a_directory(title in "[./\\\\:*?\"<>| \u{0}-\u{1f}\u{7f}\u{202e}\u{feff}aA1一-]{0,40}", id in 1_i64..1 << 40) {
        assert_safe(&format!("{}-{id}", filename::stem(&title)));
    }
}
