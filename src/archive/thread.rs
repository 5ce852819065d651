//! The one thread that writes: SQLite's calls block, the pollers must not.

use std::path::Path;
use std::sync::mpsc;

use tokio::sync::oneshot;
use tokio_util::sync::CancellationToken;

use super::error::Error;
use super::record::Writer;

type Job = Box<dyn FnOnce(&mut Writer) + Send>;

/// A [`Writer`] on a thread of its own. Cheap to clone; the thread ends when the last clone is gone and what was asked
/// of it is done.
#[derive(Clone, Debug)]
pub struct Archive {
    jobs: mpsc::Sender<Job>,
    /// Cancelled when the thread has ended.
    ended: CancellationToken,
}

impl Archive {
    /// Opens the archive for writing and starts its thread.
    pub fn open(path: &Path) -> Result<Self, Error> {
        let writer = Writer::open(path)?;
        let (jobs, queue) = mpsc::channel::<Job>();
        let ended = CancellationToken::new();
        let tell_end = ended.clone().drop_guard();
        let start = std::thread::Builder::new().name("archive".to_owned()).spawn(move || {
            // Dropped after the writer, even where a job panics.
            let _tell_end = tell_end;
            let mut writer = writer;
            for job in queue {
                job(&mut writer);
            }
        });
        match start {
            Ok(_) => Ok(Self { jobs, ended }),
            Err(source) => Err(Error::File { what: "cannot start a thread for", path: path.to_owned(), source }),
        }
    }

    /// Runs `job` on the archive's thread. It runs to its end even where nobody waits for it any more.
    pub async fn run<T: Send + 'static>(
        &self,
        job: impl FnOnce(&mut Writer) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        let (answer, wait) = oneshot::channel();
        let job: Job = Box::new(move |writer| {
            if answer.send(job(writer)).is_err() {
                tracing::debug!("nobody waited for the archive's answer");
            }
        });
        self.jobs.send(job).map_err(|_| Error::Stopped)?;
        wait.await.map_err(|_| Error::Stopped)?
    }

    /// Waits until the last clone is gone and the archive is closed: then it is one file again, without a journal beside
    /// it, unless another process has it open.
    pub async fn close(self) {
        let Self { jobs, ended } = self;
        drop(jobs);
        ended.cancelled().await;
    }
}
