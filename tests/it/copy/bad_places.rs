//! Places that cannot take a copy, or do not give it back: nothing half stays, no older copy goes, and the next command is told.

use std::fs::{self, OpenOptions};
use std::io::{Seek, SeekFrom, Write};
use std::ops::ControlFlow;
use std::path::Path;

use draftkeep::archive::{CopyLock, Writer};
use draftkeep::clock::Clock;
use draftkeep::config::{CopyTarget, KeepRule};
use draftkeep::copies::CopyError;
use draftkeep::copy::{CopyFailure, CopyJob, CopyReport, CopyStep};
use insta::assert_snapshot;
use tokio_util::sync::CancellationToken;

use super::{COPY, at, files, id, kept, shown};
use crate::harness::{NOW, World, document};

#[test]
fn the_archives_own_directory() {
    let world = kept();
    fs::create_dir(world.path("own")).unwrap();
    fs::rename(world.path("archive.db"), world.path("own/archive.db")).unwrap();
    std::os::unix::fs::symlink(world.path("own"), world.path("link")).unwrap();
    for place in ["own", "link"] {
        let run = world.run(&["copy", place, "--archive", "own/archive.db"]);
        assert_eq!(run.code(), Some(2), "{run}");
        assert!(run.stderr().contains("is the directory of the archive itself"), "{run}");
    }
}

#[test]
fn what_is_not_there_or_is_no_directory() {
    let world = kept();
    assert_snapshot!(world.run(&["copy", "nas", "--archive", "archive.db"]), @"
    ------- stderr -------
    Error: $TMP/nas is not there: No such file or directory (os error 2)
    Hint: Mount its disk; or make the directory where there never was one: mkdir $TMP/nas; then: draftkeep copy --archive $TMP/archive.db $TMP/nas
    ------- exit 4 -------
    ");
    fs::write(world.path("file"), "hello").unwrap();
    assert_snapshot!(world.run(&["copy", "file", "--archive", "archive.db"]), @"
    ------- stderr -------
    Error: $TMP/file is not there: it is no directory
    Hint: Mount its disk; or make the directory where there never was one: mkdir $TMP/file; then: draftkeep copy --archive $TMP/archive.db $TMP/file
    ------- exit 4 -------
    ");
    assert_snapshot!(world.run(&["copy", "ftp://bucket", "--archive", "archive.db"]), @"
    ------- stderr -------
    Error: ftp://bucket is no place for copies: this is a directory or s3://bucket/prefix; no address of another kind is known
    ------- exit 2 -------
    ");
    assert_snapshot!(world.run(&["copy", "fetch", "usb", "new.db", "--archive", "archive.db"]), @"
    ------- stderr -------
    Error: $TMP/usb has no copy
    Hint: Make one: draftkeep copy --archive $TMP/archive.db $TMP/usb
    ------- exit 4 -------
    ");
}

#[test]
fn a_file_that_has_the_name_already_is_not_touched() {
    let world = kept();
    let name = format!("draftkeep-{}-20260901T020000Z.db.zst", id(&world));
    fs::write(world.path("usb").join(&name), "a stranger's").unwrap();
    let run = world.run(&COPY);
    assert_eq!(run.code(), Some(1));
    assert_snapshot!(shown(&world, &run), @"
    ------- stderr -------
    Error: $TMP/usb has a file called draftkeep-ID-20260901T020000Z.db.zst already, which is not touched
    Hint: See what it is, and move it away: ls -l $TMP/usb/draftkeep-ID-20260901T020000Z.db.zst; then: draftkeep copy --archive $TMP/archive.db $TMP/usb
    ------- exit 1 -------
    ");
    assert_eq!(fs::read(world.path("usb").join(&name)).unwrap(), b"a stranger's");
}

#[test]
fn a_damaged_archive_takes_no_copy_away() {
    let world = kept();
    super::configure(&world, "daily = 1");
    assert_eq!(super::copy_at(&world, "2026-09-01T00:00:00Z").code(), Some(0));
    let mut archive = fs::read(world.path("archive.db")).unwrap();
    let place = archive.windows(11).rposition(|name| name == b"\"news_item\"").unwrap();
    archive[place..place + 11].fill(b'x');
    fs::write(world.path("archive.db"), archive).unwrap();
    let run = super::copy_at(&world, "2026-09-02T00:00:00Z");
    assert_eq!(run.code(), Some(5));
    assert_snapshot!(shown(&world, &run), @"
    ------- stderr -------
    Error: the archive is damaged, so no copy of it stays, and no older one was removed: 3 damaged, the first is version mag/#1@3: its document is no draft: not JSON: a string is missing at byte 1
    Hint: See all that is damaged: draftkeep --config $TMP/config.toml verify
    ------- exit 5 -------
    ");
    assert_eq!(files(&world.path("usb")), [format!("draftkeep-{}-20260901T000000Z.db.zst", id(&world))]);
}

#[test]
fn a_copy_that_is_damaged_where_it_lies_is_not_brought_back() {
    let world = kept();
    assert_eq!(world.run(&COPY).code(), Some(0));
    let copy = world.path("usb").join(&files(&world.path("usb"))[0]);
    let whole = fs::read(&copy).unwrap();
    fs::write(&copy, &whole[..whole.len() / 2]).unwrap();
    let run = world.run(&["copy", "fetch", "usb", "new.db", "--archive", "archive.db"]);
    assert_eq!(run.code(), Some(1));
    assert_snapshot!(shown(&world, &run), @"
    ------- stderr -------
    Error: draftkeep-ID-20260901T020000Z.db.zst did not come back from $TMP/usb as it was written: incomplete frame
    Hint: The disk or the network there is not to be trusted. Look at its log, then: draftkeep copy --archive $TMP/archive.db fetch usb new.db
    ------- exit 1 -------
    ");
    for left in ["new.db", "new.db.unfinished"] {
        assert!(!world.path(left).exists());
    }
    fs::write(&copy, &whole).unwrap();
    fs::write(world.path("new.db"), "mine").unwrap();
    let run = world.run(&["copy", "fetch", "usb", "new.db", "--archive", "archive.db"]);
    assert_eq!(run.code(), Some(2), "{run}");
    assert_eq!(fs::read(world.path("new.db")).unwrap(), b"mine");
}

#[test]
fn one_copy_at_a_time() {
    let world = kept();
    let _other = CopyLock::acquire(&world.path("archive.db")).unwrap();
    assert_snapshot!(world.run(&COPY), @"
    ------- stderr -------
    Error: another copy of the archive archive.db is being made
    Hint: Wait until it has ended, then: draftkeep copy --archive $TMP/archive.db $TMP/usb
    ------- exit 1 -------
    ");
}

/// An archive with a document that takes several steps of a copy.
pub(super) fn large() -> World {
    let world = kept();
    add_noise(&world);
    world
}

/// Records a document of 4 MB that cannot be packed well; each time one of another draft.
pub(super) fn add_noise(world: &World) {
    let seed = fs::metadata(world.path("archive.db")).unwrap().len() as u32;
    let mut noise = 0x9e37_79b9_u32 ^ seed;
    let mut letter = || {
        noise ^= noise << 13;
        noise ^= noise >> 17;
        noise ^= noise << 5;
        char::from(b"abcdefghijklmnopqrstuvwxyzABCDEF"[noise as usize % 32])
    };
    let text: String = (0..4 << 20).map(|_| letter()).collect();
    world.keep("mag", &format!("Long{seed}"), "2026-08-20T01:00:00Z", &document(&[("长", &text)]));
}

/// Copies to `usb`, calling `meanwhile` at each step, as the daemon does.
fn copy(world: &World, mut meanwhile: impl FnMut(CopyStep) -> ControlFlow<()>) -> Result<CopyReport, CopyFailure> {
    let archive = world.path("archive.db");
    let target = CopyTarget::parse("usb", &world.path("")).unwrap();
    let keep = KeepRule { daily: 1, weekly: 0, monthly: 0 };
    let retention = Some((keep, chrono_tz::Asia::Shanghai));
    let stop = CancellationToken::new();
    let job =
        CopyJob { archive: archive.clone(), to: target, retention, encrypt_to: None, expects_copies: false, stop };
    let id = Writer::open(&archive).unwrap().archive_id().unwrap();
    job.run(&id, &Clock::fixed(NOW.parse().unwrap()), &mut meanwhile)
}

/// What a place must have after a copy failed: the older one, and nothing else.
fn assert_only_the_older(world: &World, place: &str) {
    assert_eq!(files(&world.path(place)), [format!("draftkeep-{}-20260831T020000Z.db.zst", id(world))]);
    assert!(!world.path("archive.db.copying").exists());
}

fn large_with_a_copy() -> World {
    let world = large();
    assert_eq!(at(&world, "2026-08-31T02:00:00Z", &COPY).code(), Some(0));
    world
}

/// Whoever ends the program does not wait for the rest.
#[test]
fn a_verification_that_is_stopped_goes_no_further() {
    let world = large_with_a_copy();
    let mut proving = 0;
    let failed = copy(&world, |step| match step {
        CopyStep::Proving(_) => {
            proving += 1;
            ControlFlow::Break(())
        }
        _ => ControlFlow::Continue(()),
    });
    assert!(matches!(failed, Err(CopyFailure::Stopped)), "{failed:?}");
    assert_eq!(proving, 1);
    assert_only_the_older(&world, "usb");
}

#[test]
fn a_place_that_vanishes_half_way() {
    let world = large_with_a_copy();
    let failed = copy(&world, |step| {
        if matches!(step, CopyStep::Writing { .. }) && world.path("usb").exists() {
            fs::rename(world.path("usb"), world.path("pulled")).unwrap();
        }
        ControlFlow::Continue(())
    });
    assert!(matches!(failed, Err(CopyFailure::Place(CopyError::NotThere { .. }))), "{failed:?}");
    // It comes back, and the next copy clears it up.
    fs::rename(world.path("pulled"), world.path("usb")).unwrap();
    copy(&world, |_| ControlFlow::Continue(())).unwrap();
    assert_eq!(files(&world.path("usb")), [format!("draftkeep-{}-20260901T020000Z.db.zst", id(&world))]);
}

#[test]
fn a_place_that_gives_back_other_bytes() {
    let world = large_with_a_copy();
    let new = world.path("usb").join(format!(".draftkeep-{}-20260901T020000Z.db.zst.unfinished", id(&world)));
    let change_end = |path: &Path| {
        let mut file = OpenOptions::new().write(true).open(path).unwrap();
        file.seek(SeekFrom::End(-1)).unwrap();
        file.write_all(b"?").unwrap();
    };
    let cut_off = |path: &Path| OpenOptions::new().write(true).open(path).unwrap().set_len(2 << 20).unwrap();
    let add = |path: &Path| OpenOptions::new().append(true).open(path).unwrap().write_all(b"more").unwrap();
    for change in [&change_end as &dyn Fn(&Path), &cut_off, &add] {
        let mut is_changed = false;
        let failed = copy(&world, |step| {
            if matches!(step, CopyStep::ReadingBack { .. }) && !is_changed {
                change(&new);
                is_changed = true;
            }
            ControlFlow::Continue(())
        });
        assert!(matches!(failed, Err(CopyFailure::Place(CopyError::Changed { .. }))), "{failed:?}");
        assert_only_the_older(&world, "usb");
    }
}

/// Wherever a copy is stopped, it leaves nothing, and takes nothing away.
#[test]
fn a_copy_that_is_stopped_at_any_step() {
    let world = large_with_a_copy();
    let mut steps = 0;
    copy(&world, |_| {
        steps += 1;
        if steps > 1_000 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    })
    .unwrap();
    let newest = format!("draftkeep-{}-20260901T020000Z.db.zst", id(&world));
    assert_eq!(files(&world.path("usb")), std::slice::from_ref(&newest));
    fs::rename(
        world.path("usb").join(newest),
        world.path("usb").join(format!("draftkeep-{}-20260831T020000Z.db.zst", id(&world))),
    )
    .unwrap();
    assert!(steps > 10, "{steps}");
    for last in 1..=steps {
        let mut step = 0;
        let stopped = copy(&world, |_| {
            step += 1;
            if step == last { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        });
        assert!(matches!(stopped, Err(CopyFailure::Stopped)), "{last}: {stopped:?}");
        assert_only_the_older(&world, "usb");
    }
}

#[test]
fn the_check_of_the_configuration_refuses_a_directory_that_cannot_be_and_tries_the_others() {
    let world = kept();
    super::configure(&world, "daily = 7");
    let check = |options: &[&str]| world.run(&[&["config", "check", "--config", "config.toml"], options].concat());
    fs::write(world.path("a-file"), "").unwrap();
    for (place, rule) in [
        ("nowhere", "Mount its disk, or make it: mkdir -p ./nowhere"),
        ("a-file", "this is a file: name a directory"),
        (".", "this is the archive's own directory"),
    ] {
        world.replace("config.toml", "to = 'usb'", &format!("to = '{place}'"));
        let run = check(&[]);
        assert_eq!(run.code(), Some(2), "{run}");
        assert!(run.to_string().contains("copy[1].to") && world.shown(&run.to_string()).contains(rule), "{run}");
        world.replace("config.toml", &format!("to = '{place}'"), "to = 'usb'");
    }
    // The account has no secret here, so nobody is asked; the place is tried all the same.
    world.replace(
        "config.toml",
        "secret.command = ['false']",
        "secret.command = ['printf', 'hush']\napi_base = 'http://127.0.0.1:9'",
    );
    let tried: serde_json::Value = serde_json::from_slice(check(&["--online", "--json"]).stdout()).unwrap();
    assert_eq!((&tried["copies"][0]["ok"], &tried["online"][0]["ok"]), (&true.into(), &false.into()), "{tried}");
    assert_eq!(fs::read_dir(world.path("usb")).unwrap().count(), 0, "nothing stays");
}
