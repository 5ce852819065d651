//! What a search finds, for people.

use owo_colors::Style;
use unicode_width::UnicodeWidthStr;

use super::super::context::CommandContext;
use super::super::error::CommandError;
use super::super::list::title;
use super::super::times::local;
use super::fit::fit;
use crate::full_text::{Found, Hit};
use crate::model::{DraftState, counted, grouped};
use crate::search::{Field, Snippet};

/// The least room that a title or a text gets; on a narrower terminal, lines run over.
const LEAST: usize = 16;

pub(super) fn print(context: &CommandContext, found: &Found) -> Result<(), CommandError> {
    let through = found.indexed_through.map_or_else(
        || "The archive holds no versions yet.".to_owned(),
        |through| format!("Searched all versions{}, the newest of {}.", but_for_pruned(found.pruned), local(through)),
    );
    if found.is_inside_words {
        context.ui.status("No word begins like that; it was found inside of words.");
    }
    for hit in &found.hits {
        context.ui.content(&lines(context, hit))?;
    }
    match found.hits.len() {
        0 => context.ui.status(&format!("Nothing found. {through}")),
        _ if found.has_more => {
            let shown = counted(found.hits.len(), "draft");
            context.ui.status(&format!("The best {shown}; there may be more. {through}"));
            context.ui.hint("Show all of them: --limit 0");
        }
        count => context.ui.status(&format!("{}. {through}", counted(count, "draft"))),
    }
    Ok(())
}

fn but_for_pruned(pruned: u64) -> String {
    match pruned {
        0 => String::new(),
        1 => " that are there (1 was pruned)".to_owned(),
        pruned => format!(" that are there ({} were pruned)", grouped(pruned)),
    }
}

/// The draft and where it stands, then passages.
fn lines(context: &CommandContext, hit: &Hit) -> String {
    let draft = &hit.draft;
    let name = format!("{}/{}", draft.account, draft.id);
    let about = format!("{} · {}", counted(hit.found.count, "place"), presence(hit));
    let title = Snippet { text: title(&draft.title), ranges: Vec::new() };
    let title = fitted(context, title, name.width() + about.width() + 4).text;
    let mut lines = format!("{} {title} · {about}\n", context.ui.painted(&name, Style::new().bold()));
    for passage in &hit.found.passages {
        let is_elsewhere = !hit.found.is_current() || passage.last < hit.found.newest;
        let version = if is_elsewhere { format!("@{} ", passage.last) } else { String::new() };
        let field = if passage.field == Field::Body { String::new() } else { format!("{}: ", passage.field.as_str()) };
        let before = format!("    {version}{field}");
        let line = fitted(context, passage.snippet(), before.width());
        lines += &format!("{before}{}\n", marked(context, &line));
    }
    lines
}

/// Returns the part of a line that a terminal has room for behind what stands before it, and beside it.
fn fitted(context: &CommandContext, line: Snippet, beside: usize) -> Snippet {
    match context.ui.width() {
        Some(width) => fit(line, usize::from(width).saturating_sub(beside).max(LEAST), mark_width(context)),
        None => line,
    }
}

/// Brackets mark what was found, unless a colour does.
fn mark_width(context: &CommandContext) -> usize {
    usize::from(context.ui.painted("", Style::new().bold()).is_empty())
}

fn presence(hit: &Hit) -> String {
    let (_, last) = hit.hull();
    let at = hit.last_seen.map_or_else(String::new, |at| format!(", {}", local(at)));
    match (hit.found.is_current(), hit.draft.state) {
        (true, DraftState::Live) => "still there".to_owned(),
        (true, state) => format!("in the newest version; the draft is {}", state.as_str()),
        (false, DraftState::Live) => format!("lost: last in version {last}{at}"),
        (false, state) => format!("lost: last in version {last}{at}; the draft is {}", state.as_str()),
    }
}

/// A line with what was found marked: by colour where there is one, else by brackets.
fn marked(context: &CommandContext, line: &Snippet) -> String {
    let (mut marked, mut at) = (String::new(), 0);
    for range in &line.ranges {
        let found = &line.text[range.clone()];
        marked += &line.text[at..range.start];
        marked += &match mark_width(context) {
            0 => context.ui.painted(found, Style::new().bold().yellow()),
            _ => format!("[{found}]"),
        };
        at = range.end;
    }
    marked + &line.text[at..]
}
