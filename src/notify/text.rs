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

/// Stands where a chat would find something in the text of others; nobody sees it.
const NO_WIDTH: char = '\u{200b}';

/// Returns a text in which mail and chat programs find no address to make a link of: the only link of a message is ours.
pub(super) fn unlinked(text: &str) -> String {
    let mut shown = String::with_capacity(text.len() + 16);
    let mut before = ' ';
    let mut rest = text.chars().peekable();
    while let Some(character) = rest.next() {
        shown.push(character);
        let next = rest.peek().copied().unwrap_or(' ');
        // `https://…`, and `example.com`; not `3.5`.
        if (character == ':' && next == '/') || (character == '.' && before.is_alphanumeric() && next.is_alphabetic()) {
            shown.push(NO_WIDTH);
        }
        before = character;
    }
    shown
}

/// Makes a text harmless in the text messages of chats, where `<@id>`, `<at …>` and `@138…` mention somebody.
pub(super) fn for_text_message(text: &str) -> String {
    unlinked(text).replace('<', "＜").replace('>', "＞").replace('@', "@\u{200b}")
}

/// Makes a text plain in the Markdown of chats, which has no escape character: full-width characters stand for those that mark
/// something up, and a space without width ends every `@`, so that nobody is mentioned.
pub(super) fn for_markdown(text: &str) -> String {
    let text = unlinked(text);
    let mut shown = String::with_capacity(text.len() + 16);
    let mut before = ' ';
    let mut rest = text.chars().peekable();
    while let Some(character) = rest.next() {
        let next = rest.peek().copied().unwrap_or(' ');
        match character {
            '@' => shown.extend(['@', NO_WIDTH]),
            '#' if shown.is_empty() => shown.push('＃'),
            // Within a word, such as access_token, it marks nothing up.
            '_' if before.is_ascii_alphanumeric() && next.is_ascii_alphanumeric() => shown.push('_'),
            '_' => shown.push('＿'),
            '*' => shown.push('＊'),
            '~' => shown.push('～'),
            '[' => shown.push('［'),
            ']' => shown.push('］'),
            '\\' => shown.push('＼'),
            other => shown.push(without_tags(other)),
        }
        before = character;
    }
    shown
}

/// The same for a command, which stands between backquotes and must stay as it is typed.
pub(super) fn command_for_markdown(command: &str) -> String {
    one_line(command).chars().map(without_tags).collect()
}

fn without_tags(character: char) -> char {
    match character {
        '<' => '＜',
        '>' => '＞',
        '`' => '｀',
        // An entity such as `&lt;` would be decoded.
        '&' => '＆',
        other => other,
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
        assert_eq!(for_markdown("~~删~~ _斜_ __x__ 3~5 access_token"), "～～删～～ ＿斜＿ ＿＿x＿＿ 3～5 access_token");
        assert_eq!(for_markdown("<font color=\"warning\">红</font>"), "＜font color=\"warning\"＞红＜/font＞");
        assert_eq!(command_for_markdown("draftkeep log my_mag_~1/3"), "draftkeep log my_mag_~1/3");
        assert_eq!(command_for_markdown("draftkeep diff mag/3@1 @2"), "draftkeep diff mag/3@1 @2");
    }

    #[test]
    fn an_address_in_a_title_is_no_link() {
        for (text, shown) in [
            ("领奖 https://evil.example/x", "领奖 https:|//evil.|example/x"),
            ("www.evil.example", "www.|evil.|example"),
            ("看例子.中国", "看例子.|中国"),
            ("版本 3.5，1.2.3.4，好. 完", "版本 3.5，1.2.3.4，好. 完"),
        ] {
            assert_eq!(unlinked(text).replace('\u{200b}', "|"), shown);
            assert_eq!(for_markdown(text).replace('\u{200b}', "|"), shown);
        }
        assert_eq!(for_text_message("<@all> @1"), "＜@\u{200b}all＞ @\u{200b}1");
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
