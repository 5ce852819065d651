//! Two bodies compared: each side's text comes back from the marked page, tags nest, nothing runs, and the same two always differ alike.

use draftkeep::canonical::canonicalise;
use draftkeep::diff::{ChangeKind, RenderedDiff, View, Wording, diff, rendered};
use draftkeep::model::{Article, Language};
use draftkeep::render::{Marks, Pictures, frame_body};
use serde_json::json;

use crate::markup::{Token, assert_harmless, assert_nested, tokens};
use crate::parts::{article, texts};

pub fn run(data: &[u8]) {
    let Some([older, newer]) = texts(data) else { return };
    compare_documents(older, newer);
    let (older, newer) = (article(older), article(newer));
    let marked = rendered(&older, &newer, Language::English);
    let merged = html(&marked, View::Merged);
    assert_eq!(shown(&merged, "del"), shown(&frame(&newer), ""), "the newer text in {merged}");
    assert_eq!(shown(&merged, "ins"), shown(&frame(&older), ""), "the older text in {merged}");
    assert_eq!(shown(&html(&marked, View::Older), ""), shown(&frame(&older), ""), "the older side");
    assert_eq!(shown(&html(&marked, View::Newer), ""), shown(&frame(&newer), ""), "the newer side");
    for view in [View::Merged, View::OnlyChanges, View::Older, View::Newer] {
        assert_nested(&html(&marked, view));
        assert_harmless(&html(&marked, view));
    }
    for html in [&merged, &html(&marked, View::OnlyChanges)] {
        for number in 1..=marked.changes.len() {
            assert_eq!(
                html.matches(&format!(" id=\"dk-{number}\"")).count(),
                1,
                "change {number} has one place: {html}"
            );
        }
    }
    assert_eq!(html(&rendered(&older, &newer, Language::English), View::Merged), merged, "the same twice");
    assert!(rendered(&newer, &newer, Language::English).changes.is_empty());
}

/// A difference is empty exactly where the hashes are equal.
fn compare_documents(older: &str, newer: &str) {
    let document = |body: &str| json!({"news_item": [{"title": "t", "content": body}]}).to_string().into_bytes();
    let (older, newer) = (document(older), document(newer));
    let hash = |document: &[u8]| canonicalise(document).expect("a document").hash();
    let differs = diff(&older, &newer).expect("two documents");
    assert_eq!(differs.is_empty(), hash(&older) == hash(&newer));
    drop(differs.summary());
}

fn html(marked: &RenderedDiff, view: View) -> String {
    marked.html(view, &Pictures::default(), &Words)
}

fn frame(article: &Article) -> String {
    frame_body(article, &Pictures::default(), Language::English, &mut Marks::default())
}

/// Returns what shows of a page, blanks aside, without what stands in marks of ours named `without`, and in the place of pictures.
fn shown(html: &str, without: &str) -> String {
    let (mut text, mut depth) = (String::new(), 0_usize);
    for token in tokens(html) {
        match token {
            Token::Open { name, is_closed, .. } if depth > 0 => depth += usize::from(!is_closed && !is_alone(name)),
            Token::Close(_) if depth > 0 => depth -= 1,
            _ if depth > 0 => {}
            Token::Open { name, attributes, is_closed } => {
                let class = attributes.iter().find(|(key, _)| *key == "class").map_or("", |(_, value)| *value);
                let is_left_out = name == without && class.starts_with("dk-") || class == "lost";
                depth = usize::from(is_left_out && !is_closed);
                text.push_str(if name == "hr" || class == "dk-rule" { "[hr]" } else { "" });
                text.push_str(if name == "img" { "[img]" } else { "" });
            }
            Token::Text(words) => text.extend(words.replace("&nbsp;", "").chars().filter(|c| !is_blank(*c))),
            Token::Close(_) => {}
        }
    }
    text
}

fn is_alone(name: &str) -> bool {
    matches!(name, "area" | "br" | "col" | "hr" | "img" | "wbr")
}

/// As the comparison knows blanks; U+FFFC stands for a picture, and an author may write it too.
fn is_blank(c: char) -> bool {
    c.is_whitespace() || matches!(c, '\u{200b}' | '\u{2060}' | '\u{feff}' | '\u{fffc}')
}

struct Words;

impl Wording for Words {
    fn mark(&self, kind: ChangeKind, formatting: &[&'static str]) -> String {
        format!("{kind:?} {}", formatting.join(", "))
    }

    fn unchanged(&self, _: usize) -> String {
        String::new()
    }
}
