//! Import of changed files, and into archives that are not empty.

use std::fs;

use draftkeep::archive::DaemonLock;

use super::*;

const DRAFT: &str = "mag/秋季新品 预告-1";

/// Changes the tree, imports it into an archive that holds something, and returns what was refused.
fn refused(change: impl FnOnce(&Path)) -> String {
    let world = kept();
    assert_eq!(export(&world, &[]).code(), Some(0));
    assert_eq!(world.run(&["import", "tree", "--archive", "again.db"]).code(), Some(0));
    let before = rows(&world, "again.db");
    change(&world.path("tree"));
    for archive in ["again.db", "empty.db"] {
        let run = world.run(&["import", "tree", "--archive", archive, "--json"]);
        assert!(matches!(run.code(), Some(1 | 3)), "{run}");
        let told: Value = serde_json::from_slice(run.stdout()).unwrap();
        let lines = told["refused"].as_array().unwrap().iter();
        let lines: Vec<_> = lines
            .map(|line| format!("{}: {}", line["path"].as_str().unwrap(), line["reason"].as_str().unwrap()))
            .collect();
        if archive == "empty.db" {
            assert_eq!(rows(&world, "again.db"), before, "nothing is lost");
            let proof = world.run(&["verify", "--json", "--archive", "empty.db"]).json();
            assert_eq!(proof["ok"], true);
            return lines.join("\n");
        }
    }
    unreachable!()
}

fn edited(tree: &Path, name: &str, from: &str, to: &str) {
    let path = tree.join(name);
    let text = fs::read_to_string(&path).unwrap();
    assert!(text.contains(from), "{text}");
    fs::write(path, text.replace(from, to)).unwrap();
}

#[test]
fn a_changed_document_is_refused() {
    let line = refused(|tree| edited(tree, &format!("{DRAFT}/1/document.json"), "99", "98"));
    assert_snapshot!(line, @"tree/mag/秋季新品 预告-1/1/document.json: it has the hash a6e8109e31f8, version.json says bdcfe54c6e5b");
    let line = refused(|tree| edited(tree, &format!("{DRAFT}/1/document.json"), "{\"news_item\"", "{ \"news_item\""));
    assert_snapshot!(line, @"tree/mag/秋季新品 预告-1/1/document.json: its SHA-256 is f51f466d528d…, version.json says fdeba515cd13…");
    let line = refused(|tree| fs::write(tree.join(DRAFT).join("1/document.json"), "<html>").unwrap());
    assert_snapshot!(line, @"tree/mag/秋季新品 预告-1/1/document.json: it is no draft: not JSON: another kind of value than expected at byte 0");
}

#[test]
fn a_version_that_is_missing_or_too_many_is_refused() {
    let line = refused(|tree| fs::remove_dir_all(tree.join(DRAFT).join("1")).unwrap());
    assert_snapshot!(line, @"tree/mag/秋季新品 预告-1/1: it is missing");
    let line = refused(|tree| fs::remove_dir_all(tree.join(DRAFT).join("2")).unwrap());
    assert_snapshot!(line, @"tree/mag/秋季新品 预告-1/2: it is missing");
    let line = refused(|tree| fs::rename(tree.join(DRAFT).join("2"), tree.join(DRAFT).join("3")).unwrap());
    assert_snapshot!(line, @r"
    tree/mag/秋季新品 预告-1/3: draft.json beside it counts 2 only; an export was cut off, or a file changed
    tree/mag/秋季新品 预告-1/2: it is missing
    ");
    let line = refused(|tree| fs::remove_file(tree.join(DRAFT).join("2/document.json")).unwrap());
    assert_snapshot!(line, @"tree/mag/秋季新品 预告-1/2/document.json: it is missing");
    let line = refused(|tree| {
        fs::rename(tree.join(DRAFT).join("2"), tree.join("2")).unwrap();
        fs::rename(tree.join(DRAFT).join("1"), tree.join(DRAFT).join("2")).unwrap();
        fs::rename(tree.join("2"), tree.join(DRAFT).join("1")).unwrap();
    });
    assert_snapshot!(line, @"tree/mag/秋季新品 预告-1/1/version.json: it is of version 2");
}

#[test]
fn wrong_metadata_is_refused() {
    let draft = &format!("{DRAFT}/draft.json");
    let version = &format!("{DRAFT}/2/version.json");
    let mut lines = Vec::new();
    for (name, from, to) in [
        (draft, "\"live\"", "\"deleted\""),
        (draft, "\"live\"", "\"lost\""),
        (draft, "\"id\": 1", "\"id\": 0"),
        (draft, "\"id\": 1", "\"id\": 9223372036854775807"),
        (draft, "\"id\": 1", "\"id\": \"1\""),
        (draft, "\"versions\": 2", "\"versions\": 1"),
        (draft, "\"versions\": 2", "\"versions\": 18446744073709551615"),
        (draft, AUTUMN, ""),
        (draft, "2026-08-29", "2026-13-29"),
        (version, "\"canon\": 1", "\"canon\": 2"),
        (version, "\"hash\": \"", "\"hash\": \"../"),
        (version, "\"version\": 2", "\"version\": 1"),
        (version, "2026-08-30T01:00:00.000Z", "yesterday"),
        (version, "\"sha256\": \"", "\"sha256\": \"0"),
        (version, "}", ""),
    ] {
        lines.push(refused(|tree| edited(tree, name, from, to)));
    }
    assert_snapshot!(lines.join("\n"), @r#"
    tree/mag/秋季新品 预告-1/draft.json: missing_since does not go with the state deleted
    tree/mag/秋季新品 预告-1/draft.json: "lost" is no state of a draft
    tree/mag/秋季新品 预告-1/draft.json: 0 is no number of a draft
    tree/mag/秋季新品 预告-1/draft.json: 9223372036854775807 is no number of a draft
    tree/mag/秋季新品 预告-1/draft.json: it is not what it should be: invalid type: string "1", expected i64 at line 3 column 11
    tree/mag/秋季新品 预告-1/2: draft.json beside it counts 1 only; an export was cut off, or a file changed
    tree/mag/秋季新品 预告-1/3: it is missing
    tree/mag/秋季新品 预告-1/draft.json: its media_id is empty
    tree/mag/秋季新品 预告-1/draft.json: first_seen: "2026-13-29T01:00:00.000Z" is no instant
    tree/mag/秋季新品 预告-1/2/document.json: its hash is of law 2, this program knows 1
    tree/mag/秋季新品 预告-1/2/version.json: a hash is 64 digits of hex, in lower case
    tree/mag/秋季新品 预告-1/2/version.json: it is of version 1
    tree/mag/秋季新品 预告-1/2/version.json: observed_at: "yesterday" is no instant
    tree/mag/秋季新品 预告-1/2/document.json: its SHA-256 is afa12910bf9b…, version.json says 0afa12910bf9…
    tree/mag/秋季新品 预告-1/2/version.json: it is not what it should be: EOF while parsing an object at line 14 column 0
    "#);
}

#[test]
fn an_account_that_cannot_be_is_refused() {
    let account = "mag/account.json";
    let line = refused(|tree| edited(tree, account, "\"name\": \"mag\"", "\"name\": \"../mag\""));
    assert_snapshot!(line, @r#"tree/mag/account.json: "../mag" is no account: a name is 1 to 32 characters of a-z, 0-9, _ and -"#);
    let line = refused(|tree| fs::remove_file(tree.join(account)).unwrap());
    assert_snapshot!(line, @"tree/mag/account.json: it is missing");
}

#[test]
fn links_pipes_and_huge_files_are_refused() {
    let document = &format!("{DRAFT}/1/document.json");
    let line = refused(|tree| {
        fs::rename(tree.join(document), tree.join("../document.json")).unwrap();
        std::os::unix::fs::symlink("../../../../document.json", tree.join(document)).unwrap();
    });
    assert_snapshot!(line, @"tree/mag/秋季新品 预告-1/1/document.json: it is no plain file");
    let line = refused(|tree| {
        fs::rename(tree.join(DRAFT).join("1"), tree.join("../one")).unwrap();
        std::os::unix::fs::symlink("../../../one", tree.join(DRAFT).join("1")).unwrap();
    });
    assert_snapshot!(line, @"tree/mag/秋季新品 预告-1/1: it is no directory");
    let line = refused(|tree| {
        fs::rename(tree.join(DRAFT), tree.join("../draft")).unwrap();
        std::os::unix::fs::symlink("../../draft", tree.join(DRAFT)).unwrap();
    });
    assert_snapshot!(line, @"tree/mag/秋季新品 预告-1: it is no directory");
    let line = refused(|tree| {
        fs::remove_file(tree.join(document)).unwrap();
        assert!(std::process::Command::new("mkfifo").arg(tree.join(document)).status().unwrap().success());
    });
    assert_snapshot!(line, @"tree/mag/秋季新品 预告-1/1/document.json: it is no plain file");
    let line = refused(|tree| {
        let file = fs::File::options().write(true).open(tree.join(document)).unwrap();
        file.set_len(1 << 36).unwrap();
    });
    assert_snapshot!(line, @"tree/mag/秋季新品 预告-1/1/document.json: it is larger than 32 MiB");
    let line = refused(|tree| {
        let deep = "[".repeat(100_000);
        fs::write(tree.join(DRAFT).join("draft.json"), deep).unwrap();
    });
    assert_snapshot!(line, @"tree/mag/秋季新品 预告-1/draft.json: it is not what it should be: invalid type: sequence, expected a string at line 1 column 1");
}

#[test]
fn what_is_the_owners_is_passed_over() {
    let world = kept();
    assert_eq!(export(&world, &[]).code(), Some(0));
    for directory in ["tree/notes/1", "tree/mag/notes/1", "tree/.git/mag", "tree/mag/.hidden"] {
        fs::create_dir_all(world.path(directory)).unwrap();
    }
    fs::write(world.path("tree/mag/notes.txt"), "mine").unwrap();
    std::os::unix::fs::symlink(world.path("."), world.path("tree/everything")).unwrap();
    assert_eq!(import(&world, &[]).code(), Some(0));
    assert_eq!(rows(&world, "again.db"), rows(&world, "archive.db"));
}

#[test]
fn no_tree_makes_no_archive() {
    let world = World::new();
    assert_snapshot!(import(&world, &[]), @"
    ------- stderr -------
    Error: there is nothing at tree
    Hint: Name the directory of an export, an archive, or a copy of one: draftkeep import --archive $TMP/again.db PATH
    ------- exit 4 -------
    ");
    fs::create_dir(world.path("tree")).unwrap();
    assert_eq!(import(&world, &[]).code(), Some(4));
    assert!(!world.path("again.db").exists());
}

#[test]
fn a_running_daemon_is_not_disturbed() {
    let world = kept();
    assert_eq!(export(&world, &[]).code(), Some(0));
    let _lock = DaemonLock::acquire(&world.path("again.db")).unwrap();
    assert_snapshot!(import(&world, &[]), @"
    ------- stderr -------
    Error: another draftkeep daemon is running on the archive again.db
    ------- exit 1 -------
    ");
    assert!(!world.path("again.db").exists());
}

#[test]
fn an_archive_that_knows_the_beginning_gets_the_rest() {
    let world = kept();
    assert_eq!(export(&world, &[]).code(), Some(0));
    assert_eq!(import(&world, &[]).code(), Some(0));
    world.keep("mag", AUTUMN, "2026-09-01T01:00:00Z", &document(&[("冬季新品", "<p>一件 79 元</p>")]));
    sql(&world, "UPDATE draft SET state = 'missing', missing_since = '2026-09-01T01:00:00.000Z' WHERE id = 3");
    assert_eq!(export(&world, &[]).code(), Some(0));
    assert_snapshot!(import(&world, &["--json"]).json()["new"], @r#"{"accounts":0,"drafts":0,"pictures":0,"versions":1}"#);
    assert_eq!(rows(&world, "again.db")[..5], rows(&world, "archive.db")[..5], "presence as well");
    let older = World::new();
    fs::rename(world.path("again.db"), older.path("archive.db")).unwrap();
    assert_eq!(older.run(&["verify", "--archive", "archive.db"]).code(), Some(0));
}

#[test]
fn an_archive_that_knows_more_loses_nothing() {
    let world = kept();
    assert_eq!(export(&world, &[]).code(), Some(0));
    world.keep("mag", AUTUMN, "2026-09-01T01:00:00Z", &document(&[("冬季新品", "<p>一件 79 元</p>")]));
    let before = rows(&world, "archive.db");
    let run = world.run(&["import", "tree", "--archive", "archive.db", "--json"]);
    assert_snapshot!(run.json()["new"], @r#"{"accounts":0,"drafts":0,"pictures":0,"versions":0}"#);
    assert_eq!(rows(&world, "archive.db"), before);
}

#[test]
fn another_history_of_the_same_draft_is_refused() {
    let world = kept();
    assert_eq!(export(&world, &[]).code(), Some(0));
    let other = World::new();
    other.keep("mag", AUTUMN, "2026-08-29T01:00:00Z", &document(&[("别的", "<p>别的</p>")]));
    let tree = world.path("tree").display().to_string();
    let run = other.run(&["import", &tree, "--archive", "archive.db"]);
    assert_eq!(run.code(), Some(3), "{run}");
    assert!(run.stderr().contains("1: the archive has another version 1 of this draft, mag/Qm7xK2vTn"), "{run}");
    assert_eq!(other.run(&["list", "--json", "--archive", "archive.db"]).json().as_array().unwrap().len(), 3);
}

#[test]
fn a_number_that_is_taken_is_not_given_twice() {
    let world = kept();
    assert_eq!(export(&world, &[]).code(), Some(0));
    let other = World::new();
    other.keep("mag", "TheirOwnDraft", "2026-08-29T01:00:00Z", &document(&[("别的", "<p>别的</p>")]));
    let tree = world.path("tree").display().to_string();
    let run = other.run(&["import", &tree, "--archive", "archive.db"]);
    assert_snapshot!(run, @"
    ------- stderr -------
    Warning: mag/Qm7xK2vTnS0bWq4rZp9LdYc8Hf3Jg6Au1Ee5Ri_Oo-U is draft 4 here, because draft 1 is another one
    Of the tree the archive holds 2 accounts, 3 drafts, 5 versions, 0 pictures
    New: 1 account, 3 drafts, 5 versions, 0 pictures
    Hint: Prove the archive: draftkeep verify --archive $TMP/archive.db
    ");
    let ids: Vec<_> = other
        .run(&["list", "--json", "--archive", "archive.db"])
        .json()
        .as_array()
        .unwrap()
        .iter()
        .map(|draft| draft["id"].as_i64().unwrap())
        .collect();
    assert_eq!(ids, [1, 2, 4, 3]);
}

#[test]
fn another_appid_is_refused() {
    let world = kept();
    assert_eq!(export(&world, &[]).code(), Some(0));
    let other = World::new();
    other.keep("mag", "TheirOwnDraft", "2026-08-29T01:00:00Z", &document(&[("别的", "")]));
    sql(&other, "DROP TRIGGER account_keeps_its_appid; UPDATE account SET appid = 'wx1'");
    let tree = world.path("tree").display().to_string();
    let run = other.run(&["import", &tree, "--archive", "archive.db"]);
    assert_eq!(run.code(), Some(3), "{run}");
    assert!(
        run.stderr().contains("mag/account.json: its appid is wx0000000000000mag, the archive knows mag as wx1"),
        "{run}"
    );
}
