//! What happened, in words: one sentence, then numbers. Each in both languages.

use super::condition_words;
use super::draft_title::title;
use super::facts::Facts;
use super::gate_words;
use chrono_tz::Tz;

use crate::archive::{DraftNow, Event};
use crate::model::{ContentSize, DraftState, EventKind, Language, counted, grouped};

/// So much of the characters before is back where a draft counts as whole again, in percent.
const WHOLE_AGAIN: u64 = 90;

/// Says what happened, in one line, as if nothing had happened since.
pub fn event_in_words(event: &Event, language: Language) -> String {
    let facts = Facts { event: event.clone(), last: event.clone(), now: None, by: None, write: None };
    headline(&facts, language)
}

/// Says what happened, in one line.
pub(super) fn headline(facts: &Facts, language: Language) -> String {
    let Facts { event, last, .. } = facts;
    // Of a condition, the last event says how things stand.
    match last.kind {
        EventKind::Began(condition) => condition_words::began(last, condition, language),
        EventKind::Ended(condition) => condition_words::ended(last, condition, language),
        EventKind::GateHeld => gate_words::asked(facts, language),
        _ if language == Language::Chinese => of_draft_in_chinese(event, is_undone(facts)),
        _ => of_draft_in_english(event, is_undone(facts)),
    }
}

fn of_draft_in_chinese(event: &Event, is_over: bool) -> String {
    let title = known_title(event, Language::Chinese);
    match event.kind {
        EventKind::DraftEmptied if is_over => format!("{title}正文曾被清空，现已恢复"),
        EventKind::DraftEmptied => format!("{title}正文被清空"),
        EventKind::DraftShrunk if is_over => format!("{title}正文曾少了 {}%，现已恢复", lost(event)),
        EventKind::DraftShrunk => format!("{title}正文少了 {}%", lost(event)),
        EventKind::DraftRewritten => format!("{title}正文换成了另一篇"),
        EventKind::DraftDeleted if is_over => format!("{title}曾被删除，现在又在草稿箱里"),
        EventKind::DraftDeleted => format!("{title}被删除"),
        EventKind::DraftGone if is_over => format!("{title}曾从草稿箱消失，现在又在草稿箱里"),
        EventKind::DraftGone => format!("{title}从草稿箱消失，原因不明"),
        EventKind::DraftNew => format!("新草稿：{title}"),
        EventKind::DraftRestored => format!("{title}已恢复到以前的版本"),
        EventKind::DraftPublished => format!("{title}已发表"),
        EventKind::DraftReturned => format!("{title}又回到草稿箱"),
        EventKind::DraftChanged | EventKind::GateHeld | EventKind::Began(_) | EventKind::Ended(_) => {
            format!("{title}有改动")
        }
    }
}

fn of_draft_in_english(event: &Event, is_over: bool) -> String {
    let title = known_title(event, Language::English);
    match event.kind {
        EventKind::DraftEmptied if is_over => format!("{title} was emptied, and is whole again"),
        EventKind::DraftEmptied => format!("{title} was emptied"),
        EventKind::DraftShrunk if is_over => {
            format!("{title} had lost {}% of its text, and is whole again", lost(event))
        }
        EventKind::DraftShrunk => format!("{title} lost {}% of its text", lost(event)),
        EventKind::DraftRewritten => format!("{title} was replaced by another text"),
        EventKind::DraftDeleted if is_over => format!("{title} was deleted, and is in the draft box again"),
        EventKind::DraftDeleted => format!("{title} was deleted"),
        EventKind::DraftGone if is_over => format!("{title} had left the draft box, and is there again"),
        EventKind::DraftGone => format!("{title} left the draft box, for an unknown reason"),
        EventKind::DraftNew => format!("New draft: {title}"),
        EventKind::DraftRestored => format!("{title} was restored to an earlier version"),
        EventKind::DraftPublished => format!("{title} was published"),
        EventKind::DraftReturned => format!("{title} is in the draft box again"),
        EventKind::DraftChanged | EventKind::GateHeld | EventKind::Began(_) | EventKind::Ended(_) => {
            format!("{title} was changed")
        }
    }
}

/// Says what was lost in numbers, and what stands there now; or what is known of a problem.
pub(super) fn numbers(facts: &Facts, language: Language, zone: Tz) -> Vec<String> {
    let Facts { event, now, last, .. } = facts;
    let mut lines = condition_words::details(last, language, zone);
    lines.extend(gate_words::lines(facts, language, zone));
    lines.extend(new_title(event, language));
    if let Some([before, after]) = event.sizes {
        lines.push(match language {
            Language::Chinese => format!(
                "正文 {} 字 · 图 {}",
                arrow(before.characters, after.characters),
                arrow(before.pictures, after.pictures)
            ),
            Language::English => format!(
                "Text {} characters · pictures {}",
                arrow(before.characters, after.characters),
                arrow(before.pictures, after.pictures)
            ),
        });
    }
    if let Some(DraftNow { newest: Some(version), sizes: Some([_, size]), .. }) = now
        && Some(*version) != event.version
    {
        let ContentSize { characters, pictures } = size;
        let (characters, pictures) = (grouped(*characters), grouped(*pictures));
        lines.push(match language {
            Language::Chinese => format!("现在是第 {version} 版：正文 {characters} 字 · 图 {pictures}"),
            Language::English => {
                format!("Now at version {version}: text {characters} characters · pictures {pictures}")
            }
        });
    }
    lines.extend(whereabouts(facts, language));
    lines
}

/// Says where a draft is now, if that is not in its box and was not said.
fn whereabouts(facts: &Facts, language: Language) -> Option<String> {
    let state = facts.now.as_ref()?.draft.state;
    if EventKind::of_departure(state)? == facts.event.kind {
        return None;
    }
    let (chinese, english) = match state {
        DraftState::Published => ("现在：已发表", "Now: published"),
        DraftState::Deleted => ("现在：已被删除", "Now: deleted"),
        DraftState::Gone => ("现在：不在草稿箱里，原因不明", "Now: not in the draft box, for an unknown reason"),
        DraftState::Live | DraftState::Missing => return None,
    };
    Some(if language == Language::Chinese { chinese } else { english }.to_owned())
}

/// Says how many items there are of a kind: `2 drafts were emptied`.
pub(super) fn count(kind: EventKind, count: usize, language: Language) -> String {
    match language {
        Language::Chinese => {
            let what = match kind {
                EventKind::DraftEmptied => "被清空",
                EventKind::DraftShrunk => "正文大幅减少",
                EventKind::DraftRewritten => "换成了另一篇",
                EventKind::DraftDeleted => "被删除",
                EventKind::DraftGone => "从草稿箱消失",
                EventKind::DraftNew => return format!("新增 {count} 篇草稿"),
                EventKind::DraftChanged => "有改动",
                EventKind::DraftRestored => "已恢复",
                EventKind::DraftPublished => "已发表",
                EventKind::DraftReturned => "又回到草稿箱",
                EventKind::GateHeld => return format!("{count} 个写入等待同意"),
                EventKind::Began(_) => return format!("{count} 个问题"),
                EventKind::Ended(_) => return format!("{count} 个问题已解决"),
            };
            format!("{count} 篇草稿{what}")
        }
        Language::English => {
            let what = match kind {
                EventKind::DraftEmptied => "emptied",
                EventKind::DraftShrunk => "shrunk",
                EventKind::DraftRewritten => "replaced by another text",
                EventKind::DraftDeleted => "deleted",
                EventKind::DraftGone => "no longer in the draft box",
                EventKind::DraftNew => return counted(count as u64, "new draft"),
                EventKind::DraftChanged => "changed",
                EventKind::DraftRestored => "restored",
                EventKind::DraftPublished => "published",
                EventKind::DraftReturned => "in the draft box again",
                EventKind::GateHeld => return counted(count as u64, "write") + " to approve",
                EventKind::Began(_) => return counted(count as u64, "problem"),
                EventKind::Ended(_) => return format!("{} solved", counted(count as u64, "problem")),
            };
            format!("{} {what}", counted(count as u64, "draft"))
        }
    }
}

/// Tells whether what was lost is there again.
fn is_undone(facts: &Facts) -> bool {
    let Some(now) = &facts.now else { return false };
    if now.draft.state != DraftState::Live {
        return false;
    }
    match (facts.event.kind, facts.event.sizes, now.sizes) {
        (EventKind::DraftEmptied | EventKind::DraftShrunk, Some([before, _]), Some([_, size])) => {
            size.characters * 100 >= before.characters * WHOLE_AGAIN
        }
        (EventKind::DraftDeleted | EventKind::DraftGone, ..) => true,
        _ => false,
    }
}

/// Names a draft as those know it who read of it: by the title that it had before the change, where it had one.
fn known_title(event: &Event, language: Language) -> String {
    title(changed_title(event).or(event.title.as_deref()), language)
}

/// Says what the title is now, where the change was one of the title too.
fn new_title(event: &Event, language: Language) -> Option<String> {
    changed_title(event)?;
    let title = title(event.title.as_deref(), language);
    Some(match language {
        Language::Chinese => format!("标题改为{title}"),
        Language::English => format!("Its title is {title} now"),
    })
}

/// Returns the title before a change of the title. A draft that had none was not known by it.
fn changed_title(event: &Event) -> Option<&str> {
    let changes = [
        EventKind::DraftChanged,
        EventKind::DraftEmptied,
        EventKind::DraftShrunk,
        EventKind::DraftRewritten,
        EventKind::DraftRestored,
    ];
    let before = event.title_before.as_deref().filter(|before| !before.trim().is_empty());
    before.filter(|_| changes.contains(&event.kind))
}

/// How much of the text was lost, in percent, rounded down: all of it is never said of less.
fn lost(event: &Event) -> u64 {
    let Some([before, after]) = event.sizes else { return 0 };
    before.characters.saturating_sub(after.characters) * 100 / before.characters.max(1)
}

fn arrow(before: u64, after: u64) -> String {
    if before == after { grouped(after) } else { format!("{} → {}", grouped(before), grouped(after)) }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;
    use crate::archive::Draft;
    use crate::model::ConditionDetails;

    fn facts(kind: EventKind) -> Facts {
        let event = Event {
            id: 1,
            at: "2026-09-01T06:02:00Z".parse().unwrap(),
            kind,
            severity: kind.severity(),
            account: Some("mag".to_owned()),
            draft: kind.condition().is_none().then_some(17),
            media_id: None,
            version: Some(5),
            title: Some("秋季新品".to_owned()),
            title_before: None,
            sizes: Some([(3214, 9), (12, 0)].map(|(characters, pictures)| ContentSize { characters, pictures })),
            details: ConditionDetails::default(),
        };
        Facts { last: event.clone(), event, now: None, by: None, write: None }
    }

    #[test]
    fn each_kind_of_event_has_words_of_its_own_in_both_languages() {
        for language in [Language::Chinese, Language::English] {
            let said: HashSet<_> = EventKind::ALL.iter().map(|kind| headline(&facts(*kind), language)).collect();
            assert_eq!(said.len(), EventKind::ALL.len(), "{said:?}");
            let has_chinese = |text: &String| text.contains(|c: char| ('\u{4e00}'..'\u{9fff}').contains(&c));
            assert!(language == Language::English || said.iter().all(has_chinese), "{said:?}");
            EventKind::ALL.iter().for_each(|kind| assert!(!count(*kind, 2, language).is_empty()));
        }
    }

    #[test]
    fn a_draft_that_lost_its_title_too_is_named_as_its_readers_know_it() {
        let mut facts = facts(EventKind::DraftEmptied);
        facts.event.title_before = Some("秋季新品".to_owned());
        facts.event.title = Some("未命名模板".to_owned());
        assert_eq!(headline(&facts, Language::Chinese), "《秋季新品》正文被清空");
        let lines = numbers(&facts, Language::Chinese, Tz::UTC);
        assert_eq!(lines, ["标题改为《未命名模板》", "正文 3,214 → 12 字 · 图 9 → 0"]);
        assert_eq!(headline(&facts, Language::English), "“秋季新品” was emptied");
        facts.event.title = Some(" ".to_owned());
        assert_eq!(numbers(&facts, Language::English, Tz::UTC)[0], "Its title is (no title) now");
        facts.event.title_before = Some("\u{3000}".to_owned());
        facts.event.title = Some("秋季新品".to_owned());
        assert_eq!(headline(&facts, Language::Chinese), "《秋季新品》正文被清空");
        assert_eq!(numbers(&facts, Language::Chinese, Tz::UTC).len(), 1, "before, it had none to be known by");
    }

    #[test]
    fn a_draft_that_is_whole_again_is_called_so() {
        let mut facts = facts(EventKind::DraftEmptied);
        assert_eq!(headline(&facts, Language::Chinese), "《秋季新品》正文被清空");
        assert_eq!(numbers(&facts, Language::Chinese, Tz::UTC), ["正文 3,214 → 12 字 · 图 9 → 0"]);
        let at = facts.event.at;
        let (account, title, media_id) = ("mag".to_owned(), "秋季新品".to_owned(), "M".to_owned());
        let (state, last_changed) = (DraftState::Live, Some(at));
        let draft = Draft {
            account,
            media_id,
            id: 17,
            title,
            state,
            versions: 6,
            unnumbered: 0,
            first_seen: at,
            last_seen: at,
            last_changed,
        };
        let sizes = Some([(3214, 9), (3180, 9)].map(|(characters, pictures)| ContentSize { characters, pictures }));
        facts.now = Some(DraftNow { draft, newest: Some(6), sizes, newest_event: None });
        assert_eq!(headline(&facts, Language::Chinese), "《秋季新品》正文曾被清空，现已恢复");
        assert_eq!(headline(&facts, Language::English), "“秋季新品” was emptied, and is whole again");
        assert_eq!(
            numbers(&facts, Language::English, Tz::UTC)[1],
            "Now at version 6: text 3,180 characters · pictures 9"
        );
        facts.now.as_mut().unwrap().draft.state = DraftState::Deleted;
        assert_eq!(headline(&facts, Language::Chinese), "《秋季新品》正文被清空", "it is not whole: it is not there");
        assert_eq!(numbers(&facts, Language::Chinese, Tz::UTC)[2], "现在：已被删除");
    }
}
