//! What a text is compared by: words, single characters of scripts without blanks, signs, pictures.

use crate::render::{PICTURE, PlainBody};

/// The smallest part of a text that changes as a whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Token<'a> {
    /// A run of letters and digits, or one Han character, kana or Hangul syllable.
    Word(&'a str),
    /// A punctuation mark, an emoji, any other sign.
    Sign(&'a str),
    /// A run of blanks.
    Blanks(&'a str),
    LineBreak,
    /// A picture, by its identity.
    Picture(&'a str),
}

impl Token<'_> {
    /// Returns whether it shows nothing.
    pub(super) fn is_blank(&self) -> bool {
        matches!(self, Self::Blanks(_) | Self::LineBreak)
    }

    /// Returns how many bytes of the text it takes.
    pub(super) fn length(&self) -> usize {
        match self {
            Self::Word(text) | Self::Sign(text) | Self::Blanks(text) => text.len(),
            Self::LineBreak => 1,
            Self::Picture(_) => PICTURE.len_utf8(),
        }
    }

    /// Counts the characters that show.
    pub(super) fn characters(&self) -> usize {
        match self {
            Self::Word(text) | Self::Sign(text) => text.chars().count(),
            Self::Blanks(_) | Self::LineBreak | Self::Picture(_) => 0,
        }
    }
}

/// Takes a reading apart; every character of its text is in exactly one token.
pub(super) fn tokens(reading: &PlainBody) -> Vec<Token<'_>> {
    let text = reading.text.as_str();
    let mut pictures = reading.pictures.iter();
    let mut token = |kind: Kind, text| match kind {
        Kind::LineBreak => Token::LineBreak,
        Kind::Blank => Token::Blanks(text),
        Kind::Picture => Token::Picture(pictures.next().map_or("", String::as_str)),
        Kind::Letter | Kind::Syllable => Token::Word(text),
        Kind::Sign => Token::Sign(text),
    };
    // Most characters are Han, which take three bytes and are a token each.
    let mut found = Vec::with_capacity(text.len() / 3);
    let mut characters = text.char_indices();
    let Some((mut start, mut before)) = characters.next() else { return found };
    let mut first = kind(before);
    for (at, next) in characters {
        let of_next = kind(next);
        if !runs_on(first, before, next, of_next) {
            found.push(token(first, &text[start..at]));
            (start, first) = (at, of_next);
        }
        before = next;
    }
    found.push(token(first, &text[start..]));
    found
}

/// Returns whether a text has a token that shows something.
pub(super) fn shows(text: &str) -> bool {
    !text.chars().all(is_blank)
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    LineBreak,
    Blank,
    Picture,
    /// Of a script that has blanks between its words.
    Letter,
    /// A word by itself, or part of one that nothing marks.
    Syllable,
    Sign,
}

fn kind(character: char) -> Kind {
    match character {
        // Most of a Chinese text: it is told first, and without a look into the tables of Unicode.
        '\u{4e00}'..='\u{9fff}' => Kind::Syllable,
        '\u{2010}'..='\u{2027}'
        | '\u{3001}'..='\u{3003}'
        | '\u{3008}'..='\u{3011}'
        | '\u{ff01}'..='\u{ff0f}'
        | '\u{ff1a}'..='\u{ff20}' => Kind::Sign,
        '\n' => Kind::LineBreak,
        PICTURE => Kind::Picture,
        // Radicals, kana, bopomofo, Han (all planes), Hangul, half-width kana.
        '\u{2e80}'..='\u{2fdf}'
        | '\u{3005}'..='\u{3007}'
        | '\u{3021}'..='\u{3029}'
        | '\u{3041}'..='\u{31ff}'
        | '\u{3400}'..='\u{4dbf}'
        | '\u{ac00}'..='\u{d7ff}'
        | '\u{f900}'..='\u{faff}'
        | '\u{ff66}'..='\u{ff9f}'
        | '\u{20000}'..='\u{3ffff}' => Kind::Syllable,
        _ if is_blank(character) => Kind::Blank,
        _ if character.is_alphanumeric() => Kind::Letter,
        _ => Kind::Sign,
    }
}

/// Returns whether a character shows nothing; editors leave blanks without a width behind.
pub(super) fn is_blank(character: char) -> bool {
    character.is_whitespace() || matches!(character, '\u{200b}' | '\u{2060}' | '\u{feff}')
}

/// Returns whether a token goes on with the character `next`: `first` is the kind of its first character, `before` its last one.
fn runs_on(first: Kind, before: char, next: char, of_next: Kind) -> bool {
    match (first, of_next) {
        (Kind::LineBreak | Kind::Picture, _) | (_, Kind::LineBreak | Kind::Picture) => false,
        (Kind::Blank, next) => next == Kind::Blank,
        (Kind::Letter, Kind::Letter) => true,
        _ => belongs(before, next),
    }
}

/// Returns whether a character makes one sign with the one before it: accents, variants, and what joins emoji (the cases of
/// UAX #29 that occur).
fn belongs(before: char, next: char) -> bool {
    const JOINER: char = '\u{200d}';
    before == JOINER
        || matches!(
            next,
            JOINER
                | '\u{300}'..='\u{36f}'
                | '\u{20e3}'
                | '\u{3099}'..='\u{309a}'
                | '\u{fe00}'..='\u{fe0f}'
                | '\u{1f3fb}'..='\u{1f3ff}'
                | '\u{e0020}'..='\u{e01ef}'
        )
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn shown(text: &str) -> String {
        let reading = PlainBody { text: text.to_owned(), pictures: vec!["A".to_owned()] };
        let token = |token: &Token<'_>| match *token {
            Token::Word(text) | Token::Sign(text) | Token::Blanks(text) => text.to_owned(),
            Token::LineBreak => "↵".to_owned(),
            Token::Picture(identity) => format!("[{identity}]"),
        };
        tokens(&reading).iter().map(token).collect::<Vec<_>>().join("|")
    }

    #[test]
    fn what_is_told_without_unicode_tables_is_what_they_say() {
        let quick = [
            '\u{2010}'..='\u{2027}',
            '\u{3001}'..='\u{3003}',
            '\u{3008}'..='\u{3011}',
            '\u{ff01}'..='\u{ff0f}',
            '\u{ff1a}'..='\u{ff20}',
        ];
        for character in quick.into_iter().flatten() {
            assert!(!character.is_alphanumeric() && !is_blank(character), "{character:?}");
            assert_eq!(kind(character), Kind::Sign, "{character:?}");
        }
        assert_eq!(
            [kind('，'), kind('一'), kind('\u{3007}'), kind('\u{3000}')],
            [Kind::Sign, Kind::Syllable, Kind::Syllable, Kind::Blank]
        );
    }

    proptest! {
        #[test]
        fn a_text_shows_something_where_one_of_its_tokens_does(text in "[ \n\u{200b}\u{200d}\u{3000}\u{fe0f}一a，]{0,6}") {
            let reading = PlainBody { text: text.clone(), pictures: Vec::new() };
            prop_assert_eq!(shows(&text), tokens(&reading).iter().any(|token| !token.is_blank()));
        }
    }

    #[test]
    fn a_text_falls_into_words_and_characters() {
        for (text, expected) in [
            ("", ""),
            ("秋季new品99元，", "秋|季|new|品|99|元|，"),
            ("it's  naïve\n\nかな한글", "it|'|s|  |naïve|↵|↵|か|な|한|글"),
            ("e\u{301}te\u{301} か\u{3099}", "e\u{301}te\u{301}| |か\u{3099}"),
            ("👨‍👩‍👧❤️👍🏽1\u{fe0f}\u{20e3}", "👨‍👩‍👧|❤️|👍🏽|1\u{fe0f}\u{20e3}"),
            ("前\u{fffc}后", "前|[A]|后"),
            ("👧\u{200d}\n\u{200d}\u{fffc}", "👧\u{200d}|↵|\u{200d}|[A]"),
            ("𠮷野家", "𠮷|野|家"),
        ] {
            assert_eq!(shown(text), expected, "{text}");
        }
    }
}
