//! How the platform writes JSON: slashes escaped, Han characters raw, keys in any order.

use std::fmt::Write as _;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::random::Random;

/// How responses are written. Their meaning stays the same.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct JsonStyle {
    /// `/` in strings is written `\/`.
    pub escapes_slashes: bool,
    /// The keys of every object are shuffled in every response; otherwise sorted.
    pub shuffles_keys: bool,
    /// `Content-Type` alternates between `application/json; encoding=utf-8` and `text/plain`; otherwise it is
    /// `application/json; charset=utf-8`.
    pub alternates_content_type: bool,
    /// Control characters in strings, line breaks too, are not escaped, which strict JSON forbids.
    pub raw_controls: bool,
    /// Some integers are strings, as SDKs have seen.
    pub loose_numbers: bool,
    /// Some refusals have `hint: […-N]` before their rid.
    pub hints: bool,
    /// Responses of `draft/add` have an undocumented `"item":[]`.
    pub unexplained_item: bool,
}

impl Default for JsonStyle {
    fn default() -> Self {
        Self {
            escapes_slashes: true,
            shuffles_keys: true,
            alternates_content_type: true,
            raw_controls: false,
            loose_numbers: false,
            hints: true,
            unexplained_item: true,
        }
    }
}

/// Writes `value` in this style.
pub(super) fn write(value: &Value, json_style: &JsonStyle, random: &mut Random) -> String {
    let mut writer = JsonWriter { out: String::new(), json_style, random };
    writer.value(value);
    writer.out
}

struct JsonWriter<'a> {
    out: String,
    json_style: &'a JsonStyle,
    random: &'a mut Random,
}

impl JsonWriter<'_> {
    fn value(&mut self, value: &Value) {
        match value {
            Value::String(text) => self.string(text),
            Value::Array(values) => self.list('[', values, ']', Self::value),
            Value::Object(fields) => self.object(fields),
            Value::Number(number) if self.json_style.loose_numbers && number.is_i64() && self.random.chance(0.3) => {
                self.string(&number.to_string());
            }
            other => self.out.push_str(&other.to_string()),
        }
    }

    fn object(&mut self, fields: &Map<String, Value>) {
        let mut fields: Vec<_> = fields.iter().collect();
        if self.json_style.shuffles_keys {
            self.random.shuffle(&mut fields);
        }
        self.list('{', &fields, '}', |writer, (key, value)| {
            writer.string(key);
            writer.out.push(':');
            writer.value(value);
        });
    }

    fn list<T>(&mut self, open: char, entries: &[T], close: char, mut write: impl FnMut(&mut Self, &T)) {
        self.out.push(open);
        for (position, entry) in entries.iter().enumerate() {
            if position > 0 {
                self.out.push(',');
            }
            write(self, entry);
        }
        self.out.push(close);
    }

    fn string(&mut self, text: &str) {
        let JsonStyle { escapes_slashes, raw_controls, .. } = *self.json_style;
        let is_escaped = |byte: &u8| match byte {
            b'"' | b'\\' => true,
            b'/' => escapes_slashes,
            byte => *byte < b' ' && !raw_controls,
        };
        self.out.push('"');
        // Characters that are escaped take one byte in UTF-8, so the slices are valid text.
        let mut rest = text;
        while let Some(at) = rest.bytes().position(|byte| is_escaped(&byte)) {
            self.out.push_str(&rest[..at]);
            self.escaped(char::from(rest.as_bytes()[at]));
            rest = &rest[at + 1..];
        }
        self.out.push_str(rest);
        self.out.push('"');
    }

    fn escaped(&mut self, character: char) {
        match character {
            '"' | '\\' | '/' => self.out.extend(['\\', character]),
            '\n' => self.out.push_str("\\n"),
            '\r' => self.out.push_str("\\r"),
            '\t' => self.out.push_str("\\t"),
            other => write!(self.out, "\\u{:04x}", u32::from(other)).expect("a string takes all that is written"),
        }
    }
}

/// Marks the place of invalid bytes while the response is still text: a private use character, which nobody writes.
const MARK: char = '\u{f8ff}';

/// Marks the place for invalid bytes in a response: in the first article's content, or else in its title. A response with
/// neither is unchanged.
pub(super) fn mark_text(value: &mut Value) {
    const FIRST: [&str; 2] = ["/news_item/0", "/item/0/content/news_item/0"];
    let Some(path) = FIRST.iter().find(|path| value.pointer(path).is_some()) else { return };
    let Some(Value::Object(article)) = value.pointer_mut(path) else { return };
    let field = if article.contains_key("content") { "content" } else { "title" };
    if let Some(Value::String(text)) = article.get_mut(field) {
        text.push(MARK);
    }
}

/// Puts `bytes` at the place that [`mark_text`] has marked.
pub(super) fn insert_bytes(text: &str, bytes: &[u8]) -> Vec<u8> {
    match text.split_once(MARK) {
        Some((before, after)) => [before.as_bytes(), bytes, after.as_bytes()].concat(),
        None => text.as_bytes().to_vec(),
    }
}

/// Reproduces an old fault of the platform: `\uXXXX` in a request is stored as six characters. Escapes of control characters
/// are decoded, since there is no other way to send these.
pub(super) fn keep_escapes(body: &str) -> String {
    let mut out = String::with_capacity(body.len());
    let mut rest = body;
    while let Some(at) = rest.find('\\') {
        let (before, escape) = rest.split_at(at);
        out.push_str(before);
        let code = escape.get(2..6).filter(|_| escape[1..].starts_with('u'));
        let needless = code.and_then(|hex| u32::from_str_radix(hex, 16).ok()).is_some_and(|code| code >= 0x20);
        out.push_str(if needless { "\\\\" } else { "\\" });
        let next = escape[1..].chars().next();
        out.extend(next);
        rest = &escape[1 + next.map_or(0, char::len_utf8)..];
    }
    out + rest
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn plain() -> JsonStyle {
        JsonStyle { shuffles_keys: false, ..JsonStyle::default() }
    }

    #[test]
    fn slashes_are_escaped_and_no_readable_character() {
        let value = json!({"b": "<p>你好</p>🙏\n", "a": [1, true, null]});
        let text = write(&value, &plain(), &mut Random::new(1));
        assert_eq!(text, r#"{"a":[1,true,null],"b":"<p>你好<\/p>🙏\n"}"#);
        assert_eq!(serde_json::from_str::<Value>(&text).unwrap(), value);
    }

    #[test]
    fn shuffled_keys_say_the_same() {
        let value = json!({"a": 1, "b": 2, "c": 3, "d": {"e": "\"\\\u{8}"}});
        let mut random = Random::new(1);
        let texts: Vec<String> = (0..9).map(|_| write(&value, &JsonStyle::default(), &mut random)).collect();
        assert!(texts.iter().any(|text| *text != texts[0]));
        assert!(texts.iter().all(|text| serde_json::from_str::<Value>(text).unwrap() == value));
    }

    #[test]
    fn raw_controls_break_strict_json() {
        let json_style = JsonStyle { raw_controls: true, ..plain() };
        let text = write(&json!("a\nb"), &json_style, &mut Random::new(1));
        assert_eq!(text, "\"a\nb\"");
    }

    #[test]
    fn invalid_bytes_are_put_into_the_first_text() {
        let mut get = json!({"news_item": [{"title": "t", "content": "c"}]});
        mark_text(&mut get);
        let bytes = insert_bytes(&write(&get, &plain(), &mut Random::new(1)), b"\xff");
        assert_eq!(bytes, b"{\"news_item\":[{\"content\":\"c\xff\",\"title\":\"t\"}]}");
        let mut list = json!({"item": [{"content": {"news_item": [{"title": "t"}]}}]});
        mark_text(&mut list);
        assert!(list.to_string().contains(MARK));
        let mut count = json!({"total_count": 3});
        mark_text(&mut count);
        assert_eq!(count, json!({"total_count": 3}));
    }

    #[test]
    fn needless_escapes_stay_as_written() {
        for (sent, read) in [
            (r#"{"title":"\u4f60\u597d"}"#, r"\u4f60\u597d"),
            (r#"{"title":"\u003cp>"}"#, r"\u003cp>"),
            (r#"{"title":"\u0009\n"}"#, "\t\n"),
            (r#"{"title":"\\u4f60"}"#, r"\u4f60"),
            (r#"{"title":"你\"好\\"}"#, "你\"好\\"),
        ] {
            let value: Value = serde_json::from_str(&keep_escapes(sent)).unwrap();
            assert_eq!(value["title"], read, "{sent}");
        }
    }
}
