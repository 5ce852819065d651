//! Decompression bombs: a few bytes that expand to more than the largest document are damage, and no memory is allocated
//! for.

use std::io::Write;

use draftkeep::archive::{DamageKind, Error, Reader};
use draftkeep::verify::{SampleRate, verify};
use flate2::Compression;
use flate2::write::ZlibEncoder;

use super::{Fixture, document, drafts, shell_is_there, versions};

/// More than 3 GB, from a base of 20 kB.
const COPIES: usize = 165_000;

fn zlib(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// An archive of two versions, the older one a delta, whose row is then changed by `sql` to a body of these bytes.
fn crafted(sql: &str, bytes: &[u8]) -> Fixture {
    let mut archive = Fixture::new();
    for n in ["甲", "乙"] {
        archive.record("D1", &document("一", &format!("{}{n}", "<p>草稿</p>".repeat(2000))));
    }
    let raw = archive.raw();
    raw.execute_batch("DROP TRIGGER delta_never_changes; DROP TRIGGER whole_never_changes").unwrap();
    let body = zlib(bytes);
    assert!(body.len() < 300_000, "{}", body.len());
    assert_eq!(raw.execute(sql, (bytes.len(), body)).unwrap(), 1, "{sql}");
    archive
}

/// The older version is damaged for a reader, for `verify` and for the view.
fn assert_damaged(archive: &Fixture) {
    let reader = archive.reader();
    for version in &versions(&reader)[1..] {
        let error = reader.document(version).unwrap_err();
        assert!(matches!(error, Error::Damaged(_)), "{error}");
    }
    let proof = verify(&reader, SampleRate::Whole, &mut |_| {}).unwrap();
    let damaged: Vec<&str> = proof.damaged.iter().map(|damage| damage.id.as_str()).collect();
    assert!(damaged.contains(&"mag/#1@1"), "{:?}", proof.damaged);
    assert!(ask_view(&reader).is_err());
}

fn ask_view(reader: &Reader) -> Result<usize, String> {
    let console = draftkeep::archive::sql::SqlSession::open(reader.path()).unwrap();
    let mut statement = console
        .statement("SELECT length(document) FROM document_view WHERE version = 1")
        .map_err(|error| error.to_string())?;
    statement
        .rows()
        .map(|row| row.map(drop).map_err(|error| error.to_string()))
        .collect::<Result<Vec<()>, _>>()
        .map(|rows| rows.len())
}

#[test]
fn a_delta_that_makes_gigabytes_is_damage() {
    let base = document("一", &format!("{}乙", "<p>草稿</p>".repeat(2000))).len();
    let operations = format!("[{}[0,1]]", format!("[0,{base}],").repeat(COPIES));
    assert_damaged(&crafted("UPDATE delta SET length = ?1, body = ?2", operations.as_bytes()));
}

#[test]
fn operations_that_unfold_beyond_the_largest_document_are_damage() {
    let operations = [&b"["[..], &vec![b' '; 64 << 20], b"[0,1]]"].concat();
    assert_damaged(&crafted("UPDATE delta SET length = ?1, body = ?2", &operations));
}

#[test]
fn a_whole_document_beyond_the_largest_is_damage() {
    let archive = crafted("UPDATE whole SET length = ?1, body = ?2", &vec![b' '; 64 << 20]);
    let reader = archive.reader();
    let error = reader.document(&versions(&reader)[0]).unwrap_err();
    assert!(error.to_string().contains("more than any document has"), "{error}");
    assert_damaged(&archive);
}

/// Longer than any that is written, and each delta of it is right.
#[test]
fn a_chain_that_is_too_long_is_read() {
    let mut archive = Fixture::new();
    let texts: Vec<Vec<u8>> = (0..70).map(|n| document("一", &format!("{}{n}", "<p>草稿</p>".repeat(200)))).collect();
    for text in &texts {
        archive.record("D1", text);
    }
    let operations = serde_json::to_string(&[String::from_utf8(texts[63].clone()).unwrap()]).unwrap();
    let raw = archive.raw();
    raw.execute_batch("DROP TRIGGER whole_goes_only_for_its_delta").unwrap();
    let insert = "INSERT INTO delta SELECT version, version + 1, ?1, ?2 FROM whole WHERE version = 64";
    assert_eq!(raw.execute(insert, (operations.len(), operations.as_bytes())).unwrap(), 1);
    raw.execute_batch("DELETE FROM whole WHERE version = 64").unwrap();

    let reader = archive.reader();
    for version in versions(&reader) {
        assert!(reader.document(&version).unwrap() == texts[version.number as usize - 1], "{}", version.number);
    }
    assert!(
        verify(&reader, SampleRate::Whole, &mut |_| {})
            .unwrap()
            .damaged
            .iter()
            .all(|damage| damage.kind == DamageKind::Schema)
    );
}

#[test]
fn a_document_beyond_the_largest_is_refused_and_the_others_are_kept() {
    let mut archive = Fixture::new();
    let sighting = super::sighting("D1", &document("一", &"甲".repeat(12 << 20)));
    let error = archive.writer.record(archive.account, &sighting, &[]).unwrap_err();
    assert!(matches!(error, Error::ReadBack(_)), "{error}");
    archive.record("D2", &document("一", "甲"));
    assert_eq!(drafts(&archive.reader()).len(), 1);
    assert!(!shell_is_there() || !super::shell(&archive.path(), "SELECT media_id FROM draft_view").is_empty());
}
