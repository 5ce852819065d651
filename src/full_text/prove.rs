//! Proves the index: it holds exactly what one that is made anew holds.

use std::path::Path;

use super::catch_up::OnProgress;
use super::error::SearchError;
use super::searcher::{Searcher, TemporaryDirectory};
use crate::archive::Reader;
use crate::search::{Index, IndexError};

/// Compares the index of an archive with one that is made anew; returns what is wrong with it. Where there is none, nothing is. It is
/// only read: a copy of it is brought up to the archive first.
///
/// # Errors
///
/// If the archive cannot be read, or there is no room for another index.
pub fn prove(reader: &Reader, on_progress: OnProgress<'_>) -> Result<Option<String>, SearchError> {
    let path = Index::path_of(reader.path());
    if !path.exists() {
        return Ok(None);
    }
    let directory = TemporaryDirectory::new()?;
    let (copy, fresh) = (directory.path.join("copy"), directory.path.join("fresh"));
    let copied = Index::open(&path).and_then(|mut index| index.copy_to(&copy));
    match copied.map_err(SearchError::from).and_then(|()| differs(reader, &copy, &fresh, on_progress)) {
        // Damage may also make of it what SQLite does not understand.
        Err(SearchError::Index(error)) if error.is_beyond_use() || matches!(error, IndexError::Other(_)) => {
            Ok(Some(error.to_string()))
        }
        differs => differs,
    }
}

fn differs(
    reader: &Reader,
    copy: &Path,
    fresh: &Path,
    on_progress: OnProgress<'_>,
) -> Result<Option<String>, SearchError> {
    let mut known = Searcher::caught_up(reader, copy, on_progress)?;
    if let Some(fault) = known.index.fault()? {
        return Ok(Some(fault));
    }
    let mut fresh = Searcher::caught_up(reader, fresh, on_progress)?;
    // Versions may be recorded meanwhile.
    while known.index.state()? != fresh.index.state()? {
        known.catch_up(reader, on_progress)?;
        fresh.catch_up(reader, on_progress)?;
        if known.caught_up + fresh.caught_up == 0 {
            return Ok(Some("how far it goes is not what the archive says".to_owned()));
        }
    }
    let (mut known, mut fresh) = (known.index, fresh.index);
    for draft in &known.drafts()? | &fresh.drafts()? {
        if known.content(draft)? != fresh.content(draft)? {
            return Ok(Some(format!("what it holds of draft {draft} is not what the draft's versions say")));
        }
    }
    Ok(None)
}
