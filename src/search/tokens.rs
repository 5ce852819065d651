//! The tokens of a text: what the index holds, and what a question is made of. [`TOKENS_VERSION`] is the number of these rules.
//!
//! A text is first brought into the form in which texts are compared (`normalize.rs`). Then:
//!
//! - Han characters, kana and Hangul that follow one another are a *run*. Its tokens are each pair of neighbours, and its last
//!   character: 凌晨四点 gives 凌晨, 晨四, 四点, 点. So each of its characters begins exactly one token.
//! - Other letters and digits that follow one another are a *word*, which is one token, cut after 64 bytes.
//! - Everything else separates.
//!
//! A question that is a run finds the pairs in their order; one of a single character, the tokens that begin with it. Its last
//! word may go on in the text: `dra` finds `draft`.

/// The number of these rules. An index of other rules is made again.
pub(super) const TOKENS_VERSION: i32 = 2;

/// The longest token, in bytes.
const LONGEST: usize = 64;

/// A part of a text that is not separated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Run<'a> {
    Han(&'a str),
    Word(&'a str),
}

/// Returns the tokens of a text in its normal form, each with a blank before it.
pub(super) fn tokens(normal: &str) -> String {
    let mut tokens = String::with_capacity(normal.len() * 2);
    runs(normal).for_each(|run| push_run(&mut tokens, run));
    tokens
}

/// Returns what the index is asked for to find a phrase in its normal form, in the language of FTS5
/// (<https://sqlite.org/fts5.html#full_text_query_syntax>); `None` where it has nothing that is indexed.
pub(super) fn expression(normal: &str) -> Option<String> {
    let runs: Vec<_> = runs(normal).collect();
    let (end, before) = runs.split_last()?;
    let mut tokens = String::new();
    before.iter().for_each(|run| push_run(&mut tokens, *run));
    // In the text, the run or the word may go on.
    let may_go_on = normal.ends_with(is_indexed);
    let is_prefix = match *end {
        Run::Han(run) if may_go_on && run != last(run) => {
            push_pairs(&mut tokens, run);
            false
        }
        run => {
            push_run(&mut tokens, run);
            may_go_on && !run.is_cut()
        }
    };
    // Tokens are letters and digits, so nothing in the quotation marks ends them.
    Some(format!("\"{}\"{}", tokens.trim_start(), if is_prefix { " *" } else { "" }))
}

/// Tells whether a character of a normal form is part of a word, and not of a run: a question that begins with it finds only the
/// beginnings of words.
pub(super) fn is_word(c: char) -> bool {
    c.is_alphanumeric() && !is_han(c)
}

fn is_indexed(c: char) -> bool {
    c.is_alphanumeric() || is_han(c)
}

/// Tells whether a character of a normal form is part of a run.
pub(super) fn is_han(c: char) -> bool {
    match c {
        ..'\u{1100}' => false,
        '\u{1100}'..='\u{11ff}' | '\u{2e80}'..='\u{2fdf}' | '\u{3005}'..='\u{3007}' => true,
        '\u{3041}'..='\u{3096}' | '\u{309d}'..='\u{309f}' | '\u{30a1}'..='\u{30fa}' | '\u{30fc}'..='\u{30ff}' => true,
        '\u{3130}'..='\u{318f}' | '\u{31f0}'..='\u{31ff}' | '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' => true,
        '\u{ac00}'..='\u{d7af}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3ffff}' => true,
        _ => false,
    }
}

fn runs(normal: &str) -> impl Iterator<Item = Run<'_>> {
    let mut rest = normal;
    std::iter::from_fn(move || {
        rest = rest.trim_start_matches(|c| !is_indexed(c));
        let is_run = is_han(rest.chars().next()?);
        let end = rest.find(|c| !is_indexed(c) || is_han(c) != is_run).unwrap_or(rest.len());
        let (run, after) = rest.split_at(end);
        rest = after;
        Some(if is_run { Run::Han(run) } else { Run::Word(run) })
    })
}

impl Run<'_> {
    fn is_cut(self) -> bool {
        matches!(self, Self::Word(word) if cut(word) != word)
    }
}

fn push_run(tokens: &mut String, run: Run<'_>) {
    match run {
        Run::Han(run) => {
            push_pairs(tokens, run);
            push(tokens, last(run));
        }
        Run::Word(word) => push(tokens, cut(word)),
    }
}

fn push_pairs(tokens: &mut String, run: &str) {
    let starts: Vec<usize> = run.char_indices().map(|(start, _)| start).chain([run.len()]).collect();
    for pair in starts.windows(3) {
        push(tokens, &run[pair[0]..pair[2]]);
    }
}

fn push(tokens: &mut String, token: &str) {
    tokens.push(' ');
    tokens.push_str(token);
}

fn last(run: &str) -> &str {
    run.char_indices().next_back().map_or(run, |(start, _)| &run[start..])
}

fn cut(word: &str) -> &str {
    &word[..word.floor_char_boundary(LONGEST)]
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The vectors of the law: a text in its normal form, its tokens, and what finds it as a question.
    const VECTORS: &[(&str, &str, Option<&str>)] = &[
        ("凌晨四点", "凌晨 晨四 四点 点", Some("\"凌晨 晨四 四点\"")),
        ("点", "点", Some("\"点\" *")),
        ("点。", "点", Some("\"点\"")),
        ("四点。", "四点 点", Some("\"四点 点\"")),
        ("draft", "draft", Some("\"draft\" *")),
        ("draft 2", "draft 2", Some("\"draft 2\" *")),
        ("数组int", "数组 组 int", Some("\"数组 组 int\" *")),
        ("int数组", "int 数组 组", Some("\"int 数组\"")),
        ("好,我", "好 我", Some("\"好 我\" *")),
        ("カフェ가나", "カフ フェ ェ가 가나 나", Some("\"カフ フェ ェ가 가나\"")),
        ("c++ a_b", "c a b", Some("\"c a b\" *")),
        ("c++", "c", Some("\"c\"")),
        ("，。😀\"*-", "", None),
        ("", "", None),
    ];

    #[test]
    fn the_law_holds_for_its_vectors() {
        for (text, wanted, question) in VECTORS {
            assert_eq!(tokens(text).trim_start(), *wanted, "{text:?}");
            assert_eq!(expression(text).as_deref(), *question, "{text:?}");
        }
    }

    #[test]
    fn a_long_word_is_cut_at_a_character() {
        let word = "é".repeat(33);
        assert_eq!(tokens(&word).trim_start(), "é".repeat(32));
        assert_eq!(expression(&word), Some(format!("\"{}\"", "é".repeat(32))));
        assert_eq!(expression(&word[..64]), Some(format!("\"{}\" *", "é".repeat(32))));
    }
}
