//! What can go wrong between two computers, on order.

use std::time::Duration;

use serde::{Deserialize, Deserializer};

use super::call::{Answer, Delivery, Manner};

/// A mishap. In JSON: `"reset"`, `{"code":45009}`, `{"delay":1.5}` (seconds), `{"html_page":502}`, and so on.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fault {
    /// The call is counted and refused with this code.
    Code(i64),
    /// The answer comes late; in JSON in seconds.
    Delay(#[serde(deserialize_with = "seconds")] Duration),
    /// The connection is reset before anything is done.
    Reset,
    /// Nothing is done, and the answer never comes.
    Timeout,
    /// The work is done, the connection is reset instead of an answer.
    ResetAfterEffect,
    /// The work is done, the answer never comes.
    TimeoutAfterEffect,
    /// The work is done, the body breaks off in the middle.
    Truncate,
    /// A gateway's page of HTML, with this status.
    HtmlPage(u16),
    /// This status and nothing else.
    Http(u16),
    /// Status 200 and a line that is no JSON.
    PlainText,
    /// Status 200 and no body.
    EmptyBody,
    /// A body of more than 32 MiB that would be JSON.
    Oversize,
    /// A raw control character (U+0008) in a text of the answer.
    RawControl,
    /// Half a Han character in a text of the answer.
    InvalidUtf8,
    /// Half an emoji, as the escape `\ud83d`, in a text of the answer.
    LoneSurrogate,
}

impl Fault {
    /// Returns what comes back in place of an answer, where nothing is done at all.
    pub(super) fn instead(&self) -> Option<Delivery> {
        let answer = match self {
            Self::Reset => return Some(Delivery { answer: Answer::empty(200), manner: Manner::Reset }),
            Self::Timeout => return Some(Delivery { answer: Answer::empty(200), manner: Manner::Never }),
            Self::HtmlPage(status) => Answer::html(*status),
            Self::Http(status) => Answer::empty(*status),
            Self::PlainText => Answer::text("upstream request timeout"),
            Self::EmptyBody => Answer::empty(200),
            Self::Oversize => Answer::text(format!(r#"{{"news_item":[],"padding":"{}"}}"#, "x".repeat(33 << 20))),
            _ => return None,
        };
        Some(Delivery { answer, manner: Manner::Plain })
    }

    /// Returns how an answer travels.
    pub(super) fn manner(&self) -> Manner {
        match self {
            Self::Delay(wait) => Manner::Late(*wait),
            Self::TimeoutAfterEffect => Manner::Never,
            Self::ResetAfterEffect => Manner::Reset,
            Self::Truncate => Manner::Truncated,
            _ => Manner::Plain,
        }
    }

    /// Returns the bytes that spoil a text of the answer.
    pub(super) fn stain(&self) -> Option<&'static [u8]> {
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

/// A fault and the calls that it befalls.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Plan {
    /// Path below `/cgi-bin/`, `picture`, or `*` for everything.
    #[serde(rename = "interface")]
    endpoint: String,
    /// Only calls that name this draft.
    #[serde(default)]
    media_id: Option<String>,
    /// So many calls go well before.
    #[serde(default)]
    after: u32,
    /// So many calls go wrong.
    #[serde(default = "once")]
    times: u32,
    fault: Fault,
}

fn once() -> u32 {
    1
}

impl Plan {
    /// The next `times` calls of `endpoint` (path below `/cgi-bin/`, `picture`, or `*` for all) go wrong.
    pub fn next(times: u32, endpoint: &str, fault: Fault) -> Self {
        Self { endpoint: endpoint.to_owned(), media_id: None, after: 0, times, fault }
    }

    /// Spares all calls but those whose body names this `media_id`.
    #[must_use]
    pub fn draft(mut self, media_id: &str) -> Self {
        self.media_id = Some(media_id.to_owned());
        self
    }

    /// Lets `calls` go well first.
    #[must_use]
    pub fn after(mut self, calls: u32) -> Self {
        self.after = calls;
        self
    }

    pub(super) fn endpoint(&self) -> &str {
        &self.endpoint
    }

    fn befalls(&self, endpoint: &str, media_id: Option<&str>) -> bool {
        (self.endpoint == "*" || self.endpoint == endpoint)
            && self.media_id.as_deref().is_none_or(|wanted| media_id == Some(wanted))
    }
}

/// The faults still to come, first come first served.
#[derive(Clone, Debug, Default)]
pub(super) struct Faults(Vec<Plan>);

impl Faults {
    pub(super) fn plan(&mut self, plan: Plan) {
        self.0.push(plan);
    }

    pub(super) fn clear(&mut self) {
        self.0.clear();
    }

    /// Returns the fault of this call, and takes it off the plan.
    pub(super) fn next(&mut self, endpoint: &str, media_id: Option<&str>) -> Option<Fault> {
        self.0.retain(|plan| plan.times > 0);
        let plan = self.0.iter_mut().find(|plan| plan.befalls(endpoint, media_id))?;
        if plan.after > 0 {
            plan.after -= 1;
            return None;
        }
        plan.times -= 1;
        Some(plan.fault.clone())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_plan_befalls_its_calls_and_no_others() {
        let mut faults = Faults::default();
        faults.plan(Plan::next(2, "draft/get", Fault::Reset).draft("A").after(1));
        assert_eq!(faults.next("draft/count", Some("A")), None);
        assert_eq!(faults.next("draft/get", Some("B")), None);
        let outcomes: Vec<_> = (0..4).map(|_| faults.next("draft/get", Some("A")).is_some()).collect();
        assert_eq!(outcomes, [false, true, true, false]);
    }

    #[test]
    fn plans_can_be_written_as_json() {
        let read = |value| serde_json::from_value::<Plan>(value);
        let plan = read(json!({"interface": "*", "times": 3, "fault": {"delay": 1.5}})).unwrap();
        assert_eq!(plan, Plan::next(3, "*", Fault::Delay(Duration::from_millis(1500))));
        assert_eq!(read(json!({"interface": "*", "fault": "reset"})).unwrap(), Plan::next(1, "*", Fault::Reset));
        assert!(read(json!({"interface": "*", "fault": {"delay": -1}})).is_err());
        assert!(read(json!({"interface": "*", "fault": "reset", "time": 3})).is_err());
    }
}
