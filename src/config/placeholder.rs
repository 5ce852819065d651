//! Detects placeholders: texts that stand for a value that the user has to fill in.

/// Names of values in instructions, compared by their letters only.
const NAMES: &[&str] = &[
    "id",
    "mediaid",
    "draftid",
    "draft",
    "appid",
    "appsecret",
    "secret",
    "wechatsecret",
    "token",
    "accesstoken",
    "password",
    "key",
];

/// Words for a value to be filled in later.
const REMINDERS: &[&str] =
    &["todo", "tbd", "fixme", "changeme", "changethis", "replaceme", "replacethis", "placeholder", "example"];

/// Returns whether a text is a placeholder: `MEDIA_ID_1`, `your-appid`, `<secret>`, `xxx`, `...`, `Qm7x…`.
///
/// Real ids and secrets are longer than these words, and contain no brackets and no dots.
pub fn is_placeholder(text: &str) -> bool {
    let text = text.trim();
    let brackets = [('<', '>'), ('{', '}'), ('[', ']'), ('＜', '＞'), ('【', '】')];
    let is_enclosed = |(first, last)| text.trim_start_matches('$').starts_with(first) && text.ends_with(last);
    if text.contains("...") || text.contains('…') || brackets.into_iter().any(is_enclosed) {
        return true;
    }
    let letters: String = text.chars().filter(|letter| letter.is_alphanumeric()).flat_map(char::to_lowercase).collect();
    if letters.is_empty() {
        return !text.is_empty();
    }
    let is_crossed_out = |text: &str| text.len() >= 2 && text.bytes().all(|letter| letter == b'x');
    let is_chinese = ["你的", "您的", "填写", "替换"].iter().any(|word| letters.contains(word));
    is_crossed_out(&letters) || letters.strip_prefix('w').is_some_and(is_crossed_out) || is_chinese || is_name(&letters)
}

fn is_name(letters: &str) -> bool {
    let word = letters.trim_end_matches(|letter: char| letter.is_ascii_digit());
    let word = word.strip_suffix("here").unwrap_or(word);
    let of_theirs = ["your", "my", "the"].iter().find_map(|whose| word.strip_prefix(whose)).unwrap_or(word);
    REMINDERS.contains(&word)
        || NAMES.contains(&of_theirs)
        || of_theirs.strip_prefix("wechat").is_some_and(|word| NAMES.contains(&word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn placeholders_are_told_from_values() {
        for placeholder in [
            "MEDIA_ID",
            "MEDIA_ID_1",
            "media-id",
            "your-media-id",
            "YOUR_APPID",
            "your_app_secret",
            "YOUR_SECRET_HERE",
            "<secret>",
            "<你的 AppSecret>",
            "${MEDIA_ID}",
            "{{appid}}",
            "xxx",
            "XXXXXXXX",
            "wxxxxxxxxxxxxxxxxx",
            "wxXXXXXXXXXXXXXXXX",
            "...",
            "***",
            "Qm7xK2…",
            "wx0123...",
            "你的AppID",
            "请填写",
            "changeme",
            "TODO",
            "my-wechat-secret",
        ] {
            assert!(is_placeholder(placeholder), "{placeholder}");
        }
        for value in [
            "",
            "Qm7xK2vTnS0bWq4rZp9LdYc8Hf3Jg6Au1Ee5Ri_Oo-UyMwXkVbNsDtCzPlIh0aB2",
            "BgSb3ZNRyVDeMEXgZ_2Tk34BIOLSsUnqWPoMF6rFPZ9xHzLAw0qOkEFaK8lbgQcv",
            "your3ZNRyVDeMEXgZ_2Tk34BIOLSsUnqWPoMF6rFPZ9xHzLAw0qOkEFaK8lbgQcv",
            "_-Sb3ZNRyVDeMEXgZ_2Tk34BIOLSsUnqWPoMF6rFPZ-",
            "wx0123456789abcdef",
            "0123456789abcdef0123456789abcdef",
            "hush",
            "97_x",
        ] {
            assert!(!is_placeholder(value), "{value}");
        }
    }
}
