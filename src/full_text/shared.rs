//! The index of an archive in a process with many users of it: one at a time.

use std::sync::Arc;

use tokio::sync::{Mutex, OwnedMutexGuard};

use super::catch_up::OnProgress;
use super::error::SearchError;
use super::searcher::{SearchNote, Searcher};
use crate::archive::Reader;
use crate::search::IndexError;

/// The index of an archive, opened when it is needed. All clones are the same.
#[derive(Clone, Debug, Default)]
pub struct SharedSearcher(Arc<Mutex<Option<Searcher>>>);

/// A turn to use the index.
#[derive(Debug)]
pub struct SearchTurn(OwnedMutexGuard<Option<Searcher>>);

impl SharedSearcher {
    /// Waits for a turn.
    pub async fn turn(&self) -> SearchTurn {
        SearchTurn(Arc::clone(&self.0).lock_owned().await)
    }
}

impl SearchTurn {
    /// Brings the index up to the archive, and uses it. One that is found to be damaged is made again. This blocks.
    pub fn run<T>(
        &mut self,
        reader: &Reader,
        on_progress: OnProgress<'_>,
        mut work: impl FnMut(&mut Searcher) -> Result<T, SearchError>,
    ) -> Result<T, SearchError> {
        match self.try_run(reader, on_progress, &mut work) {
            Err(SearchError::Index(IndexError::Damaged(reason))) => {
                tracing::warn!(reason, "the index of the search is damaged, and is made again");
                *self.0 = None;
                work(self.0.insert(Searcher::rebuild(reader, on_progress)?))
            }
            Err(SearchError::Index(IndexError::OtherArchive | IndexError::Replaced)) => {
                *self.0 = None;
                self.try_run(reader, on_progress, &mut work)
            }
            done => done,
        }
    }

    fn try_run<T>(
        &mut self,
        reader: &Reader,
        on_progress: OnProgress<'_>,
        work: &mut impl FnMut(&mut Searcher) -> Result<T, SearchError>,
    ) -> Result<T, SearchError> {
        self.0.take_if(|searcher| !searcher.is_in_place());
        let searcher = match &mut *self.0 {
            Some(searcher) => {
                searcher.catch_up(reader, on_progress)?;
                searcher
            }
            none => {
                let searcher = none.insert(Searcher::open(reader, on_progress)?);
                log(searcher.note.as_ref());
                searcher
            }
        };
        work(searcher)
    }
}

fn log(note: Option<&SearchNote>) {
    match note {
        Some(SearchNote::Rebuilt(reason)) => tracing::warn!(%reason, "the index of the search was made again"),
        Some(SearchNote::Temporary(reason)) => tracing::warn!(%reason, "an index of the search was made for one use"),
        None => {}
    }
}
