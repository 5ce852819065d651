//! An archive of real articles or histories, exported and imported: every version comes back, byte for byte.

use std::fs;

use draftkeep::archive::{Reader, Writer};
use draftkeep::export::{Count, ExportTree, export};
use draftkeep::verify::{SampleRate, verify};

use crate::archive::{Fixture, now};
use crate::harness::one_in;
use crate::replay;

#[test]
fn real_articles_go_out_and_come_back() {
    let Some(data) = replay::data() else { return };
    let mut archive = Fixture::new();
    for file in replay::files(&data.join("articles"), ".json").iter().step_by(one_in(20)) {
        archive.record(&file.file_stem().unwrap().to_string_lossy(), &fs::read(file).unwrap());
    }
    goes_out_and_comes_back(&archive);
}

/// Exports an archive twice, imports the tree, and compares.
pub(crate) fn goes_out_and_comes_back(archive: &Fixture) {
    let tree = archive.directory.path().join("tree");
    let exported = export(&archive.reader(), &tree, None, &mut |_| {}).unwrap();
    assert_eq!((exported.there, exported.damaged.len()), (exported.written, 0));
    let again = export(&archive.reader(), &tree, None, &mut |_| {}).unwrap();
    assert_eq!((again.there, again.written), (exported.there, Count::default()));
    let path = archive.directory.path().join("again.db");
    let imported =
        ExportTree::at(&tree).unwrap().import(&mut Writer::open(&path).unwrap(), now(), &mut |_| {}).unwrap();
    assert_eq!((imported.new, imported.refused.len()), (exported.there, 0));
    let reader = Reader::open(&path).unwrap();
    assert!(verify(&reader, SampleRate::Whole, &mut |_| {}).unwrap().is_ok());
    let before = archive.reader();
    for id in 1..=before.max_draft_id().unwrap() {
        for (old, new) in before.versions(id).unwrap().iter().zip(reader.versions(id).unwrap()) {
            assert_eq!((old.number, old.hash, old.observed_at), (new.number, new.hash, new.observed_at));
            assert!(before.document(old).unwrap() == reader.document(&new).unwrap(), "#{id}@{}", old.number);
        }
    }
}
