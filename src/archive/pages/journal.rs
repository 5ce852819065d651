//! The journal of a damaged database: the pages that SQLite would take from it, and those that stand behind a damage in it.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufReader, ErrorKind};
use std::path::Path;

use super::super::error::Error;
use super::super::files::sibling_path;
use super::super::foreign_journal;
use super::super::journal_mark::{self, Mark};
use super::super::wal::{Frame, Frames};

/// Where pages are in the journal, by their numbers.
pub(super) type Places = BTreeMap<u32, u64>;

/// The journal beside a database, opened to be read alone.
#[derive(Debug)]
pub(super) struct Journal {
    pub(super) file: File,
    /// The size of its pages; `None` where it has no complete transaction.
    pub(super) page_size: Option<usize>,
    /// Where the newest state of a page is, up to the last complete transaction before any damage.
    pub(super) pages: Places,
    /// The same of the transactions behind a damage. What they say together is not sure: pages between them are lost.
    pub(super) behind_damage: Places,
    /// What of it is not used, and why.
    pub(super) damage: Option<&'static str>,
}

/// What is read of a journal, frame by frame.
#[derive(Default)]
struct Transactions {
    pages: Places,
    pending: Places,
    marks: Vec<(u32, Mark)>,
}

impl Transactions {
    fn add(&mut self, place: u64, frame: &Frame) {
        self.pending.insert(frame.page, place);
        self.marks.extend(Mark::of_page(&frame.bytes).map(|mark| (frame.page, mark)));
        if frame.commits {
            self.pages.append(&mut self.pending);
        }
    }

    /// Returns whether they continue what is in the file, or what is in it continues them: journals of other archives do not.
    fn belong_to(&self, database: &File, page_size: usize) -> io::Result<bool> {
        for (page, mark) in &self.marks {
            let there = Mark::of_page(&journal_mark::page_of(database, *page, page_size)?);
            if there.is_some_and(|there| there.id == mark.id || there.id == mark.previous) {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

impl Journal {
    /// Opens the journal beside a database; `None` where there is none, or one without a frame. `page_size` is that of the database, as
    /// far as it is known without its journal.
    pub(super) fn open(
        path: &Path,
        database: &File,
        page_size: impl FnOnce() -> io::Result<usize>,
    ) -> Result<Option<Self>, Error> {
        let journal = sibling_path(path, "-wal");
        let failed = |source| Error::File { what: "cannot read", path: journal.clone(), source };
        match File::open(&journal) {
            Ok(file) if foreign_journal::is_foreign_journal(path, database) => {
                Ok(Some(Self::unread(file, "it is another archive's, and was not read")))
            }
            Ok(file) => Self::read(file, database, page_size).map_err(failed),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(failed(error)),
        }
    }

    pub(super) fn try_clone(&self) -> io::Result<Self> {
        let Self { page_size, damage, .. } = *self;
        let (pages, behind_damage) = (self.pages.clone(), self.behind_damage.clone());
        Ok(Self { file: self.file.try_clone()?, page_size, pages, behind_damage, damage })
    }

    fn unread(file: File, damage: &'static str) -> Self {
        let (pages, behind_damage) = (Places::new(), Places::new());
        Self { file, page_size: None, pages, behind_damage, damage: Some(damage) }
    }

    fn read(file: File, database: &File, page_size: impl FnOnce() -> io::Result<usize>) -> io::Result<Option<Self>> {
        let mut bytes = BufReader::new(file.try_clone()?);
        let Some(mut frames) = Frames::read(&mut bytes)? else {
            let Some(mut frames) = Frames::without_header(&mut bytes, page_size()?)? else { return Ok(None) };
            let mut journal = Self::unread(file, "its header is damaged, so nothing of it was used");
            if journal.add_behind_damage(&mut frames, Transactions::default(), database)? == Behind::Used {
                journal.damage = Some("its header is damaged: only rows that their checksums prove were taken from it");
            }
            return Ok(Some(journal));
        };
        let mut found = Transactions::default();
        while let Some((place, frame)) = frames.next_with_place()? {
            found.add(place, &frame);
        }
        let page_size = Some(frames.page_size()).filter(|_| !found.pages.is_empty());
        let pages = std::mem::take(&mut found.pages);
        let mut journal = Self { file, page_size, pages, behind_damage: Places::new(), damage: None };
        journal.damage = match journal.add_behind_damage(&mut frames, found, database)? {
            Behind::Nothing => None,
            Behind::Used => {
                Some("it is damaged: behind the damage only rows that their checksums prove were taken from it")
            }
            Behind::Unused => Some("it is damaged, and nothing behind the damage was used"),
        };
        Ok(Some(journal))
    }

    /// Reads on behind a damage. What is there is used where it is of this database.
    fn add_behind_damage<R: io::Read>(
        &mut self,
        frames: &mut Frames<R>,
        mut found: Transactions,
        database: &File,
    ) -> io::Result<Behind> {
        while let Some((place, frame)) = frames.next_behind_damage()? {
            found.add(place, &frame);
        }
        if frames.has_damaged_commit() {
            found.pages.append(&mut found.pending);
        }
        if !found.pages.is_empty() && found.belong_to(database, frames.page_size())? {
            self.behind_damage = found.pages;
            return Ok(Behind::Used);
        }
        let is_damaged = frames.has_damaged_commit() || !found.pages.is_empty();
        Ok(if is_damaged { Behind::Unused } else { Behind::Nothing })
    }
}

/// What stands behind a damage.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Behind {
    /// Nothing: there is no damage, as far as can be seen.
    Nothing,
    Used,
    Unused,
}
