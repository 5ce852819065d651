//! Addresses of our pages.

/// Returns the address of the page that compares two versions; of the version itself where both are the same.
pub(super) fn of_versions(draft: i64, (from, to): (u64, u64)) -> String {
    if from == to { format!("/d/{draft}/{to}") } else { format!("/d/{draft}/{from}..{to}") }
}

/// Writes a text so that it can stand in a query.
pub(super) fn form_urlencoded(text: &str) -> String {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte);
    text.bytes()
        .map(|byte| if is_plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") })
        .collect()
}

/// Returns the path of a page of ours; the first page for whatever would lead elsewhere.
pub(super) fn local(next: &str) -> &str {
    let is_local = next.starts_with('/')
        && !next[1..].starts_with(['/', '\\'])
        && !next.contains(|c: char| c.is_control() || c == '\\' || !c.is_ascii())
        && !next.starts_with("/log");
    if is_local { next } else { "/" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn after_the_login_nobody_is_led_elsewhere() {
        for next in ["/", "/d/3", "/d/3/1..2", "/a/mag?show=lost"] {
            assert_eq!(local(next), next);
        }
        for next in [
            "",
            "d/3",
            "//evil.example",
            "/\\evil.example",
            "https://evil.example",
            "/\t/evil.example",
            "/a\r\nb",
            "/logout",
        ] {
            assert_eq!(local(next), "/", "{next}");
        }
    }
}
