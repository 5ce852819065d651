//! Columns to words.

use rusqlite::Row;
use rusqlite::types::Type;

use crate::model::{DraftState, Timestamp};

pub(super) fn instant(row: &Row<'_>, column: usize) -> rusqlite::Result<Timestamp> {
    parse(&row.get::<_, String>(column)?, column)
}

pub(super) fn instant_or_null(row: &Row<'_>, column: usize) -> rusqlite::Result<Option<Timestamp>> {
    row.get::<_, Option<String>>(column)?.map(|text| parse(&text, column)).transpose()
}

pub(super) fn state(row: &Row<'_>, column: usize) -> rusqlite::Result<DraftState> {
    let text: String = row.get(column)?;
    text.parse().map_err(|error: String| rusqlite::Error::FromSqlConversionFailure(column, Type::Text, error.into()))
}

fn parse(text: &str, column: usize) -> rusqlite::Result<Timestamp> {
    text.parse().map_err(|_| {
        let told = format!("{text:?} is no instant");
        rusqlite::Error::FromSqlConversionFailure(column, Type::Text, told.into())
    })
}
