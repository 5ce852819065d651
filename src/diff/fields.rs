//! The fields of an article, by the names that people know.

use std::borrow::Cow;
use std::collections::BTreeSet;

use super::content::{Entry, Members};
use super::pairs;
use super::result::{FieldChange, PicturesChange};
use crate::canonical::{self, json};

/// The platform's names and ours, in the order in which changes are told.
const NAMES: [(&str, &str); 8] = [
    ("title", "title"),
    ("author", "author"),
    ("digest", "digest"),
    ("content_source_url", "link"),
    ("thumb_url", "cover"),
    ("need_open_comment", "comments"),
    ("only_fans_can_comment", "fans-only comments"),
    ("article_type", "type"),
];

/// Compares all members but for the text of `content` and the picture list.
pub(super) fn changes(older: &Entry, newer: &Entry) -> Vec<FieldChange> {
    let (older, newer) = (&older.members, &newer.members);
    let named = NAMES.iter().map(|(key, name)| (*key, (*name).to_owned()));
    let is_named = |key: &str| NAMES.iter().any(|(named, _)| *named == key);
    // Where the list itself changed, what else its pictures say (sizes, addresses) changes with it.
    let is_told = |key: &str| key == "image_info" && listed(older) != listed(newer);
    let others = keys(older, newer).into_iter().filter(|key| !is_named(key) && !is_told(key));
    let others = others.map(|key| (key, other(key)));
    named.chain(others).filter_map(|(key, name)| change(key, name, older, newer)).collect()
}

/// Compares the members beside the articles.
pub(super) fn outer(older: &Members, newer: &Members) -> Vec<FieldChange> {
    keys(older, newer).into_iter().filter_map(|key| change(key, other(key), older, newer)).collect()
}

fn keys<'a>(older: &'a Members, newer: &'a Members) -> BTreeSet<&'a str> {
    older.keys().chain(newer.keys()).map(String::as_str).collect()
}

fn other(key: &str) -> String {
    format!("other: {key}")
}

fn change(key: &str, name: String, older: &Members, newer: &Members) -> Option<FieldChange> {
    let (older, newer) = (older.get(key), newer.get(key));
    let value = |value: Option<&String>| shown(key, value.map(String::as_str));
    (older != newer).then(|| FieldChange { name, older: value(older), newer: value(newer) })
}

/// Returns a value as it is told. In canonical form a switch is `"1"` or absent.
fn shown(key: &str, value: Option<&str>) -> Option<String> {
    let is_switch = matches!(key, "need_open_comment" | "only_fans_can_comment");
    match value {
        None if is_switch => Some("off".to_owned()),
        Some("\"1\"") if is_switch => Some("on".to_owned()),
        Some(json) => Some(json::text(json.as_bytes()).map_or_else(|| json.to_owned(), Into::into)),
        None => None,
    }
}

/// Compares the picture lists of two newspics.
pub(super) fn pictures(older: &Entry, newer: &Entry) -> Option<PicturesChange> {
    let (older, newer) = (listed(&older.members), listed(&newer.members));
    if older == newer {
        return None;
    }
    let keyed = |list: &[String]| list.iter().cloned().enumerate().collect();
    let (were, are): (Vec<_>, Vec<_>) = pairs::equal(keyed(&older), keyed(&newer)).into_iter().unzip();
    let others = |list: Vec<String>, stayed: &[usize]| {
        let stayed: BTreeSet<_> = stayed.iter().collect();
        list.into_iter().enumerate().filter(|(at, _)| !stayed.contains(at)).map(|(_, picture)| picture).collect()
    };
    let reordered = !are.is_sorted();
    Some(PicturesChange { added: others(newer, &are), removed: others(older, &were), reordered })
}

/// Returns the pictures that `image_info` lists, see [`identity`]. What has another shape lists none.
pub(super) fn listed(members: &Members) -> Vec<String> {
    let list = members.get("image_info").and_then(|info| member(info.as_bytes(), "image_list")).unwrap_or_default();
    json::elements(&list).unwrap_or_default().into_iter().map(identity).collect()
}

/// Returns what a listed picture is known by: its media_id, else its address (the identity where it is the platform's
/// own), else all that is said of it, as canonical JSON. What was published has addresses alone.
fn identity(picture: &[u8]) -> String {
    let text = |name| member(picture, name).and_then(|value| json::text(&value).map(Cow::into_owned));
    let address = || text("cdn_url").map(|address| canonical::picture_identity(&address).into_owned());
    text("image_media_id").or_else(address).unwrap_or_else(|| {
        json::text(picture).map_or_else(|| String::from_utf8_lossy(picture).into_owned(), Cow::into_owned)
    })
}

fn member(object: &[u8], name: &str) -> Option<Vec<u8>> {
    let members = json::members(object).unwrap_or_default();
    members.into_iter().find(|(key, _)| key == name).map(|(_, value)| value.to_vec())
}
