//! The paragraphs of a version: what its readers see, part by part.

use std::collections::BTreeSet;

use crate::canonical::{self, Malformed};
use crate::model::Article;
use crate::render;
use crate::search::{Field, Paragraph};

/// Reads the paragraphs of a document.
pub(super) fn paragraphs(document: &[u8]) -> Result<BTreeSet<Paragraph>, Malformed> {
    let mut paragraphs = BTreeSet::new();
    for article in canonical::articles(document)? {
        let Article { position, title, author, digest, .. } = &article;
        let lines = |text: &str| text.lines().map(|line| line.trim().to_owned()).collect::<Vec<_>>();
        let parts = [
            (Field::Title, lines(title)),
            (Field::Author, lines(author)),
            (Field::Digest, lines(digest)),
            (Field::Body, render::paragraphs(&article)),
            (Field::Caption, lines(&render::captions(&article).join("\n"))),
        ];
        for (field, texts) in parts {
            let texts = texts.into_iter().filter(|text| !text.is_empty());
            paragraphs.extend(texts.map(|text| Paragraph { article: *position, field, text }));
        }
    }
    Ok(paragraphs)
}
