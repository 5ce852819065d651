//! Documents that are easily misread: odd escapes, numbers, duplicate keys, raw controls, invalid UTF-8, and picture
//! addresses with their near misses.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};

/// A document: mostly a draft, oddly spelled; sometimes with a byte changed.
pub(super) fn document() -> impl Strategy<Value = Vec<u8>> {
    let change = prop_oneof![12 => Just(None), 1 => (any::<Index>(), byte(), 0..3_u8).prop_map(Some)];
    (draft(), change).prop_map(|(mut document, change)| {
        if let Some((at, byte, kind)) = change {
            let at = at.index(document.len());
            match kind {
                0 => document[at] = byte,
                1 => document.insert(at, byte),
                _ => document.truncate(at),
            }
        }
        document
    })
}

/// The inside of a `content`, spelled in JSON: pictures, tags, and what comes near them.
pub(super) fn content() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![4 => address(), 4 => html(), 1 => escape(), 1 => raw()];
    vec(piece, 0..12).prop_map(|pieces| pieces.concat())
}

fn draft() -> impl Strategy<Value = Vec<u8>> {
    let articles = prop_oneof![
        60 => sequence(b"[", vec(article(), 0..3), b"]"),
        1 => value(),
        1 => sequence(b"[", vec(value(), 1..3), b"]"),
    ];
    let member_of_articles = member(Just("news_item").boxed(), articles);
    let member = prop_oneof![
        1 => member(Just("news_item").boxed(), value()),
        4 => member(select(&["create_time", "update_time", "errcode", "errmsg"][..]).boxed(), value()),
        2 => member(name(), value()),
    ];
    let members = (vec(member, 0..3), member_of_articles, any::<Index>()).prop_map(|(mut members, articles, at)| {
        members.insert(at.index(members.len() + 1), articles);
        members
    });
    let mark =
        prop_oneof![60 => Just(""), 4 => Just("\u{feff}"), 1 => Just("\u{feff}\u{feff}"), 1 => Just(" \u{feff}")];
    (mark, sequence(b"{", members, b"}"), space(), prop_oneof![60 => Just(""), 1 => Just("x"), 1 => Just("\0")])
        .prop_map(|(mark, object, space, end)| [mark.as_bytes(), &object, space, end.as_bytes()].concat())
}

fn article() -> impl Strategy<Value = Vec<u8>> {
    const NAMES: &[&str] =
        &["title", "author", "url", "show_cover_pic", "create_time", "update_time", "Title", "content ", "conten"];
    let quoted = |inside: BoxedStrategy<Vec<u8>>| inside.prop_map(|inside| [b"\"", &inside[..], b"\""].concat());
    let covers = prop_oneof![3 => quoted(address().boxed()), 1 => quoted(content().boxed()), 2 => value()];
    let flags =
        select(&["0", "1", "-0.0", "0e9", "true", "false", "\"0\"", "\"1\"", "1.0", "2", "\"\"", "null", "[]"][..]);
    let pictures = select(
        &["[]", "[1]", "null", "\"\"", "[ ]", "{}", "[{\"image_media_id\":\"A\"},{\"image_media_id\":\"B\"}]"][..],
    );
    let info = prop_oneof![
        3 => pictures.prop_map(|list| format!("{{\"image_list\":{list}}}").into_bytes()),
        1 => Just(b"{\"image_list\":[1],\"image\\u005flist\":[]}".to_vec()),
        1 => value(),
    ];
    let member = prop_oneof![
        4 => member(Just("content").boxed(), prop_oneof![5 => quoted(content().boxed()), 1 => value()]),
        3 => member(select(&["thumb_url", "thumb_media_id"][..]).boxed(), covers),
        2 => member(select(&["need_open_comment", "only_fans_can_comment"][..]).boxed(), flags.prop_map(Into::into)),
        2 => member(Just("image_info").boxed(), info),
        1 => member(Just("article_type").boxed(), prop_oneof![Just(b"\"newspic\"".to_vec()), value()]),
        2 => member(select(NAMES).boxed(), value()),
        1 => member(name(), value()),
    ];
    sequence(b"{", vec(member, 0..8), b"}")
}

/// Any value, nested at random and sometimes up to the border.
fn value() -> BoxedStrategy<Vec<u8>> {
    let string = vec(prop_oneof![3 => html(), 1 => escape(), 1 => raw(), 1 => address()], 0..4)
        .prop_map(|pieces| [b"\"", &pieces.concat()[..], b"\""].concat());
    let word = select(&["true", "false", "null", "\"\"", "{}", "[]"][..]);
    let broken = select(&["True", "nul", "NaN", "-Infinity", "'a'", "[", "\"\\\""][..]);
    let deep = (90..104_usize, any::<bool>()).prop_map(|(depth, array)| {
        let (open, close) = if array { ("[", "]") } else { ("{\"a\":", "}") };
        [open.repeat(depth), "1".to_owned(), close.repeat(depth)].concat().into_bytes()
    });
    let rare = prop_oneof![broken.prop_map(Into::into), deep];
    let usual = prop_oneof![6 => string, 3 => number(), 2 => word.prop_map(Into::into)];
    let leaf = prop_oneof![60 => usual, 1 => rare];
    leaf.prop_recursive(3, 12, 4, |inner| {
        prop_oneof![
            sequence(b"[", vec(inner.clone(), 0..4), b"]"),
            sequence(b"{", vec(member(name(), inner), 0..4), b"}"),
        ]
    })
    .boxed()
}

fn number() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        12 => "-?(0|[1-9][0-9]{0,4})(\\.[0-9]{1,4})?([eE][+-]?[0-9]{1,2})?",
        12 => "-?(0|[1-9][0-9]{0,45})(\\.[0-9]{1,45})?([eE][+-]?0{0,3}[0-9]{1,3})?",
        12 => "-?[1-9]0{0,45}(\\.0{1,45}[1-9]?)?([eE][+-]?[3-4][0-9])?",
        4 => "-?[0-9](\\.[0-9])?[eE][+-]?0{0,3}[0-9]{17,20}",
        1 => "[-+.eE0-9]{1,5}",
    ]
    .prop_map(String::into_bytes)
}

fn name() -> BoxedStrategy<&'static str> {
    const NAMES: &[&str] = &[
        "",
        "a",
        "a!",
        "a\\\"",
        "a#",
        "b",
        "你",
        "\u{ffff}",
        "😀",
        "\\ud800",
        "\\udfff",
        "\\u0000",
        "\u{1}",
        "a/b",
        "url",
        "title",
        "content",
        "thumb_url",
        "news_item",
        "thumb_media_id",
        "article_type",
        "\\t",
        "\\\\",
        "Z",
        "[",
        "]",
    ];
    select(NAMES).boxed()
}

/// A member; its key sometimes with its first letter escaped.
fn member(name: BoxedStrategy<&'static str>, value: impl Strategy<Value = Vec<u8>>) -> impl Strategy<Value = Vec<u8>> {
    (name, any::<bool>(), space(), space(), value).prop_map(|(name, escaped, before, after, value)| {
        let key = match name.as_bytes() {
            [first, rest @ ..] if escaped && first.is_ascii_lowercase() => {
                [format!("\\u00{first:02X}").as_bytes(), rest].concat()
            }
            plain => plain.to_vec(),
        };
        [b"\"", &key[..], b"\"", before, b":", after, &value].concat()
    })
}

fn sequence(
    open: &'static [u8],
    parts: impl Strategy<Value = Vec<Vec<u8>>>,
    close: &'static [u8],
) -> impl Strategy<Value = Vec<u8>> {
    let comma = select(&[",", ",", ",", " ,\n", "\t,\r"][..]);
    (parts, comma, space())
        .prop_map(move |(parts, comma, space)| [open, space, &parts.join(comma.as_bytes()), space, close].concat())
}

fn space() -> impl Strategy<Value = &'static [u8]> {
    const ODD: &[&[u8]] = &[b"\x0b", b"\x0c", b"\xc2\xa0", b"\xef\xbb\xbf", b"\0"];
    prop_oneof![1600 => Just(&b""[..]), 200 => Just(&b" "[..]), 200 => Just(&b"\r\n\t "[..]), 1 => select(ODD)]
}

fn html() -> impl Strategy<Value = Vec<u8>> {
    const HTML: &[&str] = &[
        "<img data-src=\\\"",
        "<p style='background:url(",
        "<p title=\\\"a>b\\\" x=\\\"",
        "<",
        ">",
        "\\\">",
        ")",
        "'>",
        "/>",
        "<\\/p>",
        "<!-- //",
        "-->",
        "&quot;",
        "&amp;",
        "&#39;",
        "&lt;",
        "&",
        ";",
        "text",
        "你好",
        "一",
        " ",
        "\\/\\/",
        "//",
        "/",
        "http:",
        "https:",
        "http",
        ":",
        "?",
        "#",
        "|",
        ",",
        "=",
        ".qpic.cn",
        "0",
        "😀",
        "\u{7f}",
        "\u{feff}",
        "\u{2028}",
    ];
    select(HTML).prop_map(|text| text.as_bytes().to_vec())
}

fn escape() -> impl Strategy<Value = Vec<u8>> {
    const ESCAPES: &[&str] = &[
        "\\\"",
        "\\\\",
        "\\/",
        "\\b",
        "\\f",
        "\\n",
        "\\r",
        "\\t",
        "\\u0000",
        "\\u001F",
        "\\u001f",
        "\\u0022",
        "\\u005C",
        "\\u4f60",
        "\\uFFFD",
        "\\uffff",
        "\\ud83d\\ude00",
        "\\uD83D\\uDE00",
        "\\ud83d",
        "\\ude00",
        "\\ud83d\\u0041",
        "\\ud83d\\ud83d\\ude00",
        "\\ud83d\\n",
        "\\ud83d\\ue000",
        "\\ude00\\ud83d",
        "\\u003c",
        "\\u003E",
        "\\u002f",
        "\\u0026quot;",
    ];
    const BROKEN: &[&str] = &["\\x41", "\\u12", "\\u12g4", "\\'", "\\U0041", "\\\n", "\\u+123"];
    prop_oneof![200 => select(ESCAPES), 1 => select(BROKEN)].prop_map(|text| text.as_bytes().to_vec())
}

/// Bytes that a strict reader refuses inside a string.
fn raw() -> impl Strategy<Value = Vec<u8>> {
    const RAW: &[&[u8]] = &[
        b"\0",
        b"\x08",
        b"\t",
        b"\n",
        b"\r\n",
        b"\x1f",
        b"\xff",
        b"\x80",
        b"\xc0\x80",
        b"\xc2",
        b"\xe4\xbd",
        b"\xe4",
        b"\xed\xa0\x80",
        b"\xed\xa0\xbd\xed\xb8\x80",
        b"\xf0\x9f\x98",
        b"\xf0\x9f",
        b"\xf4\x90\x80\x80",
        b"\xe0\x80\x80",
        b"\xf8\x88\x80\x80\x80",
        b"\xe4\xbd\\\"",
        b"\xef\xbf",
    ];
    select(RAW).prop_map(<[u8]>::to_vec)
}

fn byte() -> impl Strategy<Value = u8> {
    prop_oneof![any::<u8>(), select(&b"\"\\{}[],:/<>0e-."[..])]
}

/// A picture address, or something that comes near one.
fn address() -> impl Strategy<Value = Vec<u8>> {
    let scheme = select(&["http:", "https:", "", "", "HTTP:", "hTTps:", "ftp:", "xhttp:", "https", "http:https:"][..]);
    let slashes =
        select(&["//", "//", "\\/\\/", "\\/\\/", "/", "///", "\\u002f/", "////", "/\\/\\/", "//a//", "// "][..]);
    let host = select(
        &[
            "mmbiz.qpic.cn",
            "mmbiz.qpic.cn",
            "mmbiz.qlogo.cn",
            "MMBIZ.QPic.CN",
            "a-1.b.qpic.cn",
            ".qpic.cn",
            "..qpic.cn",
            "qpic.cn",
            "evilqpic.cn",
            "wx.qlogo.cn",
            "x.mmbiz.qlogo.cn",
            "mmbiz.qpic.cn:443",
            "mmbiz.qpic.cn.",
            "u@a.qpic.cn",
            "mmbiz.qpic.cn.example.com",
            "a_b.qpic.cn",
            "你.qpic.cn",
            "mmbiz.qpic.c",
            "mmbi\u{17f}.qpic.cn",
            "mmbiz.qlogo.cnx",
        ][..],
    );
    let segment = select(
        &[
            "mmbiz_png",
            "AbC1",
            "0",
            "640",
            "",
            "123",
            "x0",
            "０",
            "..",
            "a,b",
            "a=b",
            "%20",
            "http:",
            "cn",
            "~",
            "!",
            "a b",
            "你",
        ][..],
    );
    let slash = select(&["/", "\\/"][..]);
    let tail = select(
        &[
            "",
            "",
            "",
            "?wx_fmt=png",
            "?wx_fmt=png&amp;from=appmsg",
            "#imgIndex=2",
            "&x",
            "&amp;x",
            "&quot;",
            "&quot",
            "&QUOT;",
            "&#39;",
            "&#039;",
            "&nbsp;",
            "&gt;)",
            "?a/b//c",
            "?u=http://mmbiz.qpic.cn/m/I/0",
            "//mmbiz.qpic.cn/m/I/0",
            "/",
            "//",
            "?x\\ty",
            "?\\u0041",
            "\\u0026quot;x",
            "?x?y#z#",
            "\\\"",
            "\\\\",
            ">",
            "'",
            ")",
            "`",
            "{",
            "|",
            "^",
            "\u{7f}",
            "\u{0}",
            "é",
        ][..],
    );
    (scheme, slashes, host, vec((slash, segment), 0..5), tail).prop_map(|(scheme, slashes, host, path, tail)| {
        let path: String = path.iter().map(|(slash, segment)| format!("{slash}{segment}")).collect();
        format!("{scheme}{slashes}{host}{path}{tail}").into_bytes()
    })
}
