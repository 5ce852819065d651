//! The style sheet and the script. Their names hold their hash, so browsers keep them for ever.

use std::sync::LazyLock;

use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};

use super::extract::Segments;
use super::page_error::PageError;
use crate::model::Hash;

const STYLE: &str = include_str!("static/app.css");
const SCRIPT: &str = include_str!("static/app.js");

/// The address of the style sheet.
pub(super) static STYLE_ADDRESS: LazyLock<String> = LazyLock::new(|| address(STYLE, "css"));

/// The address of the script.
pub(super) static SCRIPT_ADDRESS: LazyLock<String> = LazyLock::new(|| address(SCRIPT, "js"));

fn address(text: &str, extension: &str) -> String {
    format!("/static/app.{}.{extension}", Hash::of(text.as_bytes()).short())
}

pub(super) async fn get(Segments(name): Segments<String>) -> Result<Response, PageError> {
    let asked = format!("/static/{name}");
    let (text, kind) = match asked {
        asked if asked == *STYLE_ADDRESS => (STYLE, "text/css; charset=utf-8"),
        asked if asked == *SCRIPT_ADDRESS => (SCRIPT, "text/javascript; charset=utf-8"),
        _ => return Err(PageError::NotFound),
    };
    Ok(([(CONTENT_TYPE, kind), (CACHE_CONTROL, "public, max-age=31536000, immutable")], text).into_response())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_script_is_small_and_nothing_comes_from_elsewhere() {
        assert!(SCRIPT.len() <= 10_000, "{}", SCRIPT.len());
        for text in [STYLE, SCRIPT] {
            assert!(!text.contains("//") || !text.contains("http"), "an address of another host");
        }
        assert!(!SCRIPT.contains("innerHTML") && !SCRIPT.contains("eval("));
    }
}
