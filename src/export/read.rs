//! Reads an untrusted tree: follows no symlink, never blocks on a pipe, and limits every size.

use std::fs::{self, File};
use std::io::Read;
use std::path::{Path, PathBuf};

use serde::de::DeserializeOwned;

use crate::model::LARGEST_DOCUMENT;

/// The largest document that is read, in bytes: no larger answer of the platform's is.
pub(super) const LARGEST: u64 = LARGEST_DOCUMENT as u64;

/// The largest picture that is read: no configuration keeps a larger one.
pub(super) const LARGEST_PICTURE: u64 = 100 << 20;

/// The largest of the small JSON files.
const LARGEST_JSON: u64 = 64 << 20;

/// A problem with a file or a directory of the tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct TreeError {
    pub(super) path: PathBuf,
    pub(super) reason: String,
}

impl TreeError {
    pub(super) fn new(path: &Path, reason: impl Into<String>) -> Self {
        Self { path: path.to_owned(), reason: reason.into() }
    }
}

/// Reads a file of at most `most` bytes.
pub(super) fn bytes(path: &Path, most: u64) -> Result<Vec<u8>, TreeError> {
    let wrong = |error: std::io::Error| TreeError::new(path, in_words(&error));
    let found = fs::symlink_metadata(path).map_err(wrong)?;
    // Opening a pipe would wait for a writer, and a symlink may lead anywhere.
    if !found.is_file() {
        return Err(TreeError::new(path, "it is no plain file"));
    }
    let mut bytes = Vec::new();
    File::open(path).and_then(|file| file.take(most + 1).read_to_end(&mut bytes)).map_err(wrong)?;
    if bytes.len() as u64 > most {
        return Err(TreeError::new(path, format!("it is larger than {} MiB", most >> 20)));
    }
    Ok(bytes)
}

/// Reads one of the small JSON files.
pub(super) fn json<T: DeserializeOwned>(path: &Path) -> Result<T, TreeError> {
    let bytes = bytes(path, LARGEST_JSON)?;
    serde_json::from_slice(&bytes)
        .map_err(|error| TreeError::new(path, format!("it is not what it should be: {error}")))
}

/// Checks that a directory is one. A symlink would lead out of the tree.
pub(super) fn directory(path: &Path) -> Result<(), TreeError> {
    match fs::symlink_metadata(path) {
        Ok(found) if found.is_dir() => Ok(()),
        Ok(_) => Err(TreeError::new(path, "it is no directory")),
        Err(error) => Err(TreeError::new(path, in_words(&error))),
    }
}

/// Returns the names of the directories in one, and of links, sorted, without hidden ones.
pub(super) fn directories(path: &Path) -> Result<Vec<String>, TreeError> {
    let wrong = |error: std::io::Error| TreeError::new(path, in_words(&error));
    let mut names = Vec::new();
    for entry in fs::read_dir(path).map_err(wrong)? {
        let entry = entry.map_err(wrong)?;
        // A name that is not valid text is not ours.
        let Ok(name) = entry.file_name().into_string() else { continue };
        if !name.starts_with('.') && !entry.file_type().map_err(wrong)?.is_file() {
            names.push(name);
        }
    }
    names.sort();
    Ok(names)
}

fn in_words(error: &std::io::Error) -> String {
    match error.kind() {
        std::io::ErrorKind::NotFound => "it is missing".to_owned(),
        _ => format!("it cannot be read: {error}"),
    }
}
