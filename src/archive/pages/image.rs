//! The pages of a database as its last transaction left them: those of the file, and in their place those of its journal.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufReader, ErrorKind};
use std::os::unix::fs::FileExt;
use std::path::Path;

use super::super::error::Error;
use super::super::files::sibling_path;
use super::super::foreign_journal;
use super::super::wal::{self, Frames};
use super::page::Page;

/// What every database begins with.
const MAGIC: &[u8] = b"SQLite format 3\0";

/// The sizes of pages that SQLite knows, from the one that new archives have.
const SIZES: [usize; 8] = [1024, 4096, 2048, 512, 8192, 16_384, 32_768, 65_536];

/// So many pages are looked at to find their size.
const SAMPLE: usize = 2000;

/// A database file and its journal, opened to be read alone.
#[derive(Debug)]
pub(in super::super) struct Image {
    file: File,
    journal: Option<File>,
    /// Where the newest state of a page is in the journal.
    in_journal: BTreeMap<u32, u64>,
    page_size: usize,
    pages: u32,
}

/// What the first page says of the database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in super::super) struct Header {
    pub(in super::super) user_version: u32,
    pub(in super::super) application_id: u32,
    /// The first page of the list of free pages, 0 where there is none.
    pub(super) free_list: u32,
}

impl Image {
    /// Opens the file at `path` and the journal beside it, as far as that belongs to it.
    pub(in super::super) fn open(path: &Path) -> Result<Self, Error> {
        let path = &path.canonicalize().map_err(|error| match error.kind() {
            ErrorKind::NotFound => Error::NotFound(path.to_owned()),
            _ => failed(path, error),
        })?;
        let file = File::open(path).map_err(|error| failed(path, error))?;
        let found = file.metadata().map_err(|error| failed(path, error))?;
        match found.len() {
            _ if !found.is_file() => return Err(Error::NotAFile(path.clone())),
            0 => return Err(Error::Empty(path.clone())),
            _ => {}
        }
        let journal = open_journal(path, &file)?;
        Self::new(file, journal).map_err(|error| failed(path, error))
    }

    fn new(file: File, journal: Option<File>) -> io::Result<Self> {
        let length = file.metadata()?.len();
        let mut image = Self { file, journal, in_journal: BTreeMap::new(), page_size: 0, pages: 0 };
        let of_journal = image.read_journal()?;
        image.page_size = match (of_journal, image.stated_page_size()?) {
            (Some(size), _) | (None, Some(size)) => size,
            (None, None) => image.likely_page_size()?,
        };
        let in_file = length.div_ceil(image.page_size as u64).min(u64::from(u32::MAX)) as u32;
        let last_in_journal = image.in_journal.keys().next_back().copied().unwrap_or(0);
        image.pages = in_file.max(last_in_journal);
        Ok(image)
    }

    /// Returns how many pages there are; the first one has the number 1.
    pub(in super::super) fn pages(&self) -> u32 {
        self.pages
    }

    pub(super) fn page_size(&self) -> usize {
        self.page_size
    }

    /// Reads a page. What is behind the end of the file is read as zeros.
    pub(in super::super) fn page(&self, number: u32) -> io::Result<Vec<u8>> {
        let mut bytes = vec![0; self.page_size];
        match (self.in_journal.get(&number), &self.journal) {
            (Some(place), Some(journal)) => read_at(journal, &mut bytes, *place)?,
            _ => read_at(&self.file, &mut bytes, u64::from(number.saturating_sub(1)) * self.page_size as u64)?,
        }
        Ok(bytes)
    }

    /// Reads what the first page says; `None` where that is not the first page of a database.
    pub(in super::super) fn header(&self) -> io::Result<Option<Header>> {
        let page = self.page(1)?;
        let header = Header {
            user_version: wal::number(&page, 60),
            application_id: wal::number(&page, 68),
            free_list: wal::number(&page, 32),
        };
        Ok(page.starts_with(MAGIC).then_some(header))
    }

    /// Learns where pages are in the journal, up to its last complete transaction. Returns the size of its pages.
    fn read_journal(&mut self) -> io::Result<Option<usize>> {
        let Some(journal) = &self.journal else { return Ok(None) };
        let Some(mut frames) = Frames::read(BufReader::new(journal.try_clone()?))? else { return Ok(None) };
        let (mut pending, mut is_committed) = (BTreeMap::new(), false);
        while let Some((place, frame)) = frames.next_with_place()? {
            pending.insert(frame.page, place);
            if frame.commits {
                self.in_journal.append(&mut pending);
                is_committed = true;
            }
        }
        Ok(is_committed.then(|| frames.page_size()))
    }

    /// Returns the size of pages that the file states.
    fn stated_page_size(&self) -> io::Result<Option<usize>> {
        let mut start = [0; 18];
        read_at(&self.file, &mut start, 0)?;
        // The largest size is written as 1.
        let size = match u16::from_be_bytes([start[16], start[17]]) {
            1 => 65_536,
            size => usize::from(size),
        };
        if !start.starts_with(MAGIC) || !SIZES.contains(&size) {
            return Ok(None);
        }
        // The number may be damaged as well: pages of that size must look like pages.
        let (stated, likely) = (self.score(size)?, self.likely_page_size()?);
        Ok(Some(if stated == 0 { likely } else { size }))
    }

    /// Returns the size at which most of the file looks like pages.
    fn likely_page_size(&self) -> io::Result<usize> {
        let mut best = (0, SIZES[0]);
        for size in SIZES {
            let score = self.score(size)?;
            if score > best.0 {
                best = (score, size);
            }
        }
        Ok(best.1)
    }

    /// Returns how many bytes are in pages of this size that have a cell at their very end, where SQLite puts the first one.
    fn score(&self, size: usize) -> io::Result<usize> {
        let pages = self.file.metadata()?.len() / size as u64;
        let mut bytes = vec![0; size];
        let mut score = 0;
        for number in 1..pages.min((SAMPLE * SIZES[0] / size).max(8) as u64) {
            read_at(&self.file, &mut bytes, number * size as u64)?;
            if Page::parse(&bytes, 2).is_some_and(|page| page.ends_with_a_cell()) {
                score += size;
            }
        }
        Ok(score)
    }
}

/// Opens the journal beside a database, unless it is another one's.
fn open_journal(path: &Path, file: &File) -> Result<Option<File>, Error> {
    let journal = sibling_path(path, "-wal");
    match File::open(&journal) {
        Ok(_) if foreign_journal::is_foreign_journal(path, file) => {
            tracing::warn!(journal = %journal.display(), "the journal is another archive's, and is not read");
            Ok(None)
        }
        Ok(found) => Ok(Some(found)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(failed(&journal, error)),
    }
}

fn failed(path: &Path, source: io::Error) -> Error {
    Error::File { what: "cannot read", path: path.to_owned(), source }
}

/// Reads as many bytes as there are; the others become zeros.
fn read_at(file: &File, bytes: &mut [u8], place: u64) -> io::Result<()> {
    let mut read = 0;
    while read < bytes.len() {
        match file.read_at(&mut bytes[read..], place + read as u64) {
            Ok(0) => break,
            Ok(count) => read += count,
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    bytes[read..].fill(0);
    Ok(())
}
