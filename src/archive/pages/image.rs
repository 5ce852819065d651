//! The pages of a database as its last transaction left them: those of the file, and in their place those of its journal.

use std::fs::File;
use std::io::{self, ErrorKind};
use std::os::unix::fs::FileExt;
use std::path::Path;

use super::super::error::Error;
use super::super::wal;
use super::journal::{Journal, Places};
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
    journal: Option<Journal>,
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
        let in_file = InFile(&file);
        let journal = Journal::open(path, &file, || in_file.page_size())?;
        let page_size = match journal.as_ref().and_then(|journal| journal.page_size) {
            Some(size) => size,
            None => in_file.page_size().map_err(|error| failed(path, error))?,
        };
        let in_file = found.len().div_ceil(page_size as u64).min(u64::from(u32::MAX)) as u32;
        let mut image = Self { file, journal, page_size, pages: 0 };
        image.pages = in_file.max(image.in_journal().and_then(last).unwrap_or(0));
        Ok(image)
    }

    /// Returns the pages as the transactions behind a damage in the journal left them, as far as they are there, and which ones these
    /// changed. `None` where nothing is there.
    pub(in super::super) fn behind_damage(&self) -> io::Result<Option<(Self, Vec<u32>)>> {
        let Some(journal) = self.journal.as_ref().filter(|journal| !journal.behind_damage.is_empty()) else {
            return Ok(None);
        };
        let mut journal = journal.try_clone()?;
        let changed: Vec<u32> = journal.behind_damage.keys().copied().collect();
        journal.pages.append(&mut journal.behind_damage);
        let pages = self.pages.max(last(&journal.pages).unwrap_or(0));
        let image = Self { file: self.file.try_clone()?, journal: Some(journal), page_size: self.page_size, pages };
        Ok(Some((image, changed)))
    }

    /// Returns what of the journal is not used, and why.
    pub(in super::super) fn journal_damage(&self) -> Option<&'static str> {
        self.journal.as_ref().and_then(|journal| journal.damage)
    }

    fn in_journal(&self) -> Option<&Places> {
        self.journal.as_ref().map(|journal| &journal.pages)
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
        match &self.journal {
            Some(Journal { file, pages, .. }) if pages.contains_key(&number) => {
                read_at(file, &mut bytes, pages[&number])?;
            }
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
}

/// The database file alone, of which the size of its pages is to be found.
struct InFile<'a>(&'a File);

impl InFile<'_> {
    fn page_size(&self) -> io::Result<usize> {
        match self.stated_page_size()? {
            Some(size) => Ok(size),
            None => self.likely_page_size(),
        }
    }

    /// Returns the size of pages that the file states.
    fn stated_page_size(&self) -> io::Result<Option<usize>> {
        let mut start = [0; 18];
        read_at(self.0, &mut start, 0)?;
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
        let pages = self.0.metadata()?.len() / size as u64;
        let mut bytes = vec![0; size];
        let mut score = 0;
        for number in 1..pages.min((SAMPLE * SIZES[0] / size).max(8) as u64) {
            read_at(self.0, &mut bytes, number * size as u64)?;
            if Page::parse(&bytes, 2).is_some_and(|page| page.ends_with_a_cell()) {
                score += size;
            }
        }
        Ok(score)
    }
}

fn last(places: &Places) -> Option<u32> {
    places.keys().next_back().copied()
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
