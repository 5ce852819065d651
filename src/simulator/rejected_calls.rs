//! Rejected calls, for lookups by `rid`.

use std::collections::VecDeque;

use serde_json::{Value, json};

use super::refusal::Refusal;
use super::request::ApiRequest;

/// Number of calls that are kept; the platform keeps seven days.
const REMEMBERED: usize = 1000;

/// The latest rejected calls.
#[derive(Clone, Debug, Default)]
pub(super) struct RejectedCalls(VecDeque<Entry>);

#[derive(Clone, Debug)]
struct Entry {
    rid: String,
    appid: Option<String>,
    request: Value,
}

impl RejectedCalls {
    pub(super) fn record(&mut self, rid: &str, appid: Option<String>, request: &ApiRequest, answer: &str, now: i64) {
        if self.0.len() == REMEMBERED {
            self.0.pop_front();
        }
        let token = request.query.get("access_token").map_or("", String::as_str);
        let request = json!({
            "invoke_time": now,
            "cost_in_ms": 30,
            "request_url": format!("access_token={}", token.get(..12).unwrap_or(token)),
            "request_body": String::from_utf8_lossy(&request.body),
            "response_body": answer,
            "client_ip": request.ip,
        });
        self.0.push_back(Entry { rid: rid.to_owned(), appid, request });
    }

    /// Returns a rejected call of this account.
    pub(super) fn find(&self, rid: &str, appid: &str) -> Result<Value, Refusal> {
        let entry = self.0.iter().find(|entry| entry.rid == rid).ok_or_else(|| Refusal::of(76001))?;
        if entry.appid.as_deref() == Some(appid) { Ok(entry.request.clone()) } else { Err(Refusal::of(76003)) }
    }
}
