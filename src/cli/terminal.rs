//! Text that others wrote, made safe for a terminal.
//!
//! Titles and bodies come from whoever may edit the draft box. Printed as they are, an escape sequence could recolour,
//! rewrite or hide what an operator reads, and a bidirectional override could turn it around.

use std::borrow::Cow;
use std::fmt::Write;

/// Returns `text` on one line, every character that could steer a terminal replaced by a visible one.
pub(super) fn safe(text: &str) -> Cow<'_, str> {
    replaced(text, |_| false)
}

/// Returns `text` with its line ends and tabs, every other character that could steer a terminal replaced by a visible
/// one.
pub(super) fn safe_lines(text: &str) -> Cow<'_, str> {
    replaced(text, |character| matches!(character, '\n' | '\t'))
}

fn replaced(text: &str, is_kept: impl Fn(char) -> bool) -> Cow<'_, str> {
    let steers = |character: char| !is_kept(character) && (character.is_control() || turns_around(character));
    if !text.contains(steers) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len() + 8);
    for character in text.chars() {
        match character {
            _ if !steers(character) => shown.push(character),
            '\u{7f}' => shown.push('␡'),
            // Unicode's pictures of the control characters stand in their order.
            '\0'..='\u{1f}' => shown.extend(char::from_u32(0x2400 + u32::from(character))),
            _ => write!(shown, "<U+{:04X}>", u32::from(character)).unwrap_or_default(),
        }
    }
    Cow::Owned(shown)
}

/// Tells whether the character changes the direction of what follows (UAX #9), or breaks the line.
fn turns_around(character: char) -> bool {
    matches!(character, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_can_steer_the_terminal() {
        assert_eq!(safe("a\u{1b}[31mb\u{8}\n"), "a␛[31mb␈␊");
        assert_eq!(safe("\u{202e}txt\u{9b}2J\u{7f}"), "<U+202E>txt<U+009B>2J␡");
        assert_eq!(safe_lines("一\n\t二\r\n"), "一\n\t二␍\n");
    }

    #[test]
    fn ordinary_text_stays_as_it_is() {
        for text in ["秋季新品 👨‍👩‍👧 ❤️", "é\u{301}", ""] {
            assert!(matches!(safe(text), Cow::Borrowed(_)), "{text}");
        }
    }
}
