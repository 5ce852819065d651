//! Bringing versions into the index.

use std::collections::{BTreeMap, BTreeSet};

use rusqlite::{Connection, OptionalExtension};

use super::block::{Block, MOST_TEXTS};
use super::error::IndexError;
use super::field::Field;
use super::index::{Index, IndexState};
use super::normalize::normalize;
use super::spans::{Paragraph, SpanChanges, Spans};
use super::tokens::tokens;

/// Versions of a draft, in their order, that the index may not have.
#[derive(Clone, Debug)]
pub struct DraftUpdate {
    pub draft: i64,
    /// The version before them, which the index has; 0 where there is none. `None`: what the index has of the draft is taken out first.
    pub after: Option<u64>,
    pub versions: Vec<VersionText>,
}

/// What a version says.
#[derive(Clone, Debug)]
pub struct VersionText {
    pub number: u64,
    /// When it was observed, as it stands in the archive.
    pub observed_at: String,
    /// Its paragraphs; `None` where its document does not come back.
    pub paragraphs: Option<BTreeSet<Paragraph>>,
}

impl VersionText {
    /// Returns how much text it holds, in bytes.
    pub fn bytes(&self) -> usize {
        self.paragraphs.iter().flatten().map(|paragraph| paragraph.text.len()).sum()
    }
}

impl Index {
    /// Returns how many versions of a draft the index has, and the newest of them.
    pub fn known_versions(&mut self, draft: i64) -> Result<(u64, u64), IndexError> {
        self.read(|connection| Ok(known(connection, draft)?.map_or((0, 0), |known| (known.versions, known.newest))))
    }

    /// Returns the versions whose text the index does not know, by drafts.
    pub fn unread_of_drafts(&mut self) -> Result<BTreeMap<i64, BTreeSet<u64>>, IndexError> {
        self.read(|connection| {
            let mut query = connection.prepare_cached("SELECT draft, version FROM unread")?;
            let mut unread = BTreeMap::<_, BTreeSet<_>>::new();
            let mut rows = query.query(())?;
            while let Some(row) = rows.next()? {
                unread.entry(row.get(0)?).or_default().insert(row.get(1)?);
            }
            Ok(unread)
        })
    }

    /// Returns the versions of a draft whose text the index does not know.
    pub fn unread_versions(&mut self, draft: i64) -> Result<BTreeSet<u64>, IndexError> {
        self.read(|connection| {
            let mut query = connection.prepare_cached("SELECT version FROM unread WHERE draft = ?1")?;
            Ok(query.query_map([draft], |row| row.get(0))?.collect::<Result<_, _>>()?)
        })
    }

    /// Brings versions in. With the last of them, it is said how far the index goes. Returns whether all was done: another process may
    /// have taken out what they follow.
    pub fn update(&mut self, updates: Vec<DraftUpdate>, state: Option<&IndexState>) -> Result<bool, IndexError> {
        self.write(state.is_some(), |connection| {
            let mut is_done = true;
            for update in updates {
                is_done &= add(connection, update)?;
            }
            if let Some(IndexState { version_row, version_hash, through, versions }) = state.filter(|_| is_done) {
                connection
                    .prepare_cached(
                        "INSERT INTO state (id, version_row, version_hash, through, versions) VALUES (1, ?1, ?2, ?3, ?4)
                         ON CONFLICT (id) DO UPDATE SET version_row = ?1, version_hash = ?2, through = ?3, versions = ?4
                         WHERE version_row <= ?1",
                    )?
                    .execute((version_row, version_hash, through, versions))?;
            }
            Ok(is_done)
        })
    }
}

/// What the index has of a draft.
#[derive(Default)]
struct Known {
    versions: u64,
    newest: u64,
    last_read: u64,
}

fn known(connection: &Connection, draft: i64) -> rusqlite::Result<Option<Known>> {
    connection
        .prepare_cached("SELECT versions, newest, last_read FROM draft WHERE id = ?1")?
        .query_row([draft], |row| Ok(Known { versions: row.get(0)?, newest: row.get(1)?, last_read: row.get(2)? }))
        .optional()
}

/// Adds what the index does not have: another process may have brought some of it in meanwhile. Returns whether it follows what is there.
fn add(connection: &Connection, update: DraftUpdate) -> Result<bool, IndexError> {
    let draft = update.draft;
    if update.after.is_none() {
        take_out(connection, draft)?;
    }
    let mut known = known(connection, draft)?.unwrap_or_default();
    if update.after.unwrap_or_default() > known.newest {
        return Ok(false);
    }
    let mut spans = open_spans(connection, draft)?;
    let mut newest_at = None;
    let mut changes = SpanChanges::default();
    for VersionText { number, observed_at, paragraphs } in update.versions {
        if number <= known.newest {
            continue;
        }
        match paragraphs {
            Some(paragraphs) => {
                spans.add(number, known.last_read, paragraphs, &mut changes);
                known.last_read = number;
            }
            None => {
                let insert = "REPLACE INTO unread (draft, version) VALUES (?1, ?2)";
                connection.prepare_cached(insert)?.execute((draft, number))?;
            }
        }
        known.versions += 1;
        (known.newest, newest_at) = (number, Some(observed_at));
    }
    write_changes(connection, draft, spans, changes)?;
    if let Some(newest_at) = newest_at {
        let replace = "REPLACE INTO draft (id, versions, newest, last_read, newest_at) VALUES (?1, ?2, ?3, ?4, ?5)";
        let Known { versions, newest, last_read } = known;
        connection.prepare_cached(replace)?.execute((draft, versions, newest, last_read, newest_at))?;
    }
    Ok(true)
}

/// Takes out all of a draft. The full-text table keeps no texts, so it has to be told which tokens go.
fn take_out(connection: &Connection, draft: i64) -> Result<(), IndexError> {
    let mut delete = connection.prepare_cached("INSERT INTO token (token, rowid, tokens) VALUES ('delete', ?1, ?2)")?;
    for id in blocks(connection, draft)? {
        for (text, row) in Block::read(connection, id)?.texts.iter().zip(id * MOST_TEXTS..) {
            delete.execute((row, tokens(&normalize(text))))?;
        }
        connection
            .prepare_cached("DELETE FROM paragraph WHERE id BETWEEN ?1 AND ?2")?
            .execute((id * MOST_TEXTS, id * MOST_TEXTS + MOST_TEXTS - 1))?;
    }
    for table in
        ["DELETE FROM block WHERE draft = ?1", "DELETE FROM unread WHERE draft = ?1", "DELETE FROM draft WHERE id = ?1"]
    {
        connection.prepare_cached(table)?.execute([draft])?;
    }
    Ok(())
}

/// Reads the paragraphs that the last version of a draft has that was read.
fn open_spans(connection: &Connection, draft: i64) -> Result<Spans, IndexError> {
    let mut spans = Spans::default();
    for id in blocks(connection, draft)? {
        let mut query = connection.prepare_cached(
            "SELECT id, article, field, first FROM paragraph WHERE id BETWEEN ?1 AND ?2 AND last IS NULL",
        )?;
        let rows = query.query_map((id * MOST_TEXTS, id * MOST_TEXTS + MOST_TEXTS - 1), |row| {
            Ok((row.get::<_, i64>(0)?, row.get::<_, usize>(1)?, row.get::<_, usize>(2)?, row.get::<_, u64>(3)?))
        })?;
        let rows: Vec<_> = rows.collect::<Result<_, _>>()?;
        if rows.is_empty() {
            continue;
        }
        let block = Block::read(connection, id)?;
        for (row, article, field, first) in rows {
            let field = Field::of_number(field)?;
            let text = block.text(row)?.to_owned();
            spans.open.insert(Paragraph { article, field, text }, (first, Some(row)));
        }
    }
    Ok(spans)
}

pub(super) fn blocks(connection: &Connection, draft: i64) -> rusqlite::Result<Vec<i64>> {
    connection
        .prepare_cached("SELECT id FROM block WHERE draft = ?1 ORDER BY id")?
        .query_map([draft], |row| row.get(0))?
        .collect()
}

fn write_changes(connection: &Connection, draft: i64, spans: Spans, changes: SpanChanges) -> Result<(), IndexError> {
    let mut close = connection.prepare_cached("UPDATE paragraph SET last = ?2 WHERE id = ?1")?;
    for closed in changes.closed {
        close.execute(closed)?;
    }
    let passed = changes.passed.into_iter().map(|(paragraph, first, last)| (paragraph, first, Some(last)));
    let is_new =
        |(paragraph, (first, row)): (Paragraph, (u64, Option<i64>))| row.is_none().then_some((paragraph, first, None));
    let mut rows: Vec<_> = passed.chain(spans.open.into_iter().filter_map(is_new)).collect();
    if rows.is_empty() {
        return Ok(());
    }
    rows.sort_by_key(|(_, first, _)| *first);
    let mut block = match blocks(connection, draft)?.last() {
        Some(id) => Block::read(connection, *id)?,
        None => new_block(connection, 0)?,
    };
    for (Paragraph { article, field, text }, first, last) in rows {
        if !block.has_room() {
            block.write(connection, draft)?;
            block = new_block(connection, block.id)?;
        }
        let tokens = tokens(&normalize(&text));
        let id = block.push(text);
        connection
            .prepare_cached("INSERT INTO paragraph (id, article, field, first, last) VALUES (?1, ?2, ?3, ?4, ?5)")?
            .execute((id, article, field.number(), first, last))?;
        connection.prepare_cached("INSERT INTO token (rowid, tokens) VALUES (?1, ?2)")?.execute((id, tokens))?;
    }
    block.write(connection, draft)
}

fn new_block(connection: &Connection, after: i64) -> rusqlite::Result<Block> {
    let last: i64 =
        connection.prepare_cached("SELECT coalesce(max(id), 0) FROM block")?.query_row((), |row| row.get(0))?;
    Ok(Block { id: last.max(after) + 1, texts: Vec::new() })
}
