//! The pictures of a version.

use std::path::Path;

use super::error::Error;
use super::reading;
use super::tree::Tree;
use super::written::PictureLine;
use crate::archive::Reader;
use crate::model::Article;

/// A picture that a version needs.
#[derive(Debug)]
pub(super) enum Picture {}

impl Picture {
    pub(super) fn line(&self) -> PictureLine {
        match *self {}
    }
}

/// Returns the pictures that a document of an account needs.
pub(super) fn of(_reader: &Reader, _account: &str, _document: &[u8]) -> Result<Vec<Picture>, Error> {
    Ok(Vec::new())
}

/// Writes the bytes of a picture where they are kept and not there yet; returns whether it did.
pub(super) fn write(_reader: &Reader, _tree: &Tree, _picture: &Picture) -> Result<bool, Error> {
    Ok(false)
}

/// Returns articles whose pictures are those of the tree.
pub(super) fn beside(articles: Vec<Article>, _pictures: &[Picture]) -> Vec<Article> {
    articles
}

/// Tells whether every picture of a list is there; one that was not kept may be by now.
pub(super) fn are_complete(_tree: &Tree, list: &Path) -> bool {
    reading::json::<Vec<PictureLine>>(list).is_ok_and(|lines| lines.iter().all(|line| line.sha256.is_some()))
}
