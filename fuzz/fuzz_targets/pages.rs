//! The reader of pages below a repair: any two files as database and journal are read to their end, within bounds.
//!
//! An input has two bytes for the length of the database; the journal follows it.

use draftkeep::archive::fuzzing::rows;

use crate::archive::directory;

pub fn run(data: &[u8]) {
    let [a, b, files @ ..] = data else { return };
    let length = usize::from(u16::from_le_bytes([*a, *b])).min(files.len());
    let (database, journal) = files.split_at(length);
    let place = directory();
    let path = place.path().join("a.db");
    std::fs::write(&path, database).expect("a file can be written");
    if !journal.is_empty() {
        std::fs::write(place.path().join("a.db-wal"), journal).expect("a file can be written");
    }
    // A row takes two bytes at least; the same bytes may be found as cells of several pages, but each page has its own.
    if let Ok(rows) = rows(&path) {
        assert!(rows <= files.len() as u64, "{rows} rows in {} bytes", files.len());
    }
}
