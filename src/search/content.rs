//! All that an index holds, to compare two.

use std::collections::BTreeSet;
use std::hash::{DefaultHasher, Hash, Hasher};

use super::block::{Block, MOST_TEXTS};
use super::error::IndexError;
use super::field::Field;
use super::index::Index;
use super::spans::Paragraph;
use super::update::blocks;

/// What an index holds of a draft: each paragraph with its first and its last version.
pub type DraftContent = BTreeSet<(Paragraph, u64, Option<u64>)>;

impl Index {
    /// Returns the drafts that the index has.
    pub fn drafts(&mut self) -> Result<BTreeSet<i64>, IndexError> {
        self.read(|connection| {
            let mut query = connection.prepare("SELECT id FROM draft UNION SELECT draft FROM block")?;
            let drafts = query.query_map((), |row| row.get(0))?.collect::<Result<_, _>>()?;
            Ok(drafts)
        })
    }

    /// Returns what the index holds of a draft.
    pub fn content(&mut self, draft: i64) -> Result<DraftContent, IndexError> {
        self.read(|connection| {
            let mut content = DraftContent::new();
            for id in blocks(connection, draft)? {
                let block = Block::read(connection, id)?;
                let mut query = connection.prepare_cached(
                    "SELECT id, article, field, first, last FROM paragraph WHERE id BETWEEN ?1 AND ?2",
                )?;
                let mut rows = query.query((id * MOST_TEXTS, id * MOST_TEXTS + MOST_TEXTS - 1))?;
                while let Some(row) = rows.next()? {
                    let field = Field::of_number(row.get(2)?)?;
                    let text = block.text(row.get(0)?)?.to_owned();
                    content.insert((Paragraph { article: row.get(1)?, field, text }, row.get(3)?, row.get(4)?));
                }
            }
            Ok(content)
        })
    }

    /// Returns a sum over every token and its place in its paragraph: two indexes of the same paragraphs have the same.
    pub fn token_sum(&mut self) -> Result<u64, IndexError> {
        self.read(|connection| {
            connection.execute_batch(
                "CREATE VIRTUAL TABLE IF NOT EXISTS temp.token_place USING fts5vocab('main', 'token', 'instance')",
            )?;
            let mut query = connection.prepare(
                "SELECT term, offset, length(body) FROM token_place LEFT JOIN block ON block.id = doc / 4096",
            )?;
            let mut rows = query.query(())?;
            let mut sum = 0_u64;
            while let Some(row) = rows.next()? {
                let mut hasher = DefaultHasher::new();
                let term = row.get_ref(0)?.as_bytes().map_err(rusqlite::Error::from)?;
                (term, row.get::<_, i64>(1)?, row.get::<_, Option<i64>>(2)?.is_some()).hash(&mut hasher);
                sum = sum.wrapping_add(hasher.finish());
            }
            Ok(sum)
        })
    }
}
