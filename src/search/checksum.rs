//! The checksum of the index: a flipped bit in the full-text table would hide what was written, and nobody would know.

use std::fs::File;
use std::io;
use std::ops::Range;
use std::os::unix::fs::FileExt;

use flate2::Crc;

/// The bytes of the file's header that change although its content does not: the counter of changes, the checksum itself, and the
/// version of SQLite (<https://sqlite.org/fileformat.html#the_database_header>).
const CHANGING: [Range<usize>; 3] = [24..28, 68..72, 92..100];

/// How much is read at once.
const CHUNK: usize = 1 << 20;

/// Returns the checksum of a file's content; never 0, which means that there is none.
pub(super) fn checksum(file: &File) -> io::Result<i32> {
    let (mut crc, mut at, mut chunk) = (Crc::new(), 0, vec![0; CHUNK]);
    loop {
        let read = file.read_at(&mut chunk, at)?;
        if read == 0 {
            break;
        }
        if at == 0 {
            CHANGING.into_iter().filter(|range| range.end <= read).for_each(|range| chunk[range].fill(0));
        }
        crc.update(&chunk[..read]);
        at += read as u64;
    }
    Ok(match crc.sum().cast_signed() {
        0 => 1,
        sum => sum,
    })
}
