//! Drafts, and the many documents that one of them may be.
//!
//! A draft is a JSON value in its plainest form: no volatile fields, no absent members, flags as 0 and 1, the type always
//! said, and each picture address, in `content` and as `thumb_url`, as its identity between two marks. `spell` writes it as
//! the platform might, with random choices.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Map, Value, json};

/// The marks around a picture's identity.
pub(super) const MARKS: (char, char) = ('\u{e000}', '\u{e001}');

pub(super) fn picture(identity: &str) -> String {
    format!("{}{identity}{}", MARKS.0, MARKS.1)
}

/// Any draft, of one to three articles.
pub(super) fn draft() -> impl Strategy<Value = Value> {
    (vec(article(), 1..4), unknown())
        .prop_map(|(articles, unknown)| with(Map::from_iter([("news_item".to_owned(), json!(articles))]), unknown))
}

fn article() -> impl Strategy<Value = Value> {
    let cover = prop_oneof![
        "[A-Za-z0-9]{1,8}".prop_map(|id| Some(("thumb_url", picture(&id)))),
        "[A-Za-z0-9_-]{1,8}".prop_map(|id| Some(("thumb_media_id", id))),
        Just(Some(("thumb_url", "https://example.com/a.png?b#c".to_owned()))),
        Just(None),
    ];
    let images = vec("[A-Z][a-z]{0,3}", 0..4);
    let texts = (text(), text(), text(), text());
    let comments = (0..2, 0..2);
    (texts, content(), cover, images, comments, unknown()).prop_map(
        |(texts, content, cover, images, comments, unknown)| {
            let mut article = Map::new();
            let (title, author, digest, link) = texts;
            let fields = [("title", title), ("author", author), ("digest", digest), ("content_source_url", link)];
            for (key, text) in
                fields.into_iter().chain([("content", content)]).chain(cover).filter(|(_, text)| !text.is_empty())
            {
                article.insert(key.to_owned(), json!(text));
            }
            article.insert("need_open_comment".to_owned(), json!(comments.0));
            article.insert("only_fans_can_comment".to_owned(), json!(comments.1));
            let kind = if images.is_empty() { "news" } else { "newspic" };
            article.insert("article_type".to_owned(), json!(kind));
            if !images.is_empty() {
                let list: Vec<Value> = images.iter().map(|id| json!({ "image_media_id": id })).collect();
                article.insert("image_info".to_owned(), json!({ "image_list": list }));
            }
            with(article, unknown)
        },
    )
}

fn with(mut object: Map<String, Value>, unknown: Option<Value>) -> Value {
    object.extend(unknown.map(|value| ("x_field".to_owned(), value)));
    Value::Object(object)
}

fn unknown() -> impl Strategy<Value = Option<Value>> {
    let leaf = prop_oneof![
        (-30..30_i64).prop_map(Value::from),
        text().prop_map(Value::from),
        any::<bool>().prop_map(Value::from)
    ];
    proptest::option::of(leaf.prop_recursive(2, 6, 3, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..3).prop_map(Value::from),
            proptest::collection::btree_map("[a-c\"你\n]{1,2}", inner, 0..3)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    }))
    .prop_map(|value| value.filter(|value| *value != json!("")))
}

fn text() -> impl Strategy<Value = String> {
    vec(
        select(&["标题", "a", "\"", "\\", "/", "\n", "\u{8}", "\0", "😀", "\u{fffd}", "0", " ", "\u{7f}", "é"][..]),
        0..5,
    )
    .prop_map(|parts| parts.concat())
}

fn content() -> impl Strategy<Value = String> {
    let id = "[A-Za-z0-9]{1,8}";
    let part = prop_oneof![
        text(),
        id.prop_map(|id| format!("<img data-src=\"{}\" data-w=\"1080\">", picture(&id))),
        id.prop_map(|id| format!("<p style=\"background: url(&quot;{}&quot;)\">一</p>", picture(&id))),
        id.prop_map(|id| format!("<section style='background: url({}) no-repeat'><br  /></section>", picture(&id))),
        Just("<!-- // --><a href=\"https://example.com/mmbiz/AbC/0\">二</a>".to_owned()),
    ];
    vec(part, 0..4).prop_map(|parts| parts.concat())
}

/// Choices, made one after another from a seed.
pub(super) struct Choices(pub(super) u64);

impl Choices {
    pub(super) fn below(&mut self, bound: usize) -> usize {
        // xorshift64*
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33) as usize % bound
    }

    fn choose<'a>(&mut self, choices: &[&'a str]) -> &'a str {
        choices[self.below(choices.len())]
    }

    fn shuffle<T>(&mut self, list: &mut [T]) {
        (1..list.len()).for_each(|last| list.swap(last, self.below(last + 1)));
    }
}

/// Writes a draft as the platform might.
pub(super) fn spell(draft: &Value, choices: &mut Choices) -> Vec<u8> {
    let mut members = Vec::new();
    for (key, value) in draft.as_object().unwrap() {
        let spelled = match value.as_array().filter(|_| key == "news_item") {
            Some(articles) => {
                list(articles.iter().map(|article| spell_article(article, choices)).collect::<Vec<_>>(), choices)
            }
            None => spell_value(value, choices),
        };
        members.push((key.as_str(), spelled));
    }
    for key in ["create_time", "update_time", "errcode"] {
        volatile(key, &mut members, choices);
    }
    let mark = choices.choose(&["", "", "", "\u{feff}"]);
    [mark, &object(members, choices), choices.choose(&["", "\n"])].concat().into_bytes()
}

fn spell_article(article: &Value, choices: &mut Choices) -> String {
    let article = article.as_object().unwrap();
    let mut members: Vec<(&str, String)> = Vec::new();
    for (key, value) in article {
        match key.as_str() {
            "need_open_comment" | "only_fans_can_comment" if *value == json!(0) => {
                members.push((key, choices.choose(&["0", "false", "\"0\"", "0.0", "-0", "null", "\"\""]).to_owned()));
            }
            "need_open_comment" | "only_fans_can_comment" => {
                members.push((key, choices.choose(&["1", "true", "\"1\"", "1.0", "10e-1"]).to_owned()));
            }
            // Inferred, and (as draft/get does) not said.
            "article_type" if choices.below(2) == 0 => {}
            _ => members.push((key, spell_value(value, choices))),
        }
    }
    for key in ["url", "show_cover_pic", "create_time", "update_time"] {
        volatile(key, &mut members, choices);
    }
    if article.contains_key("thumb_url") {
        volatile("thumb_media_id", &mut members, choices);
    }
    let absent: Vec<&str> = [
        "title",
        "author",
        "digest",
        "content",
        "content_source_url",
        "thumb_url",
        "thumb_media_id",
        "image_info",
        "y_field",
    ]
    .into_iter()
    .filter(|key| members.iter().all(|(taken, _)| taken != key) && choices.below(2) == 0)
    .collect();
    members.extend(absent.iter().map(|key| (*key, choices.choose(&["null", "\"\""]).to_owned())));
    object(members, choices)
}

/// Adds a member that means nothing, or leaves it out.
fn volatile<'a>(key: &'a str, members: &mut Vec<(&'a str, String)>, choices: &mut Choices) {
    if choices.below(3) > 0 {
        members.push((key, format!("\"http:\\/\\/mp.weixin.qq.com\\/s?{}\"", choices.below(1000))));
    }
}

fn spell_value(value: &Value, choices: &mut Choices) -> String {
    match value {
        Value::String(text) => spell_text(text, choices),
        Value::Number(number) => spell_number(number.as_i64().unwrap(), choices),
        Value::Array(elements) => {
            let elements = elements.iter().map(|element| spell_value(element, choices)).collect::<Vec<_>>();
            list(elements, choices)
        }
        Value::Object(members) => {
            let members = members.iter().map(|(key, value)| (key.as_str(), spell_value(value, choices))).collect();
            object(members, choices)
        }
        word => word.to_string(),
    }
}

fn spell_number(number: i64, choices: &mut Choices) -> String {
    match choices.below(5) {
        0 => format!("\"{number}\""),
        1 => format!("{number}.00"),
        2 => format!("{}e-1", number * 10),
        3 => format!("{number}E+00"),
        _ => number.to_string(),
    }
}

fn spell_text(text: &str, choices: &mut Choices) -> String {
    let mut out = "\"".to_owned();
    let mut rest = text;
    while let Some(character) = rest.chars().next() {
        if character == MARKS.0 {
            let (identity, after) = rest[character.len_utf8()..].split_once(MARKS.1).unwrap();
            address(identity, choices).chars().for_each(|character| out.push_str(&spell_character(character, choices)));
            rest = after;
        } else {
            out.push_str(&spell_character(character, choices));
            rest = &rest[character.len_utf8()..];
        }
    }
    out + "\""
}

fn spell_character(character: char, choices: &mut Choices) -> String {
    let escaped = match character {
        '"' => "\\\"",
        '\\' => "\\\\",
        '/' if choices.below(2) == 0 => "\\/",
        '\n' if choices.below(2) == 0 => "\\n",
        '\u{8}' if choices.below(2) == 0 => "\\b",
        _ if choices.below(8) > 0 => return character.to_string(),
        _ => {
            let units =
                character.encode_utf16(&mut [0; 2]).iter().map(|unit| format!("\\u{unit:04x}")).collect::<String>();
            return if choices.below(2) == 0 { units } else { units.to_uppercase().replace("\\U", "\\u") };
        }
    };
    escaped.to_owned()
}

/// Writes a picture's address, in any of its forms.
fn address(identity: &str, choices: &mut Choices) -> String {
    [
        choices.choose(&["http:", "https:", "", "HTTP:"]),
        "//",
        choices.choose(&["mmbiz.qpic.cn", "mmbiz.qlogo.cn", "MMBIZ.QPIC.CN", "img-2.qpic.cn"]),
        choices.choose(&["/mmbiz/", "/mmbiz_jpg/", "/sz_mmbiz_png/", "/0/"]),
        identity,
        choices.choose(&["", "/", "/0", "/640", "/300"]),
        choices.choose(&[
            "",
            "?wx_fmt=jpeg",
            "?wx_fmt=png&amp;from=appmsg",
            "?tp=webp&wxfrom=5#imgIndex=0",
            "#imgIndex=2",
            "&amp;x",
        ]),
    ]
    .concat()
}

fn list(elements: Vec<String>, choices: &mut Choices) -> String {
    let elements: Vec<String> = elements.into_iter().map(|element| spaced(&element, choices)).collect();
    format!("[{}]", elements.join(","))
}

/// Writes an object, its members in any order, sometimes after an earlier one of the same key.
fn object(mut members: Vec<(&str, String)>, choices: &mut Choices) -> String {
    choices.shuffle(&mut members);
    if choices.below(4) == 0 && !members.is_empty() {
        let key = members[choices.below(members.len())].0;
        members.insert(0, (key, choices.choose(&["null", "[1]", "\"another\"", "{\"image_list\":[2]}"]).to_owned()));
    }
    let members: Vec<String> = members
        .into_iter()
        .map(|(key, value)| {
            let key = spell_text(key, choices);
            format!("{}:{}", spaced(&key, choices), spaced(&value, choices))
        })
        .collect();
    format!("{{{}}}", members.join(","))
}

fn spaced(token: &str, choices: &mut Choices) -> String {
    [choices.choose(&["", "", "", " ", "\r\n\t"]), token, choices.choose(&["", "", "", " "])].concat()
}
