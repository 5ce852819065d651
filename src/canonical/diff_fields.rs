//! Finds the fields in which two canonical forms differ.

use std::collections::{BTreeMap, BTreeSet};

use super::canonicalise::Canonical;
use super::cover::covers_agree;
use super::json::{self, Malformed};

/// Fields in the documentation or in real responses (官方文档 获取草稿详情, 新增草稿), which people can change.
const KNOWN: [&str; 14] = [
    "article_type",
    "author",
    "content",
    "content_source_url",
    "cover_info",
    "digest",
    "image_info",
    "need_open_comment",
    "news_item",
    "only_fans_can_comment",
    "pic_crop_1_1",
    "pic_crop_235_1",
    "product_info",
    "thumb_url",
];

/// Returns whether a field of a canonical form is known, so that people can change it.
pub fn is_known_field(name: &str) -> bool {
    name == "title" || KNOWN.contains(&name)
}

/// Returns the names of the fields, of articles or beside them, in which two canonical forms differ; `news_item` if
/// one has more articles than the other.
///
/// # Errors
///
/// If one of them is not a draft.
pub fn diff_fields(one: &[u8], other: &[u8]) -> Result<BTreeSet<String>, Malformed> {
    let (one, other) = (CanonicalFields::read(one)?, CanonicalFields::read(other)?);
    let mut names = BTreeSet::new();
    compare(&one.outer, &other.outer, &mut names);
    if one.articles.len() != other.articles.len() {
        names.insert("news_item".to_owned());
    }
    one.articles.iter().zip(&other.articles).for_each(|(one, other)| compare(one, other, &mut names));
    Ok(names)
}

/// Returns the names of all fields of a canonical form, of articles and beside them.
///
/// # Errors
///
/// If it is not a draft.
pub fn field_names(bytes: &[u8]) -> Result<BTreeSet<String>, Malformed> {
    let fields = CanonicalFields::read(bytes)?;
    Ok(fields.articles.iter().flat_map(BTreeMap::keys).chain(fields.outer.keys()).cloned().collect())
}

type Members<'a> = BTreeMap<String, &'a [u8]>;

struct CanonicalFields<'a> {
    outer: Members<'a>,
    articles: Vec<Members<'a>>,
}

impl<'a> CanonicalFields<'a> {
    fn read(bytes: &'a [u8]) -> Result<Self, Malformed> {
        let mut outer = members(bytes)?;
        let list = outer.remove("news_item").ok_or(Malformed::NotADraft("it has no news_item"))?;
        Ok(Self { outer, articles: json::elements(list)?.into_iter().map(members).collect::<Result<_, _>>()? })
    }
}

fn members(object: &[u8]) -> Result<Members<'_>, Malformed> {
    Ok(json::members(object)?.into_iter().map(|(key, value)| (key.into_owned(), value)).collect())
}

fn compare(one: &Members<'_>, other: &Members<'_>, names: &mut BTreeSet<String>) {
    let differs = |name: &&String| one.get(*name) != other.get(*name);
    names.extend(one.keys().chain(other.keys()).filter(differs).cloned());
}

/// Returns the fields in which a draft differs from what is kept of it, both as received and canonical; without the address of a cover
/// that is the same one. `None` where they are equal, or the cover is another.
pub fn content_fields(
    (kept, kept_canonical): (&[u8], &Canonical),
    (now, now_canonical): (&[u8], &Canonical),
    is_unsaved: bool,
) -> Option<BTreeSet<String>> {
    let mut differing = diff_fields(&kept_canonical.bytes, &now_canonical.bytes).unwrap_or_default();
    if differing.is_empty() || differing.contains("thumb_url") && !covers_agree(kept, now, is_unsaved).unwrap_or(false)
    {
        return None;
    }
    differing.remove("thumb_url");
    Some(differing)
}

#[cfg(test)]
mod tests {
    use super::super::canonicalise;
    use super::*;

    fn names(one: &str, other: &str) -> Vec<String> {
        let [one, other] = [one, other].map(|text| canonicalise(text.as_bytes()).unwrap().bytes);
        diff_fields(&one, &other).unwrap().into_iter().collect()
    }

    #[test]
    fn fields_that_differ_are_named() {
        let one = r#"{"news_item":[{"title":"a","url":"1","x":1}],"y":1}"#;
        assert_eq!(names(one, r#"{"y":1,"news_item":[{"x":"1","title":"a","url":"2"}]}"#), [""; 0]);
        assert_eq!(names(one, r#"{"news_item":[{"title":"b","x":2}]}"#), ["title", "x", "y"]);
        assert_eq!(names(one, r#"{"news_item":[{"title":"a","x":1},{}],"y":1}"#), ["news_item"]);
        let all = field_names(&canonicalise(one.as_bytes()).unwrap().bytes).unwrap();
        assert_eq!(all.iter().map(String::as_str).collect::<Vec<_>>(), ["article_type", "title", "x", "y"]);
    }

    #[test]
    fn people_can_change_the_fields_that_are_known() {
        assert!(["title", "content", "thumb_url"].into_iter().all(is_known_field));
        assert!(!["x", "", "Title"].into_iter().any(is_known_field));
    }

    #[test]
    fn an_address_that_says_nothing_new_of_a_cover_is_no_field_that_differs() {
        let kept = r#"{"news_item":[{"title":"a","x":1,"thumb_url":"https://mmbiz.qpic.cn/mmbiz_jpg/A/0","thumb_media_id":"M"}]}"#;
        let fields = |now: &str| {
            let [kept, now] = [kept, now].map(str::as_bytes);
            let [one, other] = [kept, now].map(|document| canonicalise(document).unwrap());
            content_fields((kept, &one), (now, &other), false)
                .map(|names| names.into_iter().collect::<Vec<_>>().join(" "))
        };
        let now = |rest: &str| fields(&format!(r#"{{"news_item":[{{"title":"a",{rest}}}]}}"#));
        assert_eq!(fields(kept), None);
        assert_eq!(now(r#""x":2,"thumb_url":"https://mmbiz.qpic.cn/mmbiz_jpg/A/0""#), Some("x".to_owned()));
        assert_eq!(now(r#""x":2,"thumb_media_id":"M""#), Some("x".to_owned()));
        assert_eq!(now(r#""x":1,"thumb_media_id":"M""#), Some(String::new()));
        assert_eq!(now(r#""x":2,"thumb_media_id":"N""#), None, "another cover");
        assert_eq!(now(r#""x":2,"thumb_url":"https://mmbiz.qpic.cn/mmbiz_jpg/B/0""#), None);
    }
}
