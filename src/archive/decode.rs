//! Columns to words.

use std::str::FromStr;

use rusqlite::Row;
use rusqlite::types::Type;

use super::quota_report::QuotaSource;
use crate::model::{DraftState, Endpoint, ListOrder, Strategy, Timestamp};

pub(super) fn instant(row: &Row<'_>, column: usize) -> rusqlite::Result<Timestamp> {
    parse(&row.get::<_, String>(column)?, column)
}

pub(super) fn instant_or_null(row: &Row<'_>, column: usize) -> rusqlite::Result<Option<Timestamp>> {
    row.get::<_, Option<String>>(column)?.map(|text| parse(&text, column)).transpose()
}

pub(super) fn order_or_null(row: &Row<'_>, column: usize) -> rusqlite::Result<Option<ListOrder>> {
    row.get::<_, Option<String>>(column)?
        .map(|text| text.parse().map_err(|error| not_a_word(column, error)))
        .transpose()
}

pub(super) fn limit_from(row: &Row<'_>, column: usize) -> rusqlite::Result<QuotaSource> {
    row.get::<_, String>(column)?.parse().map_err(|error| not_a_word(column, error))
}

/// Reads a word that one of our types knows.
pub(super) fn word<T: FromStr<Err: ToString>>(row: &Row<'_>, column: usize) -> rusqlite::Result<T> {
    row.get::<_, String>(column)?.parse().map_err(|error: T::Err| not_a_word(column, error.to_string()))
}

pub(super) fn state(row: &Row<'_>, column: usize) -> rusqlite::Result<DraftState> {
    let text: String = row.get(column)?;
    text.parse().map_err(|error| not_a_word(column, error))
}

pub(super) fn strategy(row: &Row<'_>, column: usize) -> rusqlite::Result<Strategy> {
    row.get::<_, String>(column)?.parse().map_err(|error| not_a_word(column, error))
}

/// Checks that a draft is missing since an instant, or live and not missing: the state stands in the column `state`.
pub(super) fn missing_since(row: &Row<'_>, column: usize, state: DraftState) -> rusqlite::Result<Option<Timestamp>> {
    let since = instant_or_null(row, column)?;
    match since.is_none() == (state == DraftState::Live) {
        true => Ok(since),
        false => Err(not_a_word(column, format!("{since:?} does not fit the state {}", state.as_str()))),
    }
}

pub(super) fn not_a_word(column: usize, error: String) -> rusqlite::Error {
    rusqlite::Error::FromSqlConversionFailure(column, Type::Text, error.into())
}

/// Reads the name of an endpoint; `all` stands for all of them, which is `None`.
pub(super) fn endpoint(row: &Row<'_>, column: usize, all: &str) -> rusqlite::Result<Option<Endpoint>> {
    let name: String = row.get(column)?;
    if name == all {
        return Ok(None);
    }
    let unknown = || not_a_word(column, format!("{name:?} is no interface"));
    Endpoint::ALL.into_iter().find(|endpoint| endpoint.as_str() == name).map(Some).ok_or_else(unknown)
}

fn parse(text: &str, column: usize) -> rusqlite::Result<Timestamp> {
    text.parse().map_err(|_| {
        let told = format!("{text:?} is no instant");
        rusqlite::Error::FromSqlConversionFailure(column, Type::Text, told.into())
    })
}
