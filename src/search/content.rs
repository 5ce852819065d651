//! All that an index holds of a draft, to compare two.

use std::collections::BTreeSet;

use rusqlite::OptionalExtension;

use super::block::{Block, MOST_TEXTS};
use super::error::IndexError;
use super::field::Field;
use super::index::Index;
use super::spans::Paragraph;
use super::update::blocks;

/// What an index holds of a draft.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DraftContent {
    /// How many versions, the newest, the newest that was read, and when the newest was observed.
    pub versions: Option<(u64, u64, u64, String)>,
    /// The versions that could not be read.
    pub unread: BTreeSet<u64>,
    /// Each paragraph with its first and its last version, in order.
    pub paragraphs: Vec<(Paragraph, u64, Option<u64>)>,
}

impl Index {
    /// Returns the drafts that the index has.
    pub fn drafts(&mut self) -> Result<BTreeSet<i64>, IndexError> {
        self.read(|connection| {
            let mut query = connection
                .prepare("SELECT id FROM draft UNION SELECT draft FROM block UNION SELECT draft FROM unread")?;
            let drafts = query.query_map((), |row| row.get(0))?.collect::<Result<_, _>>()?;
            Ok(drafts)
        })
    }

    /// Returns what the index holds of a draft.
    pub fn content(&mut self, draft: i64) -> Result<DraftContent, IndexError> {
        let unread = self.unread_versions(draft)?;
        self.read(|connection| {
            let versions = connection
                .prepare_cached("SELECT versions, newest, last_read, newest_at FROM draft WHERE id = ?1")?
                .query_row([draft], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?)))
                .optional()?;
            let mut paragraphs = Vec::new();
            for id in blocks(connection, draft)? {
                let block = Block::read(connection, id)?;
                let mut query = connection.prepare_cached(
                    "SELECT id, article, field, first, last FROM paragraph WHERE id BETWEEN ?1 AND ?2",
                )?;
                let mut rows = query.query((id * MOST_TEXTS, id * MOST_TEXTS + MOST_TEXTS - 1))?;
                while let Some(row) = rows.next()? {
                    let field = Field::of_number(row.get(2)?)?;
                    let text = block.text(row.get(0)?)?.to_owned();
                    paragraphs.push((Paragraph { article: row.get(1)?, field, text }, row.get(3)?, row.get(4)?));
                }
            }
            paragraphs.sort_unstable();
            Ok(DraftContent { versions, unread, paragraphs })
        })
    }
}
