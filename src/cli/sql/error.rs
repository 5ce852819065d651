//! What is wrong with a statement, told so that it can be mended.

use unicode_width::UnicodeWidthChar;

use crate::archive::Error;
use crate::archive::sql::{SqlError, SqlSession};
use crate::cli::error::{CommandError, Exit};
use crate::config::suggest;
use crate::model::shortened;

/// How much of a long line is shown before the place that is meant, in characters.
const BEFORE: usize = 60;

/// How much of it is shown from there on.
const BEHIND: usize = 16;

/// Tells what became of `statement`, where in it, and what may have been meant.
pub(super) fn explain(console: &SqlSession, statement: &str, mistake: SqlError) -> CommandError {
    match mistake {
        SqlError::Wrong { message, offset } => {
            let place = offset.and_then(|offset| marked(statement, offset)).unwrap_or_default();
            let error = CommandError::new(Exit::Usage, format!("{message}{place}"));
            match suggest_name(console, &message) {
                Some(name) => error.hint(format!("Did you mean {name}?")),
                None if message.starts_with("no such") => error.hint("See what there is: draftkeep sql .schema"),
                None => error.hint("See queries that work: draftkeep sql .examples"),
            }
        }
        SqlError::MoreThanReading(_) => {
            CommandError::of(Exit::Usage, &mistake).hint("See what may be asked: draftkeep sql .examples")
        }
        SqlError::Failed(_) | SqlError::Interrupted => CommandError::of(Exit::Failed, &mistake),
        SqlError::Archive(error @ Error::Damaged(_)) => {
            CommandError::from(error).hint("All the rest can still be asked, without that draft: WHERE media_id <> '…'")
        }
        SqlError::Archive(error) => error.into(),
    }
}

/// Shows the line of `statement` that a byte stands in, with a mark below it.
fn marked(statement: &str, offset: usize) -> Option<String> {
    let (before, behind) = (statement.get(..offset)?, statement.get(offset..)?);
    let before = before.rsplit('\n').next()?;
    let behind = behind.lines().next().unwrap_or_default();
    let cut = before.char_indices().rev().nth(BEFORE).map(|(at, _)| at);
    let (dots, before) = cut.map_or(("", before), |at| ("…", &before[at..]));
    let behind = if cut.is_some() { shortened(behind, BEHIND) } else { behind.into() };
    let blank: String = dots.chars().chain(before.chars()).map(blank).collect();
    Some(format!("\n  {dots}{before}{behind}\n  {blank}^"))
}

/// Returns a blank as wide as a character in a terminal: Chinese ones are twice as wide as others.
fn blank(character: char) -> char {
    match character {
        '\t' => '\t',
        wide if wide.width() == Some(2) => '\u{3000}',
        _ => ' ',
    }
}

/// Returns the name that was probably meant by one that is not there.
fn suggest_name(console: &SqlSession, message: &str) -> Option<String> {
    let (what, name) = message.strip_prefix("no such ")?.split_once(": ")?;
    let name = name.split(" - ").next()?.trim_matches('"').rsplit('.').next()?;
    let names = match what {
        "table" => console.tables(),
        "column" => console.columns(),
        "function" => console.functions(),
        _ => return None,
    };
    suggest(name, names.ok()?.iter().map(String::as_str)).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mark_stands_below_its_place() {
        let shown = |statement: &str| marked(statement, statement.find("titel").unwrap()).unwrap();
        assert_eq!(
            shown("SELECT '中文', titel\nFROM draft_view"),
            "\n  SELECT '中文', titel\n          \u{3000}\u{3000}   ^"
        );
        let long = shown(&format!("SELECT {}titel, {}", "a, ".repeat(40), "b, ".repeat(40)));
        let lines: Vec<_> = long.lines().collect();
        assert!(lines[1].starts_with("  … a, a, ") && lines[1].ends_with("titel, b, b, b, …"), "{long}");
        let place = lines[1].split("titel").next().unwrap();
        assert_eq!(lines[2].find('^'), Some(place.chars().count()), "{long}");
        assert_eq!(marked("SELECT 1", 99), None);
        assert_eq!(marked("选", 1), None);
    }
}
