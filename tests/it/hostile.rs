//! Hostile text of the platform or an author: it cannot control a terminal, forge a line or hide, and is exact in JSON.

use std::os::unix::fs::PermissionsExt;

use insta::assert_snapshot;
use serde_json::Value;

use crate::harness::{World, document};

/// Terminal escapes, characters that reverse text, and invisible characters.
const TITLE: &str = "秋\u{1b}[8m\u{9b}2J\u{202e}\u{200b}季\nError: all is lost\u{7} 👨\u{200d}👩\u{200d}👧";
const MEDIA_ID: &str = "Qm7xK2vT\u{1b}[2J\nmag/9 deleted \u{202e}";

fn kept() -> World {
    let world = World::new();
    for (at, body) in [("2026-08-30T01:00:00Z", "<p>一\u{1b}[2J</p>"), ("2026-08-31T01:00:00Z", "<p>二\u{202e}</p>")]
    {
        world.keep("mag", MEDIA_ID, at, &document(&[(TITLE, body)]));
    }
    world
}

fn run(world: &World, args: &[&str]) -> crate::harness::Run {
    world.run(&[args, &["--archive", "archive.db"]].concat())
}

#[test]
fn no_command_for_people_lets_it_through() {
    let world = kept();
    for args in [
        &["list"][..],
        &["log", "#1"],
        &["show", "#1"],
        &["show", "#1", "--format", "markdown"],
        &["show", "#1", "--format", "html"],
        &["diff", "#1"],
        &["verify"],
        &["status"],
        &["sql", "SELECT media_id, title FROM draft_view"],
        &["restore", "#1", "--to", "out"],
        &["show", "nothing is lost@9"],
        &["show", "no such draft"],
        &["list", "--color", "always"],
        &["diff", "#1", "--color", "always"],
    ] {
        let run = run(&world, args);
        let told = format!("{}{}", String::from_utf8_lossy(run.stdout()), run.stderr());
        let ours = told.replace("\u{1b}[0m", "").replace("\u{1b}[1m", "");
        let ours = (30..40).fold(ours, |told, code| told.replace(&format!("\u{1b}[{code}m"), ""));
        for steering in ['\u{1b}', '\u{9b}', '\u{202e}', '\u{7}'] {
            assert!(!ours.contains(steering), "{steering:?} in {args:?}: {told:?}");
        }
        for line in told.lines() {
            assert!(!line.starts_with("Error: all is lost") && !line.starts_with("mag/9"), "{args:?}: {told}");
        }
    }
}

#[test]
fn people_see_what_is_there_and_programs_have_it_exactly() {
    let world = kept();
    assert_snapshot!(run(&world, &["list"]), @"
    ID  STATE  TITLE                               VERSIONS  RESTORABLE  LAST CHANGED (+08:00)  MEDIA_ID
     1  live   秋␛[8m<U+009B>2J<U+202E><U+200B>…          2  by hand     2026-08-31 09:00       Qm7xK2vT
    ");
    let listed = run(&world, &["list", "--json"]).json();
    assert_eq!((&listed[0]["title"], &listed[0]["media_id"]), (&Value::from(TITLE), &Value::from(MEDIA_ID)));
    let shown = run(&world, &["show", "#1", "--format", "json"]);
    assert!(shown.stdout() == document(&[(TITLE, "<p>二\u{202e}</p>")]));
}

/// Only the owner can read files that commands write from an archive, whatever the umask.
#[test]
fn restored_and_exported_files_are_private() {
    let world = kept();
    assert_eq!(run(&world, &["restore", "#1", "--to", "new/found", "--apply"]).code(), Some(0));
    assert_eq!(run(&world, &["export", "tree/below"]).code(), Some(0));
    let mut found = vec![world.path("new"), world.path("tree")];
    let mut files = 0;
    while let Some(path) = found.pop() {
        let metadata = path.symlink_metadata().unwrap();
        let mode = metadata.permissions().mode() & 0o777;
        assert_eq!(mode, if metadata.is_dir() { 0o700 } else { 0o600 }, "{}", path.display());
        match metadata.is_dir() {
            true => found.extend(path.read_dir().unwrap().map(|entry| entry.unwrap().path())),
            false => files += 1,
        }
    }
    assert!(files > 15, "{files}");
}

/// Viewing a page contacts no server, neither the author's nor any other.
#[test]
fn no_page_asks_the_net() {
    let world = World::new();
    let body = "<p style=\"background:url('https://evil.example/a')\">一<img src='https://evil.example/b' crossorigin='anonymous'>\
                <img data-src='https://mmbiz.qpic.cn/m/A/0'><a href='javascript:steal()'>二</a><a href='data:text/html,x'>三</a></p>";
    world.keep("mag", "Qm7xK2vTnS0b", "2026-08-30T01:00:00Z", &document(&[("秋", body)]));
    assert_eq!(run(&world, &["restore", "#1", "--to", "out", "--apply"]).code(), Some(0));
    assert_eq!(run(&world, &["export", "tree"]).code(), Some(0));
    let read = |path: &str| std::fs::read_to_string(world.path(path)).unwrap();
    let shown = |format: &str| {
        let run = run(&world, &["show", "#1", "--format", format]);
        String::from_utf8(run.stdout().to_vec()).unwrap()
    };
    for page in
        [read("out/秋-1@1.html"), read("out/秋-1@1.paste.html"), read("tree/mag/秋-1/1/page.html"), shown("html")]
    {
        for loaded in [" src=\"http", " src=\"//", "url(", "javascript:", "data:text", "crossorigin"] {
            assert!(!page.contains(loaded), "{loaded} in {page}");
        }
        for address in ["https://evil.example/a", "https://evil.example/b", "https://mmbiz.qpic.cn/m/A/0"] {
            assert!(page.contains(&format!("缺图片 {address} · ")), "{address} in {page}");
        }
        assert!(page.contains("default-src 'none'") && !page.contains("img-src 'self' file: http"), "{page}");
    }
    for markdown in [read("out/秋-1@1.md"), read("tree/mag/秋-1/1/page.md"), shown("markdown")] {
        assert!(!markdown.contains("](javascript:") && !markdown.contains("](data:"), "{markdown}");
        assert!(!markdown.contains("](https://evil.example"), "{markdown}");
    }
}
