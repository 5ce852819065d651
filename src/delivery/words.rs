//! What happened, in words: one sentence, then numbers. Each in both languages.

use super::condition_words;
use super::facts::{DraftNow, Facts};
use chrono_tz::Tz;

use crate::archive::Event;
use crate::model::{ContentSize, DraftState, EventKind, Language, counted, shortened};

/// The longest title of a draft in a message, in characters. The platform's own limit is 64.
const LONGEST_TITLE: usize = 64;

/// So much of the characters before is back where a draft counts as whole again, in percent.
const WHOLE_AGAIN: u64 = 90;

/// Says what happened, in one line.
pub(super) fn headline(facts: &Facts, language: Language) -> String {
    let Facts { event, .. } = facts;
    let title = title(event, language);
    let is_over = is_undone(facts);
    let has_changed = facts.last.id != event.id;
    match language {
        Language::Chinese => {
            let said = match event.kind {
                EventKind::DraftEmptied if is_over => format!("{title}正文曾被清空，现已恢复"),
                EventKind::DraftEmptied => format!("{title}正文被清空"),
                EventKind::DraftShrunk if is_over => format!("{title}正文曾少了 {} %，现已恢复", lost(event)),
                EventKind::DraftShrunk => format!("{title}正文少了 {} %", lost(event)),
                EventKind::DraftRewritten => format!("{title}正文换成了另一篇"),
                EventKind::DraftDeleted if is_over => format!("{title}曾被删除，现在又在草稿箱里"),
                EventKind::DraftDeleted => format!("{title}被删除"),
                EventKind::DraftGone if is_over => format!("{title}曾从草稿箱消失，现在又在草稿箱里"),
                EventKind::DraftGone => format!("{title}从草稿箱消失，原因不明"),
                EventKind::DraftNew => format!("新草稿{title}"),
                EventKind::DraftChanged => format!("{title}有改动"),
                EventKind::DraftRestored => format!("{title}已恢复到以前的版本"),
                EventKind::DraftPublished => format!("{title}已发布"),
                EventKind::DraftReturned => format!("{title}又回到草稿箱"),
                EventKind::Began(condition) if has_changed => condition_words::unstable(event, condition, language),
                EventKind::Began(condition) => condition_words::began(event, condition, language),
                EventKind::Ended(condition) => condition_words::ended(event, condition, language),
            };
            said
        }
        Language::English => match event.kind {
            EventKind::DraftEmptied if is_over => format!("{title} was emptied, and is whole again"),
            EventKind::DraftEmptied => format!("{title} was emptied"),
            EventKind::DraftShrunk if is_over => {
                format!("{title} had lost {} % of its text, and is whole again", lost(event))
            }
            EventKind::DraftShrunk => format!("{title} lost {} % of its text", lost(event)),
            EventKind::DraftRewritten => format!("{title} was replaced by another text"),
            EventKind::DraftDeleted if is_over => format!("{title} was deleted, and is in the draft box again"),
            EventKind::DraftDeleted => format!("{title} was deleted"),
            EventKind::DraftGone if is_over => format!("{title} had left the draft box, and is there again"),
            EventKind::DraftGone => format!("{title} left the draft box, for an unknown reason"),
            EventKind::DraftNew => format!("New draft {title}"),
            EventKind::DraftChanged => format!("{title} was changed"),
            EventKind::DraftRestored => format!("{title} was restored to an earlier version"),
            EventKind::DraftPublished => format!("{title} was published"),
            EventKind::DraftReturned => format!("{title} is in the draft box again"),
            EventKind::Began(condition) if has_changed => condition_words::unstable(event, condition, language),
            EventKind::Began(condition) => condition_words::began(event, condition, language),
            EventKind::Ended(condition) => condition_words::ended(event, condition, language),
        },
    }
}

/// Says what was lost in numbers, and what stands there now; or what is known of a problem.
pub(super) fn numbers(facts: &Facts, language: Language, zone: Tz) -> Vec<String> {
    let Facts { event, now, .. } = facts;
    let mut lines = condition_words::details(event, language, zone);
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
    if let Some(DraftNow { version, size: Some(size), .. }) = now
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
    lines
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
                EventKind::DraftNew => "是新的",
                EventKind::DraftChanged => "有改动",
                EventKind::DraftRestored => "已恢复",
                EventKind::DraftPublished => "已发布",
                EventKind::DraftReturned => "又回到草稿箱",
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
                EventKind::DraftNew => "new",
                EventKind::DraftChanged => "changed",
                EventKind::DraftRestored => "restored",
                EventKind::DraftPublished => "published",
                EventKind::DraftReturned => "in the draft box again",
                EventKind::Began(_) => return counted(count as u64, "problem"),
                EventKind::Ended(_) => return format!("{} solved", counted(count as u64, "problem")),
            };
            format!("{} {what}", counted(count as u64, "draft"))
        }
    }
}

/// Tells whether what was lost is there again.
fn is_undone(facts: &Facts) -> bool {
    let Some(now) = facts.now else { return false };
    match (facts.event.kind, facts.event.sizes, now.size) {
        (EventKind::DraftEmptied | EventKind::DraftShrunk, Some([before, _]), Some(size)) => {
            size.characters * 100 >= before.characters * WHOLE_AGAIN
        }
        (EventKind::DraftDeleted | EventKind::DraftGone, ..) => now.state == DraftState::Live,
        _ => false,
    }
}

fn title(event: &Event, language: Language) -> String {
    let title = event.title.as_deref().map(str::trim).filter(|title| !title.is_empty());
    let title = title.map(|title| shortened(title, LONGEST_TITLE));
    match (language, title) {
        (Language::Chinese, Some(title)) => format!("《{title}》"),
        (Language::Chinese, None) => "无标题草稿".to_owned(),
        (Language::English, Some(title)) => format!("“{title}”"),
        (Language::English, None) => "A draft without a title".to_owned(),
    }
}

/// How much of the text was lost, in percent, rounded down: all of it is never said of less.
fn lost(event: &Event) -> u64 {
    let Some([before, after]) = event.sizes else { return 0 };
    before.characters.saturating_sub(after.characters) * 100 / before.characters.max(1)
}

fn arrow(before: u64, after: u64) -> String {
    if before == after { grouped(after) } else { format!("{} → {}", grouped(before), grouped(after)) }
}

/// Writes a number with its thousands apart: `3,214`.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (index, digit) in digits.char_indices() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thousands_are_set_apart() {
        for (number, text) in [(0, "0"), (999, "999"), (3214, "3,214"), (1_000_000, "1,000,000")] {
            assert_eq!(grouped(number), text);
        }
    }
}
