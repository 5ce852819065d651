//! The hash rules: test vectors, the second implementation in Python, and properties.

#![expect(clippy::print_stderr, reason = "a test that is skipped says so")]

mod adversarial;
mod properties;
mod sizes;
mod spelling;

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::{env, fs};

use draftkeep::canonical::{canonicalise, repair};
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::{Config, TestRunner};

/// Where the test vectors are.
fn vectors() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/canon")
}

/// The files of a directory that end in `.end`, in the order of their names.
fn files(directory: &Path, end: &str) -> Vec<PathBuf> {
    let entries = fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path());
    let mut found: Vec<PathBuf> = entries.filter(|path| path.extension().is_some_and(|it| it == end)).collect();
    found.sort();
    found
}

/// The hash by our implementation, or `refused`.
fn ours(document: &[u8]) -> String {
    canonicalise(document).map_or("refused".to_owned(), |form| form.hash().to_string())
}

/// The hashes by `canon.py`, or `None` where there is no Python.
fn reference(documents: &[Vec<u8>]) -> Option<Vec<String>> {
    let script = vectors().join("canon.py");
    let mut python =
        Command::new("python3").arg(script).arg("--batch").stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().ok()?;
    let mut lines = python.stdin.take().unwrap();
    let hex = |document: &Vec<u8>| document.iter().map(|byte| format!("{byte:02x}")).collect::<String>() + "\n";
    let asked: String = documents.iter().map(hex).collect();
    let asking = std::thread::spawn(move || lines.write_all(asked.as_bytes()));
    let output = python.wait_with_output().unwrap();
    asking.join().unwrap().unwrap();
    assert!(output.status.success(), "canon.py failed");
    Some(String::from_utf8(output.stdout).unwrap().lines().map(str::to_owned).collect())
}

#[test]
fn the_vectors_hold() {
    let documents = files(&vectors(), "document");
    assert!(documents.len() > 50, "the vectors are not there");
    for path in documents {
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        let document = fs::read(&path).unwrap();
        if name.starts_with("refused") {
            assert!(canonicalise(&document).is_err(), "{name}");
            continue;
        }
        let form = canonicalise(&document).unwrap();
        let expected = fs::read_to_string(path.with_extension("canonical")).unwrap();
        assert_eq!(String::from_utf8_lossy(&form.bytes), expected, "{name}");
        assert_eq!(format!("{}\n", form.hash()), fs::read_to_string(path.with_extension("hash")).unwrap(), "{name}");
        assert_eq!(canonicalise(&form.bytes).unwrap().bytes, form.bytes, "{name} is no fixpoint");
        assert_eq!(canonicalise(&repair(&document)).unwrap().bytes, form.bytes, "{name} repaired is another");
    }
}

#[test]
fn vectors_of_one_draft_have_one_hash() {
    for [one, other] in [
        ["get", "batchget"],
        ["newspic", "newspic-inferred"],
        ["cover-from-web-editor", "cover-from-web-editor-later"],
        ["escapes", "escapes-undone"],
        ["picture-forms", "picture-forms-escaped"],
    ] {
        let [one, other] = [one, other].map(|name| fs::read(vectors().join(name).with_extension("document")).unwrap());
        assert_ne!(one, other);
        assert_eq!(ours(&one), ours(&other));
    }
}

/// All documents at hand (the vectors, and the `*.json` of the directory that `CANON_DOCUMENTS` names) and as many random
/// ones as `CANON_CASES` says, hashed by both implementations.
#[test]
fn the_law_in_python_agrees() {
    let more = env::var_os("CANON_DOCUMENTS").map(|directory| files(Path::new(&directory), "json"));
    let paths = files(&vectors(), "document").into_iter().chain(more.unwrap_or_default());
    let mut documents: Vec<Vec<u8>> = paths.map(|path| fs::read(path).unwrap()).collect();
    let cases = env::var("CANON_CASES").map_or(2_000, |cases| cases.parse().unwrap());
    let mut runner = TestRunner::new(Config::default());
    let random = adversarial::document();
    documents.extend((0..cases).map(|_| random.new_tree(&mut runner).unwrap().current()));

    let Some(theirs) = reference(&documents) else {
        eprintln!("skipped: the law in Python was not compared, there is no python3");
        return;
    };
    assert_eq!(theirs.len(), documents.len());
    let refused = theirs.iter().filter(|hash| *hash == "refused").count();
    for (document, theirs) in documents.iter().zip(&theirs) {
        assert_eq!(&ours(document), theirs, "{:?}", String::from_utf8_lossy(document));
    }
    assert!(refused < documents.len() / 2, "{refused} of {} were no drafts: nothing was compared", documents.len());
}
