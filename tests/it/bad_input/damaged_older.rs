//! A value of an archive of an older schema was changed on the disk, before a program with a newer schema opens it: the archive is
//! migrated, every version is kept, and polls go on.
//!
//! The steps behind schema 3, 10 and 18 are those that copy rows.

use std::fs;

use draftkeep::archive::Failure;

use super::damaged_row::{Stage, columns};
use crate::harness::{database, one_in, schema_steps};
use crate::verify::older::make_older;

/// Rows in tables that an archive of schema 3 has, and that a first poll leaves empty.
const OLD: &str = "
    INSERT INTO restore (id, version, account, started_at, finished_at, outcome, media_id)
    VALUES (1, 1, 1, '2026-09-01T01:00:00.000Z', '2026-09-01T01:00:09.000Z', 'done', 'M'),
           (2, 2, 1, '2026-09-01T01:00:00.000Z', NULL, 'begun', NULL);
    UPDATE draft SET state = 'missing', missing_since = '2026-09-01T01:00:00.000Z' WHERE id = 3;
    INSERT INTO poll_error (poll, message) VALUES (1, 'no answer');";

/// Rows in tables that an archive of schema 10 has.
const NEWER: &str = "
    INSERT INTO restore (id, kind, version, account, started_at) VALUES (1, 'as-new', 1, 1, '2026-09-01T01:00:00.000Z');
    INSERT INTO restore_step VALUES (1, 1, 'add', '', '2026-09-01T01:00:00.000Z', NULL, NULL);
    INSERT INTO plan VALUES (1, 1, NULL, 2, '2026-09-01T01:00:00.000Z', 'open');
    INSERT INTO upload VALUES (1, 1, 'material', 'M', 'https://mmbiz.qpic.cn/B', '2026-09-01T01:00:00.000Z');
    INSERT INTO poll_error (poll, code, message) VALUES (1, 45009, 'draft/get: the limit is used up');";

/// Rows in tables that an archive of schema 18 has.
const NEWEST: &str = "
    INSERT INTO picture_reason VALUES (1, 'nobody answers');
    INSERT INTO web_session VALUES (zeroblob(32), 'link', '2026-09-01T01:00:00.000Z', '2026-09-01T01:00:00.000Z');
    INSERT INTO web_link VALUES (zeroblob(32), '2026-09-01T03:00:00.000Z');
    INSERT INTO web_login_failure VALUES ('all', 1, '2026-09-01T01:00:00.000Z');
    INSERT INTO web_restore VALUES ('F', 1, 'link', '127.0.0.1', '2026-09-01T01:00:00.000Z', NULL);
    INSERT INTO event (account, draft, kind, severity, at, version)
    VALUES (1, 1, 'draft.new', 'info', '2026-09-01T01:00:00.000Z', 1);";

/// A restore of no version, or into no account, is none.
const LOSING: [&str; 4] = ["restore.version", "restore.account", "version.id", "account.id"];

impl Stage {
    /// Makes the sound archive one of an older schema.
    fn make_older(&mut self, schema: usize, rows: &str) {
        let older = self.archive().with_extension("older");
        make_older(&self.archive(), &older, schema.min(10));
        for step in 11..=schema {
            let step = schema_steps(step..=step);
            database(&older).execute_batch(&format!("BEGIN; {step}; COMMIT")).unwrap();
        }
        database(&older)
            .execute_batch(&format!("{rows}; PRAGMA user_version = {schema}; PRAGMA journal_mode = DELETE"))
            .unwrap();
        self.sound = fs::read(&older).unwrap();
    }

    fn count(&self, table: &str) -> usize {
        let sql = format!("SELECT count(*) FROM {table}");
        database(self.archive()).query_row(&sql, (), |row| row.get(0)).unwrap()
    }

    /// Damages the columns of an archive of an older schema, one after the other, and polls.
    async fn is_migrated_and_polled(&mut self, schema: usize, rows: &str) {
        self.make_older(schema, rows);
        fs::write(self.archive(), &self.sound).unwrap();
        for column in columns(&database(self.archive())).iter().step_by(one_in(18)) {
            let case = format!("schema {schema}, {}.{}", column.table, column.name);
            assert!(self.damage(column, &column.of_another_type()), "{case} does not change");
            let (versions, restores) = (self.count("version"), self.count("restore"));
            let report = self.poll(&format!("{case} 1")).await;
            assert!(report.failures.iter().all(Failure::is_damage), "{case}: {:?}", report.failures);
            self.is_shown(&format!("{case} 1"));
            assert!(self.count("version") > versions, "{case}");
            let is_lost = LOSING.contains(&format!("{}.{}", column.table, column.name).as_str());
            assert!(self.count("restore") == restores || is_lost, "{case}");
            let report = self.poll(&format!("{case} 2")).await;
            assert_eq!((report.new_versions, report.failures), (1, Vec::new()), "{case} again");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_archive_of_the_third_schema_is_migrated_and_polled() {
    Stage::new().await.is_migrated_and_polled(3, OLD).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_archive_without_checksums_is_migrated_and_polled() {
    Stage::new().await.is_migrated_and_polled(10, NEWER).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_archive_with_the_first_events_is_migrated_and_polled() {
    Stage::new().await.is_migrated_and_polled(18, &[NEWER, NEWEST].concat()).await;
}
