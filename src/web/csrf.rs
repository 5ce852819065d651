//! Refuses what a page of another site makes a browser send.

use axum::http::header::ORIGIN;
use axum::http::{HeaderMap, Method};

/// Returns whether a request may change something: it changes nothing, or the browser says that it comes from a page of ours. Browsers
/// that do not say it (`Sec-Fetch-Site`) name the page's origin.
pub(super) fn is_allowed(method: &Method, headers: &HeaderMap, origin: &str) -> bool {
    if matches!(*method, Method::GET | Method::HEAD) {
        return true;
    }
    let value = |name: &str| headers.get(name).map(|value| value.to_str().unwrap_or("not a text"));
    match (value("sec-fetch-site"), value(ORIGIN.as_str())) {
        (Some(site), _) => site == "same-origin",
        (None, Some(from)) => from.eq_ignore_ascii_case(origin),
        (None, None) => false,
    }
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    #[test]
    fn only_a_page_of_ours_may_change_something() {
        for (site, from, is_ok) in [
            (Some("same-origin"), None, true),
            (Some("same-origin"), Some("null"), true),
            (Some("same-site"), Some("https://a.example"), false),
            (Some("cross-site"), Some("https://a.example"), false),
            (Some("none"), None, false),
            (None, Some("https://a.example"), true),
            (None, Some("https://b.example"), false),
            (None, Some("http://a.example"), false),
            (None, Some("null"), false),
            (None, None, false),
        ] {
            let mut headers = HeaderMap::new();
            let mut set = |name: &'static str, value: Option<&'static str>| {
                value.map(|value| headers.insert(name, HeaderValue::from_static(value)))
            };
            set("sec-fetch-site", site);
            set("origin", from);
            assert_eq!(is_allowed(&Method::POST, &headers, "https://a.example"), is_ok, "{site:?} {from:?}");
            assert!(is_allowed(&Method::GET, &headers, "https://a.example"));
        }
    }
}
