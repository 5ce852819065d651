//! The paragraphs of a version: what its readers see, part by part.

use std::collections::BTreeSet;

use crate::canonical::{self, Malformed};
use crate::model::Article;
use crate::render::{self, PICTURE};
use crate::search::{Field, Paragraph};

/// Reads the paragraphs of a document.
pub(super) fn paragraphs(document: &[u8]) -> Result<BTreeSet<Paragraph>, Malformed> {
    let mut paragraphs = BTreeSet::new();
    for article in canonical::articles(document)? {
        let Article { position, title, author, digest, .. } = &article;
        let body = render::plain_body(&article).text;
        let captions = render::captions(&article).join("\n");
        let parts = [
            (Field::Title, title),
            (Field::Author, author),
            (Field::Digest, digest),
            (Field::Body, &body),
            (Field::Caption, &captions),
        ];
        for (field, text) in parts {
            let lines = text.lines().map(|line| line.replace(PICTURE, " ").trim().to_owned());
            let lines = lines.filter(|line| !line.is_empty());
            paragraphs.extend(lines.map(|text| Paragraph { article: *position, field, text }));
        }
    }
    Ok(paragraphs)
}
