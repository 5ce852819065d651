//! Checks the media_ids in `drafts`.

use super::address;
use super::placeholder::is_placeholder;

/// How to get the ids.
pub(super) const WAY_OUT: &str =
    "leave drafts out to watch the whole draft box; draftkeep list then shows the media_id of each draft";

/// Checks a media_id. Those of the platform have letters, digits, `_` and `-`; only what certainly is none is rejected.
pub fn media_id(text: &str) -> Result<(), &'static str> {
    let has = |is: fn(char) -> bool| text.contains(is);
    match text {
        "" => Err("a media_id is not empty"),
        "all" => Err("\"all\" stands alone: drafts = \"all\""),
        _ if text.contains("mp.weixin.qq.com/s") => {
            Err("this is the link of a published article, not a media_id: what is published has left the draft box")
        }
        _ if has(|letter| letter == '/') => Err("this is an address, not a media_id"),
        _ if is_placeholder(text) => Err("this is a placeholder, not a media_id"),
        _ if has(|letter| "\"'`“”‘’「」".contains(letter)) => Err("a media_id holds no quotation marks"),
        _ if has(|letter| letter.is_whitespace() || letter.is_control()) => Err("a media_id holds no spaces"),
        _ if has(|letter| letter == ',' || letter == ';') => Err("each media_id is a text of its own: [\"…\", \"…\"]"),
        _ if has(|letter| !letter.is_ascii()) => Err("a media_id holds only letters, digits, _ and -"),
        _ => Ok(()),
    }
}

/// Returns an entry so that it can be shown: the address of a console page contains a token.
pub(super) fn shown(text: &str) -> String {
    if text.contains('/') { address::without_secrets(text) } else { text.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_taken_and_what_is_none_is_told() {
        for id in ["Qm7xK2vTnS0b", "BgSb3ZNRyVDeMEXgZ_2Tk34BIOLSsUnqWPoMF6rFPZ9xHzLAw0qOkEFaK8lbgQcv", "-_a"] {
            assert_eq!(media_id(id), Ok(()), "{id}");
        }
        for (text, about) in [
            ("", "empty"),
            ("all", "alone"),
            ("MEDIA_ID_1", "placeholder"),
            ("<media_id>", "placeholder"),
            ("https://mp.weixin.qq.com/s/AbC", "published article"),
            ("mp.weixin.qq.com/s?__biz=MzA", "published article"),
            ("https://mp.weixin.qq.com/cgi-bin/appmsg?t=media/appmsg_edit&token=1", "address"),
            ("'Qm7xK2vTnS0b'", "quotation marks"),
            ("“Qm7xK2vTnS0b”", "quotation marks"),
            ("Qm7xK2vTnS0b ", "spaces"),
            ("Qm7xK2vTnS0b,Qm7xK2vTnS0c", "of its own"),
            ("草稿", "letters"),
        ] {
            assert!(media_id(text).is_err_and(|rule| rule.contains(about)), "{text}: {:?}", media_id(text));
        }
        assert!(!shown("https://mp.weixin.qq.com/cgi-bin/appmsg?token=17").contains("17"));
    }
}
