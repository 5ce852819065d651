//! `draftkeep prune`: what goes, and why the rest stays; and what everything else says of what went.

use insta::assert_snapshot;
use serde_json::json;

use crate::harness::{Run, World, database, document};

/// Two drafts of an account. The first was saved in three sessions on two days of China, the second once.
fn kept() -> World {
    let world = World::new();
    let times = [
        "2026-08-20T15:30:00Z",
        "2026-08-20T15:45:00Z",
        "2026-08-20T16:10:00Z", // after midnight in China
        "2026-08-21T02:00:00Z",
        "2026-08-21T02:10:00Z",
        "2026-09-01T01:00:00Z",
    ];
    for (number, time) in times.iter().enumerate() {
        let text = format!("<p>第 {number} 版</p>");
        world.keep("mag", "Qm7xK2vTnS0b", time, &document(&[("秋季新品", &text)]));
    }
    world.keep("mag", "aAaAaAaAaAaA", times[0], &document(&[("旧稿", "<p>甲</p>")]));
    world
}

fn prune(world: &World, args: &[&str]) -> Run {
    world.run(&[&["prune", "--archive", "archive.db"], args].concat())
}

/// The numbers of the versions of the first draft that would go, newest first.
fn gone(world: &World, args: &[&str]) -> Vec<u64> {
    let plan = prune(world, &[args, &["--json"]].concat()).json();
    let drafts = plan["drafts"].as_array().unwrap();
    let pruned = drafts.iter().flat_map(|draft| draft["pruned"].as_array().unwrap());
    pruned.map(|version| version["version"].as_u64().unwrap()).collect()
}

#[test]
fn a_plan_says_what_goes_and_why_the_rest_stays() {
    let world = kept();
    let before = std::fs::read(world.path("archive.db")).unwrap();
    assert_snapshot!(prune(&world, &["--keep-within", "90d"]), @"
    ------- stderr -------
    Nothing would go: all that was looked at stays, 7 versions of 2 drafts.
    Kept, some for several reasons: 2 newest of their draft, 4 last of an editing session, 7 by --keep-within.
    ");
    assert_snapshot!(prune(&world, &["--keep-last", "1"]), @"
    DRAFT  VERSIONS  GO  BYTES  WHICH       TITLE
    mag/1         6   3     60  1-2, 4      秋季新品
    ------- stderr -------
    3 of 7 versions would go, of 1 draft: 60 bytes at most would become free.
    By age: 3 of the last 30 days.
    Kept, some for several reasons: 2 newest of their draft, 4 last of an editing session, 2 by --keep-last.
    Hint: Nothing was removed yet; to remove these versions for good, add --apply
    ");
    assert_snapshot!(prune(&world, &["--keep-daily", "2", "--drop-session-ends", "--state", "live"]), @"
    DRAFT  VERSIONS  GO  BYTES  WHICH       TITLE
    mag/1         6   4     80  1-4         秋季新品
    ------- stderr -------
    4 of 7 versions would go, of 1 draft: 80 bytes at most would become free.
    By age: 4 of the last 30 days.
    Kept, some for several reasons: 2 newest of their draft, 3 by --keep-daily.
    Hint: Nothing was removed yet; to remove these versions for good, add --apply
    ");
    assert!(before == std::fs::read(world.path("archive.db")).unwrap(), "a plan writes nothing");
}

#[test]
fn the_status_says_what_is_kept_and_when_versions_were_removed_last() {
    let world = kept();
    world.configure(&[("mag", "http://127.0.0.1:9", "'all'")]);
    let status = |args: &[&str]| world.run(&[&["status", "--config", "config.toml"], args].concat());
    let json = || status(&["--json"]).json()[0]["retention"].clone();
    assert!(!status(&[]).to_string().contains("Kept of each draft"), "all is kept");
    assert_eq!(json(), json!(null));
    let config = std::fs::read_to_string(world.path("config.toml")).unwrap();
    std::fs::write(world.path("config.toml"), config + "[retention]\nkeep_last = 1\nkeep_within = '30d'\n").unwrap();
    let told = status(&[]).to_string();
    assert!(
        told.contains(
            "Kept of each draft: last 1, within 30d, the ends of editing sessions; no version was removed yet.\n"
        ),
        "{told}"
    );
    assert_eq!(prune(&world, &["--keep-last", "1", "--apply"]).code(), Some(0));
    let told = status(&[]).to_string();
    assert!(
        told.contains(
            "Kept of each draft: last 1, within 30d, the ends of editing sessions; versions were last removed "
        ),
        "{told}"
    );
    assert!(told.contains(" (2026-09-01 10:00 +08:00).\n"), "{told}");
    let retention = json();
    assert_eq!((&retention["keep_last"], &retention["keep_daily"]), (&json!(1), &json!(null)));
    assert_eq!(retention["pruned_at"].as_str().map(|at| &at[..16]), Some("2026-09-01T02:00"));
    assert!(!status(&["mag"]).to_string().contains("Kept of each draft"), "where accounts are named");
}

#[test]
fn days_are_those_of_the_account() {
    let world = kept();
    let rules = ["--keep-daily", "9", "--drop-session-ends"];
    assert_eq!(gone(&world, &rules), [4, 3, 1], "15:45 UTC and 16:10 UTC are two days in China");
    world.configure(&[("mag", "http://127.0.0.1:1", "'all'")]);
    let of_config = |world: &World| {
        let run = world.run(&[&["prune", "--json", "--config", "config.toml"], &rules[..]].concat());
        run.json()["pruned"].as_u64().unwrap()
    };
    assert_eq!(of_config(&world), 3);
    world.replace("config.toml", "name = 'mag'\n", "name = 'mag'\ntimezone = 'Europe/London'\n");
    assert_eq!(of_config(&world), 3, "2 and 3 are of one day there, 4 and 5 of the next");
    assert_eq!(gone(&world, &["--keep-monthly", "1", "--drop-session-ends"]), [5, 4, 3, 2, 1]);
}

#[test]
fn what_is_pinned_or_was_restored_stays() {
    let world = kept();
    let rules = ["--keep-last", "1", "--drop-session-ends"];
    assert_eq!(gone(&world, &rules), [5, 4, 3, 2, 1]);
    assert_eq!(world.run(&["pin", "1@2", "--archive", "archive.db"]).code(), Some(0));
    database(world.path("archive.db"))
        .execute_batch(
            "INSERT INTO restore (id, kind, version, account, before, started_at, finished_at, outcome)
             VALUES (1, 'in-place', 1, 1, 4, '2026-09-01T01:00:00.000Z', '2026-09-01T01:00:09.000Z', 'failed')",
        )
        .unwrap();
    assert_eq!(gone(&world, &rules), [5, 3]);
    let plan = prune(&world, &["--json", "--keep-last", "1", "--drop-session-ends"]).json();
    let because = |place: usize| plan["drafts"][0]["kept"][place]["because"].clone();
    assert_eq!(
        [because(0), because(1), because(2), because(3)],
        [json!(["newest", "last"]), json!(["restored"]), json!(["pinned"]), json!(["restored"])]
    );
}

#[test]
fn rules_that_keep_nothing_are_refused() {
    let world = kept();
    assert_snapshot!(prune(&world, &[]), @"
    ------- stderr -------
    Error: no rule says what to keep, so all but the newest version of each draft would go
    Hint: Say what to keep, for example: draftkeep prune --archive $TMP/archive.db --keep-within 90d
    ------- exit 2 -------
    ");
    assert_snapshot!(prune(&world, &["--keep-last", "0", "--keep-daily", "3"]), @"
    ------- stderr -------
    Error: 0 would keep nothing
    Hint: Leave the rule out; the newest version of a draft is kept in any case
    ------- exit 2 -------
    ");
    assert_snapshot!(prune(&world, &["--keep-within", "0d"]), @"
    ------- stderr -------
    error: invalid value '0d' for '--keep-within <TIME>': 0 would keep nothing

    For more information, try '--help'.
    ------- exit 2 -------
    ");
    assert_snapshot!(prune(&world, &["--keep-within", "90 days"]), @"
    ------- stderr -------
    error: invalid value '90 days' for '--keep-within <TIME>': this is a number and its unit, such as 36h, 90d, 8w, 6m (months) or 2y

    For more information, try '--help'.
    ------- exit 2 -------
    ");
    assert_eq!(prune(&world, &["--keep-last", "-1"]).code(), Some(2));
    assert_eq!(prune(&world, &["--keep-last", "1", "--account", "nobody"]).code(), Some(4));
}

/// `--keep-within` counts back from the last poll: a clock that ran ahead for years would keep nothing.
#[test]
fn a_clock_that_runs_ahead_makes_nothing_old() {
    let world = kept();
    database(world.path("archive.db"))
        .execute_batch(
            "INSERT INTO poll VALUES (1, 1, '2026-09-01T01:00:00.000Z', '2026-09-01T01:00:01.000Z', 'sweep', 1, 2, 0, 0, 0)",
        )
        .unwrap();
    let mut command =
        world.command(&["prune", "--archive", "archive.db", "--keep-within", "90d", "--drop-session-ends"]);
    command.env("DRAFTKEEP_CLOCK", "2036-09-01T02:00:00Z");
    let run = world.finish(command);
    assert!(run.to_string().contains("Nothing would go"), "{run}");
}

#[test]
fn a_damaged_draft_stays_as_it_is() {
    let world = kept();
    crate::verify::damage(&world, "UPDATE version SET observed_at = '2026-08-20T15:30:01.000Z' WHERE id = 1");
    assert_snapshot!(prune(&world, &["--keep-last", "1"]), @"
    ------- stderr -------
    Nothing would go: all that was looked at stays, 1 version of 1 draft.
    Kept, some for several reasons: 1 newest of their draft, 1 last of an editing session, 1 by --keep-last.
    Warning: mag/1 stays as it is: damaged versions: 1
    Hint: See what to do: draftkeep verify --archive $TMP/archive.db
    ------- exit 5 -------
    ");
}

/// Prunes 1, 2 and 4 of the first draft.
fn pruned() -> World {
    let world = kept();
    let run = prune(&world, &["--keep-last", "1", "--apply"]);
    assert_eq!(run.code(), Some(0), "{run}");
    world
}

#[test]
fn what_was_pruned_is_gone_and_everything_says_so() {
    let world = kept();
    assert_snapshot!(prune(&world, &["--keep-last", "1", "--apply"]), @"
    DRAFT  VERSIONS  GONE  BYTES  WHICH       TITLE
    mag/1         6     3     60  1-2, 4      秋季新品
    ------- stderr -------
    3 versions removed; their room in the archive is used again.
    By age: 3 of the last 30 days.
    Kept, some for several reasons: 2 newest of their draft, 4 last of an editing session, 2 by --keep-last.
    ");
    let archive = ["--archive", "archive.db"];
    let run = |args: &[&str]| world.run(&[args, &archive].concat());
    assert_snapshot!(run(&["verify"]), @"
    The archive is sound: 2 drafts, 0 polls.
    4 versions (264 bytes) came back, each with the hash that it is named by.
    ");
    assert_snapshot!(run(&["show", "1@2"]), @"
    ------- stderr -------
    Error: mag/1@2 was pruned at 2026-09-01 10:00 +08:00
    Hint: A copy or an export from before may still have it; see docs/retention.md
    ------- exit 4 -------
    ");
    assert!(run(&["show", "1@6"]).to_string().contains("mag/1, version 6 (3 kept), observed"));
    assert_snapshot!(run(&["diff", "1@1", "@3"]), @"
    ------- stderr -------
    Error: mag/1@1 was pruned at 2026-09-01 10:00 +08:00
    Hint: A copy or an export from before may still have it; see docs/retention.md
    ------- exit 4 -------
    ");
    assert!(run(&["show", "1@-1"]).to_string().contains("第 4 版"), "the one before the newest is 5");
    assert_snapshot!(run(&["log", "1"]), @"
    VERSION  OBSERVED (+08:00)  SAVED  BYTES  RESTORABLE  CHANGED
          6  2026-09-01 09:00   09:00     69  by hand     +1 −1 characters
          5  2026-08-21 10:10   10:10     69  by hand     since @3: +1 −1 characters
          3  2026-08-21 00:10   00:10     69  by hand     not known: the version before was pruned
    ------- stderr -------
    mag/1, 秋季新品
    ");
    assert_eq!(run(&["list", "--json"]).json()[0]["versions"], json!(3));
    assert_snapshot!(prune(&world, &["--keep-last", "1", "--apply"]), @"
    ------- stderr -------
    Nothing would go: all that was looked at stays, 4 versions of 2 drafts.
    Kept, some for several reasons: 2 newest of their draft, 4 last of an editing session, 2 by --keep-last.
    ");
    let told = prune(&world, &["--keep-last", "1", "--drop-session-ends", "--apply", "--json"]).json();
    assert_eq!((&told["applied"], &told["removed"]), (&json!(true), &json!(2)));
}

#[test]
fn a_number_that_was_pruned_is_never_given_again() {
    let world = pruned();
    world.keep("mag", "Qm7xK2vTnS0b", "2026-09-01T01:30:00Z", &document(&[("秋季新品", "<p>又一版</p>")]));
    let log = world.run(&["log", "1", "--json", "--archive", "archive.db"]).json();
    let numbers: Vec<_> = log.as_array().unwrap().iter().map(|version| version["version"].as_u64().unwrap()).collect();
    assert_eq!(numbers, [7, 6, 5, 3]);
    assert_eq!(log[2]["changed"], "since @3: +1 −1 characters");
    assert_eq!(log[3]["changed"], json!(null), "what it changed is gone");
}

#[test]
fn an_export_and_its_import_keep_what_was_pruned() {
    let world = kept();
    let archive = ["--archive", "archive.db"];
    let run = |args: &[&str]| world.run(&[args, &archive].concat());
    assert_eq!(run(&["export", "tree"]).code(), Some(0));
    let directories = |world: &World| {
        let entries = std::fs::read_dir(world.path("tree/mag")).unwrap();
        let mut names: Vec<_> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    };
    let before = directories(&world);
    assert_eq!(prune(&world, &["--keep-last", "1", "--apply"]).code(), Some(0));
    assert_eq!(run(&["export", "tree"]).code(), Some(0));
    assert_eq!(directories(&world), before, "the draft keeps its directory");
    // An export of what is left, and one that still has the directories of what went.
    assert_eq!(run(&["export", "left"]).code(), Some(0));
    for tree in ["left", "tree"] {
        let new = format!("{tree}.db");
        let imported = world.run(&["import", tree, "--archive", &new]);
        assert_eq!(imported.code(), Some(0), "{imported}");
        assert_eq!(world.run(&["verify", "--archive", &new]).code(), Some(0));
        let numbers = |archive: &str| {
            let log = world.run(&["log", "1", "--json", "--archive", archive]).json();
            log.as_array().unwrap().iter().map(|version| version["version"].clone()).collect::<Vec<_>>()
        };
        assert_eq!(numbers(&new), numbers("archive.db"));
        assert!(world.run(&["show", "1@1", "--archive", &new]).to_string().contains("was pruned at"));
    }
    // What was pruned does not come back from an older export.
    let again = run(&["import", "left"]);
    assert_eq!(again.code(), Some(0), "{again}");
    assert!(run(&["show", "1@1"]).to_string().contains("was pruned at"));
}

#[test]
fn a_search_finds_nothing_that_was_pruned() {
    let world = kept();
    let archive = ["--archive", "archive.db"];
    let run = |args: &[&str]| world.run(&[args, &archive].concat());
    assert_eq!(run(&["search", "第 1 版"]).code(), Some(0));
    assert_eq!(prune(&world, &["--keep-last", "1", "--apply"]).code(), Some(0));
    assert_eq!(run(&["verify"]).code(), Some(0), "an index that is older than the pruning is no damage");
    let found = run(&["search", "第 1 版"]);
    assert!(found.stderr().contains("Nothing found."), "{found}");
    assert!(found.stderr().contains("Searched all versions that are there (3 were pruned)"), "{found}");
    assert_eq!(run(&["search", "第 2 版", "--json"]).json()["pruned"], json!(3));
    let said = run(&["when", "1", "第 2 版"]).to_string();
    assert!(
        said.contains(
            "in version 3 (2026-08-21 00:10:00 +08:00) already; 1–2 were pruned, went between version 3 and version 5"
        ),
        "{said}"
    );
    assert!(said.contains("; 4 was pruned"), "{said}");
    let said = run(&["when", "1", "第 2 版", "--json"]).json();
    assert_eq!(
        (&said["appearances"][0]["pruned_before"], &said["appearances"][0]["pruned_after"]),
        (&json!([1, 2]), &json!([4, 4]))
    );
}

#[test]
fn compact_gives_the_room_back() {
    let world = World::new();
    for number in 0..40 {
        let noise: String = (0..800_u64).map(|n| (n * 2_654_435_761 * (number + 1) % 1_000_003).to_string()).collect();
        let observed_at = format!("2026-08-31T01:00:{number:02}Z");
        world.keep("mag", "Qm7xK2vTnS0b", &observed_at, &document(&[("秋季新品", &noise)]));
    }
    let run = |args: &[&str]| world.run(&[args, &["--archive", "archive.db"]].concat());
    assert_eq!(run(&["compact", "--json"]).json()["freed"], 0);
    let size = || std::fs::metadata(world.path("archive.db")).unwrap().len();
    let before = size();
    assert_eq!(prune(&world, &["--keep-last", "1", "--apply"]).code(), Some(0));
    let told = run(&["compact"]);
    assert!(told.stderr().contains("of it free pages. They go back in 1 step;"), "{told}");
    assert!(told.stderr().contains("went back to the disk."), "{told}");
    assert!(size() < before * 3 / 4, "{before} → {}", size());
    assert_eq!(run(&["verify"]).code(), Some(0));
}
