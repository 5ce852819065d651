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
        RunKind::Removed if run.moved => format!("[>{}]", run.text),
        RunKind::Added if run.moved => format!("{{>{}}}", run.text),
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
    for (older, newer, expected) in [
        // What the platform's editor makes of what it is sent (as read back from draft/get).
        (
            "<img src=\"https://mmbiz.qpic.cn/m/A/0\" />",
            "<img data-src=\"https://mmbiz.qpic.cn/m/A/640?from=appmsg\">",
            "tags and attributes",
        ),
        ("<p>一<br style='color:red'>二</p>", "<p>一<br  />二</p>", "tags and attributes"),
        ("<div><p>一</p><div>二</div></div>", "<p>一</p><p><span>二</span></p>", "tags and attributes"),
        ("<p style=\"font-family:'X'\">一</p>", "<p style=\"font-family:&#39;X&#39;\">一</p>", "tags and attributes"),
        (
            "<p style=\"color:red;font-family:&#39;X&#39;\">一</p>",
            "<p style=\"\">一</p>",
            "colour of 1 paragraph, font of 1 paragraph",
        ),
        (
            "<p style=\"position: absolute; color: red\">一</p>",
            "<p style=\"color: red\">一</p>",
            "other styles in 1 place",
        ),
        ("<p onclick=\"x()\">一</p><script>x()</script><style>p{}</style>", "<p>一</p>", "tags and attributes"),
        ("<p>“一”&nbsp;&amp; 二</p>", "<p>&ldquo;一&rdquo; & 二</p>", "tags and attributes"),
        (
            "<section>一</section>",
            "<section><span leaf=\"\">一</span></section><p style=\"display: none;\"><mp-style-type></mp-style-type></p>",
            "tags and attributes",
        ),
        ("<p>一</p><p>二</p>", "<p>一二</p>", "line breaks in 1 place"),
        ("<p>一 二</p>", "<p>一二</p>", "blanks in 1 place"),
        ("<p>一</p>", "<p>　　一</p>", "blanks in 1 place"),
        ("<p>一</p>", "<p><b>一</b>\u{200b}</p>", "bold in 1 place"),
        ("<p>一二三四</p>", "<p>一<b>二</b>三<strong>四</strong></p>", "bold in 2 places"),
        (
            "<p>一</p><p>二</p><p>三</p><p>四</p>",
            "<div style='color:red'><p>一</p><p>二</p><p>三</p></div><p>四</p>",
            "colour of 3 paragraphs",
        ),
        ("<p>一二</p>", "<p>一<font color='red' size=5>二</font></p>", "colour in 1 place, font size in 1 place"),
        ("<p style='font-size:16px'>一</p>", "<p style='FONT-SIZE: 18px;'>一</p>", "font size of 1 paragraph"),
        ("<p>一</p>", "<h2>一</h2>", "bold in 1 place, heading of 1 paragraph"),
        ("<p>一</p>", "<center><p>一</p></center>", "alignment of 1 paragraph"),
        (
            "<p>一</p><p>二</p>",
            "<p style='margin:0'>一</p><p style='padding:0;width:9px;border:0'>二</p>",
            "margins in 2 places, border in 1 place, size in 1 place",
        ),
        ("<p>一<u>二</u><i>三</i></p>", "<p>一二三</p>", "italics in 1 place, underline in 1 place"),
        ("<p>一</p><p style='color:red'></p>", "<p>一</p><p></p>", "other styles"),
        // A place that only counts the lines of code, and the size and signature of a picture's address.
        ("<pre>a</pre>", "<ul class='code-snippet__line-index'><li>1</li></ul><pre>a</pre>", "tags and attributes"),
        (
            "<p style='background:url(https://mmbiz.qpic.cn/m/A/0?sign=1)'>一</p>",
            "<p style='background:url(&quot;http://mmbiz.qpic.cn/m/A/640?sign=2&quot;)'>一</p>",
            "tags and attributes",
        ),
        (
            "<img data-croporisrc='https://mmbiz.qpic.cn/m/A/0' src='https://mmbiz.qpic.cn/m/B/0'>",
            "<img data-croporisrc='https://mmbiz.qpic.cn/m/C/0' src='https://mmbiz.qpic.cn/m/B/0'>",
            "tags and attributes",
        ),
    ] {
        let change = body(older, newer);
        assert_eq!(
            change.formatting.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "),
            expected,
            "{older} → {newer}"
        );
        let nothing =
            BodyChange { formatting_only: true, formatting: change.formatting.clone(), ..BodyChange::default() };
        assert_eq!(change, nothing, "{older} → {newer}");
    }
}

#[test]
fn what_a_reader_sees_or_uses_is_content() {
    let audio = |id: &str| format!("<p>听<mpvoice name='声' voice_encode_fileid='{id}'></mpvoice></p>");
    let video = |id: &str| format!("<iframe class='video_iframe' data-src='https://v.qq.com/{id}'></iframe>");
    let card = |id: &str| format!("<mp-common-profile data-nickname='某' data-id='{id}'></mp-common-profile>");
    let program = |path: &str| format!("<a data-miniprogram-appid='wx1' data-miniprogram-path='{path}' href=''>看</a>");
    let picture = |alt: &str| format!("<img alt='{alt}' src='https://mmbiz.qpic.cn/m/A/0'>");
    let behind = |first: &str, second: &str| {
        let behind = |id: &str| format!("<p style='background-image: url(https://mmbiz.qpic.cn/m/{id}/0)'>");
        format!("{}一</p>{}二</p>", behind(first), behind(second))
    };
    let two = |first: &str, second: &str| format!("<p>一{}二{}</p>", audio(first), audio(second));
    for (older, newer, expected) in [
        (audio("1"), audio("2"), "1 audio clip changed"),
        (two("1", "2"), two("2", "1"), "2 audio clips moved"),
        (video("a"), video("b"), "+1 −1 characters; 1 video changed"),
        (card("1"), card("2"), "1 account card changed"),
        ("<mpcpc key=1></mpcpc>".into(), "<mpcpc key=2></mpcpc>".into(), "1 product card changed"),
        (
            "<mp-miniprogram data-miniprogram-path=a></mp-miniprogram>".into(),
            "<mp-miniprogram data-miniprogram-path=b></mp-miniprogram>".into(),
            "1 mini program changed",
        ),
        (program("a"), program("b"), "1 link changed"),
        (
            "<a href='https://a.cn/'>https://a.cn/b</a>".into(),
            "<a href='https://a.cn/b'>https://a.cn/b</a>".into(),
            "1 link changed",
        ),
        ("<a href='#a'>一</a>".into(), "<a href='#b'>一</a>".into(), "1 link changed"),
        (
            "<blockquote data-url='https://a.cn'>一</blockquote>".into(),
            "<blockquote data-url='https://b.cn'>一</blockquote>".into(),
            "1 link changed",
        ),
        (picture("图片"), picture("河"), "1 picture description added"),
        (picture("河"), picture("桥"), "1 picture description changed"),
        ("<p>99 元</p>".into(), "<p><del>99</del> 元</p>".into(), "1 strikethrough added"),
        ("<p><s>99</s> 元</p>".into(), "<p>99 元</p>".into(), "1 strikethrough removed"),
        ("<p>一</p>".into(), "<p style='text-decoration: line-through'>一</p>".into(), "1 strikethrough added"),
        ("<p>一<del>99</del></p>".into(), "<p>一二<del>9<b>9</b></del></p>".into(), "+1 character"),
        ("<p>一99</p>".into(), "<p>一二<del>99</del></p>".into(), "+1 character; 1 strikethrough added"),
        ("<p>一</p>".into(), "<p>一<sup>[1]</sup></p>".into(), "+3 characters"),
        ("<p>10<sup>2</sup></p>".into(), "<p>102</p>".into(), "1 superscript removed"),
        ("<p>H2O</p>".into(), "<p>H<sub>2</sub>O</p>".into(), "1 subscript added"),
        ("<pre>if a:\n    b\nc</pre>".into(), "<pre>if a:\n    b\n    c</pre>".into(), "1 code layout changed"),
        ("<pre>a\nb</pre>".into(), "<pre>a b</pre>".into(), "1 code layout changed"),
        (
            "<pre><code>a</code><code>b</code></pre>".into(),
            "<pre><code>a b</code></pre>".into(),
            "1 code layout changed",
        ),
        (behind("A", "B"), behind("B", "A"), "2 backgrounds moved"),
        (behind("A", "B"), behind("A", "C"), "1 picture added, 1 removed"),
        (behind("A", "B"), behind("A", "A"), "1 picture added, 1 removed"),
        ("<p hidden>一</p>二".into(), "<p hidden>三</p>二".into(), "1 hidden text changed"),
        ("<p>二</p>".into(), "<p>二</p><p style='display:none'>一</p>".into(), "1 hidden text added"),
        ("<p>一二</p>".into(), "<p>一</p><p hidden>二</p>".into(), "−1 character; 1 hidden text added"),
        ("<svg><path d='M0'/></svg>一".into(), "<svg><path d='M1'/></svg>一".into(), "1 drawing changed"),
        ("<p>看<a href='https://a.cn'>这里</a></p>".into(), "<p>看这里</p>".into(), "1 link removed"),
        ("<img src='https://a.cn/1'>".into(), "<img src='https://a.cn/2'>".into(), "1 picture added, 1 removed"),
        (
            "<p style='background:url(https://mmbiz.qpic.cn/m/A/0)'>一</p>".into(),
            "<p>一</p>".into(),
            "1 picture removed",
        ),
        ("<p>new item</p>".into(), "<p>newitem</p>".into(), "+7 −7 characters"),
    ] {
        let change = body(&older, &newer);
        assert!(!change.formatting_only, "{older} → {newer}");
        assert_eq!(change.summary(), expected, "{older} → {newer}");
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
    assert_eq!(change.pictures_added, ["B", "C", "https://a.cn/d.png"], "a second copy is there anew");
    assert_eq!((change.pictures_removed, change.pictures_moved), (vec!["A".to_owned()], vec![]));
}

#[test]
fn a_picture_counts_as_often_as_it_is_shown() {
    let picture = |identity: &str| {
        format!(
            "<img data-src='https://mmbiz.qpic.cn/m/{identity}/640' data-croporisrc='https://mmbiz.qpic.cn/m/{identity}o/0'>"
        )
    };
    let [a, b] = ["A", "B"].map(picture);
    for (older, newer, expected) in [
        (format!("一{a}"), "一".to_owned(), "1 picture removed"),
        (format!("一{a}{a}"), format!("一{a}"), "1 picture removed"),
        (format!("一{a}"), format!("一{a}二{a}"), "+1 character; 1 picture added"),
        (format!("一{a}二三四{b}"), format!("一{b}二三四{a}"), "2 pictures moved"),
        (format!("{a}一"), format!("一{a}"), "1 picture moved"),
        // An address with entities is the same picture, whatever its signature.
        (
            "<img src='https:&#x2f;&#x2f;mmbiz.qpic.cn/m/A/0?sign=1'>一".to_owned(),
            "<img src='https:&#x2f;&#x2f;mmbiz.qpic.cn/m/A/640?sign=2'>二".to_owned(),
            "+1 −1 characters",
        ),
    ] {
        assert_eq!(body(&older, &newer).summary(), expected, "{older} → {newer}");
    }
}

#[test]
fn paragraphs_that_were_moved_are_told_as_that() {
    let [one, two, three] = ["秋天的第一场雨过后", "巷口的面包店换上了新的招牌", "店里只有六张椅子"];
    let text = |paragraphs: &[&str]| paragraphs.iter().map(|text| format!("<p>{text}</p>")).collect::<String>();
    for (older, newer, summary, expected) in [
        (
            text(&[one, two, three]),
            text(&[three, one, two]),
            "1 paragraph moved",
            "{>店里只有六张椅子\n\n}秋天的第一场雨过后\n\n巷口的面包店换上了新的招牌[-\n\n-][>店里只有六张椅子]",
        ),
        (
            text(&[one, two, three]),
            text(&[two, "店里只有七张椅子", one]),
            "+1 −1 characters; 1 paragraph moved",
            "[>秋天的第一场雨过后\n\n]巷口的面包店换上了新的招牌\n\n店里只有[-六-]{+七+}张椅子{+\n\n+}{>秋天的第一场雨过后}",
        ),
        (
            text(&[one, two]),
            text(&[one, two, three]),
            "+8 characters",
            "秋天的第一场雨过后\n\n巷口的面包店换上了新的招牌{+\n\n店里只有六张椅子+}",
        ),
        (text(&[one]), text(&[one, one]), "+9 characters", "秋天的第一场雨过后{+\n\n秋天的第一场雨过后+}"),
    ] {
        assert_eq!(body(&older, &newer).summary(), summary, "{older} → {newer}");
        assert_eq!(marked(&older, &newer), expected);
    }
}

#[test]
fn empty_lines_tell_nothing_about_what_became_of_what() {
    let paragraphs = |texts: &[&str]| texts.iter().map(|text| format!("<p>{text}</p>")).collect::<String>();
    let kept = "老板说这是他等了整整一年的季节";
    let older = paragraphs(&["甲甲甲甲", "乙乙乙乙", "丙丙丙丙", kept, "丁"]);
    let newer = paragraphs(&["子子子子子子子", kept, "丑丑丑丑", "寅寅寅寅", "丁"]);
    let change = body(&older, &newer);
    assert!(change.runs.iter().any(|run| run.kind == RunKind::Kept && run.text.contains(kept)), "{:?}", change.runs);
    assert_eq!((change.added, change.removed, change.paragraphs_moved), (15, 12, 0));
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
                let reading = position.map(|at| crate::render::plain_body(&articles[side][at])).unwrap_or_default();
                let of_side = || body.runs.iter().filter(|run| run.kind == RunKind::Kept || run.kind == kind);
                prop_assert_eq!(of_side().map(|run| run.text.as_str()).collect::<String>(), reading.text);
                let pictures: Vec<_> = of_side().flat_map(|run| &run.pictures).map(|identity| format!("|{identity}")).collect();
                prop_assert_eq!(pictures, reading.pictures);
                let changed: String = body.runs.iter().filter(|run| run.kind == kind && !run.moved).map(|run| run.text.as_str()).collect();
                let shows = |c: &char| !c.is_whitespace() && *c != crate::render::PICTURE;
                prop_assert_eq!(changed.chars().filter(shows).count(), count);
            }
            prop_assert!(body.runs.windows(2).all(|two| (two[0].kind, two[0].moved) != (two[1].kind, two[1].moved)));
            let moved = |kind| body.runs.iter().filter(|run| run.kind == kind && run.moved).count();
            prop_assert_eq!(moved(RunKind::Removed) > 0, body.paragraphs_moved > 0);
            prop_assert_eq!(moved(RunKind::Added) > 0, body.paragraphs_moved > 0);
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
