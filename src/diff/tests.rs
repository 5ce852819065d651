use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::canonical::{articles, canonicalise};

fn document(articles: &[Value]) -> Vec<u8> {
    json!({"news_item": articles}).to_string().into_bytes()
}

fn of_content(content: &str) -> Vec<u8> {
    document(&[json!({"title": "题", "content": content})])
}

/// The change of the one body.
fn body(older: &str, newer: &str) -> BodyChange {
    let found = diff(&of_content(older), &of_content(newer)).unwrap();
    found.articles.into_iter().next().and_then(|article| article.body).expect("the body changed")
}

/// The runs as `wdiff` marks them.
fn marked(older: &str, newer: &str) -> String {
    let mark = |run: &Run| match run.kind {
        RunKind::Kept => run.text.clone(),
        RunKind::Removed => format!("[-{}-]", run.text),
        RunKind::Added => format!("{{+{}+}}", run.text),
    };
    body(older, newer).runs.iter().map(mark).collect()
}

#[test]
fn texts_are_compared_as_people_read_them() {
    for (older, newer, expected) in [
        ("<p>一件 99 元</p>", "<p>一件 109 元</p>", "一件 [-99-]{+109+} 元"),
        ("<p>秋季新品</p>", "<p>秋季新品预告</p>", "秋季新品{+预告+}"),
        ("<p>一</p><p>二</p>", "<p>一</p><p>新</p><p>二</p>", "一\n\n{+新\n\n+}二"),
        ("<p>It is a fine day</p>", "<p>It was a fine day</p>", "It [-is-]{+was+} a fine day"),
    ] {
        assert_eq!(marked(older, newer), expected);
    }
}

#[test]
fn what_characters_have_in_common_by_chance_is_no_confetti() {
    for (older, newer, expected) in [
        // A phrase that stayed stays.
        ("我们周五发布新品", "大家周六发布新品", "[-我们-]{+大家+}周[-五-]{+六+}发布新品"),
        // One character between two longer changes does not.
        ("昨天的天气预报不准", "今早的新闻联播不准", "[-昨天的天气预报-]{+今早的新闻联播+}不准"),
        // What is put around it leaves it whole.
        ("好", "今天天气很好，我们去公园", "{+今天天气很+}好{+，我们去公园+}"),
        // Of a rewritten paragraph nothing stays, of its neighbours all.
        (
            "<p>前文</p><p>我们在上海的工厂做了三年的椅子</p><p>后文</p>",
            "<p>前文</p><p>设计师把旧船的木头带回了北京</p><p>后文</p>",
            "前文\n\n[-我们在上海的工厂做了三年的椅子-]{+设计师把旧船的木头带回了北京+}\n\n后文",
        ),
    ] {
        assert_eq!(marked(older, newer), expected);
    }
}

#[test]
fn what_only_rearranges_the_html_is_formatting() {
    let same = [
        // What the platform's editor makes of what it is sent (as read back from draft/get).
        ("<img src=\"https://mmbiz.qpic.cn/m/A/0\" />", "<img data-src=\"https://mmbiz.qpic.cn/m/A/640?from=appmsg\">"),
        ("<p>一<br>二</p>", "<p>一<br  />二</p>"),
        ("<div><p>一</p><div>二</div></div>", "<p>一</p><p><span>二</span></p>"),
        ("<p style=\"font-family:'X'\">一</p>", "<p style=\"font-family:&#39;X&#39;\">一</p>"),
        ("<p style=\"color:red;font-family:&#39;X&#39;\">一</p>", "<p style=\"\">一</p>"),
        ("<p style=\"position: absolute; color: red\">一</p>", "<p style=\"color: red\">一</p>"),
        ("<p onclick=\"x()\">一</p><script>x()</script><style>p{}</style>", "<p>一</p>"),
        ("<p>“一”&nbsp;&amp; 二</p>", "<p>&ldquo;一&rdquo; & 二</p>"),
        (
            "<section>一</section>",
            "<section><span leaf=\"\">一</span></section><p style=\"display: none;\"><mp-style-type></mp-style-type></p>",
        ),
        // Paragraphs that were joined.
        ("<p>一</p><p>二</p>", "<p>一二</p>"),
        ("<p>一</p>", "<p><b>一</b>\u{200b}</p>"),
    ];
    for (older, newer) in same {
        let change = body(older, newer);
        let nothing = BodyChange { formatting_only: true, ..untouched() };
        assert_eq!(change, nothing, "{older} → {newer}");
    }
    let different = [
        ("<p>看<a href=\"https://a.cn\">这里</a></p>", "<p>看这里</p>"),
        ("<p>一</p>", "<p hidden>一</p>"),
        ("<img src='https://mmbiz.qpic.cn/m/A/0'>一", "一<img src='https://mmbiz.qpic.cn/m/A/0'>"),
        ("<img src='https://a.cn/1'>", "<img src='https://a.cn/2'>"),
        ("<p style='background:url(https://mmbiz.qpic.cn/m/A/0)'>一</p>", "<p style=''>一</p>"),
        ("<p>new item</p>", "<p>newitem</p>"),
    ];
    for (older, newer) in different {
        assert!(!body(older, newer).formatting_only, "{older} → {newer}");
    }
}

fn untouched() -> BodyChange {
    BodyChange {
        formatting_only: false,
        added: 0,
        removed: 0,
        pictures_added: vec![],
        pictures_removed: vec![],
        pictures_moved: vec![],
        runs: vec![],
    }
}

#[test]
fn pictures_are_known_wherever_they_stand() {
    let picture = |identity: &str| format!("<img data-src='https://mmbiz.qpic.cn/m/{identity}/640'>");
    let older = format!("<p>一{}{}</p><p>二</p>", picture("A"), picture("B"));
    let newer = format!(
        "<p>一{}</p><p style='background:url(https://mmbiz.qpic.cn/m/C/0)'>二{}<img src='https://a.cn/d.png'></p>",
        picture("B"),
        picture("B")
    );
    let change = body(&older, &newer);
    assert_eq!((change.added, change.removed), (0, 0));
    assert_eq!(change.pictures_added, ["C", "https://a.cn/d.png"]);
    assert_eq!((change.pictures_removed, change.pictures_moved), (vec!["A".to_owned()], vec!["B".to_owned()]));
}

/// Everything that an article may hold, made of few words, so that two of them are often alike.
fn article() -> impl Strategy<Value = Value> {
    let text = || {
        prop::collection::vec(
            prop::sample::select(vec!["一", "二", "三 ", "new", "，", "<br>", "</p><p>", "<b>", "&amp;", "\u{fffc}"]),
            0..12,
        )
    };
    let pictures = prop::collection::vec(prop::sample::select(vec!["A", "B", "C"]), 0..3);
    let rest = prop::sample::select(vec![
        json!(null),
        json!(1),
        json!({"a": [1]}),
        json!({"image_list": [{"image_media_id": "M"}, {"x": 1}]}),
        json!({"image_list": [{"x": 1}]}),
    ]);
    (text(), pictures, 0..3_u8, rest, prop::sample::select(vec!["", "甲", "乙"])).prop_map(
        |(text, pictures, flag, rest, title)| {
            let pictures: String =
                pictures.iter().map(|it| format!("<img src='https://mmbiz.qpic.cn/m/{it}/0?x'>")).collect();
            json!({"title": title, "content": format!("<p>{}{pictures}{}", text.concat(), text.first().unwrap_or(&"")),
               "need_open_comment": flag, "image_info": rest, "new_member": rest, "url": flag, "author": title})
        },
    )
}

fn draft() -> impl Strategy<Value = Vec<u8>> {
    (prop::collection::vec(article(), 0..4), 0..3_u8).prop_map(|(articles, outer)| {
        json!({"news_item": articles, "outer": outer, "update_time": outer}).to_string().into_bytes()
    })
}

/// Two drafts, the second often made of the first by moving, leaving out and changing little.
fn two_drafts() -> impl Strategy<Value = (Vec<u8>, Vec<u8>)> {
    let related = (prop::collection::vec(article(), 1..5), article(), any::<prop::sample::Index>(), 0..4_u8).prop_map(
        |(articles, one, at, how)| {
            let mut changed = articles.clone();
            let at = at.index(articles.len());
            match how {
                0 => drop(changed.remove(at)),
                1 => changed.insert(at, one),
                2 => changed.rotate_left(at),
                _ => changed[at]["content"] = one["content"].clone(),
            }
            (document(&articles), document(&changed))
        },
    );
    prop_oneof![(draft(), draft()), related]
}

proptest! {
    #[test]
    fn a_diff_is_empty_exactly_where_the_hashes_are_equal((older, newer) in two_drafts()) {
        let hash = |document: &[u8]| canonicalise(document).unwrap().hash();
        let found = diff(&older, &newer).unwrap();
        prop_assert_eq!(found.is_empty(), hash(&older) == hash(&newer));
        prop_assert!(found.is_empty() == (found.summary() == "nothing") && !found.summary().is_empty());
        prop_assert!(diff(&older, &older).unwrap().is_empty());
        prop_assert!(diff(&canonicalise(&older).unwrap().bytes, &older).unwrap().is_empty());
    }

    #[test]
    fn runs_make_the_one_text_of_the_other((older, newer) in two_drafts()) {
        let articles = [&older, &newer].map(|document| articles(&canonicalise(document).unwrap().bytes).unwrap());
        for change in diff(&older, &newer).unwrap().articles {
            let Some(body) = change.body.filter(|body| !body.formatting_only) else { continue };
            let sides =
                [(RunKind::Removed, 0, change.older, body.removed), (RunKind::Added, 1, change.newer, body.added)];
            for (kind, side, position, count) in sides {
                let reading = position.map(|at| crate::render::reading(&articles[side][at])).unwrap_or_default();
                let of_side = || body.runs.iter().filter(|run| run.kind == RunKind::Kept || run.kind == kind);
                prop_assert_eq!(of_side().map(|run| run.text.as_str()).collect::<String>(), reading.text);
                let pictures: Vec<_> = of_side().flat_map(|run| &run.pictures).map(|identity| format!("|{identity}")).collect();
                prop_assert_eq!(pictures, reading.pictures);
                let changed: String = body.runs.iter().filter(|run| run.kind == kind).map(|run| run.text.as_str()).collect();
                let shows = |c: &char| !c.is_whitespace() && *c != crate::render::PICTURE;
                prop_assert_eq!(changed.chars().filter(shows).count(), count);
            }
            prop_assert!(body.runs.windows(2).all(|two| two[0].kind != two[1].kind));
        }
    }
}

/// Words of few kinds in an order without a pattern.
fn words(count: usize, kinds: u32, seed: u32) -> String {
    let mut state = seed;
    let mut word = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        char::from_u32(0x4e00 + (state >> 16) % kinds).unwrap_or('一')
    };
    (0..count).map(|_| word()).collect()
}

#[test]
fn sizes_that_nobody_writes_are_borne() {
    let ascending: Vec<_> = (0..2_500).map(|word| word.to_string()).collect();
    let descending: Vec<_> = ascending.iter().rev().cloned().collect();
    for (older, newer) in [
        (words(4_000, 2, 1), words(4_000, 2, 2)),
        (words(4_000, 3_000, 1), words(4_000, 3_000, 2)),
        (ascending.join(" "), descending.join(" ")),
        (ascending.join("<br>"), descending.join("<br>")),
        ("一".repeat(9_000), "一".repeat(3_000)),
        ("<p>".repeat(9_000), "</p>一".repeat(3_000)),
    ] {
        let change = body(&older, &newer);
        let shown = |kind| change.runs.iter().filter(|run| run.kind == kind).map(|run| run.text.len()).sum::<usize>();
        assert!(shown(RunKind::Added) <= newer.len() && shown(RunKind::Removed) <= older.len());
    }
    let articles = |word: &str| (0..500).map(|n| json!({"content": format!("{word}{n}")})).collect::<Vec<_>>();
    let found = diff(&document(&articles("一")), &document(&articles("二"))).unwrap();
    assert_eq!((found.articles.len(), found.summary().as_str()), (1_000, "500 articles added; 500 articles removed"));
}
