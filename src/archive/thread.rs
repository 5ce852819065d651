//! The one thread that writes: SQLite's calls block, the pollers must not.

use std::path::Path;
use std::sync::mpsc;

use tokio::sync::oneshot;

use super::error::Error;
use super::record::Writer;

type Job = Box<dyn FnOnce(&mut Writer) + Send>;

/// A [`Writer`] on a thread of its own. Cheap to clone; the thread ends when the last clone is gone and what was asked
/// of it is done.
#[derive(Clone, Debug)]
pub struct Archive {
    jobs: mpsc::Sender<Job>,
}

impl Archive {
    /// Opens the archive for writing and starts its thread.
    pub fn open(path: &Path) -> Result<Self, Error> {
        let mut writer = Writer::open(path)?;
        let (jobs, queue) = mpsc::channel::<Job>();
        let start = std::thread::Builder::new().name("archive".to_owned()).spawn(move || {
            for job in queue {
                job(&mut writer);
            }
        });
        match start {
            Ok(_) => Ok(Self { jobs }),
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
}
