//! The cells of a b-tree page: where each row is, and where its rest is when it does not fit.

use std::io;
use std::ops::Range;

use super::super::wal;
use super::image::Image;

/// No row is larger: a picture has at most 100 MiB, and SQLite is given this limit for every value.
const LARGEST_ROW: usize = 129 << 20;

/// What a page holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in super::super) enum PageKind {
    /// Rows of a table.
    TableLeaf,
    /// Numbers of rows and the pages below.
    TableInterior,
    /// Entries of an index, or rows of a table without numbers.
    IndexLeaf,
    /// Likewise, and the pages below.
    IndexInterior,
}

/// A page of a b-tree.
#[derive(Debug)]
pub(in super::super) struct Page<'a> {
    pub(in super::super) kind: PageKind,
    bytes: &'a [u8],
    /// Where its cells begin.
    cells: Vec<usize>,
    /// The page below that comes after all cells.
    right: Option<u32>,
}

/// A cell of a page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in super::super) struct Cell {
    /// The number of the row, in a table.
    pub(in super::super) rowid: Option<i64>,
    /// The page below.
    child: Option<u32>,
    /// Its bytes in the page itself.
    local: Range<usize>,
    /// How many bytes there are in all, and the first page of those that do not fit.
    length: usize,
    overflow: Option<u32>,
}

impl<'a> Page<'a> {
    /// Reads the header of a page; `None` where it is no page of a b-tree. `number` is 1 for the first page, which has the header of
    /// the file before its own.
    pub(in super::super) fn parse(bytes: &'a [u8], number: u32) -> Option<Self> {
        let at = if number == 1 { 100 } else { 0 };
        let (kind, length) = match bytes.get(at)? {
            0x0d => (PageKind::TableLeaf, 8),
            0x05 => (PageKind::TableInterior, 12),
            0x0a => (PageKind::IndexLeaf, 8),
            0x02 => (PageKind::IndexInterior, 12),
            _ => return None,
        };
        let count = usize::from(short(bytes, at + 3)?);
        let (first, end) = (at + length, at + length + 2 * count);
        if end > bytes.len() {
            return None;
        }
        let places = (0..count).filter_map(|cell| short(bytes, first + 2 * cell)).map(usize::from);
        let cells = places.filter(|place| (end..bytes.len()).contains(place)).collect();
        let right = (length == 12).then(|| wal::number(bytes, at + 8));
        Some(Self { kind, bytes, cells, right })
    }

    /// Returns the cells that can be read.
    pub(in super::super) fn cells(&self) -> impl Iterator<Item = Cell> {
        self.cells.iter().filter_map(|place| self.cell(*place))
    }

    /// Returns the pages below.
    pub(super) fn children(&self) -> impl Iterator<Item = u32> {
        self.cells().filter_map(|cell| cell.child).chain(self.right)
    }

    /// Returns whether a cell reaches to the last byte of the page.
    pub(super) fn ends_with_a_cell(&self) -> bool {
        self.cells().any(|cell| {
            let pointer = if cell.overflow.is_some() { 4 } else { 0 };
            !cell.local.is_empty() && cell.local.end + pointer == self.bytes.len()
        })
    }

    fn cell(&self, place: usize) -> Option<Cell> {
        use PageKind::{IndexInterior, TableInterior, TableLeaf};
        let mut at = place;
        let child = match self.kind {
            TableInterior | IndexInterior => {
                let child = self.bytes.get(at..at + 4).map(|bytes| wal::number(bytes, 0))?;
                at += 4;
                Some(child)
            }
            _ => None,
        };
        if self.kind == TableInterior {
            return Some(Cell { rowid: None, child, local: 0..0, length: 0, overflow: None });
        }
        let length = usize::try_from(varint(self.bytes, &mut at)?).ok().filter(|length| *length <= LARGEST_ROW)?;
        let rowid = if self.kind == TableLeaf { Some(varint(self.bytes, &mut at)?) } else { None };
        let local = self.local_length(length);
        let end = at + local;
        let overflow = if local < length { Some(self.bytes.get(end..end + 4)?) } else { None };
        self.bytes.get(at..end)?;
        Some(Cell { rowid, child, local: at..end, length, overflow: overflow.map(|bytes| wal::number(bytes, 0)) })
    }

    /// Returns how many bytes of a row are in the page itself.
    fn local_length(&self, length: usize) -> usize {
        let usable = self.bytes.len();
        let most = match self.kind {
            PageKind::TableLeaf => usable - 35,
            _ => (usable - 12) * 64 / 255 - 23,
        };
        if length <= most {
            return length;
        }
        let least = (usable - 12) * 32 / 255 - 23;
        let fitting = least + (length - least) % (usable - 4);
        if fitting <= most { fitting } else { least }
    }

    /// Reads all bytes of a row; `None` where the pages of its rest end before they are complete.
    pub(in super::super) fn row(&self, image: &Image, cell: &Cell) -> io::Result<Option<Vec<u8>>> {
        let mut row = self.bytes[cell.local.clone()].to_vec();
        // A damaged length must not ask for more than there is.
        if cell.length > image.pages() as usize * image.page_size() {
            return Ok(None);
        }
        let mut next = cell.overflow.unwrap_or(0);
        while row.len() < cell.length {
            if next == 0 || next > image.pages() {
                return Ok(None);
            }
            let page = image.page(next)?;
            next = wal::number(&page, 0);
            let rest = (cell.length - row.len()).min(page.len() - 4);
            row.extend_from_slice(&page[4..4 + rest]);
        }
        Ok(Some(row))
    }
}

fn short(bytes: &[u8], place: usize) -> Option<u16> {
    Some(u16::from_be_bytes([*bytes.get(place)?, *bytes.get(place + 1)?]))
}

/// Reads an integer of variable length and moves behind it.
pub(super) fn varint(bytes: &[u8], at: &mut usize) -> Option<i64> {
    let mut number = 0_u64;
    for place in 0..9 {
        let byte = *bytes.get(*at)?;
        *at += 1;
        if place == 8 {
            return Some((number << 8 | u64::from(byte)) as i64);
        }
        number = number << 7 | u64::from(byte & 0x7f);
        if byte < 0x80 {
            break;
        }
    }
    Some(number as i64)
}
