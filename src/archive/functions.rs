//! Functions of ours that SQL may call.

use rusqlite::functions::{Context, FunctionFlags};
use rusqlite::types::Value;
use rusqlite::{Connection, Error, Result};

use super::document;

/// Makes the functions known to a connection.
pub(super) fn register(connection: &Connection) -> Result<()> {
    let pure = FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DETERMINISTIC | FunctionFlags::SQLITE_INNOCUOUS;
    connection.create_scalar_function("sqlar_uncompress", 2, pure, |call| sqlar_uncompress(call))
}

/// `sqlar_uncompress(body, length)`, which the views call: the stock shell has it, the library has not.
fn sqlar_uncompress(call: &Context<'_>) -> Result<Value> {
    let length: i64 = call.get::<Option<i64>>(1)?.unwrap_or_default();
    match (call.get(0)?, usize::try_from(length)) {
        (Value::Blob(body), Ok(length @ 1..)) => match document::unpack(body, length) {
            Ok(bytes) => Ok(Value::Blob(bytes)),
            Err(error) => Err(Error::UserFunctionError(Box::new(error))),
        },
        // As in SQLite's own: what has no length is not compressed.
        (plain, _) => Ok(plain),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
        assert!(uncompress(b"plain", 9).is_err());
        let null = connection.query_row("SELECT sqlar_uncompress(NULL, NULL)", (), |row| row.get::<_, Value>(0));
        assert_eq!(null.unwrap(), Value::Null);
    }
}
