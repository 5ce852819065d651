//! Trees that are imported: whatever they say, the archive is sound afterwards, and a second import adds nothing.
//!
//! An input has the parts `draft.json`, `version.json`, `pictures.json`, `account.json` and `document.json`; one that is empty is as an
//! export writes it.

use std::fs;
use std::path::PathBuf;
use std::sync::OnceLock;

use draftkeep::archive::{Reader, Writer};
use draftkeep::verify::{SampleRate, verify};
use tempfile::TempDir;

use crate::archive::{account_file, begin_tree, directory, documents, draft_file, import, version_file, write_version};
use crate::parts::parts;

/// An empty archive, which takes longer to make than to copy.
static EMPTY: OnceLock<(TempDir, PathBuf)> = OnceLock::new();

pub fn run(data: &[u8]) {
    let place = directory();
    let (tree, path) = (place.path().join("tree"), place.path().join("archive.db"));
    write_tree(&tree, parts(data));
    let (_, empty) = EMPTY.get_or_init(empty);
    fs::copy(empty, &path).expect("an archive can be copied");
    let mut writer = Writer::open(&path).expect("the archive opens");
    if import(&tree, &mut writer).is_ok() {
        let again = import(&tree, &mut writer).expect("a second import");
        let new = again.new;
        assert_eq!(
            (new.accounts, new.drafts, new.versions, new.pictures),
            (0, 0, 0, 0),
            "a second import adds nothing"
        );
    }
    drop(writer);
    let reader = Reader::open(&path).expect("the archive opens");
    let report = verify(&reader, SampleRate::Whole, &mut |_| {}).expect("the archive can be read");
    assert!(report.is_ok(), "{:?}", report.damaged);
}

fn write_tree(root: &std::path::Path, parts: [&[u8]; 5]) {
    let [draft, version, pictures, account, document] = parts;
    let or = |given: &[u8], usual: String| if given.is_empty() { usual.into_bytes() } else { given.to_vec() };
    let document = if document.is_empty() { documents().swap_remove(0) } else { document.to_vec() };
    let account = or(account, account_file().to_string());
    let directory = begin_tree(root, &account, &or(draft, draft_file(1).to_string()));
    let version = or(version, version_file(1, &document).to_string());
    write_version(&directory, 1, &document, &version, &or(pictures, "[]".to_owned()));
}

fn empty() -> (TempDir, PathBuf) {
    let place = directory();
    let path = place.path().join("archive.db");
    drop(Writer::open(&path).expect("an archive can be made"));
    (place, path)
}
