//! `/told`: who was told of what, how that ended, and what waits.

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use maud::{Markup, html};
use serde::Deserialize;

use super::super::access::Visitor;
use super::super::address;
use super::super::caller::Caller;
use super::super::daemon_state::{self, RUNS};
use super::super::extract::Params;
use super::super::layout;
use super::super::page_error::PageError;
use super::super::site::Site;
use super::super::texts::{Texts, filled};
use super::super::time;
use crate::archive::{Event, OutboxMessage, OutboxTarget, PingStatus, WaitingItem};
use crate::config::{Config, NotifyConfig, PingConfig};
use crate::delivery::event_in_words;
use crate::json;
use crate::model::{Language, Severity, Timestamp};
use crate::notify::Reason;
use crate::outbox::MessageState;
use crate::sanitize;

/// So many messages, and so much of what waits, stand on a page.
const PAGE: usize = 100;

#[derive(Debug, Deserialize)]
pub(in super::super) struct Choice {
    /// Messages before this one are shown, and nothing else.
    before: Option<i64>,
}

/// What the page shows.
struct Told {
    known: Vec<OutboxTarget>,
    pings: Vec<PingStatus>,
    waiting: Vec<WaitingItem>,
    messages: Vec<OutboxMessage>,
    /// The address of earlier messages.
    older: Option<String>,
}

/// What each part of the page needs.
#[derive(Clone, Copy)]
struct View<'a> {
    config: &'a Config,
    language: Language,
    texts: &'static Texts,
    now: Timestamp,
}

pub(in super::super) async fn get(
    State(site): State<Site>,
    visitor: Visitor,
    caller: Caller,
    Params(Choice { before }): Params<Choice>,
) -> Result<Response, PageError> {
    let Told { known, pings, waiting, messages, older } = read(&site, before).await?;
    let (config, texts) = (site.config(), caller.language.texts());
    let find = |rule: &NotifyConfig| known.iter().find(|target| target.name == rule.name);
    let find_ping = |ping: &PingConfig| pings.iter().find(|known| known.name == ping.name);
    if caller.wants_json {
        let mut targets: Vec<_> = config.notify.iter().map(|rule| json::notify_target(rule, find(rule))).collect();
        targets.extend(config.pings.iter().map(|ping| json::notify_ping(ping, find_ping(ping), RUNS)));
        return Ok(Json(json::told(&targets, &waiting, &messages, older.as_deref())).into_response());
    }
    let parked = |target: &OutboxTarget| target.parked_at.is_some();
    let is_parked =
        |message: &OutboxMessage| known.iter().any(|target| target.name == message.target && parked(target));
    let view = View { config: &config, language: caller.language, texts, now: site.clock().now() };
    let body = html! {
        h1 { (texts.told) }
        @if before.is_none() {
            h2 { (texts.told_targets) }
            @if config.notify.is_empty() && config.pings.is_empty() { p { (texts.told_nobody) } }
            ul.items {
                @for rule in &config.notify { (target_item(rule, find(rule), view)) }
                @for ping in &config.pings { (ping_item(ping, find_ping(ping), view)) }
            }
            @if !waiting.is_empty() {
                h2 { (texts.told_waiting) }
                ul.items { @for item in &waiting { (waiting_item(item, view)) } }
            }
        }
        h2 { (texts.told_messages) }
        @if messages.is_empty() { p { (if before.is_none() { texts.told_nothing } else { texts.told_nothing_older }) } }
        ul.items { @for message in &messages { (message_item(message, is_parked(message), view)) } }
        @if let Some(older) = older { p { a rel="next" href=(older) { (texts.told_older) } } }
    };
    Ok(layout::page(&caller, Some(&visitor), texts.told, &body))
}

async fn read(site: &Site, before: Option<i64>) -> Result<Told, PageError> {
    site.read(move |reader| {
        let mut messages = reader.outbox_messages(before, PAGE + 1)?;
        let has_more = messages.len() > PAGE;
        messages.truncate(PAGE);
        let last = messages.last().filter(|_| has_more);
        let older = last.map(|message| format!("/told?before={}", message.id));
        let pings = daemon_state::report(reader).pings;
        Ok(Told { known: reader.outbox_targets()?, pings, waiting: reader.waiting_items(PAGE)?, messages, older })
    })
    .await
}

fn target_item(rule: &NotifyConfig, target: Option<&OutboxTarget>, view: View<'_>) -> Markup {
    let View { texts, now, .. } = view;
    html! {
        li.item {
            p { (target_name(&rule.name, view)) " · " (target_state(target, view)) }
            @if let Some(target) = target {
                p.dim {
                    @if let Some(sent) = target.last_sent_at { (texts.target_last_sent) (time::instant(sent, now, texts)) " " }
                    @if target.waiting > 0 { (filled(texts.target_waiting, target.waiting)) }
                }
                @if let Some(answer) = &target.answer { (answer_in_words(answer, view)) }
                @if target.parked_at.is_some() {
                    p.dim { (texts.tell_operator) " · " code { "draftkeep notify retry " (rule.name) } }
                }
            }
        }
    }
}

/// A dead man's switch: when it was told last that all is well, and why it could not be told.
fn ping_item(ping: &PingConfig, known: Option<&PingStatus>, view: View<'_>) -> Markup {
    let View { texts, now, .. } = view;
    let failure = known.and_then(|known| known.failure.as_ref());
    html! {
        li.item {
            p { (with_kind(&ping.name, texts.target_ping, texts)) " · " (ping_state(known, texts)) }
            @if let Some(proven_at) = known.and_then(|known| known.proven_at) {
                p.dim { (texts.ping_proven) (time::instant(proven_at, now, texts)) }
            }
            @if let Some(failure) = failure {
                p.dim { (texts.ping_failed) (time::instant(failure.since, now, texts)) }
                (answer_in_words(&failure.answer, view))
            }
        }
    }
}

fn ping_state(known: Option<&PingStatus>, texts: &Texts) -> Markup {
    html! {
        @match known {
            None => span.dim { (texts.ping_none) },
            Some(known) if known.failing().is_some() => span.alert { "⚠ " (texts.target_failing) },
            Some(_) => span.good { (texts.target_ok) },
        }
    }
}

fn target_state(target: Option<&OutboxTarget>, View { texts, .. }: View<'_>) -> Markup {
    html! {
        @match (json::target_state(target), target.and_then(|target| target.parked_at)) {
            ("ok", _) => span.good { (texts.target_ok) },
            (_, Some(since)) => span.alert { "⚠ " (filled(texts.target_parked, time::exact(since))) },
            ("new", _) => span.dim { (texts.target_new) },
            _ => span.alert { "⚠ " (texts.target_failing) },
        }
    }
}

/// Names a target and its kind; the name alone where it is not configured any more.
fn target_name(name: &str, View { config, texts, .. }: View<'_>) -> String {
    let Some(rule) = config.notify.iter().find(|rule| rule.name == name) else { return name.to_owned() };
    let kind = match rule.to.kind() {
        "wecom" => texts.target_wecom,
        "feishu" => texts.target_feishu,
        "dingtalk" => texts.target_dingtalk,
        "mail" => texts.target_mail,
        "exec" => texts.target_exec,
        other => other,
    };
    with_kind(name, kind, texts)
}

fn with_kind(name: &str, kind: &str, texts: &Texts) -> String {
    if texts.is_chinese() { format!("{name}（{kind}）") } else { format!("{name} ({kind})") }
}

fn waiting_item(item: &WaitingItem, view: View<'_>) -> Markup {
    let View { texts, now, .. } = view;
    html! {
        li.item {
            p { (event_link(&item.event, view)) }
            p.dim {
                (filled(texts.told_to, target_name(&item.target, view))) " · " (texts.told_due) (time::instant(item.due_at, now, texts))
            }
        }
    }
}

fn message_item(message: &OutboxMessage, is_parked: bool, view: View<'_>) -> Markup {
    let View { texts, now, .. } = view;
    html! {
        li.item {
            p { (severity(message.severity, texts)) (heading(message, view)) }
            @if let [_, _, ..] = &message.events[..] {
                ul { @for event in &message.events { li { (event_link(event, view)) } } }
                @if message.more > 0 { p { (filled(texts.told_more, message.more)) } }
            } @else if let Some(body) = &message.body {
                p.lines { (sanitize::lines(body)) }
            }
            p.dim {
                (time::instant(message.ended_at.unwrap_or(message.made_at), now, texts))
                " · " (filled(texts.told_to, target_name(&message.target, view))) " · " (message_state(message, is_parked, view))
                @if message.tries > 1 { " · " (filled(texts.told_tries, message.tries)) }
            }
            // While a message waits, its answer is the last one of its target, which stands above.
            @if let (Some(answer), Some(_)) = (&message.answer, message.ended_at) { (answer_in_words(answer, view)) }
        }
    }
}

/// The title as it was sent; before the first try, what happened.
fn heading(message: &OutboxMessage, view: View<'_>) -> Markup {
    let title = message.title.as_deref().map(|title| sanitize::line(title).into_owned());
    match (&message.events[..], title) {
        ([event], Some(title)) => linked(event, &title),
        ([event, ..], None) => event_link(event, view),
        (_, title) => html! { (title.unwrap_or_default()) },
    }
}

fn event_link(event: &Event, view: View<'_>) -> Markup {
    linked(event, &sanitize::line(&event_in_words(event, view.language)))
}

/// Leads to what the event changed, to its draft, or to its account.
fn linked(event: &Event, text: &str) -> Markup {
    let address = match (event.draft, event.version, &event.account) {
        (Some(draft), Some(version), _) => {
            Some(address::of_versions(draft, (version.saturating_sub(1).max(1), version)))
        }
        (Some(draft), None, _) => Some(format!("/d/{draft}")),
        (None, _, Some(account)) => Some(format!("/a/{account}")),
        (None, _, None) => None,
    };
    html! { @if let Some(address) = address { a href=(address) { (text) } } @else { (text) } }
}

fn severity(severity: Severity, texts: &Texts) -> Markup {
    html! {
        @match severity {
            Severity::Info => "",
            Severity::Warning => { span.tag { (texts.severity_warning) } " " },
            Severity::Alarm => { span.tag.alert { (texts.severity_alarm) } " " },
        }
    }
}

fn message_state(message: &OutboxMessage, is_parked: bool, View { texts, now, .. }: View<'_>) -> Markup {
    html! {
        @match message.state {
            MessageState::Sent if message.answer.is_some() => span.alert { (texts.message_partly) },
            MessageState::Sent => span.good { (texts.message_sent) },
            MessageState::Waiting if is_parked => (texts.message_parked),
            MessageState::Waiting => { (texts.message_waiting) " · " (texts.told_due) (time::instant(message.due_at, now, texts)) },
            MessageState::Sending => (texts.message_sending),
            MessageState::Uncertain => span.alert { (texts.message_uncertain) },
            MessageState::Rejected => span.alert { (texts.message_rejected) },
        }
    }
}

fn answer_in_words(answer: &str, view: View<'_>) -> Markup {
    let (words, own) = match Reason::read(answer) {
        Some(reason) => (reason.meaning.words(view.language).to_owned(), reason.own_words()),
        None => (answer.to_owned(), None),
    };
    html! {
        p.alert { (sanitize::line(&words)) }
        @if let Some(own) = own { p.dim { (view.texts.operator_details) (view.texts.colon) (sanitize::line(&own)) } }
    }
}
