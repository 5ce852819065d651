//! A body as paragraphs, for whoever looks for a sentence: a line break within one does not part it.

use super::html::Piece;
use super::plain_body::{without_address, without_marks};
use super::{body, html, text};
use crate::model::{Article, Language};

/// What stands for a break until the lines are written: U+2028, the line separator.
const BREAK: char = '\u{2028}';

/// Reads an article's body as paragraphs, as [`super::plain_body()`] reads it as lines. A line that a break ends goes on in the next one,
/// behind a `\n`, unless a sentence ends there: many editors write a paragraph as a line. A picture is a blank.
pub fn paragraphs(article: &Article) -> Vec<String> {
    let pieces = html::pieces(&article.content);
    let visible = body::visible_of(pieces, article.article_type, Language::English).into_iter();
    let marked: Vec<_> = visible.map(marked).collect();
    text::write(&marked).lines().flat_map(joined).collect()
}

fn marked(piece: Piece) -> Piece {
    match piece {
        Piece::Void(element) if &*element.name == "br" => Piece::Text(BREAK.to_string().into()),
        Piece::Void(element) if &*element.name == "img" => Piece::Text(" ".into()),
        Piece::Open(element) if &*element.name == "a" => Piece::Open(without_address(element)),
        Piece::Text(text) => Piece::Text(without_marks(&text).into_owned().into()),
        other => other,
    }
}

/// Joins the parts of a line that are one paragraph.
fn joined(line: &str) -> Vec<String> {
    let mut paragraphs: Vec<String> = Vec::new();
    let mut goes_on = false;
    for part in line.split(BREAK).map(str::trim) {
        match paragraphs.last_mut().filter(|_| goes_on && !part.is_empty()) {
            Some(paragraph) => {
                paragraph.push('\n');
                paragraph.push_str(part);
            }
            None if !part.is_empty() => paragraphs.push(part.to_owned()),
            None => {}
        }
        goes_on = !part.is_empty() && !ends_sentence(part);
    }
    paragraphs
}

/// Tells whether a line ends with the end of a sentence, quotation marks and brackets aside.
fn ends_sentence(line: &str) -> bool {
    let line = line.trim_end_matches(['”', '’', '」', '』', '"', '）', ')', '】', '》']);
    line.ends_with(['。', '！', '？', '…', '!', '?', '.'])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::ArticleType;

    fn read(content: &str, article_type: ArticleType) -> Vec<String> {
        paragraphs(&Article {
            position: 0,
            article_type,
            title: String::new(),
            author: String::new(),
            digest: String::new(),
            content_source_url: String::new(),
            cover: String::new(),
            content: content.to_owned(),
        })
    }

    #[test]
    fn a_sentence_that_a_break_parts_is_one_paragraph() {
        let news = |content: &str| read(content, ArticleType::News);
        assert_eq!(
            news("<p>凌晨四点，<br>菜<b>市</b>场<br/>醒了。<br>价格</p>"),
            ["凌晨四点，\n菜市场\n醒了。", "价格"]
        );
        assert_eq!(news("一<br><br>二<br> <br>三<p><br></p>"), ["一", "二", "三"]);
        assert_eq!(news("<section>一</section><section>二</section><li>三<br>四</li>"), ["一", "二", "- 三\n四"]);
        assert_eq!(news("“好。”<br>他说：<br>一<img data-src='a'>二\u{2028}三"), ["“好。”", "他说：\n一 二\n三"]);
        assert_eq!(news("<pre>a<br>b</pre><a href='https://a.cn'>链接</a>"), ["a", "b", "链接"]);
        assert_eq!(read("一\n二\n\n三", ArticleType::Newspic), ["一\n二", "三"]);
    }
}
