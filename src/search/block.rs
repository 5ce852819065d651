//! Texts of paragraphs, packed: a JSON list in the convention of SQLite's `sqlar`, which a stock `sqlite3` shell unpacks.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::io::{Read, Write};

use flate2::Compression;
use flate2::read::ZlibDecoder;
use flate2::write::ZlibEncoder;
use rusqlite::{Connection, OptionalExtension};

use super::error::IndexError;

/// As many texts stand in a block: the number of a paragraph tells its block and its place.
pub(super) const MOST_TEXTS: i64 = 4096;

/// A block that is longer takes no more texts: to add one, all of a block is packed again.
const LONG: usize = 32 << 10;

/// No block is longer: a draft's answer is bounded, and so are its paragraphs.
const LONGEST: u64 = 64 << 20;

/// Texts of paragraphs of one draft.
#[derive(Clone, Debug)]
pub(super) struct Block {
    pub(super) id: i64,
    pub(super) texts: Vec<String>,
}

impl Block {
    /// Reads a block.
    pub(super) fn read(connection: &Connection, id: i64) -> Result<Self, IndexError> {
        let (length, body) = connection
            .prepare_cached("SELECT length, body FROM block WHERE id = ?1")?
            .query_row([id], |row| Ok((row.get::<_, u64>(0)?, row.get::<_, Vec<u8>>(1)?)))
            .optional()?
            .ok_or_else(|| damaged(id, "it is missing"))?;
        let list =
            if body.len() as u64 == length { body } else { unpack(&body, length).map_err(|e| damaged(id, &e))? };
        let texts = serde_json::from_slice(&list).map_err(|error| damaged(id, &error.to_string()))?;
        Ok(Self { id, texts })
    }

    /// Returns whether texts can be added.
    pub(super) fn has_room(&self) -> bool {
        self.texts.iter().map(String::len).sum::<usize>() < LONG && (self.texts.len() as i64) < MOST_TEXTS
    }

    /// Adds a text; returns the number of its paragraph.
    pub(super) fn push(&mut self, text: String) -> i64 {
        self.texts.push(text);
        self.id * MOST_TEXTS + self.texts.len() as i64 - 1
    }

    /// Returns the text of a paragraph of this block.
    pub(super) fn text(&self, paragraph: i64) -> Result<&str, IndexError> {
        let text = usize::try_from(paragraph % MOST_TEXTS).ok().and_then(|place| self.texts.get(place));
        text.map(String::as_str).ok_or_else(|| damaged(self.id, "a text is missing"))
    }

    pub(super) fn write(&self, connection: &Connection, draft: i64) -> Result<(), IndexError> {
        let list = serde_json::to_vec(&self.texts).map_err(|error| IndexError::Other(error.to_string()))?;
        let mut encoder = ZlibEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(&list)?;
        let packed = encoder.finish()?;
        let body = if packed.len() < list.len() { &packed } else { &list };
        connection
            .prepare_cached("REPLACE INTO block (id, draft, count, length, body) VALUES (?1, ?2, ?3, ?4, ?5)")?
            .execute((self.id, draft, self.texts.len(), list.len(), body))?;
        Ok(())
    }
}

/// Blocks that were read, each once.
#[derive(Default)]
pub(super) struct Blocks(HashMap<i64, Block>);

impl Blocks {
    /// Returns the text of a paragraph.
    pub(super) fn text(&mut self, connection: &Connection, paragraph: i64) -> Result<&str, IndexError> {
        let id = paragraph / MOST_TEXTS;
        match self.0.entry(id) {
            Entry::Occupied(block) => block.into_mut().text(paragraph),
            Entry::Vacant(place) => place.insert(Block::read(connection, id)?).text(paragraph),
        }
    }
}

fn unpack(body: &[u8], length: u64) -> Result<Vec<u8>, String> {
    let mut list = Vec::new();
    ZlibDecoder::new(body).take(length.min(LONGEST) + 1).read_to_end(&mut list).map_err(|error| error.to_string())?;
    if list.len() as u64 == length { Ok(list) } else { Err("it has another length".to_owned()) }
}

fn damaged(id: i64, reason: &str) -> IndexError {
    IndexError::Damaged(format!("block {id}: {reason}"))
}
