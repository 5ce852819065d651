//! The repository of the mirror: whether commits can be made in it now.

use super::super::git_error::GitError;
use super::command::{Git, path};

/// Files of a repository that stand for something that a person has begun.
const BEGUN: [(&str, &str); 5] = [
    ("MERGE_HEAD", "a merge"),
    ("rebase-merge", "a rebase"),
    ("rebase-apply", "a rebase"),
    ("CHERRY_PICK_HEAD", "a cherry-pick"),
    ("REVERT_HEAD", "a revert"),
];

impl Git<'_> {
    /// Makes a repository where there is none, and checks that commits can be made.
    ///
    /// # Errors
    ///
    /// If somebody else works in it, or it is on no branch.
    pub(super) fn prepare(&self) -> Result<(), GitError> {
        if self.directory.join(".git").symlink_metadata().is_err() {
            // The drafts are for their owner alone, as the files of the mirror are.
            self.command("init").args(["--quiet", "--shared=0600"]).run()?;
        }
        let at = path(&self.command("rev-parse").args(["--absolute-git-dir"]).run()?);
        let lock = at.join("index.lock");
        if lock.exists() {
            return Err(GitError::Locked(lock));
        }
        if let Some((_, what)) = BEGUN.iter().find(|(file, _)| at.join(file).exists()) {
            return Err(GitError::Unfinished(what));
        }
        match self.command("symbolic-ref").args(["--quiet", "HEAD"]).try_run()? {
            Ok(_) => Ok(()),
            Err(_) => Err(GitError::Detached),
        }
    }

    /// Pushes the commits of the branch that the remote does not have. Returns whether there were any.
    pub(super) fn push(&self, remote: &str) -> Result<bool, GitError> {
        let has_commit = self.command("rev-parse").args(["--quiet", "--verify", "HEAD"]).try_run()?.is_ok();
        if !has_commit {
            return Ok(false);
        }
        let known = format!("--remotes={remote}");
        let missing = self.command("rev-list").args(["--count", "HEAD", "--not", &known]).run()?;
        if missing == b"0\n" {
            return Ok(false);
        }
        let mut push = self.command("push").args(["--quiet", "--", remote, "HEAD"]);
        // A password that ssh would ask for cannot come. Where the person chose the program, it is theirs.
        let is_chosen = std::env::var_os("GIT_SSH_COMMAND").is_some()
            || self.command("config").args(["core.sshCommand"]).try_run()?.is_ok();
        if !is_chosen {
            push = push.env("GIT_SSH_COMMAND", "ssh -o BatchMode=yes");
        }
        match push.try_run()? {
            Ok(_) => Ok(true),
            Err(said) => Err(GitError::NotPushed { remote: remote.to_owned(), said }),
        }
    }
}
