//! `/d/ID/V` and `/d/ID/V..W`: one version, or what changed between two.

use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};

use super::super::access::Visitor;
use super::super::answer::PageError;
use super::super::caller::Caller;
use super::super::extract::Segments;
use super::super::site::Site;
use super::{compare, version};
use crate::archive::{Draft, Filter, Reader, Version};

/// A version and what belongs to it.
pub(in super::super) struct Found {
    pub(in super::super) draft: Draft,
    pub(in super::super) version: Version,
    /// As received.
    pub(in super::super) document: Vec<u8>,
    /// The numbers of all versions of the draft, newest first.
    pub(in super::super) numbers: Vec<u64>,
}

/// Reads a version.
pub(in super::super) fn find(reader: &Reader, draft: i64, number: u64) -> Result<Found, PageError> {
    let draft = reader.drafts(&Filter { id: Some(draft), ..Filter::default() })?.pop().ok_or(PageError::NotFound)?;
    let numbers = reader.version_numbers(draft.id)?;
    if !numbers.contains(&number) {
        return Err(PageError::NotFound);
    }
    let version = reader.version(draft.id, number)?;
    let document = reader.document(&version)?;
    Ok(Found { draft, version, document, numbers })
}

pub(in super::super) async fn get(
    State(site): State<Site>,
    visitor: Visitor,
    caller: Caller,
    Segments((draft, versions)): Segments<(i64, String)>,
) -> Result<Response, PageError> {
    let number = |text: &str| text.parse::<u32>().ok().filter(|number| *number > 0).ok_or(PageError::NotFound);
    match versions.split_once("..") {
        None => version::page(&site, &visitor, &caller, draft, number(&versions)?.into()).await,
        Some((from, to)) => match (number(from)?, number(to)?) {
            (from, to) if from > to => Ok(Redirect::to(&format!("/d/{draft}/{to}..{from}")).into_response()),
            (from, to) => compare::page(&site, &visitor, &caller, draft, (from, to)).await,
        },
    }
}
