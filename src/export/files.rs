//! A version's directory: its files, and whether it is complete.

use std::path::Path;

use super::error::Error;
use super::pictures;
use super::read::{self, LARGEST};
use super::schema::{PictureLine, VersionFile, json};
use super::tree::Tree;
use super::write::{self, NamedFile};
use crate::archive::{self, Reader, Version, VersionPicture};
use crate::canonical;
use crate::model::Hash;
use crate::render;

pub(super) const DOCUMENT: &str = "document.json";
pub(super) const VERSION: &str = "version.json";
pub(super) const PICTURES: &str = "pictures.json";
const PAGE: &str = "page.html";
const MARKDOWN: &str = "page.md";

/// The files of a version's directory.
pub const VERSION_FILES: [&str; 5] = [DOCUMENT, VERSION, PICTURES, PAGE, MARKDOWN];

/// Returns the files of a version.
pub(super) fn of(version: &Version, document: &[u8], pictures: &[VersionPicture]) -> Result<Vec<NamedFile>, Error> {
    let articles = canonical::articles(document).map_err(|error| archive::Error::Damaged(error.to_string()))?;
    let beside = pictures::beside(pictures);
    let lines: Vec<PictureLine> = pictures.iter().map(pictures::line).collect();
    Ok(vec![
        (DOCUMENT, document.to_vec()),
        (VERSION, json(&VersionFile::of(version, document))),
        (PICTURES, json(&lines)),
        (PAGE, render::page(&articles, &beside).into_bytes()),
        (MARKDOWN, render::markdown(&articles, &beside).into_bytes()),
    ])
}

/// Writes the files of a version that are missing or differ; returns whether any did.
pub(super) fn write(directory: &Path, files: &[NamedFile]) -> Result<bool, Error> {
    if !write::is_directory(directory)? {
        write::place(directory, files)?;
        return Ok(true);
    }
    let mut is_written = false;
    for (name, bytes) in files {
        is_written |= write::put(&directory.join(name), bytes)?;
    }
    Ok(is_written)
}

/// Returns whether a version is complete: its document byte for byte, its other files, and every archived picture.
///
/// # Errors
///
/// [`Error::Other`] if it is another version than in the archive.
pub(super) fn is_complete(
    reader: &Reader,
    account: &str,
    tree: &Tree,
    directory: &Path,
    version: &Version,
) -> Result<bool, Error> {
    if !write::is_directory(directory)? {
        return Ok(false);
    }
    let Ok(there) = read::json::<VersionFile>(&directory.join(VERSION)) else { return Ok(false) };
    if there.hash != version.hash.to_string() || there.version != version.number {
        let reason =
            format!("its version has the hash {:.12}, that of the archive {}", there.hash, version.hash.short());
        return Err(Error::Other { path: directory.to_owned(), reason });
    }
    let is_there = |name| directory.join(name).symlink_metadata().is_ok_and(|file| file.is_file() && file.len() > 0);
    Ok(has_document(directory, &there)
        && is_there(PAGE)
        && is_there(MARKDOWN)
        && pictures::are_complete(reader, account, tree, &directory.join(PICTURES))?)
}

fn has_document(directory: &Path, version: &VersionFile) -> bool {
    let document = read::bytes(&directory.join(DOCUMENT), LARGEST);
    document.is_ok_and(|document| Hash::of(&document).to_string() == version.document.sha256)
}

/// Returns the document if it has its version's hash.
pub(super) fn check_hash<'a>(version: &Version, document: &'a [u8]) -> Result<&'a [u8], archive::Error> {
    let canonical = canonical::canonicalise(document)
        .map_err(|error| archive::Error::Damaged(format!("it is no draft: {error}")))?;
    match version.matches_hash(canonical.hash()) {
        true => Ok(document),
        false => Err(archive::Error::Damaged("its document does not have the hash that names it".to_owned())),
    }
}
