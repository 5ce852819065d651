//! The one thread that writes: SQLite's calls block, the pollers must not.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::mpsc;

use tokio::sync::oneshot;
use tokio_util::sync::CancellationToken;

use super::error::Error;
use super::writer::Writer;

type Job = Box<dyn FnOnce(&mut Writer) -> JobEnd + Send>;

/// How a job ended.
#[derive(PartialEq, Eq)]
enum JobEnd {
    Returned,
    Panicked,
}

/// A [`Writer`] on a thread of its own. Cheap to clone; the thread ends when the last clone is gone and what was asked
/// of it is done.
#[derive(Clone, Debug)]
pub struct WriterHandle {
    jobs: mpsc::Sender<Job>,
    /// Cancelled when the thread has ended.
    ended: CancellationToken,
    is_new: bool,
}

impl WriterHandle {
    /// Opens the archive for writing and starts its thread.
    pub fn open(path: &Path) -> Result<Self, Error> {
        let writer = Writer::open(path)?;
        let is_new = writer.is_new();
        let (jobs, queue) = mpsc::channel::<Job>();
        let ended = CancellationToken::new();
        let tell_end = ended.clone().drop_guard();
        let start = std::thread::Builder::new().name("archive".to_owned()).spawn(move || {
            // Dropped after the writer.
            let _tell_end = tell_end;
            work(writer, queue);
        });
        match start {
            Ok(_) => Ok(Self { jobs, ended, is_new }),
            Err(source) => Err(Error::File { what: "cannot start a thread for", path: path.to_owned(), source }),
        }
    }

    /// Returns whether there was no archive before this one was opened.
    pub fn is_new(&self) -> bool {
        self.is_new
    }

    /// Runs `job` on the archive's thread. It runs to its end even where nobody waits for it any more.
    ///
    /// # Errors
    ///
    /// Those of the job, and [`Error::Panicked`] where it panicked: nothing of it was written, and other jobs go on.
    pub async fn run<T: Send + 'static>(
        &self,
        job: impl FnOnce(&mut Writer) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        let (answer, wait) = oneshot::channel();
        self.jobs.send(boxed(job, |result| answer.send(result).is_ok())).map_err(|_| Error::Stopped)?;
        wait.await.map_err(|_| Error::Stopped)?
    }

    /// As [`WriterHandle::run`], for who cannot await: the job runs before [`WriterHandle::close`] ends. No answer comes where the
    /// thread is gone.
    pub fn post<T: Send + 'static>(
        &self,
        job: impl FnOnce(&mut Writer) -> Result<T, Error> + Send + 'static,
    ) -> mpsc::Receiver<Result<T, Error>> {
        let (answer, wait) = mpsc::channel();
        if self.jobs.send(boxed(job, move |result| answer.send(result).is_ok())).is_err() {
            tracing::warn!("the archive's thread is gone");
        }
        wait
    }

    /// Waits until the last clone is gone and the archive is closed: then it is one file again, without a journal beside
    /// it, unless another process has it open.
    pub async fn close(self) {
        let Self { jobs, ended, .. } = self;
        drop(jobs);
        ended.cancelled().await;
    }
}

/// Makes a job that runs, catches its panic, and hands its result to `answer`, which tells whether somebody waited for it.
fn boxed<T: Send + 'static>(
    job: impl FnOnce(&mut Writer) -> Result<T, Error> + Send + 'static,
    answer: impl FnOnce(Result<T, Error>) -> bool + Send + 'static,
) -> Job {
    Box::new(move |writer| {
        let (result, end) = match catch_unwind(AssertUnwindSafe(|| job(writer))) {
            Ok(result) => (result, JobEnd::Returned),
            Err(panic) => (Err(Error::Panicked(message(&*panic))), JobEnd::Panicked),
        };
        if !answer(result) {
            tracing::debug!("nobody waited for the archive's answer");
        }
        end
    })
}

fn work(mut writer: Writer, queue: mpsc::Receiver<Job>) {
    for job in queue {
        if job(&mut writer) == JobEnd::Panicked {
            // Opened anew, so that nothing of the job is left.
            match writer.reconnect() {
                Ok(anew) => writer = anew,
                // The transaction was rolled back while the panic unwound, so the connection at hand is sound.
                Err(error) => tracing::error!(%error, "the archive cannot be opened anew after a panic"),
            }
        }
    }
}

/// Returns what a panic says.
fn message(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    text.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_else(|| "no message".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_job_that_panics_fails_alone_and_leaves_nothing() {
        let directory = tempfile::tempdir().unwrap();
        let archive = WriterHandle::open(&directory.path().join("archive.db")).unwrap();
        let add = |writer: &Writer| {
            writer.connection.execute_batch("INSERT INTO account (name, appid, first_seen) VALUES ('mag', 'wx1', '')")
        };
        let fails = move |writer: &mut Writer| -> Result<(), Error> {
            writer.connection.execute_batch("BEGIN IMMEDIATE").unwrap();
            add(writer).unwrap();
            panic!("a mistake");
        };
        let error = archive.run(fails).await.unwrap_err();
        assert!(matches!(&error, Error::Panicked(message) if message == "a mistake"), "{error}");
        let accounts = archive.run(|writer: &mut Writer| {
            writer.prove_writable()?;
            Ok(writer.connection.query_row("SELECT count(*) FROM account", (), |row| row.get::<_, i64>(0)).unwrap())
        });
        assert_eq!(accounts.await.unwrap(), 0);
        archive.close().await;
    }
}
