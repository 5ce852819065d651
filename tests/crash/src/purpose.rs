//! What the steps of a scenario have to do where nothing fails. One whose steps do nothing would never find anything wrong.

use std::fs;
use std::path::Path;

use draftkeep::search::Index;
use rusqlite::Connection;

use crate::check::{Versions, versions_in};
use crate::daemon::POLLED;
use crate::facts::Facts;
use crate::look::lacks;
use crate::program::Ended;
use crate::stage::Stage;

/// A scenario that was played without a fault.
pub(crate) struct Done<'a> {
    /// The directory as it was before.
    pub(crate) before: &'a Path,
    /// The directory as it is now.
    pub(crate) after: &'a Path,
    /// The versions that were there before.
    pub(crate) old: &'a Versions,
    /// The versions that are there now.
    pub(crate) new: &'a Versions,
    pub(crate) facts: &'a Facts,
    pub(crate) runs: &'a [Ended],
    /// The platform as it is now.
    pub(crate) stage: &'a Stage,
    /// How many drafts it had before.
    pub(crate) drafts: usize,
}

/// Tells what was not done.
pub(crate) type Purpose = fn(&Done<'_>) -> Result<(), String>;

/// Tells what is wrong with the platform, which had so many drafts, after all was done again.
pub(crate) type Ending = fn(&Stage, usize) -> Result<(), String>;

impl Done<'_> {
    fn says(&self, text: &str) -> bool {
        self.runs.iter().any(|run| run.output.contains(text))
    }

    /// The versions of another archive, as it was before.
    fn versions_of(&self, name: &str) -> Result<Versions, String> {
        versions_in(&self.before.join(name))
    }
}

fn require(holds: bool, what: &str) -> Result<(), String> {
    if holds { Ok(()) } else { Err(what.to_owned()) }
}

/// What is asked of all: each run did what it was asked to.
pub(crate) fn nothing_else(done: &Done<'_>) -> Result<(), String> {
    done.runs
        .iter()
        .find(|run| !run.is_done())
        .map_or(Ok(()), |failed| Err(format!("it fails without a fault: {failed:?}")))
}

/// New versions are recorded and reported.
pub(crate) fn versions(done: &Done<'_>) -> Result<(), String> {
    nothing_else(done)?;
    require(!done.facts.versions.is_empty(), "no version was reported")?;
    require(lacks(done.old, done.new).is_none() && done.new.len() > done.old.len(), "no version was added")
}

pub(crate) fn pictures(done: &Done<'_>) -> Result<(), String> {
    versions(done)?;
    require(done.facts.pictures > 0, "no picture was reported")
}

pub(crate) fn daemon(done: &Done<'_>) -> Result<(), String> {
    versions(done)?;
    let polls: usize = done.runs.iter().map(|run| run.output.matches(POLLED).count()).sum();
    require(polls >= 3, "it did not go on polling")?;
    require(done.facts.copies > 0, "no copy was made")?;
    require(done.says("message sent") && done.stage.messages() > 0, "no message was sent")?;
    require(done.after.join("mirror/mag").exists(), "there is no mirror")?;
    search(done)
}

pub(crate) fn search(done: &Done<'_>) -> Result<(), String> {
    versions(done)?;
    require(Index::path_of(&done.after.join("archive.db")).exists(), "there is no index")
}

pub(crate) fn migration(done: &Done<'_>) -> Result<(), String> {
    versions(done)?;
    let [old, new] = [done.before, done.after].map(schema);
    require(old? < new?, "the schema is the one of before")
}

fn schema(directory: &Path) -> Result<u32, String> {
    let schema = Connection::open(directory.join("archive.db"))
        .and_then(|archive| archive.pragma_query_value(None, "user_version", |row| row.get(0)));
    schema.map_err(|error| error.to_string())
}

pub(crate) fn new_draft(done: &Done<'_>) -> Result<(), String> {
    nothing_else(done)?;
    require(done.stage.drafts() == done.drafts + 1, "no draft was made")
}

pub(crate) fn draft_in_place(done: &Done<'_>) -> Result<(), String> {
    nothing_else(done)?;
    require(!done.stage.has_spoiled(), "the draft is still without its text")
}

pub(crate) fn import(done: &Done<'_>) -> Result<(), String> {
    nothing_else(done)?;
    let wanted = done.versions_of("old.db")?;
    require(!wanted.is_empty() && *done.new == wanted, "the archive is not the one that was exported")
}

/// Versions of the other archive get other numbers.
pub(crate) fn merge(done: &Done<'_>) -> Result<(), String> {
    nothing_else(done)?;
    let is_there = |media_id: &str, hash: &str| done.new.iter().any(|(there, is)| there.0 == media_id && is == hash);
    let young = done.versions_of("young.db")?;
    require(
        young.iter().all(|((media_id, _), hash)| is_there(media_id, hash)),
        "a version of the other archive is missing",
    )?;
    require(lacks(done.old, done.new).is_none() && done.new.len() > done.old.len(), "no version was added")
}

pub(crate) fn prune(done: &Done<'_>) -> Result<(), String> {
    nothing_else(done)?;
    require(done.new.len() < done.old.len(), "no version was removed")
}

/// The archive that was there is set aside.
pub(crate) fn backup(done: &Done<'_>) -> Result<(), String> {
    nothing_else(done)?;
    let backup = done.versions_of("old.db")?;
    require(!backup.is_empty() && *done.new == backup, "the archive is not the backup")?;
    let names = fs::read_dir(done.after).map_err(|error| error.to_string())?;
    let paths = names.filter_map(|entry| Some(entry.ok()?.path()));
    let mut aside = paths.filter(|path| path.to_string_lossy().contains("archive.db."));
    require(aside.any(|path| versions_in(&path).is_ok_and(|there| there == *done.old)), "what was there is not kept")
}

pub(crate) fn no_more_drafts(stage: &Stage, before: usize) -> Result<(), String> {
    require(stage.drafts() <= before, "a draft was made")
}

pub(crate) fn one_more_draft(stage: &Stage, before: usize) -> Result<(), String> {
    require(stage.drafts() == before + 1, &format!("there are {} drafts after {before}", stage.drafts()))
}

pub(crate) fn no_spoiled_draft(stage: &Stage, before: usize) -> Result<(), String> {
    require(stage.drafts() == before, "a draft was made")?;
    require(!stage.has_spoiled(), "the draft is still without its text")
}
