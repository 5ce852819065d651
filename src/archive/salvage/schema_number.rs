//! Which schema a damaged archive has. Its header says so, and the definitions of its tables do: either may be damaged.

use std::collections::BTreeSet;
use std::path::Path;

use rusqlite::Connection;

use super::super::error::Error;
use super::super::migrate;
use super::super::pages::{Header, Trees};

/// Returns the number of the schema.
///
/// # Errors
///
/// Where the file is another program's, or a newer archive.
pub(super) fn find(path: &Path, header: Option<Header>, trees: &Trees) -> Result<usize, Error> {
    let found: BTreeSet<&str> = trees.schema.iter().filter_map(|object| object.sql.as_deref()).collect();
    let stated = header.map(|header| header.user_version as usize);
    let (mut best, mut best_score, mut known) = (migrate::NEWEST, 0, BTreeSet::new());
    for number in 1..=migrate::NEWEST {
        let objects = definitions(number).map_err(|error| Error::of(path, &error))?;
        let matched = objects.iter().filter(|sql| found.contains(sql.as_str())).count();
        let score = 2 * matched as i64 - objects.len() as i64;
        if matched > 0 && (known.is_empty() || score > best_score || (score == best_score && stated == Some(number))) {
            (best, best_score, known) = (number, score, objects);
        }
    }
    let is_ours = header.is_none_or(|header| migrate::is_ours(header.application_id));
    match stated {
        _ if known.is_empty() && !found.is_empty() && !is_ours => Err(Error::NotAnArchive(path.to_owned())),
        // It has tables that no schema of this program has.
        Some(stated) if stated > migrate::NEWEST && found.iter().any(|sql| !known.contains(*sql)) => {
            Err(Error::Newer { path: path.to_owned(), found: stated as i64, known: migrate::NEWEST as i64 })
        }
        Some(stated @ 1..=migrate::NEWEST) if !speaks_against(stated, &known, &found, path)? => Ok(stated),
        _ => Ok(best),
    }
}

/// Returns whether a definition was found that the best schema has and the one of this number has not. That others were not found says nothing.
fn speaks_against(number: usize, best: &BTreeSet<String>, found: &BTreeSet<&str>, path: &Path) -> Result<bool, Error> {
    let stated = definitions(number).map_err(|error| Error::of(path, &error))?;
    Ok(best.difference(&stated).any(|sql| found.contains(sql.as_str())))
}

fn definitions(number: usize) -> rusqlite::Result<BTreeSet<String>> {
    let empty: Connection = migrate::fresh(number)?;
    let mut query = empty.prepare("SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL")?;
    query.query_map((), |row| row.get(0))?.collect()
}
