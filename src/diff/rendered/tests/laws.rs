//! What holds for every two bodies.

use std::collections::HashMap;
use std::fs;
use std::path::PathBuf;

use proptest::prelude::*;

use super::*;
use crate::canonical;
use crate::diff::element::identity;
use crate::diff::rendered::mark::RULE_CLASS;
use crate::diff::tokens::is_blank;
use crate::render::tests::{histories, one_change_in};
use crate::render::{PICTURE, Piece, frame_pieces, pieces};

/// Shows every picture under its own identity.
fn all_held(sides: [&[Piece]; 2]) -> Pictures {
    let elements = sides.into_iter().flatten().filter_map(|piece| match piece {
        Piece::Open(element) | Piece::Void(element) => element.picture(),
        _ => None,
    });
    let held: HashMap<_, _> = elements.map(|address| (identity(address), identity(address))).collect();
    Pictures { held, ..Pictures::default() }
}

/// What shows of pieces: characters, blanks and an author's own marks of pictures aside, and pictures. Left out is what stands in elements of ours named `without`, and
/// in the place of pictures that are not held.
fn shown(pieces: &[Piece], without: &str) -> String {
    let (mut text, mut depth) = (String::new(), 0_usize);
    for piece in pieces {
        match piece {
            Piece::Open(_) if depth > 0 => depth += 1,
            Piece::Close(_) if depth > 0 => depth -= 1,
            _ if depth > 0 => {}
            Piece::Open(element) => {
                let class = element.attribute("class").unwrap_or_default();
                text.push_str(if class == RULE_CLASS { "[hr]" } else { "" });
                let is_ours = &*element.name == without && class.starts_with("dk-");
                depth = usize::from(is_ours || class == "lost");
            }
            Piece::Void(element) if &*element.name == "img" => {
                text.extend(element.picture().map(|address| format!("[{}]", identity(address))));
            }
            Piece::Void(element) if &*element.name == "hr" => text.push_str("[hr]"),
            Piece::Text(words) => text.extend(words.chars().filter(|it| !is_blank(*it) && *it != PICTURE)),
            _ => {}
        }
    }
    text
}

/// Returns what is not closed in its turn. Text and attributes hold no `<` and `>`.
fn misnested(html: &str) -> Option<String> {
    let mut open = Vec::new();
    for tag in html.split('<').skip(1) {
        let tag = tag.split('>').next().unwrap_or_default();
        let name = tag.trim_start_matches('/').split([' ', '/']).next().unwrap_or_default();
        match tag.strip_prefix('/') {
            Some(_) if open.pop() != Some(name) => return Some(format!("</{name}>")),
            Some(_) => {}
            None if tag.ends_with('/') => {}
            None if matches!(name, "br" | "hr" | "img" | "area" | "col" | "wbr" | "embed" | "param") => {}
            None => open.push(name),
        }
    }
    open.pop().map(|name| format!("<{name}>"))
}

fn assert_laws(older: &Article, newer: &Article) {
    let (before, after) = (frame_pieces(older, Language::Chinese), frame_pieces(newer, Language::Chinese));
    let pictures = all_held([&before, &after]);
    let diff = rendered(older, newer, Language::Chinese);
    let html = diff.html(View::Merged, &pictures, &English);
    let read = pieces(&html);
    let told = || format!("{}\n{}\n{html}", older.content, newer.content);
    assert_eq!(shown(&read, "del"), shown(&after, ""), "the newer text\n{}", told());
    assert_eq!(shown(&read, "ins"), shown(&before, ""), "the older text\n{}", told());
    for (view, side) in [(View::Older, &before), (View::Newer, &after)] {
        let html = diff.html(view, &pictures, &English);
        assert_eq!(shown(&pieces(&html), ""), shown(side, ""), "{view:?}\n{html}");
        assert_eq!(misnested(&html), None, "{html}");
    }
    for html in [&html, &diff.html(View::OnlyChanges, &pictures, &English)] {
        assert_eq!(misnested(html), None, "{html}");
        let numbers = (1..=diff.changes.len()).map(|number| html.matches(&format!(" id=\"dk-{number}\"")).count());
        assert!(
            numbers.clone().all(|count| count == 1),
            "each change has one place: {:?}\n{}",
            numbers.collect::<Vec<_>>(),
            told()
        );
    }
    assert_eq!(
        html,
        rendered(older, newer, Language::Chinese).html(View::Merged, &pictures, &English),
        "the same twice"
    );
    let same = rendered(newer, newer, Language::Chinese);
    assert_eq!((same.changes.len(), same.tags_rewritten), (0, 0), "{}", newer.content);
}

proptest! {
    #[test]
    fn any_two_bodies_obey(older in soup(), newer in soup()) {
        assert_laws(&article(&older), &article(&newer));
    }

    #[test]
    fn any_edit_obeys(blocks in prop::collection::vec(block(), 0..12), edits in prop::collection::vec((0..12_usize, 0..4_u8, block()), 0..5)) {
        let mut edited = blocks.clone();
        for (at, what, block) in edits {
            let at = at.min(edited.len());
            match what {
                0 => edited.insert(at, block),
                1 if at < edited.len() => drop(edited.remove(at)),
                2 if at < edited.len() => edited[at] = block,
                _ if at < edited.len() => edited.rotate_left(at),
                _ => {}
            }
        }
        assert_laws(&article(&blocks.concat()), &article(&edited.concat()));
    }

    #[test]
    fn a_block_that_stayed_is_never_marked(fates in prop::collection::vec(0..5_u8, 0..30)) {
        let block = |at: usize, word: &str| format!("<p>第{at}段{word}的文字，有几个字</p>");
        let (mut older, mut newer, mut stayed) = (String::new(), String::new(), Vec::new());
        for (at, fate) in fates.into_iter().enumerate() {
            match fate {
                0 => older += &block(at, "旧"),
                1 => newer += &block(at, "新"),
                2 => (older, newer) = (older + &block(at, "旧"), newer + &block(at, "新")),
                _ => {
                    stayed.push(block(at, "留"));
                    (older, newer) = (older + &block(at, "留"), newer + &block(at, "留"));
                }
            }
        }
        let html = merged(&older, &newer);
        for block in stayed {
            prop_assert!(html.contains(&block), "{} of {}", block, html);
        }
    }
}

/// A browser ends a drawing, and a paragraph, at a tag that cannot stand in it: what follows would be outside of the mark.
#[test]
fn marks_hold_what_was_removed() {
    for (older, newer) in [
        ("<p><table><svg><li><hr>", "<li><hr>"),
        ("<svg><li><mpvoice name='声'></mpvoice>", "<li><hr>"),
        ("<hr><hr>", "<mpvoice name='声'></mpvoice><p><mpvoice name='声'></mpvoice>"),
        ("<p>一</p><hr><p>二</p>", "<p>一<br>二</p>"),
    ] {
        assert_laws(&article(older), &article(newer));
    }
}

fn block() -> impl Strategy<Value = String> {
    let tag = prop::sample::select(vec!["p", "section", "li", "h2", "blockquote", "td", "span", "pre"]);
    let words = prop::collection::vec(
        prop::sample::select(vec!["一", "二", "三四", "word ", "，", "<b>粗</b>", "<br>", "👧\u{200d}👦", "\n"]),
        0..8,
    );
    (tag, words, prop::option::of(prop::sample::select(vec!["A", "B", "C"]))).prop_map(|(tag, words, picture)| {
        let picture = picture.map_or(String::new(), |id| format!("<img data-src='//mmbiz.qpic.cn/m/{id}/0'>"));
        format!("<{tag}>{}{picture}</{tag}>", words.concat())
    })
}

/// Tags in any order.
fn soup() -> impl Strategy<Value = String> {
    const PARTS: &[&str] = &[
        "<p>",
        "</p>",
        "<section style='color:red'>",
        "</section>",
        "<b>",
        "</b>",
        "<a href='https://a.cn'>",
        "</a>",
        "<ul>",
        "</ul>",
        "<li>",
        "<table>",
        "<tr>",
        "<td>",
        "</table>",
        "<pre>",
        "<code>",
        "</pre>",
        "<br>",
        "<hr>",
        "<img data-src='//mmbiz.qpic.cn/m/A/0'>",
        "<img>",
        "<svg>",
        "<foreignobject>",
        "</svg>",
        "<ruby>",
        "<select>",
        "<del>",
        "</del>",
        "<ins class='dk-ins'>",
        "</ins>",
        "<p hidden>",
        "<mpvoice name='声'></mpvoice>",
        "一",
        "二三",
        "一 二",
        "word",
        "\n",
        "&lt;",
        "&amp;nbsp;",
        "\u{fffc}",
    ];
    prop::collection::vec(prop::sample::select(PARTS), 0..40).prop_map(|parts| parts.concat())
}

/// Real histories, from the directory that `DRAFTKEEP_REPLAY_DATA` names (tests/it/replay.rs).
#[test]
fn real_histories_obey() {
    let Some(data) = std::env::var_os("DRAFTKEEP_REPLAY_DATA").map(PathBuf::from) else { return };
    let files = fs::read_dir(data.join("revisions")).unwrap().map(|entry| entry.unwrap().path());
    let (mut count, mut marked) = (0, 0);
    for path in files.filter(|path| path.extension().is_some_and(|end| end == "zst")) {
        let states = histories::states(&path).unwrap().unwrap();
        let step = one_change_in(states.len());
        for two in states.windows(2).step_by(step) {
            let [older, newer] = [&two[0], &two[1]].map(|state| canonical::articles(state).unwrap());
            for (older, newer) in older.iter().zip(&newer) {
                assert_laws(older, newer);
                count += 1;
                marked += usize::from(!rendered(older, newer, Language::Chinese).changes.is_empty());
            }
        }
    }
    assert!(count > 100 && marked > 50, "{count} {marked}");
}
