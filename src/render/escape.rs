//! Text within HTML.

/// Escapes text for element content and attribute values.
pub(super) fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\u{a0}' => out.push_str("&nbsp;"),
            '\n' | '\t' => out.push(character),
            // Others that are blanks, such as a form feed: nobody sees them, and a comparison passes over them.
            blank if blank.is_control() && blank.is_whitespace() => out.push(' '),
            // HTML has no place for them, and a terminal that shows the page must not obey them.
            control if control.is_control() => out.push('\u{fffd}'),
            other => out.push(other),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Once, a form feed was shown as a character that nobody can read, in the place of nothing: fuzzing found it.
    #[test]
    fn control_characters_are_shown_unless_they_are_blanks() {
        assert_eq!(escaped("a\u{c}b\u{b}c\rd\u{85}e\n\tf"), "a b c d e\n\tf");
        assert_eq!(escaped("\u{1b}[31m\u{7f}"), "\u{fffd}[31m\u{fffd}");
    }
}
