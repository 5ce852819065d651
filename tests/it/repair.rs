//! `draftkeep repair`: a new archive from what is left of a damaged one, and from copies.

mod accounts;
mod copies;
mod damages;
mod journal;
mod killed;
mod needs;
mod rows;

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::Write;
use std::path::PathBuf;

use draftkeep::archive::{DaemonLock, Filter, Reader};
use insta::assert_snapshot;
use serde_json::Value;

use crate::archive::{places, shell};
use crate::harness::{PAGE, World, database, document};
use crate::verify::older::make_older;

const REPAIR: &[&str] = &["repair", "--archive", "archive.db", "--to", "new.db"];

fn text(draft: usize, n: usize) -> Vec<u8> {
    let paragraphs: String =
        (0..60).map(|line| format!("<p>第 {} 段</p>", (line + 7) * (draft * 104_729 + 7919))).collect();
    document(&[(&format!("第 {draft} 篇"), &format!("{paragraphs}{}", "改".repeat(n)))])
}

/// Three drafts, with versions of these numbers.
fn keep(world: &World, versions: std::ops::Range<usize>) {
    for n in versions {
        for draft in 1..=3 {
            world.keep(
                "mag",
                &format!("MEDIA-{draft}-Qm7xK2vTnS0b"),
                &format!("2026-08-{:02}T0{draft}:00:00Z", n + 1),
                &text(draft, n),
            );
        }
    }
}

/// An archive of three drafts with four versions each, in one file.
fn kept() -> World {
    let world = World::new();
    keep(&world, 0..4);
    flush(&world);
    world
}

fn flush(world: &World) {
    database(world.path("archive.db")).execute_batch("PRAGMA wal_checkpoint(TRUNCATE)").unwrap();
}

/// Fills the pages with zeros that hold rows of a table.
fn lose(world: &World, table: &str, which: &str) {
    let pages: Vec<usize> = {
        let database = database(world.path("archive.db"));
        let sql = format!("SELECT pageno FROM dbstat WHERE name = ?1 AND pagetype = 'leaf' ORDER BY pageno {which}");
        let mut query = database.prepare(&sql).unwrap();
        query.query_map([table], |row| row.get(0)).unwrap().map(Result::unwrap).collect()
    };
    assert!(!pages.is_empty());
    zero(world, &pages);
}

fn zero(world: &World, pages: &[usize]) {
    let mut bytes = fs::read(world.path("archive.db")).unwrap();
    for page in pages {
        bytes[(page - 1) * PAGE..][..PAGE].fill(0);
    }
    fs::write(world.path("archive.db"), bytes).unwrap();
}

fn versions(world: &World, archive: &str) -> BTreeSet<(String, u64)> {
    let reader = Reader::open(&world.path(archive)).unwrap();
    let drafts = reader.drafts(&Filter::default()).unwrap();
    let mut versions = BTreeSet::new();
    for draft in drafts {
        for version in reader.versions(draft.id).unwrap() {
            let number = draft.media_id.split('-').nth(1).unwrap().parse().unwrap();
            assert!(
                reader.document(&version).unwrap() == text(number, version.number as usize - 1),
                "{} {}",
                draft.media_id,
                version.number
            );
            versions.insert((draft.media_id.clone(), version.number));
        }
    }
    versions
}

fn files(world: &World) -> Vec<String> {
    let names = fs::read_dir(world.path("")).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<_> = names.filter(|name| !name.ends_with("-wal") && !name.ends_with("-shm")).collect();
    names.sort();
    names
}

fn json(world: &World, args: &[&str], code: i32) -> Value {
    let run = world.run(&[args, &["--json"]].concat());
    assert_eq!(run.code(), Some(code), "{run}");
    serde_json::from_slice(run.stdout()).unwrap_or_else(|_| panic!("{run}"))
}

#[test]
fn a_sound_archive_comes_back_as_it_was() {
    let world = kept();
    assert_snapshot!(world.run(REPAIR), @"
    new.db is a new archive, and proven: 3 drafts, 12 versions (16.7 kB), 0 pictures, 0 polls.

    Nothing is lost: everything came back as it was written.
    ------- stderr -------
    Hint: Put it in the place of the damaged archive, which is kept: draftkeep import-backup --archive $TMP/archive.db new.db
    ");
    assert_eq!(versions(&world, "new.db"), versions(&world, "archive.db"));
    assert_eq!(world.run(&["verify", "--archive", "new.db"]).code(), Some(0));
    let tables = |archive: &str| {
        let database = database(world.path(archive));
        let count = |table: &str| {
            database.query_row(&format!("SELECT count(*) FROM {table}"), (), |row| row.get::<_, i64>(0)).unwrap()
        };
        ["account", "draft", "version", "whole", "delta", "event", "version_count", "checksum"].map(count)
    };
    // Two more checksums: that of the repair, and that of the search for pictures.
    let mut right = tables("archive.db");
    right[7] += 2;
    assert_eq!(tables("new.db"), right);
}

#[test]
fn what_is_lost_is_named_and_the_new_archive_goes_on() {
    let world = kept();
    // A bit of the hash of draft 1's newest version.
    let hash: Vec<u8> = database(world.path("archive.db"))
        .query_row("SELECT hash FROM version WHERE draft = 1 AND number = 4", (), |row| row.get(0))
        .unwrap();
    let mut bytes = fs::read(world.path("archive.db")).unwrap();
    places(&bytes, &hash).into_iter().for_each(|at| bytes[at] ^= 1);
    fs::write(world.path("archive.db"), bytes).unwrap();
    let before = fs::read(world.path("archive.db")).unwrap();
    assert_eq!(world.run(&["verify", "--archive", "archive.db"]).code(), Some(5));
    assert_snapshot!(world.run(REPAIR), @"
    new.db is a new archive, and proven: 3 drafts, 11 versions (15.3 kB), 0 pictures, 0 polls.

    LOST     WHICH    WHAT
    version  mag/1@4  its document has the hash 05dfce36cd95, not 04dfce36cd95

    1 version is lost for good.
    ------- stderr -------
    Hint: Another copy may have what is lost: draftkeep repair --archive $TMP/archive.db --to NEW --from COPY
    Hint: Put it in the place of the damaged archive, which is kept: draftkeep import-backup --archive $TMP/archive.db new.db
    ------- exit 3 -------
    ");
    assert!(fs::read(world.path("archive.db")).unwrap() == before, "the damaged archive is as it was");
    assert_eq!(world.run(&["verify", "--archive", "new.db"]).code(), Some(0));
    assert_eq!(world.run(&["import-backup", "new.db", "--archive", "archive.db"]).code(), Some(0));
    // The number of a lost version is not given again.
    keep(&world, 4..5);
    let reader = Reader::open(&world.path("archive.db")).unwrap();
    assert_eq!(reader.version_numbers(1).unwrap(), [5, 3, 2, 1]);
    let log = world.run(&["log", "1", "--archive", "archive.db"]).to_string();
    let told: Vec<_> = log.lines().filter(|line| line.contains("lost")).map(str::split_whitespace).collect();
    let told: Vec<String> = told.into_iter().map(|words| words.collect::<Vec<_>>().join(" ")).collect();
    assert!(told[0].ends_with("not known: the version before is lost") && told[0].starts_with("5 "), "{log}");
    assert_eq!(told[1], "4 lost: a repair did not find it", "{log}");
    let show = world.run(&["show", "1@4", "--archive", "archive.db"]);
    assert_eq!(show.code(), Some(4));
    assert!(show.stderr().contains("Error: mag/1@4 is lost: the repair at 20"), "{show}");
    assert_eq!(versions(&world, "archive.db").len(), 14);
    assert_eq!(world.run(&["verify", "--archive", "archive.db"]).code(), Some(0));
}

/// The row of a draft is cut in the middle, and its checksum is lost with the rest: what stands in the place of a time is none.
#[test]
fn the_row_of_a_draft_that_is_cut_off_keeps_nothing_else_back() {
    let world = kept();
    database(world.path("archive.db"))
        .execute_batch(
            "DROP TRIGGER draft_keeps_its_identity;
             UPDATE draft SET first_seen = '2026-0', last_seen = '' WHERE id = 2;
             DELETE FROM checksum WHERE kind = 'draft' AND id = 2",
        )
        .unwrap();
    let report = json(&world, REPAIR, 3);
    assert_eq!((versions(&world, "new.db").len(), report["lost"].as_array().unwrap().len()), (12, 0), "{report}");
    assert_eq!(report["doubtful"][0]["id"], "mag/#2", "{report}");
    assert_eq!(world.run(&["verify", "--archive", "new.db"]).code(), Some(0));
}

/// One bit makes the difference that an older version is built from one of the newest version on itself. Once, `verify`, the proof of each
/// copy and the repair followed it for ever, and so did `document_view`.
#[test]
fn a_document_that_is_built_from_itself_is_damage() {
    let world = kept();
    database(world.path("archive.db"))
        .execute_batch(
            "DROP TRIGGER delta_never_changes; PRAGMA foreign_keys = OFF;
             UPDATE delta SET version = base WHERE version = (SELECT max(version) FROM delta)",
        )
        .unwrap();
    let verify = world.run(&["verify", "--archive", "archive.db"]);
    assert_eq!(verify.code(), Some(5), "{verify}");
    assert!(verify.to_string().contains("a document builds on an older version"), "{verify}");
    let shown = shell(&world.path("archive.db"), "SELECT count(*), count(document) FROM document_view");
    assert_eq!(String::from_utf8_lossy(&shown), "12|9\n", "three are built through what is lost");
    json(&world, REPAIR, 3);
    assert_eq!(world.run(&["verify", "--archive", "new.db"]).code(), Some(0));
}

/// Where one of many versions is lost, its neighbours build on one another, and chains of them become no longer than any other.
#[test]
fn of_many_versions_all_others_can_be_read_quickly() {
    let world = World::new();
    for n in 0..100 {
        let at = format!("2026-08-01T{:02}:{:02}:00Z", n / 60, n % 60);
        world.keep("mag", "MEDIA-1-Qm7xK2vTnS0b", &at, &text(1, n));
    }
    database(world.path("archive.db"))
        .execute_batch("PRAGMA foreign_keys = off; DROP TRIGGER version_stays; DELETE FROM version WHERE number = 30")
        .unwrap();
    let report = json(&world, REPAIR, 3);
    assert_eq!(report["lost"].as_array().unwrap().len(), 1, "{report}");
    assert_eq!(versions(&world, "new.db").len(), 99);
    let longest = "WITH RECURSIVE chain (version, deltas) AS (
                       SELECT version, 1 FROM delta UNION ALL SELECT delta.base, deltas + 1 FROM chain JOIN delta USING (version))
                   SELECT max(deltas) FROM chain";
    let longest: i64 = database(world.path("new.db")).query_row(longest, (), |row| row.get(0)).unwrap();
    assert!(longest < 64, "{longest}");
}

#[test]
fn what_was_pruned_stays_away_and_is_not_lost() {
    let world = World::new();
    keep(&world, 0..4);
    database(world.path("archive.db")).execute("VACUUM INTO ?1", [world.path("older.db").to_str().unwrap()]).unwrap();
    assert_eq!(world.run(&["pin", "1@2", "--note", "final", "--archive", "archive.db"]).code(), Some(0));
    let prune = ["prune", "--keep-last", "1", "--drop-session-ends", "--apply", "--archive", "archive.db"];
    assert_eq!(world.run(&prune).code(), Some(0));
    keep(&world, 4..6);
    let kept = versions(&world, "archive.db");
    assert_eq!(Reader::open(&world.path("archive.db")).unwrap().version_numbers(1).unwrap(), [6, 5, 4, 2]);
    database(world.path("archive.db")).execute("VACUUM INTO ?1", [world.path("newer.db").to_str().unwrap()]).unwrap();
    flush(&world);

    // Deleted rows are still in the file, and a copy from before the pruning has them all.
    let report = json(&world, &[REPAIR, &["--from", "older.db"]].concat(), 0);
    assert_eq!((report["lost"].as_array().unwrap().len(), versions(&world, "new.db")), (0, kept.clone()));
    assert_eq!(world.run(&["verify", "--archive", "new.db"]).code(), Some(0));
    let pinned = world.run(&["pin", "--archive", "new.db", "--json"]).json();
    assert_eq!(pinned[0]["pinned"]["note"], "final");

    // What was pruned, and every version of a draft: from a copy that is newer than the pruning.
    lose(&world, "pruned", "");
    lose(&world, "whole", "");
    lose(&world, "delta", "");
    let report = json(&world, &["repair", "--archive", "archive.db", "--to", "again.db", "--from", "newer.db"], 0);
    assert_eq!((report["lost"].as_array().unwrap().len(), versions(&world, "again.db")), (0, kept));
    assert_eq!(world.run(&["verify", "--archive", "again.db"]).code(), Some(0));
    let show = world.run(&["show", "1@1", "--archive", "again.db"]);
    assert!(show.to_string().contains("pruned"), "{show}");
}

/// A copy that pruned a version must not hide that it is lost, nor keep another copy from giving it.
#[test]
fn what_a_copy_pruned_is_lost_here_unless_another_copy_has_it() {
    let world = kept();
    fs::copy(world.path("archive.db"), world.path("whole.db")).unwrap();
    fs::copy(world.path("archive.db"), world.path("pruned.db")).unwrap();
    let prune = ["prune", "--keep-last", "1", "--drop-session-ends", "--apply", "--archive", "pruned.db"];
    assert_eq!(world.run(&prune).code(), Some(0));
    let before = versions(&world, "archive.db");
    lose(&world, "whole", "");
    lose(&world, "delta", "");
    let report = json(&world, &[REPAIR, &["--from", "pruned.db"]].concat(), 3);
    let lost = report["lost"].as_array().unwrap().len();
    assert!(lost > 0 && lost + versions(&world, "new.db").len() == before.len(), "{report}");
    fs::remove_file(world.path("new.db")).unwrap();
    let report = json(&world, &[REPAIR, &["--from", "pruned.db", "--from", "whole.db"]].concat(), 0);
    assert_eq!(versions(&world, "new.db"), before, "{report}");
}

#[test]
fn a_copy_gives_what_is_lost() {
    let world = World::new();
    keep(&world, 0..3);
    database(world.path("archive.db")).execute("VACUUM INTO ?1", [world.path("copy.db").to_str().unwrap()]).unwrap();
    keep(&world, 3..4);
    let before = versions(&world, "archive.db");
    flush(&world);
    lose(&world, "whole", "");
    let copy = fs::read(world.path("copy.db")).unwrap();
    let report = json(&world, &[REPAIR, &["--from", "copy.db"]].concat(), 3);
    let lost = report["lost"].as_array().unwrap();
    // What was recorded after the copy, and had no other place than those pages.
    assert!(lost.iter().all(|lost| lost["id"].as_str().unwrap().ends_with("@4")), "{report}");
    assert_eq!(versions(&world, "new.db").len() + lost.len(), before.len());
    assert!(report["from"][0]["versions"].as_u64().unwrap() > 0, "{report}");
    assert!(fs::read(world.path("copy.db")).unwrap() == copy);
    assert_eq!(files(&world), ["archive.db", "copy.db", "new.db"]);

    let mut packed =
        flate2::write::GzEncoder::new(File::create(world.path("copy.db.gz")).unwrap(), flate2::Compression::fast());
    packed.write_all(&copy).unwrap();
    packed.finish().unwrap();
    let from_packed =
        json(&world, &["repair", "--archive", "archive.db", "--to", "newer.db", "--from", "copy.db.gz"], 3);
    assert_eq!(from_packed["lost"], report["lost"]);
    assert_eq!(versions(&world, "newer.db"), versions(&world, "new.db"));
    assert_eq!(files(&world), ["archive.db", "copy.db", "copy.db.gz", "new.db", "newer.db"]);
}

#[test]
fn an_exported_tree_gives_what_is_lost() {
    let world = kept();
    assert_eq!(world.run(&["export", "tree", "--archive", "archive.db"]).code(), Some(0));
    lose(&world, "whole", "");
    let report = json(&world, &[REPAIR, &["--from", "tree"]].concat(), 0);
    assert_eq!((&report["lost"], &report["complete"]), (&Value::Array(Vec::new()), &Value::Bool(true)), "{report}");
    assert_eq!(versions(&world, "new.db").len(), 12);
    assert_eq!(files(&world), ["archive.db", "new.db", "tree"]);
}

#[test]
fn a_file_without_its_first_page_is_read() {
    let world = kept();
    let before = versions(&world, "archive.db");
    zero(&world, &[1, 2]);
    assert_eq!(world.run(&["list", "--archive", "archive.db"]).code(), Some(5));
    let report = json(&world, REPAIR, 0);
    assert_eq!(report["lost"], Value::Array(Vec::new()));
    assert_eq!(versions(&world, "new.db"), before);
}

#[test]
fn drafts_whose_rows_are_lost_keep_their_names() {
    let world = kept();
    let sql = "UPDATE draft SET state = 'gone', missing_since = '2026-08-20T00:00:00.000Z' WHERE id = 1";
    database(world.path("archive.db")).execute(sql, ()).unwrap();
    flush(&world);
    let before = versions(&world, "archive.db");
    lose(&world, "draft", "");
    let report = json(&world, REPAIR, 3);
    assert_eq!(versions(&world, "new.db"), before, "an index knows the names");
    let reasons: Vec<_> =
        report["doubtful"].as_array().unwrap().iter().map(|damage| damage["id"].as_str().unwrap()).collect();
    assert_eq!(reasons, ["mag/#1", "mag/#2", "mag/#3"]);
    assert_eq!(report["lost"], Value::Array(Vec::new()));
}

#[test]
fn names_that_are_lost_come_from_a_copy() {
    let world = kept();
    let before = versions(&world, "archive.db");
    fs::copy(world.path("archive.db"), world.path("copy.db")).unwrap();
    for tree in ["draft", "sqlite_autoindex_draft_1", "account", "sqlite_autoindex_account_1"] {
        lose(&world, tree, "");
    }
    let report = json(&world, REPAIR, 3);
    assert_eq!(report["versions"], 12, "{report}");
    let made_up = versions(&world, "new.db");
    assert!(made_up.iter().all(|(media_id, _)| media_id.starts_with("lost-")), "{made_up:?}");
    fs::remove_file(world.path("new.db")).unwrap();
    let _ = json(&world, &[REPAIR, &["--from", "copy.db"]].concat(), 3);
    assert_eq!(versions(&world, "new.db"), before);
}

#[test]
fn pictures_and_polls_that_are_lost_are_counted() {
    let world = kept();
    {
        let database = database(world.path("archive.db"));
        let body = vec![7_u8; 3000];
        database
            .execute(
                "INSERT INTO asset (id, sha256, type, stored_at, body) VALUES (1, ?1, 'image/png', '2026-08-20T00:00:00.000Z', ?2)",
                (draftkeep::model::Hash::of(&body).0, &body),
            )
            .unwrap();
        let poll = "INSERT INTO poll VALUES (1, 1, '2026-08-20T00:00:00.000Z', '2026-08-20T00:00:01.000Z', 'sweep', 0, 0, 0, 0, 0)";
        database.execute(poll, ()).unwrap();
    }
    flush(&world);
    let report = json(&world, REPAIR, 0);
    assert_eq!((&report["assets"], &report["polls"]), (&1.into(), &1.into()), "{report}");
    fs::remove_file(world.path("new.db")).unwrap();
    let sound = fs::read(world.path("archive.db")).unwrap();
    let mut flipped = sound.clone();
    flipped[places(&sound, &[7; 64])[0]] ^= 1;
    fs::write(world.path("archive.db"), flipped).unwrap();
    let report = json(&world, REPAIR, 3);
    assert_eq!((&report["assets"], &report["assets_lost"]), (&0.into(), &1.into()), "one bit of its bytes: {report}");
    fs::remove_file(world.path("new.db")).unwrap();
    fs::write(world.path("archive.db"), sound).unwrap();
    lose(&world, "asset", "");
    lose(&world, "poll", "");
    let report = json(&world, REPAIR, 3);
    assert_eq!(report["assets_lost"], 1, "{report}");
    assert_eq!(report["left_out"][0]["reason"], "1 row lost: nothing but a checksum is left", "{report}");
}

#[test]
fn definitions_that_are_lost_make_no_older_schema() {
    let world = kept();
    database(world.path("archive.db")).execute("VACUUM INTO ?1", [world.path("whole.db").to_str().unwrap()]).unwrap();
    let bytes = fs::read(world.path("whole.db")).unwrap();
    for tenths in [5, 7, 8, 9] {
        fs::write(world.path("cut.db"), &bytes[..bytes.len() * tenths / 10]).unwrap();
        let run = world.run(&["repair", "--archive", "cut.db", "--to", "new.db", "--from", "whole.db", "--json"]);
        let report: Value = serde_json::from_slice(run.stdout()).unwrap_or_else(|_| panic!("{run}"));
        assert_eq!(report["had_checksums"], true, "{tenths}: {report}");
        assert_eq!(versions(&world, "new.db").len(), 12);
        fs::remove_file(world.path("new.db")).unwrap();
    }
}

#[test]
fn what_is_in_the_journal_comes_back() {
    let world = kept();
    let open = database(world.path("archive.db"));
    open.execute_batch("PRAGMA wal_autocheckpoint = 0; BEGIN; SELECT count(*) FROM version; COMMIT").unwrap();
    keep(&world, 4..5);
    let files: Vec<(PathBuf, Vec<u8>)> =
        ["archive.db", "archive.db-wal"].map(|name| (world.path(name), fs::read(world.path(name)).unwrap())).into();
    assert!(!files[1].1.is_empty());
    drop(open);
    files.iter().for_each(|(path, bytes)| fs::write(path, bytes).unwrap());
    let report = json(&world, REPAIR, 0);
    assert_eq!(report["versions"], 15, "{report}");
    for (path, bytes) in &files {
        assert!(fs::read(path).unwrap() == *bytes, "{} was written", path.display());
    }
}

#[test]
fn an_archive_of_an_older_schema_comes_back_in_that_of_today() {
    let world = kept();
    let before = versions(&world, "archive.db");
    make_older(&world.path("archive.db"), &world.path("older.db"), 10);
    database(world.path("older.db")).execute_batch("PRAGMA journal_mode = DELETE").unwrap();
    let mut bytes = fs::read(world.path("older.db")).unwrap();
    let size = usize::from(u16::from_be_bytes([bytes[16], bytes[17]]));
    bytes[..size].fill(0);
    fs::write(world.path("archive.db"), bytes).unwrap();
    let report = json(&world, REPAIR, 0);
    assert_eq!((&report["versions"], &report["had_checksums"]), (&12.into(), &false.into()), "{report}");
    assert_eq!(versions(&world, "new.db"), before);
}

#[test]
fn what_cannot_be_done_is_said() {
    let world = kept();
    fs::write(world.path("there.db"), "somebody's").unwrap();
    fs::write(world.path("copy.age"), "age-encryption.org/v1\n").unwrap();
    fs::write(world.path("text.db"), "Dear diary, this is not a database. ".repeat(100)).unwrap();
    let mut said = String::new();
    for args in [
        &["repair", "--archive", "archive.db", "--to", "there.db"][..],
        &["repair", "--archive", "nowhere.db", "--to", "new.db"],
        &["repair", "--archive", "archive.db", "--to", "new.db", "--from", "nowhere.db"],
        &["repair", "--archive", "archive.db", "--to", "new.db", "--from", "copy.age"],
        &["repair", "--archive", "text.db", "--to", "new.db"],
        &["repair", "--archive", "archive.db", "--to", "no/such/new.db"],
    ] {
        said += &format!("{}\n", world.run(args));
    }
    let held = DaemonLock::acquire(&world.path("archive.db")).unwrap();
    said += &world.run(REPAIR).to_string();
    drop(held);
    assert_snapshot!(said, @"
    ------- stderr -------
    Error: there is a file at there.db already, and nothing takes its place
    Hint: Name a file that is not there yet: --to NEW
    ------- exit 2 -------
    ------- stderr -------
    Error: there is no archive at nowhere.db
    Hint: Name an archive that is there: --archive PATH
    ------- exit 4 -------
    ------- stderr -------
    Error: there is no copy at nowhere.db
    Hint: Name a copy that is there: --from COPY
    ------- exit 4 -------
    ------- stderr -------
    Error: the copy copy.age is encrypted with age
    Hint: Decrypt it: age -d -i KEY -o FILE copy.age
    Hint: Then name the file that it makes: --from FILE
    ------- exit 2 -------
    ------- stderr -------
    Error: no version can be read from text.db
    Hint: Name a copy that has something: draftkeep repair --archive $TMP/text.db --to NEW --from COPY
    ------- exit 5 -------
    ------- stderr -------
    Error: cannot make the archive no/such/new.db.unfinished
    Caused by: No such file or directory (os error 2)
    Hint: Make its directory first: mkdir -p no/such
    ------- exit 1 -------
    ------- stderr -------
    Error: another draftkeep daemon is running on the archive archive.db
    Hint: Stop it first: systemctl stop draftkeep
    ------- exit 1 -------
    ");
    assert_eq!(fs::read(world.path("there.db")).unwrap(), b"somebody's");
    assert_eq!(files(&world), ["archive.db", "archive.db.lock", "copy.age", "text.db", "there.db"]);
}
