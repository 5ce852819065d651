//! "Did you mean": the candidate that a mistyped word is nearest to.

/// Returns the candidate that `word` was probably meant to be, if one is near enough.
///
/// Near enough is one slip in three letters, two neighbours swapped being one, upper and lower case aside.
pub fn nearest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let word = word.to_lowercase();
    let slips = (word.chars().count() / 3).max(1);
    candidates
        .into_iter()
        .map(|candidate| (distance(&word, &candidate.to_lowercase()), candidate))
        .filter(|(distance, _)| *distance <= slips)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// Returns how many letters to insert, remove, exchange, or swap with their neighbours (the "optimal string alignment").
fn distance(from: &str, to: &str) -> usize {
    let (from, to): (Vec<char>, Vec<char>) = (from.chars().collect(), to.chars().collect());
    let (mut before, mut above): (Vec<usize>, Vec<usize>) = (Vec::new(), (0..=to.len()).collect());
    for (line, letter) in from.iter().enumerate() {
        let mut row = vec![line + 1];
        for (column, other) in to.iter().enumerate() {
            let exchanged = above[column] + usize::from(letter != other);
            let mut least = exchanged.min(above[column + 1] + 1).min(row[column] + 1);
            if line > 0 && column > 0 && *letter == to[column - 1] && from[line - 1] == *other {
                least = least.min(before[column - 1] + 1);
            }
            row.push(least);
        }
        before = std::mem::replace(&mut above, row);
    }
    above[to.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances() {
        for (from, to, expected) in
            [("", "abc", 3), ("abc", "", 3), ("kitten", "sitting", 3), ("日本", "日木", 1), ("titel", "title", 1)]
        {
            assert_eq!(distance(from, to), expected, "{from} {to}");
        }
    }

    #[test]
    fn only_near_words_are_proposed() {
        let keys = ["name", "appid", "schedule", "timezone"];
        for (word, expected) in [
            ("shedule", Some("schedule")),
            ("AppID", Some("appid")),
            ("app_id", Some("appid")),
            ("time_zone", Some("timezone")),
            ("nmae", Some("name")),
            ("colour", None),
        ] {
            assert_eq!(nearest(word, keys), expected, "{word}");
        }
    }
}
