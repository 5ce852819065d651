//! Puts a message together from the facts, when it is sent.

use std::mem::discriminant;

use chrono_tz::Tz;
use serde_json::{Value, json};

use super::facts::{Facts, MOST_NAMED};
use super::links::Links;
use super::words;
use crate::archive::{Event, OpenMessage};
use crate::config::NotifyConfig;
use crate::health::{condition_reason, copy_faults_json, failed_proofs_json};
use crate::model::{EventKind, FailureKind, Language, Severity, Timestamp, rfc3339};
use crate::notify::{Link, Message};

/// Returns the message for a target; `None` where nothing of what it tells can be read any more.
pub(super) fn message(
    open: &OpenMessage,
    facts: &[Facts],
    rule: &NotifyConfig,
    links: &Links,
    now: Timestamp,
) -> Option<Message> {
    let (first, language) = (facts.first()?, rule.language);
    let newest = facts.iter().map(|facts| facts.last.at).max()?;
    let (title, lines) = match facts {
        [one] => single(one, language, rule.zone),
        many => several(many, language, rule.zone),
    };
    let more = open.items.len() - if facts.len() == 1 { 1 } else { lines.len() };
    let severity = facts.iter().map(severity).max()?;
    let is_one = facts.len() == 1;
    let link = if is_one { links.to(&first.event, now) } else { links.to_all(facts.iter().map(|facts| &facts.event)) };
    Some(Message {
        id: id(open),
        kind: if is_one { first.event.kind.as_str().to_owned() } else { "digest".to_owned() },
        severity,
        at: newest,
        title,
        lines,
        more,
        command: if link.is_none() { Some(command(&first.event, is_one)) } else { None },
        link: link.as_ref().map(|url| Link {
            label: label(is_one.then_some(first.event.kind), language).to_owned(),
            url: url.clone(),
        }),
        people: if severity == Severity::Alarm { rule.people.clone() } else { Vec::new() },
        is_again: open.doubts > 0,
        language,
        data: data(facts, open.items.len(), link.as_deref()),
    })
}

/// How much it matters now: the end of a condition rings nobody.
fn severity(facts: &Facts) -> Severity {
    if facts.event.kind.condition().is_some() { facts.last.kind.severity() } else { facts.event.severity }
}

/// Names a message, the same at every try, and another one in a copy of the archive. It holds no full stop: the signature of
/// webhooks separates by them.
fn id(open: &OpenMessage) -> String {
    format!("draftkeep-{}-{}", open.made_at.timestamp_millis(), open.id)
}

fn single(facts: &Facts, language: Language, zone: Tz) -> (String, Vec<String>) {
    let mut lines = words::numbers(facts, language, zone);
    lines.push(place(&facts.event, language, zone));
    (words::headline(facts, language), lines)
}

/// The place and the time: `14:02 · mag · #17 · version 5`.
fn place(event: &Event, language: Language, zone: Tz) -> String {
    let mut parts = vec![time(event.at, zone)];
    parts.extend(event.account.clone());
    parts.extend(event.draft.map(|draft| format!("#{draft}")));
    parts.extend(event.version.map(|version| match language {
        Language::Chinese => format!("第 {version} 版"),
        Language::English => format!("version {version}"),
    }));
    parts.join(" · ")
}

/// Of several items, the title counts and a line tells each.
fn several(facts: &[Facts], language: Language, zone: Tz) -> (String, Vec<String>) {
    let mut kinds: Vec<(EventKind, usize)> = Vec::new();
    for facts in facts {
        let kind = if facts.event.kind.condition().is_some() { facts.last.kind } else { facts.event.kind };
        match kinds.iter_mut().find(|(known, _)| discriminant(known) == discriminant(&kind)) {
            Some((_, count)) => *count += 1,
            None => kinds.push((kind, 1)),
        }
    }
    let counts: Vec<_> = kinds.iter().map(|(kind, count)| words::count(*kind, *count, language)).collect();
    let title = match language {
        Language::Chinese => counts.join("，"),
        Language::English => counts.join(", "),
    };
    let line = |facts: &Facts| {
        let mut parts = vec![words::headline(facts, language)];
        parts.extend(words::numbers(facts, language, zone));
        parts.push(place(&facts.event, language, zone));
        parts.join(" · ")
    };
    (title, facts.iter().take(MOST_NAMED).map(line).collect())
}

/// Says where the link of one event leads, or that of several.
fn label(kind: Option<EventKind>, language: Language) -> &'static str {
    let (chinese, english) = match kind {
        Some(
            EventKind::DraftEmptied
            | EventKind::DraftShrunk
            | EventKind::DraftRewritten
            | EventKind::DraftDeleted
            | EventKind::DraftGone,
        ) => ("查看改动，找回内容", "See what changed and get it back"),
        Some(EventKind::DraftChanged | EventKind::DraftRestored) => ("查看改动", "See what changed"),
        Some(EventKind::DraftNew | EventKind::DraftPublished | EventKind::DraftReturned) => {
            ("查看草稿", "See the draft")
        }
        Some(EventKind::GateHeld) => ("查看并决定", "Look and decide"),
        Some(EventKind::Began(_) | EventKind::Ended(_)) | None => ("查看详情", "See more"),
    };
    if language == Language::Chinese { chinese } else { english }
}

fn command(event: &Event, is_one: bool) -> String {
    match (is_one, &event.account, event.draft, event.version) {
        (true, ..) if event.kind == EventKind::GateHeld => {
            format!("draftkeep gate approve {}", event.details.quantity.unwrap_or_default())
        }
        (true, Some(account), Some(draft), Some(version @ 2..)) if event.sizes.is_some() => {
            format!("draftkeep diff {account}/{draft}@{} @{version}", version - 1)
        }
        (true, Some(account), Some(draft), _) => format!("draftkeep log {account}/{draft}"),
        (true, ..) => "draftkeep status".to_owned(),
        _ => "draftkeep notify log".to_owned(),
    }
}

/// The facts for programs: thin, without content of drafts but titles.
fn data(facts: &[Facts], all: usize, link: Option<&str>) -> Value {
    let fact = |facts: &Facts| {
        let Event { id, at, kind, severity, account, draft, media_id, version, title, title_before, sizes, details } =
            &facts.event;
        json!({
            "event": id, "at": rfc3339(*at), "kind": kind.as_str(), "severity": severity.as_str(), "account": account,
            "draft": draft, "media_id": media_id, "version": version, "title": title,
            "title_before": title_before,
            "characters": sizes.map(|sizes| sizes.map(|size| size.characters)),
            "pictures": sizes.map(|sizes| sizes.map(|size| size.pictures)),
            "address": details.address, "until": details.until.map(rfc3339), "target": details.target,
            "failure": details.failure.map(FailureKind::as_str), "code": details.code,
            "reason": condition_reason(*kind, details), "copies": copy_faults_json(*kind, details),
            "proofs": failed_proofs_json(*kind, details),
            "write": facts.write.as_ref().map(|write| json!({
                "write": write.id.0, "action": write.action.as_str(), "state": write.state.as_str(),
            })),
            "by": facts.write.as_ref().map(|write| &write.origin).or(facts.by.as_ref()).map(|by| json!({
                "who": by.who, "program": by.program, "note": by.note,
            })),
            "now": facts.now.as_ref().map(|now| json!({
                "state": now.draft.state.as_str(), "version": now.newest,
                "characters": now.sizes.map(|[_, size]| size.characters), "pictures": now.sizes.map(|[_, size]| size.pictures),
            })),
        })
    };
    let named: Vec<_> = facts.iter().take(MOST_NAMED).map(fact).collect();
    let matter = facts.first().filter(|_| all == 1).map(|facts| facts.event.subject());
    json!({ "count": all, "matter": matter, "events": named, "link": link })
}

/// Writes a time as people in that zone read it.
fn time(at: Timestamp, zone: Tz) -> String {
    at.with_timezone(&zone).format("%m-%d %H:%M").to_string()
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::config::Config;
    use crate::model::{Condition, ConditionDetails};
    use crate::outbox::Item;

    fn at(time: &str) -> Timestamp {
        format!("2026-09-01T{time}Z").parse().unwrap()
    }

    fn event(id: i64, kind: EventKind) -> Event {
        Event {
            id,
            at: at("06:02:00"),
            kind,
            severity: kind.severity(),
            account: Some("mag".to_owned()),
            draft: None,
            media_id: None,
            version: None,
            title: None,
            title_before: None,
            sizes: None,
            details: ConditionDetails::default(),
        }
    }

    /// The message about conditions: of each, the kinds of its first and its last event.
    fn composed(conditions: &[[EventKind; 2]]) -> Message {
        let text = "archive='archive.db'\n[[notify]]\nname='editors'\nto={exec=['true']}\npeople=['li']\n
                    [[account]]\nname='mag'\nappid='wx0123456789abcdef'\nsecret.command=['true']\n";
        let rule = Config::from_text(Path::new("/c.toml"), text).unwrap().notify.remove(0);
        let facts = |(number, kinds): (usize, &[EventKind; 2])| {
            let first = 2 * number as i64;
            Facts { event: event(first, kinds[0]), last: event(first + 1, kinds[1]), now: None, by: None, write: None }
        };
        let facts: Vec<_> = conditions.iter().enumerate().map(facts).collect();
        let item = |facts: &Facts| Item {
            matter: facts.event.subject(),
            first: facts.event.id,
            worst: facts.event.id,
            last: facts.last.id,
            severity: Severity::Alarm,
            opened_at: at("06:02:00"),
            due_at: at("06:02:00"),
        };
        let items = facts.iter().map(item).collect();
        let (made_at, due_at) = (at("06:02:00"), at("06:02:00"));
        let open = OpenMessage { id: 1, severity: Severity::Alarm, made_at, due_at, tries: 0, doubts: 0, items };
        message(&open, &facts, &rule, &Links::default(), at("06:03:00")).unwrap()
    }

    #[test]
    fn of_a_condition_the_last_event_counts_and_its_end_rings_nobody() {
        let [began, ended] = [EventKind::Began(Condition::Credentials), EventKind::Ended(Condition::Credentials)];
        let over = composed(&[[began, ended]]);
        assert_eq!(
            (over.severity, over.title.as_str()),
            (Severity::Info, "mag：微信又接受 AppSecret 或 access_token 了")
        );
        assert!(over.people.is_empty());
        let again = composed(&[[ended, began]]);
        assert_eq!(
            (again.severity, again.title.as_str()),
            (Severity::Alarm, "mag：微信不接受 AppSecret 或 access_token")
        );
        assert_eq!(again.people, ["li"]);
    }

    #[test]
    fn problems_of_several_kinds_are_counted_together() {
        let late = EventKind::Began(Condition::Late);
        let quota = EventKind::Began(Condition::Quota);
        assert_eq!(composed(&[[late, late], [quota, quota]]).title, "2 个问题");
    }
}
