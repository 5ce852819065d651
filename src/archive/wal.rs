//! The bytes of a write-ahead log (<https://sqlite.org/fileformat2.html#the_write_ahead_log>), read as SQLite reads them
//! when it applies one.

use std::io::{self, ErrorKind, Read, Seek, SeekFrom};

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
    /// Whether a frame that is not valid has the salt of the log and ends a transaction, or is nothing but zeros, which nobody writes.
    has_damaged_commit: bool,
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
        let salt = salt(&header, 16);
        let place = HEADER as u64;
        Ok(Some(Self { log, page_size, big_endian, salt, checksum, place, has_damaged_commit: false }))
    }

    /// Begins at the first frame of a log whose header is damaged, as far as the frames tell what the header said. They are to be
    /// read with [`Frames::next_behind_damage`]. `None` where there is no frame.
    pub(super) fn without_header(log: &mut R, page_size: usize) -> io::Result<Option<Frames<&mut R>>>
    where
        R: Seek,
    {
        let mut start = vec![0; HEADER + FRAME_HEADER];
        log.seek(SeekFrom::Start(0))?;
        match log.read_exact(&mut start) {
            Err(error) if error.kind() == ErrorKind::UnexpectedEof => return Ok(None),
            read => read?,
        }
        log.seek(SeekFrom::Start(HEADER as u64))?;
        Ok(Some(Frames {
            page_size,
            big_endian: cfg!(target_endian = "big"),
            salt: salt(&start, HEADER + 8),
            checksum: (number(&start, 24), number(&start, 28)),
            place: HEADER as u64,
            has_damaged_commit: false,
            log,
        }))
    }

    pub(super) fn page_size(&self) -> usize {
        self.page_size
    }

    /// Reads the next frame; `None` at the first one that is not valid, which ends the log.
    pub(super) fn next(&mut self) -> io::Result<Option<Frame>> {
        Ok(self.read_frame()?.filter(|(_, is_valid)| *is_valid).map(|(frame, _)| frame))
    }

    /// Reads on behind the frame that ended the log: returns the next one of the same log whose checksum continues what the frame before
    /// it says of itself. Such a frame is whole, and what is missing before it may make it worth nothing.
    pub(super) fn next_behind_damage(&mut self) -> io::Result<Option<(u64, Frame)>> {
        loop {
            let place = self.place + FRAME_HEADER as u64;
            match self.read_frame()? {
                Some((frame, true)) => return Ok(Some((place, frame))),
                Some((_, false)) => {}
                None => return Ok(None),
            }
        }
    }

    /// Returns whether a frame that is not valid ended a transaction, as far as can be seen: then one was written, and is damaged.
    pub(super) fn has_damaged_commit(&self) -> bool {
        self.has_damaged_commit
    }

    /// Reads a frame, and whether it is valid; `None` at the end of the file.
    fn read_frame(&mut self) -> io::Result<Option<(Frame, bool)>> {
        let Some(header) = read(&mut self.log, FRAME_HEADER)? else { return Ok(None) };
        let Some(bytes) = read(&mut self.log, self.page_size)? else { return Ok(None) };
        let checksum = add(add(self.checksum, &header[..8], self.big_endian), &bytes, self.big_endian);
        let stated = (number(&header, 16), number(&header, 20));
        let (is_of_log, commits) = (header[8..16] == self.salt, number(&header, 4) != 0);
        let is_valid = is_of_log && checksum == stated;
        self.has_damaged_commit |= !is_valid && is_of_log && commits || header.iter().all(|byte| *byte == 0);
        self.checksum = stated;
        self.place += (FRAME_HEADER + self.page_size) as u64;
        Ok(Some((Frame { page: number(&header, 0), commits, bytes }, is_valid)))
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

fn salt(bytes: &[u8], place: usize) -> [u8; 8] {
    [0, 1, 2, 3, 4, 5, 6, 7].map(|byte| bytes[place + byte])
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
