//! Brings the index up to the archive. Killed anywhere, it goes on where it was: what a draft has is known draft by draft.

use std::ops::ControlFlow;

use super::error::SearchError;
use super::paragraphs::paragraphs;
use crate::archive::{Error, Reader, Version, VersionRow};
use crate::model::rfc3339;
use crate::search::{DraftUpdate, Index, IndexError, IndexState, VersionText};

/// So many versions of a draft are read at once: their texts are in memory.
const DRAFT_BATCH: usize = 16;

/// So many versions are written in one transaction.
const BATCH: usize = 256;

/// Or so much text, in bytes.
const BATCH_BYTES: usize = 4 << 20;

/// Gets the number of versions that were brought in so far, and says whether to go on.
pub type OnProgress<'a> = &'a mut dyn FnMut(u64) -> ControlFlow<()>;

/// Brings in what the archive has and the index has not; returns how many versions these are.
///
/// # Errors
///
/// [`IndexError::OtherArchive`] where the index was made from another archive.
pub(super) fn catch_up(reader: &Reader, index: &mut Index, on_progress: OnProgress<'_>) -> Result<u64, SearchError> {
    let state = index.state()?;
    if let Some(state) = &state {
        let found = reader.version_row(state.version_row)?;
        if found.is_none_or(|row| state_of(&row) != *state) {
            return Err(IndexError::OtherArchive.into());
        }
    }
    let Some(last) = reader.last_version_row()? else { return Ok(0) };
    let from = state.map_or(0, |state| state.version_row);
    let mut run = Run { reader, index, on_progress, done: 0, updates: Vec::new(), waiting: 0, waiting_bytes: 0 };
    if from == last.row {
        run.index.complete()?;
        return Ok(run.done);
    }
    for draft in reader.drafts_after_row(from)? {
        run.draft(draft)?;
    }
    let Run { index, done, updates, .. } = run;
    index.update(updates, Some(&state_of(&last)))?;
    Ok(done)
}

fn state_of(row: &VersionRow) -> IndexState {
    IndexState { version_row: row.row, version_hash: row.hash.clone(), through: row.observed_at.clone() }
}

struct Run<'a> {
    reader: &'a Reader,
    index: &'a mut Index,
    on_progress: OnProgress<'a>,
    done: u64,
    updates: Vec<DraftUpdate>,
    /// How many versions they hold.
    waiting: usize,
    /// And how much text.
    waiting_bytes: usize,
}

impl Run<'_> {
    fn draft(&mut self, draft: i64) -> Result<(), SearchError> {
        let newest = self.index.newest(draft)?.unwrap_or_default();
        let mut numbers = self.reader.version_numbers(draft)?;
        numbers.retain(|number| *number > newest);
        numbers.reverse();
        for numbers in numbers.chunks(DRAFT_BATCH) {
            let versions = self.reader.with_snapshot(|reader| texts(reader, draft, numbers))?;
            self.done += versions.len() as u64;
            self.waiting += versions.len();
            self.waiting_bytes += versions.iter().map(VersionText::bytes).sum::<usize>();
            self.updates.push(DraftUpdate { draft, versions });
            if (self.on_progress)(self.done).is_break() {
                return Err(SearchError::Stopped);
            }
            if self.waiting >= BATCH || self.waiting_bytes >= BATCH_BYTES {
                (self.waiting, self.waiting_bytes) = (0, 0);
                self.index.update(std::mem::take(&mut self.updates), None)?;
            }
        }
        Ok(())
    }
}

/// Reads what versions of a draft say, in the order of their numbers.
fn texts(reader: &Reader, draft: i64, numbers: &[u64]) -> Result<Vec<VersionText>, Error> {
    let (mut texts, mut versions): (Vec<VersionText>, Vec<Version>) = (Vec::new(), Vec::new());
    for &number in numbers.iter().rev() {
        match reader.version(draft, number) {
            Ok(version) => versions.push(version),
            Err(Error::Damaged(_)) => texts.push(VersionText { number, observed_at: String::new(), paragraphs: None }),
            Err(error) => return Err(error),
        }
    }
    reader.documents(&versions, |version, document| {
        let read = match document {
            Ok(document) => paragraphs(document.normalized).ok(),
            Err(Error::Damaged(_)) => None,
            Err(error) => return Err(error),
        };
        let Version { number, observed_at, .. } = version;
        texts.push(VersionText { number: *number, observed_at: rfc3339(*observed_at), paragraphs: read });
        Ok(())
    })?;
    texts.sort_by_key(|text| text.number);
    Ok(texts)
}
