//! An archive as an older program has left it.

use std::fs;
use std::io;
use std::path::Path;

use rusqlite::Connection;

/// The steps of the schema, in their order.
fn schema_steps(until: usize) -> io::Result<String> {
    let directory = concat!(env!("CARGO_MANIFEST_DIR"), "/../../schema");
    let files = fs::read_dir(directory)?.map(|entry| entry.map(|entry| entry.path())).collect::<Result<Vec<_>, _>>()?;
    let is_step = |path: &&std::path::PathBuf| {
        path.file_name().is_some_and(|name| name.as_encoded_bytes()[0].is_ascii_digit())
            && path.extension().is_some_and(|end| end == "sql")
    };
    let mut files: Vec<_> = files.iter().filter(is_step).collect();
    files.sort();
    files[..until].iter().map(fs::read_to_string).collect()
}

/// Puts what is in an archive into one of an older schema, as far as that has a place for it, in the place of the archive. The schema
/// must be one without checksums of rows (10 or older).
pub(crate) fn make_older(archive: &Path, schema: usize) -> io::Result<()> {
    let older = archive.with_extension("older");
    let steps = schema_steps(schema)?;
    fill(&older, archive, &steps, schema).map_err(io::Error::other)?;
    fs::rename(older, archive)
}

fn fill(older: &Path, archive: &Path, steps: &str, schema: usize) -> rusqlite::Result<()> {
    let older = Connection::open(older)?;
    older.execute_batch(&format!(
        "PRAGMA page_size = 1024; PRAGMA auto_vacuum = INCREMENTAL; PRAGMA journal_mode = WAL; BEGIN; {steps};
         PRAGMA application_id = 0x444b4550; PRAGMA user_version = {schema}; COMMIT; PRAGMA foreign_keys = OFF;
         ATTACH '{}' AS newer",
        archive.display()
    ))?;
    let list =
        |sql: &str| -> rusqlite::Result<Vec<String>> { older.prepare(sql)?.query_map((), |row| row.get(0))?.collect() };
    // Pictures have other columns there; they are collected again.
    let columns = "SELECT group_concat(name) FROM pragma_table_info(t.name, 'main')
                   WHERE name IN (SELECT name FROM pragma_table_info(t.name, 'newer'))";
    let fill = list(&format!(
        "SELECT 'DELETE FROM ' || name || '; INSERT INTO ' || name || ' (' || columns || ') SELECT ' || columns || ' FROM newer.' || name
         FROM (SELECT name, ({columns}) AS columns FROM main.sqlite_schema t WHERE type = 'table' AND name NOT LIKE 'picture%')
         WHERE columns IS NOT NULL"
    ))?;
    let triggers = list("SELECT sql FROM main.sqlite_schema WHERE type = 'trigger'")?;
    let drops = list("SELECT 'DROP TRIGGER ' || name FROM main.sqlite_schema WHERE type = 'trigger'")?;
    older.execute_batch(&format!("BEGIN; {}; {}; {}; COMMIT", drops.join("; "), fill.join("; "), triggers.join("; ")))
}
