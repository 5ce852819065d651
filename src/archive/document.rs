//! How documents are stored: the newest version whole, the ones before it as deltas, each compressed as SQLite's
//! `sqlar` does. Reads and writes the tables `whole`, `delta` and `received`.

use std::io::{Read, Write};

use flate2::Compression;
use flate2::read::ZlibDecoder;
use flate2::write::ZlibEncoder;
use rusqlite::{Connection, OptionalExtension};

use super::delta;
use super::error::Error;
use super::internal_error::{InternalError, separate_damage};
use crate::model::LARGEST_DOCUMENT;

/// No more versions than this are ever stored to be rebuilt one from another: reading any version stays a matter of milliseconds. Longer
/// chains are read too: what is there is refused for no length.
pub(super) const LONGEST_CHAIN: i64 = 64;

const INSERT_WHOLE: &str = "INSERT INTO whole (version, length, body) VALUES (?1, ?2, ?3)";

/// Bytes as they lie in a body column.
pub(super) struct Packed {
    pub(super) length: usize,
    pub(super) body: Vec<u8>,
}

/// Compresses bytes, or leaves them plain where that does not make them smaller.
pub(super) fn pack(bytes: &[u8]) -> Packed {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::best());
    let compressed = encoder.write_all(bytes).and_then(|()| encoder.finish());
    let body = match compressed {
        Ok(body) if body.len() < bytes.len() => body,
        _ => bytes.to_vec(),
    };
    Packed { length: bytes.len(), body }
}

/// Undoes [`pack`].
pub(super) fn unpack(body: Vec<u8>, length: usize) -> Result<Vec<u8>, Error> {
    if length > LARGEST_DOCUMENT || body.len() > LARGEST_DOCUMENT {
        return Err(Error::Damaged(format!("{} bytes are more than any document has", length.max(body.len()))));
    }
    if body.len() == length {
        return Ok(body);
    }
    // A damaged length must not ask for more memory than DEFLATE could ever fill (RFC 1951: 1032 bytes from one).
    let mut bytes = Vec::with_capacity(length.min(body.len() * 1032));
    let limit = (length as u64).saturating_add(1);
    match ZlibDecoder::new(&body[..]).take(limit).read_to_end(&mut bytes) {
        Ok(read) if read == length => Ok(bytes),
        Ok(_) => Err(Error::Damaged("a document has another length than it was stored with".to_owned())),
        Err(error) => Err(Error::Damaged(format!("a document cannot be decompressed: {error}"))),
    }
}

/// Stores a version's document whole.
pub(super) fn store(connection: &Connection, version: i64, document: &[u8]) -> Result<(), InternalError> {
    insert(connection, INSERT_WHOLE, version, document)
}

/// Stores the bytes as received of a document that had to be repaired.
pub(super) fn store_received(connection: &Connection, version: i64, bytes: &[u8]) -> Result<(), InternalError> {
    insert(connection, "INSERT INTO received (version, length, body) VALUES (?1, ?2, ?3)", version, bytes)
}

fn insert(connection: &Connection, sql: &'static str, version: i64, bytes: &[u8]) -> Result<(), InternalError> {
    if bytes.len() > LARGEST_DOCUMENT {
        return Err(Error::ReadBack("it is larger than 32 MiB").into());
    }
    Ok(insert_packed(connection, sql, version, pack(bytes))?)
}

fn insert_packed(connection: &Connection, sql: &'static str, version: i64, packed: Packed) -> rusqlite::Result<()> {
    connection.prepare_cached(sql)?.execute((version, packed.length, packed.body)).map(drop)
}

/// Makes the document of `older` a delta on that of `newer`, the version after it; leaves it whole where the delta is
/// over half its size, or where the chain of deltas through it would become too long.
pub(super) fn replace_with_delta(
    connection: &Connection,
    older: i64,
    newer: i64,
    newer_document: &[u8],
) -> Result<(), InternalError> {
    let depth = depth(newer, |version| base_of(connection, version))?;
    if delta_chain_len(connection, older)? + 1 + depth >= LONGEST_CHAIN {
        return Ok(());
    }
    let document = load(connection, older)?;
    let size: Option<usize> = connection
        .prepare_cached("SELECT length(body) FROM whole WHERE version = ?1")?
        .query_row([older], |row| row.get(0))
        .optional()?;
    // One that is a delta already builds on a version between the two, whose number is damaged.
    let Some(packed) = size.and_then(|size| packed_delta(newer_document, &document, size)) else { return Ok(()) };
    insert_delta(connection, older, newer, packed)?;
    connection.prepare_cached("DELETE FROM whole WHERE version = ?1")?.execute([older])?;
    if load(connection, older)? == document {
        Ok(())
    } else {
        Err(Error::ReadBack("its delta makes another document").into())
    }
}

/// A document that is to be stored in another form.
pub(super) struct Recoded {
    pub(super) version: i64,
    /// On which it builds; `None` where it is whole.
    pub(super) base: Option<i64>,
    packed: Packed,
}

/// Returns the document of a version as a delta on `base`, a newer version; whole where a new version would have left it so, or where
/// `may_be_delta` forbids it. Writes nothing.
pub(super) fn recode(
    connection: &Connection,
    version: i64,
    base: i64,
    may_be_delta: bool,
) -> Result<Recoded, InternalError> {
    let document = load(connection, version)?;
    let whole = pack(&document);
    let delta = match may_be_delta {
        true => packed_delta(&load(connection, base)?, &document, whole.body.len()),
        false => None,
    };
    Ok(match delta {
        Some(packed) => Recoded { version, base: Some(base), packed },
        None => Recoded { version, base: None, packed: whole },
    })
}

/// Puts another form in the place of a delta. That the same document comes back is proven by the caller.
pub(super) fn replace_delta(connection: &Connection, recoded: Recoded) -> rusqlite::Result<()> {
    let Recoded { version, base, packed } = recoded;
    connection.prepare_cached("DELETE FROM delta WHERE version = ?1")?.execute([version])?;
    match base {
        Some(base) => insert_delta(connection, version, base, packed),
        None => insert_packed(connection, INSERT_WHOLE, version, packed),
    }
}

/// Counts the deltas from a version to the one that is whole, its own included; `base_of` tells the base of each.
pub(super) fn depth(
    version: i64,
    base_of: impl Fn(i64) -> rusqlite::Result<Option<i64>>,
) -> Result<i64, InternalError> {
    let (mut depth, mut at) = (0, version);
    while let Some(base) = base_of(at)? {
        if base <= at {
            return Err(on_older().into());
        }
        (depth, at) = (depth + 1, base);
    }
    Ok(depth)
}

/// A base is recorded later than what builds on it; anything else would be a circle.
fn on_older() -> Error {
    Error::Damaged("a document builds on an older version".to_owned())
}

/// Returns the version that the delta of a version is on; `None` where it is whole.
pub(super) fn base_of(connection: &Connection, version: i64) -> rusqlite::Result<Option<i64>> {
    connection
        .prepare_cached("SELECT base FROM delta WHERE version = ?1")?
        .query_row([version], |row| row.get(0))
        .optional()
}

/// Returns the delta that makes `older` from `newer`, where it is not over half of the `size` that `older` has when it is whole.
fn packed_delta(newer: &[u8], older: &[u8], size: usize) -> Option<Packed> {
    let operations = delta::delta(newer, older).filter(|operations| operations.len() <= LARGEST_DOCUMENT)?;
    Some(pack(&operations)).filter(|packed| packed.body.len() * 2 <= size)
}

fn insert_delta(connection: &Connection, version: i64, base: i64, packed: Packed) -> rusqlite::Result<()> {
    connection
        .prepare_cached("INSERT INTO delta (version, base, length, body) VALUES (?1, ?2, ?3, ?4)")?
        .execute((version, base, packed.length, packed.body))
        .map(drop)
}

/// Counts the versions just before `version` that are deltas.
fn delta_chain_len(connection: &Connection, version: i64) -> rusqlite::Result<i64> {
    connection
        .prepare_cached(
            "SELECT (SELECT count(*) FROM version delta WHERE delta.draft = this.draft AND delta.number < this.number
                     AND delta.number > coalesce((
                         SELECT older.number FROM version older JOIN whole ON whole.version = older.id
                         WHERE older.draft = this.draft AND older.number < this.number
                         ORDER BY older.number DESC LIMIT 1), 0))
             FROM version this WHERE this.id = ?1",
        )?
        .query_row([version], |row| row.get(0))
}

/// Returns a version's document in the form that the views read: repaired, where it had to be.
pub(super) fn load(connection: &Connection, version: i64) -> Result<Vec<u8>, InternalError> {
    let mut deltas = Vec::new();
    let mut at = version;
    let mut document = loop {
        if let Some(document) = load_full(connection, at)? {
            break document;
        }
        let Some((base, operations)) = delta_of(connection, at)? else {
            return Err(Error::Damaged("a version has no document".to_owned()).into());
        };
        if base <= at {
            return Err(on_older().into());
        }
        deltas.push(operations);
        at = base;
    };
    for operations in deltas.into_iter().rev() {
        document = apply_delta(&document, operations)?;
    }
    Ok(document)
}

/// Returns a version's document as received.
pub(super) fn load_raw(connection: &Connection, version: i64) -> Result<Vec<u8>, InternalError> {
    match load_raw_body(connection, version)? {
        Some(received) => Ok(received),
        None => load(connection, version),
    }
}

/// A version's document, in both its forms.
#[derive(Clone, Copy, Debug)]
pub struct StoredDocument<'a> {
    /// The form that the views read: repaired, where what was received is not strict JSON in valid UTF-8.
    pub normalized: &'a [u8],
    /// The bytes as received.
    pub raw: &'a [u8],
}

/// Walks the documents of one draft from the newest version to the oldest, rebuilding each from the one before. One that
/// is damaged, or builds on one that is, is handed over as [`Error::Damaged`], and the walk goes on.
pub(super) fn for_each_document(
    connection: &Connection,
    newest_first: &[i64],
    mut each: impl FnMut(Result<StoredDocument<'_>, Error>) -> Result<(), Error>,
) -> Result<(), InternalError> {
    let mut newer: Option<(i64, Option<Vec<u8>>)> = None;
    for &version in newest_first {
        let normalized = separate_damage(reconstruct_next(connection, version, newer.as_ref()))?;
        let raw = separate_damage(load_raw_body(connection, version))?;
        // What comes next builds on the readable form, whatever became of the bytes as received.
        let base = match (normalized, raw) {
            (Ok(normalized), Ok(raw)) => {
                let raw = raw.as_deref().unwrap_or(&normalized);
                each(Ok(StoredDocument { normalized: &normalized, raw }))?;
                Some(normalized)
            }
            (Ok(normalized), Err(damaged)) => {
                each(Err(damaged))?;
                Some(normalized)
            }
            (Err(damaged), _) => {
                each(Err(damaged))?;
                None
            }
        };
        newer = Some((version, base));
    }
    Ok(())
}

/// Rebuilds a document on the version after it, where that is its base and has just been rebuilt itself.
fn reconstruct_next(
    connection: &Connection,
    version: i64,
    newer: Option<&(i64, Option<Vec<u8>>)>,
) -> Result<Vec<u8>, InternalError> {
    match (delta_of(connection, version)?, newer) {
        (Some((base, operations)), Some((id, Some(document)))) if base == *id => Ok(apply_delta(document, operations)?),
        (Some((base, _)), Some((id, None))) if base == *id => {
            Err(Error::Damaged("it builds on the version after it, which is damaged".to_owned()).into())
        }
        _ => load(connection, version),
    }
}

fn apply_delta(newer: &[u8], operations: Packed) -> Result<Vec<u8>, Error> {
    let operations = unpack(operations.body, operations.length)?;
    delta::apply(newer, &operations).ok_or_else(|| Error::Damaged("a delta does not fit its base".to_owned()))
}

fn load_full(connection: &Connection, version: i64) -> Result<Option<Vec<u8>>, InternalError> {
    load_body(connection, "SELECT length, body FROM whole WHERE version = ?1", version)
}

fn load_raw_body(connection: &Connection, version: i64) -> Result<Option<Vec<u8>>, InternalError> {
    load_body(connection, "SELECT length, body FROM received WHERE version = ?1", version)
}

fn load_body(connection: &Connection, sql: &'static str, version: i64) -> Result<Option<Vec<u8>>, InternalError> {
    let row: Option<(usize, Vec<u8>)> =
        connection.prepare_cached(sql)?.query_row([version], |row| Ok((row.get(0)?, row.get(1)?))).optional()?;
    Ok(row.map(|(length, body)| unpack(body, length)).transpose()?)
}

/// Returns the base of a version's document, and the operations on it, still packed: many of them wait for their base at once.
fn delta_of(connection: &Connection, version: i64) -> rusqlite::Result<Option<(i64, Packed)>> {
    connection
        .prepare_cached("SELECT base, length, body FROM delta WHERE version = ?1")?
        .query_row([version], |row| Ok((row.get(0)?, Packed { length: row.get(1)?, body: row.get(2)? })))
        .optional()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn what_is_packed_comes_back(bytes: Vec<u8>, repeat in 1_usize..50) {
            let bytes = bytes.repeat(repeat);
            let packed = pack(&bytes);
            prop_assert!(packed.body.len() <= bytes.len());
            prop_assert_eq!(unpack(packed.body, packed.length).unwrap(), bytes);
        }
    }

    #[test]
    fn a_damaged_body_is_named_and_never_grows_beyond_its_length() {
        let mut packed = pack(&b"a".repeat(1000));
        assert!(unpack(packed.body.clone(), 10).is_err());
        assert!(unpack(packed.body.clone(), 2000).is_err());
        assert!(unpack(packed.body.clone(), usize::MAX).is_err());
        packed.body[5] ^= 0xff;
        assert!(matches!(unpack(packed.body, packed.length), Err(Error::Damaged(_))));
    }
}
