//! The replay: real drafts and histories are stored in an archive and come back byte for byte, with our own reader, through the stock
//! `sqlite3` shell, through the Python of `schema/README.md`, and from an exported tree. To record them takes most of the time, so all of
//! that is asked of one archive for each source.
//!
//! The data is no part of the project: it is in the directory that `DRAFTKEEP_REPLAY_DATA` names. With
//! `DRAFTKEEP_CASES=all` the stock shell reads every version, else a sample: it rebuilds each from its whole one.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use draftkeep::archive::{Draft, Error, Filter, Reader, RecordOutcome, StoredDocument, Version};
use draftkeep::canonical::canonicalise;
use draftkeep::verify::{SampleRate, verify};

use crate::archive::{Fixture, shell, shell_is_there, write_to_stderr};
use crate::harness::one_in;
use crate::histories;
use crate::replay_export::goes_out_and_comes_back;
use crate::schema::python;

/// The source with the shortest histories.
const SHORTEST: &str = "ruanyf-";

/// The directory of the data; prints a line if there is none.
pub(crate) fn data() -> Option<&'static Path> {
    static DATA: OnceLock<Option<PathBuf>> = OnceLock::new();
    DATA.get_or_init(|| {
        let directory = std::env::var_os("DRAFTKEEP_REPLAY_DATA").map(PathBuf::from);
        match &directory {
            Some(directory) => assert!(directory.is_dir(), "no data at {}", directory.display()),
            None => write_to_stderr(format_args!("replay: skipped, DRAFTKEEP_REPLAY_DATA names no directory")),
        }
        directory
    })
    .as_deref()
}

pub(crate) fn files(directory: &Path, end: &str) -> Vec<PathBuf> {
    let entries = fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path());
    let mut files: Vec<PathBuf> = entries.filter(|path| path.to_string_lossy().ends_with(end)).collect();
    files.sort();
    assert!(!files.is_empty(), "{} holds no *{end}", directory.display());
    files
}

#[test]
fn every_article_comes_back() {
    let Some(data) = data() else { return };
    let mut archive = Fixture::new();
    let files = files(&data.join("articles"), ".json");
    for file in &files {
        let (media_id, document) = (stem(file), fs::read(file).unwrap());
        assert!(matches!(archive.record(&media_id, &document), RecordOutcome::Version { number: 1, .. }));
        assert_eq!(archive.record(&media_id, &document), RecordOutcome::Unchanged);
    }
    let reader = archive.reader();
    let drafts = reader.drafts(&Filter::default()).unwrap();
    assert_eq!(drafts.len(), files.len());
    for (file, draft) in files.iter().zip(&drafts) {
        let version = &reader.versions(draft.id).unwrap()[0];
        assert!(reader.document(version).unwrap() == fs::read(file).unwrap(), "{}", file.display());
    }
}

/// The states of one history, oldest first.
pub(crate) fn states(file: &Path) -> Vec<Vec<u8>> {
    histories::states(file).unwrap().unwrap()
}

fn stem(file: &Path) -> String {
    file.file_name().unwrap().to_string_lossy().split('.').next().unwrap().to_owned()
}

/// Replays the histories of one source: each state that differs from the one before is a version, and comes back.
fn replay(source: &str) {
    let Some(data) = data() else { return };
    let mut archive = Fixture::new();
    let histories: Vec<PathBuf> =
        files(&data.join("revisions"), ".zst").into_iter().filter(|file| stem(file).starts_with(source)).collect();
    assert!(!histories.is_empty());
    for file in &histories {
        record(&mut archive, file);
    }
    let reader = archive.reader();
    let drafts = reader.drafts(&Filter::default()).unwrap();
    assert_eq!(drafts.len(), histories.len());
    for (file, draft) in histories.iter().zip(&drafts) {
        let mut states = states(file);
        states.dedup();
        let versions = reader.versions(draft.id).unwrap();
        assert_eq!(versions.len(), states.len(), "{}", draft.media_id);
        read(&reader, &versions, &states);
        if shell_is_there() {
            read_in_the_shell(&archive.path(), draft, &states);
        }
        if python::is_there() {
            read_in_python(&archive.path(), draft, &states);
        }
    }
    let proof = verify(&reader, SampleRate::Whole, &mut |_| {}).unwrap();
    assert!(proof.is_ok() && proof.proven == proof.versions && proof.versions > 0, "{:?}", proof.damaged);
    // Rendering a hundred long versions unoptimised takes long: where a sample is enough, it is the shortest histories.
    if one_in(20) == 1 || source == SHORTEST {
        goes_out_and_comes_back(&archive);
    }
}

/// Records all states of a history, in order.
pub(crate) fn record(archive: &mut Fixture, file: &Path) {
    let (media_id, mut before, mut expected) = (stem(file), Vec::new(), 0);
    for state in states(file) {
        let recorded = archive.record(&media_id, &state);
        if state == before {
            assert_eq!(recorded, RecordOutcome::Unchanged);
        } else {
            expected += 1;
            assert!(matches!(recorded, RecordOutcome::Version { number, .. } if number == expected), "{media_id}");
        }
        before = state;
    }
}

/// Our own reader: one walk over all, and a jump to every tenth.
fn read(reader: &Reader, newest_first: &[Version], states: &[Vec<u8>]) {
    let mut expected = states.iter().rev();
    let mut walk = |version: &Version, document: Result<StoredDocument<'_>, Error>| {
        let document = document?.raw;
        assert!(expected.next().is_some_and(|state| state == document), "version {}", version.number);
        assert_eq!(canonicalise(document).unwrap().hash(), version.hash);
        Ok(())
    };
    reader.documents(newest_first, &mut walk).unwrap();
    assert_eq!(expected.count(), 0);
    for version in newest_first.iter().step_by(10) {
        assert!(reader.document(version).unwrap() == states[version.number as usize - 1], "{}", version.number);
    }
}

/// The stock shell, through the view.
fn read_in_the_shell(archive: &Path, draft: &Draft, states: &[Vec<u8>]) {
    let every = one_in(20);
    let sql = format!(
        "SELECT document FROM document_view WHERE account = '{}' AND media_id = '{}' AND version % {every} = 1 % {every}",
        draft.account, draft.media_id
    );
    let read = shell(archive, &format!("{sql} ORDER BY version"));
    let expected: Vec<u8> = states.iter().step_by(every).flat_map(|state| [state, &b"\n"[..]].concat()).collect();
    assert!(read == expected, "{}: the stock shell reads other documents", draft.media_id);
}

/// The Python of `schema/README.md`.
fn read_in_python(archive: &Path, draft: &Draft, states: &[Vec<u8>]) {
    let read = python::documents(archive, &draft.account, &draft.media_id);
    let expected: Vec<u8> = states.iter().rev().flat_map(|state| [state, &b"\n"[..]].concat()).collect();
    assert!(read == expected, "{}: Python reads other documents", draft.media_id);
}

#[test]
fn the_histories_of_es6_come_back() {
    replay("es6-");
}

#[test]
fn the_histories_of_labuladong_come_back() {
    replay("labuladong-");
}

#[test]
fn the_histories_of_plct_come_back() {
    replay("plct-");
}

#[test]
fn the_histories_of_ruanyf_come_back() {
    replay(SHORTEST);
}

#[test]
fn the_histories_of_ruyisdk_come_back() {
    replay("ruyisdk-");
}
