//! Which changes the hash must detect, and which it must ignore.

use draftkeep::canonical::json::{elements, members};
use draftkeep::canonical::{articles, canonicalise, repair};
use proptest::prelude::*;
use serde_json::{Value, json};

use super::adversarial;
use super::spelling::{Choices, MARKS, draft, picture, spell};

proptest! {
    /// Order, escapes, space, number spelling, absent and volatile fields, forms of an address never change the hash.
    #[test]
    fn every_spelling_of_a_draft_is_one(draft in draft(), seeds in any::<[u64; 2]>()) {
        let [one, other] = seeds.map(|seed| spell(&draft, &mut Choices(seed | 1)));
        let [one, other] = [one, other].map(|document| canonicalise(&document).unwrap().bytes);
        prop_assert_eq!(String::from_utf8(one).unwrap(), String::from_utf8(other).unwrap());
    }

    /// Every change of content changes the hash, however both are spelled.
    #[test]
    fn every_change_of_a_draft_shows(before in draft(), seeds in any::<[u64; 3]>(), kind in 0..KINDS) {
        let [one, other, choices] = seeds.map(|seed| Choices(seed | 1));
        let after = changed(&before, kind, choices);
        prop_assume!(before != after);
        let [before, after] = [(before, one), (after, other)].map(|(draft, mut choices)| spell(&draft, &mut choices));
        prop_assert_ne!(canonicalise(&before).unwrap().hash(), canonicalise(&after).unwrap().hash());
    }

    /// `draft/get` and `draft/batchget` agree: the draft is cut out of a page by its bytes.
    #[test]
    fn get_and_batchget_agree(drafts in proptest::collection::vec(draft(), 1..4), seeds in any::<[u64; 2]>()) {
        let [mut get, mut batchget] = seeds.map(|seed| Choices(seed | 1));
        let mut page = b"{\"total_count\":3,\"item\":[".to_vec();
        for (at, draft) in drafts.iter().enumerate() {
            page.extend_from_slice(if at > 0 { b"," } else { b"" });
            page.extend_from_slice(b"{\"media_id\":\"M\",\"content\":");
            let content = spell(draft, &mut batchget);
            page.extend_from_slice(content.strip_prefix("\u{feff}".as_bytes()).unwrap_or(&content));
            page.extend_from_slice(b",\"update_time\":1790003600}");
        }
        page.extend_from_slice(b"]}");
        let items = elements(members(&page).unwrap()[1].1).unwrap();
        prop_assert_eq!(items.len(), drafts.len());
        for (item, draft) in items.iter().zip(&drafts) {
            let content = members(item).unwrap()[1].1;
            let answer = spell(draft, &mut get);
            prop_assert_eq!(canonicalise(content).unwrap().hash(), canonicalise(&answer).unwrap().hash());
        }
    }

    /// What canonicalising returns about the articles is what a reader finds in them.
    #[test]
    fn articles_are_counted_as_they_are_read(document in adversarial::document()) {
        if let Ok(canonical) = canonicalise(&document) {
            let articles = articles(&document).unwrap();
            let title = articles.first().map_or("", |article| article.title.as_str());
            prop_assert_eq!((canonical.articles, canonical.title.as_str()), (articles.len(), title));
        }
    }

    /// Canonical bytes are strict JSON and a document, whose canonical bytes they are.
    #[test]
    fn canonical_bytes_are_a_fixpoint(document in adversarial::document()) {
        if let Ok(once) = canonicalise(&document) {
            let twice = canonicalise(&once.bytes).unwrap();
            prop_assert!(twice.strict);
            prop_assert_eq!(String::from_utf8(twice.bytes).unwrap(), String::from_utf8(once.bytes).unwrap());
        }
    }

    /// The fixpoint holds for pictures with any content, too.
    #[test]
    fn reduced_contents_are_a_fixpoint(content in adversarial::content()) {
        let document = [b"{\"news_item\":[{\"content\":\"", &content[..], b"\"}]}"].concat();
        if let Ok(once) = canonicalise(&document) {
            prop_assert_eq!(&canonicalise(&once.bytes).unwrap().bytes, &once.bytes);
        }
    }

    /// A repaired document is strict for every reader and says the same; a strict one stays as it is.
    #[test]
    fn repair_makes_strict_and_keeps_the_rest(document in adversarial::document()) {
        if let Ok(form) = canonicalise(&document) {
            prop_assert_eq!(form.strict, strict(&document).unwrap_or(form.strict));
            let repaired = repair(&document);
            prop_assert_ne!(strict(&repaired), Some(false), "{:?}", String::from_utf8_lossy(&repaired));
            let again = canonicalise(&repaired).unwrap();
            prop_assert!(again.strict);
            prop_assert_eq!(again.bytes, form.bytes);
            prop_assert_eq!(repaired == document, form.strict);
        }
    }

    /// Whatever the bytes, there is an answer.
    #[test]
    fn no_bytes_are_too_odd(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        prop_assert!(canonicalise(&bytes).is_err());
        repair(&bytes);
    }
}

/// Whether strict readers, serde_json and SQLite, take a document; `None` where a number beyond the range of floats, which
/// is JSON all the same, keeps serde_json from reading on.
fn strict(document: &[u8]) -> Option<bool> {
    thread_local! {
        static SQLITE: rusqlite::Connection = rusqlite::Connection::open_in_memory().unwrap();
    }
    let Ok(text) = std::str::from_utf8(document) else { return Some(false) };
    let sqlite = |sqlite: &rusqlite::Connection| sqlite.query_row("SELECT json_valid(?1)", [text], |row| row.get(0));
    let sqlite: bool = SQLITE.with(sqlite).unwrap();
    match serde_json::from_str::<Value>(text) {
        Err(error) if sqlite && error.to_string().starts_with("number out of range") => None,
        // SQLite lets surrogates stand alone, serde_json does not.
        serde => Some(serde.is_ok() && sqlite),
    }
}

const KINDS: usize = 16;

/// The draft with one change, chosen by `kind`; the same draft where there is nothing to change in that way.
fn changed(draft: &Value, kind: usize, mut choices: Choices) -> Value {
    let mut draft = draft.clone();
    let articles = draft["news_item"].as_array_mut().unwrap();
    let (at, count) = (choices.below(articles.len()), articles.len());
    let article = &mut articles[at];
    match kind {
        0..4 => {
            let key = ["title", "author", "digest", "content_source_url"][kind];
            article[key] = json!(edited(article[key].as_str().unwrap_or_default(), &mut choices));
        }
        4..8 => article["content"] = json!(edited(article["content"].as_str().unwrap_or_default(), &mut choices)),
        8 => {
            let content = article["content"].as_str().unwrap_or_default();
            article["content"] = json!(content.replacen(MARKS.1, &format!("X{}", MARKS.1), 1));
        }
        9 => cover(article, "thumb_url", json!(picture("Another"))),
        10 => cover(article, "thumb_media_id", json!("Another-one")),
        11 => {
            let key = ["need_open_comment", "only_fans_can_comment"][choices.below(2)];
            article[key] = json!(1 - article[key].as_i64().unwrap());
        }
        12 => {
            if let Some(list) = article["image_info"]["image_list"].as_array_mut() {
                list.rotate_left(1);
            }
        }
        13 => articles.swap(at, (at + 1) % count),
        14 => articles.push(json!({ "need_open_comment": 0, "only_fans_can_comment": 0, "article_type": "news" })),
        _ => {
            let place = if choices.below(2) == 0 { article } else { &mut draft };
            place["z_field"] = [json!(7), json!(false), json!("新"), json!({}), json!([]), json!({"a": [1]})]
                [choices.below(6)]
            .clone();
        }
    }
    without_nulls(draft)
}

fn cover(article: &mut Value, key: &str, value: Value) {
    let members = article.as_object_mut().unwrap();
    members.retain(|key, _| !key.starts_with("thumb_"));
    members.insert(key.to_owned(), value);
}

/// The text with one character more, less or other, but for the insides and the borders of picture addresses.
fn edited(text: &str, choices: &mut Choices) -> String {
    let characters: Vec<char> = text.chars().collect();
    let (mut places, mut inside) = (Vec::new(), false);
    for at in 0..=characters.len() {
        inside |= characters.get(at) == Some(&MARKS.0);
        let borders = at > 0 && characters[at - 1] == MARKS.1;
        if !inside && !borders {
            places.push(at);
        }
        inside &= characters.get(at) != Some(&MARKS.1);
    }
    let at = places[choices.below(places.len())];
    let mut edited = characters.clone();
    let character = ['x', ' ', '\n', '。', '<', '>', '"', '\\', '/', '0', '|', '\u{1}'][choices.below(12)];
    let removable = characters.get(at).is_some_and(|_| at + 1 >= characters.len() || characters[at + 1] != MARKS.0);
    match choices.below(3) {
        0 if removable => drop(edited.remove(at)),
        1 if removable => edited[at] = character,
        _ => edited.insert(at, character),
    }
    edited.into_iter().collect()
}

/// Looking for a member that is not there leaves a `null`; a draft in its plainest form has none, and no empty texts.
fn without_nulls(mut value: Value) -> Value {
    if let Some(articles) = value["news_item"].as_array_mut() {
        for article in articles {
            article.as_object_mut().unwrap().retain(|_, value| !value.is_null() && *value != json!(""));
        }
    }
    value
}
