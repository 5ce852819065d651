//! What a running daemon does not write into the archive, beside it, for whoever asks for the status: polls that broke, a
//! configuration that it refused, and how its pings go.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::Read;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::error::Error;
use super::lock;
use crate::model::{Timestamp, shortened};

/// The size of the report, which is kept reserved: on a full disk it can still be written over.
const SIZE: usize = 4096;

/// What the file is called that is locked, beside the archive.
const FILE: &str = ".lock";

/// The longest message, in characters: ten of them have room, and the log has the whole.
const LONGEST: usize = 120;

/// What a daemon says of itself.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DaemonReport {
    pub broken: Vec<BrokenPoll>,
    /// The newest configuration, where it was refused: the one before stays in force.
    pub refused: Option<RefusedReload>,
    /// The dead man's switches that were told how the service is, or could not be.
    #[serde(default)]
    pub pings: Vec<PingStatus>,
}

/// How telling a dead man's switch goes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PingStatus {
    /// The name of its `[[notify]]`.
    pub name: String,
    /// When a ping arrived last.
    #[serde(default)]
    pub arrived_at: Option<Timestamp>,
    /// When a ping arrived last that said that the service does its work.
    #[serde(default)]
    pub proven_at: Option<Timestamp>,
    /// The last time that pings did not arrive.
    #[serde(default)]
    pub failure: Option<PingFailure>,
}

/// Pings that did not arrive.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PingFailure {
    /// When the first of them was sent.
    pub since: Timestamp,
    /// The last answer, as `notify::Reason` writes it.
    pub answer: String,
    /// Whether one has arrived since.
    pub is_over: bool,
}

impl PingStatus {
    /// Returns why pings do not arrive now, if they do not.
    pub fn failing(&self) -> Option<&PingFailure> {
        self.failure.as_ref().filter(|failure| !failure.is_over)
    }
}

/// A configuration that the daemon was to read anew, and refused.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RefusedReload {
    pub at: Timestamp,
    pub message: String,
}

/// An account whose polls break: the fault is ours or this machine's.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BrokenPoll {
    pub account: String,
    /// When the first of them ended.
    pub since: Timestamp,
    pub message: String,
}

fn answer(ping: &mut PingStatus) -> Option<&mut String> {
    ping.failure.as_mut().map(|failure| &mut failure.answer)
}

/// Held by the daemon while it runs; the operating system lets go of it however the daemon ends.
#[derive(Debug)]
pub struct DaemonLock {
    pub(super) file: File,
}

impl DaemonLock {
    /// Takes the lock of the archive at `path`.
    ///
    /// # Errors
    ///
    /// [`Error::SecondDaemon`] where a running daemon has it, and [`Error::MergeRuns`] where a merge has it.
    pub fn acquire(path: &Path) -> Result<Self, Error> {
        match lock::take(&lock::file_of(path, FILE))? {
            Some(file) => {
                let lock = Self { file };
                if let Err(error) = lock.write_report(&DaemonReport::default()) {
                    tracing::warn!(%error, "no room is reserved to tell what the daemon suffers from");
                }
                Ok(lock)
            }
            None => Err(lock::merge_or(Error::SecondDaemon, path)),
        }
    }

    pub(super) fn file_of(path: &Path) -> PathBuf {
        lock::file_of(path, FILE)
    }

    /// Returns whether a daemon has the archive at `path`; `None` where the lock may not be looked at. Makes no file, and
    /// holds nothing but for an instant.
    pub fn is_held(path: &Path) -> Option<bool> {
        lock::is_held(&lock::file_of(path, FILE))
    }

    /// Keeps daemons away from the archive at `path` as long as the file is held. Makes no lock where there is none, and none where it may not
    /// be opened.
    ///
    /// # Errors
    ///
    /// [`Error::SecondDaemon`] where a daemon runs.
    pub(super) fn keep_out(path: &Path) -> Result<Option<File>, Error> {
        let Ok(file) = lock::open(OpenOptions::new().read(true), &Self::file_of(path)) else { return Ok(None) };
        match file.try_lock_shared() {
            Err(TryLockError::WouldBlock) => Err(Error::SecondDaemon(path.to_owned())),
            Err(TryLockError::Error(_)) => Ok(None),
            Ok(()) => Ok(Some(file)),
        }
    }

    /// Says what is wrong; nothing where all is well. What has no room is left out.
    ///
    /// # Errors
    ///
    /// Where the lock's file cannot be written.
    pub fn write_report(&self, report: &DaemonReport) -> std::io::Result<()> {
        let mut report = report.clone();
        let messages = report.broken.iter_mut().map(|poll| &mut poll.message);
        let messages = messages.chain(report.refused.as_mut().map(|refused| &mut refused.message));
        for message in messages.chain(report.pings.iter_mut().filter_map(answer)) {
            *message = shortened(message, LONGEST).into_owned();
        }
        let mut text = serde_json::to_vec(&report)?;
        while text.len() > SIZE && (report.broken.pop().is_some() || report.pings.pop().is_some()) {
            text = serde_json::to_vec(&report)?;
        }
        text.resize(SIZE, b' ');
        self.file.write_all_at(&text, 0)
    }

    /// Returns what the daemon that has the archive at `path` says; nothing where none runs or it says nothing.
    ///
    /// # Errors
    ///
    /// Where the lock's file cannot be read.
    pub fn read_report(path: &Path) -> Result<DaemonReport, Error> {
        if Self::is_held(path) != Some(true) {
            return Ok(DaemonReport::default());
        }
        let path = Self::file_of(path);
        let failed = |source| Error::File { what: "cannot read what the daemon says", path: path.clone(), source };
        let mut text = String::new();
        let file = lock::open(OpenOptions::new().read(true), &path);
        file.and_then(|file| file.take(SIZE as u64).read_to_string(&mut text)).map_err(failed)?;
        // Older daemons say nothing, or only which polls break.
        if text.trim().is_empty() {
            Ok(DaemonReport::default())
        } else if text.starts_with('[') {
            let broken = serde_json::from_str(&text).map_err(|error| failed(error.into()))?;
            Ok(DaemonReport { broken, ..DaemonReport::default() })
        } else {
            serde_json::from_str(&text).map_err(|error| failed(error.into()))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_daemon_says_is_read_while_it_runs_and_fits_whatever_it_is() {
        let directory = tempfile::tempdir().unwrap();
        let archive = directory.path().join("archive.db");
        let lock = DaemonLock::acquire(&archive).unwrap();
        let told = || DaemonLock::read_report(&archive).unwrap();
        assert_eq!(told(), DaemonReport::default());
        let since: Timestamp = "2026-09-01T02:00:00Z".parse().unwrap();
        let broken =
            |account: usize| BrokenPoll {
                account: format!("mag-{account}"), since, message: "磁盘已满 ".repeat(100)
            };
        let refused = Some(RefusedReload { at: since, message: "line 3: no key".to_owned() });
        let report = |broken: Vec<BrokenPoll>| DaemonReport { broken, refused: refused.clone(), pings: Vec::new() };
        lock.write_report(&report(vec![broken(1)])).unwrap();
        assert_eq!((told().broken.len(), told().broken[0].account.as_str()), (1, "mag-1"));
        assert_eq!(told().refused, refused);
        lock.write_report(&report((0..100).map(broken).collect())).unwrap();
        assert!(told().broken.len() >= 6 && told().refused == refused);
        lock.write_report(&DaemonReport::default()).unwrap();
        assert_eq!(told(), DaemonReport::default());
        let older = serde_json::to_string(&[broken(3)]).unwrap();
        lock.file.write_all_at(format!("{older:<SIZE$}").as_bytes(), 0).unwrap();
        assert_eq!(
            told(),
            DaemonReport { broken: vec![broken(3)], ..DaemonReport::default() },
            "what an older daemon says"
        );
        lock.write_report(&report(vec![broken(2)])).unwrap();
        drop(lock);
        assert_eq!(told(), DaemonReport::default(), "it does not run any more");
    }
}
