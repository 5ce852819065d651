//! The mirror: the archive as the tree of files that `draftkeep export` writes, kept up to date.
//!
//! What the tree has is known from the tree: a hidden directory in it holds a record for each draft, with a mark of what was
//! exported and a stamp of each file. Only drafts whose mark has changed are exported. A file that does not have the stamp any more was
//! edited by somebody: its draft is left as it is and told, until somebody says that it may be overwritten.
//!
//! Before a draft is written, its record says so; after that, what was written. So a mirror that was killed anywhere goes on with
//! the drafts that it had begun, and does not take its own half-written files for edited ones.

mod edits;
mod error;
mod git;
mod git_error;
mod place;
mod record;
mod stamp;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use self::edits::{AccountEdits, DraftEdits};
pub use self::error::MirrorError;
pub use self::git::Committed;
use self::git::{Committer, MirroredDraft};
pub use self::git_error::GitError;
use self::record::{DraftRecord, Records};
use crate::archive::{Damage, ExportMark, Reader};
use crate::export::{Count, TreeUpdate};
use crate::model::Timestamp;

/// How a mirror is brought up to date.
#[derive(Clone, Debug)]
pub struct MirrorJob {
    pub directory: PathBuf,
    /// The name of the archive.
    pub archive: String,
    /// Whether files that somebody edited are moved aside and written again.
    pub overwrite: bool,
    /// Whether what changed is committed, and where to it is pushed.
    pub git: Option<GitJob>,
}

/// How the mirror is kept in git.
#[derive(Clone, Debug, Default)]
pub struct GitJob {
    /// The name of a remote.
    pub push: Option<String>,
}

/// What was done.
#[derive(Debug, Default)]
pub struct Mirrored {
    /// How many drafts the archive has.
    pub drafts: u64,
    /// What was added or changed.
    pub written: Count,
    /// Files that somebody changed or removed, from the top of the tree; their drafts were left as they are.
    pub edited: Vec<String>,
    /// Where the edited files are that were overwritten.
    pub moved_to: Option<PathBuf>,
    /// What of the archive is damaged and therefore left out.
    pub damaged: Vec<Damage>,
    /// What was committed and pushed; `None` without git.
    pub committed: Option<Committed>,
    /// Why not all is committed and pushed; it is tried again with the next update.
    pub git_failure: Option<GitError>,
}

/// How far it is.
#[derive(Clone, Copy, Debug)]
pub struct MirrorProgress {
    pub done: u64,
    pub drafts: u64,
}

/// Called before each draft; returns whether to go on.
pub type GoOn<'a> = &'a dyn Fn(MirrorProgress) -> bool;

impl Mirrored {
    /// Says why the mirror is not what it should be; `None` if it is.
    pub fn trouble(&self) -> Option<String> {
        let edited = match &self.edited[..] {
            [] => None,
            [one] => Some(format!("{one} was edited, and is not overwritten")),
            [first, others @ ..] => {
                Some(format!("{first} and {} more files were edited, and are not overwritten", others.len()))
            }
        };
        let damaged = match &self.damaged[..] {
            [] => None,
            [first, ..] => Some(format!(
                "{} of the archive damaged and left out, the first is {}",
                match self.damaged.len() {
                    1 => "1 place".to_owned(),
                    many => format!("{many} places"),
                },
                first.typed_id()
            )),
        };
        let git = self.git_failure.as_ref().map(ToString::to_string);
        let troubles: Vec<String> = [edited, damaged, git].into_iter().flatten().collect();
        (!troubles.is_empty()).then(|| troubles.join("; "))
    }
}

impl MirrorJob {
    /// Brings the mirror up to the archive.
    ///
    /// # Errors
    ///
    /// If the directory cannot hold the mirror of this archive, or cannot be written. What was written before stays and is whole.
    pub fn run(&self, reader: &Reader, now: Timestamp, go_on: GoOn<'_>) -> Result<Mirrored, MirrorError> {
        place::check(&self.directory, reader.path())?;
        let is_known = record::is_of(&self.directory, &self.archive)?;
        let tree = TreeUpdate::open(reader, &self.directory, is_known)?;
        let records = Records::open(&self.directory, &self.archive)?;
        let moved_to = self.overwrite.then(|| records.place_for_edited(now));
        let root = &self.directory;
        let (drafts, mirrored) = (Vec::new(), Mirrored::default());
        let mut run = Run { root, reader, tree, records, moved_to, drafts, mirrored };
        run.accounts()?;
        let marks = reader.export_marks()?;
        run.mirrored.drafts = marks.len() as u64;
        for (done, mark) in marks.iter().enumerate() {
            if !go_on(MirrorProgress { done: done as u64, drafts: marks.len() as u64 }) {
                return Err(MirrorError::Stopped);
            }
            run.draft(mark)?;
        }
        if let Some(git) = &self.git {
            run.commit(git, now, go_on)?;
        }
        Ok(run.end())
    }
}

/// A mirror that is being brought up to date.
struct Run<'a> {
    root: &'a Path,
    reader: &'a Reader,
    tree: TreeUpdate<'a>,
    records: Records,
    /// Where edited files go that may be overwritten.
    moved_to: Option<PathBuf>,
    /// Those that are up to date.
    drafts: Vec<MirroredDraft>,
    mirrored: Mirrored,
}

impl Run<'_> {
    /// Writes the files of accounts, unless somebody edited one of them.
    fn accounts(&mut self) -> Result<(), MirrorError> {
        let rows = self.reader.account_rows()?;
        let files: Vec<(String, PathBuf)> =
            rows.iter().filter_map(|row| Some((row.name.clone(), self.tree.account_file(row)?))).collect();
        let before = self.records.accounts()?;
        let edited = AccountEdits { root: self.root, files: &files }.find(&before)?;
        if !self.may_write(edited)? {
            return Ok(());
        }
        // A mirror that is killed before the stamps are written finds the files as they should be.
        self.tree.accounts()?;
        let mut after = BTreeMap::new();
        for (name, file) in files {
            after.extend(stamp::of(&file, before.get(&name))?.map(|stamp| (name, stamp)));
        }
        if after != before {
            self.records.put_accounts(&after)?;
        }
        Ok(())
    }

    /// Exports a draft if it changed, unless somebody edited its files.
    fn draft(&mut self, mark: &ExportMark) -> Result<(), MirrorError> {
        let Some(account) = self.tree.account_directory(&mark.account) else { return Ok(()) };
        let before = self.records.draft(mark.draft)?.unwrap_or_default();
        let is_new = before.mark.as_ref() != Some(&mark.mark);
        let edits = DraftEdits { root: self.root, account: &account, record: &before };
        let found = edits.find(is_new)?;
        let is_edited = !found.edited.is_empty();
        if !self.may_write(found.edited)? {
            return Ok(());
        }
        if !is_new && !is_edited {
            self.is_up_to_date(mark, &account.join(&before.directory));
            if let Some(touched) = found.touched {
                self.records.put_draft(mark.draft, &touched)?;
            }
            return Ok(());
        }
        self.records.put_draft(mark.draft, &DraftRecord { mark: None, ..before.clone() })?;
        let damages = self.tree.exported().damaged.len();
        let Some(directory) = self.tree.draft(mark.draft)? else { return Ok(()) };
        let is_whole = self.tree.exported().damaged.len() == damages;
        let after = edits::recorded(self.root, &directory, &before, is_whole.then(|| mark.mark.clone()))?;
        self.records.put_draft(mark.draft, &after)?;
        self.is_up_to_date(mark, &directory);
        Ok(())
    }

    fn is_up_to_date(&mut self, mark: &ExportMark, directory: &Path) {
        let directory = edits::from_top(self.root, directory);
        self.drafts.push(MirroredDraft { id: mark.draft, account: mark.account.clone(), directory });
    }

    /// Commits what was written. Where git fails, the files are all the same what they should be.
    fn commit(&mut self, git: &GitJob, now: Timestamp, go_on: GoOn<'_>) -> Result<(), MirrorError> {
        let drafts = self.mirrored.drafts;
        let committer = Committer {
            root: self.root,
            reader: self.reader,
            drafts: &self.drafts,
            edited: &self.mirrored.edited,
            moved_to: self.moved_to.as_deref(),
            now,
        };
        let mut committed = Committed::default();
        let go_on = || go_on(MirrorProgress { done: drafts, drafts });
        match committer.run(git.push.as_deref(), &go_on, &mut committed) {
            Ok(()) => {}
            Err(MirrorError::Git(GitError::Stopped(_))) => return Err(MirrorError::Stopped),
            Err(MirrorError::Git(failure)) => self.mirrored.git_failure = Some(failure),
            Err(error) => return Err(error),
        }
        if committed.moved_any {
            self.mirrored.moved_to = self.moved_to.clone();
        }
        self.mirrored.edited.append(&mut committed.edited);
        self.mirrored.committed = Some(committed);
        Ok(())
    }

    /// Returns whether the files may be written. Edited ones are moved aside or, where nobody said so, told.
    fn may_write(&mut self, edited: Vec<String>) -> Result<bool, MirrorError> {
        match &self.moved_to {
            _ if edited.is_empty() => Ok(true),
            Some(place) => {
                for file in &edited {
                    if place::move_aside(self.root, file, place)? {
                        self.mirrored.moved_to = self.moved_to.clone();
                    }
                }
                Ok(true)
            }
            None => {
                self.mirrored.edited.extend(edited);
                Ok(false)
            }
        }
    }

    fn end(self) -> Mirrored {
        let exported = self.tree.exported();
        let mut mirrored = self.mirrored;
        (mirrored.written, mirrored.damaged) = (exported.written, exported.damaged.clone());
        mirrored.damaged.extend(exported.altered.iter().cloned());
        mirrored.edited.sort();
        mirrored.edited.dedup();
        mirrored
    }
}
