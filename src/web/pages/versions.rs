//! `/d/ID/V` and `/d/ID/V..W`: one version, or what changed between two.

use std::str::FromStr;

use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;

use super::super::access::Visitor;
use super::super::answer::PageError;
use super::super::caller::Caller;
use super::super::extract::{Params, Segments};
use super::super::scope::Scope;
use super::super::site::Site;
use super::{View, compare, version};
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

/// What stands in the place of the versions: `V` or `V..W`, each from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in super::super) enum Versions {
    One(u64),
    Between(u64, u64),
}

/// Returns the address of the page that compares two versions; of the version itself where both are the same.
pub(in super::super) fn address(draft: i64, (from, to): (u64, u64)) -> String {
    if from == to { format!("/d/{draft}/{to}") } else { format!("/d/{draft}/{from}..{to}") }
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

#[derive(Debug, Deserialize)]
pub(in super::super) struct Choice {
    #[serde(default)]
    pub(super) view: View,
}

pub(in super::super) async fn get(
    State(site): State<Site>,
    visitor: Visitor,
    caller: Caller,
    Segments((draft, versions)): Segments<(i64, String)>,
    Params(Choice { view }): Params<Choice>,
) -> Result<Response, PageError> {
    let scope = Scope::All(&visitor);
    match versions.parse()? {
        Versions::One(number) => version::page(&site, &scope, &caller, draft, number).await,
        Versions::Between(from, to) if from > to => {
            Ok(Redirect::to(&format!("/d/{draft}/{to}..{from}")).into_response())
        }
        Versions::Between(from, to) => compare::page(&site, &scope, &caller, draft, (from, to), view).await,
    }
}
