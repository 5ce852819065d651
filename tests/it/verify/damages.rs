//! Random damages: `verify` finds each that changed a fact, and no command gives a wrong answer as a right one.
//!
//! `DRAFTKEEP_DAMAGES=10000` damages the archive as often, and prints the table of `docs/reliability.md`.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::process::{Command, Output};
use std::time::Duration;

use rusqlite::types::Value;
use rusqlite::{Connection, OpenFlags};

use super::flips::{columns, full};
use crate::archive::write_to_stderr;
use crate::harness::{World, database};
use crate::random_damage::{Chance, KINDS, asked, damage};

/// How often the archive is damaged in `cargo test`.
const DAMAGES: usize = 18;

const COMMANDS: [&[&str]; 9] = [
    &["list", "--json"],
    &["log", "#1", "--json"],
    &["show", "#1", "--format", "json"],
    &["show", "#1@1", "--format", "text"],
    &["show", "#2@2", "--format", "json"],
    &["diff", "#1@1", "@3", "--json"],
    &["search", "段", "--json"],
    &["status", "--json"],
    &["export", "tree"],
];

/// What the stock shell prints of the public views.
const VIEWS: [&str; 4] = [
    "SELECT account, media_id, version, position, title, content FROM article_view",
    "SELECT * FROM latest_view",
    "SELECT * FROM version_view",
    "SELECT * FROM draft_view",
];

/// The rows of all tables whose rows have checksums; `None` where they cannot be read.
fn facts(archive: &Path, tables: &BTreeSet<String>) -> BTreeMap<String, Option<Vec<Vec<Value>>>> {
    let open = Connection::open_with_flags(archive, OpenFlags::SQLITE_OPEN_READ_ONLY);
    let rows = |table: &String| {
        let database = open.as_ref().ok()?;
        let mut query = database.prepare(&format!("SELECT * FROM {table} NOT INDEXED")).ok()?;
        let width = query.column_count();
        let rows = query.query_map((), |row| (0..width).map(|at| row.get(at)).collect()).ok()?;
        rows.collect::<Result<_, _>>().ok()
    };
    tables.iter().map(|table| (table.clone(), rows(table))).collect()
}

/// No command needs a hundredth of that.
const LONGEST: Duration = Duration::from_secs(60);

/// What a command says of the archive, and all files of an exported tree; `None` where it says that something is wrong.
pub(super) fn said(world: &World, command: &[&str]) -> Option<Vec<u8>> {
    let tree = world.path("tree");
    drop(fs::remove_dir_all(&tree));
    let run = world.command(&[command, &["--archive", "archive.db"]].concat());
    let Output { status, stdout, stderr } = assert_cmd::Command::from_std(run).timeout(LONGEST).output().unwrap();
    assert!(status.code().is_some(), "{command:?} does not come to its end");
    let stderr = String::from_utf8_lossy(&stderr);
    assert!(!stderr.contains("panicked"), "{command:?}: {stderr}");
    if !status.success() {
        return None;
    }
    let mut said = stdout;
    add_files(&tree, &mut said);
    Some(said)
}

fn add_files(directory: &Path, to: &mut Vec<u8>) {
    let Ok(entries) = fs::read_dir(directory) else { return };
    let mut paths: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    for path in paths {
        to.extend_from_slice(path.as_os_str().as_encoded_bytes());
        if path.is_dir() { add_files(&path, to) } else { to.extend(fs::read(&path).unwrap()) }
    }
}

/// What the stock shell says; `None` where it says that something is wrong.
fn in_shell(archive: &Path, sql: &str) -> Option<Vec<u8>> {
    let output = Command::new("sqlite3").arg("-readonly").arg(archive).arg(sql).output().expect("the stock shell");
    (output.status.success() && output.stderr.is_empty()).then_some(output.stdout)
}

/// How often what happened.
#[derive(Default)]
struct Tally {
    damages: usize,
    facts_changed: usize,
    found: usize,
    right: usize,
    refused: usize,
    shell_right: usize,
    shell_refused: usize,
    shell_wrong: [usize; VIEWS.len()],
    status_wrong: usize,
}

#[test]
fn no_damage_that_changed_a_fact_is_missed_and_no_answer_is_silently_wrong() {
    let world = full();
    let archive = world.path("archive.db");
    let tables: BTreeSet<String> = columns(&database(&archive)).into_iter().map(|(table, _)| table).collect();
    let sound = fs::read(&archive).unwrap();
    let right = facts(&archive, &tables);
    let right_said = COMMANDS.map(|command| said(&world, command).unwrap_or_else(|| panic!("{command:?}")));
    let right_views = VIEWS.map(|sql| in_shell(&archive, sql).unwrap_or_else(|| panic!("{sql}")));
    let index = fs::read(world.path("archive.db.search")).unwrap();
    let mut tallies: Vec<Tally> = KINDS.iter().map(|_| Tally::default()).collect();
    let mut problems = Vec::new();
    for round in 0..asked(DAMAGES) {
        let kind = round % KINDS.len();
        let mut bytes = sound.clone();
        damage(&mut bytes, kind, &mut Chance(round as u64));
        for end in ["-wal", "-shm", ".search"] {
            drop(fs::remove_file(world.path(&format!("archive.db{end}"))));
        }
        fs::write(&archive, &bytes).unwrap();
        // The index is made anew, or was made before the damage.
        if round % 2 == 0 {
            fs::write(world.path("archive.db.search"), &index).unwrap();
        }
        let changed: Vec<_> =
            facts(&archive, &tables).into_iter().filter(|(table, rows)| right[table] != *rows).map(|it| it.0).collect();
        let is_found = said(&world, &["verify"]).is_none();
        let tally = &mut tallies[kind];
        tally.damages += 1;
        tally.facts_changed += usize::from(!changed.is_empty());
        tally.found += usize::from(is_found);
        if !changed.is_empty() && !is_found {
            problems.push(format!("round {round} ({}): verify misses that {changed:?} changed", KINDS[kind]));
        }
        for (command, right) in COMMANDS.iter().zip(&right_said) {
            match said(&world, command) {
                Some(said) if said == *right => tally.right += 1,
                // It tells of polls and limits, and of no draft: one letter of a failure, one digit of a time, is for `verify` to find.
                Some(_) if command[0] == "status" && is_found => tally.status_wrong += 1,
                Some(said) => problems.push(format!(
                    "round {round} ({}; {changed:?} changed, found: {is_found}): {command:?} is wrong: {}",
                    KINDS[kind],
                    first_difference(&said, right),
                )),
                None => tally.refused += 1,
            }
        }
        for (at, (sql, right)) in VIEWS.iter().zip(&right_views).enumerate() {
            match in_shell(&archive, sql) {
                Some(said) if said == *right => tally.shell_right += 1,
                Some(_) => tally.shell_wrong[at] += 1,
                None => tally.shell_refused += 1,
            }
        }
    }
    print(&tallies);
    assert!(problems.is_empty(), "{} problems:\n{}", problems.len(), problems.join("\n"));
}

pub(super) fn first_difference(said: &[u8], right: &[u8]) -> String {
    let at = said.iter().zip(right).position(|(one, other)| one != other).unwrap_or(said.len().min(right.len()));
    let around =
        |bytes: &[u8]| String::from_utf8_lossy(&bytes[at.saturating_sub(60)..bytes.len().min(at + 60)]).into_owned();
    format!("{:?} instead of {:?}", around(said), around(right))
}

fn print(tallies: &[Tally]) {
    if asked(DAMAGES) <= DAMAGES {
        return;
    }
    for (kind, tally) in KINDS.iter().zip(tallies) {
        let Tally {
            damages,
            facts_changed,
            found,
            right,
            refused,
            shell_right,
            shell_refused,
            shell_wrong,
            status_wrong,
        } = tally;
        write_to_stderr(format_args!(
            "| {kind} | {damages} | {facts_changed} | {found} | {right} | {refused} | {shell_right} | {shell_refused} | {shell_wrong:?} | {status_wrong} |"
        ));
    }
}
