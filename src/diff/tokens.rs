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
    let mut rest = reading.text.as_str();
    let mut pictures = reading.pictures.iter();
    let mut found = Vec::with_capacity(rest.len() / 3);
    while let Some(first) = rest.chars().next() {
        let (text, after) = rest.split_at(length(first, rest));
        found.push(match kind(first) {
            Kind::LineBreak => Token::LineBreak,
            Kind::Blank => Token::Blanks(text),
            Kind::Picture => Token::Picture(pictures.next().map_or("", String::as_str)),
            Kind::Letter | Kind::Syllable => Token::Word(text),
            Kind::Sign => Token::Sign(text),
        });
        rest = after;
    }
    found
}

#[derive(Clone, Copy, PartialEq, Eq)]
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
        '\n' => Kind::LineBreak,
        PICTURE => Kind::Picture,
        // Radicals, kana, bopomofo, Han (all planes), Hangul, half-width kana.
        '\u{2e80}'..='\u{2fdf}'
        | '\u{3005}'..='\u{3007}'
        | '\u{3021}'..='\u{3029}'
        | '\u{3041}'..='\u{31ff}'
        | '\u{3400}'..='\u{4dbf}'
        | '\u{4e00}'..='\u{9fff}'
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

/// Returns the length in bytes of the token that `text` begins with, `first` being its first character.
fn length(first: char, text: &str) -> usize {
    let mut before = first;
    let runs_on = |before: char, next: char| match (kind(first), kind(next)) {
        (Kind::LineBreak | Kind::Picture, _) | (_, Kind::LineBreak | Kind::Picture) => false,
        (Kind::Blank, next) => next == Kind::Blank,
        (Kind::Letter, Kind::Letter) => true,
        _ => belongs(before, next),
    };
    let end = text.char_indices().skip(1).find(|&(_, next)| {
        let ends = !runs_on(before, next);
        before = next;
        ends
    });
    end.map_or(text.len(), |(at, _)| at)
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
