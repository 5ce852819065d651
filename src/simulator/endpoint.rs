//! What an endpoint is given and what it answers.

use serde_json::{Value, json};

use super::behavior::Behavior;
use super::json_style;
use super::refusal::Refusal;
use super::request::ApiRequest;

/// The request, as an endpoint needs it.
pub(super) struct Input<'c> {
    pub request: &'c ApiRequest,
    /// The body, a JSON object, if the endpoint takes JSON.
    pub json: Value,
}

impl<'c> Input<'c> {
    /// Parses a JSON body (官方文档: 44002 for an empty one, 47001 for anything else).
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

    /// A request whose body is not JSON or is ignored.
    pub(super) fn bare(request: &'c ApiRequest) -> Self {
        Self { request, json: Value::Null }
    }

    /// Returns the text of a field; empty if it is missing or not a text.
    pub(super) fn text(&self, field: &str) -> &str {
        self.json[field].as_str().unwrap_or_default()
    }

    /// Returns an integer. Clients also write it as a string, or as true and false.
    pub(super) fn number(&self, field: &str) -> Option<i64> {
        match &self.json[field] {
            Value::Number(number) => number.as_i64(),
            Value::String(text) => text.parse().ok(),
            Value::Bool(flag) => Some(i64::from(*flag)),
            _ => None,
        }
    }

    /// Returns the range that `offset` and `count` (1 to 20) select out of `total`.
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

/// The result of an endpoint.
pub(super) enum Reply {
    /// JSON.
    Data(Value),
    /// A file as it is.
    File { name: String, content_type: &'static str, bytes: Vec<u8> },
    /// JSON that is too large for any client.
    Oversize,
}

impl Reply {
    /// Success without data.
    pub(super) fn ok() -> Self {
        Self::Data(json!({"errcode": 0, "errmsg": "ok"}))
    }

    /// A page of a list. An empty one has no `item_count`, as on the platform.
    pub(super) fn list(total: usize, items: Vec<Value>) -> Self {
        let mut answer = json!({"total_count": total});
        if !items.is_empty() {
            answer["item_count"] = items.len().into();
        }
        answer["item"] = items.into();
        Self::Data(answer)
    }
}
