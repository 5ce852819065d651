//! What comparisons, plans and reports found, in the reader's language. English is the facts' own `Display`; Chinese is written here.

mod failure;
mod issue;
mod note;

pub(super) use failure::{FailureFact, failure};
pub(super) use issue::issue;
pub(super) use note::{formatting, note};

#[cfg(test)]
mod tests {
    /// What Latin letters may stand for in a Chinese text: names, options, formats.
    const NAMES: [&str; 14] = [
        "media_id",
        "MEDIA_ID",
        "cover",
        "MB",
        "GIF",
        "JPG",
        "PNG",
        "position",
        "-webkit-overflow-scrolling",
        "div",
        "mag",
        "other",
        "draft/add",
        "id",
    ];

    /// Checks that a fact has a text in each of the languages.
    pub(in super::super) fn is_in_both_languages(chinese: &str, english: &str) {
        let words = chinese.split(|c: char| !c.is_ascii_alphanumeric() && !"-_/".contains(c));
        let words =
            words.map(|word| word.trim_matches('-')).filter(|word| word.contains(|c: char| c.is_ascii_alphabetic()));
        let strange: Vec<_> = words.filter(|word| !NAMES.iter().any(|name| name.trim_matches('-') == *word)).collect();
        assert!(strange.is_empty(), "{strange:?} in {chinese}");
        assert!(chinese.contains(|c: char| ('\u{4e00}'..='\u{9fff}').contains(&c)), "{chinese}");
        let is_english =
            english.split(' ').any(|word| word.len() > 1 && word.bytes().all(|byte| byte.is_ascii_alphabetic()));
        assert!(is_english, "{english}");
    }
}
