//! The bytes of a write-ahead log (<https://sqlite.org/fileformat2.html#the_write_ahead_log>), read as SQLite reads them
//! when it applies one.

use std::io::{self, ErrorKind, Read};

const HEADER: usize = 32;
const FRAME_HEADER: usize = 24;

/// Its last bit says in which byte order checksums are made.
const MAGIC: u32 = 0x377f_0682;

/// The frames of a log, as far as they are valid.
pub(super) struct Frames<R> {
    log: R,
    page_size: usize,
    big_endian: bool,
    salt: [u8; 8],
    checksum: (u32, u32),
    /// Where the next frame begins.
    place: u64,
}

/// A page as one transaction left it.
pub(super) struct Frame {
    pub(super) page: u32,
    /// Whether the transaction ends with it.
    pub(super) commits: bool,
    pub(super) bytes: Vec<u8>,
}

impl<R: Read> Frames<R> {
    /// Reads the header; `None` where SQLite would find nothing to apply.
    pub(super) fn read(mut log: R) -> io::Result<Option<Self>> {
        let Some(header) = read(&mut log, HEADER)? else { return Ok(None) };
        let (magic, page_size) = (number(&header, 0), number(&header, 8) as usize);
        if magic & !1 != MAGIC || !page_size.is_power_of_two() || !(512..=65536).contains(&page_size) {
            return Ok(None);
        }
        let big_endian = magic & 1 == 1;
        let checksum = add((0, 0), &header[..24], big_endian);
        if checksum != (number(&header, 24), number(&header, 28)) {
            return Ok(None);
        }
        let salt = [0, 1, 2, 3, 4, 5, 6, 7].map(|byte| header[16 + byte]);
        Ok(Some(Self { log, page_size, big_endian, salt, checksum, place: HEADER as u64 }))
    }

    pub(super) fn page_size(&self) -> usize {
        self.page_size
    }

    /// Reads the next frame; `None` at the first one that is not valid, which ends the log.
    pub(super) fn next(&mut self) -> io::Result<Option<Frame>> {
        let Some(header) = read(&mut self.log, FRAME_HEADER)? else { return Ok(None) };
        let Some(bytes) = read(&mut self.log, self.page_size)? else { return Ok(None) };
        let checksum = add(add(self.checksum, &header[..8], self.big_endian), &bytes, self.big_endian);
        if header[8..16] != self.salt || checksum != (number(&header, 16), number(&header, 20)) {
            return Ok(None);
        }
        self.checksum = checksum;
        self.place += (FRAME_HEADER + self.page_size) as u64;
        Ok(Some(Frame { page: number(&header, 0), commits: number(&header, 4) != 0, bytes }))
    }

    /// As [`Frames::next`], with the place of the page's bytes in the log.
    pub(super) fn next_with_place(&mut self) -> io::Result<Option<(u64, Frame)>> {
        let place = self.place + FRAME_HEADER as u64;
        Ok(self.next()?.map(|frame| (place, frame)))
    }
}

/// Reads so many bytes; `None` where there are fewer.
fn read(from: &mut impl Read, length: usize) -> io::Result<Option<Vec<u8>>> {
    let mut bytes = vec![0; length];
    match from.read_exact(&mut bytes) {
        Ok(()) => Ok(Some(bytes)),
        Err(error) if error.kind() == ErrorKind::UnexpectedEof => Ok(None),
        Err(error) => Err(error),
    }
}

/// Returns the big-endian number at `place`, as all numbers of the format are.
pub(super) fn number(bytes: &[u8], place: usize) -> u32 {
    bytes[place..place + 4].iter().fold(0, |number, byte| number << 8 | u32::from(*byte))
}

/// Adds bytes to a checksum. A plain loop, for unoptimised tests read many logs.
fn add((mut first, mut second): (u32, u32), bytes: &[u8], big_endian: bool) -> (u32, u32) {
    for &[a, b, c, d, e, f, g, h] in bytes.as_chunks().0 {
        let (mut one, mut two) = (u32::from_le_bytes([a, b, c, d]), u32::from_le_bytes([e, f, g, h]));
        if big_endian {
            (one, two) = (one.swap_bytes(), two.swap_bytes());
        }
        first = first.wrapping_add(one).wrapping_add(second);
        second = second.wrapping_add(two).wrapping_add(first);
    }
    (first, second)
}
