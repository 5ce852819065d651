//! The reader of HTML and its renderers: in pages nothing runs or loads and tags nest; texts steer no terminal.

use std::ops::Range;

use draftkeep::model::Language;
use draftkeep::render::{
    Marks, PICTURE, Pictures, Sought, captions, fragment, frame_body, markdown, page, paragraphs, plain_body, text,
};
use draftkeep::sanitize;

use crate::markup::{assert_harmless, assert_nested};
use crate::parts::article;

pub fn run(data: &[u8]) {
    let Ok(body) = std::str::from_utf8(data) else { return };
    let article = article(body);
    let pictures = Pictures::default();
    for language in [Language::Chinese, Language::English] {
        for html in [
            fragment(&article, &pictures, language),
            frame_body(&article, &pictures, language, &mut Marks::default()),
            frame_body(&article, &pictures, language, &mut every_second_character()),
        ] {
            assert_nested(&html);
            assert_harmless(&html);
        }
    }
    let articles = std::slice::from_ref(&article);
    let page = page(articles, &pictures);
    let inside =
        page.split_once("<body>").and_then(|(_, body)| body.split_once("</body>")).expect("a page has a body").0;
    // The names of characters that steer a terminal are written with a bare `>`, which harms nobody.
    if sanitize::lines(body) == body {
        assert_nested(inside);
        assert_harmless(inside);
    }
    for shown in [text(articles), markdown(articles, &pictures)] {
        assert_eq!(sanitize::lines(&shown), shown, "nothing steers the terminal");
    }
    let plain = plain_body(&article);
    assert_eq!(plain.text.matches(PICTURE).count(), plain.pictures.len());
    drop((paragraphs(&article), captions(&article)));
}

fn every_second_character() -> Marks<'static> {
    fn find(text: &str) -> Vec<Range<usize>> {
        text.char_indices().step_by(2).map(|(at, c)| at..at + c.len_utf8()).collect()
    }
    Marks::new(Sought { find: &find, is_place: &str::is_ascii })
}
