//! The schema's steps. `PRAGMA user_version` is the number of the last one that was taken.
//!
//! Never remove or edit a step that was released: archives in the field have taken it. Never make a step that loses
//! what an older program stored.

use std::path::Path;
use std::sync::OnceLock;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, TransactionBehavior, ffi};

use super::copy::copy;
use super::error::Error;
use super::files::sibling_path;
use super::functions;

const STEPS: &[&str] = &[
    include_str!("../../schema/0001_archive.sql"),
    include_str!("../../schema/0002_restore.sql"),
    include_str!("../../schema/0003_quota.sql"),
    include_str!("../../schema/0004_pictures.sql"),
    include_str!("../../schema/0005_rename.sql"),
    include_str!("../../schema/0006_journal_mark.sql"),
    include_str!("../../schema/0007_missed.sql"),
    include_str!("../../schema/0008_flips.sql"),
    include_str!("../../schema/0009_held_back.sql"),
    include_str!("../../schema/0010_plans.sql"),
    include_str!("../../schema/0011_checksum.sql"),
    include_str!("../../schema/0012_picture_uses.sql"),
    include_str!("../../schema/0013_damage.sql"),
    include_str!("../../schema/0014_web.sql"),
    include_str!("../../schema/0015_damaged_numbers.sql"),
    include_str!("../../schema/0016_web_restore.sql"),
    include_str!("../../schema/0017_failures.sql"),
    include_str!("../../schema/0018_events.sql"),
    include_str!("../../schema/0019_conditions.sql"),
    include_str!("../../schema/0020_version_counts.sql"),
    include_str!("../../schema/0021_outbox.sql"),
    include_str!("../../schema/0022_damaged_sums.sql"),
    include_str!("../../schema/0023_pins.sql"),
    include_str!("../../schema/0024_copies.sql"),
    include_str!("../../schema/0025_pruning.sql"),
    include_str!("../../schema/0026_repair.sql"),
    include_str!("../../schema/0027_event_causes.sql"),
    include_str!("../../schema/0028_proof.sql"),
    include_str!("../../schema/0029_unneeded_pictures.sql"),
    include_str!("../../schema/0030_gate.sql"),
    include_str!("../../schema/0031_document_view.sql"),
];

/// Marks the file as ours (`PRAGMA application_id`): "DKEP" in ASCII.
const APPLICATION_ID: i64 = 0x444b_4550;

/// Brings the archive to this program's schema, in one transaction, after a copy of an older one was put beside it. Returns
/// whether it was of another.
pub(super) fn migrate(connection: &mut Connection, path: &Path) -> Result<bool, Error> {
    migrate_by(connection, path, STEPS)
}

fn migrate_by(connection: &mut Connection, path: &Path, steps: &[&str]) -> Result<bool, Error> {
    let sqlite = |error: rusqlite::Error| Error::of(path, &error);
    let known = steps.len() as i64;
    if check(connection, path, steps.len())? == known {
        return Ok(false);
    }
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(sqlite)?;
    // Asked again now that nobody else can write: another process may have just taken the steps.
    let found = check(&transaction, path, steps.len())?;
    if found == 0 {
        transaction.pragma_update(None, "application_id", APPLICATION_ID).map_err(sqlite)?;
    } else if found < known {
        keep_copy(path, found)?;
    }
    for step in &steps[found as usize..] {
        transaction.execute_batch(step).map_err(|error| refused(&error, path))?;
    }
    transaction.pragma_update(None, "user_version", known).map_err(sqlite)?;
    transaction.commit().map_err(sqlite)?;
    Ok(true)
}

/// How many schemas this program knows: the number of the newest one.
pub(super) const NEWEST: usize = STEPS.len();

/// Makes the tables of the schema of that number in an empty file.
pub(super) fn create(connection: &Connection, number: usize) -> rusqlite::Result<()> {
    // In one transaction: with one for each statement, it takes half as long again.
    let transaction = connection.unchecked_transaction()?;
    transaction.pragma_update(None, "application_id", APPLICATION_ID)?;
    STEPS.iter().take(number).try_for_each(|step| transaction.execute_batch(step))?;
    transaction.pragma_update(None, "user_version", number as i64)?;
    transaction.commit()
}

/// Brings an archive that nobody else has to this program's schema, without a copy.
pub(super) fn complete(connection: &Connection, path: &Path) -> Result<(), Error> {
    let number = check(connection, path, NEWEST)?;
    for step in &STEPS[number as usize..] {
        connection.execute_batch(step).map_err(|error| refused(&error, path))?;
    }
    connection.pragma_update(None, "user_version", NEWEST as i64).map_err(|error| Error::of(path, &error))
}

/// Returns whether the first page of a file marks it as ours.
pub(super) fn is_ours(application_id: u32) -> bool {
    i64::from(application_id) == APPLICATION_ID
}

/// The steps are what they were when they were tested, and look at every row of the tables that they change: what they refuse
/// was changed on the disk.
fn refused(error: &rusqlite::Error, path: &Path) -> Error {
    match Error::of(path, error) {
        Error::Other(reason) => {
            Error::Damaged(format!("its tables cannot be brought to this program's schema: {reason}"))
        }
        other => other,
    }
}

/// Returns an empty database of the schema of that number, in memory. To make its tables takes longer than to read them, and whoever
/// verifies many archives needs one for each: so their bytes are kept.
pub(super) fn fresh(number: usize) -> rusqlite::Result<Connection> {
    static EMPTY: [OnceLock<Vec<u8>>; NEWEST + 1] = [const { OnceLock::new() }; NEWEST + 1];
    let mut connection = Connection::open_in_memory()?;
    functions::register_checksum(&connection)?;
    let empty = &EMPTY[number.min(NEWEST)];
    match empty.get() {
        Some(bytes) => connection.deserialize_read_exact("main", bytes.as_slice(), bytes.len(), false)?,
        None => {
            STEPS.iter().take(number).try_for_each(|step| connection.execute_batch(step))?;
            let bytes = connection.serialize("main")?.to_vec();
            empty.get_or_init(|| bytes);
        }
    }
    Ok(connection)
}

/// Returns the archive's schema number, 0 for a file that is still empty.
///
/// # Errors
///
/// Where the file is something else, or newer than this program.
pub(super) fn version(connection: &Connection, path: &Path) -> Result<i64, Error> {
    check(connection, path, STEPS.len())
}

/// Returns the schema number of an archive that was opened, which may be an older one.
pub(super) fn number(connection: &Connection) -> rusqlite::Result<i64> {
    connection.pragma_query_value(None, "user_version", |row| row.get(0))
}

fn check(connection: &Connection, path: &Path, known: usize) -> Result<i64, Error> {
    // Asked for every draft of a list.
    let number = |sql| {
        let number =
            connection.prepare_cached(sql).and_then(|mut query| query.query_row((), |row| row.get::<_, i64>(0)));
        number.map_err(|error| Error::of(path, &error))
    };
    // In this order: between two of these, another process may commit the first schema, tables and mark together.
    let has_tables = number("SELECT count(*) FROM sqlite_schema")? > 0;
    let is_ours = number("PRAGMA application_id")? == APPLICATION_ID;
    let found = number("PRAGMA user_version")?;
    match found {
        _ if has_tables && !is_ours => Err(Error::NotAnArchive(path.to_owned())),
        ..0 => Err(Error::Damaged(format!("its schema has the number {found}"))),
        _ if found > known as i64 => Err(Error::Newer { path: path.to_owned(), found, known: known as i64 }),
        _ => Ok(found),
    }
}

/// Copies the archive as it is before a migration, through a connection of its own: the transaction at hand has
/// written nothing yet.
fn keep_copy(path: &Path, found: i64) -> Result<(), Error> {
    let reader = Connection::open_with_flags(path, rusqlite::OpenFlags::SQLITE_OPEN_READ_ONLY)
        .map_err(|error| Error::of(path, &error))?;
    copy(&reader, &sibling_path(path, &format!(".schema-{found}")))
}

/// Returns whether an archive that may be of an older schema has a table. Those of today's have all that are asked for: where one is not there, the
/// list of tables is damaged, which SQLite notices only in part. Of a file of which only a part can be read, what is missing is told once, when it is opened.
pub(super) fn has_table(connection: &Connection, name: &str) -> rusqlite::Result<bool> {
    let is_there = connection.table_exists(Some("main"), name)?;
    let is_whole = !connection.db_config(DbConfig::SQLITE_DBCONFIG_WRITABLE_SCHEMA)?;
    if !is_there && is_whole && number(connection)? == STEPS.len() as i64 {
        let corrupt = ffi::Error::new(ffi::SQLITE_CORRUPT);
        return Err(rusqlite::Error::SqliteFailure(corrupt, Some(format!("it has no table {name}"))));
    }
    Ok(is_there)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn open(path: &Path) -> Connection {
        let connection = Connection::open(path).unwrap();
        functions::register_checksum(&connection).unwrap();
        connection
    }

    #[test]
    fn an_older_archive_is_copied_then_migrated() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("archive.db");
        let first = "CREATE TABLE a (x) STRICT".replace("(x)", "(x TEXT)");
        migrate_by(&mut open(&path), &path, &[&first]).unwrap();
        open(&path).execute("INSERT INTO a VALUES ('kept')", ()).unwrap();

        let steps = [first.as_str(), "ALTER TABLE a ADD COLUMN y TEXT"];
        migrate_by(&mut open(&path), &path, &steps).unwrap();
        migrate_by(&mut open(&path), &path, &steps).unwrap();

        let kept = |path: &Path, column| {
            open(path).query_row(&format!("SELECT {column} FROM a"), (), |row| row.get::<_, Option<String>>(0))
        };
        assert_eq!(kept(&path, "y"), Ok(None));
        let copy = directory.path().join("archive.db.schema-1");
        assert_eq!(kept(&copy, "x"), Ok(Some("kept".to_owned())));
        assert!(kept(&copy, "y").is_err());
    }

    #[test]
    fn a_row_that_breaks_the_rules_of_its_table_is_damage() {
        for flip in ["PRAGMA ignore_check_constraints = ON; UPDATE a SET x = 'mbve'", ""] {
            let directory = tempfile::tempdir().unwrap();
            let path = directory.path().join("archive.db");
            let first = "CREATE TABLE a (x TEXT CHECK (x = 'live')) STRICT";
            migrate_by(&mut open(&path), &path, &[first]).unwrap();
            open(&path).execute_batch(&format!("INSERT INTO a VALUES ('live'); {flip}")).unwrap();
            let taken = migrate_by(&mut open(&path), &path, &[first, "ALTER TABLE a ADD COLUMN y INTEGER"]);
            assert_eq!(matches!(taken, Err(Error::Damaged(_))), !flip.is_empty(), "{taken:?}");
            assert_eq!(version(&open(&path), &path).unwrap(), if flip.is_empty() { 2 } else { 1 });
        }
    }

    #[test]
    fn an_older_copy_stays_where_no_new_one_can_be_made() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("archive.db");
        let first = "CREATE TABLE a (x TEXT) STRICT";
        migrate_by(&mut open(&path), &path, &[first]).unwrap();
        let fill = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2000)
                    INSERT INTO a SELECT hex(randomblob(50)) FROM n";
        open(&path).execute_batch(fill).unwrap();
        let mut bytes = std::fs::read(&path).unwrap();
        let middle = bytes.len() / 2 / 4096 * 4096;
        bytes[middle..middle + 4096].fill(0xff);
        std::fs::write(&path, bytes).unwrap();
        let copy = directory.path().join("archive.db.schema-1");
        std::fs::write(&copy, "the older copy").unwrap();
        let error = migrate_by(&mut open(&path), &path, &[first, "ALTER TABLE a ADD COLUMN y TEXT"]).unwrap_err();
        assert!(matches!(error, Error::Damaged(_)), "{error}");
        assert_eq!(std::fs::read(&copy).unwrap(), b"the older copy");
        assert_eq!(std::fs::read_dir(directory.path()).unwrap().count(), 2, "nothing unfinished stays");
    }

    #[test]
    fn a_step_that_fails_leaves_the_archive_as_it_was() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("archive.db");
        let first = "CREATE TABLE a (x TEXT) STRICT";
        migrate_by(&mut open(&path), &path, &[first]).unwrap();
        assert!(migrate_by(&mut open(&path), &path, &[first, "CREATE TABLE b (x TEXT) STRICT; nonsense"]).is_err());
        assert_eq!(check(&open(&path), &path, 1).unwrap(), 1);
        assert!(open(&path).execute("SELECT * FROM b", ()).is_err());
    }

    #[test]
    fn events_keep_their_numbers_and_checksums_and_a_damaged_value_stays_damage() {
        let connection = fresh(18).unwrap();
        let event = "INSERT INTO account (id, name, appid, first_seen) VALUES (1, 'mag', 'wx1', '');
                     INSERT INTO event (id, account, kind, severity, at) VALUES (7, 1, 'draft.gone', 'warning', '2026-09-01T02:00:00.000Z')";
        connection.execute_batch(event).unwrap();
        let is_whole = |connection: &Connection| {
            let sql = "SELECT (SELECT sum FROM checksum WHERE kind = 'event' AND id = 1) = sum(row_checksum(id, account, draft, kind, severity, at,
                              version, characters_before, characters_after, pictures_before, pictures_after, address, quantity, until, reason))
                       FROM event WHERE id = 7 AND account = 1";
            connection.query_row(sql, (), |row| row.get::<_, bool>(0)).unwrap()
        };
        let damaged = fresh(18).unwrap();
        damaged.execute_batch(event).unwrap();
        damaged.execute_batch("DROP TRIGGER event_never_changes; UPDATE event SET kind = 'draft.gonf'").unwrap();
        for (connection, whole) in [(connection, true), (damaged, false)] {
            connection.execute_batch(STEPS[18]).unwrap();
            assert_eq!(is_whole(&connection), whole);
        }
    }

    #[test]
    fn events_that_wait_to_be_sent_get_their_causes_and_keep_their_checksums() {
        let is_whole = |connection: &Connection| {
            let sql = "SELECT (SELECT sum(sum) FROM checksum WHERE kind = 'event') = sum(row_checksum(id, account, draft, kind, severity, at,
                              version, characters_before, characters_after, pictures_before, pictures_after, address, quantity, until, reason,
                              target, failure, code))
                       FROM event";
            connection.query_row(sql, (), |row| row.get::<_, bool>(0)).unwrap()
        };
        for (change, whole) in
            [("", true), ("DROP TRIGGER event_never_changes; UPDATE event SET reason = 'not'", false)]
        {
            let mut connection = fresh(26).unwrap();
            connection.pragma_update(None, "foreign_keys", true).unwrap();
            let old = "INSERT INTO account (id, name, appid, first_seen) VALUES (1, 'mag', 'wx1', '');
                       INSERT INTO event (id, account, kind, severity, at, reason) VALUES
                       (7, 1, 'account.late', 'alarm', '2026-09-01T02:00:00.000Z', 'no'), (8, NULL, 'archive.disk', 'warning', '', NULL);
                       INSERT INTO outbox_target (name, cursor, settings) VALUES ('editors', 8, '');
                       INSERT INTO outbox_item (target, matter, first_event, worst_event, last_event, severity, opened_at, due_at)
                       VALUES ('editors', 'x', 7, 7, 8, 'alarm', '', '');";
            connection.execute_batch(&format!("{old} {change}")).unwrap();
            let transaction = connection.transaction().unwrap();
            transaction.execute_batch(STEPS[26]).unwrap();
            transaction.commit().unwrap();
            assert_eq!(is_whole(&connection), whole);
        }
    }

    #[test]
    fn versions_of_an_older_archive_are_counted_and_a_damaged_time_stops_nothing() {
        let connection = fresh(19).unwrap();
        let version = |number, at| {
            format!(
                "INSERT INTO version (id, draft, number, hash, canon, observed_at, articles, title)
                 VALUES ({number}, 5, {number}, zeroblob(32), 1, '{at}', 1, '');"
            )
        };
        let old = "INSERT INTO account (id, name, appid, first_seen) VALUES (1, 'mag', 'wx1', '');
                   INSERT INTO draft (id, account, media_id, first_seen, last_seen) VALUES (5, 1, 'D1', '', '');";
        connection.execute_batch(old).unwrap();
        for (number, at) in [
            (1, "2026-09-01T15:59:59.999Z"),
            (2, "2026-09-01T16:00:00.000Z"),
            (3, "2026-09-02T01:00:00.000Z"),
            (4, "2O26"),
        ] {
            connection.execute_batch(&version(number, at)).unwrap();
        }
        connection.execute_batch(STEPS[19]).unwrap();
        connection.execute_batch(&version(5, "2026-09-02T02:00:00.000Z")).unwrap();
        let counts: Vec<(String, u64)> = connection
            .prepare("SELECT day, versions FROM version_count WHERE account = 1 ORDER BY day")
            .unwrap()
            .query_map((), |row| Ok((row.get(0)?, row.get(1)?)))
            .unwrap()
            .collect::<Result<_, _>>()
            .unwrap();
        assert_eq!(counts, [(String::new(), 1), ("2026-09-01".to_owned(), 1), ("2026-09-02".to_owned(), 3)]);
        let is_whole = "SELECT sum(sum) FROM (SELECT sum FROM checksum WHERE kind = 'version_count'
                        UNION ALL SELECT -row_checksum(account, day, versions) FROM version_count)";
        assert_eq!(connection.query_row(is_whole, (), |row| row.get::<_, i64>(0)).unwrap(), 0);
    }

    #[test]
    fn a_newer_archive_and_a_strangers_database_are_refused() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("archive.db");
        migrate(&mut open(&path), &path).unwrap();
        open(&path).pragma_update(None, "user_version", 99).unwrap();
        let newer = migrate(&mut open(&path), &path).unwrap_err();
        assert!(matches!(newer, Error::Newer { found: 99, .. }), "{newer}");

        let path = directory.path().join("other.db");
        open(&path).execute("CREATE TABLE theirs (x)", ()).unwrap();
        assert!(matches!(migrate(&mut open(&path), &path), Err(Error::NotAnArchive(_))));
    }
}
