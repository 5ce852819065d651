//! The versions that an address names: how they are written, and what is read of them.

use std::str::FromStr;

use super::page_error::PageError;
use crate::archive::{Draft, Error, Filter, Reader, Version};

/// A version and what belongs to it.
pub(super) struct Found {
    pub(super) draft: Draft,
    pub(super) version: Version,
    /// As received.
    pub(super) document: Vec<u8>,
    /// The numbers of all versions of the draft, newest first.
    pub(super) numbers: Vec<u64>,
}

/// Reads a version.
pub(super) fn find(reader: &Reader, draft: i64, number: u64) -> Result<Found, PageError> {
    let draft = reader.drafts(&Filter { id: Some(draft), ..Filter::default() })?.pop().ok_or(PageError::NotFound)?;
    let numbers = reader.version_numbers(draft.id)?;
    if !numbers.contains(&number) {
        return Err(absence(reader, draft.id, number)?);
    }
    let version = reader.version(draft.id, number)?;
    let document = reader.document(&version)?;
    Ok(Found { draft, version, document, numbers })
}

/// Says why a draft has no version of a number.
fn absence(reader: &Reader, draft: i64, number: u64) -> Result<PageError, Error> {
    if let Some(pruned_at) = reader.pruned_at(draft, number)? {
        return Ok(PageError::Pruned { draft, number, pruned_at });
    }
    let is_lost = reader.lost_versions(draft)?.iter().any(|lost| lost.number == number);
    Ok(if is_lost { PageError::Lost { draft, number } } else { PageError::NotFound })
}

/// What stands in the place of the versions: `V` or `V..W`, each from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Versions {
    One(u64),
    Between(u64, u64),
}

impl FromStr for Versions {
    type Err = PageError;

    fn from_str(text: &str) -> Result<Self, PageError> {
        let number = |text: &str| text.parse::<u32>().ok().filter(|number| *number > 0).map(u64::from);
        let found = match text.split_once("..") {
            None => number(text).map(Self::One),
            Some((from, to)) => number(from).zip(number(to)).map(|(from, to)| Self::Between(from, to)),
        };
        found.ok_or(PageError::NotFound)
    }
}
