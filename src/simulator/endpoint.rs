//! What an endpoint is given and what it answers.

use serde_json::{Value, json};

use super::behavior::Behavior;
use super::json_style;
use super::refusal::Refusal;
use super::request::ApiRequest;

/// What a call brings to an endpoint.
pub(super) struct Input<'c> {
    pub request: &'c ApiRequest,
    /// The body, where the endpoint takes JSON; an object.
    pub json: Value,
}

impl<'c> Input<'c> {
    /// Reads a JSON body (官方文档: 44002 when there is none, 47001 when it is something else).
    pub(super) fn json(request: &'c ApiRequest, behavior: &Behavior) -> Result<Self, Refusal> {
        let text = str::from_utf8(&request.body).map_err(|_| Refusal::of(47001))?;
        if text.trim().is_empty() {
            return Err(Refusal::of(44002));
        }
        let text = if behavior.keeps_escapes { json_style::keep_escapes(text) } else { text.to_owned() };
        match serde_json::from_str(&text) {
            Ok(json @ Value::Object(_)) => Ok(Self { request, json }),
            _ => Err(Refusal::of(47001)),
        }
    }

    /// A call whose body does not matter, or is no JSON.
    pub(super) fn bare(request: &'c ApiRequest) -> Self {
        Self { request, json: Value::Null }
    }

    /// Returns a field's text; empty where it is missing or no text.
    pub(super) fn text(&self, field: &str) -> &str {
        self.json[field].as_str().unwrap_or_default()
    }

    /// Returns a whole number, written as such, as a string, or as true and false, as clients do.
    pub(super) fn number(&self, field: &str) -> Option<i64> {
        match &self.json[field] {
            Value::Number(number) => number.as_i64(),
            Value::String(text) => text.parse().ok(),
            Value::Bool(flag) => Some(i64::from(*flag)),
            _ => None,
        }
    }

    /// Returns what `offset` and `count` (1 to 20) choose out of so many.
    pub(super) fn page(&self, total: usize) -> Result<std::ops::Range<usize>, Refusal> {
        let refuse = || Refusal::of(40097);
        let offset = usize::try_from(self.number("offset").unwrap_or(0)).map_err(|_| refuse())?;
        let count = usize::try_from(self.number("count").unwrap_or(0)).map_err(|_| refuse())?;
        if !(1..=20).contains(&count) {
            return Err(refuse());
        }
        Ok(offset.min(total)..offset.saturating_add(count).min(total))
    }
}

/// What an endpoint answers, if it does not refuse.
pub(super) enum Reply {
    /// JSON.
    Data(Value),
    /// A file as it is.
    File { name: String, content_type: &'static str, bytes: Vec<u8> },
}

impl Reply {
    /// The answer of endpoints that do something.
    pub(super) fn ok() -> Self {
        Self::Data(json!({"errcode": 0, "errmsg": "ok"}))
    }

    /// The answer of endpoints that list something. An empty list lacks its `item_count`, as on the platform.
    pub(super) fn list(total: usize, items: Vec<Value>) -> Self {
        let mut answer = json!({"total_count": total});
        if !items.is_empty() {
            answer["item_count"] = items.len().into();
        }
        answer["item"] = items.into();
        Self::Data(answer)
    }
}
