//! Tests that need a process of their own: they run this test binary again, for one test, with a variable set.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::write_to_stderr;

const VARIABLE: &str = "DRAFTKEEP_TEST_CHILD";

/// The command that runs one test of this binary as a child process, with `value`.
pub(super) fn command(prefix: &[&str], test: &str, value: &Path) -> Command {
    let program = std::env::current_exe().unwrap();
    let mut words = prefix.iter().map(Into::into).chain([program.into_os_string()]);
    let mut command = Command::new(words.next().unwrap());
    command.args(words).args([test, "--exact", "--nocapture"]).env(VARIABLE, value).stdin(Stdio::null());
    command
}

/// The value that this process was given, if it is a child.
pub(super) fn value() -> Option<PathBuf> {
    std::env::var_os(VARIABLE).map(PathBuf::from)
}

/// Runs a test in a mount namespace of its own; prints a line if the system does not allow that.
pub(super) fn in_a_mount_namespace(test: &str) {
    const ALONE: [&str; 4] = ["unshare", "--user", "--map-root-user", "--mount"];
    let directory = tempfile::tempdir().unwrap();
    let mount = ["mount", "-t", "tmpfs", "tmpfs"];
    let probe = Command::new(ALONE[0]).args(&ALONE[1..]).args(mount).arg(directory.path()).output();
    if !probe.is_ok_and(|probe| probe.status.success()) {
        return write_to_stderr(format_args!("{test}: skipped, file systems cannot be mounted here"));
    }
    let output = command(&ALONE, test, directory.path()).output().unwrap();
    let [stdout, stderr] = [output.stdout, output.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
    // Without a test of this name, none runs, and none fails.
    assert!(output.status.success() && stdout.contains("1 passed"), "{stdout}{stderr}");
}

/// A file system in memory, in the directory that this child was given.
pub(super) struct Tmpfs(PathBuf);

/// Mounts one of the given size; `None` if this process is not a child.
pub(super) fn tmpfs(size: &str) -> Option<Tmpfs> {
    let mount = Tmpfs(value()?);
    mount.mount(&format!("size={size},mode=0700"), &["-t", "tmpfs", "tmpfs"]);
    Some(mount)
}

impl Tmpfs {
    pub(super) fn path(&self) -> &Path {
        &self.0
    }

    pub(super) fn make_read_only(&self) {
        self.mount("remount,ro", &[]);
    }

    pub(super) fn make_writable(&self) {
        self.mount("remount,rw", &[]);
    }

    fn mount(&self, options: &str, arguments: &[&str]) {
        let status = Command::new("mount").args(["-o", options]).args(arguments).arg(&self.0).status().unwrap();
        assert!(status.success(), "mount -o {options}");
    }
}
