//! What a running daemon could not write into the archive, beside it: polls that broke, for whoever asks for the status.

use std::fs::OpenOptions;
use std::io::Read;
use std::os::unix::fs::FileExt;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::error::Error;
use super::lock::{self, DaemonLock};
use crate::model::{Timestamp, shortened};

/// The size of the report, which is kept reserved: on a full disk it can still be written over.
const SIZE: usize = 4096;

/// The longest message, in characters: ten of them have room, and the log has the whole.
const LONGEST: usize = 120;

/// An account whose polls break: the fault is ours or this machine's.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BrokenPoll {
    pub account: String,
    /// When the first of them ended.
    pub since: Timestamp,
    pub message: String,
}

impl DaemonLock {
    /// Says which accounts' polls break; nobody's where none does. What has no room is left out.
    ///
    /// # Errors
    ///
    /// Where the lock's file cannot be written.
    pub fn report(&self, broken: &[BrokenPoll]) -> std::io::Result<()> {
        let short =
            |poll: &BrokenPoll| BrokenPoll { message: shortened(&poll.message, LONGEST).into_owned(), ..poll.clone() };
        let mut broken: Vec<BrokenPoll> = broken.iter().map(short).collect();
        let mut text = serde_json::to_vec(&broken)?;
        while text.len() > SIZE {
            broken.pop();
            text = serde_json::to_vec(&broken)?;
        }
        text.resize(SIZE, b' ');
        self.file.write_all_at(&text, 0)
    }

    /// Returns what the daemon that has the archive at `path` says; nothing where none runs or it says nothing.
    ///
    /// # Errors
    ///
    /// Where the lock's file cannot be read.
    pub fn reported(path: &Path) -> Result<Vec<BrokenPoll>, Error> {
        if Self::is_taken(path) != Some(true) {
            return Ok(Vec::new());
        }
        let path = Self::file_of(path);
        let failed = |source| Error::File { what: "cannot read what the daemon says", path: path.clone(), source };
        let mut text = String::new();
        let file = lock::open(OpenOptions::new().read(true), &path);
        file.and_then(|file| file.take(SIZE as u64).read_to_string(&mut text)).map_err(failed)?;
        // An older daemon says nothing.
        if text.trim().is_empty() {
            Ok(Vec::new())
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
        let lock = DaemonLock::take(&archive).unwrap();
        assert_eq!(DaemonLock::reported(&archive).unwrap(), []);
        let since: Timestamp = "2026-09-01T02:00:00Z".parse().unwrap();
        let broken =
            |account: usize| BrokenPoll {
                account: format!("mag-{account}"), since, message: "磁盘已满 ".repeat(100)
            };
        lock.report(&[broken(1)]).unwrap();
        let told = DaemonLock::reported(&archive).unwrap();
        assert_eq!((told.len(), told[0].account.as_str(), told[0].since), (1, "mag-1", since));
        lock.report(&(0..100).map(broken).collect::<Vec<_>>()).unwrap();
        assert!(DaemonLock::reported(&archive).unwrap().len() >= 6);
        lock.report(&[]).unwrap();
        assert_eq!(DaemonLock::reported(&archive).unwrap(), []);
        lock.report(&[broken(2)]).unwrap();
        drop(lock);
        assert_eq!(DaemonLock::reported(&archive).unwrap(), [], "it does not run any more");
    }
}
