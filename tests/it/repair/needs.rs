//! Which bytes of a sound archive each version needs: its own small reader of the file format, written for the test, tells.

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::Path;

/// The places of the bytes that make a row.
type Places = Vec<Range<usize>>;

/// For each version, by its draft and number: the bytes of its row, and of all rows that its document is rebuilt from.
pub(super) struct Needs {
    pub(super) versions: BTreeMap<(i64, u64), Places>,
    /// The bytes of the rows of drafts, by their numbers.
    pub(super) drafts: BTreeMap<i64, Places>,
}

impl Needs {
    pub(super) fn of(archive: &Path) -> Self {
        let database = crate::harness::database(archive);
        let root = |table: &str| {
            let sql = "SELECT rootpage FROM sqlite_schema WHERE type = 'table' AND name = ?1";
            database.query_row(sql, [table], |row| row.get::<_, usize>(0)).unwrap()
        };
        let bytes = std::fs::read(archive).unwrap();
        let file = File { page_size: usize::from(u16::from_be_bytes([bytes[16], bytes[17]])), bytes: &bytes };
        let rows = ["version", "whole", "delta", "received"].map(|table| file.rows(root(table)));
        let [version, whole, delta, received] = &rows;
        let bases: BTreeMap<i64, i64> = pairs(&database, "SELECT version, base FROM delta");
        let mut query = database.prepare("SELECT id, draft, number FROM version").unwrap();
        let ids = query.query_map((), |row| Ok((row.get(0)?, (row.get(1)?, row.get(2)?)))).unwrap();
        let needs = ids.map(Result::unwrap).map(|(id, key): (i64, (i64, u64))| {
            let mut places = version[&id].clone();
            places.extend(received.get(&id).into_iter().flatten().cloned());
            let mut at = id;
            while let Some(base) = bases.get(&at) {
                places.extend(delta[&at].iter().cloned());
                at = *base;
            }
            places.extend(whole[&at].iter().cloned());
            (key, places)
        });
        Self { versions: needs.collect(), drafts: file.rows(root("draft")) }
    }
}

fn pairs(database: &rusqlite::Connection, sql: &str) -> BTreeMap<i64, i64> {
    let mut query = database.prepare(sql).unwrap();
    query.query_map((), |row| Ok((row.get(0)?, row.get(1)?))).unwrap().map(Result::unwrap).collect()
}

/// A sound file.
struct File<'a> {
    page_size: usize,
    bytes: &'a [u8],
}

impl File<'_> {
    fn rows(&self, root: usize) -> BTreeMap<i64, Places> {
        let mut rows = BTreeMap::new();
        self.page(root, &mut rows);
        rows
    }

    fn page(&self, number: usize, rows: &mut BTreeMap<i64, Places>) {
        let start = (number - 1) * self.page_size;
        let header = start + if number == 1 { 100 } else { 0 };
        let is_leaf = match self.bytes[header] {
            13 => true,
            5 => false,
            other => panic!("page {number} has the kind {other}"),
        };
        let pointers = header + if is_leaf { 8 } else { 12 };
        for cell in 0..self.short(header + 3) {
            let pointer = pointers + 2 * cell;
            let at = start + self.short(pointer);
            if is_leaf {
                let (row, mut places) = self.cell(at);
                // Without these two nothing is found in the page.
                places.extend([header..header + 8, pointer..pointer + 2]);
                rows.insert(row, places);
            } else {
                self.page(self.long(at), rows);
            }
        }
        if !is_leaf {
            self.page(self.long(header + 8), rows);
        }
    }

    fn cell(&self, start: usize) -> (i64, Places) {
        let (length, at) = self.varint(start);
        let (row, at) = self.varint(at);
        let (length, usable) = (length as usize, self.page_size);
        let least = (usable - 12) * 32 / 255 - 23;
        let local = match length <= usable - 35 {
            true => length,
            false => Some(least + (length - least) % (usable - 4)).filter(|fits| *fits <= usable - 35).unwrap_or(least),
        };
        if local == length {
            return (row, std::iter::once(start..at + length).collect());
        }
        let mut places: Places = std::iter::once(start..at + local + 4).collect();
        let (mut next, mut left) = (self.long(at + local), length - local);
        while left > 0 {
            let page = (next - 1) * usable;
            let here = left.min(usable - 4);
            left -= here;
            // Behind the last of these pages nobody looks for another one.
            places.push(if left > 0 { page..page + 4 + here } else { page + 4..page + 4 + here });
            next = self.long(page);
        }
        (row, places)
    }

    fn short(&self, at: usize) -> usize {
        usize::from(u16::from_be_bytes([self.bytes[at], self.bytes[at + 1]]))
    }

    fn long(&self, at: usize) -> usize {
        u32::from_be_bytes(self.bytes[at..at + 4].try_into().unwrap()) as usize
    }

    fn varint(&self, mut at: usize) -> (i64, usize) {
        let mut number = 0_i64;
        loop {
            let byte = self.bytes[at];
            number = number << 7 | i64::from(byte & 127);
            at += 1;
            if byte < 128 {
                return (number, at);
            }
        }
    }
}
