//! The articles of one version, as a document of its own that stands in a frame without any rights.

use axum::extract::State;
use axum::http::HeaderValue;
use axum::http::header::CONTENT_SECURITY_POLICY;
use axum::response::{Html, IntoResponse, Response};

use super::access::Visitor;
use super::answer::PageError;
use super::extract::Segments;
use super::pages::versions::find;
use super::signature::Signer;
use super::site::Site;
use super::{headers, picture};
use crate::archive::VersionPicture;
use crate::canonical;
use crate::model::Timestamp;
use crate::picture::{ImageFormat, ImageRole};
use crate::render::{self, Pictures};

pub(super) async fn get(
    State(site): State<Site>,
    _: Visitor,
    Segments((draft, version)): Segments<(i64, u64)>,
) -> Result<Response, PageError> {
    let (this, now) = (site.clone(), site.clock().now());
    let page = site
        .read(move |reader| {
            let found = find(reader, draft, version)?;
            let articles =
                canonical::articles(&found.document).map_err(|error| PageError::Damaged(error.to_string()))?;
            let pictures = reader.pictures(&found.draft, &found.document)?;
            Ok(render::page(&articles, &addresses(&pictures, this.signer(), now)))
        })
        .await?;
    let mut response = Html(page).into_response();
    response.headers_mut().insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static(headers::FRAME));
    Ok(response)
}

/// Returns the addresses of the pictures that are held, and why others are missing.
fn addresses(pictures: &[VersionPicture], signer: &Signer, now: Timestamp) -> Pictures {
    let mut shown = Pictures::default();
    for VersionPicture { needed, asset, trouble } in pictures {
        let is_shown = |kind: &str| ImageFormat::of(kind).is_some_and(picture::is_shown);
        match (asset.as_ref().filter(|asset| is_shown(&asset.kind)), trouble) {
            (Some(asset), _) => {
                let address = signer.address(asset.sha256, now);
                if needed.place != ImageRole::Body {
                    shown.before.entry(needed.position).or_default().push(address.clone());
                }
                shown.held.insert(needed.identity.clone(), address);
            }
            (None, Some(reason)) => drop(shown.reasons.insert(needed.identity.clone(), reason.clone())),
            (None, None) => {}
        }
    }
    shown
}
