//! A response as a JSON object, read tolerantly.
//!
//! The Content-Type is not reliable and numbers may be strings, so only the bytes count. A failure has an `errcode` other than 0;
//! on success, endpoints that return data leave it out, others send 0.

use super::error::Error;
use super::error_kind::ErrorKind;
use crate::canonical::json::{self, Member};
use crate::model::Endpoint;

/// A page of a list.
pub(super) struct ListPage<T> {
    /// The number of entries in the whole list, as the platform says. It may be wrong.
    pub(super) total_count: u64,
    pub(super) read: Vec<T>,
    /// Entries of the page that cannot be parsed. They do not hide other entries.
    pub(super) unreadable: u64,
}

/// A response that is a JSON object without a failure.
pub(super) struct JsonResponse<'a> {
    endpoint: Endpoint,
    pub(super) members: Vec<Member<'a>>,
}

impl<'a> JsonResponse<'a> {
    pub(super) fn open(endpoint: Endpoint, bytes: &'a [u8]) -> Result<Self, Error> {
        let members = json::members(bytes).map_err(|malformed| no_object(endpoint, bytes, &malformed))?;
        let answer = Self { endpoint, members };
        if ["iv", "data", "authtag"].iter().all(|key| answer.value(key).is_some()) {
            return Err(Error::new(endpoint, ErrorKind::SecurityMode, ""));
        }
        match answer.value("errcode").map(json::integer) {
            None | Some(Some(0)) => Ok(answer),
            Some(Some(code)) => {
                let errmsg = answer.value("errmsg").and_then(json::text).unwrap_or_default();
                Err(Error::from_errcode(endpoint, code, &errmsg))
            }
            Some(None) => Err(answer.unexpected("its errcode is no number")),
        }
    }

    pub(super) fn value(&self, key: &str) -> Option<&'a [u8]> {
        value(&self.members, key)
    }

    /// Returns the page that begins at `offset`; `read` gets each entry and its position in the whole list.
    pub(super) fn page<T>(&self, offset: u64, read: impl Fn(u64, &'a [u8]) -> Option<T>) -> Result<ListPage<T>, Error> {
        let total_count = self.total_count()?;
        let items = match self.value("item") {
            Some(items) if items != b"null" => {
                json::elements(items).map_err(|_| self.unexpected("`item` is no list"))?
            }
            // An empty list has `total_count` 0, and a page behind the last entry is empty.
            _ if total_count == 0 || offset > 0 => Vec::new(),
            // Anything else without entries is not reliable.
            _ => return Err(self.unexpected("it has no list `item`")),
        };
        let entries = items.len() as u64;
        let read: Vec<T> = (offset..).zip(items).filter_map(|(place, item)| read(place, item)).collect();
        let unreadable = entries - read.len() as u64;
        Ok(ListPage { total_count, read, unreadable })
    }

    /// Returns the number of entries in the whole list.
    pub(super) fn total_count(&self) -> Result<u64, Error> {
        u64::try_from(self.integer("total_count")?).map_err(|_| self.unexpected("`total_count` is negative"))
    }

    pub(super) fn integer(&self, key: &'static str) -> Result<i64, Error> {
        self.value(key).and_then(json::integer).ok_or_else(|| self.unexpected(&format!("it has no number `{key}`")))
    }

    pub(super) fn text(&self, key: &'static str) -> Result<String, Error> {
        let text = self.value(key).and_then(json::text).filter(|text| !text.is_empty());
        text.map(Into::into).ok_or_else(|| self.unexpected(&format!("it has no text `{key}`")))
    }

    /// Lists the keys that it has instead, without values: enough to find the fault of a relay.
    pub(super) fn without_token(&self) -> Error {
        let names: Vec<&str> = self.members.iter().map(|(name, _)| name.as_ref()).take(10).collect();
        self.unexpected(&format!("it has no text `access_token`, also not within `data`; it has: {}", names.join(", ")))
    }

    pub(super) fn unexpected(&self, what: &str) -> Error {
        Error::new(self.endpoint, ErrorKind::Unexpected, what)
    }
}

/// Describes what came instead of a JSON object, without quoting it: it may contain half a token.
fn no_object(endpoint: Endpoint, bytes: &[u8], malformed: &json::Malformed) -> Error {
    if *malformed == json::Malformed::TooDeep {
        return Error::new(endpoint, ErrorKind::Unexpected, malformed.to_string());
    }
    let length = bytes.len();
    let what = match bytes.trim_ascii_start().first() {
        None => "an empty answer".to_owned(),
        Some(b'<') => format!("HTML or XML instead of JSON, {length} bytes"),
        Some(_) => format!("{length} bytes, {malformed}"),
    };
    Error::new(endpoint, ErrorKind::Busy, what)
}

pub(super) fn value<'a>(members: &[Member<'a>], key: &str) -> Option<&'a [u8]> {
    // Of equal keys the last one counts, as in the canonical form.
    members.iter().rev().find(|(name, _)| name == key).map(|(_, value)| *value)
}
