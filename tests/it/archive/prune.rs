//! Versions go: what stays is what it was, chains stay short, and nothing goes that must stay.

use proptest::prelude::*;

use draftkeep::archive::{Error, Pin, Reader};
use draftkeep::verify::{SampleRate, verify};

use super::{Fixture, document, documents, drafts, now, shell, shell_is_there};
use crate::verify::unguarded;

/// A text that changes a little with each version.
fn state(n: u64) -> Vec<u8> {
    let paragraphs: String = (0..12).map(|line| format!("<p>第 {line} 段 {}</p>", line * 104_729)).collect();
    document(&n.to_string(), &format!("{paragraphs}<p>{}</p>", n * 7919))
}

fn kept(versions: u64) -> Fixture {
    let mut archive = Fixture::new();
    for n in 1..=versions {
        archive.record("D1", &state(n));
    }
    archive
}

fn numbers(reader: &Reader) -> Vec<u64> {
    reader.version_numbers(drafts(reader)[0].id).unwrap()
}

/// Checks that exactly these versions are there, oldest first, as they were recorded, and that the archive is sound.
fn assert_holds(archive: &Fixture, expected: &[u64]) {
    let reader = archive.reader();
    let mut found = numbers(&reader);
    found.reverse();
    assert_eq!(found, expected);
    assert_eq!(documents(&reader), expected.iter().map(|n| state(*n)).collect::<Vec<_>>());
    let report = verify(&reader, SampleRate::Whole, &mut |_| {}).unwrap();
    assert!(report.is_ok(), "{:?}", report.damaged);
    assert_eq!(report.proven, expected.len() as u64);
}

/// The longest way from a version to the whole one that it is rebuilt from.
fn longest_chain(archive: &Fixture) -> i64 {
    let sql = "WITH RECURSIVE path (version, base, depth) AS (
                   SELECT version, base, 1 FROM delta
                   UNION ALL SELECT path.version, delta.base, depth + 1 FROM path JOIN delta ON delta.version = path.base)
               SELECT coalesce(max(depth), 0) FROM path";
    archive.raw().query_row(sql, (), |row| row.get(0)).unwrap()
}

#[test]
fn what_stays_is_what_it_was() {
    let mut archive = kept(9);
    let gone = archive.writer.prune(1, &[1, 2, 4, 7], now()).unwrap();
    assert_eq!(gone, [1, 2, 4, 7]);
    assert_holds(&archive, &[3, 5, 6, 8, 9]);
    assert_eq!(archive.writer.prune(1, &[4, 12], now()).unwrap(), [0; 0], "what is not there does not go");
    archive.record("D1", &state(10));
    assert_holds(&archive, &[3, 5, 6, 8, 9, 10]);
    let ranges: Vec<_> = archive.reader().pruned_ranges(1).unwrap();
    let told: Vec<_> = ranges.iter().map(|range| (range.first, range.last, range.title.as_str())).collect();
    assert_eq!(told, [(1, 2, "1"), (4, 4, ""), (7, 7, "")]);
}

#[test]
fn where_the_newest_version_is_lost_the_next_one_gets_no_number_of_a_pruned_one() {
    let mut archive = kept(3);
    assert_eq!(archive.writer.prune(1, &[1, 2], now()).unwrap(), [1, 2]);
    unguarded(&archive.raw(), "DELETE FROM version; DELETE FROM whole");
    archive.record("D1", &state(4));
    assert_eq!(numbers(&archive.reader()), [3]);
}

#[test]
fn what_must_stay_does_not_go() {
    let mut archive = kept(5);
    let version = archive.reader().version(1, 2).unwrap();
    let pin = Pin { note: String::new(), user: "林夏".to_owned(), pinned_at: now() };
    assert!(archive.writer.pin(&version, &pin).unwrap());
    archive
        .raw()
        .execute_batch(
            "INSERT INTO restore (kind, version, account, started_at) VALUES ('as-new', 3, 1, '2026-09-01T01:00:00.000Z');
             INSERT INTO plan (version, over, planned_at) VALUES (3, 4, '2026-09-01T01:00:00.000Z')",
        )
        .unwrap();
    assert_eq!(archive.writer.prune(1, &[1, 2, 3, 4, 5], now()).unwrap(), [1]);
    assert_holds(&archive, &[2, 3, 4, 5]);
}

#[test]
fn only_pruning_removes_a_version() {
    let mut archive = kept(3);
    let refused = |sql: &str| archive.raw().execute_batch(sql).unwrap_err().to_string();
    for sql in [
        "DELETE FROM version WHERE number = 1",
        "DELETE FROM delta WHERE version = 1",
        "DELETE FROM whole WHERE version = 3",
        "INSERT INTO pruned VALUES (1, 1, 1, '', '')",
        "BEGIN; INSERT INTO pruning (draft) VALUES (1); DELETE FROM delta WHERE version = 1; DELETE FROM version WHERE number = 1",
        "BEGIN; INSERT INTO pruning (draft) VALUES (1); INSERT INTO pruned VALUES (1, 3, 3, '', ''); DELETE FROM whole WHERE version = 3;
         DELETE FROM version WHERE number = 3",
    ] {
        assert!(refused(sql).contains("stays"), "{sql}: {}", refused(sql));
    }
    let marker = "PRAGMA foreign_keys = ON; BEGIN; INSERT INTO pruning (draft) VALUES (1); COMMIT";
    assert!(refused(marker).contains("FOREIGN KEY"), "the marker does not outlive its transaction");
    archive.writer.prune(1, &[1], now()).unwrap();
    for sql in [
        "DELETE FROM pruned",
        "UPDATE pruned SET pruned_at = ''",
        "INSERT INTO version VALUES (99, 1, 1, zeroblob(32), 1, '', 0, 1, '')",
    ] {
        archive.raw().execute_batch(sql).unwrap_err();
    }
    assert_holds(&archive, &[2, 3]);
}

#[test]
fn chains_that_meet_stay_short() {
    let mut archive = kept(200);
    // The whole ones among them: what was left and right of them becomes one chain.
    archive.writer.prune(1, &[64, 128, 192], now()).unwrap();
    let left: Vec<u64> = (1..=200).filter(|n| ![64, 128, 192].contains(n)).collect();
    assert_holds(&archive, &left);
    assert!(longest_chain(&archive) <= 63, "{}", longest_chain(&archive));
    for n in 201..=280 {
        archive.record("D1", &state(n));
    }
    assert!(longest_chain(&archive) <= 63, "{}", longest_chain(&archive));
    let many: Vec<u64> = (1..=279).filter(|n| n % 10 != 0).collect();
    for numbers in many.chunks(64) {
        archive.writer.prune(1, numbers, now()).unwrap();
    }
    let left: Vec<u64> = (1..=280).filter(|n| n % 10 == 0).collect();
    assert_holds(&archive, &left);
    let wholes: i64 = archive.raw().query_row("SELECT count(*) FROM whole", (), |row| row.get(0)).unwrap();
    assert!(wholes <= 6, "{wholes} of 28 are whole: what is left is dense as well");
}

#[test]
fn a_repaired_document_goes_in_both_its_forms_and_stays_in_both() {
    let mut archive = Fixture::new();
    let odd = |n: u64| [b"\xef\xbb\xbf".to_vec(), state(n)].concat();
    for n in 1..=4 {
        archive.record("D1", &odd(n));
    }
    archive.writer.prune(1, &[1, 3], now()).unwrap();
    assert_eq!(documents(&archive.reader()), [odd(2), odd(4)]);
    let received: i64 = archive.raw().query_row("SELECT count(*) FROM received", (), |row| row.get(0)).unwrap();
    assert_eq!(received, 2);
}

#[test]
fn what_is_damaged_stays_for_whoever_can_mend_it() {
    for damage in [
        "UPDATE version SET title = 'x' WHERE number = 2",
        "UPDATE delta SET body = substr(body, 2) WHERE version = 2",
        "UPDATE delta SET body = substr(body, 2) WHERE version = 1",
        "UPDATE version SET hash = zeroblob(32) WHERE number = 1",
    ] {
        let mut archive = kept(4);
        crate::verify::unguarded(&archive.raw(), damage);
        let error = archive.writer.prune(1, &[2], now()).unwrap_err();
        assert!(matches!(error, Error::Damaged(_)), "{damage}: {error}");
        assert_eq!(numbers(&archive.reader()), [4, 3, 2, 1], "{damage}");
    }
}

#[test]
fn the_counts_of_versions_follow() {
    let mut archive = kept(5);
    archive.writer.prune(1, &[1, 2], now()).unwrap();
    let count = |archive: &Fixture| -> i64 {
        archive.raw().query_row("SELECT versions FROM version_count", (), |row| row.get(0)).unwrap()
    };
    assert_eq!(count(&archive), 3);
    crate::verify::unguarded(&archive.raw(), "PRAGMA writable_schema = OFF; UPDATE version_count SET versions = 99");
    archive.writer.prune(1, &[3], now()).unwrap();
    assert_eq!(count(&archive), 98, "a number is believed; verify compares it");
}

#[test]
fn nothing_of_a_version_stays_in_a_table() {
    let mut archive = kept(3);
    archive.writer.prune(1, &[1], now()).unwrap();
    for table in [
        "version WHERE id",
        "whole WHERE version",
        "delta WHERE version",
        "checksum WHERE kind <> 'pruned' AND kind <> 'account' AND kind <> 'draft' AND kind <> 'event' AND kind <> 'version_count' AND id",
    ] {
        let rows: i64 =
            archive.raw().query_row(&format!("SELECT count(*) FROM {table} = 1"), (), |row| row.get(0)).unwrap();
        assert_eq!(rows, 0, "{table}");
    }
}

#[test]
fn the_stock_shell_reads_what_stays() {
    if !shell_is_there() {
        return;
    }
    let mut archive = kept(70);
    let gone: Vec<u64> = (1..70).filter(|n| n % 3 != 0).collect();
    archive.writer.prune(1, &gone, now()).unwrap();
    for n in [3, 30, 63, 66, 70] {
        let found = shell(&archive.path(), &format!("SELECT document FROM document_view WHERE version = {n}"));
        assert!(found == [state(n), b"\n".to_vec()].concat(), "{n}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(6))]

    /// Any versions of any history, in any steps.
    #[test]
    fn any_pruning_leaves_the_rest_as_it_was(
        versions in 2..90_u64,
        steps in prop::collection::vec(prop::collection::vec(1..90_u64, 1..64), 1..4),
    ) {
        let mut archive = kept(versions);
        let mut left: Vec<u64> = (1..=versions).collect();
        for numbers in steps {
            archive.writer.prune(1, &numbers, now()).unwrap();
            left.retain(|n| *n == versions || !numbers.contains(n));
            prop_assert!(longest_chain(&archive) <= 63);
        }
        assert_holds(&archive, &left);
    }
}
