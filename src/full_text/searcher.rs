//! The index of an archive, made or brought up to it before it is asked.

use std::path::Path;

use tempfile::TempDir;

use super::catch_up::{CatchUp, OnProgress, catch_up};
use super::error::SearchError;
use crate::archive::Reader;
use crate::search::{Index, IndexError};

/// What had to be done before an answer.
#[derive(Debug)]
pub enum SearchNote {
    /// The index was made again, and why.
    Rebuilt(IndexError),
    /// The index beside the archive cannot be written, so one was made for this search alone; and why.
    Temporary(IndexError),
}

/// The index of an archive.
#[derive(Debug)]
pub struct Searcher {
    pub index: Index,
    pub note: Option<SearchNote>,
    pub caught_up: CatchUp,
    /// Holds an index of our own, and ends with it.
    _directory: Option<TempDir>,
}

impl Searcher {
    /// Opens the index of an archive, and brings it up to the archive. One that is damaged, of other rules or of another archive is
    /// made again. Where it cannot be written, a copy is used.
    pub fn open(reader: &Reader, on_progress: OnProgress<'_>) -> Result<Self, SearchError> {
        let path = Index::path_of(reader.path());
        match Self::open_at(reader, &path, on_progress) {
            Err(SearchError::Index(reason @ (IndexError::NotWritable { .. } | IndexError::Full))) => {
                let directory = TempDir::new().map_err(SearchError::Temporary)?;
                let own = directory.path().join("archive.db.search");
                // A copy of an index that is being written is damaged, and is made again.
                drop(std::fs::copy(&path, &own));
                let searcher = Self::open_at(reader, &own, on_progress)?;
                Ok(Self { note: Some(SearchNote::Temporary(reason)), _directory: Some(directory), ..searcher })
            }
            opened => opened,
        }
    }

    /// Makes the index of an archive again.
    pub fn rebuild(reader: &Reader, on_progress: OnProgress<'_>) -> Result<Self, SearchError> {
        let path = Index::path_of(reader.path());
        remove(&path)?;
        Self::open_at(reader, &path, on_progress)
    }

    /// Brings the index up to the archive.
    pub(super) fn catch_up(&mut self, reader: &Reader, on_progress: OnProgress<'_>) -> Result<(), SearchError> {
        self.caught_up = catch_up(reader, &mut self.index, on_progress)?;
        Ok(())
    }

    fn open_at(reader: &Reader, path: &Path, on_progress: OnProgress<'_>) -> Result<Self, SearchError> {
        match Self::caught_up(reader, path, on_progress) {
            Err(SearchError::Index(reason @ (IndexError::Damaged(_) | IndexError::OtherArchive))) => {
                remove(path)?;
                let searcher = Self::caught_up(reader, path, on_progress)?;
                Ok(Self { note: Some(SearchNote::Rebuilt(reason)), ..searcher })
            }
            opened => opened,
        }
    }

    /// Opens the index at a path and brings it up to the archive.
    pub(super) fn caught_up(reader: &Reader, path: &Path, on_progress: OnProgress<'_>) -> Result<Self, SearchError> {
        let index = Index::open(path)?;
        let mut searcher = Self { index, note: None, caught_up: CatchUp::default(), _directory: None };
        searcher.catch_up(reader, on_progress)?;
        Ok(searcher)
    }
}

fn remove(path: &Path) -> Result<(), IndexError> {
    Index::remove(path).map_err(|error| IndexError::NotWritable { path: path.to_owned(), reason: error.to_string() })
}
