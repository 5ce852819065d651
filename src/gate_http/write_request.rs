//! What a program asks to write: the platform's own shapes, and wider ones.

use axum::http::HeaderMap;
use axum::http::header::IF_MATCH;
use serde_json::{Map, Value};

use super::body::JsonBody;
use super::failure::Failure;
use crate::gate::{Change, Patch};
use crate::model::Hash;

/// What a program expects a draft to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Expected {
    /// It names this.
    Hash(Hash),
    /// Whatever it is: `If-Match: *`.
    Anything,
    /// It does not say; what it last saw is expected.
    Unsaid,
}

/// Returns what a body or the header `If-Match` expects.
pub(super) fn expected(headers: &HeaderMap, members: &Map<String, Value>) -> Result<Expected, Failure> {
    let in_body = match members.get("expected_hash") {
        None | Some(Value::Null) => Expected::Unsaid,
        Some(Value::String(text)) => Expected::Hash(hash("expected_hash", text)?),
        Some(_) => return Err(Failure::bad("expected_hash is a text of 64 hex digits")),
    };
    let in_header = match headers.get(IF_MATCH).map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned()) {
        None => Expected::Unsaid,
        Some(tag) if tag.trim() == "*" => Expected::Anything,
        Some(tag) => Expected::Hash(hash("If-Match", tag.trim().trim_start_matches("W/").trim_matches('"'))?),
    };
    match (in_body, in_header) {
        (Expected::Unsaid, said) | (said, Expected::Unsaid) => Ok(said),
        (body, header) if body == header => Ok(body),
        _ => Err(Failure::bad("expected_hash and If-Match name different things")),
    }
}

fn hash(what: &str, text: &str) -> Result<Hash, Failure> {
    text.parse().map_err(|rule| Failure::bad(format!("{what} is no hash of a version: {rule}")))
}

/// Returns the articles of a new draft.
pub(super) fn articles(members: &Map<String, Value>) -> Result<Vec<Map<String, Value>>, Failure> {
    let none = || Failure::bad("articles is missing: it is a list of articles");
    let articles = list("articles", members.get("articles").ok_or_else(none)?)?;
    if articles.is_empty() {
        Err(Failure::bad("articles is an empty list: a draft has one article at least"))
    } else {
        Ok(articles)
    }
}

/// Returns what is to be changed in a draft.
pub(super) fn change(members: &Map<String, Value>) -> Result<Change, Failure> {
    let index = index(members)?;
    match (members.get("articles"), members.get("patch")) {
        (Some(Value::Object(article)), None) => {
            Ok(Change::Article { index: index.unwrap_or_default(), article: article.clone() })
        }
        (Some(all), None) if index.is_none() => Ok(Change::Articles(list("articles", all)?)),
        (Some(_), None) => Err(Failure::bad("with an index, articles is one article, and no list")),
        (None, Some(patches)) => patch(patches),
        (Some(_), Some(_)) => Err(Failure::bad("articles and patch are both there: send one of them")),
        (None, None) => Err(Failure::bad(
            "nothing says what to change: send articles (one article with its index, or a list of all), or patch",
        )),
    }
}

/// Programs send the position as a number or as digits.
fn index(members: &Map<String, Value>) -> Result<Option<usize>, Failure> {
    let number = match members.get("index") {
        None | Some(Value::Null) => return Ok(None),
        Some(Value::String(digits)) => digits.trim().parse().ok(),
        Some(value) => value.as_u64().and_then(|number| usize::try_from(number).ok()),
    };
    number.map(Some).ok_or_else(|| Failure::bad("index is a number from 0 on: the article's position"))
}

fn patch(patches: &Value) -> Result<Change, Failure> {
    let rule = "patch is a list such as [{\"index\": 0, \"fields\": {\"title\": \"…\"}}]";
    let patches: Vec<Patch> = serde_json::from_value(patches.clone()).map_err(|_| Failure::bad(rule))?;
    if patches.is_empty() { Err(Failure::bad(rule)) } else { Ok(Change::Patch(patches)) }
}

fn list(what: &str, value: &Value) -> Result<Vec<Map<String, Value>>, Failure> {
    let articles = value.as_array().map(|all| all.iter().map(|one| one.as_object().cloned()).collect());
    articles.flatten().ok_or_else(|| Failure::bad(format!("{what} is a list of articles, each a JSON object")))
}

/// Returns why the program writes, in its words.
pub(super) fn note(body: &JsonBody) -> Option<&str> {
    body.members.get("note").and_then(Value::as_str)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_expected_stands_in_the_body_or_in_the_header() {
        let hash = Hash::of(b"a");
        let said = |header: Option<String>, body: Value| {
            let mut headers = HeaderMap::new();
            headers.extend(header.map(|tag| (IF_MATCH, tag.parse().unwrap())));
            expected(&headers, body.as_object().unwrap()).ok()
        };
        let tag = |hash: Hash| Some(format!("\"{hash}\""));
        let body = json!({ "expected_hash": hash.to_string() });
        for (header, body, expected) in [
            (None, json!({}), Some(Expected::Unsaid)),
            (None, json!({ "expected_hash": null }), Some(Expected::Unsaid)),
            (None, body.clone(), Some(Expected::Hash(hash))),
            (tag(hash), json!({}), Some(Expected::Hash(hash))),
            (tag(hash), body.clone(), Some(Expected::Hash(hash))),
            (Some("*".to_owned()), json!({}), Some(Expected::Anything)),
            // In doubt, nothing is written.
            (Some("*".to_owned()), body.clone(), None),
            (tag(Hash::of(b"b")), body.clone(), None),
            (Some("\"a\", \"b\"".to_owned()), json!({}), None),
            (None, json!({ "expected_hash": 7 }), None),
        ] {
            assert_eq!(said(header.clone(), body.clone()), expected, "{header:?} {body}");
        }
    }

    #[test]
    fn a_change_has_one_of_three_shapes() {
        let change = |body: Value| change(body.as_object().unwrap());
        let article = json!({ "title": "秋" });
        assert!(matches!(change(json!({ "articles": article })), Ok(Change::Article { index: 0, .. })));
        assert!(matches!(change(json!({ "index": "2", "articles": article })), Ok(Change::Article { index: 2, .. })));
        assert!(matches!(change(json!({ "articles": [article] })), Ok(Change::Articles(all)) if all.len() == 1));
        assert!(
            matches!(change(json!({ "patch": [{ "fields": article }] })), Ok(Change::Patch(all)) if all.len() == 1)
        );
        for bad in [
            json!({}),
            json!({ "articles": "[]" }),
            json!({ "articles": [1] }),
            json!({ "index": 0, "articles": [article] }),
            json!({ "index": 1.5, "articles": article }),
            json!({ "articles": [article], "patch": [{ "fields": article }] }),
            json!({ "patch": [] }),
        ] {
            assert!(change(bad.clone()).is_err(), "{bad}");
        }
    }
}
