//! How a draft stands now, against how it stood before something happened to it.

use super::error::Error;
use super::reader::{Draft, Filter, Reader};
use crate::diff::Content;
use crate::model::ContentSize;

/// How a draft stands now.
#[derive(Clone, Debug)]
pub struct DraftNow {
    /// Its title, its state and when it changed last.
    pub draft: Draft,
    /// The number of its newest version; `None` where none can be told.
    pub newest: Option<u64>,
    /// What the version `before` held, and what the newest one holds; `None` where either cannot be read.
    pub sizes: Option<[ContentSize; 2]>,
    /// The number of its newest event; `None` where that is not `since` or newer.
    pub newest_event: Option<i64>,
}

impl Reader {
    /// Returns how a draft stands now, compared with its version `before`, and after the event `since`; `None` where there is no such draft. Damage of a version leaves
    /// the sizes out.
    pub fn draft_now(&self, draft: i64, before: u64, since: i64) -> Result<Option<DraftNow>, Error> {
        self.with_snapshot(|reader| {
            let found = reader.drafts(&Filter { id: Some(draft), ..Filter::default() })?.pop();
            let Some(found) = found else { return Ok(None) };
            let newest = reader.version_numbers(draft)?.first().copied();
            let sizes = match newest {
                Some(newest) => reader.size(draft, before)?.zip(reader.size(draft, newest)?),
                None => None,
            };
            let sizes = sizes.map(|(before, now)| [before, now]);
            Ok(Some(DraftNow { draft: found, newest, sizes, newest_event: reader.newest_event(draft, since)? }))
        })
    }

    fn newest_event(&self, draft: i64, since: i64) -> Result<Option<i64>, Error> {
        self.connection
            .prepare_cached("SELECT max(id) FROM event WHERE id >= ?2 AND draft = ?1")
            .and_then(|mut query| query.query_row((draft, since), |row| row.get(0)))
            .map_err(|error| Error::of(&self.path, &error))
    }

    /// Returns how much a version holds; `None` where it cannot be read.
    fn size(&self, draft: i64, number: u64) -> Result<Option<ContentSize>, Error> {
        match self.version(draft, number).and_then(|version| self.document(&version)) {
            Ok(document) => Ok(Content::read(&document).ok().map(|content| content.size())),
            Err(error) => error.damage_reason().map(|_| None),
        }
    }
}
