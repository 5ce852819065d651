//! Parses responses about drafts, and tokens. A response that does not fit its endpoint is an error, never a fact about a draft.

use super::draft::{DraftListItem, DraftResponse, Page};
use super::error::Error;
use super::error_kind::ErrorKind;
use super::json_response::{JsonResponse, value};
use crate::canonical::json::{self, Member};
use crate::model::{Endpoint, MediaId};
use crate::secret::Secret;

/// Parses a response of `stable_token`: the token and its lifetime in seconds. Some relays nest the platform's response in `data`.
pub(super) fn parse_token(endpoint: Endpoint, bytes: &[u8]) -> Result<(Secret, u64), Error> {
    let outer = JsonResponse::open(endpoint, bytes)?;
    let data = outer.value("data").filter(|data| outer.value("access_token").is_none() && data.starts_with(b"{"));
    let answer = data.map(|data| JsonResponse::open(endpoint, data)).transpose()?.unwrap_or(outer);
    let token = Secret::new(answer.text("access_token").map_err(|_| answer.without_token())?);
    let expires_in = answer.integer("expires_in")?;
    let expires_in = u64::try_from(expires_in).map_err(|_| answer.unexpected("`expires_in` is negative"))?;
    Ok((token, expires_in))
}

/// Parses a response of `draft/get`, which is the document.
pub(super) fn parse_draft(bytes: Vec<u8>) -> Result<DraftResponse, Error> {
    let answer = JsonResponse::open(Endpoint::DraftGet, &bytes)?;
    match value(&answer.members, "news_item") {
        Some(list) if is_without_articles(list) => {
            return Err(Error::new(Endpoint::DraftGet, ErrorKind::NoArticles, "its list `news_item` is empty"));
        }
        _ if !has_articles(&answer.members) => return Err(answer.unexpected("it has no articles in `news_item`")),
        _ => {}
    }
    let time = |key| answer.value(key).and_then(json::integer);
    let (create_time, update_time) = (time("create_time"), time("update_time"));
    Ok(DraftResponse { document: bytes, create_time, update_time })
}

/// Parses a response of `draft/batchget`; each document is cut out of it unchanged.
pub(super) fn parse_page(bytes: &[u8], offset: u64, with_content: bool) -> Result<Page, Error> {
    let answer = JsonResponse::open(Endpoint::DraftBatchget, bytes)?;
    let entries = answer.page(offset, |place, item| listed(place, item, with_content))?;
    Ok(Page { total_count: entries.total_count, drafts: entries.read, entries_without_id: entries.unreadable })
}

fn listed(place: u64, item: &[u8], with_content: bool) -> Option<DraftListItem> {
    let members = json::members(item).ok()?;
    let media_id = value(&members, "media_id").and_then(json::text).filter(|id| !id.is_empty())?;
    let content = value(&members, "content");
    let inside = content.and_then(|content| json::members(content).ok()).unwrap_or_default();
    // In most responses, `update_time` is beside the content as well.
    let time = |key| value(&members, key).or_else(|| value(&inside, key)).and_then(json::integer);
    let (create_time, update_time) = (time("create_time"), time("update_time"));
    // Without the bodies it is not the document of the draft, although it looks like one.
    let document = content.filter(|_| with_content && has_articles(&inside)).map(<[u8]>::to_vec);
    let has_no_articles = with_content && value(&inside, "news_item").is_some_and(is_without_articles);
    Some(DraftListItem { place, media_id: MediaId::new(media_id), create_time, update_time, document, has_no_articles })
}

/// Parses a response of `draft/count`.
pub(super) fn parse_count(bytes: &[u8]) -> Result<u64, Error> {
    JsonResponse::open(Endpoint::DraftCount, bytes)?.total_count()
}

/// Parses a response of `draft/add`: the id of the new draft.
pub(super) fn parse_added(bytes: &[u8]) -> Result<MediaId, Error> {
    JsonResponse::open(Endpoint::DraftAdd, bytes)?.text("media_id").map(MediaId::new)
}

/// Parses a response that has `errcode` 0 on success.
pub(super) fn parse_ok(endpoint: Endpoint, bytes: &[u8]) -> Result<(), Error> {
    JsonResponse::open(endpoint, bytes)?.integer("errcode").map(drop)
}

/// Returns whether a response has articles; one without any is an error, not an empty draft. The syntax of the list was checked
/// when it was cut out, so only its beginning is checked.
fn has_articles(members: &[Member<'_>]) -> bool {
    let list = value(members, "news_item").and_then(|list| list.strip_prefix(b"["));
    list.is_some_and(|articles| articles.trim_ascii_start().starts_with(b"{"))
}

/// Returns whether a list is present and empty. A missing list says nothing.
fn is_without_articles(list: &[u8]) -> bool {
    list.strip_prefix(b"[").is_some_and(|articles| articles.trim_ascii_start().starts_with(b"]"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kind<T>(outcome: Result<T, Error>) -> ErrorKind {
        outcome.err().expect("an error").kind
    }

    fn get(bytes: &[u8]) -> Result<DraftResponse, Error> {
        parse_draft(bytes.to_vec())
    }

    #[test]
    fn a_document_is_the_answer_byte_for_byte() {
        for document in [
            &b"{\"news_item\":[{\"title\":\"a\\/b\"}],\"create_time\":1,\"update_time\":1790003600}"[..],
            b"\xef\xbb\xbf {\"news_item\":[{}],\"update_time\":\"1790003600\"}\r\n",
            b"{\"update_time\":1790003600,\"news_item\":[{\"content\":\"raw \x01\x0a\xff\xfe\"}]}",
            b"{\"errcode\":0,\"errmsg\":\"ok\",\"news_item\":[{}],\"update_time\":1790003600}",
        ] {
            let fetched = get(document).unwrap();
            assert_eq!(fetched.document, document);
            assert_eq!(fetched.update_time, Some(1_790_003_600));
        }
    }

    #[test]
    fn the_times_of_a_draft_are_hints_that_may_be_missing() {
        let times = |bytes| get(bytes).map(|fetched| (fetched.create_time, fetched.update_time)).unwrap();
        assert_eq!(times(br#"{"news_item":[{}],"create_time":"3","update_time":4}"#), (Some(3), Some(4)));
        assert_eq!(times(br#"{"news_item":[{}],"create_time":"soon"}"#), (None, None));
    }

    #[test]
    fn what_is_no_draft_is_no_fact() {
        for (bytes, expected) in [
            (&b""[..], ErrorKind::Busy),
            (b" \r\n", ErrorKind::Busy),
            (b"<html><body>502 Bad Gateway</body></html>", ErrorKind::Busy),
            (b"ok", ErrorKind::Busy),
            (b"[]", ErrorKind::Busy),
            (b"{\"news_item\":[{\"title\":\"cut", ErrorKind::Busy),
            (b"{\"news_item\":[{}]}<!-- injected -->", ErrorKind::Busy),
            (b"{}", ErrorKind::Unexpected),
            (b"{\"errcode\":0,\"errmsg\":\"ok\"}", ErrorKind::Unexpected),
            (b"{\"news_item\":[]}", ErrorKind::NoArticles),
            (b"{\"news_item\" : [ \n] }", ErrorKind::NoArticles),
            (b"{\"news_item\":null}", ErrorKind::Unexpected),
            (b"{\"news_item\":{\"title\":\"\"}}", ErrorKind::Unexpected),
            (b"{\"news_item\":[null]}", ErrorKind::Unexpected),
            (b"{\"errcode\":\"none\",\"news_item\":[{}]}", ErrorKind::Unexpected),
            (b"{\"iv\":\"a\",\"data\":\"b\",\"authtag\":\"c\"}", ErrorKind::SecurityMode),
        ] {
            assert_eq!(kind(get(bytes)), expected, "{}", bytes.escape_ascii());
        }
    }

    #[test]
    fn an_errcode_beside_data_is_a_failure_number_or_text() {
        for bytes in [
            &br#"{"errcode":48001,"errmsg":"api unauthorized"}"#[..],
            br#"{"errcode":"48001","errmsg":"api unauthorized","news_item":[{}]}"#,
        ] {
            let error = get(bytes).err().unwrap();
            assert_eq!(
                (error.code, error.kind, error.message.as_str()),
                (Some(48001), ErrorKind::Permission, "api unauthorized")
            );
        }
        assert_eq!(kind(get(br#"{"errcode":-1,"errmsg":"system error"}"#)), ErrorKind::Busy);
    }

    #[test]
    fn a_page_gives_each_draft_as_it_stands_in_it() {
        let document = b"{ \"news_item\" : [{\"content\":\"\x02\xff\\/\"}],\"update_time\":5}";
        let mut bytes = b"{\"item\":[{\"media_id\":\"A\",\"content\":".to_vec();
        bytes.extend_from_slice(document);
        bytes.extend_from_slice(b",\"update_time\":7},{\"media_id\":\"B\"}],\"total_count\":\"2\"}");
        let page_with = parse_page(&bytes, 40, true).unwrap();
        assert_eq!(page_with.total_count, 2);
        assert_eq!(page_with.drafts[0].document.as_deref(), Some(&document[..]));
        assert_eq!(page_with.drafts[0].update_time, Some(7));
        assert_eq!(page_with.drafts[1].media_id, MediaId::new("B"));
        assert_eq!((page_with.drafts[1].update_time, &page_with.drafts[1].document), (None, &None));
        assert_eq!(page_with.drafts.iter().map(|draft| draft.place).collect::<Vec<_>>(), [40, 41]);
        let without = parse_page(&bytes, 40, false).unwrap();
        assert!(without.drafts.iter().all(|draft| draft.document.is_none()));
    }

    #[test]
    fn the_times_of_a_listed_draft_may_stand_inside_only() {
        let inside = br#"{"total_count":1,"item":[{"media_id":"A","content":{"create_time":8,"update_time":"9"}}]}"#;
        let draft = &parse_page(inside, 0, true).unwrap().drafts[0];
        assert_eq!((draft.create_time, draft.update_time, &draft.document), (Some(8), Some(9), &None));
    }

    #[test]
    fn an_empty_box_must_say_so() {
        for empty in ["{\"item\":[],\"total_count\":0}", "{\"total_count\":0}", "{\"total_count\":0,\"item\":null}"] {
            assert!(parse_page(empty.as_bytes(), 0, true).unwrap().drafts.is_empty(), "{empty}");
        }
        for nothing in [
            "{}",
            "{\"errcode\":0}",
            "{\"item\":[]}",
            "{\"total_count\":3}",
            "{\"total_count\":-1,\"item\":[]}",
            "{\"total_count\":1,\"item\":{}}",
        ] {
            assert_eq!(kind(parse_page(nothing.as_bytes(), 0, true)), ErrorKind::Unexpected, "{nothing}");
        }
    }

    #[test]
    fn a_page_behind_the_last_draft_is_empty() {
        for beyond in ["{\"total_count\":3}", "{\"total_count\":3,\"item_count\":0,\"item\":null}"] {
            let page = parse_page(beyond.as_bytes(), 2, true).unwrap();
            assert_eq!((page.total_count, page.drafts.len(), page.entries_without_id), (3, 0, 0), "{beyond}");
        }
        assert_eq!(kind(parse_page(b"{}", 2, true)), ErrorKind::Unexpected);
    }

    #[test]
    fn an_entry_without_a_usable_media_id_hides_no_other() {
        for nameless in ["null", "7", "{}", "{\"media_id\":7}", "{\"media_id\":null}", "{\"media_id\":\"\"}", "[]"] {
            let bytes = format!(r#"{{"total_count":2,"item":[{nameless},{{"media_id":"B"}}]}}"#);
            let page = parse_page(bytes.as_bytes(), 0, true).unwrap();
            assert_eq!((page.drafts[0].media_id.as_str(), page.drafts[0].place), ("B", 1), "{nameless}");
            assert_eq!((page.entries_without_id, page.end(0)), (1, 2), "{nameless}");
        }
    }

    #[test]
    fn a_draft_without_articles_says_so_or_says_nothing() {
        let listed = |content: &str| {
            let bytes = format!(r#"{{"total_count":1,"item":[{{"media_id":"A","content":{content}}}]}}"#);
            let draft = parse_page(bytes.as_bytes(), 0, true).unwrap().drafts.remove(0);
            (draft.document, draft.has_no_articles)
        };
        assert_eq!(listed(r#"{"news_item":[ ]}"#), (None, true));
        let without =
            parse_page(br#"{"total_count":1,"item":[{"media_id":"A","content":{"news_item":[]}}]}"#, 0, false);
        assert!(!without.unwrap().drafts[0].has_no_articles, "what was not asked for says nothing");
        assert_eq!(listed(r#"{"news_item":null}"#), (None, false));
        assert_eq!(listed("null"), (None, false));
    }

    #[test]
    fn the_small_answers_are_checked_too() {
        assert_eq!(parse_count(br#"{"total_count":15}"#).unwrap(), 15);
        assert_eq!(kind(parse_count(b"{}")), ErrorKind::Unexpected);
        assert_eq!(parse_added(br#"{"media_id":"N","item":[]}"#).unwrap(), MediaId::new("N"));
        assert_eq!(kind(parse_added(br#"{"errcode":0}"#)), ErrorKind::Unexpected);
        assert!(parse_ok(Endpoint::DraftUpdate, br#"{"errcode":"0","errmsg":"ok"}"#).is_ok());
        assert_eq!(kind(parse_ok(Endpoint::DraftUpdate, b"{}")), ErrorKind::Unexpected);
        let (secret, expires_in) =
            parse_token(Endpoint::StableToken, br#"{"access_token":"97_x","expires_in":"6841"}"#).unwrap();
        assert_eq!((secret.expose(), expires_in), ("97_x", 6841));
        for bad in [r#"{"expires_in":7200}"#, r#"{"access_token":"","expires_in":7200}"#, r#"{"access_token":"x"}"#] {
            assert_eq!(kind(parse_token(Endpoint::StableToken, bad.as_bytes())), ErrorKind::Unexpected, "{bad}");
        }
    }

    #[test]
    fn half_a_token_is_not_quoted() {
        let error = parse_token(Endpoint::StableToken, br#"{"access_token":"97_half"#).err().unwrap();
        assert!(!format!("{error} {error:?}").contains("97_half"));
    }
}
