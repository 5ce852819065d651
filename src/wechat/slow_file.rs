//! Reads a small file that may block: a pipe without a writer, a dead mount.
//!
//! A blocked read cannot be cancelled and keeps its thread. So there is at most one thread per file, and all readers of the file
//! wait for it. The threads are not the runtime's: it would wait for them when it stops, and DNS lookups would have to wait for a
//! free one.

use std::collections::HashMap;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::{LazyLock, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::watch;

/// The content, or why it cannot be read.
type Outcome = Result<String, String>;
type Answer = watch::Receiver<Option<Outcome>>;

/// The reads in progress in this process, of all accounts.
static UNDER_WAY: LazyLock<Mutex<HashMap<PathBuf, Answer>>> = LazyLock::new(Mutex::default);

/// Reads at most `most` bytes of a file as text.
///
/// # Errors
///
/// Why it cannot be read, or that it takes longer than `patience`.
pub(super) async fn read(path: &Path, most: u64, patience: Duration) -> Outcome {
    let mut answer = begin(path, most).map_err(|error| error.to_string())?;
    let read = tokio::time::timeout(patience, answer.wait_for(Option::is_some)).await;
    match read {
        Ok(Ok(outcome)) => outcome.clone().unwrap_or_else(|| Err("it was not read".to_owned())),
        Ok(Err(_)) => Err("its reading was cut off".to_owned()),
        Err(_) => Err(hangs(path, patience)),
    }
}

/// Explains why a read may block, and what to do. It does not inspect the file: that may block too.
fn hangs(path: &Path, patience: Duration) -> String {
    format!(
        "nothing came within {patience:?}. Is it a named pipe that nobody writes to, or on a disk that hangs? A regular file works: ls -l {}",
        path.display()
    )
}

/// Returns the read of a file that is in progress, or starts one.
fn begin(path: &Path, most: u64) -> io::Result<Answer> {
    let mut under_way = under_way();
    if let Some(answer) = under_way.get(path) {
        return Ok(answer.clone());
    }
    let (tell, answer) = watch::channel(None);
    let reading = Reading(path.to_owned());
    std::thread::Builder::new().name("slow file".to_owned()).spawn(move || {
        let outcome = read_now(&reading.0, most).map_err(|error| error.to_string());
        // The next caller starts a new read.
        drop(reading);
        tell.send_replace(Some(outcome));
    })?;
    under_way.insert(path.to_owned(), answer.clone());
    Ok(answer)
}

/// Removes a file from the reads in progress when dropped.
struct Reading(PathBuf);

impl Drop for Reading {
    fn drop(&mut self) {
        under_way().remove(&self.0);
    }
}

fn under_way() -> MutexGuard<'static, HashMap<PathBuf, Answer>> {
    UNDER_WAY.lock().unwrap_or_else(PoisonError::into_inner)
}

fn read_now(path: &Path, most: u64) -> io::Result<String> {
    let mut text = String::new();
    File::open(path)?.take(most).read_to_string(&mut text)?;
    Ok(text)
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    const PATIENCE: Duration = Duration::from_millis(50);

    fn pipe(directory: &tempfile::TempDir) -> PathBuf {
        let path = directory.path().join("pipe");
        assert!(std::process::Command::new("mkfifo").arg(&path).status().unwrap().success());
        path
    }

    /// How many threads read files now.
    fn readers() -> usize {
        let tasks = std::fs::read_dir("/proc/self/task").unwrap().map(|task| task.unwrap().path());
        tasks.filter(|task| std::fs::read_to_string(task.join("comm")).is_ok_and(|name| name == "slow file\n")).count()
    }

    #[tokio::test]
    async fn a_file_that_hangs_keeps_one_thread_and_is_read_once_it_answers() {
        let directory = tempfile::tempdir().unwrap();
        let path = pipe(&directory);
        for _ in 0..20 {
            let error = read(&path, 100, PATIENCE).await.unwrap_err();
            assert!(error.starts_with("nothing came within 50ms"), "{error}");
        }
        assert_eq!(readers(), 1);
        let waiting = read(&path, 100, Duration::from_secs(20));
        let write = tokio::task::spawn_blocking({
            let path = path.clone();
            move || File::options().write(true).open(path).unwrap().write_all(b"0123\n").unwrap()
        });
        assert_eq!(waiting.await.unwrap(), "0123\n", "a single reader took it");
        write.await.unwrap();
        assert!(!under_way().contains_key(&path));
    }

    #[tokio::test]
    async fn a_file_is_read_anew_each_time() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("secret");
        for text in ["one", "two"] {
            std::fs::write(&path, text).unwrap();
            assert_eq!(read(&path, 100, PATIENCE * 100).await.unwrap(), text);
        }
        std::fs::remove_file(&path).unwrap();
        assert!(read(&path, 100, PATIENCE * 100).await.unwrap_err().contains("No such file"));
    }
}
