//! What every connection to the archive is limited to.

use rusqlite::Connection;
use rusqlite::config::DbConfig;
use rusqlite::limits::Limit;

/// No text or blob that SQLite reads or makes is larger: the largest picture that can be kept has 100 MiB. A damaged or crafted
/// archive must not ask for more memory than that.
const LARGEST_VALUE: i32 = 128 << 20;

pub(super) fn limit_values(connection: &Connection) -> rusqlite::Result<()> {
    connection.set_limit(Limit::SQLITE_LIMIT_LENGTH, LARGEST_VALUE).map(drop)
}

/// Has SQLite plan each statement once, and not again with each value that is bound: of what a look at an unchanged draft box
/// costs the archive, that is a third. No plan here is better for one value than for another.
pub(super) fn plan_once(connection: &Connection) -> rusqlite::Result<()> {
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true).map(drop)
}
