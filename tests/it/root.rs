//! What root's commands do beside an archive that belongs to another user, as the service's does: whoever owns the directory may have put
//! anything there.

use std::fs;
use std::os::unix::fs::{MetadataExt, chown, symlink};
use std::path::Path;

use crate::harness::{NOW, World, document};
use crate::hints::root;
use crate::verify::older::make_older;

/// The user of the service.
const SERVICE: u32 = 65_534;

const COMMANDS: [&[&str]; 4] = [
    &["list", "--archive", "archive.db"],
    &["verify", "--archive", "archive.db"],
    &["import", "tree", "--archive", "archive.db"],
    &["import-backup", "backup.db", "--archive", "archive.db"],
];

/// An archive of the service's, of an older schema, and a tree and a backup of root's.
fn kept() -> World {
    let world = World::new();
    world.keep("mag", "Qm7xK2vTnS0b", NOW, &document(&[("秋", "<p>一</p>")]));
    assert_eq!(world.run(&["export", "tree", "--archive", "archive.db"]).code(), Some(0));
    fs::rename(world.path("archive.db"), world.path("backup.db")).unwrap();
    make_older(&world.path("backup.db"), &world.path("archive.db"), 9);
    for path in [".", "archive.db"] {
        chown(world.path(path), Some(SERVICE), Some(SERVICE)).unwrap();
    }
    world
}

fn owner(path: &Path) -> u32 {
    path.symlink_metadata().unwrap().uid()
}

#[test]
fn a_link_beside_the_archive_leads_to_nothing_of_roots() {
    if root().is_none() {
        return;
    }
    for name in ["-wal", "-shm", ".lock", ".restore.lock", ".merge.lock", ".unfinished", ".schema-9.unfinished"] {
        for there in [Some("root's"), None] {
            let (world, elsewhere) = (kept(), World::new());
            let target = elsewhere.path("file");
            if let Some(text) = there {
                fs::write(&target, text).unwrap();
            }
            for command in COMMANDS {
                let link = world.path(&format!("archive.db{name}"));
                // What a command has put in the place of the link is its own.
                drop(fs::remove_file(&link));
                symlink(&target, &link).unwrap();
                let run = world.run(command);
                let case = format!("{name}, {there:?}: {run}");
                assert_eq!(fs::read_to_string(&target).ok().as_deref(), there, "{case}");
                assert!(there.is_none() || owner(&target) == 0, "{case}");
            }
        }
    }
}

#[test]
fn what_root_makes_beside_the_archive_is_the_services() {
    if root().is_none() {
        return;
    }
    let world = kept();
    for command in COMMANDS {
        assert_eq!(world.run(command).code(), Some(0), "{command:?}");
    }
    let made: Vec<_> = fs::read_dir(world.path(".")).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert!(made.contains(&world.path("./archive.db.schema-9")), "{made:?}");
    for path in made {
        let name = path.file_name().unwrap().to_str().unwrap();
        // What was root's, and what SQLite makes beside that.
        let is_roots = name == "tree" || name.starts_with("backup.db");
        assert_eq!(owner(&path), if is_roots { 0 } else { SERVICE }, "{name}");
    }
}
