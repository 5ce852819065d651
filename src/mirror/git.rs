//! The mirror in git: a commit for each version, in the order in which they were observed, and one for what else changed of a draft.
//!
//! What is not committed yet is asked of git, and what is not pushed, too. So a mirror that was killed between its files and its commits, or whose
//! push was refused, goes on with the next one. Files that somebody edited, staged or committed beside those of the mirror are left alone.

mod changes;
mod command;
mod draft;
mod message;
mod repository;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use self::changes::{Changes, DraftChanges, NEWEST};
use self::command::{Git, GoOn};
pub(super) use self::draft::MirroredDraft;
use super::error::MirrorError;
use super::git_error::GitError;
use super::place;
use crate::archive::Reader;
use crate::export;
use crate::model::{Timestamp, rfc3339};

/// The page of a version.
const PAGE: &str = "page.md";

/// What was done.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Committed {
    pub commits: u64,
    pub pushed: bool,
    /// Pages of newest versions that somebody edited.
    pub(super) edited: Vec<String>,
    /// Whether some of them were moved aside.
    pub(super) moved_any: bool,
}

/// A mirror whose files are written, and which are to be committed.
pub(super) struct Committer<'a> {
    pub(super) root: &'a Path,
    pub(super) reader: &'a Reader,
    /// The drafts that are up to date: those that somebody edited are left out.
    pub(super) drafts: &'a [MirroredDraft],
    /// Files that somebody edited.
    pub(super) edited: &'a [String],
    /// Where an edited page goes that may be overwritten.
    pub(super) moved_to: Option<&'a Path>,
    pub(super) now: Timestamp,
}

/// What is about to be committed.
struct Commit {
    at: Timestamp,
    draft: MirroredDraft,
    /// `None` for what else changed of the draft.
    version: Option<u64>,
    files: BTreeSet<String>,
}

impl Commit {
    /// Returns the version whose page is that of the newest one with this commit: also where its pictures have arrived.
    fn shows_newest(&self, reader: &Reader) -> Result<Option<u64>, MirrorError> {
        if self.version.is_some() {
            return Ok(self.version);
        }
        let newest = reader.version_numbers(self.draft.id)?.first().copied();
        Ok(newest.filter(|number| self.files.contains(&format!("{}/{number}/{PAGE}", self.draft.directory))))
    }
}

impl Committer<'_> {
    /// Commits what is not committed, and pushes what is not pushed. Calls `go_on` before each commit, and adds up what was done in `done`.
    pub(super) fn run(&self, push: Option<&str>, go_on: GoOn<'_>, done: &mut Committed) -> Result<(), MirrorError> {
        let git = Git { directory: self.root.to_owned(), go_on };
        git.prepare()?;
        let mut changes = git.changes()?;
        if changes.is_account_renamed && self.edited.is_empty() {
            done.commits += u64::from(self.commit(&git, &changes.all, "An account has another name", self.now)?);
            changes = git.changes()?;
        }
        let commits = self.plan(&mut changes);
        let begins = commits.first().map_or(self.now, |commit| commit.at);
        let others = changes.others.into_iter().filter(|file| !self.edited.contains(file)).collect();
        done.commits += u64::from(self.commit(&git, &others, "The files of the mirror itself", begins)?);
        self.commit_drafts(&git, commits, changes.pictures, &changes.newest, done)?;
        if let Some(remote) = push {
            done.pushed = git.push(remote)?;
        }
        Ok(())
    }

    fn commit_drafts(
        &self,
        git: &Git<'_>,
        commits: Vec<Commit>,
        mut pictures: BTreeSet<String>,
        changed_newest: &BTreeSet<String>,
        done: &mut Committed,
    ) -> Result<(), MirrorError> {
        let mut summaries = message::Summaries::default();
        let mut left_alone = BTreeSet::new();
        for mut commit in commits {
            if !(git.go_on)() {
                return Err(MirrorError::Stopped);
            }
            if left_alone.contains(&commit.draft.id) {
                continue;
            }
            if let Some(version) = commit.shows_newest(self.reader)? {
                let newest = format!("{}/{NEWEST}", commit.draft.directory);
                let is_changed = changed_newest.contains(&newest);
                if !self.show_newest(&commit.draft, &newest, version, is_changed, done)? {
                    left_alone.insert(commit.draft.id);
                    done.edited.push(newest);
                    continue;
                }
                commit.files.insert(newest);
            }
            let needed = export::pictures_of(&self.root.join(&commit.draft.directory))?;
            commit.files.extend(pictures.extract_if(.., |picture| needed.contains(picture)));
            let message = match commit.version {
                Some(version) => message::of_version(self.reader, &commit.draft, version, &mut summaries)?,
                None => message::of_draft(self.reader, &commit.draft, &commit.files)?,
            };
            done.commits += u64::from(self.commit(git, &commit.files, &message, commit.at)?);
        }
        Ok(())
    }

    /// Returns the commits to make, in the order of their times; those of a draft in the order of its versions.
    fn plan(&self, changes: &mut Changes) -> Vec<Commit> {
        let mut commits = Vec::new();
        for draft in self.drafts {
            let Some(DraftChanges { new_versions, others }) = changes.drafts.remove(&draft.directory) else { continue };
            let mut at = Timestamp::MIN_UTC;
            let mut of_draft = Vec::new();
            for (number, files) in new_versions {
                // One whose row is damaged has the time of the version before.
                let observed = self.reader.version(draft.id, number).map(|version| version.observed_at);
                at = at.max(observed.unwrap_or(at));
                of_draft.push(Commit { at, draft: draft.clone(), version: Some(number), files });
            }
            match of_draft.last_mut() {
                Some(newest) => newest.files.extend(others),
                None if others.is_empty() => {}
                None => of_draft.push(Commit { at: self.now, draft: draft.clone(), version: None, files: others }),
            }
            commits.extend(of_draft);
        }
        commits.sort_by_key(|commit| commit.at);
        commits
    }

    /// Puts the page of a version where that of the newest one is. Returns whether it may: not over what somebody wrote there.
    fn show_newest(
        &self,
        draft: &MirroredDraft,
        file: &str,
        version: u64,
        is_changed: bool,
        done: &mut Committed,
    ) -> Result<bool, MirrorError> {
        let (directory, newest) = (self.root.join(&draft.directory), self.root.join(file));
        let read = |path: PathBuf| fs::read(&path).map_err(|source| MirrorError::Read { path, source });
        let page = |number: u64| directory.join(number.to_string()).join(PAGE);
        let bytes = read(page(version))?;
        // What git has of it is ours; so is what a killed mirror has written there, which is the page of a version.
        if is_changed && newest.exists() {
            let there = read(newest.clone())?;
            let is_page = (1..=version).rev().any(|number| fs::read(page(number)).is_ok_and(|page| page == there));
            match self.moved_to {
                _ if is_page => {}
                Some(place) => done.moved_any |= place::move_aside(self.root, file, place)?,
                None => return Ok(false),
            }
        }
        place::make(self.root, newest.parent().unwrap_or(&directory))?;
        place::put(&newest, &bytes)?;
        Ok(true)
    }

    /// Commits these files, whatever else is staged. Returns whether there was anything to commit.
    fn commit(&self, git: &Git<'_>, files: &BTreeSet<String>, message: &str, at: Timestamp) -> Result<bool, GitError> {
        if files.is_empty() {
            return Ok(false);
        }
        let names = || files.iter().map(String::as_str);
        git.command("add").args(["--all", "--force"]).files(names()).run()?;
        let at = rfc3339(at);
        let commit = git.command("commit").args(["--quiet", "--only", "--message", message]).files(names());
        commit.env("GIT_AUTHOR_DATE", &at).env("GIT_COMMITTER_DATE", &at).run()?;
        Ok(true)
    }
}
