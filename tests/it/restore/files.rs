//! Restores to files: all or none, never over existing files, under names that every file system accepts.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;

use insta::assert_snapshot;
use serde_json::{Value, json};

use crate::harness::{World, document};

const AUTUMN: &str = "Qm7xK2vTnS0bWq4rZp9LdYc8Hf3Jg6Au1Ee5Ri_Oo-U";

fn kept(title: &str) -> World {
    let world = World::new();
    world.keep(
        "mag",
        AUTUMN,
        "2026-08-30T01:00:00Z",
        &document(&[(title, "<p>一件 99 元</p>"), ("周末", "<p>二</p>")]),
    );
    world.keep("mag", AUTUMN, "2026-08-31T01:00:00Z", &document(&[(title, "<p>空</p>")]));
    world
}

fn restore(world: &World, args: &[&str]) -> crate::harness::Run {
    world.run(&[&["restore", "--archive", "archive.db"], args].concat())
}

/// The names in a directory, and what is in each.
fn files(directory: &Path) -> BTreeMap<String, Vec<u8>> {
    let entries = fs::read_dir(directory).unwrap().map(|entry| entry.unwrap());
    entries.map(|entry| (entry.file_name().into_string().unwrap(), fs::read(entry.path()).unwrap())).collect()
}

#[test]
fn a_version_becomes_files() {
    let world = kept("秋季新品/预告");
    let args = ["#1@1", "--to", "out/found"];
    assert_snapshot!(restore(&world, &args), @"
    Plan: mag/1, version 1 of 2, 秋季新品/预告, goes to files in out/found:
      a page for the browser                     825 bytes  秋季新品 预告-1@1.html
      to paste by hand, with its pictures       6486 bytes  秋季新品 预告-1@1.paste.html
      plain text                                  57 bytes  秋季新品 预告-1@1.txt
      Markdown                                    57 bytes  秋季新品 预告-1@1.md
      the platform's answer, byte for byte       122 bytes  秋季新品 预告-1@1.json
      metadata: which version it is              643 bytes  秋季新品 预告-1@1.metadata.json
    ------- stderr -------
    Nothing was done. To do it, type the same with --apply
    ");
    assert!(!world.path("out").exists(), "a plan writes nothing");
    assert_snapshot!(restore(&world, &[&args[..], &["--apply"]].concat()), @"
    Plan: mag/1, version 1 of 2, 秋季新品/预告, goes to files in out/found:
      a page for the browser                     825 bytes  秋季新品 预告-1@1.html
      to paste by hand, with its pictures       6486 bytes  秋季新品 预告-1@1.paste.html
      plain text                                  57 bytes  秋季新品 预告-1@1.txt
      Markdown                                    57 bytes  秋季新品 预告-1@1.md
      the platform's answer, byte for byte       122 bytes  秋季新品 预告-1@1.json
      metadata: which version it is              643 bytes  秋季新品 预告-1@1.metadata.json
    ------- stderr -------
    6 files written to out/found
    Hint: To read it, open in a browser: out/found/秋季新品 预告-1@1.html
    Hint: To paste it by hand at mp.weixin.qq.com, open: out/found/秋季新品 预告-1@1.paste.html
    ");
    let written = files(&world.path("out/found"));
    let shown = |format: &str| {
        let run = world.run(&["show", "#1@1", "--format", format, "--quiet", "--archive", "archive.db"]);
        run.stdout().to_vec()
    };
    for (end, format) in [("html", "html"), ("txt", "text"), ("md", "markdown"), ("json", "json")] {
        assert!(written[&format!("秋季新品 预告-1@1.{end}")] == shown(format), "{end}");
    }
    let metadata: Value = serde_json::from_slice(&written["秋季新品 预告-1@1.metadata.json"]).unwrap();
    assert_eq!((&metadata["version"], &metadata["media_id"]), (&json!(1), &json!(AUTUMN)));
    assert_eq!(metadata["articles"][1]["title"], "周末");
    assert_eq!(written.len(), 6, "{:?}", written.keys());
}

#[test]
fn the_plan_as_json_is_the_contract() {
    let world = kept("秋");
    let told = restore(&world, &["#1@1", "--to", "out", "--json"]).json();
    assert_eq!((&told["applied"], &told["media_id"], &told["report"]), (&json!(false), &Value::Null, &Value::Null));
    assert_eq!(told["plan"]["files"].as_array().unwrap().len(), 6);
    assert_eq!(told["plan"]["source"]["version"], 1);
    let told = restore(&world, &["#1@1", "--to", "out", "--json", "--apply"]).json();
    assert_eq!(told["applied"], true);
}

#[test]
fn nothing_is_ever_overwritten() {
    let world = kept("秋");
    assert_eq!(restore(&world, &["#1@1", "--to", "out", "--apply"]).code(), Some(0));
    fs::write(world.path("out/秋-1@1.md"), "mine").unwrap();
    fs::remove_file(world.path("out/秋-1@1.html")).unwrap();
    assert_snapshot!(restore(&world, &["#1@1", "--to", "out", "--apply"]), @"
    ------- stderr -------
    Error: out/秋-1@1.paste.html is there already, and nothing is overwritten
    Hint: Name another directory: --to DIR
    ------- exit 1 -------
    ");
    assert_eq!(files(&world.path("out"))["秋-1@1.md"], b"mine");
    assert!(!world.path("out/秋-1@1.html").exists(), "all or none");
    assert_eq!(restore(&world, &["#1@2", "--to", "out", "--apply"]).code(), Some(0), "another version has other names");
}

#[test]
fn a_link_that_leads_nowhere_is_not_followed() {
    let world = kept("秋");
    fs::create_dir(world.path("out")).unwrap();
    std::os::unix::fs::symlink(world.path("elsewhere"), world.path("out/秋-1@1.md")).unwrap();
    assert_eq!(restore(&world, &["#1@1", "--to", "out", "--apply"]).code(), Some(1));
    assert!(!world.path("elsewhere").exists());
}

#[test]
fn a_target_that_cannot_be_is_told() {
    let world = kept("秋");
    fs::write(world.path("file"), "").unwrap();
    assert_snapshot!(restore(&world, &["#1", "--to", "file", "--apply"]), @"
    ------- stderr -------
    Error: file is there, and is no directory
    Hint: Name another directory: --to DIR
    ------- exit 1 -------
    ");
    assert_snapshot!(restore(&world, &["#1", "--to", "file/below", "--apply"]), @"
    Plan: mag/1, version 2 of 2, 秋, goes to files in file/below:
      a page for the browser                     730 bytes  秋-1@2.html
      to paste by hand, with its pictures       5650 bytes  秋-1@2.paste.html
      plain text                                   9 bytes  秋-1@2.txt
      Markdown                                    11 bytes  秋-1@2.md
      the platform's answer, byte for byte        54 bytes  秋-1@2.json
      metadata: which version it is              456 bytes  秋-1@2.metadata.json
    ------- stderr -------
    Error: file/below cannot be written
    Caused by: Not a directory (os error 20)
    Hint: No file stayed behind. Name another directory: --to DIR
    ------- exit 1 -------
    ");
    assert_snapshot!(restore(&world, &["#1", "--to", "/proc/draftkeep", "--apply"]), @"
    Plan: mag/1, version 2 of 2, 秋, goes to files in /proc/draftkeep:
      a page for the browser                     730 bytes  秋-1@2.html
      to paste by hand, with its pictures       5650 bytes  秋-1@2.paste.html
      plain text                                   9 bytes  秋-1@2.txt
      Markdown                                    11 bytes  秋-1@2.md
      the platform's answer, byte for byte        54 bytes  秋-1@2.json
      metadata: which version it is              456 bytes  秋-1@2.metadata.json
    ------- stderr -------
    Error: /proc/draftkeep cannot be written
    Caused by: No such file or directory (os error 2)
    Hint: No file stayed behind. Name another directory: --to DIR
    ------- exit 1 -------
    ");
}

#[test]
fn a_full_disk_leaves_no_file_behind() {
    let world = World::new();
    world.keep("mag", AUTUMN, "2026-08-30T01:00:00Z", &document(&[("秋", &"<p>字</p>".repeat(9_000))]));
    // A process may be forbidden to write files over a size; to it that is a disk that fills up.
    let script = "trap '' XFSZ; ulimit -f 100; exec \"$0\" restore --archive archive.db '#1' --to out --apply";
    let mut command = Command::new("sh");
    command.args(["-c", script, env!("CARGO_BIN_EXE_draftkeep")]);
    let environment = world.command(&[]);
    command.current_dir(environment.get_current_dir().unwrap()).env("DRAFTKEEP_CLOCK", crate::harness::NOW);
    assert_snapshot!(world.finish(command), @"
    Plan: mag/1, version 1 of 1, 秋, goes to files in out:
      a page for the browser                   90720 bytes  秋-1@1.html
      to paste by hand, with its pictures      95640 bytes  秋-1@1.paste.html
      plain text                               45004 bytes  秋-1@1.txt
      Markdown                                 45006 bytes  秋-1@1.md
      the platform's answer, byte for byte     90044 bytes  秋-1@1.json
      metadata: which version it is              456 bytes  秋-1@1.metadata.json
    ------- stderr -------
    Error: out/秋-1@1.html cannot be written
    Caused by: File too large (os error 27)
    Hint: No file stayed behind. Name another directory: --to DIR
    ------- exit 1 -------
    ");
    assert!(files(&world.path("out")).is_empty());
}

#[test]
fn odd_titles_make_plain_names() {
    let long = "长".repeat(300);
    for (title, stem) in [
        ("a\u{1b}[2J\u{202e}b/../c", "a [2Jb .. c"),
        (long.as_str(), &"长".repeat(33)),
        ("", "untitled"),
        ("CON", "CON_"),
    ] {
        let world = kept(title);
        assert_eq!(restore(&world, &["#1", "--to", "out", "--apply"]).code(), Some(0));
        let names: Vec<_> = files(&world.path("out")).into_keys().collect();
        assert!(names.contains(&format!("{stem}-1@2.html")), "{names:?}");
    }
}
