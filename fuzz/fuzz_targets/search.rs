//! Questions: what is found stands on whole characters, holds the phrase, and is all that a search without an index finds.

use std::ops::Range;

use draftkeep::search::{Phrase, Query};

use crate::parts::texts;

pub fn run(data: &[u8]) {
    let Some([typed, text]) = texts(data) else { return };
    drop((Query::foreign_syntax(typed), Query::sentence(typed)));
    let Ok(query) = Query::parse(typed) else { return };
    for phrase in query.wanted().chain(&query.excluded) {
        let again = Phrase::new(phrase.normal()).expect("the form of a phrase is one");
        assert_eq!(again.normal(), phrase.normal(), "the form of a form");
        let found = phrase.find(text);
        assert_eq!(found.len(), count(phrase.normal(), text), "{:?} in {text:?}: {found:?}", phrase.normal());
        for range in &found {
            let part = text.get(range.clone()).expect("on whole characters");
            let form = Phrase::new(part).expect("a phrase was found in it");
            assert!(form.normal().contains(phrase.normal()), "{:?} in {part:?}", phrase.normal());
        }
    }
    check(&query, text, &query.find(text));
}

/// What a question finds is in order, does not touch, and covers what its phrases find.
fn check(query: &Query, text: &str, found: &[Range<usize>]) {
    assert!(found.iter().all(|range| text.get(range.clone()).is_some_and(|part| !part.is_empty())));
    assert!(found.windows(2).all(|two| two[0].end < two[1].start), "{found:?}");
    for one in query.wanted().flat_map(|phrase| phrase.find(text)) {
        assert!(found.iter().any(|range| range.start <= one.start && one.end <= range.end), "{one:?} of {found:?}");
    }
}

/// Counts where a phrase stands, character by character.
fn count(phrase: &str, text: &str) -> usize {
    // A text without a letter or a digit has no form here, and no phrase stands in it.
    let Some(form) = Phrase::new(text) else { return 0 };
    let (normal, mut at, mut count) = (form.normal(), 0, 0);
    while let Some(next) = normal[at..].chars().next() {
        let is_inside = phrase.starts_with(is_word) && normal[..at].ends_with(is_word);
        let stands = normal[at..].starts_with(phrase) && !is_inside;
        count += usize::from(stands);
        at += if stands { phrase.len() } else { next.len_utf8() };
    }
    count
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() && !is_run(c)
}

/// Han characters, kana and Hangul, of which one begins a match wherever it stands.
fn is_run(c: char) -> bool {
    matches!(c,
        '\u{1100}'..='\u{11ff}' | '\u{2e80}'..='\u{2fdf}' | '\u{3005}'..='\u{3007}' | '\u{3041}'..='\u{3096}'
        | '\u{309d}'..='\u{309f}' | '\u{30a1}'..='\u{30fa}' | '\u{30fc}'..='\u{30ff}' | '\u{3130}'..='\u{318f}'
        | '\u{31f0}'..='\u{31ff}' | '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' | '\u{ac00}'..='\u{d7af}'
        | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3ffff}')
}
