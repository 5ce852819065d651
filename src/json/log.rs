//! The document of `log`.

use serde_json::{Value, json};

use super::origin::origin;
use super::pin::pin;
use super::restorability::restorability;
use crate::model::rfc3339;
use crate::timeline::{Entry, RestoredFrom, Titled};

/// Returns an element for each version. `doubt` is why what is told of them may be wrong.
pub fn log(entries: &[Entry], doubt: Option<&str>) -> Vec<Value> {
    entries.iter().map(|each| entry(each, doubt)).collect()
}

fn entry(entry: &Entry, doubt: Option<&str>) -> Value {
    let (articles, size, damaged) = match &entry.held {
        Ok((articles, size)) => (articles.iter().enumerate().map(article).collect(), Some(size), None),
        Err(reason) => (Vec::new(), None, Some(reason)),
    };
    let version = entry.version.as_ref();
    json!({
        "version": entry.number,
        "hash": version.map(|version| version.hash),
        "observed_at": version.map(|version| rfc3339(version.observed_at)),
        "update_time": version.and_then(|version| version.update_time).map(rfc3339),
        "size": size,
        "articles": articles,
        "restorable": restorability(entry.restorable.as_ref()),
        "restored_from": entry.restored_from.as_ref().map(restored_from),
        "by": entry.by.as_ref().map(origin),
        "pinned": entry.pin.as_ref().map(pin),
        "changed": entry.held.as_ref().ok().and(entry.changed.as_ref().ok()),
        "damaged": damaged,
        "doubt": doubt,
    })
}

fn article((position, (article_type, title)): (usize, &Titled)) -> Value {
    json!({"position": position, "type": article_type.as_str(), "title": title})
}

fn restored_from(from: &RestoredFrom) -> Value {
    let RestoredFrom { restore, account, media_id, id, version, .. } = from;
    json!({"restore": restore.0, "account": account, "media_id": media_id, "id": id, "version": version})
}
