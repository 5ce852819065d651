//! The one thread that writes: SQLite's calls block, the pollers must not.

use std::path::Path;
use std::sync::{Arc, mpsc};
use std::thread::JoinHandle;

use tokio::sync::oneshot;

use super::error::Error;
use super::record::Writer;

type Job = Box<dyn FnOnce(&mut Writer) + Send>;

/// A [`Writer`] on a thread of its own. Cheap to clone. Dropping the last clone waits until what was asked is done and
/// the file is closed, so that nothing stays in the journals beside it.
#[derive(Clone, Debug)]
pub struct Archive(Arc<Thread>);

#[derive(Debug)]
struct Thread {
    /// There until it is dropped.
    jobs: Option<mpsc::Sender<Job>>,
    handle: Option<JoinHandle<()>>,
}

impl Drop for Thread {
    fn drop(&mut self) {
        drop(self.jobs.take());
        if self.handle.take().is_some_and(|handle| handle.join().is_err()) {
            tracing::error!("the archive's thread has panicked");
        }
    }
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
            Ok(handle) => Ok(Self(Arc::new(Thread { jobs: Some(jobs), handle: Some(handle) }))),
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
        self.0.jobs.as_ref().and_then(|jobs| jobs.send(job).ok()).ok_or(Error::Stopped)?;
        wait.await.map_err(|_| Error::Stopped)?
    }
}
