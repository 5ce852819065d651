//! What somebody typed into the search.

use std::cmp::Reverse;
use std::collections::BTreeSet;
use std::ops::Range;

use super::field::Field;
use super::phrase::Phrase;

/// The longest question, in characters: as long as a paragraph.
const LONGEST: usize = 1000;

/// The most different phrases: each is looked for by itself.
const MOST_PHRASES: usize = 16;

/// What is looked for: one phrase of each group, and none of those that are excluded.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Query {
    pub groups: Vec<Vec<Phrase>>,
    pub excluded: Vec<Phrase>,
}

/// Why a question cannot be answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum QueryError {
    #[error("there is nothing to look for: a search needs at least one letter, digit or Chinese character")]
    Empty,
    #[error("there are only words to leave out: a search needs at least one word to look for")]
    OnlyExcluded,
    #[error("the words are over {LONGEST} characters long: search for a sentence of the text")]
    TooLong,
    #[error("there are over {MOST_PHRASES} words: search for a few of them, or for a sentence")]
    TooMany,
}

/// What other searches take, and this one takes for words to look for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ForeignSyntax {
    /// `AND`, `&&`.
    And,
    /// `NOT`.
    Not,
    /// `or`, `||`.
    Or,
    /// `title:word`.
    Field(Field),
    /// `word*`.
    Wildcard,
}

/// A part of what was typed.
#[derive(Debug, PartialEq, Eq)]
enum Part<'a> {
    Wanted(&'a str),
    Excluded(&'a str),
    Or,
}

impl Query {
    /// Reads what was typed: blanks separate phrases of which each must be found, `OR` between two of them asks for one of both,
    /// `-` before one excludes it, and `"…"` keeps blanks.
    pub fn parse(typed: &str) -> Result<Self, QueryError> {
        check_length(typed)?;
        let mut query = Self::default();
        let mut joins = false;
        for part in parts(typed) {
            match part {
                Part::Or => joins = !query.groups.is_empty(),
                Part::Excluded(text) => query.excluded.extend(Phrase::new(text)),
                Part::Wanted(text) => {
                    let Some(phrase) = Phrase::new(text) else { continue };
                    match query.groups.last_mut() {
                        Some(group) if joins => group.push(phrase),
                        _ => query.groups.push(vec![phrase]),
                    }
                    joins = false;
                }
            }
        }
        query.groups.dedup();
        if query.wanted().chain(&query.excluded).count() > MOST_PHRASES {
            return Err(QueryError::TooMany);
        }
        match (query.groups.is_empty(), query.excluded.is_empty()) {
            (true, true) => Err(QueryError::Empty),
            (true, false) => Err(QueryError::OnlyExcluded),
            _ => Ok(query),
        }
    }

    /// Reads a sentence, with its blanks, in quotation marks or not.
    pub fn sentence(typed: &str) -> Result<Phrase, QueryError> {
        check_length(typed)?;
        Phrase::new(typed.trim().trim_matches(['"', '“', '”', '「', '」'])).ok_or(QueryError::Empty)
    }

    /// Returns what was typed as other searches take it: where nothing is found, that may be why.
    pub fn foreign_syntax(typed: &str) -> BTreeSet<ForeignSyntax> {
        // What is quoted is meant.
        let unquoted = typed.split(['"', '“', '”', '「', '」']).step_by(2);
        unquoted.flat_map(str::split_whitespace).filter_map(foreign_syntax).collect()
    }

    /// Returns the phrases that are looked for.
    pub fn wanted(&self) -> impl Iterator<Item = &Phrase> {
        self.groups.iter().flatten()
    }

    /// Returns where something of it stands in a text, as ranges of bytes that do not touch, in order.
    pub fn find(&self, text: &str) -> Vec<Range<usize>> {
        let mut ranges: Vec<_> = self.wanted().flat_map(|phrase| phrase.find(text)).collect();
        ranges.sort_by_key(|range| (range.start, Reverse(range.end)));
        ranges.dedup_by(|next, before| {
            let touches = next.start <= before.end;
            before.end = if touches { before.end.max(next.end) } else { before.end };
            touches
        });
        ranges
    }
}

fn foreign_syntax(word: &str) -> Option<ForeignSyntax> {
    match word {
        "AND" | "&&" | "&" => return Some(ForeignSyntax::And),
        "NOT" | "!" => return Some(ForeignSyntax::Not),
        "or" | "||" | "|" => return Some(ForeignSyntax::Or),
        _ => {}
    }
    let field = word.split_once([':', '：']).and_then(|(name, _)| match name.to_ascii_lowercase().as_str() {
        "title" | "intitle" | "标题" => Some(Field::Title),
        "author" | "作者" => Some(Field::Author),
        "body" | "content" | "正文" => Some(Field::Body),
        "digest" | "摘要" => Some(Field::Digest),
        _ => None,
    });
    let is_wildcard = word.len() > 1 && word.ends_with('*');
    field.map(ForeignSyntax::Field).or_else(|| is_wildcard.then_some(ForeignSyntax::Wildcard))
}

fn check_length(typed: &str) -> Result<(), QueryError> {
    if typed.chars().count() > LONGEST { Err(QueryError::TooLong) } else { Ok(()) }
}

fn parts(typed: &str) -> Vec<Part<'_>> {
    let mut parts = Vec::new();
    let mut rest = typed.trim_start();
    while !rest.is_empty() {
        let (is_excluded, after) = match rest.strip_prefix('-') {
            Some(after) if !after.starts_with(char::is_whitespace) => (true, after),
            _ => (false, rest),
        };
        let (text, is_quoted, after) = match quoted(after) {
            Some((text, after)) => (text, true, after),
            None => {
                let (text, after) = after.split_at(after.find(char::is_whitespace).unwrap_or(after.len()));
                (text, false, after)
            }
        };
        parts.push(match (is_excluded, is_quoted, text) {
            (true, ..) => Part::Excluded(text),
            (false, false, "OR") => Part::Or,
            _ => Part::Wanted(text),
        });
        rest = after.trim_start();
    }
    parts
}

/// Returns what stands in quotation marks at the beginning, and what follows. Marks that are not closed go on to the end.
fn quoted(text: &str) -> Option<(&str, &str)> {
    let closing = match text.chars().next()? {
        '"' => '"',
        '“' | '”' => '”',
        '「' => '」',
        _ => return None,
    };
    let inside = text.trim_start_matches(['"', '“', '”', '「']);
    Some(inside.split_once(closing).unwrap_or((inside, "")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(typed: &str) -> Result<String, QueryError> {
        let query = Query::parse(typed)?;
        let names = |phrases: &[Phrase]| phrases.iter().map(Phrase::normal).collect::<Vec<_>>().join("|");
        let groups: Vec<_> = query.groups.iter().map(|group| names(group)).collect();
        let excluded = query.excluded.iter().map(|phrase| format!("-{}", phrase.normal()));
        Ok(groups.into_iter().chain(excluded).collect::<Vec<_>>().join(" & "))
    }

    #[test]
    fn what_is_typed_is_read_as_other_searches_read_it() {
        let cases = [
            ("凌晨四点的菜市场", "凌晨四点的菜市场"),
            ("  微信　公众号 ", "微信 & 公众号"),
            ("\"hello world\" x", "hello world & x"),
            ("“凌晨 四点” 「菜 场」 \"a b\"", "凌晨四点 & 菜场 & a b"),
            ("早市 OR 菜市场 价格", "早市|菜市场 & 价格"),
            ("价格 -\"不 涨\" -跌", "价格 & -不涨 & -跌"),
            ("OR a OR", "a"),
            ("\"OR\" or", "or"),
            ("\"没有 结束", "没有结束"),
            ("a - b", "a & b"),
            ("NEAR(a b) * ^x", "near(a & b) & ^x"),
        ];
        for (typed, wanted) in cases {
            assert_eq!(read(typed).as_deref(), Ok(wanted), "{typed}");
        }
        for typed in ["", " ", "\"", "\"\"", "-", "--", "OR", "😀 ，", "* ^ ("] {
            assert_eq!(read(typed), Err(QueryError::Empty), "{typed}");
        }
        assert_eq!(read("-a"), Err(QueryError::OnlyExcluded));
        assert_eq!(read(&"的 ".repeat(400)).as_deref(), Ok("的"));
        assert_eq!(read(&(0..40).map(|n| format!("{n} ")).collect::<String>()), Err(QueryError::TooMany));
        assert_eq!(read(&"长".repeat(5000)), Err(QueryError::TooLong));
    }

    #[test]
    fn what_other_searches_take_is_known() {
        use ForeignSyntax::{And, Not, Or, Wildcard};
        let cases: [(&str, &[ForeignSyntax]); 8] = [
            ("早市 AND 价格 && NOT 涨", &[And, Not]),
            ("早市 or 菜场", &[Or]),
            ("title:早市 intitle:a", &[ForeignSyntax::Field(Field::Title)]),
            ("标题：早市", &[ForeignSyntax::Field(Field::Title)]),
            ("dra* *", &[Wildcard]),
            ("\"R AND D\" “title:x” 早市", &[]),
            ("早市 OR 菜场 -涨 AND1 12:30 他说：好", &[]),
            ("", &[]),
        ];
        for (typed, known) in cases {
            assert_eq!(Query::foreign_syntax(typed).into_iter().collect::<Vec<_>>(), known, "{typed}");
        }
    }
}
