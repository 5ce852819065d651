use proptest::prelude::*;

use super::*;
use crate::model::{ArticleType, Language};

#[path = "../../tests/it/histories.rs"]
pub(crate) mod histories;

/// The changes of a real history that a test tries: one in so many, and all with `DRAFTKEEP_CASES=all`. Unoptimised, all of them take
/// many minutes.
pub(crate) fn one_change_in(states: usize) -> usize {
    if std::env::var("DRAFTKEEP_CASES").is_ok_and(|cases| cases == "all") { 1 } else { states / 6 + 1 }
}

fn article(article_type: ArticleType, content: &str) -> Article {
    Article {
        position: 0,
        article_type,
        title: String::new(),
        author: String::new(),
        digest: String::new(),
        content_source_url: String::new(),
        cover: String::new(),
        content: content.to_owned(),
    }
}

fn news(content: &str) -> Article {
    article(ArticleType::News, content)
}

/// The body alone, as text.
fn body_text(article: &Article) -> String {
    text::write(&body::with_all_pictures(body::visible(article)))
}

#[test]
fn text_reads_as_the_article_does() {
    let cases = [
        ("<p>一</p><p>二</p>", "一\n\n二"),
        ("<section>一</section><section>二</section>", "一\n二"),
        ("<p>一<br  />二<br><br>三</p><p><br  /></p><p><br  /></p><p>四</p>", "一\n二\n\n三\n\n四"),
        ("<p> a \n b<b> c</b>d&nbsp;&amp;&lt;e&gt; </p>", "a b cd &<e>"),
        ("<ul><li>一</li><li><p>二</p><p>三</p></li></ul>后", "- 一\n- 二\n  三\n\n后"),
        ("前<ol start=9><li>一</li><li>二<ul><li>内</li></ul></li></ol>", "前\n\n9. 一\n10. 二\n    - 内"),
        ("<p>前</p><blockquote><p>一</p><p>二</p></blockquote><p>后</p>", "前\n\n> 一\n>\n> 二\n\n后"),
        ("前<img data-src='x' alt='图片'>后<img alt='一只猫'>", "前[picture]后[picture: 一只猫]"),
        ("见<a href='https://a.cn/?x=1&amp;y=2'>这里</a>。", "见这里 (https://a.cn/?x=1&y=2)。"),
        ("<a href='https://a.cn'>https://a.cn</a> <a href='#top'>顶</a> <a>无</a>", "https://a.cn 顶 无"),
        ("<table><tr><td><p>甲</p></td><td>乙</td></tr><tr><td>丙</td><td></td></tr></table>", "甲 | 乙\n丙 |"),
        ("<p>一</p><p style='display: none;'><mp-style-type data-value='3'></mp-style-type>藏</p>", "一"),
        ("<mp-common-profile data-nickname='某号'></mp-common-profile>", "[account: 某号]"),
        (
            "<section style=\"background-image: url('//mmbiz.qpic.cn/m/A/0')\">一</section><p style='background:url(#g)'>二</p>\
             <svg><image xlink:href='//mmbiz.qpic.cn/m/B/0'/><foreignObject><img data-src='x' alt='三'></foreignObject></svg>\
             <table background='//mmbiz.qpic.cn/m/C/0'><tr><td style='background:red'>四</td></tr></table>",
            "[picture]\n一\n\n二\n\n[picture][picture: 三]\n\n[picture]\n四",
        ),
        ("<pre style='background:url(//x.cn/a)'>a\n<img data-src='x'>b</pre>", "a\nb\n\n[picture]"),
        ("<p>one <span hidden>x</span>two</p>", "one two"),
        ("<p>一</p><hr><p>二</p>", "一\n\n---\n\n二"),
        ("", ""),
    ];
    for (html, expected) in cases {
        assert_eq!(body_text(&news(html)), expected, "{html}");
    }
}

#[test]
fn lists_and_tables_of_text_read_as_they_look() {
    let cases = [
        ("<ul><li>一</li><ul><li>二</li></ul><li>三</li></ul>", "- 一\n  - 二\n- 三"),
        (
            "<ul><li><ol start=4><li>一</li><li value=9>二</li><li></li><li>三</li></ol></li></ul>",
            "- 4. 一\n  9. 二\n  11. 三",
        ),
        ("<ol><li>一<pre>if a:\n    b\n\n  c</pre></li><li>二</li></ol>", "1. 一\n   if a:\n       b\n\n     c\n2. 二"),
        (
            "<table><tr><th>名</th><th>价</th></tr><tr><td rowspan=2>甲</td><td><ol><li>一</li><li>二</li></ol></td></tr>\
             <tr><td>丙</td></tr><tr><td colspan=2>丁</td><td>戊</td></tr></table>",
            "名 | 价\n甲 | 1. 一 2. 二\n| 丙\n丁 | | 戊",
        ),
        (
            "<table><tr><td>外</td><td><table><tr><td>a</td><td>b</td></tr><tr><td>c</td><td>d</td></tr></table></td></tr></table>后",
            "外 |\n\na | b\nc | d\n\n后",
        ),
    ];
    for (html, expected) in cases {
        assert_eq!(body_text(&news(html)), expected, "{html}");
    }
}

#[test]
fn line_ends_are_kept_where_the_style_keeps_them() {
    let html = "<p style='white-space: pre-wrap'>一\n二<span style='white-space:normal'>三\n四</span></p><p>五\n六</p>";
    assert_eq!(body_text(&news(html)), "一\n二三 四\n\n五 六");
    assert_eq!(markdown(&[news(html)], &Pictures::default()), "一  \n二三 四\n\n五 六\n");
    assert!(page(&[news(html)], &Pictures::default()).contains("三\n四"));
}

#[test]
fn code_keeps_its_lines_however_they_were_made() {
    let expected = "前\n\nlet a = 1;\n\n  a += 1;\n\n后";
    let cases = [
        "前<pre><code>let a = 1;\n\n  a += 1;\n</code></pre>后",
        "前<pre><code><br>let&nbsp;a = 1;<br><br>&nbsp;&nbsp;<span>a</span> += 1;<br></code></pre>后",
        "前<ul class='code-snippet__line-index'><li></li><li></li></ul>\
         <pre data-lang='rust'><code>let a = 1;</code><code>\n</code><code>  a += 1;</code></pre>后",
        "前<code>let a\n= 1;<br><br>&nbsp;&nbsp;a += 1;<br></code>后",
        "前<code><span style='display: block'>let a = 1;</span><br><span style='display: block'>  a += 1;</span></code>后",
    ];
    for html in cases {
        assert_eq!(body_text(&news(html)), expected, "{html}");
    }
}

#[test]
fn a_newspic_keeps_its_lines() {
    let content = "第一行\n第二行 <a class=\"wx_img_refer_link\">图2</a>\n\n完";
    let newspic = article(ArticleType::Newspic, content);
    assert_eq!(body_text(&newspic), "第一行\n第二行 图2\n\n完");
    assert_eq!(markdown(std::slice::from_ref(&newspic), &Pictures::default()), "第一行  \n第二行 图2\n\n完\n");
    assert!(page(&[newspic], &Pictures::default()).contains("第一行<br>第二行"));
}

#[test]
fn markdown_has_pictures_code_and_lists() {
    let html = "<h2>题</h2><p>一<strong>二</strong> 1*2</p><ul><li><p>甲</p></li><li>乙</li></ul>\
                <p style='display:none'>藏</p><img src='data:,' data-src='//mmbiz.qpic.cn/p/A/640?wx_fmt=png&amp;from=a'>\
                <pre><code class='hljs language-rust'>let a = \"*\";<br>b</code></pre>";
    let whole = Article { title: "a_b".to_owned(), content_source_url: "https://a.cn/x_y".to_owned(), ..news(html) };
    insta::assert_snapshot!(markdown(&[whole], &Pictures::default()), @r#"
    # a_b

    - Link: <https://a.cn/x_y>

    ## 题

    一**二** 1\*2

    - 甲
    - 乙

    ![](https://mmbiz.qpic.cn/p/A/640?wx_fmt=png&from=a)

    ```rust
    let a = "*";
    b
    ```
    "#);
}

#[test]
fn heads_tell_title_place_and_what_is_there() {
    let first = Article {
        title: "秋季新品\n预告".to_owned(),
        author: "李编辑".to_owned(),
        digest: "三款新品".to_owned(),
        content_source_url: "https://example.com/1".to_owned(),
        ..news("<p>正文</p>")
    };
    let second = Article { position: 1, ..news("") };
    insta::assert_snapshot!(text(&[first, second]), @r"
    [0] 秋季新品 预告
    Author: 李编辑
    Digest: 三款新品
    Link: https://example.com/1

    正文


    [1] (no title)
    ");
}

#[test]
fn a_page_is_complete_and_runs_nothing() {
    let html = "<p onclick='steal()'>一\u{1b}[2J<b>二</p><script>steal()</script></article></body>\
                <img src='x.gif' data-src='//mmbiz.qpic.cn/a/0' onerror=steal()><base href='//evil'>";
    let whole = Article { title: "</title><script>steal()".to_owned(), ..news(html) };
    let page = page(&[whole], &Pictures::default());
    let body = &page[page.find("<body>").unwrap()..];
    insta::assert_snapshot!(body, @r#"
    <body>
    <article>
    <h1>&lt;/title&gt;&lt;script&gt;steal()</h1>
    <p>一�[2J<b>二</b></p><span class="lost">［缺图片 //mmbiz.qpic.cn/a/0 · picture not held］</span>
    </article>
    </body>
    </html>
    "#);
    assert!(page.contains("<title>&lt;/title&gt;&lt;script&gt;steal()</title>"));
    assert!(page.contains("<meta charset=\"utf-8\">") && page.contains("default-src 'none'"));
    assert!(page.contains("name=\"referrer\" content=\"no-referrer\""));
}

/// Every way in which a page could be made to ask a server that the author names.
pub(crate) const LOADERS: &[&str] = &[
    "<img src=ADDRESS>",
    "<img data-src=ADDRESS crossorigin=anonymous srcset='ADDRESS 2x' lowsrc=ADDRESS>",
    "<image src=ADDRESS>",
    "<picture><source srcset=ADDRESS><img></picture>",
    "<p style='background:url(ADDRESS)'>",
    "<p style='background:\\75rl(ADDRESS)'>",
    "<p style=\"background:image-set('ADDRESS' 1x)\">",
    "<table background=ADDRESS><tr><td background=ADDRESS>",
    "<svg><image href=ADDRESS /><image xlink:href=ADDRESS /><use href=ADDRESS /><feImage href=ADDRESS /></svg>",
    "<svg fill='url(ADDRESS)'><script href=ADDRESS></script><style>@import 'ADDRESS'</style>",
    "<svg><a><animate attributeName=href values='javascript:steal()'></a></svg>",
    "<video poster=ADDRESS src=ADDRESS></video><audio src=ADDRESS></audio>",
    "<iframe src=ADDRESS></iframe><iframe srcdoc='&lt;img src=ADDRESS>'></iframe><frame src=ADDRESS>",
    "<object data=ADDRESS></object><embed src=ADDRESS><applet archive=ADDRESS codebase=ADDRESS></applet>",
    "<link rel=stylesheet href=ADDRESS><link rel=prefetch href=ADDRESS><style>@import url(ADDRESS)</style>",
    "<meta http-equiv=refresh content='0;url=ADDRESS'><base href=ADDRESS>",
    "<form action=ADDRESS><input type=image src=ADDRESS><button formaction=ADDRESS>x</button></form>",
    "<xmp><p title='</xmp><img src=ADDRESS>'></xmp><textarea></textarea><noscript><img src=ADDRESS></noscript>",
    "<math href=ADDRESS><mtext href=ADDRESS>x</mtext></math><bgsound src=ADDRESS><input src=ADDRESS>",
    "<a href='java\nscript:steal()' ping=ADDRESS>x</a><a href='&#1;JavaScript:steal()'>x</a><a href='data:text/html,x'>x</a>",
    "<a href=vbscript:steal()>x</a><a href=file:///etc/passwd>x</a><area href='javascript:steal()'>",
];

/// What of a page would run, lead to a script, or be loaded from elsewhere: by the attributes of its tags.
pub(crate) fn harm(html: &str) -> Vec<String> {
    let mut harm = Vec::new();
    for piece in html::pieces(html) {
        let (html::Piece::Open(element) | html::Piece::Void(element)) = piece else { continue };
        let is_link = matches!(&*element.name, "a" | "area");
        for attribute in &element.attributes {
            let (name, value) = (&*attribute.name.local, attribute.value.to_ascii_lowercase());
            let is_elsewhere = value.contains("//") && !name.starts_with("data-");
            let is_address = is_link && name == "href" && value.starts_with("http");
            let is_script = name == "href" && (value.contains("script") || value.starts_with("data:"));
            if (is_elsewhere && !is_address && name != "title") || is_script || name.starts_with("on") {
                harm.push(format!("{} {name}={value}", element.name));
            }
        }
        if attribute::is_left_out(&element.name) {
            harm.push(element.name.to_string());
        }
    }
    harm
}

#[test]
fn a_page_asks_nobody_and_says_what_it_does_not_show() {
    for (host, loader) in ["https://evil.example/t.gif", "//evil.example/t", "http://mmbiz.qpic.cn/m/A/0"]
        .iter()
        .flat_map(|host| LOADERS.iter().map(move |loader| (host, loader)))
    {
        let content = loader.replace("ADDRESS", host);
        let page = page(&[news(&content)], &Pictures::default());
        let body = &page[page.find("<body>").unwrap()..];
        assert_eq!(harm(body), Vec::<String>::new(), "{content}\n{body}");
        let is_picture =
            loader.starts_with("<img") || loader.starts_with("<p style='background") || loader.contains("<image");
        if is_picture && !loader.contains("75rl") {
            assert!(body.contains(&format!("缺图片 {host}")), "{content}\n{body}");
        }
    }
}

#[test]
fn cards_on_a_page_are_named_in_its_language() {
    let cards = news("<mpvoice name='第一回'></mpvoice><mp-common-sticker></mp-common-sticker>");
    for (language, shown) in
        [(Language::Chinese, "［音频：第一回］［表情］"), (Language::English, "[audio: 第一回][sticker]")]
    {
        assert_eq!(frame_body(&cards, &Pictures::default(), language, &mut Marks::default()), shown);
        assert_eq!(fragment(&cards, &Pictures::default(), language), shown);
    }
    assert_eq!(body_text(&cards), "[audio: 第一回][sticker]", "commands speak English");
}

#[test]
fn an_article_in_a_frame_asks_nobody_and_stays_in_its_place() {
    let odd = "<p style='position:fixed;z-index:9;color:red' class='dk-ins a' id='dk-1'>一</p>\
               <a href='https://a.cn' target=_top rel=opener>二</a><a name='DK-2' class='DK-del'>三</a><script>x()</script>\
               <svg onload='x()'><title>四</title></svg><p hidden>五</p><details>六</details>";
    insta::assert_snapshot!(frame_body(&news(odd), &Pictures::default(), Language::Chinese, &mut Marks::default()), @r#"<p style="color:red" class="a">一</p><a href="https://a.cn" target="_blank" rel="noopener noreferrer">二</a><a class="" target="_blank" rel="noopener noreferrer">三</a><svg></svg><details open="">六</details>"#);
    for loader in LOADERS {
        let body = frame_body(
            &news(&loader.replace("ADDRESS", "//evil.example/t.gif")),
            &Pictures::default(),
            Language::Chinese,
            &mut Marks::default(),
        );
        assert_eq!(harm(&body), Vec::<String>::new(), "{loader}\n{body}");
    }
    let document = frame_document("<p>一</p>", "zh-CN", "<img src=x onerror=alert(1)>");
    assert!(document.contains("<title>&lt;img src=x onerror=alert(1)&gt;</title>") && document.contains("<p>一</p>"));
}

#[test]
fn pictures_at_hand_are_shown_wherever_a_body_has_them() {
    let held = [("A".to_owned(), "a.png".to_owned()), ("https://x.cn/b".to_owned(), "b.png".to_owned())].into();
    let pictures = Pictures { held, before: [(0, vec!["cover.png".to_owned()])].into(), ..Pictures::default() };
    let article = news(
        "<img data-src='http://mmbiz.qpic.cn/m/A/640' crossorigin='anonymous' alt='a'><img src='https://x.cn/b'>\
         <p style='background:url(&quot;//mmbiz.qpic.cn/m/A/0&quot;)'>一</p>\
         <svg viewBox='0 0 1 1'><image xlink:href='//mmbiz.qpic.cn/m/A/0'/></svg>",
    );
    insta::assert_snapshot!(fragment(&article, &pictures, Language::Chinese), @r#"<p><img src="cover.png"></p><img alt="a" src="a.png"><img src="b.png"><p style="background:url(&quot;a.png&quot;)">一</p><svg viewbox="0 0 1 1"><image href="a.png"/></svg>"#);
    assert_eq!(
        markdown(&[article], &pictures),
        "![](cover.png)\n\n![a](a.png)![](b.png)\n\n![](a.png)  \n一\n\n![](a.png)\n"
    );
}

#[test]
fn no_link_of_markdown_leads_to_a_script() {
    let article = Article {
        title: "[t](javascript:steal())\u{202e}\u{200b}".to_owned(),
        content_source_url: "javascript:steal()".to_owned(),
        ..news(
            "<a href='javascript:steal()'>一</a> <a href=' JAVA&#10;SCRIPT:steal()'>二</a> <a href='data:text/html,x'>三</a>\
             <a href='vbscript:x'>四</a> <a href='https://a.cn/ > <javascript:steal%28%29>'>五</a>\
             <a href='https://a.cn/(x)' title='\") [x](javascript:steal())'>六</a> &lt;javascript:steal()&gt;\
             <img src='//mmbiz.qpic.cn/m/A/0' alt='](x) [y](javascript:steal()) ![\u{1b}[2J'> [z](javascript:steal())\
             <img src='https://evil.example/t.gif'>",
        )
    };
    insta::assert_snapshot!(markdown(&[article], &Pictures::default()), @r#"
    # \[t\](javascript:steal())\<U+202E>\<U+200B>

    - Link: javascript:steal()

    一 二 三四 [五](https://a.cn/%20%3E%20%3Cjavascript:steal%28%29%3E)[六](https://a.cn/\(x\)) \<javascript:steal()>![\](x) \[y\](javascript:steal()) !\[␛\[2J](https://mmbiz.qpic.cn/m/A/0) \[z\](javascript:steal())［缺图片 <https://evil.example/t.gif> · picture not held］
    "#);
}

#[test]
fn depth_never_overflows_the_stack() {
    for tag in ["section", "b", "ul><li", "blockquote", "table><tr><td", "pre><code", "a href=x"] {
        let articles = [news(&format!("{}底", format!("<{tag}>").repeat(10_000)))];
        for rendered in
            [text(&articles), markdown(&articles, &Pictures::default()), page(&articles, &Pictures::default())]
        {
            assert!(rendered.contains('底'), "{tag}");
        }
    }
}

proptest! {
    #[test]
    fn any_body_renders_and_its_pieces_nest(parts in prop::collection::vec(part(), 0..60)) {
        let article = news(&parts.concat());
        let mut open = Vec::new();
        for piece in body::visible(&article) {
            match piece {
                html::Piece::Open(element) => open.push(element.name),
                html::Piece::Close(name) => prop_assert_eq!(open.pop(), Some(name)),
                _ => {}
            }
        }
        prop_assert!(open.is_empty());
        let articles = [article];
        prop_assert!(text(&articles).ends_with('\n'));
        prop_assert!(markdown(&articles, &Pictures::default()).ends_with('\n'));
        prop_assert!(page(&articles, &Pictures::default()).ends_with("</html>\n"));
    }
}

const TAGS: &[&str] = &[
    "p",
    "section",
    "b",
    "i",
    "ul",
    "ol",
    "li",
    "table",
    "tr",
    "td",
    "pre",
    "code",
    "a href='x'",
    "blockquote",
    "br",
    "hr",
    "img data-src='y'",
    "h2",
    "script",
    "mp-style-type",
    "svg",
    "select",
    "option",
    "ruby",
];

/// A piece of tag soup.
fn part() -> impl Strategy<Value = String> {
    prop_oneof![
        prop::sample::select(TAGS).prop_map(|tag| format!("<{tag}>")),
        prop::sample::select(TAGS).prop_map(|tag| format!("</{}>", tag.split(' ').next().unwrap_or_default())),
        ".{0,6}",
        Just("中文 text\n".to_owned()),
        Just("&#x202e;&nbsp;<!--".to_owned()),
    ]
}
