//! A Chinese page is Chinese throughout: what comparisons, plans and reports found is told in it as well.

use draftkeep::simulator::Article;

use super::restore::{form, until_ended};
use super::{Site, location, told};
use crate::restore::{MAG, PICTURE, Stage};

/// What has no other name in Chinese.
const NAMES: [&str; 10] =
    ["draftkeep", "mag", "shop", "English", "UTC", "position", "webkit", "overflow", "scrolling", "div"];

/// What stands in an article in the place of a medium, whatever the language.
const STAND_IN: &str = "[audio]";

/// The text of a page, without what a reader types or copies.
fn text(page: &str) -> String {
    let (_, body) = page.split_once("<body>").unwrap();
    let mut text = String::new();
    for part in body.split("<code").enumerate().map(|(at, part)| match at {
        0 => part,
        _ => part.split_once("</code>").map_or("", |(_, behind)| behind),
    }) {
        let words = part.split('<').enumerate().map(|(at, piece)| match at {
            0 => piece,
            _ => piece.split_once('>').map_or("", |(_, words)| words),
        });
        text.extend(words.flat_map(|words| [words, " "]));
    }
    for entity in ["&lt;", "&gt;", "&quot;", "&amp;", STAND_IN] {
        text = text.replace(entity, " ");
    }
    text.split_whitespace().filter(|word| !word.starts_with("http")).collect::<Vec<_>>().join(" ")
}

/// The words in Latin letters that are no names.
fn foreign_words(page: &str) -> Vec<String> {
    let text = text(page);
    let words = text.split(|c: char| !c.is_ascii_alphabetic());
    words.filter(|word| word.len() > 1 && !NAMES.contains(word)).map(str::to_owned).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn no_english_stands_on_a_chinese_page() {
    let body = format!(
        "<p style=\"color: red\">一件 <del>109</del> 99 元<br>第二行</p><p style=\"position: fixed\">固定</p><div style=\"color: red\">块</div>\
         <img data-src=\"{PICTURE}\" alt=\"河边\"><img src=\"https://example.com/a.png\"><mpvoice></mpvoice><p style=\"display:none\">暗</p>\
         <p>看<a href=\"https://mp.weixin.qq.com/s/x\">这篇</a></p>"
    );
    let stage = Stage::new().await;
    let (cover, url) = stage.picture(MAG);
    let with_cover = |article: Article| article.with("thumb_media_id", &*cover).with("thumb_url", &*url);
    let first = Article::news("集", &body).with("author", "某").with("need_open_comment", 1);
    let media_id = stage.draft([first, Article::news("二", "<p>二</p>")].map(with_cover).into());
    let edit = |fields: &[(&str, &str)]| {
        let mut world = stage.platform.world();
        for (name, value) in fields {
            world.account(MAG).edit(&media_id, 0, |article| article.set(name, *value)).unwrap();
        }
        drop(world);
        stage.poll();
    };
    edit(&[
        ("title", &"长".repeat(40)),
        ("content", &body.replace("color: red", "color: blue; margin: 8px").replace("<br>", "")),
    ]);
    stage.platform.world().account(MAG).edit(&media_id, 0, |article| article.set("need_open_comment", 0)).unwrap();
    edit(&[("content", "<p>待补</p>"), ("title", "短")]);
    // What the platform stores otherwise.
    {
        let mut world = stage.platform.world();
        world.behavior.drops = vec!["author".to_owned()];
        world.behavior.replaces =
            [("99 元", "98 元"), ("河边", "海边"), ("暗", "")].map(|(a, b)| (a.to_owned(), b.to_owned())).into();
    }
    let Stage { platform: _platform, world } = stage;
    let site = Site::serve(world, "allow_restore = true").await;
    let cookie = site.log_in().await;
    let page = async |path: &str| told(site.get(path).header("cookie", &cookie).send().await.unwrap()).await.1;

    let plan = page("/d/1/1/restore").await;
    let sent = site.post("/d/1/1/restore", &form(&plan, "/d/1/1/restore")).header("cookie", &cookie);
    let leads_to = location(&sent.send().await.unwrap()).to_owned();
    let restored = until_ended(|| page(&leads_to), "正在恢复").await;
    for part in
        ["读回来检查的结果", "作者：没有了", "正文：变了", "图片说明：变了", "隐藏的文字：没有了", "链接：没有了"]
    {
        assert!(restored.contains(part), "{part}: {restored}");
    }
    let version = page("/d/1/2").await;
    assert!(version.contains("第 1 篇：标题有 40 字（120 字节），上限是 32 字"), "{version}");
    for part in ["正文里的 1 个链接", "音频 1 个", "1 张别的网站的图片"] {
        assert!(version.contains(part) && plan.contains(part), "{part}: {version}");
    }
    let looks = page("/d/1/1..2?view=text").await;
    assert!(looks.contains("颜色") && looks.contains("换行") && looks.contains("边距"), "{looks}");
    let emptied = page("/d/1/2..3").await;
    assert!(emptied.contains("留言") && emptied.contains('开') && emptied.contains('关'), "{emptied}");
    let frame = page("/d/1/1..2/frame?older=0&newer=0").await;
    assert!(frame.contains("颜色") && frame.contains("a.png · 没有存下来"), "{frame}");
    let (list, timeline) = (page("/a/mag").await, page("/d/1").await);
    for shown in [&plan, &restored, &version, &looks, &emptied, &list, &timeline, &page("/").await] {
        assert_eq!(foreign_words(shown), Vec::<String>::new(), "{}", text(shown));
    }
    let titles = frame.split("title=\"").skip(1).filter_map(|part| part.split('"').next());
    for title in titles {
        assert!(!title.contains(|c: char| c.is_ascii_alphabetic()), "{title}");
    }
}
