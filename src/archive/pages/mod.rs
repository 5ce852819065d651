//! A database file read page by page, as <https://www.sqlite.org/fileformat2.html> describes it: SQLite itself gives up a table at
//! the first page that it cannot read, and what lies behind that page is there all the same.
//!
//! [`Image`] returns pages, [`tree`] tells which table each page belongs to, [`page`] finds the rows in one, and [`values`] reads a
//! row. Nothing is believed: every number may be damaged, and what does not fit is left out.

mod image;
mod journal;
mod page;
mod tree;
mod values;

pub(super) use image::{Header, Image};
pub(super) use page::{Page, PageKind};
pub(super) use tree::{Trees, free_pages};
pub(super) use values::decode;
