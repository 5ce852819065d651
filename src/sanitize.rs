//! Text that others wrote, made safe for whoever shows it.
//!
//! Titles, bodies, error messages and even a `media_id` come from people and servers that nobody has to trust. Printed as they
//! are, an escape sequence could recolour, rewrite or hide what an operator reads, a line end could forge a line, a
//! bidirectional override could turn text around, and an invisible character could make two titles look alike. Each such
//! character is replaced by a visible one. What a script or an emoji needs to be read stays.

use std::borrow::Cow;
use std::fmt::Write;

/// Returns `text` on one line, nothing in it that steers a terminal or cannot be seen.
pub fn line(text: &str) -> Cow<'_, str> {
    replaced(text, |character| steers(character) || is_invisible(character))
}

/// Returns `text` with its line ends and tabs, nothing else in it that steers a terminal. Characters without a width stay:
/// editors put them into bodies to say where a line may break.
pub fn lines(text: &str) -> Cow<'_, str> {
    replaced(text, |character| steers(character) && !matches!(character, '\n' | '\t'))
}

/// Returns `text` as [`lines`] does, with the colours in it that our own styles use.
///
/// Styles and text are one string when they are printed. Text is made safe where the two are joined; where that was
/// forgotten, the worst that is left is a colour.
pub fn styled_lines(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, from)) = rest.find('\u{1b}').and_then(|at| rest.split_at_checked(at)) {
        shown.push_str(&lines(before));
        let length = style_length(from).unwrap_or(1);
        match length {
            1 => shown.push('␛'),
            _ => shown.push_str(&from[..length]),
        }
        rest = &from[length..];
    }
    shown.push_str(&lines(rest));
    shown
}

/// Returns the length of the style that `text` begins with: colours, bold, dim, and the end of each. None hides anything.
fn style_length(text: &str) -> Option<usize> {
    let end = text.find('m')?;
    let codes = text[..end].strip_prefix("\u{1b}[")?;
    let is_harmless = |code: &str| matches!(code.parse(), Ok(0..=2_u8 | 22 | 30..=37 | 39 | 90..=97));
    codes.split(';').all(is_harmless).then_some(end + 1)
}

fn replaced(text: &str, is_replaced: impl Fn(char) -> bool) -> Cow<'_, str> {
    if !text.contains(&is_replaced) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len() + 8);
    // The character before, where it stayed.
    let mut before = None;
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        let stays = !is_replaced(character) || joins(before, character, characters.peek().copied());
        before = stays.then_some(character);
        match character {
            _ if stays => shown.push(character),
            '\u{7f}' => shown.push('␡'),
            // Unicode's pictures of the control characters stand in their order.
            '\0'..='\u{1f}' => shown.extend(char::from_u32(0x2400 + u32::from(character))),
            _ => write!(shown, "<U+{:04X}>", u32::from(character)).unwrap_or_default(),
        }
    }
    Cow::Owned(shown)
}

/// Returns whether the character is a control character, changes the direction of what follows (UAX #9), or breaks the line.
fn steers(character: char) -> bool {
    let turns =
        matches!(character, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    turns || character.is_control() || matches!(character, '\u{2028}' | '\u{2029}')
}

/// Returns whether nothing is seen of the character where it stands alone (Unicode's `Default_Ignorable_Code_Point`, and the
/// marks of annotations).
fn is_invisible(character: char) -> bool {
    matches!(
        character,
        '\u{ad}' | '\u{34f}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}'
            | '\u{200b}'..='\u{200d}' | '\u{2060}'..='\u{2065}' | '\u{206a}'..='\u{206f}' | '\u{3164}'
            | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}'
            | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}'
    )
}

/// Returns whether an invisible character has work to do between its neighbours: it makes one emoji of several, chooses a
/// character's form, or joins letters of a script that needs it.
fn joins(before: Option<char>, character: char, after: Option<char>) -> bool {
    let Some(before) = before else { return false };
    match character {
        '\u{200d}' => {
            let follows_emoji = is_emoji(before) || before == '\u{fe0f}';
            (follows_emoji && after.is_some_and(is_emoji)) || is_joining_letter(before)
        }
        '\u{200c}' => is_joining_letter(before) && after.is_some_and(is_joining_letter),
        '\u{fe00}'..='\u{fe0f}' => is_emoji(before) || is_keycap(before) || is_ideograph(before),
        '\u{e0100}'..='\u{e01ef}' => is_ideograph(before),
        '\u{180b}'..='\u{180f}' => matches!(before, '\u{1820}'..='\u{18aa}'),
        // Flags of regions: a black flag, letters as tags, and a mark of their end.
        '\u{e0020}'..='\u{e007f}' => before == '\u{1f3f4}' || matches!(before, '\u{e0020}'..='\u{e007e}'),
        _ => false,
    }
}

fn is_emoji(character: char) -> bool {
    matches!(
        character,
        '©' | '®' | '‼' | '⁉' | '™' | 'ℹ' | '\u{2190}'..='\u{2bff}' | '〰' | '〽' | '㊗' | '㊙' | '\u{1f000}'..='\u{1faff}'
    )
}

fn is_keycap(character: char) -> bool {
    matches!(character, '#' | '*' | '0'..='9')
}

/// Chinese characters, and the punctuation beside them, which has forms too.
fn is_ideograph(character: char) -> bool {
    matches!(character, '\u{3000}'..='\u{303f}' | '\u{3400}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{ff00}'..='\u{ff60}' | '\u{20000}'..='\u{3ffff}')
}

/// Letters of Arabic and its relatives, of the scripts of India, of Myanmar, Khmer and Mongolian.
fn is_joining_letter(character: char) -> bool {
    matches!(character, '\u{620}'..='\u{dff}' | '\u{1000}'..='\u{109f}' | '\u{1780}'..='\u{17b3}' | '\u{17b6}'..='\u{17ff}' | '\u{1820}'..='\u{18aa}')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn nothing_can_steer_the_terminal() {
        assert_eq!(line("a\u{1b}[31mb\u{8}\n"), "a␛[31mb␈␊");
        assert_eq!(line("\u{202e}txt\u{9b}2J\u{7f}"), "<U+202E>txt<U+009B>2J␡");
        assert_eq!(lines("一\n\t二\r\n\u{2066}"), "一\n\t二␍\n<U+2066>");
    }

    #[test]
    fn nothing_hides_in_a_line() {
        for (text, shown) in [
            ("秋\u{200b}季", "秋<U+200B>季"),
            ("\u{feff}秋\u{ad}", "<U+FEFF>秋<U+00AD>"),
            ("a\u{200d}b", "a<U+200D>b"),
            ("👨\u{200d}\u{200d}👩", "👨<U+200D><U+200D>👩"),
            ("a\u{fe0f}", "a<U+FE0F>"),
            ("秋\u{fe0f}\u{fe0f}", "秋\u{fe0f}<U+FE0F>"),
            ("a\u{e0061}\u{e0062}", "a<U+E0061><U+E0062>"),
            ("ㅤ", "<U+3164>"),
        ] {
            assert_eq!(line(text), shown, "{text:?}");
        }
        assert_eq!(lines("秋\u{200b}季"), "秋\u{200b}季", "in a body it says where a line may break");
    }

    #[test]
    fn ordinary_text_stays_as_it_is() {
        for text in [
            "秋季新品 👨‍👩‍👧 ❤️",
            "👩🏽‍❤️‍💋‍👨🏻 🏳️‍🌈 1️⃣ #️⃣ 🏴\u{e0067}\u{e0062}\u{e0065}\u{e006e}\u{e0067}\u{e007f}",
            "می\u{200c}خواهم",
            "क\u{94d}\u{200d}ष",
            "葛\u{e0100}城",
            "e\u{301}",
            "",
        ] {
            assert_eq!(line(text), text);
        }
        assert!(matches!(line("秋季新品：三款，九月见！"), Cow::Borrowed(_)));
    }

    #[test]
    fn only_the_styles_that_we_use_pass() {
        let ours = "\u{1b}[1mID\u{1b}[0m \u{1b}[31m坏\u{1b}[39m";
        assert_eq!(styled_lines(ours), ours);
        let theirs = "\u{1b}[8mhidden\u{1b}[2J\u{1b}]0;title\u{7}\u{1b}[1;5m\u{1b}";
        assert_eq!(styled_lines(theirs), "␛[8mhidden␛[2J␛]0;title␇␛[1;5m␛");
    }

    proptest! {
        #[test]
        fn whatever_is_made_safe_stays_so(text: String) {
            let safe = line(&text).into_owned();
            prop_assert!(!safe.contains(steers));
            prop_assert_eq!(line(&safe).into_owned(), safe.clone(), "once is enough");
            prop_assert_eq!(styled_lines(&safe), safe);
        }
    }
}
