//! Text of others, made safe for chats and cut to a number of bytes.
//!
//! Limits of targets count bytes of UTF-8. A text is cut at a character, never within one.

use std::borrow::Cow;

/// Returns `text` on one line. Control characters and those that change the direction of writing are left out, line breaks and
/// tabs become blanks.
pub(super) fn one_line(text: &str) -> String {
    let visible = text.chars().filter_map(|character| match character {
        '\n' | '\r' | '\t' | '\u{2028}' | '\u{2029}' => Some(' '),
        '\u{61c}'
        | '\u{200b}'
        | '\u{200e}'
        | '\u{200f}'
        | '\u{202a}'..='\u{202e}'
        | '\u{2066}'..='\u{2069}'
        | '\u{feff}' => None,
        character if character.is_control() => None,
        character => Some(character),
    });
    let visible: String = visible.collect();
    visible.split(' ').filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
}

/// Returns `text`, or its beginning and `…` in at most `limit` bytes.
pub(super) fn cut(text: &str, limit: usize) -> Cow<'_, str> {
    const MARK: char = '…';
    if text.len() <= limit {
        return text.into();
    }
    let end = text.floor_char_boundary(limit.saturating_sub(MARK.len_utf8()));
    // A joiner or a modifier at the end has nothing left to join.
    let beginning = text[..end].trim_end_matches(['\u{200d}', '\u{fe0f}', ' ']);
    format!("{beginning}{MARK}").into()
}

/// Makes a title plain text in the Markdown of chats, which has no escape character: full-width characters stand for those
/// that mark something up, and a space without width ends every `@`, so that nobody is mentioned.
pub(super) fn for_markdown(text: &str) -> String {
    let mut shown = String::with_capacity(text.len() + 16);
    for (at, character) in text.char_indices() {
        match character {
            '@' => shown.push_str("@\u{200b}"),
            '#' if at == 0 => shown.push('＃'),
            character => shown.push(without_markup(character)),
        }
    }
    shown
}

/// The same for a command, whose `@` must stay as it is typed.
pub(super) fn command_for_markdown(command: &str) -> String {
    one_line(command).chars().map(without_markup).collect()
}

fn without_markup(character: char) -> char {
    match character {
        '<' => '＜',
        '>' => '＞',
        '[' => '［',
        ']' => '］',
        '*' => '＊',
        '`' => '｀',
        '\\' => '＼',
        // An entity such as `&lt;` would be decoded.
        '&' => '＆',
        character => character,
    }
}

/// Returns an address as it may stand in `[label](address)`; `None` if it is not one of the web.
pub(super) fn link_address(url: &str) -> Option<String> {
    let is_web = url.starts_with("https://") || url.starts_with("http://");
    let encoded = |character: char| match character {
        '(' | ')' | '<' | '>' | '"' | '`' | '\\' | ' ' => format!("%{:02X}", u32::from(character)),
        character if character.is_control() => String::new(),
        character => character.to_string(),
    };
    is_web.then(|| url.chars().map(encoded).collect())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_title_is_one_line_that_reads_from_left_to_right() {
        for (text, shown) in [
            ("秋季\r\n新品\t 三款", "秋季 新品 三款"),
            ("a\u{202e}txt.exe\u{202c}\u{7}", "atxt.exe"),
            ("👨\u{200d}👩\u{200d}👧 ❤\u{fe0f}", "👨\u{200d}👩\u{200d}👧 ❤\u{fe0f}"),
            (" \n ", ""),
        ] {
            assert_eq!(one_line(text), shown);
        }
    }

    #[test]
    fn nothing_of_a_title_is_markup() {
        assert_eq!(
            for_markdown("<@all> ](javascript:alert(1)) **x** `y`"),
            "＜@\u{200b}all＞ ］(javascript:alert(1)) ＊＊x＊＊ ｀y｀"
        );
        assert_eq!(for_markdown("# 1&lt;2 \\[x]"), "＃ 1＆lt;2 ＼［x］");
        assert_eq!(command_for_markdown("draftkeep diff mag/3@1 @2"), "draftkeep diff mag/3@1 @2");
    }

    #[test]
    fn only_addresses_of_the_web_become_links() {
        assert_eq!(link_address("https://x.example/a(b) c?d=<e>").unwrap(), "https://x.example/a%28b%29%20c?d=%3Ce%3E");
        assert_eq!(link_address("javascript:alert(1)"), None);
    }

    #[test]
    fn emoji_are_not_cut_behind_a_joiner() {
        assert_eq!(cut("👨\u{200d}👩", 10), "👨…");
        assert_eq!(cut("稿件", 6), "稿件");
        assert_eq!(cut("稿件箱", 8), "稿…");
    }

    proptest! {
        #[test]
        fn a_cut_text_is_never_longer(text: String, limit in 3_usize..40) {
            prop_assert!(cut(&text, limit).len() <= limit);
        }
    }
}
