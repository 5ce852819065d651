//! The mirror: it ends as a fresh export does, writes only what is new, and leaves edited files alone.

mod bad_places;
mod daemon;
mod edited;
mod git;

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::Child;

use insta::assert_snapshot;

use crate::harness::{Run, World, document};

const AUTUMN: &str = "Qm7xK2vTnS0bWq4rZp9LdYc8Hf3Jg6Au1Ee5Ri_Oo-U";
const WEEKEND: &str = "Rrg5KPlsj5xd4Rp0e89F3nZp9LdYc8Hf3Jg6Au1Ee5R";

/// A world with two drafts, three versions, and an empty directory for the mirror.
fn kept() -> World {
    let world = World::new();
    world.configure(&[("mag", "http://127.0.0.1:1", "'all'")]);
    mirrored(&world, "");
    fs::create_dir(world.path("mirror")).unwrap();
    world.keep("mag", AUTUMN, "2026-08-29T01:00:00Z", &document(&[("秋季新品/预告", "<p>一件 99 元</p>")]));
    world.keep("mag", AUTUMN, "2026-08-30T01:00:00Z", &document(&[("秋季新品", "<p>一件 89 元</p>")]));
    world.keep("mag", WEEKEND, "2026-08-30T02:00:00Z", &document(&[("周末", "<p>去哪儿</p>")]));
    world
}

/// Adds the mirror to the configuration, with more lines in its table.
fn mirrored(world: &World, more: &str) {
    let config = fs::read_to_string(world.path("config.toml")).unwrap();
    fs::write(world.path("config.toml"), format!("{config}[mirror]\ndir = 'mirror'\n{more}")).unwrap();
}

fn mirror(world: &World, args: &[&str]) -> Run {
    world.run(&[&["mirror", "--config", "config.toml"], args].concat())
}

/// The files below a directory, without those that begin with a dot: when each was written, and what is in it.
fn files(directory: &Path) -> BTreeMap<String, (u64, Vec<u8>)> {
    fn walk(directory: &Path, found: &mut Vec<PathBuf>) {
        for entry in fs::read_dir(directory).unwrap() {
            let path = entry.unwrap().path();
            match path.is_dir() {
                _ if path.file_name().unwrap().to_string_lossy().starts_with('.') => {}
                true => walk(&path, found),
                false => found.push(path),
            }
        }
    }
    let mut found = Vec::new();
    walk(directory, &mut found);
    let file = |path: &PathBuf| (path.metadata().unwrap().ino(), fs::read(path).unwrap());
    found.iter().map(|path| (path.strip_prefix(directory).unwrap().display().to_string(), file(path))).collect()
}

fn contents(directory: &Path) -> BTreeMap<String, Vec<u8>> {
    files(directory).into_iter().map(|(name, (_, bytes))| (name, bytes)).collect()
}

/// The mirror is what an export into an empty directory gives.
fn assert_is_fresh(world: &World) {
    if world.path("fresh").exists() {
        fs::remove_dir_all(world.path("fresh")).unwrap();
    }
    assert_eq!(world.run(&["export", "fresh", "--archive", "archive.db"]).code(), Some(0));
    let (mirror, fresh) = (contents(&world.path("mirror")), contents(&world.path("fresh")));
    assert_eq!(mirror.keys().collect::<Vec<_>>(), fresh.keys().collect::<Vec<_>>());
    let differs = mirror.iter().find(|(name, bytes)| fresh[*name] != **bytes);
    assert!(differs.is_none(), "{differs:?}");
}

#[test]
fn it_is_what_an_export_gives_and_writes_only_what_is_new() {
    let world = kept();
    assert_snapshot!(mirror(&world, &[]), @"
    ------- stderr -------
    ./mirror has 2 drafts. New or changed: 1 account, 2 drafts, 3 versions, 0 pictures
    ");
    assert_is_fresh(&world);
    let before = files(&world.path("mirror"));
    assert_snapshot!(mirror(&world, &[]), @"
    ------- stderr -------
    ./mirror has 2 drafts; nothing was new.
    ");
    assert!(files(&world.path("mirror")) == before, "not a file was written");

    world.keep("mag", WEEKEND, "2026-08-31T02:00:00Z", &document(&[("周末去哪儿", "<p>在家</p>")]));
    let json = mirror(&world, &["--json"]).json();
    assert_eq!(json["written"], serde_json::json!({"accounts": 0, "drafts": 1, "versions": 1, "pictures": 0}));
    assert_is_fresh(&world);
    let after = files(&world.path("mirror"));
    let written: Vec<_> = after.iter().filter(|(name, file)| before.get(*name) != Some(file)).collect();
    assert_eq!(written.len(), 6, "a version, and the file of its draft: {:?}", written.iter().map(|(name, _)| name));
    // A draft with another title keeps its directory.
    assert!(written.iter().all(|(name, _)| name.starts_with("mag/周末-2/")));
}

#[test]
fn another_state_and_a_pruning_are_brought_over() {
    let world = kept();
    assert_eq!(mirror(&world, &[]).code(), Some(0));
    let sql = "UPDATE draft SET state = 'deleted', missing_since = '2026-08-31T05:00:00.000Z' WHERE id = 2";
    crate::harness::database(world.path("archive.db")).execute_batch(sql).unwrap();
    assert_eq!(mirror(&world, &["--json"]).json()["written"]["drafts"], 1);
    assert_is_fresh(&world);
    let pruned = world.run(&["prune", "--keep-last", "1", "--drop-session-ends", "--apply", "--archive", "archive.db"]);
    assert_eq!(pruned.code(), Some(0), "{pruned}");
    assert_eq!(mirror(&world, &["--json"]).json()["written"]["drafts"], 1);
    let told = fs::read_to_string(world.path("mirror/mag/秋季新品 预告-1/draft.json")).unwrap();
    assert!(told.contains("\"pruned\""), "{told}");
    assert!(world.path("mirror/mag/秋季新品 预告-1/1/page.md").exists(), "what an export has written stays");
}

#[test]
fn a_renamed_account_takes_its_directory_along() {
    let world = kept();
    assert_eq!(mirror(&world, &[]).code(), Some(0));
    crate::harness::database(world.path("archive.db")).execute_batch("UPDATE account SET name = 'magazine'").unwrap();
    world.replace("config.toml", "name = 'mag'", "name = 'magazine'");
    let run = mirror(&world, &[]);
    assert_eq!(run.code(), Some(0), "{run}");
    assert_is_fresh(&world);
}

#[test]
fn titles_that_no_file_can_have_make_no_trouble() {
    let world = kept();
    for (at, title) in
        ["../../etc", "CON", "-rf *", ".git", ":(top)x", "a\u{202e}b\nc", &"长".repeat(300), ""].iter().enumerate()
    {
        let media_id = format!("{AUTUMN}{at}");
        world.keep("mag", &media_id, "2026-08-31T01:00:00Z", &document(&[(title, "<p>字</p>")]));
    }
    assert_eq!(mirror(&world, &[]).code(), Some(0));
    assert_is_fresh(&world);
    assert_eq!(mirror(&world, &["--json"]).json()["written"]["drafts"], 0);
}

/// Kills a mirror once something is so; returns whether it had not ended before. It ends well by itself.
fn is_killed_once(mut child: Child, is_so: impl Fn() -> bool) -> bool {
    while !is_so() && child.try_wait().unwrap().is_none() {
        std::thread::yield_now();
    }
    child.kill().unwrap();
    let status = child.wait().unwrap();
    let is_killed = status.signal() == Some(9);
    assert!(is_killed || status.success(), "{status}");
    is_killed
}

#[test]
fn a_mirror_that_is_killed_again_and_again_ends_as_a_fresh_export() {
    let world = kept();
    for number in 0..40_u32 {
        let document = document(&[("秋", &format!("<p>{number}</p>").repeat(500))]);
        world.keep("mag", &format!("{AUTUMN}{}", number % 4), "2026-08-31T01:00:00Z", &document);
    }
    let written = || contents(&world.path("mirror")).len();
    let mut killed = 0;
    for enough in [1, 20, 60, 61, 110, 160] {
        let child = world.command(&["mirror", "--quiet", "--config", "config.toml"]).spawn().unwrap();
        killed += usize::from(is_killed_once(child, || written() >= enough));
    }
    assert!(killed > 0, "each had ended before");
    let run = mirror(&world, &[]);
    assert_eq!(run.code(), Some(0), "{run}");
    assert_is_fresh(&world);
}

/// A tree that was copied, or checked out of git, has other times.
#[test]
fn files_that_only_have_other_times_were_not_edited() {
    let world = kept();
    assert_eq!(mirror(&world, &[]).code(), Some(0));
    for name in contents(&world.path("mirror")).into_keys() {
        let file = fs::File::options().write(true).open(world.path("mirror").join(name)).unwrap();
        file.set_modified(std::time::SystemTime::UNIX_EPOCH).unwrap();
    }
    let run = mirror(&world, &[]);
    assert_eq!(run.code(), Some(0), "{run}");
}

/// An export of this archive that was there before becomes its mirror.
#[test]
fn an_export_becomes_a_mirror() {
    let world = kept();
    assert_eq!(world.run(&["export", "mirror", "--archive", "archive.db"]).code(), Some(0));
    let json = mirror(&world, &["--json"]).json();
    assert_eq!(json["written"]["versions"], 0);
    assert_is_fresh(&world);
}
