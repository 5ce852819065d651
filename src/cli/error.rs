//! Exit codes, and the errors of commands.

use std::error::Error;
use std::io;
use std::path::Path;
use std::process::ExitCode;

use nix::errno::Errno;
use nix::unistd::{AccessFlags, access};
use serde_json::json;

use super::logging::LogError;
use crate::archive::{self, Change};
use crate::config::ConfigError;
use crate::invocation::{Invocation, NEW_ARCHIVE, for_the_shell};
use crate::sanitize;

/// Says what can be done about a damaged archive of which something can still be read.
pub(super) fn ways_out() -> [String; 3] {
    [
        "See what is damaged: draftkeep verify".to_owned(),
        format!("Bring what is whole into a new archive: {NEW_ARCHIVE}"),
        "Or put a backup in its place: draftkeep import-backup FILE".to_owned(),
    ]
}

/// The outcome of a command, by what the caller can do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    Done,
    Failed,
    /// Wrong usage or configuration.
    Usage,
    /// Some drafts or accounts failed; the rest is stored.
    Partly,
    NotFound,
    /// The archive is damaged.
    Damaged,
    /// The platform refused: credentials, whitelist, quota, permission, content.
    Refused,
}

/// The exit codes in the help of every command; [`Exit::code`] defines them.
pub const EXIT_CODES: &str = "\
Exit codes:
  0  done
  1  failed
  2  wrong usage or configuration
  3  partly done: some drafts or accounts failed, the rest is stored
  4  not found
  5  the archive is damaged
  6  the platform refused: credentials, whitelist, quota, permission or content";

impl Exit {
    /// Returns the exit code.
    pub fn code(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::Failed => 1,
            Self::Usage => 2,
            Self::Partly => 3,
            Self::NotFound => 4,
            Self::Damaged => 5,
            Self::Refused => 6,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.code())
    }
}

/// The error of a command: what happened, why, and what to type next.
#[derive(Debug)]
pub struct CommandError {
    pub(super) exit: Exit,
    message: String,
    causes: Vec<String>,
    hints: Vec<String>,
    /// Whether root has the permission that is missing.
    is_forbidden: bool,
}

impl CommandError {
    /// `message` says what happened, in one sentence without a full stop.
    pub fn new(exit: Exit, message: impl Into<String>) -> Self {
        Self { exit, message: message.into(), causes: Vec::new(), hints: Vec::new(), is_forbidden: false }
    }

    /// Uses the error's text, and its sources as causes.
    pub fn of(exit: Exit, error: &dyn Error) -> Self {
        let message = error.to_string();
        Self { causes: causes(error.source(), &message), ..Self::new(exit, message) }
    }

    /// Adds causes: `error` and its sources.
    #[must_use]
    pub fn because(mut self, error: &dyn Error) -> Self {
        self.causes.extend(causes(Some(error), &self.message));
        self
    }

    /// Adds a hint: a whole sentence that ends with the command to type.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hints.push(hint.into());
        self
    }

    /// Records that a permission is missing which root has.
    #[must_use]
    fn forbidden(mut self, is_forbidden: bool) -> Self {
        self.is_forbidden = is_forbidden;
        self
    }

    fn as_root(&self, invocation: &Invocation) -> Option<String> {
        let again = invocation.sudo_command().filter(|_| self.is_forbidden)?;
        Some(format!("Type the same as root: {again}"))
    }

    /// Adds hints for a damaged archive that can still be read in part.
    #[must_use]
    pub(super) fn with_ways_out(self) -> Self {
        ways_out().into_iter().fold(self, Self::hint)
    }

    /// Returns the lines that people read.
    pub(super) fn for_people(&self, invocation: &Invocation) -> String {
        let line = |label: &str, text: &str| format!("{label} {}\n", sanitize::lines(&invocation.complete(text)));
        let causes = self.causes.iter().map(|cause| line("Caused by:", cause));
        let hints = self.hints.iter().map(|hint| line("Hint:", hint));
        let as_root = self.as_root(invocation).map(|hint| line("Hint:", &hint));
        line("Error:", &self.message) + &causes.chain(as_root).chain(hints).collect::<String>()
    }

    /// Returns the one JSON document that programs read.
    pub(super) fn for_programs(&self, invocation: &Invocation) -> String {
        let completed = |text: &String| invocation.complete(text).into_owned();
        let message = completed(&self.message);
        let causes: Vec<_> = self.causes.iter().map(completed).collect();
        let hints: Vec<_> = self.as_root(invocation).into_iter().chain(self.hints.iter().map(completed)).collect();
        let exit = self.exit;
        json!({"error": {"code": exit.code(), "message": message, "causes": causes, "hints": hints}}).to_string() + "\n"
    }
}

/// Maps each error of the archive to an exit code and a hint.
impl From<archive::Error> for CommandError {
    fn from(error: archive::Error) -> Self {
        use archive::Error;
        let (exit, hint) = match &error {
            Error::NotFound(_) => (Exit::NotFound, "The first poll makes it: draftkeep poll".to_owned()),
            Error::Gone { path, journal } => {
                let journal = for_the_shell(&journal.display().to_string());
                return Self::of(Exit::NotFound, &error)
                    .hint(move_back(path))
                    .hint("Else put a backup in its place: draftkeep import-backup FILE. The journal is set aside then, and stays")
                    .hint(format!("To begin a new archive, move the journal away: mv {journal} ELSEWHERE"));
            }
            Error::NotAFile(_) => (Exit::Usage, "Check `archive` in the configuration, or --archive.".to_owned()),
            Error::Empty(_) => (
                Exit::Damaged,
                "Put a backup in its place: draftkeep import-backup FILE. Where there never was anything: draftkeep poll"
                    .to_owned(),
            ),
            Error::NotADatabase(_) => (
                Exit::Damaged,
                "If the path is right, the file is damaged. See what is left: draftkeep repair --to NEW. Or put a backup in its place: draftkeep import-backup FILE"
                    .to_owned(),
            ),
            Error::NotAnArchive(_) => (Exit::Usage, "Check `archive` in the configuration, or --archive.".to_owned()),
            Error::Newer { .. } => (Exit::Failed, "Use the draftkeep that wrote it, or a later one.".to_owned()),
            Error::Damaged(_) => return Self::of(Exit::Damaged, &error).with_ways_out(),
            Error::Full => (Exit::Failed, "Make room; all that was recorded before is safe.".to_owned()),
            Error::CannotOpen { path, .. } | Error::NotWritable { path, .. } => {
                let hint = "SQLite needs the file and room for two more beside it; see who may write: ls -la";
                let is_forbidden = [path.clone(), directory(path).into()].iter().any(|path| is_forbidden(path));
                let hint = format!("{hint} {}", directory(path));
                return Self::of(Exit::Failed, &error).hint(hint).forbidden(is_forbidden);
            }
            Error::File { path, source, .. } if source.kind() == io::ErrorKind::PermissionDenied => {
                let hint = format!("To see whom it belongs to: ls -ld {}", directory(path));
                return Self::of(Exit::Failed, &error).hint(hint).forbidden(true);
            }
            Error::File { path, source, .. } if source.kind() == io::ErrorKind::NotFound => {
                (Exit::Failed, format!("Make its directory first: mkdir -p {}", directory(path)))
            }
            Error::Moved { path, change } => {
                let moved = Self::of(Exit::Failed, &error);
                let moved = match change {
                    Change::Gone => moved.hint(move_back(path)),
                    Change::Replaced | Change::Overwritten => moved,
                };
                return moved.hint(format!(
                    "To see what is there now: ls -la {}; then start the command or the service again. Put a backup in place with: draftkeep import-backup FILE",
                    directory(path)
                ));
            }
            Error::ForeignJournal { journal, .. } => (
                Exit::Failed,
                format!("Let a user move it aside who may write there; to see who may: ls -la {}", directory(journal)),
            ),
            Error::SecondCopy(_) => (Exit::Failed, "Wait until it has ended.".to_owned()),
            Error::SecondRestore(_) => (Exit::Failed, "Wait until it has ended, and look at what it made.".to_owned()),
            Error::MergeRuns(_) | Error::PollRuns(_) => {
                (Exit::Failed, "Wait until it has ended, and type the same again.".to_owned())
            }
            Error::Overtaken(_) => {
                let hint = "What came over stays. Stop what polls, and type the same again; to see what runs: draftkeep status";
                (Exit::Failed, hint.to_owned())
            }
            Error::OtherAppid { .. } => return Self::of(Exit::Usage, &error),
            _ => return Self::of(Exit::Failed, &error),
        };
        Self::of(exit, &error).hint(hint)
    }
}

/// Explains how to move an archive back. Its newest content is in the journal, which must be moved back too. A service that
/// starts in between would create a new archive.
fn move_back(path: &Path) -> String {
    let archive = path.to_string_lossy();
    let archive = archive.strip_suffix("-wal").unwrap_or(&archive);
    format!(
        "If it was moved, move it back, and its -wal and -shm if they were moved, too, while the service is stopped: systemctl stop draftkeep && mv ELSEWHERE/{name}* {directory}/ && systemctl start draftkeep",
        name = Path::new(archive).file_name().unwrap_or_default().to_string_lossy(),
        directory = directory(path)
    )
}

/// Returns whether only this user lacks the permission to write; on a read-only disk everybody does.
fn is_forbidden(path: &Path) -> bool {
    access(path, AccessFlags::W_OK) == Err(Errno::EACCES)
}

/// Returns the directory of a file, as typed.
fn directory(path: &Path) -> String {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent.display().to_string(),
        _ => ".".to_owned(),
    }
}

/// Reports every error of the configuration, with its own messages.
impl From<ConfigError> for CommandError {
    fn from(error: ConfigError) -> Self {
        let is_forbidden = matches!(&error, ConfigError::Unreadable { source, .. } if source.kind() == io::ErrorKind::PermissionDenied);
        Self::of(Exit::Usage, &error).forbidden(is_forbidden)
    }
}

/// Reports why logging could not start.
impl From<LogError> for CommandError {
    fn from(error: LogError) -> Self {
        match &error {
            LogError::Filter { .. } | LogError::NotText(_) => Self::new(Exit::Usage, error.to_string())
                .hint("A filter is a level or directives, as in: draftkeep=debug"),
            LogError::Journald(_) => Self::new(Exit::Failed, error.to_string()).hint("Try: --log human"),
            LogError::Taken(_) => Self::new(Exit::Failed, error.to_string()),
        }
    }
}

/// Writing to stdout failed.
impl From<io::Error> for CommandError {
    fn from(error: io::Error) -> Self {
        if error.kind() == io::ErrorKind::BrokenPipe {
            // The reader closed the pipe, as in `draftkeep list | head -1`.
            return Self::new(Exit::Done, "");
        }
        Self::new(Exit::Failed, "the output cannot be written").because(&error)
    }
}

/// Returns the sources of an error. A source that the text before it already contains is not repeated.
fn causes(first: Option<&dyn Error>, message: &str) -> Vec<String> {
    let mut causes = Vec::<String>::new();
    for error in std::iter::successors(first, |&error| error.source()) {
        let cause = error.to_string();
        if !causes.last().map_or(message, String::as_str).contains(&cause) {
            causes.push(cause);
        }
    }
    causes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_help_tells_the_codes_that_are_used() {
        use Exit::{Damaged, Done, Failed, NotFound, Partly, Refused, Usage};
        let told: Vec<_> = EXIT_CODES.lines().skip(1).map(|line| line[2..3].parse::<u8>().unwrap()).collect();
        let used: Vec<u8> = [Done, Failed, Usage, Partly, NotFound, Damaged, Refused].map(Exit::code).to_vec();
        assert_eq!(told, used);
    }

    #[test]
    fn an_error_tells_what_why_and_what_next() {
        let io = io::Error::other("disk\u{1b}[2J on fire");
        let error =
            CommandError::new(Exit::Failed, "it cannot be done").because(&io).hint("See what there is: draftkeep list");
        insta::assert_snapshot!(error.for_people(&Invocation::default()), @r"
        Error: it cannot be done
        Caused by: disk␛[2J on fire
        Hint: See what there is: draftkeep list
        ");
        insta::assert_snapshot!(error.for_programs(&Invocation::default()), @r#"{"error":{"causes":["disk\u001b[2J on fire"],"code":1,"hints":["See what there is: draftkeep list"],"message":"it cannot be done"}}"#);
    }

    #[test]
    fn an_archive_that_was_moved_away_is_to_be_moved_back_first() {
        let moved = |path: &str| archive::Error::Moved { path: path.into(), change: Change::Gone };
        let told = CommandError::from(moved("/var/lib/draftkeep/archive.db")).for_people(&Invocation::default());
        insta::assert_snapshot!(told, @"
        Error: /var/lib/draftkeep/archive.db was deleted or moved away while it was in use, so nothing more is written to it
        Hint: If it was moved, move it back, and its -wal and -shm if they were moved, too, while the service is stopped: systemctl stop draftkeep && mv ELSEWHERE/archive.db* /var/lib/draftkeep/ && systemctl start draftkeep
        Hint: To see what is there now: ls -la /var/lib/draftkeep; then start the command or the service again. Put a backup in place with: draftkeep import-backup FILE
        ");
        let of_journal = CommandError::from(moved("/var/lib/draftkeep/archive.db-wal"));
        assert!(told.contains(&of_journal.hints[0]), "{of_journal:?}");
    }
}
