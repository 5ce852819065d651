//! Puts a message together from the facts, when it is sent.

use chrono_tz::Tz;
use serde_json::{Value, json};

use super::facts::{Facts, MOST_NAMED};
use super::links::Links;
use super::words;
use crate::archive::{Event, OpenMessage};
use crate::config::NotifyConfig;
use crate::model::{EventKind, Language, Severity, Timestamp, rfc3339};
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
        many => several(many, open.items.len(), language, rule.zone),
    };
    let is_one = facts.len() == 1;
    let link = links.to(if is_one { Some(&first.event) } else { None }, now);
    Some(Message {
        id: id(open),
        kind: if is_one { first.event.kind.as_str().to_owned() } else { "digest".to_owned() },
        severity: open.severity,
        at: newest,
        title,
        lines,
        command: if link.is_none() { Some(command(&first.event, is_one)) } else { None },
        link: link.as_ref().map(|url| Link {
            label: label(if is_one { first.event.draft } else { None }, language).to_owned(),
            url: url.clone(),
        }),
        people: if open.severity == Severity::Alarm { rule.people.clone() } else { Vec::new() },
        is_again: open.doubts > 0,
        language,
        data: data(facts, open.items.len(), link.as_deref()),
    })
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
fn several(facts: &[Facts], all: usize, language: Language, zone: Tz) -> (String, Vec<String>) {
    let mut kinds: Vec<(EventKind, usize)> = Vec::new();
    for Facts { event, .. } in facts {
        match kinds.iter_mut().find(|(kind, _)| *kind == event.kind) {
            Some((_, count)) => *count += 1,
            None => kinds.push((event.kind, 1)),
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
    let mut lines: Vec<_> = facts.iter().take(MOST_NAMED).map(line).collect();
    if let rest @ 1.. = all.saturating_sub(MOST_NAMED.min(facts.len())) {
        lines.push(match language {
            Language::Chinese => format!("…（还有 {rest} 项）"),
            Language::English => format!("… ({rest} more)"),
        });
    }
    (title, lines)
}

fn label(draft: Option<i64>, language: Language) -> &'static str {
    match (language, draft) {
        (Language::Chinese, Some(_)) => "查看改动，找回内容",
        (Language::Chinese, None) => "查看详情",
        (Language::English, Some(_)) => "See what changed and get it back",
        (Language::English, None) => "See more",
    }
}

fn command(event: &Event, is_one: bool) -> String {
    match (is_one, &event.account, event.draft, event.version) {
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
        let Event { id, at, kind, severity, account, draft, media_id, version, title, sizes, details } = &facts.event;
        json!({
            "event": id, "at": rfc3339(*at), "kind": kind.as_str(), "severity": severity.as_str(), "account": account,
            "draft": draft, "media_id": media_id, "version": version, "title": title,
            "characters": sizes.map(|sizes| sizes.map(|size| size.characters)),
            "pictures": sizes.map(|sizes| sizes.map(|size| size.pictures)),
            "address": details.address, "until": details.until.map(rfc3339), "reason": details.reason,
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
