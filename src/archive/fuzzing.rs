//! What fuzzing feeds: the reader of pages below a repair, without the new archive that takes so long to make. Not part of any other
//! build.

use std::io;
use std::path::Path;

use super::error::Error;
use super::pages::{Image, Page, Trees, decode, free_pages};

/// Reads a file page by page, and returns how many rows it finds.
///
/// # Errors
///
/// If it cannot be read.
pub fn rows(path: &Path) -> Result<u64, Error> {
    let image = Image::open(path)?;
    count(&image).map_err(|source| Error::File { what: "cannot read", path: path.to_owned(), source })
}

fn count(image: &Image) -> io::Result<u64> {
    image.header()?;
    let trees = Trees::read(image, &free_pages(image)?)?;
    let mut rows = 0;
    for number in 1..=image.pages() {
        trees.of(number);
        rows += rows_of_page(image, number)?;
    }
    if let Some((image, changed)) = image.behind_damage()? {
        for number in changed {
            rows += rows_of_page(&image, number)?;
        }
    }
    Ok(rows)
}

fn rows_of_page(image: &Image, number: u32) -> io::Result<u64> {
    let bytes = image.page(number)?;
    let Some(page) = Page::parse(&bytes, number) else { return Ok(0) };
    let mut rows = 0;
    for cell in page.cells() {
        rows += u64::from(page.row(image, &cell)?.and_then(|row| decode(&row)).is_some());
    }
    Ok(rows)
}
