//! Messages that somebody asks for: a test, and a look at what would be sent.

use std::cmp::Reverse;

use serde_json::json;

use super::compose;
use super::deliver::read;
use super::facts::{self, Facts};
use super::links::Links;
use super::resolve::resolve;
use crate::archive::{Error, Event, OpenMessage, Reader};
use crate::config::NotifyConfig;
use crate::model::{Language, Severity, Timestamp};
use crate::notify::{Client, Message};
use crate::outbox::{Item, Outcome};

/// How a test ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TestResult {
    Sent,
    /// Some did not get it; who and why.
    Partly(String),
    /// The target refuses; what it said.
    Refused(String),
    /// The target was not reached, or nobody knows; why.
    Failed(String),
}

/// Sends a test message now.
pub async fn test(rule: &NotifyConfig, client: &Client, now: Timestamp) -> TestResult {
    let target = match resolve(&rule.to).await {
        Ok(target) => target,
        Err(reason) => return TestResult::Failed(reason),
    };
    let (outcome, reason) = read(&target.send(client, &test_message(rule, now), now).await);
    match (outcome, reason.map(|reason| reason.text(Language::English))) {
        (Outcome::Sent, None) => TestResult::Sent,
        (Outcome::Sent, Some(answer)) => TestResult::Partly(answer),
        (Outcome::Parked | Outcome::Rejected, answer) => TestResult::Refused(answer.unwrap_or_default()),
        (_, answer) => TestResult::Failed(answer.unwrap_or_default()),
    }
}

fn test_message(rule: &NotifyConfig, now: Timestamp) -> Message {
    let (title, line) = match rule.language {
        Language::Chinese => ("draftkeep 测试消息", "能看到这条消息，说明通知已经设置好。"),
        Language::English => ("Test message of draftkeep", "If you can read this, notifications work."),
    };
    Message {
        id: format!("draftkeep-test-{}", now.timestamp_millis()),
        kind: "test".to_owned(),
        severity: Severity::Info,
        at: now,
        title: title.to_owned(),
        lines: vec![line.to_owned()],
        more: 0,
        link: None,
        command: None,
        people: rule.people.clone(),
        is_again: false,
        language: rule.language,
        data: json!({}),
    }
}

/// Returns the message that events make for a target, as if nothing else had happened. `None` without an event.
///
/// # Errors
///
/// Those of the archive.
pub fn preview(
    reader: &Reader,
    events: &[Event],
    rule: &NotifyConfig,
    links: &Links,
    now: Timestamp,
) -> Result<Option<Message>, Error> {
    let mut items: Vec<Item> = events.iter().map(|event| item(event, now)).collect();
    items.sort_by_key(|item| Reverse(item.severity));
    let Some(severity) = items.first().map(|item| item.severity) else { return Ok(None) };
    let open = OpenMessage { id: 0, severity, made_at: now, due_at: now, tries: 0, doubts: 0, items };
    let facts: Vec<Facts> = facts::read(reader, &open.items)?;
    Ok(compose::message(&open, &facts, rule, links, now))
}

/// An item of an event alone.
fn item(event: &Event, now: Timestamp) -> Item {
    let (id, severity) = (event.id, event.severity);
    Item { matter: event.subject(), first: id, worst: id, last: id, severity, opened_at: now, due_at: now }
}
