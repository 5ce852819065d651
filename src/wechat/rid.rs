//! The id that the platform gives each request (rid), in texts of [`Error`](super::Error).

use std::ops::Range;

use crate::model::Timestamp;

/// Removes the rid from a message: only the platform's support needs it.
pub fn strip(message: &str) -> String {
    match place(message) {
        Some(place) => [&message[..place.start], &message[place.end..]].concat(),
        None => message.to_owned(),
    }
}

/// Returns the rid in a message.
pub fn find(message: &str) -> Option<&str> {
    message[place(message)?].strip_prefix(MARK)
}

/// Returns when the platform answered, by its own clock: the rid in a message begins with the Unix time in hex.
pub fn timestamp(message: &str) -> Option<Timestamp> {
    let seconds = i64::from_str_radix(find(message)?.get(..8)?, 16).ok()?;
    Timestamp::from_timestamp(seconds, 0)
}

const MARK: &str = ", rid ";

/// Finds `, rid …` before the closing bracket.
fn place(message: &str) -> Option<Range<usize>> {
    let start = message.find(MARK)?;
    let length = message[start..].find(')')?;
    let is_rid = message[start + MARK.len()..start + length].chars().all(|c| c.is_ascii_hexdigit() || c == '-');
    is_rid.then(|| start..start + length)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Endpoint;
    use crate::wechat::Error;

    #[test]
    fn a_rid_is_found_where_an_error_tells_it() {
        let error = Error::from_errcode(Endpoint::DraftGet, 40007, "no rid: 6a9631a0-0f1e2d3c-4b5a6978").to_string();
        assert_eq!(find(&error), Some("6a9631a0-0f1e2d3c-4b5a6978"));
        assert_eq!(timestamp(&error), "2026-09-01T02:00:00Z".parse().ok());
        assert!(!strip(&error).contains("rid") && strip(&error).contains("(errcode 40007)"), "{error}");
    }

    #[test]
    fn a_rid_is_left_out() {
        let refused = "no (errcode 40164, rid 6a1b2c3d-0f1e2d3c-4b5a6978). Add it (soon)";
        assert_eq!(strip(refused), "no (errcode 40164). Add it (soon)");
        for other in ["no, rid of it (soon)", "no, rid ", "no, rid 6a(", ""] {
            assert_eq!(strip(other), other);
            assert_eq!((find(other), timestamp(other)), (None, None));
        }
        assert_eq!(timestamp("no (errcode 1, rid 6a)"), None);
    }
}
