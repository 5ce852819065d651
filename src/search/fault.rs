//! Whether an index fits together: each text has its row, and the full-text table has just the tokens of its texts.

use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash, Hasher};

use rusqlite::{Connection, OptionalExtension};

use super::block::{Block, MOST_TEXTS};
use super::error::IndexError;
use super::index::Index;
use super::normalize::normalize;
use super::tokens::tokens;

/// For each paragraph, a sum over its tokens and their places.
type TokenSums = BTreeMap<i64, u64>;

impl Index {
    /// Returns what does not fit together; `None` where all does. This reads all of the index, and takes its lock for writing.
    pub fn fault(&mut self) -> Result<Option<String>, IndexError> {
        self.read(|connection| {
            let told: String = connection.query_row("PRAGMA integrity_check(1)", (), |row| row.get(0))?;
            if told != "ok" {
                return Ok(Some(told));
            }
            // Of the full-text table alone: it has no texts to be compared with.
            connection.execute("INSERT INTO token (token) VALUES ('integrity-check')", ())?;
            match rows_without_text(connection)? {
                Some(fault) => Ok(Some(fault)),
                None => wrong_tokens(connection),
            }
        })
    }
}

/// Finds paragraphs without a text, and texts without a paragraph.
fn rows_without_text(connection: &Connection) -> Result<Option<String>, IndexError> {
    let stray = "SELECT id FROM paragraph WHERE id / 4096 NOT IN (SELECT id FROM block) LIMIT 1";
    if let Some(row) = connection.query_row(stray, (), |row| row.get::<_, i64>(0)).optional()? {
        return Ok(Some(format!("paragraph {row} has no text")));
    }
    let mut query = connection.prepare(
        "SELECT id, count, (SELECT count(*) FROM paragraph WHERE paragraph.id BETWEEN block.id * 4096 AND block.id * 4096 + 4095),
                (SELECT max(id) % 4096 + 1 FROM paragraph WHERE paragraph.id BETWEEN block.id * 4096 AND block.id * 4096 + 4095)
         FROM block",
    )?;
    let mut rows = query.query(())?;
    while let Some(row) = rows.next()? {
        let id: i64 = row.get(0)?;
        let texts = Some(Block::read(connection, id)?.texts.len());
        if [1, 2, 3].map(|column| row.get::<_, Option<usize>>(column)).into_iter().any(|count| count != Ok(texts)) {
            return Ok(Some(format!("block {id} has another number of texts than of paragraphs")));
        }
    }
    Ok(None)
}

/// Compares the tokens of each paragraph with those of its text.
fn wrong_tokens(connection: &Connection) -> Result<Option<String>, IndexError> {
    let mut sums = stored_sums(connection)?;
    let mut blocks = connection.prepare("SELECT id, draft FROM block")?;
    let mut rows = blocks.query(())?;
    while let Some(row) = rows.next()? {
        let (id, draft): (i64, i64) = (row.get(0)?, row.get(1)?);
        for (text, row) in Block::read(connection, id)?.texts.iter().zip(id * MOST_TEXTS..) {
            let wanted = tokens(&normalize(text))
                .split_whitespace()
                .zip(0..)
                .fold(0_u64, |sum, (token, place)| sum.wrapping_add(token_sum(token.as_bytes(), place)));
            if sums.remove(&row).unwrap_or_default() != wanted {
                return Ok(Some(format!("paragraph {row}, of draft {draft}: its words are not those of its text")));
            }
        }
    }
    Ok(sums.first_key_value().map(|(row, _)| format!("there are words of paragraph {row}, which is not there")))
}

fn stored_sums(connection: &Connection) -> Result<TokenSums, IndexError> {
    let make = "CREATE VIRTUAL TABLE IF NOT EXISTS temp.token_place USING fts5vocab('main', 'token', 'instance')";
    connection.execute_batch(make)?;
    let mut query = connection.prepare("SELECT doc, term, offset FROM token_place")?;
    let mut rows = query.query(())?;
    let mut sums = TokenSums::new();
    while let Some(row) = rows.next()? {
        let token = row.get_ref(1)?.as_bytes().map_err(rusqlite::Error::from)?;
        let sum = sums.entry(row.get(0)?).or_default();
        *sum = sum.wrapping_add(token_sum(token, row.get(2)?));
    }
    Ok(sums)
}

fn token_sum(token: &[u8], place: i64) -> u64 {
    let mut hasher = DefaultHasher::new();
    (token, place).hash(&mut hasher);
    hasher.finish()
}
