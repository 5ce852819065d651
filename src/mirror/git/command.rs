//! Runs the program git in the mirror: for a limited time, without questions, as the owner of the mirror.

use std::ffi::{OsStr, OsString};
use std::fs::{self, File};
use std::io::{ErrorKind, Seek, Write};
use std::os::unix::fs::MetadataExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, killpg};
use nix::unistd::{Pid, geteuid};

use super::super::git_error::GitError;

/// How long a command may take; a push is one over a slow network.
const LIMIT: Duration = Duration::from_secs(120);

/// How often it is asked whether to stop.
const STEP: Duration = Duration::from_millis(100);

/// How long a command may take to end that is asked to.
const GRACE: Duration = Duration::from_secs(2);

/// Returns whether to go on.
pub(super) type GoOn<'a> = &'a dyn Fn() -> bool;

/// So much of what git says is repeated.
const LONGEST_SAID: usize = 400;

/// Who commits.
const NAME: &str = "draftkeep";
const EMAIL: &str = "draftkeep@localhost";

/// The settings of the person that would get in the way: commits are not signed, and files stay as they are.
const SETTINGS: [&str; 5] = [
    "commit.gpgSign=false",
    "core.autocrlf=false",
    "core.quotePath=false",
    "core.fsmonitor=false",
    "advice.detachedHead=false",
];

/// The repository of the mirror.
pub(super) struct Git<'a> {
    pub(super) directory: PathBuf,
    pub(super) go_on: GoOn<'a>,
}

/// A command of git.
pub(super) struct GitCommand<'a> {
    go_on: GoOn<'a>,
    command: Command,
    name: &'static str,
    input: Vec<u8>,
}

impl<'a> Git<'a> {
    /// Begins a command.
    pub(super) fn command(&self, name: &'static str) -> GitCommand<'a> {
        let mut command = Command::new("git");
        command.arg("-C").arg(&self.directory).arg("--literal-pathspecs");
        for setting in SETTINGS {
            command.args(["-c", setting]);
        }
        command.arg(name);
        // Called from a hook, git would work on the repository of that hook.
        for (variable, _) in std::env::vars_os() {
            if variable.as_encoded_bytes().starts_with(b"GIT_")
                && variable != "GIT_SSH_COMMAND"
                && variable != "GIT_SSH"
            {
                command.env_remove(variable);
            }
        }
        command.envs([("GIT_TERMINAL_PROMPT", "0"), ("GIT_ASKPASS", "true"), ("SSH_ASKPASS", "true"), ("LC_ALL", "C")]);
        command.envs([("GIT_AUTHOR_NAME", NAME), ("GIT_AUTHOR_EMAIL", EMAIL)]);
        command.envs([("GIT_COMMITTER_NAME", NAME), ("GIT_COMMITTER_EMAIL", EMAIL)]);
        self.as_owner(&mut command);
        command.stdout(Stdio::piped()).stderr(Stdio::piped()).process_group(0);
        GitCommand { go_on: self.go_on, command, name, input: Vec::new() }
    }

    /// Root works as the owner of the mirror, who could not write what is root's; and git refuses repositories of others.
    fn as_owner(&self, command: &mut Command) {
        let Ok(owner) = fs::metadata(&self.directory) else { return };
        if geteuid().is_root() && owner.uid() != 0 {
            command.gid(owner.gid()).uid(owner.uid()).env_remove("HOME").env_remove("XDG_CONFIG_HOME");
        }
    }
}

impl GitCommand<'_> {
    pub(super) fn args<A: AsRef<OsStr>>(mut self, args: impl IntoIterator<Item = A>) -> Self {
        self.command.args(args);
        self
    }

    pub(super) fn env(mut self, name: &str, value: &str) -> Self {
        self.command.env(name, value);
        self
    }

    /// Names the files that it is about.
    pub(super) fn files<'f>(mut self, files: impl IntoIterator<Item = &'f str>) -> Self {
        self.command.args(["--pathspec-from-file=-", "--pathspec-file-nul"]);
        for file in files {
            self.input.extend(file.as_bytes());
            self.input.push(0);
        }
        self
    }

    /// Runs it. Returns what it printed.
    pub(super) fn run(self) -> Result<Vec<u8>, GitError> {
        let command = self.name;
        match self.try_run()? {
            Ok(printed) => Ok(printed),
            Err(said) => Err(GitError::Failed { command, said }),
        }
    }

    /// Runs it. Returns what it printed or, where it failed, what it said of that.
    pub(super) fn try_run(self) -> Result<Result<Vec<u8>, String>, GitError> {
        let Self { go_on, mut command, name, input } = self;
        let failed = |error: std::io::Error| GitError::Failed { command: name, said: error.to_string() };
        command.stdin(complete(&input).map_err(failed)?);
        let child = command.spawn().map_err(|error| match error.kind() {
            ErrorKind::NotFound => GitError::NoProgram,
            _ => failed(error),
        })?;
        let group = i32::try_from(child.id()).map(Pid::from_raw);
        let (done, output) = mpsc::channel();
        thread::spawn(move || done.send(child.wait_with_output()));
        let begun = Instant::now();
        loop {
            match output.recv_timeout(STEP) {
                Ok(output) => return Ok(said(output.map_err(failed)?)),
                Err(_) if go_on() && begun.elapsed() < LIMIT => {}
                Err(_) => break,
            }
        }
        // Asked to end, git removes its lock files; killed, it leaves them.
        for signal in [Signal::SIGTERM, Signal::SIGKILL] {
            if let Ok(Err(error)) = group.map(|group| killpg(group, signal)) {
                tracing::debug!(%error, "cannot end git");
            }
            if output.recv_timeout(GRACE).is_ok() {
                break;
            }
        }
        match begun.elapsed() < LIMIT {
            true => Err(GitError::Stopped(name)),
            false => Err(GitError::TooSlow { command: name, seconds: LIMIT.as_secs() }),
        }
    }
}

/// Returns an input that is whole before anybody reads it: a file without a name. If this program is killed, git goes on; of a pipe, it would take
/// what came for all of it. And to `git add`, no file at all means every file, also those that are ignored.
fn complete(input: &[u8]) -> std::io::Result<File> {
    let mut file = tempfile::tempfile()?;
    file.write_all(input)?;
    file.rewind()?;
    Ok(file)
}

/// Returns what a command printed or, where it failed, what it said of that: the first lines, without hints.
fn said(output: Output) -> Result<Vec<u8>, String> {
    if output.status.success() {
        return Ok(output.stdout);
    }
    let text = [output.stderr, output.stdout].concat();
    let text = String::from_utf8_lossy(&text);
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with("hint:"));
    let said: Vec<&str> = lines.take(4).collect();
    match said.is_empty() {
        true => Err(output.status.to_string()),
        false => Err(said.join("; ").chars().take(LONGEST_SAID).collect()),
    }
}

/// Returns the path that a command printed.
pub(super) fn path(printed: &[u8]) -> PathBuf {
    use std::os::unix::ffi::OsStringExt;
    let line = printed.strip_suffix(b"\n").unwrap_or(printed);
    Path::new(&OsString::from_vec(line.to_vec())).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_git_reads_is_whole_before_it_begins() {
        let directory = tempfile::tempdir().unwrap();
        let git = Git { directory: directory.path().to_owned(), go_on: &|| true };
        let told = "alias.told=!told() { stat --dereference --format=%F,%s /dev/stdin; }; told";
        let command = git.command("-c").args([told, "told"]).files(["a.md", "b.md"]);
        assert_eq!(String::from_utf8(command.run().unwrap()).unwrap(), "regular file,10\n");
    }
}
