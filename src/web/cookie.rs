//! Cookies: one for the session, one for the language, one for the page that is wanted before the login.

use axum::http::header::COOKIE;
use axum::http::{HeaderMap, HeaderValue};

/// The session's cookie over https: the prefix makes browsers refuse one that another host or plain http has set.
const SECURE: &str = "__Host-dk";

/// The same over plain http, which this machine alone uses.
const PLAIN: &str = "dk";

const LANGUAGE: &str = "lang";

/// The page that somebody wanted who has to log in.
const WANTED: &str = "dk-next";

/// Returns the session's secret.
pub(super) fn session(headers: &HeaderMap, is_secure: bool) -> Option<String> {
    find(headers, name(is_secure)).filter(|secret| !secret.is_empty())
}

/// Returns the language that was chosen.
pub(super) fn language(headers: &HeaderMap) -> Option<String> {
    find(headers, LANGUAGE)
}

/// The header that gives a browser its session; `None` takes it away.
pub(super) fn set_session(secret: Option<&str>, is_secure: bool) -> HeaderValue {
    let end = if secret.is_none() { "; Max-Age=0" } else { "" };
    let secure = if is_secure { "; Secure" } else { "" };
    let cookie =
        format!("{}={}; Path=/{secure}; HttpOnly; SameSite=Lax{end}", name(is_secure), secret.unwrap_or_default());
    HeaderValue::from_str(&cookie).expect("a secret is base64")
}

/// The header that keeps a language for a year.
pub(super) fn set_language(code: &'static str) -> HeaderValue {
    let cookie = format!("{LANGUAGE}={code}; Path=/; HttpOnly; SameSite=Lax; Max-Age=31536000");
    HeaderValue::from_str(&cookie).expect("a language is a word")
}

/// Returns the page that was wanted before the login.
pub(super) fn wanted(headers: &HeaderMap) -> Option<String> {
    find(headers, WANTED)
}

/// The header that keeps the page that is wanted for as long as it may take to get a link; an empty one takes it away. `page` is
/// a path of ours.
pub(super) fn set_wanted(page: &str) -> Option<HeaderValue> {
    let age = if page.is_empty() { 0 } else { 900 };
    let is_value = |byte: u8| byte.is_ascii_graphic() && !b"\"',;\\".contains(&byte);
    let page = Some(page).filter(|page| page.bytes().all(is_value))?;
    HeaderValue::from_str(&format!("{WANTED}={page}; Path=/login; HttpOnly; SameSite=Lax; Max-Age={age}")).ok()
}

fn name(is_secure: bool) -> &'static str {
    if is_secure { SECURE } else { PLAIN }
}

fn find(headers: &HeaderMap, name: &str) -> Option<String> {
    let lines = headers.get_all(COOKIE).iter().filter_map(|line| line.to_str().ok());
    let mut cookies = lines.flat_map(|line| line.split(';')).filter_map(|cookie| cookie.trim().split_once('='));
    cookies.find_map(|(found, value)| (found == name).then(|| value.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cookie_is_found_by_its_whole_name() {
        let mut headers = HeaderMap::new();
        headers.insert(COOKIE, HeaderValue::from_static("xdk=1; dk=2 ; __Host-dk=3; lang=en"));
        assert_eq!(session(&headers, false).as_deref(), Some("2"));
        assert_eq!(session(&headers, true).as_deref(), Some("3"));
        assert_eq!(language(&headers).as_deref(), Some("en"));
        assert_eq!(session(&HeaderMap::new(), true), None);
    }

    #[test]
    fn a_session_over_https_is_bound_to_its_host() {
        assert_eq!(set_session(Some("s"), true), "__Host-dk=s; Path=/; Secure; HttpOnly; SameSite=Lax");
        assert_eq!(set_session(None, false), "dk=; Path=/; HttpOnly; SameSite=Lax; Max-Age=0");
    }
}
