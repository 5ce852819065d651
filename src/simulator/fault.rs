//! Injected faults: what can go wrong between client and platform.

use std::time::Duration;

use serde::{Deserialize, Deserializer};

use super::request::{ApiResponse, Delivery, DeliveryMode};

/// A fault. In JSON: `"reset"`, `{"code":45009}`, `{"delay":1.5}` (seconds), `{"html_page":502}`, and so on.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fault {
    /// The call is counted and rejected with this code.
    Code(i64),
    /// The response is delayed; in JSON in seconds.
    Delay(#[serde(deserialize_with = "seconds")] Duration),
    /// The connection is reset before anything is done.
    Reset,
    /// Nothing is done, and no response comes.
    Timeout,
    /// The request is executed, then the connection is reset.
    ResetAfterEffect,
    /// The request is executed, and no response comes.
    TimeoutAfterEffect,
    /// The request is executed, and the body ends in the middle.
    Truncate,
    /// An HTML page of a gateway, with this status.
    HtmlPage(u16),
    /// A redirect (302) to this address.
    Redirect(String),
    /// This status with an empty body.
    Http(u16),
    /// Status 200 and a line that is not JSON.
    PlainText,
    /// Status 200 and no body.
    EmptyBody,
    /// A body of more than 32 MiB that would be JSON.
    Oversize,
    /// A raw control character (U+0008) in a text of the response.
    RawControl,
    /// Half a Han character in a text of the response.
    InvalidUtf8,
    /// Half an emoji, as the escape `\ud83d`, in a text of the response.
    LoneSurrogate,
}

impl Fault {
    /// Returns the response that is sent instead, if the request is not executed.
    pub(super) fn replacement(&self) -> Option<Delivery> {
        let response = match self {
            Self::Reset => return Some(Delivery { response: ApiResponse::empty(200), mode: DeliveryMode::Reset }),
            Self::Timeout => return Some(Delivery { response: ApiResponse::empty(200), mode: DeliveryMode::Never }),
            Self::HtmlPage(status) => ApiResponse::html(*status),
            Self::Redirect(to) => ApiResponse { location: Some(to.clone()), ..ApiResponse::empty(302) },
            Self::Http(status) => ApiResponse::empty(*status),
            Self::PlainText => ApiResponse::text("upstream request timeout"),
            Self::EmptyBody => ApiResponse::empty(200),
            Self::Oversize => ApiResponse::oversize(),
            _ => return None,
        };
        Some(Delivery { response, mode: DeliveryMode::Plain })
    }

    /// Returns how the response is delivered.
    pub(super) fn delivery_mode(&self) -> DeliveryMode {
        match self {
            Self::Delay(wait) => DeliveryMode::Late(*wait),
            Self::TimeoutAfterEffect => DeliveryMode::Never,
            Self::ResetAfterEffect => DeliveryMode::Reset,
            Self::Truncate => DeliveryMode::Truncated,
            _ => DeliveryMode::Plain,
        }
    }

    /// Returns the invalid bytes to put into a text of the response.
    pub(super) fn garbage_bytes(&self) -> Option<&'static [u8]> {
        match self {
            Self::RawControl => Some(b"\x08"),
            Self::InvalidUtf8 => Some(b"\xe4\xbd"),
            Self::LoneSurrogate => Some(br"\ud83d"),
            _ => None,
        }
    }
}

fn seconds<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Duration, D::Error> {
    Duration::try_from_secs_f64(f64::deserialize(deserializer)?).map_err(serde::de::Error::custom)
}

/// A fault and the calls that it affects.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FaultRule {
    /// Path below `/cgi-bin/`, `picture`, or `*` for everything.
    #[serde(rename = "interface")]
    endpoint: String,
    /// Only calls that name this draft.
    #[serde(default)]
    media_id: Option<String>,
    /// Number of calls that succeed first.
    #[serde(default)]
    after: u32,
    /// Number of calls that fail then.
    #[serde(default = "once")]
    times: u32,
    fault: Fault,
}

fn once() -> u32 {
    1
}

impl FaultRule {
    /// The next `times` calls of `endpoint` (path below `/cgi-bin/`, `picture`, or `*` for all) fail.
    pub fn next(times: u32, endpoint: &str, fault: Fault) -> Self {
        Self { endpoint: endpoint.to_owned(), media_id: None, after: 0, times, fault }
    }

    /// Affects only calls whose body names this `media_id`.
    #[must_use]
    pub fn draft(mut self, media_id: &str) -> Self {
        self.media_id = Some(media_id.to_owned());
        self
    }

    /// Lets `calls` calls succeed first.
    #[must_use]
    pub fn after(mut self, calls: u32) -> Self {
        self.after = calls;
        self
    }

    pub(super) fn endpoint(&self) -> &str {
        &self.endpoint
    }

    fn matches(&self, endpoint: &str, media_id: Option<&str>) -> bool {
        (self.endpoint == "*" || self.endpoint == endpoint)
            && self.media_id.as_deref().is_none_or(|wanted| media_id == Some(wanted))
    }
}

/// Pending faults, in the order in which they were added.
#[derive(Clone, Debug, Default)]
pub(super) struct FaultQueue(Vec<FaultRule>);

impl FaultQueue {
    pub(super) fn add(&mut self, rule: FaultRule) {
        self.0.push(rule);
    }

    pub(super) fn clear(&mut self) {
        self.0.clear();
    }

    pub(super) fn has_pending(&self) -> bool {
        self.0.iter().any(|rule| rule.times > 0)
    }

    /// Returns the fault for this call and counts it.
    pub(super) fn next(&mut self, endpoint: &str, media_id: Option<&str>) -> Option<Fault> {
        self.0.retain(|rule| rule.times > 0);
        let rule = self.0.iter_mut().find(|rule| rule.matches(endpoint, media_id))?;
        if rule.after > 0 {
            rule.after -= 1;
            return None;
        }
        rule.times -= 1;
        Some(rule.fault.clone())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_rule_matches_its_calls_and_no_others() {
        let mut faults = FaultQueue::default();
        faults.add(FaultRule::next(2, "draft/get", Fault::Reset).draft("A").after(1));
        assert!(faults.has_pending());
        assert_eq!(faults.next("draft/count", Some("A")), None);
        assert_eq!(faults.next("draft/get", Some("B")), None);
        let outcomes: Vec<_> = (0..4).map(|_| faults.next("draft/get", Some("A")).is_some()).collect();
        assert_eq!(outcomes, [false, true, true, false]);
        assert!(!faults.has_pending());
    }

    #[test]
    fn rules_can_be_written_as_json() {
        let read = |value| serde_json::from_value::<FaultRule>(value);
        let rule = read(json!({"interface": "*", "times": 3, "fault": {"delay": 1.5}})).unwrap();
        assert_eq!(rule, FaultRule::next(3, "*", Fault::Delay(Duration::from_millis(1500))));
        assert_eq!(read(json!({"interface": "*", "fault": "reset"})).unwrap(), FaultRule::next(1, "*", Fault::Reset));
        assert!(read(json!({"interface": "*", "fault": {"delay": -1}})).is_err());
        assert!(read(json!({"interface": "*", "fault": "reset", "time": 3})).is_err());
    }
}
