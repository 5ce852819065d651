//! Brings the index up to the archive. Killed anywhere, it goes on where it was: what a draft has is known draft by draft.

use std::collections::BTreeSet;
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

/// Brings in what the archive has and the index has not, and takes out what was removed from the archive; returns how many versions
/// were read for it.
///
/// # Errors
///
/// [`IndexError::OtherArchive`] where the index was made from another archive.
pub(super) fn catch_up(reader: &Reader, index: &mut Index, on_progress: OnProgress<'_>) -> Result<u64, SearchError> {
    let mut done = 0;
    // Another process that takes versions out at the same time may be in the way.
    loop {
        let Some(Plan { drafts, state }) = plan(reader, index)? else {
            index.complete()?;
            return Ok(done);
        };
        let mut run = Run {
            reader,
            index,
            on_progress,
            done,
            updates: Vec::new(),
            waiting: 0,
            waiting_bytes: 0,
            is_in_order: true,
        };
        for draft in drafts {
            run.draft(draft)?;
        }
        done = run.done;
        let (updates, is_in_order) = (run.updates, run.is_in_order);
        if index.update(updates, Some(&state).filter(|_| is_in_order))? && is_in_order {
            return Ok(done);
        }
    }
}

/// What has to be done.
struct Plan {
    /// Drafts of which the index may not have all, or too much.
    drafts: BTreeSet<i64>,
    /// How far the index goes then.
    state: IndexState,
}

/// Compares the index with the archive; `None` where nothing has to be done.
fn plan(reader: &Reader, index: &mut Index) -> Result<Option<Plan>, SearchError> {
    let known = index.state()?;
    let from = known.as_ref().map_or(0, |known| known.version_row);
    let (last, found, rows) = reader.with_snapshot(|reader| {
        let last = reader.last_version_row()?;
        let all = last.as_ref().map_or(0, |last| last.row);
        let rows = (reader.version_rows_through(from)?, reader.version_rows_through(all)?);
        Ok::<_, Error>((last, reader.version_row(from)?, rows))
    })?;
    let last_row = last.as_ref().map_or(0, |last| last.row);
    if let Some(known) = &known {
        let is_other = |row: &VersionRow| row.hash != known.version_hash || row.observed_at != known.through;
        // A row that is not there was removed, or is still to come in an older copy of the archive.
        if found.as_ref().map_or(last_row < from, is_other) {
            return Err(IndexError::OtherArchive.into());
        }
    }
    let Some(last) = last else { return Ok(None) };
    let is_whole = known.as_ref().is_some_and(|known| known.versions == rows.0);
    if is_whole && from == last.row {
        return Ok(None);
    }
    let drafts = match is_whole {
        true => reader.drafts_after_row(from)?,
        false => &reader.drafts_after_row(0)? | &index.drafts()?,
    };
    let VersionRow { row, hash, observed_at } = last;
    let state = IndexState { version_row: row, version_hash: hash, through: observed_at, versions: rows.1 };
    Ok(Some(Plan { drafts, state }))
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
    /// Whether each update followed what the index had.
    is_in_order: bool,
}

impl Run<'_> {
    fn draft(&mut self, draft: i64) -> Result<(), SearchError> {
        let (count, newest) = self.index.known_versions(draft)?;
        let mut numbers = self.reader.version_numbers(draft)?;
        numbers.reverse();
        let known = numbers.partition_point(|number| *number <= newest);
        let mut after = Some(newest);
        if known as u64 == count {
            numbers.drain(..known);
        } else {
            // Some were removed: what they alone said goes, and what was parted by them is one.
            after = None;
            if numbers.is_empty() {
                self.push(DraftUpdate { draft, after, versions: Vec::new() })?;
            }
        }
        for numbers in numbers.chunks(DRAFT_BATCH) {
            let versions = self.reader.with_snapshot(|reader| texts(reader, draft, numbers))?;
            self.push(DraftUpdate { draft, after, versions })?;
            after = numbers.last().copied();
        }
        Ok(())
    }

    fn push(&mut self, update: DraftUpdate) -> Result<(), SearchError> {
        self.done += update.versions.len() as u64;
        self.waiting += update.versions.len();
        self.waiting_bytes += update.versions.iter().map(VersionText::bytes).sum::<usize>();
        self.updates.push(update);
        if (self.on_progress)(self.done).is_break() {
            return Err(SearchError::Stopped);
        }
        if self.waiting >= BATCH || self.waiting_bytes >= BATCH_BYTES {
            (self.waiting, self.waiting_bytes) = (0, 0);
            self.is_in_order &= self.index.update(std::mem::take(&mut self.updates), None)?;
        }
        Ok(())
    }
}

/// Reads what versions of a draft say, in the order of their numbers.
fn texts(reader: &Reader, draft: i64, numbers: &[u64]) -> Result<Vec<VersionText>, Error> {
    let (mut texts, mut versions): (Vec<VersionText>, Vec<Version>) = (Vec::new(), Vec::new());
    // Others may have been removed meanwhile; that is noticed the next time.
    let there = reader.version_numbers(draft)?;
    for &number in numbers.iter().rev().filter(|number| there.contains(number)) {
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
