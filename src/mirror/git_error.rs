//! Why git does not do what it should, by what the operator can do.

use std::path::PathBuf;

#[derive(Debug, thiserror::Error)]
pub enum GitError {
    #[error("the program git is not there")]
    NoProgram,
    /// Another git works there, or one was killed.
    #[error("another git is at work in the mirror, or was killed: {} is there", .0.display())]
    Locked(PathBuf),
    /// Somebody merges, rebases or picks commits there.
    #[error("{0} in the repository of the mirror is not finished")]
    Unfinished(&'static str),
    /// A commit would belong to no branch, and get lost.
    #[error("the repository of the mirror is on no branch (its HEAD is detached)")]
    Detached,
    /// The remote did not take the commits. They are made, and are pushed with the next.
    #[error("the commits are made, and could not be pushed to {remote}: {said}")]
    NotPushed { remote: String, said: String },
    /// A command of git failed: a hook, the disk, a repository that is damaged.
    #[error("git {command} failed: {said}")]
    Failed { command: &'static str, said: String },
    /// Somebody ended it; what was not done is done with the next update.
    #[error("git {0} was stopped")]
    Stopped(&'static str),
    /// It took too long and was ended.
    #[error("git {command} was not done after {seconds} seconds")]
    TooSlow { command: &'static str, seconds: u64 },
}
