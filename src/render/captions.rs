//! The descriptions of pictures.

use super::body;
use super::html::{Element, Piece};
use crate::model::Article;

/// Returns what describes the pictures of an article, in the order in which they stand.
pub fn captions(article: &Article) -> Vec<String> {
    let pieces = body::visible(article);
    let pictures = pieces.iter().filter_map(|piece| match piece {
        Piece::Void(element) if &*element.name == "img" => description(element),
        _ => None,
    });
    pictures.map(str::to_owned).collect()
}

/// Returns what describes a picture. The platform's editor gives every picture the same description, which says nothing.
pub(super) fn description(picture: &Element) -> Option<&str> {
    picture.attribute("alt").map(str::trim).filter(|description| !matches!(*description, "" | "图片"))
}
