use super::*;
use crate::model::ArticleType;
use crate::render::tests::{LOADERS, harm};

mod laws;

struct English;

impl Wording for English {
    fn mark(&self, kind: ChangeKind, formatting: &[&'static str]) -> String {
        match kind {
            ChangeKind::Formatting => formatting.join(", "),
            kind => format!("{kind:?}"),
        }
    }

    fn unchanged(&self, blocks: usize) -> String {
        format!("{blocks} unchanged")
    }
}

fn article(content: &str) -> Article {
    Article {
        position: 0,
        article_type: ArticleType::News,
        title: String::new(),
        author: String::new(),
        digest: String::new(),
        content_source_url: String::new(),
        cover: String::new(),
        content: content.to_owned(),
    }
}

fn compared(older: &str, newer: &str) -> RenderedDiff {
    rendered(&article(older), &article(newer), Language::English)
}

/// Draws a view; what the marks say is left out but for formatting.
fn drawn(diff: &RenderedDiff, view: View) -> String {
    let mut html = diff.html(view, &Pictures::default(), &English);
    for title in ["Added", "Removed", "MovedHere", "MovedAway"] {
        html = html.replace(&format!(" title=\"{title}\""), "");
    }
    html.replace("class=\"dk-ins\"", "+").replace("class=\"dk-del\"", "-").replace("class=\"dk-format\"", "~")
}

fn merged(older: &str, newer: &str) -> String {
    drawn(&compared(older, newer), View::Merged)
}

#[test]
fn words_are_marked_in_their_places() {
    for (older, newer, expected) in [
        (
            "<p>我们周五发布新品，欢迎大家来看</p>",
            "<p>我们周六发布新品，欢迎大家来看</p>",
            "<p>我们周<del - id=\"dk-1\">五</del><ins +>六</ins>发布新品，欢迎大家来看</p>",
        ),
        (
            "<p>It is a fine day</p>",
            "<p>It was a day</p>",
            "<p>It <del - id=\"dk-1\">is</del><ins +>was</ins> a<del - id=\"dk-2\"> fine</del> day</p>",
        ),
        // Marks stay inside texts, whatever the tags do.
        (
            "<p>秋季新品</p>",
            "<p>秋季新品<b>预</b>告</p>",
            "<p>秋季新品<b><ins + id=\"dk-1\">预</ins></b><ins +>告</ins></p>",
        ),
        // One character between two that were replaced.
        (
            "<p>好甲一乙好好</p>",
            "<p>好丙一丁好好</p>",
            "<p>好<del - id=\"dk-1\">甲一乙</del><ins +>丙一丁</ins>好好</p>",
        ),
        // An emoji of several characters is one.
        ("<p>一二三👨‍👩‍👧</p>", "<p>一二三👨‍👩‍👦</p>", "<p>一二三<del - id=\"dk-1\">👨‍👩‍👧</del><ins +>👨‍👩‍👦</ins></p>"),
        ("<p>1 &lt; 2</p>", "<p>1 &gt; 2</p>", "<p>1 <del - id=\"dk-1\">&lt;</del><ins +>&gt;</ins> 2</p>"),
        // What shows nothing is no change.
        ("<p>一 二</p><p></p>", "<section>一&nbsp;二</section>\n", "<section>一&nbsp;二</section>\n"),
    ] {
        assert_eq!(merged(older, newer), expected, "{older}");
    }
}

#[test]
fn blocks_are_marked_as_wholes() {
    let long = ["秋天来了，树叶黄了", "天气凉了，人们穿上了厚衣服", "我们在上海的工厂做了三年的椅子"];
    let [a, b, c] = long.map(|text| format!("<p>{text}</p>"));
    let [x, y, _] = long;
    for (older, newer, expected) in [
        (
            format!("<section>{a}{b}</section>"),
            format!("<section>{a}</section>"),
            format!("<section>{a}<del class=\"dk-del dk-block-del\" id=\"dk-1\">{y}</del></section>"),
        ),
        (
            a.clone(),
            format!("{a}<section>{b}{c}</section>"),
            format!(
                "{a}<section class=\"dk-block-ins\"><p><ins + id=\"dk-1\">{y}</ins></p><p><ins +>{}</ins></p></section>",
                long[2]
            ),
        ),
        (
            format!("{a}{b}{c}"),
            format!("{b}{c}{a}"),
            format!(
                "<del class=\"dk-del dk-moved dk-block-moved\" id=\"dk-1\">{x}</del>{b}{c}\
                 <p class=\"dk-block-moved\"><ins class=\"dk-ins dk-moved\" id=\"dk-2\">{x}</ins></p>"
            ),
        ),
        // Cells hold their own.
        (
            "<table><tr><td>甲</td><td>99</td><td>10</td></tr></table>".to_owned(),
            "<table><tr><td>甲</td><td>109</td><td>12</td></tr></table>".to_owned(),
            "<table><tr><td>甲</td><td><del - id=\"dk-1\">99</del><ins +>109</ins></td>\
             <td><del - id=\"dk-2\">10</del><ins +>12</ins></td></tr></table>"
                .to_owned(),
        ),
        (
            "<ul><li>一<b>二</b></li><li>三</li></ul>".to_owned(),
            "<ul><li>三</li></ul>".to_owned(),
            "<del class=\"dk-del dk-block-del\" id=\"dk-1\">一<b>二</b></del><ul><li>三</li></ul>".to_owned(),
        ),
        (a.clone(), String::new(), format!("<del class=\"dk-del dk-block-del\" id=\"dk-1\">{x}</del>")),
        (String::new(), a.clone(), format!("<p class=\"dk-block-ins\"><ins + id=\"dk-1\">{x}</ins></p>")),
    ] {
        assert_eq!(merged(&older, &newer), expected, "{older}");
    }
}

#[test]
fn looks_are_marked_where_the_words_are_the_same() {
    for (older, newer, expected) in [
        ("<p>一二三</p>", "<p>一<b>二</b>三</p>", "<p>一<b><span ~ title=\"bold\" id=\"dk-1\">二</span></b>三</p>"),
        // Whole blocks behind one another are one change.
        (
            "<p>一</p><p>二</p><p>三</p>",
            "<div style=\"color:red\"><p>一</p><p>二</p></div><p>三</p>",
            "<div style=\"color:red\"><p><span ~ title=\"colour\" id=\"dk-1\">一</span></p>\
             <p><span ~ title=\"colour\">二</span></p></div><p>三</p>",
        ),
        (
            "<p>见<a href='https://a.cn'>这里</a></p>",
            "<p>见<a href='https://b.cn'>这里</a></p>",
            "<p>见<a href=\"https://b.cn\" target=\"_blank\" rel=\"noopener noreferrer\">\
             <span ~ title=\"link\" id=\"dk-1\">这里</span></a></p>",
        ),
        (
            "<section style=\"background:url(https://mmbiz.qpic.cn/m/A/0)\"><p>一</p></section>",
            "<section style=\"background:url(https://mmbiz.qpic.cn/m/B/0)\"><p>一</p></section>",
            "<section style=\"\"><span class=\"lost\">［缺图片 https://mmbiz.qpic.cn/m/B/0 · picture not held］</span>\
             <p><span ~ title=\"background\" id=\"dk-1\">一</span></p></section>",
        ),
        (
            "<p>一</p>",
            "<section><p><span leaf=\"\">一</span></p></section>",
            "<section><p><span leaf=\"\">一</span></p></section>",
        ),
    ] {
        assert_eq!(merged(older, newer), expected, "{older}");
    }
    let diff = compared("<p>一</p><p>二</p>", "<section><p><span>一</span></p></section><p>二</p>");
    assert!(diff.changes.is_empty() && diff.is_same_text());
    assert_eq!(diff.tags_rewritten, 2);
}

#[test]
fn a_picture_that_was_replaced_stands_beside_the_new_one() {
    let picture = |id: &str| format!("<p><img data-src=\"https://mmbiz.qpic.cn/m/{id}/640?wx_fmt=png\"></p>");
    let diff = compared(&format!("<p>一</p>{}", picture("A")), &format!("<p>一</p>{}", picture("B")));
    let held = [("A", "/p/a"), ("B", "/p/b")].map(|(id, address)| (id.to_owned(), address.to_owned())).into();
    let html = diff.html(View::Merged, &Pictures { held, ..Pictures::default() }, &English);
    assert_eq!(
        html,
        "<p>一</p><p><del class=\"dk-del dk-picture\" title=\"Removed\" id=\"dk-1\"><img src=\"/p/a\"></del>\
         <ins class=\"dk-ins dk-picture\" title=\"Added\"><img src=\"/p/b\"></ins></p>"
    );
    assert_eq!(["A", "B", "C"].map(|it| change_of(&diff.changes, it)), [Some(1), Some(1), None]);
    // Another size of the same picture is the same picture; a drawing is one, too.
    assert!(compared(&picture("A"), &picture("A").replace("640", "0")).changes.is_empty());
    let drawing = |x: u8| format!("<p>一</p><svg viewBox='0 0 9 9'><text x='{x}'>二</text></svg>");
    assert!(compared(&drawing(1), &drawing(1)).changes.is_empty());
    let diff = compared(&drawing(1), &drawing(2));
    assert_eq!((diff.changes.len(), diff.count(ChangeKind::Replaced)), (1, 1));
}

#[test]
fn each_view_shows_its_side() {
    let (older, newer) = (
        "<p>一</p><p>二</p><p>旧的一句话</p><p>三四五六七</p><p>八</p>",
        "<p>一</p><p>二</p><p>三四新六七</p><p>八</p>",
    );
    let diff = compared(older, newer);
    let kinds: Vec<_> = diff.changes.iter().map(|change| change.kind).collect();
    assert_eq!(kinds, [ChangeKind::Removed, ChangeKind::Replaced]);
    assert_eq!((diff.changes[0].removed.as_str(), diff.changes[1].added.as_str()), ("旧的一句话", "新"));
    assert_eq!(
        drawn(&diff, View::Older),
        "<p>一</p><p>二</p><p class=\"dk-block-del\"><del - id=\"dk-1\">旧的一句话</del></p>\
         <p>三四<del - id=\"dk-2\">五</del>六七</p><p>八</p>"
    );
    assert_eq!(drawn(&diff, View::Newer), "<p>一</p><p>二</p><p>三四<ins + id=\"dk-2\">新</ins>六七</p><p>八</p>");
    assert_eq!(
        drawn(&diff, View::OnlyChanges),
        "<span class=\"dk-fold\">2 unchanged</span><del class=\"dk-del dk-block-del\" id=\"dk-1\">旧的一句话</del>\
         <p>三四<del - id=\"dk-2\">五</del><ins +>新</ins>六七</p><span class=\"dk-fold\">1 unchanged</span>"
    );
    let table =
        |price: &str| format!("<p>一</p><table><tr><td>甲</td><td>{price}</td></tr></table><ul><li>二</li></ul>");
    assert_eq!(
        drawn(&compared(&table("1"), &table("2")), View::OnlyChanges),
        "<span class=\"dk-fold\">1 unchanged</span><table><tr><td>甲</td><td><del - id=\"dk-1\">1</del><ins +>2</ins></td></tr></table>\
         <span class=\"dk-fold\">1 unchanged</span>"
    );
}

#[test]
fn a_newspic_is_compared_by_its_lines() {
    let newspic = |content: &str| Article { article_type: ArticleType::Newspic, ..article(content) };
    let diff = rendered(&newspic("第一行\n第二行\n第三行文字"), &newspic("第一行\n第三行的文字"), Language::English);
    assert_eq!(
        drawn(&diff, View::Merged),
        "第一行<del class=\"dk-del dk-block-del\" id=\"dk-1\">第二行</del><br>第三行<ins + id=\"dk-2\">的</ins>文字"
    );
}

#[test]
fn what_is_too_large_is_compared_by_blocks() {
    let paragraphs = |word: &str| (0..20_001).map(|at| format!("<p>{at}</p>")).collect::<String>() + word;
    let diff = compared(&paragraphs("一二"), &paragraphs("一三"));
    assert!(diff.is_rough);
    let html = drawn(&diff, View::OnlyChanges);
    assert_eq!(
        html,
        "<span class=\"dk-fold\">20001 unchanged</span><del class=\"dk-del dk-block-del\" id=\"dk-1\">一二</del><ins +>一三</ins>"
    );
    assert!(!compared("<p>一</p>", "<p>二</p>").is_rough);
}

#[test]
fn hostile_articles_stay_inert_on_both_sides() {
    for loader in LOADERS {
        let hostile = format!("<p>一</p>{}<p>二</p>", loader.replace("ADDRESS", "//evil.example/t.gif"));
        for (older, newer) in [(hostile.as_str(), "<p>三</p>"), ("<p>三</p>", hostile.as_str())] {
            let diff = compared(older, newer);
            for view in [View::Merged, View::OnlyChanges, View::Older, View::Newer] {
                let html = diff.html(view, &Pictures::default(), &English);
                assert_eq!(harm(&html), Vec::<String>::new(), "{loader}\n{html}");
            }
        }
    }
    // Nobody but us makes marks.
    let html = merged("<p>一</p>", "<p>一</p><ins class='dk-ins' id='dk-1'>二</ins><p id='dk-2'>三</p>");
    assert_eq!((html.matches("id=\"dk-1\"").count(), html.contains("dk-2")), (1, false), "{html}");
}
