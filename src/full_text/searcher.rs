//! The index of an archive, made or brought up to it before it is asked.

use std::path::{Path, PathBuf};

use tempfile::TempDir;

use super::catch_up::{OnProgress, catch_up};
use super::error::SearchError;
use crate::archive::Reader;
use crate::search::{Index, IndexError};

/// An index that was made again by other processes so often, while it was opened, is not tried any more.
const MOST_TRIES: usize = 10;

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
    /// How many versions were brought in last.
    pub caught_up: u64,
    /// Holds an index of our own, and ends with it.
    directory: Option<TemporaryDirectory>,
}

impl Searcher {
    /// Opens the index of an archive, and brings it up to the archive. One that is damaged, of other rules or of another archive is
    /// made again. Where it cannot be written, one is made that ends with its use.
    pub fn open(reader: &Reader, on_progress: OnProgress<'_>) -> Result<Self, SearchError> {
        let path = Index::path_of(reader.path());
        match Self::open_at(reader, &path, on_progress) {
            Err(SearchError::Index(reason @ (IndexError::NotWritable { .. } | IndexError::Full))) => {
                let directory = TemporaryDirectory::new()?;
                let searcher = Self::open_at(reader, &directory.path.join("search"), on_progress)?;
                Ok(Self { note: Some(SearchNote::Temporary(reason)), directory: Some(directory), ..searcher })
            }
            opened => opened,
        }
    }

    /// Makes the index of an archive again.
    pub fn rebuild(reader: &Reader, on_progress: OnProgress<'_>) -> Result<Self, SearchError> {
        Self::rebuild_at(reader, &Index::path_of(reader.path()), on_progress)
    }

    /// Makes it beside the one that is there, and puts it in its place.
    fn rebuild_at(reader: &Reader, path: &Path, on_progress: OnProgress<'_>) -> Result<Self, SearchError> {
        let mut new = path.as_os_str().to_owned();
        new.push(format!("-new-{}", std::process::id()));
        let new = PathBuf::from(new);
        let refused =
            |error: std::io::Error| IndexError::NotWritable { path: path.to_owned(), reason: error.to_string() };
        let built = Self::caught_up(reader, &new, on_progress).and_then(|searcher| {
            drop(searcher.index);
            Ok(Index::replace(path, &new).map(|()| searcher.caught_up).map_err(refused)?)
        });
        if built.is_err() && new.exists() {
            std::fs::remove_file(&new).map_err(refused)?;
        }
        let caught_up = built?;
        Ok(Self { caught_up, ..Self::caught_up(reader, path, on_progress)? })
    }

    /// Returns whether the index beside the archive is the one that is used.
    pub(super) fn is_in_place(&self) -> bool {
        self.directory.is_none() && self.index.is_in_place()
    }

    /// Brings the index up to the archive.
    pub(super) fn catch_up(&mut self, reader: &Reader, on_progress: OnProgress<'_>) -> Result<(), SearchError> {
        self.caught_up = catch_up(reader, &mut self.index, on_progress)?;
        Ok(())
    }

    fn open_at(reader: &Reader, path: &Path, on_progress: OnProgress<'_>) -> Result<Self, SearchError> {
        match Self::caught_up(reader, path, on_progress) {
            Err(SearchError::Index(reason)) if reason.is_beyond_use() => {
                let searcher = Self::rebuild_at(reader, path, on_progress)?;
                Ok(Self { note: Some(SearchNote::Rebuilt(reason)), ..searcher })
            }
            opened => opened,
        }
    }

    /// Opens the index at a path and brings it up to the archive; again, where another process has made it again meanwhile.
    pub(super) fn caught_up(reader: &Reader, path: &Path, on_progress: OnProgress<'_>) -> Result<Self, SearchError> {
        for _ in 1..MOST_TRIES {
            match Self::try_caught_up(reader, path, on_progress) {
                Err(SearchError::Index(IndexError::Replaced)) => {}
                caught_up => return caught_up,
            }
        }
        Self::try_caught_up(reader, path, on_progress)
    }

    fn try_caught_up(reader: &Reader, path: &Path, on_progress: OnProgress<'_>) -> Result<Self, SearchError> {
        let index = Index::open(path)?;
        let mut searcher = Self { index, note: None, caught_up: 0, directory: None };
        searcher.catch_up(reader, on_progress)?;
        Ok(searcher)
    }
}

/// A directory that vanishes with its use.
#[derive(Debug)]
pub(super) struct TemporaryDirectory {
    /// Without links, which SQLite does not follow here.
    pub(super) path: PathBuf,
    _directory: TempDir,
}

impl TemporaryDirectory {
    pub(super) fn new() -> Result<Self, SearchError> {
        let directory = TempDir::new().map_err(SearchError::Temporary)?;
        Ok(Self { path: directory.path().canonicalize().map_err(SearchError::Temporary)?, _directory: directory })
    }
}
