//! What programs ask for and wrote, in words. Each in both languages.

use chrono_tz::Tz;

use super::draft_title::title;
use super::facts::Facts;

use crate::archive::{Event, GateRecord, GateState, WriteOrigin};
use crate::gate::GateRequest;
use crate::model::{EventKind, GateAction, Language};

/// Says what a program asks for. Without the write, only that one does.
pub(super) fn asked(facts: &Facts, language: Language) -> String {
    let Facts { event, write, .. } = facts;
    let about = write.as_ref().and_then(new_title).or_else(|| event.title.clone());
    if let Some(write) = write {
        return request_in_words(write, about.as_deref(), language);
    }
    match (language, about.map(|text| title(Some(&text), language))) {
        (Language::Chinese, Some(about)) => format!("有程序请求写入{about}"),
        (Language::Chinese, None) => "有程序请求写入草稿".to_owned(),
        (Language::English, Some(about)) => format!("A program asks to write {about}"),
        (Language::English, None) => "A program asks to write a draft".to_owned(),
    }
}

/// Says what a program asks for: `agent (claude-code) asks to change “Spring”`.
pub fn request_in_words(write: &GateRecord, about: Option<&str>, language: Language) -> String {
    let about = about.map(|text| title(Some(text), language));
    let (who, about) = (write.origin.in_words(), about.as_deref());
    match (language, write.action) {
        (Language::Chinese, GateAction::Create) => format!("{who} 请求新建草稿{}", about.unwrap_or_default()),
        (Language::Chinese, GateAction::Update) => format!("{who} 请求修改{}", about.unwrap_or("草稿")),
        (Language::Chinese, GateAction::Restore) => {
            format!("{who} 请求把{}恢复到以前的版本", about.unwrap_or("草稿"))
        }
        (Language::Chinese, GateAction::Delete) => format!("{who} 请求删除{}", about.unwrap_or("草稿")),
        (Language::English, GateAction::Create) => format!("{who} asks to create {}", about.unwrap_or("a draft")),
        (Language::English, GateAction::Update) => format!("{who} asks to change {}", about.unwrap_or("a draft")),
        (Language::English, GateAction::Restore) => {
            format!("{who} asks to restore an earlier version of {}", about.unwrap_or("a draft"))
        }
        (Language::English, GateAction::Delete) => format!("{who} asks to delete {}", about.unwrap_or("a draft")),
    }
}

/// Returns the title that a new draft is to have. A held one has its request.
fn new_title(write: &GateRecord) -> Option<String> {
    GateRequest::of(write)?.new_title().map(str::to_owned)
}

/// Says who wrote what happened, and why; of what is asked for, why and until when it waits.
pub(super) fn lines(facts: &Facts, language: Language, zone: Tz) -> Vec<String> {
    let Facts { event, by, write, .. } = facts;
    let mut lines = Vec::new();
    if event.kind == EventKind::GateHeld {
        let note = write.as_ref().and_then(|write| write.origin.short_note());
        lines.extend(note.map(|note| match language {
            Language::Chinese => format!("理由：{note}"),
            Language::English => format!("Reason: {note}"),
        }));
        lines.push(stands(event, write.as_ref(), language, zone));
    }
    lines.extend(by.as_ref().map(|by| by_whom(by, language)));
    lines
}

fn by_whom(by: &WriteOrigin, language: Language) -> String {
    let who = by.in_words();
    match (language, by.short_note()) {
        (Language::Chinese, Some(note)) => format!("由程序写入：{who} · {note}"),
        (Language::Chinese, None) => format!("由程序写入：{who}"),
        (Language::English, Some(note)) => format!("By a program: {who} · {note}"),
        (Language::English, None) => format!("By a program: {who}"),
    }
}

/// Says until when a write waits, or what became of it meanwhile.
fn stands(event: &Event, write: Option<&GateRecord>, language: Language, zone: Tz) -> String {
    let number = event.details.quantity.unwrap_or_default();
    let (chinese, english) = match write.map_or(GateState::Held, |write| write.state) {
        GateState::Held => {
            let until = event.details.until.map(|until| until.with_timezone(&zone).format("%m-%d %H:%M").to_string());
            let until = until.unwrap_or_default();
            return match language {
                Language::Chinese => format!("第 {number} 号写入等到 {until}，没人同意就不写"),
                Language::English => format!("Write {number} waits until {until}; without a yes it is not made"),
            };
        }
        GateState::Begun => ("已同意，正在写入", "now approved, and being written"),
        GateState::Done => ("已同意并写入", "now approved and written"),
        GateState::Denied => ("已被拒绝", "now denied"),
        GateState::Lapsed => ("已过期，没有写入", "now over: nobody said yes in time"),
        GateState::Partly | GateState::Failed | GateState::Unknown | GateState::Refused => {
            ("已同意，但没有完全写入", "now approved, but not wholly written")
        }
    };
    match language {
        Language::Chinese => format!("第 {number} 号写入{chinese}"),
        Language::English => format!("Write {number} is {english}"),
    }
}
