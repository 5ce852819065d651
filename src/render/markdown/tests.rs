//! What a reader sees of our Markdown, by a renderer that is not ours, is what the article shows.

use std::fs;
use std::path::PathBuf;

use comrak::Options;
use proptest::prelude::*;

use super::super::html::{self, Piece};
use super::super::pictures::Pictures;
use super::super::{attribute, body};
use super::blocks;
use super::style::Style;
use crate::canonical;
use crate::model::ArticleType;
use crate::render::tests::histories;

/// A character that shows, how it is marked, and where it leads. A picture is U+FFFC, its address behind it.
type Seen = (char, Style, String);

/// Returns Markdown as GitHub's renderer shows it, and as one without any of GitHub's extensions but tables does.
fn rendered(markdown: &str) -> [String; 2] {
    [true, false].map(|is_github| {
        let mut options = Options::default();
        options.render.r#unsafe = true;
        options.extension.table = true;
        options.extension.strikethrough = true;
        options.extension.autolink = is_github;
        options.extension.tasklist = is_github;
        comrak::markdown_to_html(markdown, &options)
    })
}

/// Returns what pieces show: characters without blanks, and pictures. The text of a link that is its own address is no link, as
/// it is none if it stands without one.
fn seen(pieces: &[Piece]) -> Vec<Seen> {
    let (mut seen, mut open, mut links): (Vec<Seen>, Vec<(Style, String)>, Vec<usize>) =
        (Vec::new(), vec![(Style::default(), String::new())], Vec::new());
    let (mut headings, mut is_block_of_code) = (0, false);
    for piece in pieces {
        let (style, link) = open.last().unwrap().clone();
        match piece {
            Piece::Open(element) => {
                let mut style = style.within(element);
                headings += usize::from(is_heading(&element.name));
                style.bold |= headings > 0;
                is_block_of_code |= &*element.name == "pre";
                let own = element.attribute("href").and_then(attribute::link).filter(|_| &*element.name == "a");
                links.extend(own.as_ref().map(|_| seen.len()));
                open.push((style, own.unwrap_or(link)));
            }
            Piece::Close(name) => {
                let (_, link) = open.pop().unwrap();
                headings -= usize::from(is_heading(name));
                is_block_of_code &= &**name != "pre";
                if &**name == "a" && !link.is_empty() && link != open.last().unwrap().1 {
                    let of_link = links.pop().unwrap()..seen.len();
                    let text: String = seen[of_link.clone()].iter().map(|(character, _, _)| *character).collect();
                    if text == link || format!("mailto:{text}") == link {
                        seen[of_link].iter_mut().for_each(|(_, _, link)| link.clear());
                    }
                }
            }
            Piece::Void(element) if &*element.name == "img" => {
                let Some(address) = element.picture() else { continue };
                match Pictures::default().shown_in_markdown(address) {
                    Ok(address) => seen.push(('\u{fffc}', Style::default(), attribute::encoded(&address))),
                    Err(text) => seen.extend(text.chars().map(|character| (character, style, link.clone()))),
                }
            }
            Piece::Void(_) => {}
            // It has no marks.
            Piece::Text(text) if is_block_of_code => {
                let style = Style { code: true, ..Style::default() };
                seen.extend(text.chars().map(|character| (character, style, String::new())));
            }
            Piece::Text(text) => seen.extend(text.chars().map(|character| (character, style, link.clone()))),
        }
    }
    seen.retain(|(character, _, _)| !character.is_whitespace() && !matches!(character, '\u{200b}' | '\u{feff}'));
    seen.iter_mut().for_each(|(_, _, address)| *address = decoded(address));
    seen
}

/// Whatever stands in a heading is bold.
fn is_heading(name: &str) -> bool {
    matches!(name, "h1" | "h2" | "h3" | "h4" | "h5" | "h6" | "th")
}

/// Undoes the `%XX` of an address: renderers write what is beyond ASCII so.
fn decoded(address: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = address.as_bytes();
    while let [first, behind @ ..] = rest {
        let digits = behind.first_chunk::<2>().and_then(|digits| str::from_utf8(digits).ok());
        match digits.and_then(|digits| u8::from_str_radix(digits, 16).ok()).filter(|_| *first == b'%') {
            Some(byte) => {
                bytes.push(byte);
                rest = &behind[2..];
            }
            None => {
                bytes.push(*first);
                rest = behind;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

fn pieces(html: &str) -> Vec<Piece> {
    body::with_all_pictures(body::visible_in(html, ArticleType::News))
}

fn markdown(html: &str) -> String {
    blocks::write(&pieces(html), &Pictures::default()) + "\n"
}

/// Returns how a mistake is told: what is seen, with marks around what is marked.
fn told(seen: &[Seen]) -> String {
    let run = |run: &[Seen]| {
        let text: String = run.iter().map(|(character, _, _)| *character).collect();
        let (_, style, address) = &run[0];
        let marks = [
            (style.bold, "b"),
            (style.italic, "i"),
            (style.code, "c"),
            (style.deleted, "d"),
            (style.superscript, "^"),
            (style.subscript, "_"),
        ];
        let marks: String = marks.iter().filter(|(is_set, _)| *is_set).map(|(_, mark)| *mark).collect();
        format!("{{{marks} {text} {address}}}")
    };
    seen.chunk_by(|a, b| (a.1, &a.2) == (b.1, &b.2)).map(run).collect()
}

#[track_caller]
fn assert_seen(html: &str) {
    let markdown = markdown(html);
    let expected = told(&seen(&pieces(html)));
    for rendered in rendered(&markdown) {
        assert_eq!(told(&seen(&html::pieces(&rendered))), expected, "\n{html}\n---\n{markdown}\n---\n{rendered}");
    }
}

/// Bodies of which other converters, and the one that was here before, lose something.
#[test]
fn what_is_seen_is_what_was_written() {
    for html in [
        "<p><strong>标题：</strong>正文，<b>“引用”</b>后</p>",
        "<p>甲<strong>“乙</strong>丙<strong>，丁</strong>戊<strong>￥5</strong></p>",
        "<p><strong>一</strong><strong>二</strong><b> 三 </b>四<b>（</b>五</p>",
        "<p>甲<b>乙</b><i>丙</i><b><i>丁</i></b>戊</p><p><em>己</em><del>庚</del><b>辛</b></p>",
        "<strong><p>一</p><section>二<p>三</p></section></strong>",
        "<span style='font-weight: bold'>甲</span>乙<b style='font-weight:normal'>丙<span style='font-weight:700'>丁</span></b>",
        "<p>一<br>---<br>二</p><p>===</p><p>- 三</p><p>1. 四</p><p># 五</p><p>&gt; 六</p><p>+ 七</p>",
        "<p>x<sup>2</sup>，H<sub>2</sub>O，<del>旧</del>新<s>，</s>后</p>",
        "<a href='https://a.cn/(x)?a=1&amp;b=2'><section><p>一</p><p>二<b>三</b></p><img src='//mmbiz.qpic.cn/m/A/0'></section></a>",
        "<p>&amp;lt;b&amp;gt; &amp;amp; &amp;#42; &lt;b&gt; &amp;copy; a&amp;b</p>",
        "<p>快看！<a href='https://a.cn/'>这里</a>，*不是*_这里_ snake_case ~~5~6~~ `x` [y](z) ![w](v)</p>",
        "<p>见https://a.cn/x_y*<b>注</b>和<b>http://b.cn/_</b>后 www.a_b.cn<b>，</b>后</p>",
        "<p><code>a`b</code><code>``</code>和<b><code>x*y</code></b><code> </code></p>",
        "<ul><li>一<ul><li>二</li></ul></li><ul><li>三</li></ul><li></li></ul><ol><li></li><li>四</li></ol>",
        "<h2>一 #</h2><h3>二<br>三</h3><h4><b>四</b><section>五</section></h4>",
        "<blockquote><p>一</p><pre><code>a\n\n  b```\n</code></pre></blockquote><blockquote>二</blockquote>",
        "<pre>一<img src='//mmbiz.qpic.cn/m/A/0'></pre><ul><li><pre>  x\n</pre></li><li><hr></li></ul>",
        "<p>　　首行缩进\u{200b}</p><p>\u{200b}</p><p>\u{3000}</p>",
    ] {
        assert_seen(html);
    }
}

/// A text of few characters, of which many are markup somewhere.
fn text() -> impl Strategy<Value = String> {
    let parts = vec![
        "中",
        "文",
        "a",
        "b1",
        "，",
        "。",
        "“",
        "”",
        "：",
        "（",
        "）",
        "￥",
        "→",
        "👍",
        " ",
        " ",
        "\u{a0}",
        "\u{3000}",
        "\u{200b}",
        "\n",
        "*",
        "**",
        "_",
        "__",
        "`",
        "``",
        "~",
        "~~",
        "[",
        "]",
        "(",
        ")",
        "!",
        "\\",
        "|",
        "#",
        "# ",
        "-",
        "- ",
        "---",
        "+ ",
        "=",
        "==",
        "1. ",
        "2) ",
        "1",
        ".",
        "&gt; ",
        "&gt;",
        "&lt;",
        "&lt;b&gt;",
        "&amp;",
        "&amp;lt;",
        "&amp;#42;",
        ":",
        "://",
        "http://a.cn/x_y_",
        "https://a.cn/?a=1&amp;lt;b",
        "www.",
        "www.a.cn",
        "ftp://b",
        "a@b.cn",
        "[x]",
        "[x]: y",
        "- [ ] ",
        "|-",
        ":-:",
        "$",
        "^",
    ];
    prop::collection::vec(prop::sample::select(parts), 1..5).prop_map(|parts| parts.concat())
}

const INLINE: &[&str] = &[
    "b",
    "strong",
    "i",
    "em",
    "del",
    "s",
    "sup",
    "sub",
    "code",
    "a href='https://a.cn/x(y)'",
    "a href='https://b.cn/&amp;lt;'",
    "a",
    "span",
    "span style='font-weight:bold'",
    "span style='font-weight:400;text-decoration:line-through'",
];

const BLOCKS: &[&str] = &[
    "p",
    "section",
    "div",
    "h1",
    "h2",
    "blockquote",
    "ul",
    "ol",
    "ol start=3",
    "li",
    "li value=7",
    "pre",
    "br",
    "hr",
    "img data-src='//mmbiz.qpic.cn/p/A/0' alt='x*]('",
    "img src='https://x.cn/a_b'",
];

fn tag(names: &'static [&'static str]) -> impl Strategy<Value = String> {
    (prop::sample::select(names), any::<bool>()).prop_map(|(name, closes)| match closes {
        true => format!("</{}>", name.split(' ').next().unwrap()),
        false => format!("<{name}>"),
    })
}

fn line() -> impl Strategy<Value = String> {
    prop::collection::vec(prop_oneof![text(), tag(INLINE)], 1..12).prop_map(|parts| parts.concat())
}

fn blocks() -> impl Strategy<Value = String> {
    prop::collection::vec(prop_oneof![text(), text(), tag(INLINE), tag(INLINE), tag(BLOCKS)], 1..24)
        .prop_map(|parts| parts.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    #[test]
    fn a_line_is_seen_as_it_is(html in line()) {
        assert_seen(&html);
    }

    #[test]
    fn blocks_are_seen_as_they_are(html in blocks()) {
        assert_seen(&html);
    }
}

/// Real articles, and the last states of real histories, from the directory that `DRAFTKEEP_REPLAY_DATA` names (tests/it/replay.rs).
#[test]
fn real_articles_are_seen_as_they_are() {
    let Some(data) = std::env::var_os("DRAFTKEEP_REPLAY_DATA").map(PathBuf::from) else { return };
    let files = |name: &str| fs::read_dir(data.join(name)).unwrap().map(|entry| entry.unwrap().path());
    let articles = files("articles").filter(|path| path.extension().is_some_and(|end| end == "json"));
    let histories = files("revisions").filter(|path| path.extension().is_some_and(|end| end == "zst"));
    let last = |path: PathBuf| histories::states(&path).unwrap().unwrap().pop().unwrap();
    let documents: Vec<_> = articles.map(|path| fs::read(path).unwrap()).chain(histories.map(last)).collect();
    let mut count = 0;
    for article in documents.iter().flat_map(|document| canonical::articles(document).unwrap()) {
        assert_seen(&article.content);
        count += 1;
    }
    assert!(count > 50, "{count}");
}

#[test]
fn marks_are_tags_only_where_markdown_has_none() {
    insta::assert_snapshot!(markdown(
        "<p><strong>标题：</strong>正文，<b>“引用”</b>，<b>甲</b><b>乙 </b>丙<i>丁</i><b>戊</b></p>\
         <a href='https://a.cn/'><p>一<b>二</b></p><p>三</p></a><p>x<sup>2</sup> <del>旧</del>新 &amp;lt;</p><p>---</p>\
         <p>见https://a.cn/x_y，<span style='font-weight:600'>重</span><b style='font-weight:normal'>轻</b><code>a`b</code></p>"
    ), @r"
    <strong>标题：</strong>正文，**“引用”**，**甲乙** 丙*丁*<strong>戊</strong>

    [一**二**](https://a.cn/)

    [三](https://a.cn/)

    x<sup>2</sup> ~~旧~~新 \&lt;

    \---

    见<https://a.cn/x_y>，**重**轻``a`b``
    ");
}

/// Returns the cells of the tables in pieces, by rows.
fn cells(pieces: &[Piece]) -> Vec<Vec<String>> {
    let mut rows: Vec<Vec<String>> = Vec::new();
    let mut begin = 0;
    for (at, piece) in pieces.iter().enumerate() {
        match piece {
            Piece::Open(element) if &*element.name == "tr" => rows.push(Vec::new()),
            Piece::Open(element) if matches!(&*element.name, "td" | "th") => begin = at,
            Piece::Close(name) if matches!(&**name, "td" | "th") => {
                rows.last_mut().unwrap().push(told(&seen(&pieces[begin..=at])));
            }
            _ => {}
        }
    }
    rows
}

#[track_caller]
fn assert_cells(html: &str, head_is_empty: bool) {
    let expected = cells(&pieces(html));
    let markdown = markdown(html);
    for rendered in rendered(&markdown) {
        let mut found = cells(&html::pieces(&rendered));
        if head_is_empty {
            assert!(found.remove(0).iter().all(String::is_empty));
        }
        assert_eq!(found, expected, "\n{html}\n---\n{markdown}\n---\n{rendered}");
    }
}

#[test]
fn a_row_without_cells_before_the_head_is_none() {
    let table = "<table><tr></tr><tr><th>名</th><th>价</th></tr><tr><td>甲</td><td>1</td></tr></table>";
    assert_eq!(markdown(table), markdown(&table.replacen("<tr></tr>", "", 1)));
    assert!(markdown(table).contains("| 名 | 价 |"), "{}", markdown(table));
}

#[test]
fn tables_keep_their_cells() {
    insta::assert_snapshot!(markdown(
        "<table><tr><th>名</th><td><p>甲</p><p>a|b</p></td></tr><tr><th>价</th><td colspan=2><ul><li>1</li><li>2</li></ul></td><td>乙</td></tr>\
         <tr><td rowspan=2>丙</td><td></td></tr><tr><td><h3>丁</h3></td><td><pre>a | b\n  *c*</pre></td></tr></table>后"
    ), @r"
    |  |  |  |  |
    | --- | --- | --- | --- |
    | **名** | 甲<br>a\|b |
    | **价** | - 1<br>- 2 |  | 乙 |
    | 丙 |  |
    |  | **丁** | <pre>a \| b<br>  \*c\*</pre> |

    后
    ");
    insta::assert_snapshot!(markdown(
        "<table><caption>表</caption><thead><tr><th>名</th><th>价</th></tr></thead><tr><td>甲</td><td>1</td></tr></table>"
    ), @r"
    表

    | 名 | 价 |
    | --- | --- |
    | 甲 | 1 |
    ");
    insta::assert_snapshot!(markdown(
        "<table><tr><td><h2>框</h2><p>一</p></td></tr></table><table><tr><td>上</td></tr><tr><td>下</td></tr></table>\
         <table><tr><td>外</td><td><table><tr><td>内</td><td>b</td></tr></table></td></tr></table>"
    ), @r"
    ## 框

    一

    |  |
    | --- |
    | 上 |
    | 下 |

    外

    |  |  |
    | --- | --- |
    | 内 | b |
    ");
}

#[test]
fn lists_that_follow_one_another_stay_two() {
    insta::assert_snapshot!(markdown(
        "<ul><li>一</li></ul><ul><li>二<ol><li>三</li></ol></li></ul><ul><li>四</li></ul>\
         <ol start=3><li>五</li><li></li><li>六</li><li value=9>七</li></ol><ol><li><p>八</p><p>九</p></li></ol>"
    ), @r"
    - 一

    * 二
      1. 三

    - 四

    3. 五
    4.
    5. 六

    9) 七

    1. 八

       九
    ");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn cells_are_seen_as_they_are(rows in prop::collection::vec(prop::collection::vec(line(), 2), 1..3), has_head: bool) {
        let tag = |row| if has_head && row == 0 { "th" } else { "td" };
        let row = |(at, row): (usize, &Vec<String>)| {
            let cells = row.iter().map(|cell| format!("<{0}>{cell}</{0}>", tag(at)));
            format!("<tr>{}</tr>", cells.collect::<String>())
        };
        let html = format!("<table>{}</table>", rows.iter().enumerate().map(row).collect::<String>());
        assert_cells(&html, !has_head);
    }
}
