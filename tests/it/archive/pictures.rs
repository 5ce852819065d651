//! The pictures that versions need: rows come only with a change, and the view shows all of them.

use chrono::TimeDelta;
use draftkeep::archive::{AssetScope, DownloadFailure, Filter, NewAsset, Reader, UnneededAssets, Writer};
use draftkeep::model::Hash;
use draftkeep::verify::{self, SampleRate};
use rusqlite::Connection;

use super::{Fixture, document, now, open, shell, shell_is_there};
use crate::harness::{database, schema_steps};

/// An article's body with these pictures.
fn showing(names: &[&str]) -> String {
    names
        .iter()
        .map(|name| format!("<img data-src=\"https://mmbiz.qpic.cn/mmbiz_png/{name}/640?wx_fmt=png\">"))
        .collect()
}

fn look(archive: &mut Fixture) {
    while archive.writer.extract_pictures(archive.account, now()).unwrap() > 0 {}
}

/// Each version with its pictures, as the view shows them.
fn shown(database: &Connection) -> Vec<String> {
    let sql = "SELECT media_id || '@' || version || ' ' || group_concat(place || ' ' || identity, ', ')
               FROM (SELECT * FROM asset_view ORDER BY media_id, version, place, identity) GROUP BY media_id, version";
    database.prepare(sql).unwrap().query_map((), |row| row.get(0)).unwrap().map(Result::unwrap).collect()
}

fn count(database: &Connection, table: &str) -> i64 {
    database.query_row(&format!("SELECT count(*) FROM {table}"), (), |row| row.get(0)).unwrap()
}

#[test]
fn a_version_with_the_pictures_of_the_one_before_adds_no_row() {
    let mut archive = Fixture::new();
    let states: [&[&str]; 6] = [&["A"], &["A"], &["A", "B"], &["B"], &["A", "B"], &["A", "B"]];
    for (number, names) in states.into_iter().enumerate() {
        archive.record("D1", &document(&number.to_string(), &showing(names)));
        archive.record("D2", &document(&number.to_string(), &showing(&["C"])));
        // Versions are looked through one by one, and some together.
        if number != 3 {
            look(&mut archive);
        }
    }
    let database = archive.raw();
    insta::assert_snapshot!(shown(&database).join("\n"), @"
    D1@1 body A
    D1@2 body A
    D1@3 body A, body B
    D1@4 body B
    D1@5 body A, body B
    D1@6 body A, body B
    D2@1 body C
    D2@2 body C
    D2@3 body C
    D2@4 body C
    D2@5 body C
    D2@6 body C
    ");
    assert_eq!(count(&database, "picture_use"), 4, "A from 1 to 3 and from 5, B from 3, C from 1");
    assert_eq!(count(&database, "picture"), 3);
}

#[test]
fn what_was_not_looked_through_yet_shows_no_pictures() {
    let mut archive = Fixture::new();
    archive.record("D1", &document("一", &showing(&["A"])));
    look(&mut archive);
    archive.record("D1", &document("二", &showing(&["A"])));
    assert_eq!(shown(&archive.raw()), ["D1@1 body A"]);
    look(&mut archive);
    assert_eq!(shown(&archive.raw()), ["D1@1 body A", "D1@2 body A"]);
}

#[test]
fn a_row_of_uses_only_ends_and_only_once() {
    let mut archive = Fixture::new();
    archive.record("D1", &document("一", &showing(&["A"])));
    archive.record("D1", &document("二", ""));
    look(&mut archive);
    archive.record("D2", &document("一", &showing(&["A"])));
    look(&mut archive);
    let database = archive.raw();
    for refused in [
        "UPDATE picture_use SET last_version = 2 WHERE draft = 1",
        "UPDATE picture_use SET last_version = NULL WHERE draft = 1",
        "UPDATE picture_use SET place = 'cover' WHERE draft = 2",
        "DELETE FROM picture_use",
        "INSERT OR REPLACE INTO picture_use SELECT draft, position, place, picture, first_version, 9 FROM picture_use WHERE draft = 2",
    ] {
        let error = database.execute_batch(refused).unwrap_err();
        assert!(error.to_string().contains("a version never changes"), "{refused}: {error}");
    }
    let second = "INSERT INTO picture (id, account, identity) SELECT 9, account, identity FROM picture";
    assert!(database.execute_batch(second).unwrap_err().to_string().contains("never changes its identity"));
}

#[test]
fn the_view_shows_whole_addresses_and_reasons() {
    let mut archive = Fixture::new();
    let elsewhere = "https://example.com/a.png";
    let other = format!("<img src=\"{elsewhere}\">");
    let cover = |title: &str, address: &str| {
        let article =
            serde_json::json!({"title": title, "content": showing(&["A", "B"]) + &other, "thumb_url": address});
        serde_json::to_vec(&serde_json::json!({ "news_item": [article] })).unwrap()
    };
    archive.record("D1", &cover("一", "http://mmbiz.qpic.cn/mmbiz_jpg/C/0?wx_fmt=jpeg"));
    archive.record("D1", &cover("二", "http://mmbiz.qpic.cn/sz_mmbiz_jpg/C/0?wx_fmt=jpeg"));
    look(&mut archive);
    let wanted = archive.writer.pending_downloads(archive.account, AssetScope::All, now(), 9).unwrap();
    let addresses: Vec<String> = wanted.iter().map(|wanted| wanted.address.clone().unwrap()).collect();
    assert_eq!(
        addresses,
        [
            "http://mmbiz.qpic.cn/sz_mmbiz_jpg/C/0?wx_fmt=jpeg",
            "https://mmbiz.qpic.cn/mmbiz_png/A/640?wx_fmt=png",
            "https://mmbiz.qpic.cn/mmbiz_png/B/640?wx_fmt=png",
            elsewhere
        ]
    );
    let missed = |wanted: &draftkeep::archive::PendingDownload| DownloadFailure {
        id: wanted.id,
        tries: 1,
        reason: "nobody answers".to_owned(),
        due_at: Some(now()),
    };
    archive.writer.record_download_failures(&wanted.iter().map(missed).collect::<Vec<_>>()).unwrap();
    assert_eq!(count(&archive.raw(), "picture_reason"), 1, "a reason is stored once");
    let at = archive.writer.next_download_at(archive.account, AssetScope::All).unwrap();
    assert_eq!(at, Some(now()));
    if shell_is_there() {
        let sql = "SELECT place, address, sha256 IS NULL, reason FROM asset_view WHERE version = 2 ORDER BY identity";
        insta::assert_snapshot!(String::from_utf8(shell(&archive.path(), sql)).unwrap(), @"
        body|https://mmbiz.qpic.cn/mmbiz_png/A/640?wx_fmt=png|1|nobody answers
        body|https://mmbiz.qpic.cn/mmbiz_png/B/640?wx_fmt=png|1|nobody answers
        cover|http://mmbiz.qpic.cn/sz_mmbiz_jpg/C/0?wx_fmt=jpeg|1|nobody answers
        body|https://example.com/a.png|1|nobody answers
        ");
    }
}

#[test]
fn reasons_that_no_picture_has_any_more_are_dropped() {
    let mut archive = Fixture::new();
    archive.record("D1", &document("一", &showing(&["A"])));
    look(&mut archive);
    let id = archive.writer.pending_downloads(archive.account, AssetScope::All, now(), 1).unwrap()[0].id;
    for number in 0..250 {
        let reason = format!("https://{number}.example is not asked for pictures");
        archive
            .writer
            .record_download_failures(&[DownloadFailure { id, tries: number, reason, due_at: Some(now()) }])
            .unwrap();
    }
    assert!(count(&archive.raw(), "picture_reason") <= 100);
    let reason: String = archive.raw().query_row("SELECT reason FROM asset_view", (), |row| row.get(0)).unwrap();
    assert_eq!(reason, "https://249.example is not asked for pictures");
}

#[test]
fn pictures_are_found_by_an_index() {
    let plan = "EXPLAIN QUERY PLAN SELECT id FROM picture
                WHERE account = ?1 AND substr(identity, -16) = substr(?2, -16) AND +identity = ?2";
    let plan: String = Fixture::new().raw().query_row(plan, (1, "A"), |row| row.get("detail")).unwrap();
    assert_eq!(plan, "SEARCH picture USING INDEX picture_by_identity (account=? AND <expr>=?)");
}

/// Three versions of a draft and one of another, with their pictures, as an older program wrote them.
const ROWS: &str = "
    INSERT INTO picture VALUES (1, 1, 'A', 'M', 'https://mmbiz.qpic.cn/mmbiz_png/A/0?wx_fmt=png', 1, 0, NULL, NULL);
    INSERT INTO picture VALUES (2, 1, 'http://y/a.png', NULL, 'http://y/a.png', NULL, 1, NULL, 'elsewhere');
    INSERT INTO picture VALUES (3, 1, 'L', 'L', NULL, NULL, 2, '2026-09-01T03:00:00.500Z', 'later');
    INSERT INTO picture_use SELECT id, 0, 'cover', 1 FROM version WHERE draft = 1;
    INSERT INTO picture_use SELECT id, 0, 'body', 2 FROM version WHERE draft = 1 AND number <> 2;
    INSERT INTO picture_use SELECT id, 0, 'list', 3 FROM version WHERE draft = 2;
    INSERT INTO looked VALUES (1, 4);";

/// An archive of schema 10 with these rows, beside one of today with the same versions.
fn older(rows: &str) -> Fixture {
    let mut archive = Fixture::new();
    for number in 1_u32..=3 {
        // So different that each stays whole.
        let noise: String = (1..40_u32).map(|n| (n * 7919).wrapping_mul(2_654_435_761 + number).to_string()).collect();
        archive.record("D1", &document(&noise, "<img src=\"http://y/a.png\">"));
    }
    archive.record("D2", &document("一", ""));
    let newer = archive.path();
    let older = database(newer.with_file_name("older.db"));
    older.execute_batch(&format!("{} ATTACH '{}' AS newer", schema_steps(1..=10), newer.display())).unwrap();
    for table in ["account", "draft", "version", "whole"] {
        let columns: String = older
            .query_row("SELECT group_concat(name) FROM pragma_table_info(?1, 'main')", [table], |row| row.get(0))
            .unwrap();
        older.execute_batch(&format!("INSERT INTO {table} SELECT {columns} FROM newer.{table}")).unwrap();
    }
    let asset = "INSERT INTO asset VALUES (1, zeroblob(32), 'image/png', 1, 1, '2026-09-01T02:00:00.000Z', x'61');";
    let number = "PRAGMA application_id = 0x444b4550; PRAGMA user_version = 10;";
    older.execute_batch(&format!("PRAGMA ignore_check_constraints = ON; {asset} {rows} {number}")).unwrap();
    drop(older);
    archive
}

#[test]
fn the_pictures_of_an_older_archive_are_moved_over() {
    let archive = older(ROWS);
    let path = archive.path().with_file_name("older.db");
    let rows = |database: &Connection| -> Vec<[String; 4]> {
        let sql =
            "SELECT media_id || '@' || version || ' ' || place, identity, coalesce(address, ''), coalesce(reason, '')
                   FROM asset_view ORDER BY 1, 2";
        let mut query = database.prepare(sql).unwrap();
        let row = |row: &rusqlite::Row<'_>| Ok([row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?]);
        query.query_map((), row).unwrap().map(Result::unwrap).collect()
    };
    let before = rows(&database(&path));
    assert_eq!(before.len(), 6);
    // Reading alone does not migrate it, and shows the same.
    let reader = Reader::open(&path).unwrap();
    let draft = &super::drafts(&reader)[0];
    let pictures = |reader: &Reader| {
        let version = reader.versions(draft.id).unwrap().remove(0);
        reader.pictures(draft, &reader.document(&version).unwrap()).unwrap()
    };
    let pictures_before = pictures(&reader);
    let (mut writer, account) = open(&path);
    assert_eq!(rows(&database(&path)), before);
    assert_eq!(count(&database(&path), "picture_use"), 4);
    assert_eq!(pictures(&Reader::open(&path).unwrap()), pictures_before);
    assert_eq!(pictures_before[0].trouble.as_deref(), Some("elsewhere"));
    let due = "2026-09-01T03:00:00Z".parse().unwrap();
    assert_eq!(writer.next_download_at(account, AssetScope::All).unwrap(), Some(due));
    assert_eq!(writer.extract_pictures(account, now()).unwrap(), 0, "all of it was looked through");
}

#[test]
fn damaged_rows_of_pictures_are_made_anew_from_the_versions() {
    for damage in [
        "UPDATE picture_use SET place = 'covez' WHERE place = 'cover'",
        "UPDATE picture_use SET picture = 4000 WHERE place = 'cover'",
        "UPDATE picture_use SET version = 4000 WHERE place = 'list'",
        "UPDATE picture SET account = 4000 WHERE id = 2",
        "UPDATE picture SET asset = 4000 WHERE id = 1",
        "UPDATE picture SET due_at = '2026-09-01X03:00' WHERE id = 3",
        "UPDATE picture SET due_at = '2026-09-01T03:00:00.000Z' WHERE id = 1",
    ] {
        // Changes what the triggers protect, as a failing disk does.
        let guards = "DROP TRIGGER picture_use_never_changes; DROP TRIGGER picture_keeps_its_identity; DROP TRIGGER picture_keeps_its_asset;
                      PRAGMA foreign_keys = OFF;";
        let archive = older(&format!("{ROWS} {guards} {damage};"));
        let path = archive.path().with_file_name("older.db");
        let mut writer = Writer::open(&path).unwrap();
        let account = writer.get_or_create_account(&"mag".parse().unwrap(), "wx0000000000000001", now()).unwrap();
        while writer.extract_pictures(account, now()).unwrap() > 0 {}
        let shown = shown(&database(&path));
        assert!(shown.iter().filter(|row| row.contains("body http://y/a.png")).count() >= 2, "{damage}: {shown:?}");
    }
}

/// Stores the bytes of all pictures that are not held.
fn store(archive: &mut Fixture) {
    look(archive);
    for picture in archive.writer.pending_downloads(archive.account, AssetScope::All, now(), 100).unwrap() {
        let bytes = picture.address.unwrap().into_bytes();
        let asset = NewAsset { sha256: Hash::of(&bytes), bytes, kind: "image/png", width: None, height: None };
        archive.writer.store_picture(picture.id, &asset, now()).unwrap();
    }
}

/// Two versions are pruned: A was needed by them alone, C is needed again, E has the highest number.
fn pruned() -> Fixture {
    let mut archive = Fixture::new();
    for names in [&["A", "B"][..], &["B", "C"], &["B", "E"]] {
        archive.record("D1", &document(names[0], &showing(names)));
        archive.record("D1", &document(names[1], &showing(names)));
    }
    store(&mut archive);
    let draft = archive.reader().drafts(&Filter::default()).unwrap()[0].id;
    assert_eq!(archive.writer.prune(draft, &[1, 2, 3, 4], now()).unwrap(), [1, 2, 3, 4]);
    archive
}

fn days_later(archive: &mut Fixture, days: i64) -> UnneededAssets {
    archive.writer.remove_unneeded_assets(now() + TimeDelta::days(days)).unwrap()
}

fn waiting(waiting: u64) -> UnneededAssets {
    UnneededAssets { waiting, ..UnneededAssets::default() }
}

#[test]
fn what_only_pruned_versions_needed_goes_after_a_week() {
    let mut archive = pruned();
    assert_eq!(days_later(&mut archive, 0), waiting(2));
    archive.record("D1", &document("C", &showing(&["C"])));
    assert_eq!(days_later(&mut archive, 8), waiting(2), "a version that was not looked through may need any");
    look(&mut archive);
    assert_eq!(days_later(&mut archive, 6), waiting(1));
    let bytes = "https://mmbiz.qpic.cn/mmbiz_png/A/640?wx_fmt=png".len() as u64;
    assert_eq!(days_later(&mut archive, 8), UnneededAssets { removed: 1, bytes, waiting: 0 }, "A alone");
    assert_eq!(days_later(&mut archive, 8), waiting(0));
    assert_eq!((count(&archive.raw(), "asset"), count(&archive.raw(), "picture")), (3, 3));
    let report = verify::verify(&archive.reader(), SampleRate::Whole, &mut |_| ()).unwrap();
    assert!(report.damaged.is_empty(), "{report:?}");
}

/// A machine whose clock jumps ahead has not seen the days between.
#[test]
fn a_clock_that_jumps_ahead_ends_no_grace() {
    let mut archive = pruned();
    let poll = |day: i64| {
        let at = draftkeep::model::rfc3339(now() + TimeDelta::days(day) + TimeDelta::hours(1));
        format!("INSERT INTO poll VALUES (NULL, 1, '{at}', '{at}', 'sweep', 0, 0, 0, 0, 0);")
    };
    archive.raw().execute_batch(&[1, 2, 400].map(poll).concat()).unwrap();
    assert_eq!(days_later(&mut archive, 401), waiting(2));
    archive.raw().execute_batch(&[3, 4, 5, 6, 7].map(poll).concat()).unwrap();
    assert_eq!(days_later(&mut archive, 8).removed, 2, "seven days were seen");
}

/// A version that cannot be read may need any.
#[test]
fn none_goes_while_a_version_is_damaged() {
    let mut archive = pruned();
    let finding = "INSERT INTO proof_finding (kind, id, found_at, reason) VALUES ('version', 5, '2026-09-01T00:00:00.000Z', 'flipped')";
    archive.raw().execute(finding, ()).unwrap();
    assert_eq!(days_later(&mut archive, 8), waiting(2));
}

/// No pruning made it unneeded: its versions may be lost.
#[test]
fn what_has_no_use_and_was_never_pruned_stays() {
    let mut archive = Fixture::new();
    archive.record("D1", &document("A", &showing(&["A", "B"])));
    store(&mut archive);
    archive.raw().execute_batch("DROP TRIGGER picture_use_stays; DELETE FROM picture_use").unwrap();
    assert_eq!(days_later(&mut archive, 0), waiting(0));
    assert_eq!(days_later(&mut archive, 8), waiting(0));
}

#[test]
fn an_asset_does_not_go_otherwise() {
    let mut archive = Fixture::new();
    archive.record("D1", &document("A", &showing(&["A"])));
    store(&mut archive);
    let database = archive.raw();
    for sql in ["DELETE FROM asset", "DELETE FROM picture"] {
        assert!(database.execute(sql, ()).unwrap_err().to_string().contains("stays in the archive"));
    }
    // Not even one that is said to be unneeded, while something refers to it.
    database.execute("INSERT INTO asset_unneeded SELECT id, '2026-01-01T00:00:00.000Z' FROM asset", ()).unwrap();
    assert!(database.execute("DELETE FROM asset", ()).unwrap_err().to_string().contains("FOREIGN KEY"));
    assert_eq!(archive.writer.remove_unneeded_assets(now()).unwrap(), UnneededAssets::default());
}
