//! What a state has to hold beside the archive, by what was reported.

use std::fs;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use draftkeep::archive::{Reader, Writer};
use draftkeep::copies::{Destination, UnpackedCopy};
use draftkeep::export::ExportTree;
use draftkeep::full_text::{Searcher, prove};
use draftkeep::model::Timestamp;
use draftkeep::verify::{SampleRate, verify};

use crate::check::{Expected, Versions, versions};
use crate::facts::Facts;

/// A state, and what is known of it.
pub(crate) struct State<'a> {
    pub(crate) directory: &'a Path,
    pub(crate) facts: &'a Facts,
    pub(crate) expected: &'a Expected,
}

impl State<'_> {
    /// Returns how many runs have ended and said that all is done.
    fn done(&self) -> usize {
        self.facts.ended.iter().filter(|code| **code == 0).count()
    }

    /// A path for a file that is made to look.
    fn aside(&self, name: &str) -> PathBuf {
        self.directory.join(format!("aside-{name}"))
    }
}

/// Tells what is wrong.
pub(crate) type Look = fn(&State<'_>) -> Result<(), String>;

pub(crate) fn nothing_else(_: &State<'_>) -> Result<(), String> {
    Ok(())
}

/// The index of the search is sound, and catches up to what one that is made anew holds.
pub(crate) fn index(state: &State<'_>) -> Result<(), String> {
    let Ok(reader) = Reader::open(&state.directory.join("archive.db")) else { return Ok(()) };
    let on_progress = &mut |_| ControlFlow::Continue(());
    // It only looks. A search would make a damaged index anew.
    if let Some(fault) = prove(&reader, on_progress).map_err(|error| format!("the index cannot be proven: {error}"))? {
        return Err(format!("the index does not catch up: {fault}"));
    }
    let searcher =
        Searcher::open(&reader, on_progress).map_err(|error| format!("the index cannot be used: {error}"))?;
    searcher.note.map_or(Ok(()), |note| Err(format!("the index was not used: {note:?}")))
}

/// Every copy that has its name is whole, and there is one where one was reported.
pub(crate) fn copies(state: &State<'_>) -> Result<(), String> {
    let directory = state.directory.join("copies");
    let copies = Destination::directory(&directory).list().map_err(|error| format!("copies: {error}"))?;
    if copies.is_empty() && state.facts.copies > 0 {
        return Err("a copy was reported, and none is there".to_owned());
    }
    for copy in copies {
        whole(&directory.join(copy.name.to_string()), state.aside("copy"), &state.expected.always)?;
    }
    Ok(())
}

pub(crate) fn of_daemon(state: &State<'_>) -> Result<(), String> {
    copies(state).and_then(|()| index(state))
}

/// A repaired archive that has its name is whole.
pub(crate) fn repaired(state: &State<'_>) -> Result<(), String> {
    let path = state.directory.join("new.db");
    match path.exists() {
        true => whole(&path, state.aside("repaired"), &state.expected.always),
        false if state.done() > 0 => Err("a repaired archive was reported, and is not there".to_owned()),
        false => Ok(()),
    }
}

fn whole(path: &Path, aside: PathBuf, wanted: &Versions) -> Result<(), String> {
    let failed = |error: &dyn std::fmt::Display| format!("{}: {error}", path.display());
    let copy = UnpackedCopy::open(path, aside).map_err(|error| failed(&error))?;
    let reader = Reader::open(copy.path()).map_err(|error| failed(&error))?;
    let report = verify(&reader, SampleRate::Whole, &mut |_| {}).map_err(|error| failed(&error))?;
    if !report.damaged.is_empty() {
        return Err(failed(&format!("damaged: {:?}", report.damaged)));
    }
    let there = versions(&reader).map_err(|error| failed(&error))?;
    lacks(wanted, &there).map_or(Ok(()), |version| Err(failed(&format!("{version:?} is missing"))))
}

/// Returns a version that is wanted and is not there.
pub(crate) fn lacks<'a>(wanted: &'a Versions, there: &Versions) -> Option<&'a (String, u64)> {
    wanted.iter().find(|(version, hash)| there.get(*version) != Some(hash)).map(|(version, _)| version)
}

/// An exported tree that was reported holds all versions.
pub(crate) fn exported(state: &State<'_>) -> Result<(), String> {
    tree(state, "kept")
}

/// A mirror that was reported holds all versions.
pub(crate) fn mirrored(state: &State<'_>) -> Result<(), String> {
    tree(state, "mirror")
}

/// The tree is written by the first run and the third; the second is a poll.
fn tree(state: &State<'_>, name: &str) -> Result<(), String> {
    let wanted = match state.done() {
        0 => return Ok(()),
        1 | 2 => &state.expected.always,
        _ => &state.expected.at_the_end,
    };
    let tree = ExportTree::at(&state.directory.join(name)).map_err(|error| format!("the tree: {error}"))?;
    let path = state.aside("imported");
    let mut writer = Writer::open(&path).map_err(|error| error.to_string())?;
    let now: Timestamp = "2026-09-02T00:00:00Z".parse().expect("an instant");
    let imported = tree.import(&mut writer, now, &mut |_| {}).map_err(|error| format!("the tree: {error}"))?;
    drop(writer);
    // While the third run writes to the tree, what is new there is not complete.
    if state.done() != 2 && !imported.refused.is_empty() {
        return Err(format!("of the tree cannot be used: {:?}", imported.refused));
    }
    let there = Reader::open(&path).and_then(|reader| versions(&reader)).map_err(|error| error.to_string())?;
    lacks(wanted, &there).map_or(Ok(()), |version| Err(format!("{version:?} is missing in the tree")))
}

/// Files of a version that were reported are there, and none is empty.
pub(crate) fn files(state: &State<'_>) -> Result<(), String> {
    if state.done() == 0 {
        return Ok(());
    }
    let found = fs::read_dir(state.directory.join("found")).map_err(|error| format!("found: {error}"))?;
    let lengths = found.map(|entry| entry.and_then(|entry| entry.metadata()).map(|file| file.len()));
    let lengths = lengths.collect::<Result<Vec<_>, _>>().map_err(|error| format!("found: {error}"))?;
    match lengths.len() < 4 || lengths.contains(&0) {
        true => Err(format!("the restored files have lengths {lengths:?}")),
        false => Ok(()),
    }
}
