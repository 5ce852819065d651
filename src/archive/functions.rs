//! What SQL can call beside SQLite's own functions. NULL gives NULL, but for `row_checksum`.

use flate2::Crc;
use rusqlite::functions::{Context, FunctionFlags};
use rusqlite::types::{Value, ValueRef};
use rusqlite::{Connection, Error, ffi};

use super::document;
use crate::canonical;
use crate::model::ArticleType;
use crate::render;

/// Pure, and harmless whoever calls: the views of an archive that came from elsewhere may.
const PURE: FunctionFlags =
    FunctionFlags::SQLITE_UTF8.union(FunctionFlags::SQLITE_DETERMINISTIC).union(FunctionFlags::SQLITE_INNOCUOUS);

/// Lets the views rebuild documents, and queries ask what this program knows of them.
pub(super) fn register(connection: &Connection) -> rusqlite::Result<()> {
    connection.create_scalar_function("sqlar_uncompress", 2, PURE, |call| sqlar_uncompress(call))?;
    for arguments in [1, 2] {
        connection.create_scalar_function("plain_text", arguments, PURE, |call| plain_text(call))?;
    }
    connection.create_scalar_function("canonical_hash", 1, PURE, |call| {
        let document = bytes(call, 0)?;
        Ok(document.and_then(|bytes| canonical::canonicalise(bytes).ok()).map(|canonical| canonical.hash().to_string()))
    })?;
    connection.create_scalar_function("picture_identity", 1, PURE, |call| {
        Ok(text(call, 0)?.map(|address| canonical::picture_identity(&address).into_owned()))
    })?;
    register_checksum(connection)
}

/// Registers `row_checksum(value, …)`. The triggers call it, so that every connection that writes needs it.
pub(super) fn register_checksum(connection: &Connection) -> rusqlite::Result<()> {
    connection.create_scalar_function("row_checksum", -1, PURE, |call| Ok(row_checksum(call)))
}

fn row_checksum(call: &Context<'_>) -> u32 {
    checksum_of((0..call.len()).map(|argument| call.get_raw(argument)))
}

/// Returns the CRC-32 of a row's values, as `schema/0011_checksum.sql` defines it.
pub(super) fn checksum_of<'v>(values: impl Iterator<Item = ValueRef<'v>>) -> u32 {
    let mut checksum = Crc::new();
    for value in values {
        match value {
            ValueRef::Null => checksum.update(b"n"),
            ValueRef::Integer(number) => {
                checksum.update(b"i");
                checksum.update(&number.to_be_bytes());
            }
            ValueRef::Real(number) => {
                checksum.update(b"r");
                checksum.update(&number.to_be_bytes());
            }
            ValueRef::Text(bytes) => with_length(&mut checksum, b"t", bytes),
            ValueRef::Blob(bytes) => with_length(&mut checksum, b"b", bytes),
        }
    }
    checksum.sum()
}

fn with_length(checksum: &mut Crc, type_letter: &[u8], bytes: &[u8]) {
    checksum.update(type_letter);
    checksum.update(&(bytes.len() as u64).to_be_bytes());
    checksum.update(bytes);
}

/// `sqlar_uncompress(body, length)`, which the views call: the stock shell has it, the library has not.
fn sqlar_uncompress(call: &Context<'_>) -> rusqlite::Result<Value> {
    let length: i64 = call.get::<Option<i64>>(1)?.unwrap_or_default();
    match (call.get(0)?, usize::try_from(length)) {
        (Value::Blob(body), Ok(length @ 1..)) => match document::unpack(body, length) {
            Ok(bytes) => Ok(Value::Blob(bytes)),
            // A code with a message of its own would arrive as the message alone, and this one tells damage.
            Err(_) => Err(Error::SqliteFailure(ffi::Error::new(ffi::SQLITE_CORRUPT), None)),
        },
        // As in SQLite's own: what has no length is not compressed.
        (plain, _) => Ok(plain),
    }
}

/// `plain_text(content)` reads HTML, `plain_text(content, type)` the content of an article of that type.
fn plain_text(call: &Context<'_>) -> rusqlite::Result<Option<String>> {
    let is_newspic = call.len() > 1 && text(call, 1)?.as_deref() == Some("newspic");
    let article_type = if is_newspic { ArticleType::Newspic } else { ArticleType::News };
    Ok(text(call, 0)?.map(|content| render::plain_text(&content, article_type)))
}

fn bytes<'a>(call: &'a Context<'_>, argument: usize) -> rusqlite::Result<Option<&'a [u8]>> {
    match call.get_raw(argument) {
        ValueRef::Null => Ok(None),
        ValueRef::Text(bytes) | ValueRef::Blob(bytes) => Ok(Some(bytes)),
        ValueRef::Integer(_) | ValueRef::Real(_) => Err(failed(&"a text or a blob is wanted, not a number")),
    }
}

fn text(call: &Context<'_>, argument: usize) -> rusqlite::Result<Option<String>> {
    Ok(bytes(call, argument)?.map(|bytes| String::from_utf8_lossy(bytes).into_owned()))
}

fn failed(why: &impl ToString) -> Error {
    Error::UserFunctionError(why.to_string().into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(sql: &str) -> Result<Option<String>, String> {
        let connection = Connection::open_in_memory().unwrap();
        register(&connection).unwrap();
        connection
            .query_row(&format!("SELECT CAST({sql} AS TEXT)"), (), |row| row.get(0))
            .map_err(|error| error.to_string())
    }

    fn told(sql: &str) -> String {
        asked(sql).unwrap().unwrap_or_else(|| "NULL".to_owned())
    }

    #[test]
    fn functions_know_what_the_program_knows() {
        assert_eq!(told("plain_text('<p>一</p><p>二<br>三</p>')"), "一\n\n二\n三");
        assert_eq!(told("plain_text('一' || char(10) || '二')"), "一 二");
        assert_eq!(told("plain_text('一' || char(10) || '二', 'newspic')"), "一\n二");
        assert_eq!(told("picture_identity('https://mmbiz.qpic.cn/mmbiz_jpg/A/640?wx_fmt=jpeg')"), "A");
        assert_eq!(told("picture_identity('https://example.com/a')"), "https://example.com/a");
        let hash = canonical::canonicalise(b"{\"news_item\":[]}").unwrap().hash().to_string();
        assert_eq!(told("canonical_hash(' {\"news_item\" : []}')"), hash);
        assert_eq!(told("canonical_hash(CAST('{\"news_item\":[]}' AS BLOB))"), hash);
        assert_eq!(told("canonical_hash('no draft')"), "NULL");
    }

    #[test]
    fn a_checksum_is_that_of_types_and_contents() {
        let sql = "SELECT row_checksum(NULL, 1, 'a', x'61'), row_checksum()";
        let connection = Connection::open_in_memory().unwrap();
        register_checksum(&connection).unwrap();
        let sums = connection.query_row(sql, (), |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
        assert_eq!(sums, (0xc715_5879_u32, 0_u32));
        assert_ne!(told("row_checksum('1')"), told("row_checksum(1)"));
        assert_ne!(told("row_checksum('ab', 'c')"), told("row_checksum('a', 'bc')"));
        assert_ne!(told("row_checksum(NULL)"), told("row_checksum('')"));
    }

    #[test]
    fn null_gives_null() {
        for call in ["plain_text(NULL)", "picture_identity(NULL)", "canonical_hash(NULL)"] {
            assert_eq!(told(call), "NULL", "{call}");
        }
    }

    #[test]
    fn bodies_are_uncompressed_as_the_stock_shell_does() {
        let connection = Connection::open_in_memory().unwrap();
        register(&connection).unwrap();
        let packed = document::pack(&b"a".repeat(1000));
        let uncompress = |body: &[u8], length: i64| {
            connection.query_row("SELECT sqlar_uncompress(?1, ?2)", (body, length), |row| row.get::<_, Vec<u8>>(0))
        };
        assert_eq!(uncompress(&packed.body, 1000).unwrap(), b"a".repeat(1000));
        assert_eq!(uncompress(b"plain", 5).unwrap(), b"plain");
        assert_eq!(uncompress(b"plain", 0).unwrap(), b"plain");
        let damaged = uncompress(b"plain", 9).unwrap_err();
        assert_eq!(damaged.sqlite_error_code(), Some(rusqlite::ErrorCode::DatabaseCorrupt));
        assert_eq!(told("sqlar_uncompress(NULL, NULL)"), "NULL");
    }

    #[test]
    fn what_is_no_text_is_refused() {
        assert_eq!(asked("plain_text(3)").unwrap_err(), "a text or a blob is wanted, not a number");
    }
}
