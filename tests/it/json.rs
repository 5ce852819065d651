//! `docs/json.md` is true: it names exactly the fields that the commands write.

use std::collections::{BTreeMap, BTreeSet};

use draftkeep::simulator::{Fault, FaultRule};
use serde_json::Value;

use crate::cookbook::magazine;

const PAGE: &str = include_str!("../../docs/json.md");

/// Objects whose names are data, not fields; a field that is null or empty in what the commands write here is told as a
/// whole.
const MAPS: [&str; 4] = ["calls_today", "limits", "quota", "plan.articles[].fields"];

/// Returns the fields that a section of the page names.
fn told(command: &str) -> BTreeSet<String> {
    let section = PAGE.split("\n## ").find(|section| section.starts_with(&format!("`{command}"))).expect(command);
    let rows = section.lines().filter_map(|line| line.strip_prefix("| `"));
    rows.map(|row| row.split('`').next().unwrap().to_owned()).collect()
}

/// Collects the paths of all fields of a value.
fn fields(value: &Value, path: &str, found: &mut BTreeSet<String>) {
    match value {
        Value::Object(members) if !MAPS.contains(&path) => {
            for (name, value) in members {
                fields(value, &if path.is_empty() { name.clone() } else { format!("{path}.{name}") }, found);
            }
        }
        Value::Array(elements) if !elements.is_empty() => {
            elements.iter().for_each(|element| fields(element, &format!("{path}[]"), found));
        }
        _ => drop(found.insert(path.to_owned())),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_page_names_every_field_and_no_other() {
    let (world, platform) = magazine().await;
    let mut found = BTreeMap::<&str, BTreeSet<String>>::new();
    let mut run = |args: &[&'static str]| {
        let mut command = world.command(&[args, &["--json", "--config", "config.toml"]].concat());
        command.env("DRAFTKEEP_CLOCK", crate::harness::NOW);
        let run = world.finish(command);
        let value: Value = serde_json::from_slice(run.stdout()).unwrap_or_else(|error| panic!("{error}: {run}"));
        let found = found.entry(args[0]).or_default();
        match value {
            Value::Array(elements) => elements.iter().for_each(|element| fields(element, "", found)),
            value => fields(&value, "", found),
        }
    };
    run(&["list"]);
    run(&["log", "#1"]);
    run(&["pin", "#1@2", "--note", "final"]);
    run(&["pin"]);
    run(&["log", "#1"]);
    run(&["compact"]);
    run(&["prune", "--keep-last", "1", "--drop-session-ends"]);
    run(&["show", "#1"]);
    run(&["assets", "#1"]);
    run(&["diff", "#1@1", "@4"]);
    run(&["diff", "#1@1", "@2"]);
    run(&["restore", "#1@3", "--to", "out"]);
    run(&["restore", "#1@3", "--as-new", "--apply"]);
    run(&["restore", "#1@3", "--as-new"]);
    run(&["restore", "--undo", "1"]);
    // The draft that was just made.
    run(&["restore", "#3@1", "--in-place"]);
    run(&["notify", "log"]);
    run(&["status"]);
    run(&["verify"]);
    run(&["export", "tree"]);
    run(&["import", "tree"]);
    std::fs::copy(world.path("archive.db"), world.path("backup.db")).unwrap();
    run(&["repair", "--to", "repaired.db"]);
    run(&["import-backup", "backup.db"]);
    platform.world().add_fault(FaultRule::next(1, "draft/batchget", Fault::Code(45009)));
    run(&["poll"]);
    for (command, found) in found {
        let told = told(command);
        let missing = |of: &BTreeSet<String>, others: &BTreeSet<String>| {
            let unmatched = |path: &&String| !others.iter().any(|other| covers(path, other) || covers(other, path));
            of.iter().filter(unmatched).cloned().collect::<Vec<_>>()
        };
        assert_eq!(missing(&found, &told), [""; 0], "{command} writes what is not on the page");
        // The archive is sound here.
        let told = told.into_iter().filter(|path| !path.starts_with("damaged[]")).collect();
        assert_eq!(missing(&told, &found), [""; 0], "{command} does not write what is on the page");
    }
}

/// Tells whether one path names the same as the other, or the whole that it is in: what is null or empty in this run, or
/// told as a whole on the page.
fn covers(whole: &str, part: &str) -> bool {
    let [whole, part] = [whole, part].map(|path| path.replace("[]", ""));
    part.strip_prefix(&whole).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}
