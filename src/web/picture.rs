//! Pictures of the archive, to whoever has a signed address.

use axum::extract::State;
use axum::http::header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;

use super::extract::{Params, Segments};
use super::headers;
use super::page_error::PageError;
use super::site::Site;
use crate::model::Hash;
use crate::picture::{self, ImageFormat};

#[derive(Debug, Deserialize)]
pub(super) struct Signed {
    e: i64,
    s: String,
}

pub(super) async fn get(
    State(site): State<Site>,
    Segments(name): Segments<String>,
    Params(Signed { e, s }): Params<Signed>,
) -> Result<Response, PageError> {
    let sha256: Hash = name.parse().map_err(|_| PageError::NotFound)?;
    if !site.signer().is_valid(sha256, e, &s, site.clock().now()) {
        return Err(PageError::NotFound);
    }
    let bytes = site.read(move |reader| reader.asset(sha256)?.ok_or(PageError::NotFound)).await?;
    // What the bytes are, not what somebody said of them.
    let kind = picture::inspect(&bytes).ok().map(|info| info.kind).filter(|kind| is_shown(*kind));
    let kind = kind.ok_or(PageError::NotFound)?;
    let headers = [
        (CONTENT_TYPE, kind.as_str()),
        (CONTENT_SECURITY_POLICY, headers::PICTURE),
        (CONTENT_DISPOSITION, "inline"),
        (CACHE_CONTROL, "private, max-age=3600, immutable"),
    ];
    let mut response = (headers, bytes).into_response();
    headers::allow_in_sandbox(response.headers_mut());
    Ok(response)
}

/// Returns whether a browser shows it as a picture and as nothing else: an SVG is a document that can run scripts.
pub(super) fn is_shown(kind: ImageFormat) -> bool {
    use ImageFormat::{Bmp, Gif, Jpeg, Png, Webp};
    matches!(kind, Jpeg | Png | Gif | Webp | Bmp)
}
