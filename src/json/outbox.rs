//! The documents of `notify list` and of the page of what was told.

use serde_json::{Value, json};

use super::event::event;
use crate::archive::{OutboxMessage, OutboxTarget, PingStatus, WaitingItem};
use crate::config::{NotifyConfig, PingConfig};
use crate::model::{Language, Timestamp, rfc3339};
use crate::notify::Reason;
use crate::outbox::MessageState;

/// Returns a target as it is configured, and how it stands.
pub fn notify_target(rule: &NotifyConfig, target: Option<&OutboxTarget>) -> Value {
    let time = |time: fn(&OutboxTarget) -> Option<Timestamp>| target.and_then(time).map(rfc3339);
    let answer = target.and_then(|target| target.answer.as_deref());
    json!({
        "name": rule.name,
        "to": rule.to.kind(),
        "state": target_state(target),
        "accounts": rule.accounts.as_ref().map(|accounts| accounts.iter().map(ToString::to_string).collect::<Vec<_>>()),
        "kinds": rule.kinds.as_ref().map(|kinds| kinds.iter().map(ToString::to_string).collect::<Vec<_>>()),
        "at_least": rule.at_least.as_str(),
        "every": null,
        "waiting": target.map_or(0, |target| target.waiting),
        "waiting_since": time(|target| target.waiting_since),
        "due_at": time(|target| target.due_at),
        "parked_at": time(|target| target.parked_at),
        "last_sent_at": time(|target| target.last_sent_at),
        "answer": in_words(answer),
        "reason": reason(answer),
        "failed_at": time(|target| target.failed_at),
    })
}

/// Returns a dead man's switch as it is configured, and how it stands.
pub fn notify_ping(ping: &PingConfig, known: Option<&PingStatus>, runs: Option<bool>) -> Value {
    let failing = known.and_then(PingStatus::failing);
    let answer = failing.map(|failing| failing.answer.as_str());
    json!({
        "name": ping.name,
        "to": PingConfig::KIND,
        "state": ping_state(known, runs),
        "accounts": null,
        "kinds": null,
        "at_least": null,
        "every": ping.every.num_seconds(),
        "waiting": 0,
        "waiting_since": null,
        "due_at": null,
        "parked_at": null,
        "last_sent_at": known.and_then(|known| known.arrived_at).map(rfc3339),
        "answer": in_words(answer),
        "reason": reason(answer),
        "failed_at": failing.map(|failing| rfc3339(failing.since)),
    })
}

/// Returns the word for how a target stands; `None`: the daemon does not know it yet.
pub fn target_state(target: Option<&OutboxTarget>) -> &'static str {
    match target {
        None => "new",
        Some(target) if target.parked_at.is_some() => "parked",
        Some(target) if target.answer.is_some() => "failing",
        Some(_) => "ok",
    }
}

/// Returns the word for how a dead man's switch stands. `runs`: whether a daemon does.
pub fn ping_state(known: Option<&PingStatus>, runs: Option<bool>) -> &'static str {
    match (known.and_then(PingStatus::failing), runs) {
        (Some(_), _) => "failing",
        (None, Some(true)) => "ok",
        (None, _) => "off",
    }
}

/// Returns how the targets stand, what waits, and the messages; `older` is the address of the earlier ones.
pub fn told(targets: &[Value], waiting: &[WaitingItem], messages: &[OutboxMessage], older: Option<&str>) -> Value {
    let waits = |WaitingItem { target, due_at, event: of }: &WaitingItem| json!({"target": target, "due_at": rfc3339(*due_at), "event": event(of)});
    json!({
        "targets": targets,
        "waiting": waiting.iter().map(waits).collect::<Vec<_>>(),
        "messages": messages.iter().map(message).collect::<Vec<_>>(),
        "older": older,
    })
}

fn message(message: &OutboxMessage) -> Value {
    let is_open = matches!(message.state, MessageState::Waiting | MessageState::Sending);
    json!({
        "message": message.id,
        "target": message.target,
        "severity": message.severity.as_str(),
        "state": message.state.as_str(),
        "made_at": rfc3339(message.made_at),
        "due_at": is_open.then(|| rfc3339(message.due_at)),
        "ended_at": message.ended_at.map(rfc3339),
        "tries": message.tries,
        "title": message.title,
        "lines": message.body.as_deref().map(|body| body.lines().collect::<Vec<_>>()).unwrap_or_default(),
        "answer": in_words(message.answer.as_deref()),
        "reason": reason(message.answer.as_deref()),
        "events": message.events.iter().map(event).collect::<Vec<_>>(),
        "more": message.more,
    })
}

fn in_words(answer: Option<&str>) -> Option<String> {
    answer.map(|answer| Reason::in_words(answer, Language::English))
}

fn reason(answer: Option<&str>) -> Option<Value> {
    let Reason { meaning, code, said } = Reason::read(answer?)?;
    Some(json!({"meaning": meaning.as_str(), "code": code, "said": said}))
}
