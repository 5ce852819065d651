//! Export and import: everything comes back, however often, with any title, disk and tree.

mod disk;
mod filename;
mod pictures;
mod tampered;

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use insta::assert_snapshot;
use serde_json::Value;

use crate::harness::{PAGE, Run, World, document, one_in};

const AUTUMN: &str = "Qm7xK2vTnS0bWq4rZp9LdYc8Hf3Jg6Au1Ee5Ri_Oo-U";
const WEEKEND: &str = "Rrg5KPlsj5xd4Rp0e89F3nZp9LdYc8Hf3Jg6Au1Ee5R";

/// Bytes that are no JSON in valid UTF-8, and a draft all the same.
const ODD: &[u8] = include_bytes!("../fixtures/canon/invalid-utf8.document");

/// A world with two accounts, three drafts, five versions.
fn kept() -> World {
    let world = World::new();
    world.keep("mag", AUTUMN, "2026-08-29T01:00:00Z", &document(&[("秋季新品/预告", "<p>一件 99 元</p>"), ("二", "")]));
    world.keep("mag", AUTUMN, "2026-08-30T01:00:00Z", &document(&[("秋季新品", "<p>一件 89 元</p>")]));
    world.keep("mag", WEEKEND, "2026-08-30T02:00:00Z", ODD);
    world.keep("mag", WEEKEND, "2026-08-31T02:00:00Z", &document(&[("周末", "<p>去哪儿</p>")]));
    world.keep("shop", AUTUMN, "2026-08-31T03:00:00Z", &document(&[("", "<p>店</p>")]));
    sql(&world, "UPDATE draft SET state = 'deleted', missing_since = '2026-08-31T05:00:00.000Z' WHERE id = 2");
    world
}

fn sql(world: &World, sql: &str) {
    crate::harness::database(world.path("archive.db")).execute_batch(sql).unwrap();
}

fn export(world: &World, args: &[&str]) -> Run {
    world.run(&[&["export", "tree", "--archive", "archive.db"], args].concat())
}

fn import(world: &World, args: &[&str]) -> Run {
    world.run(&[&["import", "tree", "--archive", "again.db"], args].concat())
}

/// The files below a directory: what is in each, and what changes where one is written again.
fn files(directory: &Path) -> BTreeMap<String, (u64, i64, Vec<u8>)> {
    fn walk(directory: &Path, found: &mut Vec<PathBuf>) {
        for entry in fs::read_dir(directory).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() { walk(&path, found) } else { found.push(path) }
        }
    }
    let mut found = Vec::new();
    walk(directory, &mut found);
    let file = |path: &PathBuf| {
        let metadata = path.metadata().unwrap();
        (metadata.ino(), metadata.mtime_nsec(), fs::read(path).unwrap())
    };
    found.iter().map(|path| (path.strip_prefix(directory).unwrap().display().to_string(), file(path))).collect()
}

/// All output of commands that show an archive.
fn told(world: &World, archive: &str) -> Vec<Value> {
    let run = |args: &[&str]| world.run(&[args, &["--json", "--archive", archive]].concat()).json();
    let list = run(&["list"]);
    let mut told = vec![list.clone()];
    for draft in list.as_array().unwrap() {
        let name = format!("#{}", draft["id"]);
        told.push(run(&["log", &name]));
        for version in 1..=draft["versions"].as_u64().unwrap() {
            told.push(run(&["show", &format!("{name}@{version}"), "--format", "json"]));
        }
    }
    told
}

/// Every row that an export takes.
fn rows(world: &World, archive: &str) -> Vec<Vec<rusqlite::types::Value>> {
    let connection = crate::harness::database(world.path(archive));
    let mut rows = Vec::new();
    for sql in [
        "SELECT name, appid, first_seen FROM account ORDER BY name",
        "SELECT draft.id, name, media_id, state, draft.first_seen, last_seen, missing_since
         FROM draft JOIN account ON account.id = draft.account ORDER BY draft.id",
        "SELECT draft, number, hash, canon, observed_at, update_time, articles, title FROM version ORDER BY draft, number",
    ] {
        let mut query = connection.prepare(sql).unwrap();
        let columns = query.column_count();
        let found = query.query_map((), |row| (0..columns).map(|column| row.get(column)).collect()).unwrap();
        rows.extend(found.map(Result::unwrap));
    }
    rows
}

#[test]
fn the_tree_is_what_the_archive_holds() {
    let world = kept();
    assert_snapshot!(export(&world, &[]), @"
    ------- stderr -------
    tree holds 2 accounts, 3 drafts, 5 versions, 0 pictures
    New or changed: 2 accounts, 3 drafts, 5 versions, 0 pictures
    ");
    let names: Vec<_> = files(&world.path("tree")).into_keys().collect();
    assert_snapshot!(names.join("\n"), @"
    .gitattributes
    draftkeep-export.json
    mag/account.json
    mag/你�-2/1/document.json
    mag/你�-2/1/page.html
    mag/你�-2/1/page.md
    mag/你�-2/1/pictures.json
    mag/你�-2/1/version.json
    mag/你�-2/2/document.json
    mag/你�-2/2/page.html
    mag/你�-2/2/page.md
    mag/你�-2/2/pictures.json
    mag/你�-2/2/version.json
    mag/你�-2/draft.json
    mag/秋季新品 预告-1/1/document.json
    mag/秋季新品 预告-1/1/page.html
    mag/秋季新品 预告-1/1/page.md
    mag/秋季新品 预告-1/1/pictures.json
    mag/秋季新品 预告-1/1/version.json
    mag/秋季新品 预告-1/2/document.json
    mag/秋季新品 预告-1/2/page.html
    mag/秋季新品 预告-1/2/page.md
    mag/秋季新品 预告-1/2/pictures.json
    mag/秋季新品 预告-1/2/version.json
    mag/秋季新品 预告-1/draft.json
    shop/account.json
    shop/untitled-3/1/document.json
    shop/untitled-3/1/page.html
    shop/untitled-3/1/page.md
    shop/untitled-3/1/pictures.json
    shop/untitled-3/1/version.json
    shop/untitled-3/draft.json
    ");
    let text = |name: &str| fs::read_to_string(world.path("tree").join(name)).unwrap();
    assert_snapshot!(text("draftkeep-export.json"), @r#"
    {
      "about": "An export of draftkeep. `draftkeep export` adds to it, `draftkeep import` makes an archive of it.",
      "format": 1
    }
    "#);
    assert_snapshot!(text("mag/account.json"), @r#"
    {
      "appid": "wx0000000000000mag",
      "first_seen": "2026-08-29T01:00:00.000Z",
      "name": "mag"
    }
    "#);
    assert_snapshot!(text("mag/秋季新品 预告-1/draft.json"), @r#"
    {
      "first_seen": "2026-08-29T01:00:00.000Z",
      "id": 1,
      "last_seen": "2026-08-30T01:00:00.000Z",
      "media_id": "Qm7xK2vTnS0bWq4rZp9LdYc8Hf3Jg6Au1Ee5Ri_Oo-U",
      "missing_since": null,
      "state": "live",
      "versions": 2
    }
    "#);
    assert_snapshot!(text("mag/秋季新品 预告-1/1/version.json"), @r#"
    {
      "articles": 2,
      "canon": 1,
      "document": {
        "bytes": 109,
        "sha256": "fdeba515cd13a8b28e0ff41e63b819d0f64cba6f743774a22bfcffb79f740efb"
      },
      "hash": "bdcfe54c6e5bb91df73e53ea42e15a47670a3fb14a63e8a71a9d264fa3fd56f4",
      "observed_at": "2026-08-29T01:00:00.000Z",
      "title": "秋季新品/预告",
      "update_time": "2026-08-29T01:00:00.000Z",
      "version": 1
    }
    "#);
    assert_eq!(text("mag/秋季新品 预告-1/1/page.md"), "# 秋季新品/预告\n\n一件 99 元\n\n---\n\n# 二\n");
    let second = fs::read(world.path("tree/mag/秋季新品 预告-1/2/document.json")).unwrap();
    assert!(second == document(&[("秋季新品", "<p>一件 89 元</p>")]), "byte for byte");
    let odd: Vec<_> = files(&world.path("tree")).into_iter().filter(|(_, (_, _, bytes))| bytes == ODD).collect();
    assert_eq!(odd.len(), 1, "odd bytes as well");
}

#[test]
fn what_goes_out_comes_back() {
    let world = kept();
    assert_eq!(export(&world, &[]).code(), Some(0));
    assert_snapshot!(import(&world, &[]), @"
    ------- stderr -------
    Of the tree the archive holds 2 accounts, 3 drafts, 5 versions, 0 pictures
    New: 2 accounts, 3 drafts, 5 versions, 0 pictures
    Hint: Prove the archive: draftkeep verify --archive $TMP/again.db
    ");
    assert_eq!(told(&world, "again.db"), told(&world, "archive.db"));
    assert_eq!(rows(&world, "again.db"), rows(&world, "archive.db"));
    let proof = world.run(&["verify", "--json", "--archive", "again.db"]).json();
    assert_eq!((&proof["ok"], &proof["proven"]), (&true.into(), &5.into()));
    let before = files(&world.path("tree"));
    let again = world.run(&["export", "tree", "--archive", "again.db"]);
    assert_eq!(again.code(), Some(0));
    assert!(files(&world.path("tree")) == before, "the tree of either is that of the other");
    assert_snapshot!(import(&world, &[]), @"
    ------- stderr -------
    Of the tree the archive holds 2 accounts, 3 drafts, 5 versions, 0 pictures
    Nothing was new.
    ");
}

#[test]
fn every_odd_document_comes_back() {
    let world = World::new();
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/canon");
    for entry in fs::read_dir(fixtures).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_stem().unwrap().to_str().unwrap();
        if path.extension().is_some_and(|end| end == "document") && !name.starts_with("refused") {
            world.keep("mag", &format!("{AUTUMN}{name}"), "2026-08-29T01:00:00Z", &fs::read(&path).unwrap());
        }
    }
    let exported = export(&world, &["--json"]).json();
    assert_eq!(exported["there"]["drafts"], exported["there"]["versions"]);
    assert_eq!(import(&world, &[]).code(), Some(0));
    assert_eq!(rows(&world, "again.db"), rows(&world, "archive.db"));
    let shown = |archive| told(&world, archive);
    assert_eq!(shown("again.db"), shown("archive.db"));
}

#[test]
fn instants_of_any_year_come_back() {
    let world = kept();
    sql(
        &world,
        "DROP TRIGGER version_never_changes;
         UPDATE version SET update_time = CASE id WHEN 1 THEN 253402300800 WHEN 2 THEN -62198755200 WHEN 3 THEN 0 END;
         UPDATE checksum SET sum = (SELECT row_checksum(id, draft, number, hash, canon, observed_at, update_time, articles, title)
                                     FROM version WHERE version.id = checksum.id) WHERE kind = 'version'",
    );
    assert_eq!(export(&world, &[]).code(), Some(0));
    assert_eq!(import(&world, &[]).code(), Some(0));
    assert_eq!(rows(&world, "again.db"), rows(&world, "archive.db"));
}

#[test]
fn a_second_export_writes_what_is_new_and_no_more() {
    let world = kept();
    let written = |run: &Run| run.json()["written"].clone();
    let first = export(&world, &["--json"]);
    assert_snapshot!(written(&first), @r#"{"accounts":2,"drafts":3,"pictures":0,"versions":5}"#);
    let before = files(&world.path("tree"));
    assert_snapshot!(written(&export(&world, &["--json"])), @r#"{"accounts":0,"drafts":0,"pictures":0,"versions":0}"#);
    assert!(files(&world.path("tree")) == before, "not a file was written again");
    world.keep("mag", AUTUMN, "2026-08-31T09:00:00Z", &document(&[("冬季新品", "<p>一件 79 元</p>")]));
    fs::write(world.path("tree/mine.txt"), "mine").unwrap();
    fs::create_dir(world.path("tree/mag/notes")).unwrap();
    assert_snapshot!(written(&export(&world, &["--json"])), @r#"{"accounts":0,"drafts":1,"pictures":0,"versions":1}"#);
    let after = files(&world.path("tree"));
    let changed: Vec<_> =
        after.iter().filter(|(name, file)| before.get(*name) != Some(file)).map(|(name, _)| &**name).collect();
    assert_snapshot!(changed.join("\n"), @"
    mag/秋季新品 预告-1/3/document.json
    mag/秋季新品 预告-1/3/page.html
    mag/秋季新品 预告-1/3/page.md
    mag/秋季新品 预告-1/3/pictures.json
    mag/秋季新品 预告-1/3/version.json
    mag/秋季新品 预告-1/draft.json
    mine.txt
    ");
    assert!(before.keys().all(|name| after.contains_key(name)));
}

#[test]
fn a_directory_of_something_else_is_refused() {
    let world = kept();
    fs::create_dir(world.path("tree")).unwrap();
    fs::write(world.path("tree/novel.txt"), "mine").unwrap();
    assert_snapshot!(export(&world, &[]), @"
    ------- stderr -------
    Error: tree is not empty, and is no export of draftkeep
    Hint: Name another directory, or an empty one.
    ------- exit 1 -------
    ");
    assert_eq!(files(&world.path("tree")).len(), 1);
    fs::remove_file(world.path("tree/novel.txt")).unwrap();
    fs::create_dir(world.path("tree/.git")).unwrap();
    assert_eq!(export(&world, &[]).code(), Some(0), "a git repository without files is none of that");
    assert_snapshot!(world.run(&["export", "archive.db", "--archive", "archive.db"]), @"
    ------- stderr -------
    Error: archive.db is there, and is no directory
    Hint: Name another directory, or an empty one.
    ------- exit 1 -------
    ");
    fs::write(world.path("tree/draftkeep-export.json"), r#"{"about":"","format":2}"#).unwrap();
    assert_snapshot!(export(&world, &[]), @"
    ------- stderr -------
    Error: the export tree has format 2, this program knows 1 at most
    Hint: Use the draftkeep that wrote it, or a later one.
    ------- exit 1 -------
    ");
    assert_eq!(import(&world, &[]).code(), Some(1));
}

#[test]
fn a_renamed_account_is_in_the_tree_once_and_comes_back_to_itself() {
    let world = kept();
    assert_eq!(export(&world, &[]).code(), Some(0));
    let before = files(&world.path("tree"));
    assert_eq!(import(&world, &[]).code(), Some(0));
    for archive in ["archive.db", "again.db"] {
        let database = crate::harness::database(world.path(archive));
        database.execute("UPDATE account SET name = 'magazine' WHERE name = 'mag'", ()).unwrap();
    }
    let again = import(&world, &[]);
    assert!(again.stderr().contains("Nothing was new."), "{again}");
    assert_eq!(export(&world, &[]).code(), Some(0));
    let after = files(&world.path("tree"));
    let renamed = |path: &String| path.replacen("mag/", "magazine/", 1);
    assert_eq!(after.keys().cloned().collect::<Vec<_>>(), before.keys().map(renamed).collect::<Vec<_>>());
    let written: Vec<_> = before.iter().filter(|(path, file)| after[&renamed(path)] != **file).collect();
    assert_eq!(written.len(), 1, "no file was written anew but the account's");
    assert!(String::from_utf8_lossy(&after["magazine/account.json"].2).contains(r#""magazine""#));
}

#[test]
fn two_names_of_one_appid_come_back_as_two() {
    let world = kept();
    sql(&world, "DROP TRIGGER account_keeps_its_appid; UPDATE account SET appid = 'wx0000000000000mag'");
    assert_eq!(export(&world, &[]).code(), Some(0));
    assert_eq!(import(&world, &[]).code(), Some(0));
    assert_eq!(rows(&world, "again.db"), rows(&world, "archive.db"));
    assert!(import(&world, &[]).stderr().contains("Nothing was new."));
}

#[test]
fn a_tree_of_another_archive_is_refused() {
    let world = kept();
    assert_eq!(export(&world, &[]).code(), Some(0));
    let before = files(&world.path("tree"));
    let other = World::new();
    other.keep("mag", WEEKEND, "2026-08-30T02:00:00Z", &document(&[("秋季新品 预告", "<p>别的</p>")]));
    let into = |args: &[&str]| {
        let tree = world.path("tree").display().to_string();
        other.run(&[&["export", &tree, "--archive", "archive.db"], args].concat())
    };
    let refused = into(&[]);
    assert!(refused.stderr().contains("it is of the draft Qm7xK2vTn"), "{refused}");
    sql(&other, "DROP TRIGGER account_keeps_its_appid; UPDATE account SET appid = 'wx1'");
    let refused = into(&[]);
    assert!(
        refused.stderr().contains("its appid is wx0000000000000mag, that of the archive's mag is wx1"),
        "{refused}"
    );
    let of_drafts = |mut files: BTreeMap<_, _>| {
        files.remove("mag/account.json");
        files
    };
    assert!(of_drafts(files(&world.path("tree"))) == of_drafts(before));
}

#[test]
fn one_account_alone() {
    let world = kept();
    assert_snapshot!(export(&world, &["--account", "shop", "--json"]).json()["there"], @r#"{"accounts":1,"drafts":1,"pictures":0,"versions":1}"#);
    assert!(!world.path("tree/mag").exists());
    assert_eq!(export(&world, &["--account", "shopp"]).code(), Some(4));
}

#[test]
fn damage_is_told_and_the_rest_is_exported() {
    let world = kept();
    sql(&world, "DROP TRIGGER whole_never_changes; UPDATE whole SET body = zeroblob(length(body)) WHERE version = 2");
    assert_snapshot!(export(&world, &[]), @"
    ------- stderr -------
    Warning: mag/1@2 is left out: it is no draft: not JSON: another kind of value than expected at byte 0
    Hint: See all that is damaged: draftkeep verify --archive $TMP/archive.db
    Hint: Bring what was written into a new archive: draftkeep import tree --archive NEW && draftkeep import-backup --archive $TMP/archive.db NEW
    tree holds 2 accounts, 3 drafts, 4 versions, 0 pictures
    New or changed: 2 accounts, 3 drafts, 4 versions, 0 pictures
    ------- exit 5 -------
    ");
    assert_snapshot!(import(&world, &[]), @"
    ------- stderr -------
    Warning: left out: tree/mag/秋季新品 预告-1/2: it is missing
    Of the tree the archive holds 2 accounts, 2 drafts, 3 versions, 0 pictures
    New: 2 accounts, 2 drafts, 3 versions, 0 pictures
    Hint: Prove the archive: draftkeep verify --archive $TMP/again.db
    ------- exit 3 -------
    ");
}

#[test]
fn damage_anywhere_is_told_and_leaves_nothing_wrong_in_the_tree() {
    let world = kept();
    assert_eq!(world.run(&["export", "whole", "--archive", "archive.db"]).code(), Some(0));
    sql(&world, "PRAGMA wal_checkpoint(TRUNCATE)");
    let sound = fs::read(world.path("archive.db")).unwrap();
    let whole = files(&world.path("whole"));
    for at in (PAGE..sound.len()).step_by(PAGE * one_in(4)) {
        let mut damaged = sound.clone();
        damaged[at..at + PAGE].fill(0xa5);
        fs::write(world.path("archive.db"), &damaged).unwrap();
        fs::create_dir(world.path("tree")).unwrap();
        let run = export(&world, &[]);
        assert!(matches!(run.code(), Some(0 | 5)), "page at {at}: {run}");
        for (name, (_, _, bytes)) in files(&world.path("tree")) {
            let is_whole = whole.get(&name).is_some_and(|(_, _, there)| *there == bytes);
            assert!(is_whole || run.code() == Some(5) && !name.contains("document"), "page at {at}: {name}: {run}");
        }
        fs::remove_dir_all(world.path("tree")).unwrap();
    }
}

#[test]
fn git_keeps_every_byte() {
    let world = kept();
    world.keep("shop", WEEKEND, "2026-08-31T03:00:00Z", b"{\"news_item\":[{\"title\":\"a\"}],\r\n\"b\":1}\r\n");
    assert_eq!(export(&world, &[]).code(), Some(0));
    let git = |args: &[&str]| {
        let mut git = std::process::Command::new("git");
        let user =
            ["-c", "user.name=a", "-c", "user.email=a@b.cn", "-c", "core.autocrlf=true", "-c", "core.safecrlf=false"];
        git.args(user).args(args).current_dir(world.path(".")).env_clear().env("HOME", world.path(".")).output()
    };
    if git(&["init", "-q", "tree"]).is_err() {
        return crate::harness::skipped("git is not installed");
    }
    for args in
        [&["-C", "tree", "add", "-A"][..], &["-C", "tree", "commit", "-qm", "a"], &["clone", "-q", "tree", "clone"]]
    {
        let output = git(args).unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }
    let bytes = |name: &str| -> BTreeMap<String, Vec<u8>> {
        let all = files(&world.path(name)).into_iter().filter(|(name, _)| !name.starts_with(".git/"));
        all.map(|(name, (_, _, bytes))| (name, bytes)).collect()
    };
    assert!(bytes("clone") == bytes("tree"));
    assert_eq!(world.run(&["import", "clone", "--archive", "again.db"]).code(), Some(0));
    assert_eq!(rows(&world, "again.db"), rows(&world, "archive.db"));
}
