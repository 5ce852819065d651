//! "Did you mean": the candidate that a mistyped word is closest to.

/// Returns the candidate that `word` was probably meant to be, if one is close enough.
///
/// Close enough is one edit in three letters. Two neighbours swapped are one edit; upper and lower case are equal.
pub fn suggest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let word = word.to_lowercase();
    let most = (word.chars().count() / 3).max(1);
    candidates
        .into_iter()
        .map(|candidate| (strsim::osa_distance(&word, &candidate.to_lowercase()), candidate))
        .filter(|(distance, _)| *distance <= most)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_close_words_are_suggested() {
        let keys = ["name", "appid", "schedule", "timezone"];
        for (word, expected) in [
            ("shedule", Some("schedule")),
            ("AppID", Some("appid")),
            ("app_id", Some("appid")),
            ("time_zone", Some("timezone")),
            ("nmae", Some("name")),
            ("colour", None),
        ] {
            assert_eq!(suggest(word, keys), expected, "{word}");
        }
    }
}
