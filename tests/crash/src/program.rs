//! The real program, run in a directory.

use std::ffi::OsStr;
use std::fs::{self, File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use crate::scenario::TOO_MANY_WENT;
use crate::stage::SECRET_VARIABLE;

/// The files that its output goes to.
pub(crate) const STDOUT: &str = "stdout";
pub(crate) const STDERR: &str = "stderr";

#[derive(Clone, Debug)]
pub(crate) struct Program {
    pub(crate) binary: PathBuf,
}

/// How a run ended.
#[derive(Clone, Debug)]
pub(crate) struct Ended {
    /// `None` where it was killed.
    pub(crate) code: Option<i32>,
    pub(crate) output: String,
}

impl Ended {
    /// Returns whether it did what it was asked to.
    pub(crate) fn is_done(&self) -> bool {
        self.code == Some(0) || self.code == Some(3) && self.output.contains(TOO_MANY_WENT)
    }
}

impl Program {
    /// Starts it in `work`; what it says is appended to files in `said`. Without a time, its clock is the system's.
    pub(crate) fn start(&self, work: &Path, said: &Path, arguments: &[&str], time: Option<&str>) -> io::Result<Child> {
        let mut command = Command::new(&self.binary);
        command
            .args(arguments)
            .current_dir(work)
            .env_clear()
            .env("HOME", work)
            .env("TZ", "Asia/Shanghai")
            .env("DRAFTKEEP_CONFIG", work.join("config.toml"))
            .env("RUST_LOG", "draftkeep=info")
            .env(SECRET_VARIABLE.0, SECRET_VARIABLE.1)
            .stdin(Stdio::null())
            .stdout(append(&said.join(STDOUT))?)
            .stderr(append(&said.join(STDERR))?);
        if let Some(time) = time {
            command.env("DRAFTKEEP_CLOCK", time);
        }
        command.spawn()
    }

    /// Runs it to its end in a directory, beside which its output goes.
    pub(crate) fn run(&self, work: &Path, arguments: &[&str], time: Option<&str>) -> io::Result<Ended> {
        let said = work.with_extension("said");
        fs::create_dir_all(&said)?;
        let code = self.start(work, &said, arguments, time)?.wait()?.code();
        let output = [STDOUT, STDERR].map(|name| read(said.join(name))).concat();
        fs::remove_dir_all(&said)?;
        Ok(Ended { code, output })
    }
}

fn append(path: &Path) -> io::Result<File> {
    OpenOptions::new().create(true).append(true).open(path)
}

pub(crate) fn read(path: impl AsRef<OsStr>) -> String {
    fs::read(path.as_ref()).map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).unwrap_or_default()
}
