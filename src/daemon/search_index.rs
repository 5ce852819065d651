//! Keeps the index of the search up to the archive, beside the polls.

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use tokio::sync::watch;

use super::context::WorkerContext;
use super::lasting_error::LastingError;
use crate::archive::Reader;
use crate::full_text::{SearchError, SharedSearcher};

/// Brings new versions into the index.
pub(super) struct SearchIndexer {
    /// Changes when versions were recorded.
    recorded: watch::Sender<()>,
}

impl SearchIndexer {
    /// Starts with what was recorded while no daemon ran.
    pub(super) fn start(archive: PathBuf, searcher: SharedSearcher, context: &WorkerContext) -> Self {
        let (recorded, changes) = watch::channel(());
        context.tasks.spawn(run(archive, searcher, changes, context.clone()));
        Self { recorded }
    }

    /// Versions were recorded.
    pub(super) fn on_versions(&self) {
        self.recorded.send_replace(());
    }
}

async fn run(archive: PathBuf, searcher: SharedSearcher, mut recorded: watch::Receiver<()>, context: WorkerContext) {
    let mut lasting = LastingError::default();
    while !context.stop.is_cancelled() {
        let error = catch_up(&archive, &searcher, &context).await.err().map(|error| error.to_string());
        // The next versions try again, and so does each search.
        if let Some(error) = lasting.update(error.as_deref()) {
            tracing::warn!(error, "the index of the search is not up to date");
        }
        tokio::select! {
            changed = recorded.changed() => if changed.is_err() { return },
            () = context.stop.cancelled() => {}
        }
    }
}

async fn catch_up(archive: &Path, searcher: &SharedSearcher, context: &WorkerContext) -> Result<(), SearchError> {
    let Some(mut turn) = context.stop.run_until_cancelled(searcher.turn()).await else { return Ok(()) };
    let (path, stop) = (archive.to_owned(), context.stop.clone());
    let catching_up = tokio::task::spawn_blocking(move || {
        let mut go_on = |_| if stop.is_cancelled() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) };
        let reader = Reader::open(&path)?;
        turn.run(&reader, &mut go_on, |searcher| Ok(searcher.caught_up))
    });
    match catching_up.await {
        Ok(Ok(0)) | Ok(Err(SearchError::Stopped)) => Ok(()),
        Ok(Ok(versions)) => {
            tracing::debug!(versions, "versions were read into the index of the search");
            Ok(())
        }
        Ok(Err(error)) => Err(error),
        // A panic is on stderr, or in the log.
        Err(_) => Ok(()),
    }
}
