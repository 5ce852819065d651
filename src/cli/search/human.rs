//! What a search finds, for people.

use owo_colors::Style;

use super::super::context::CommandContext;
use super::super::error::CommandError;
use super::super::list::title;
use super::super::times::local;
use crate::full_text::{Found, Hit};
use crate::model::{DraftState, counted};
use crate::search::{Field, Passage};

pub(super) fn print(context: &CommandContext, found: &Found) -> Result<(), CommandError> {
    let through = found.indexed_through.map_or_else(
        || "The archive holds no versions yet.".to_owned(),
        |through| format!("Searched all versions, the newest of {}.", local(through)),
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

/// The draft and where it stands, then passages.
fn lines(context: &CommandContext, hit: &Hit) -> String {
    let draft = &hit.draft;
    let head = context.ui.painted(&format!("{}/{}", draft.account, draft.id), Style::new().bold());
    let places = counted(hit.found.count, "place");
    let mut lines = format!("{head} {} · {places} · {}\n", title(&draft.title), presence(hit));
    for passage in &hit.found.passages {
        let is_elsewhere = !hit.found.is_current() || passage.last < hit.found.newest;
        let version = if is_elsewhere { format!("@{} ", passage.last) } else { String::new() };
        let field = if passage.field == Field::Body { String::new() } else { format!("{}: ", passage.field.as_str()) };
        lines += &format!("    {version}{field}{}\n", marked(context, passage));
    }
    lines
}

fn presence(hit: &Hit) -> String {
    let (_, last) = hit.hull();
    let at = hit.last_seen.map_or_else(String::new, |at| format!(", {}", local(at)));
    match (hit.found.is_current(), hit.draft.state) {
        (true, DraftState::Live | DraftState::Missing) => "still there".to_owned(),
        (true, state) => format!("in the newest version; the draft is {}", state.as_str()),
        (false, _) => format!("lost: last in version {last}{at}"),
    }
}

/// The part around what was found, which is marked: by colour where there is one, else by brackets.
fn marked(context: &CommandContext, passage: &Passage) -> String {
    let snippet = passage.snippet();
    let (mut marked, mut at) = (String::new(), 0);
    for range in &snippet.ranges {
        let found = &snippet.text[range.clone()];
        let painted = context.ui.painted(found, Style::new().bold().yellow());
        marked += &snippet.text[at..range.start];
        marked += &if painted == found { format!("[{found}]") } else { painted };
        at = range.end;
    }
    marked + &snippet.text[at..]
}
