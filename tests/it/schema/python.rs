//! The Python of `schema/README.md`, which reads any version without us.

use std::path::Path;
use std::process::Command;
use std::sync::OnceLock;

use crate::archive::write_to_stderr;

/// Returns whether Python is installed; prints a line if not.
pub(crate) fn is_there() -> bool {
    static THERE: OnceLock<bool> = OnceLock::new();
    *THERE.get_or_init(|| {
        let probe = Command::new("python3").args(["-c", "import json, sqlite3, zlib"]).output();
        let there = probe.is_ok_and(|probe| probe.status.success());
        if !there {
            write_to_stderr(format_args!("skipped: what needs python3 with its sqlite3 and zlib"));
        }
        there
    })
}

/// Runs the page's lines, as `read.py`, with arguments.
pub(crate) fn run(arguments: &[&str]) -> Vec<u8> {
    python(&["read.py"], arguments)
}

/// All documents of a draft, newest first, each with a line feed after it.
pub(crate) fn documents(archive: &Path, account: &str, media_id: &str) -> Vec<u8> {
    const ALL: &str = "\
import sqlite3, sys, read
db = sqlite3.connect(sys.argv[1])
for _, document in read.documents(db, *sys.argv[2:]):
    sys.stdout.buffer.write(document + b'\\n')
";
    python(&["-c", ALL], &[&archive.to_string_lossy(), account, media_id])
}

/// The titles in `article_view`, after Python has defined the one function that it lacks.
pub(crate) fn titles(archive: &Path) -> String {
    const TITLES: &str = "\
import sqlite3, sys, read
db = sqlite3.connect(sys.argv[1])
db.create_function('sqlar_uncompress', 2, read.plain)
for row in db.execute('SELECT media_id, version, title FROM article_view ORDER BY media_id, version, position'):
    print(*row)
";
    String::from_utf8(python(&["-c", TITLES], &[&archive.to_string_lossy()])).unwrap()
}

fn python(program: &[&str], arguments: &[&str]) -> Vec<u8> {
    let directory = tempfile::tempdir().unwrap();
    let [(_, lines, _)] = &super::blocks("python")[..] else { panic!("one block of Python") };
    std::fs::write(directory.path().join("read.py"), lines).unwrap();
    let output = Command::new("python3")
        .env("PYTHONIOENCODING", "utf-8")
        .args(program)
        .args(arguments)
        .current_dir(directory.path())
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    output.stdout
}
