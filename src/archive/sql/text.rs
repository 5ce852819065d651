//! Statements in a text, told apart as SQLite does: by the `;` that stand in no quotation and no comment.

/// What stands at the beginning of a text.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Piece {
    /// Blanks or a comment.
    Nothing,
    /// The `;` at a statement's end.
    End,
    /// A quotation or a comment that does not end.
    Open,
    Other,
}

/// Returns where the first statement of a text ends, behind its `;`, or `None` where it does not end yet.
pub fn statement_end(text: &str) -> Option<usize> {
    pieces(text).find(|(piece, _)| *piece == Piece::End).map(|(_, end)| end)
}

/// Returns whether a text holds no statement: nothing but blanks, comments and `;`.
pub fn is_blank(text: &str) -> bool {
    pieces(text).all(|(piece, _)| matches!(piece, Piece::Nothing | Piece::End))
}

/// Returns the word that a statement begins with, or explains.
pub(super) fn first_word(statement: &str) -> &str {
    let begin = pieces(statement).take_while(|(piece, _)| *piece == Piece::Nothing).last().map_or(0, |(_, end)| end);
    let mut words = statement[begin..].split(|character: char| !character.is_ascii_alphanumeric());
    words.find(|word| !["explain", "query", "plan", ""].contains(&word.to_lowercase().as_str())).unwrap_or_default()
}

/// Returns the pieces of a text and where each ends.
fn pieces(text: &str) -> impl Iterator<Item = (Piece, usize)> {
    let mut at = 0;
    std::iter::from_fn(move || {
        let first = text[at..].chars().next()?;
        let (piece, length) = piece(&text[at..], first);
        at += length;
        Some((piece, at))
    })
}

fn piece(text: &str, first: char) -> (Piece, usize) {
    let until = |begin: usize, end: &str, piece: Piece| match text[begin..].find(end) {
        Some(found) => (piece, begin + found + end.len()),
        None => (Piece::Open, text.len()),
    };
    match first {
        ';' => (Piece::End, 1),
        '\'' | '"' | '`' => until(1, &text[..1], Piece::Other),
        '[' => until(1, "]", Piece::Other),
        '/' if text.starts_with("/*") => until(2, "*/", Piece::Nothing),
        '-' if text.starts_with("--") => (Piece::Nothing, text.find('\n').map_or(text.len(), |end| end + 1)),
        _ if first.is_ascii_whitespace() => (Piece::Nothing, 1),
        _ => (Piece::Other, first.len_utf8()),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The statements of a text, and what is left of it.
    fn split(mut text: &str) -> (Vec<&str>, &str) {
        let mut statements = Vec::new();
        while let Some(end) = statement_end(text) {
            statements.push(&text[..end]);
            text = &text[end..];
        }
        (statements, text)
    }

    #[test]
    fn statements_end_at_their_semicolons() {
        assert_eq!(split("SELECT 1; SELECT ';' -- ;\n; x"), (vec!["SELECT 1;", " SELECT ';' -- ;\n;"], " x"));
        for open in ["SELECT 'it''s;", "SELECT \";", "SELECT [;", "SELECT `;", "/* ;", "SELECT 1 -- ;", "选;择"] {
            assert_eq!(statement_end(open), open.starts_with('选').then_some(4), "{open}");
        }
    }

    #[test]
    fn what_says_nothing_is_blank() {
        for blank in ["", " \n;;", "-- nothing", "/* a */ ; -- b\n"] {
            assert!(is_blank(blank), "{blank}");
        }
        for something in ["x", "'", "/* open", "；"] {
            assert!(!is_blank(something), "{something}");
        }
    }

    #[test]
    fn the_first_word_is_what_a_statement_does() {
        for (statement, word) in [
            (" -- a\n/* b */ Vacuum INTO 'x'", "Vacuum"),
            ("EXPLAIN QUERY PLAN drop table a", "drop"),
            ("", ""),
            ("选", ""),
        ] {
            assert_eq!(first_word(statement), word, "{statement}");
        }
    }

    proptest! {
        #[test]
        fn any_text_falls_into_statements_and_a_rest(text: String) {
            let (statements, rest) = split(&text);
            prop_assert_eq!(statements.concat() + rest, text);
        }
    }
}
