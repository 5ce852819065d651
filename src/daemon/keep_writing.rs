//! Writes a result into the archive, however long that cannot be done: what took long to find out is not found out again.

use std::sync::Arc;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::archive::{Error, Writer, WriterHandle};

/// The wait after an error of the archive, which the polls report too.
const WAIT: Duration = Duration::from_secs(60);

/// Writes until that has succeeded. Returns `None` where `stop` came first. `what` is for the log: `a proof`.
pub(super) async fn keep_writing<T: Send + 'static>(
    archive: &WriterHandle,
    stop: &CancellationToken,
    what: &str,
    write: impl Fn(&mut Writer) -> Result<T, Error> + Send + Sync + 'static,
) -> Option<T> {
    let (write, mut failed) = (Arc::new(write), false);
    loop {
        let write = Arc::clone(&write);
        match archive.run(move |writer| write(writer)).await {
            Ok(written) => return Some(written),
            Err(error) if !failed => {
                tracing::warn!(what, %error, "how it went is not recorded yet; that is tried again");
                failed = true;
            }
            Err(_) => {}
        }
        stop.run_until_cancelled(tokio::time::sleep(WAIT)).await?;
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use super::*;

    /// Paused time moves on by itself.
    #[tokio::test(start_paused = true)]
    async fn it_is_tried_until_the_archive_takes_it() {
        let directory = tempfile::tempdir().unwrap();
        let archive = WriterHandle::open(&directory.path().join("archive.db")).unwrap();
        let (stop, tries) = (CancellationToken::new(), Arc::new(AtomicU32::new(0)));
        let write = |from| {
            let tries = Arc::clone(&tries);
            move |_: &mut Writer| match tries.fetch_add(1, Ordering::Relaxed) {
                tried if tried >= from => Ok(tried),
                _ => Err(Error::Full),
            }
        };
        assert_eq!(keep_writing(&archive, &stop, "a proof", write(3)).await, Some(3));
        stop.cancel();
        assert_eq!(keep_writing(&archive, &stop, "a proof", write(100)).await, None, "the daemon ends");
        assert_eq!(tries.load(Ordering::Relaxed), 5, "once before that");
    }
}
