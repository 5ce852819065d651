//! What stands in a line: text, links, pictures, and how they are marked.
//!
//! Marks are kept beside each part and not as tags, so that a mark over paragraphs is one in each of them, and parts that are
//! marked alike are marked once.

use super::escape;
use super::style::Style;

#[derive(Clone, Debug, PartialEq)]
enum Kind {
    /// Characters that show.
    Text,
    /// Blanks; never two in a row.
    Blank,
    /// The end of a line.
    Break,
    /// Markdown as it is: a picture.
    Raw,
}

#[derive(Clone, Debug)]
struct Part {
    kind: Kind,
    text: String,
    style: Style,
}

impl Part {
    /// Returns whether readers see the difference.
    fn shows(&self) -> bool {
        matches!(self.kind, Kind::Text | Kind::Raw)
    }
}

/// The parts of a paragraph.
#[derive(Default)]
pub(super) struct Inline {
    parts: Vec<Part>,
}

/// Where a paragraph stands.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    Paragraph,
    Heading,
    Cell,
}

impl Inline {
    /// Adds a text; blanks of HTML are one.
    pub(super) fn text(&mut self, text: &str, style: Style) {
        for character in text.chars() {
            match character {
                ' ' | '\t' | '\n' | '\r' | '\x0c' | '\u{a0}' => self.blank(' ', style),
                _ if is_blank(character) => self.blank(character, style),
                _ => self.push(Kind::Text, character, style),
            }
        }
    }

    fn blank(&mut self, character: char, style: Style) {
        let is_doubled = self.parts.last().is_none_or(|last| {
            last.kind == Kind::Break || (last.kind == Kind::Blank && last.text.ends_with(character))
        });
        if character != ' ' || !is_doubled {
            self.push(Kind::Blank, character, style);
        }
    }

    fn push(&mut self, kind: Kind, character: char, style: Style) {
        match self.parts.last_mut() {
            Some(last) if last.kind == kind && (kind == Kind::Blank || last.style == style) => {
                last.text.push(character);
            }
            _ => self.parts.push(Part { kind, text: character.into(), style }),
        }
    }

    /// Adds a picture.
    pub(super) fn picture(&mut self, description: &str, address: &str, style: Style) {
        let text = format!("![{}]({})", escape::literal(description), escape::destination(address));
        self.parts.push(Part { kind: Kind::Raw, text, style: Style { code: false, ..style } });
    }

    /// Ends a line, if one has begun.
    pub(super) fn line_break(&mut self) {
        if self.parts.last().is_some_and(|last| last.kind == Kind::Blank && last.text == " ") {
            self.parts.pop();
        }
        if !self.is_at_line_start() {
            self.parts.push(Part { kind: Kind::Break, text: String::new(), style: Style::default() });
        }
    }

    /// Returns whether the last line is still empty.
    pub(super) fn is_at_line_start(&self) -> bool {
        let last = self.parts.iter().rfind(|part| part.kind != Kind::Blank);
        last.is_none_or(|part| part.kind == Kind::Break)
    }

    /// Takes the paragraph as Markdown; empty if nothing shows.
    pub(super) fn take(&mut self, links: &[String], place: Place) -> String {
        let mut parts = std::mem::take(&mut self.parts);
        let Some(last) = parts.iter().rposition(Part::shows) else { return String::new() };
        parts.truncate(last + 1);
        blanks_between(&mut parts);
        Writer { links, place }.write(&LEVELS, &parts, ['\n', '\n'])
    }
}

/// Gives blanks and line ends the marks that both of their neighbours have.
fn blanks_between(parts: &mut [Part]) {
    let mut before = Style::default();
    for at in 0..parts.len() {
        if parts[at].shows() {
            before = parts[at].style;
            continue;
        }
        let behind = parts[at..].iter().find(|part| part.shows()).map_or(Style::default(), |part| part.style);
        let is_break = parts[at].kind == Kind::Break;
        let style = before.and(behind);
        parts[at].style = Style { code: style.code && !is_break, ..style };
    }
}

/// Returns whether a character shows nothing. Editors leave blanks without a width behind.
fn is_blank(character: char) -> bool {
    character.is_whitespace() || matches!(character, '\u{200b}' | '\u{2060}' | '\u{feff}')
}

/// The marks, from the outermost to the innermost.
const LEVELS: [Level; 6] =
    [Level::Link, Level::Superscript, Level::Subscript, Level::Deleted, Level::Emphasis, Level::Code];

#[derive(Clone, Copy)]
enum Level {
    Link,
    Superscript,
    Subscript,
    Deleted,
    /// Bold, italic, or both.
    Emphasis,
    Code,
}

impl Level {
    /// Returns how a part is marked on this level; 0 where it is not.
    fn mark(self, style: Style) -> usize {
        match self {
            Self::Link => style.link.map_or(0, |link| link + 1),
            Self::Superscript => style.superscript.into(),
            Self::Subscript => style.subscript.into(),
            Self::Deleted => style.deleted.into(),
            Self::Emphasis => usize::from(style.italic) + 2 * usize::from(style.bold),
            Self::Code => style.code.into(),
        }
    }
}

struct Writer<'a> {
    links: &'a [String],
    place: Place,
}

impl Writer<'_> {
    /// Writes parts between two characters: those that are marked alike on a level together.
    fn write(&self, levels: &[Level], parts: &[Part], [before, behind]: [char; 2]) -> String {
        let Some((level, inner)) = levels.split_first() else { return self.plain(parts) };
        let mut out = String::new();
        let mut groups = parts.chunk_by(|a, b| level.mark(a.style) == level.mark(b.style)).peekable();
        while let Some(group) = groups.next() {
            let behind = groups.peek().and_then(|next| first(next)).unwrap_or(behind);
            let mark = level.mark(group[0].style);
            // No mark begins or ends with a blank.
            let [blanks, marked, blanks_behind] = if mark == 0 { [&[], group, &[]] } else { trimmed(group) };
            out.push_str(&self.plain(blanks));
            let around = [out.chars().last().unwrap_or(before), first(blanks_behind).unwrap_or(behind)];
            match (level, mark) {
                _ if marked.is_empty() => {}
                (_, 0) => out.push_str(&self.write(inner, marked, around)),
                (Level::Link, _) if out.ends_with('!') => {
                    // It would make a picture of the link.
                    out.insert(out.len() - 1, '\\');
                    out.push_str(&self.marked(*level, mark, inner, marked, around));
                }
                _ => out.push_str(&self.marked(*level, mark, inner, marked, around)),
            }
            out.push_str(&self.plain(blanks_behind));
        }
        out
    }

    /// Writes parts that have one mark of a level in common.
    fn marked(&self, level: Level, mark: usize, inner: &[Level], parts: &[Part], around: [char; 2]) -> String {
        match level {
            Level::Link => {
                let text = self.write(inner, parts, ['[', ']']);
                format!("[{text}]({})", escape::destination(&self.links[mark - 1]))
            }
            Level::Superscript => tagged("sup", &self.write(inner, parts, ['>', '<'])),
            Level::Subscript => tagged("sub", &self.write(inner, parts, ['>', '<'])),
            Level::Deleted => delimited(&self.write(inner, parts, ['~', '~']), "~~", &["del"], around),
            Level::Emphasis => {
                let (delimiter, tags) = EMPHASIS[mark - 1];
                delimited(&self.write(inner, parts, ['*', '*']), delimiter, tags, around)
            }
            Level::Code => self.code(parts),
        }
    }

    fn plain(&self, parts: &[Part]) -> String {
        let is_text = |part: &Part| matches!(part.kind, Kind::Text | Kind::Blank);
        let mut out = String::new();
        for group in parts.chunk_by(|a, b| is_text(a) && is_text(b)) {
            match group[0].kind {
                Kind::Break => out.push_str(if self.place == Place::Paragraph { "  \n" } else { "<br>" }),
                Kind::Raw => out.push_str(&group[0].text),
                // There is no link in a link.
                _ if group[0].style.link.is_some() => out.push_str(&escape::literal(&joined(group))),
                _ => out.push_str(&escape::text(&joined(group))),
            }
        }
        out
    }

    fn code(&self, parts: &[Part]) -> String {
        let code = joined(parts);
        // Blocks are found before code is: in a table a bar ends the cell, and brackets of a link may seem to define another.
        let is_split = self.place == Place::Cell && code.contains('|');
        if is_split || (parts[0].style.link.is_some() && code.contains("]:")) {
            return tagged("code", &escape::literal(&code));
        }
        let longest = code.split(|c| c != '`').map(str::len).max().unwrap_or(0);
        let quote = "`".repeat(longest + 1);
        let pad = if code.starts_with('`') || code.ends_with('`') { " " } else { "" };
        format!("{quote}{pad}{code}{pad}{quote}")
    }
}

const EMPHASIS: [(&str, &[&str]); 3] = [("*", &["em"]), ("**", &["strong"]), ("***", &["em", "strong"])];

fn joined(parts: &[Part]) -> String {
    parts.iter().map(|part| part.text.as_str()).collect()
}

/// Returns the character that parts begin with, as far as it matters to a mark that ends before it.
fn first(parts: &[Part]) -> Option<char> {
    parts.first().map(|part| part.text.chars().next().unwrap_or('\n'))
}

/// Splits the blanks at both ends from parts.
fn trimmed(parts: &[Part]) -> [&[Part]; 3] {
    let begin = parts.iter().position(Part::shows).unwrap_or(parts.len());
    let end = parts.iter().rposition(Part::shows).map_or(begin, |last| last + 1);
    [&parts[..begin], &parts[begin..end], &parts[end..]]
}

fn tagged(tag: &str, text: &str) -> String {
    format!("<{tag}>{text}</{tag}>")
}

/// Marks a text by a delimiter on both sides; by tags, where Markdown would take the delimiter for text: CommonMark 6.2,
/// "left-flanking delimiter run". `**“甲”**乙` prints asterisks.
fn delimited(text: &str, delimiter: &str, tags: &[&str], [before, behind]: [char; 2]) -> String {
    let (first, last) = (text.chars().next().unwrap_or(' '), text.chars().last().unwrap_or(' '));
    let opens = first.is_alphanumeric() || ends_word(before);
    let closes = last.is_alphanumeric() || ends_word(behind);
    // Two delimiters that touch are one.
    let touches = delimiter.starts_with(before);
    match opens && closes && !touches {
        true => format!("{delimiter}{text}{delimiter}"),
        false => tags.iter().rev().fold(text.to_owned(), |text, tag| tagged(tag, &text)),
    }
}

/// Returns whether a character is a blank or a punctuation mark to every renderer. Symbols are punctuation since version 0.31 of
/// CommonMark only, and GitHub's looks past a tilde; they are taken for neither here.
fn ends_word(character: char) -> bool {
    character.is_whitespace()
        || (character.is_ascii_punctuation() && character != '~')
        || matches!(
            character,
            '\u{2010}'..='\u{2027}' | '、' | '。' | '〃' | '\u{3008}'..='\u{3011}' | '\u{3014}'..='\u{301f}' | '・'
            | '！'..='＃' | '％'..='＊' | '，'..='／' | '：' | '；' | '？' | '＠' | '［'..='］' | '＿' | '｛' | '｝'
        )
}
