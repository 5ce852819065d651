//! A body as a person reads it, its pictures told apart from its text.

use std::borrow::Cow;

use super::html::{self, Element, Piece};
use super::{body, text};
use crate::model::{Article, ArticleType, Language};

/// What stands in a reading's text for a picture: U+FFFC, the object replacement character.
pub const PICTURE: char = '\u{fffc}';

/// A body's text, and the pictures in it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PlainBody {
    /// Plain text as [`super::text()`] writes it, but for the addresses of links, each picture one [`PICTURE`]; the author's own
    /// are taken out.
    pub text: String,
    /// The addresses of the pictures, in the order in which they stand in the text.
    pub pictures: Vec<String>,
}

/// Reads an article's body. A picture without an address shows nothing, and is left out.
pub fn plain_body(article: &Article) -> PlainBody {
    plain_body_of(html::pieces(&article.content), article.article_type)
}

/// Reads the pieces of a body.
pub(crate) fn plain_body_of(pieces: Vec<Piece>, article_type: ArticleType) -> PlainBody {
    let mut pictures = Vec::new();
    let visible = body::visible_of(pieces, article_type, Language::English).into_iter();
    let marked: Vec<_> = visible.filter_map(|piece| marked(piece, &mut pictures)).collect();
    PlainBody { text: text::write(&marked), pictures }
}

fn marked(piece: Piece, pictures: &mut Vec<String>) -> Option<Piece> {
    Some(match piece {
        Piece::Void(element) if &*element.name == "img" => {
            let address = element.picture().map(str::trim).filter(|address| !address.is_empty())?;
            pictures.push(address.to_owned());
            Piece::Text(PICTURE.to_string().into())
        }
        Piece::Text(text) => match without_marks(&text) {
            Cow::Owned(text) => Piece::Text(text.into()),
            Cow::Borrowed(_) => Piece::Text(text),
        },
        Piece::Open(element) if &*element.name == "a" => Piece::Open(without_address(element)),
        other => other,
    })
}

/// Where a link leads is compared by itself, and nobody has written it into the text.
pub(super) fn without_address(mut link: Element) -> Element {
    link.attributes.retain(|attribute| &*attribute.name.local != "href");
    link
}

pub(super) fn without_marks(text: &str) -> Cow<'_, str> {
    if text.contains(PICTURE) { Cow::Owned(text.replace(PICTURE, "")) } else { Cow::Borrowed(text) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(content: &str) -> (String, Vec<String>) {
        let article = Article {
            position: 0,
            article_type: ArticleType::News,
            title: String::new(),
            author: String::new(),
            digest: String::new(),
            content_source_url: String::new(),
            cover: String::new(),
            content: content.to_owned(),
        };
        let PlainBody { text, pictures } = plain_body(&article);
        (text, pictures)
    }

    #[test]
    fn pictures_stand_in_the_text_and_beside_it() {
        let (text, pictures) = read("<p>一<img data-src=' |A '>二</p><img src='|B'><p><img><img src=''></p><p>三</p>");
        assert_eq!(
            (text.as_str(), pictures),
            ("一\u{fffc}二\n\n\u{fffc}\n\n三", vec!["|A".to_owned(), "|B".to_owned()])
        );
    }

    #[test]
    fn nothing_that_an_author_writes_is_a_picture() {
        let (text, pictures) =
            read("一\u{fffc}&#xfffc;<a href='https://a.cn/\u{fffc}'>二</a><mpvoice name='\u{fffc}声'></mpvoice>");
        assert_eq!((text.as_str(), pictures), ("一二[audio: 声]", vec![]));
    }
}
