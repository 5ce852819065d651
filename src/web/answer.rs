//! Answers that are no page: what is not there, what cannot be read, what is refused.

use axum::body::Body;
use axum::http::header::ALLOW;
use axum::http::{Response, StatusCode};
use axum::response::{IntoResponse, Redirect};
use maud::html;
use serde_json::json;

use super::caller::Caller;
use super::pages::layout;
use crate::archive;
use crate::compare::CompareError;
use crate::lookup::LookupError;

/// Why there is no page.
#[derive(Clone, Debug)]
pub(super) enum PageError {
    NotFound,
    /// Another method than the page has.
    NotAllowed,
    /// Nobody is logged in.
    NotLoggedIn,
    /// Another site's page sent it.
    OtherSite,
    /// A form that is none.
    BadForm,
    TooLarge,
    TooSlow,
    /// A version, or what it says, is damaged.
    Damaged(String),
    /// The archive cannot be read or written now.
    Archive(String),
    /// A mistake of the program, which is in the log.
    Internal,
}

/// The error goes with the response, to be told in the caller's language.
impl IntoResponse for PageError {
    fn into_response(self) -> Response<Body> {
        let mut response = self.status().into_response();
        response.extensions_mut().insert(self);
        response
    }
}

impl PageError {
    fn status(&self) -> StatusCode {
        match self {
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::NotAllowed => StatusCode::METHOD_NOT_ALLOWED,
            Self::NotLoggedIn => StatusCode::UNAUTHORIZED,
            Self::OtherSite => StatusCode::FORBIDDEN,
            Self::BadForm => StatusCode::BAD_REQUEST,
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::TooSlow => StatusCode::REQUEST_TIMEOUT,
            Self::Damaged(_) | Self::Internal => StatusCode::INTERNAL_SERVER_ERROR,
            Self::Archive(_) => StatusCode::SERVICE_UNAVAILABLE,
        }
    }

    /// Tells it to a person or a program; `bare` has the status.
    pub(super) fn page(self, caller: &Caller, bare: &Response<Body>) -> Response<Body> {
        if matches!(self, Self::NotLoggedIn) && !caller.wants_json {
            let next: String = form_urlencoded(&caller.target);
            return Redirect::to(&format!("/login?next={next}")).into_response();
        }
        let texts = caller.language.texts();
        let (what, reason) = match &self {
            Self::NotFound => (texts.not_found, None),
            Self::NotAllowed => (texts.not_allowed, None),
            Self::NotLoggedIn => (texts.not_logged_in, None),
            Self::OtherSite => (texts.other_site, None),
            Self::BadForm => (texts.bad_form, None),
            Self::TooLarge => (texts.too_large, None),
            Self::TooSlow => (texts.too_slow, None),
            Self::Damaged(reason) => (texts.damaged, Some(reason)),
            Self::Archive(reason) => (texts.archive_not_readable, Some(reason)),
            Self::Internal => (texts.internal, None),
        };
        let told = if caller.wants_json {
            let error = reason.map_or(what.to_owned(), |reason| format!("{what}: {reason}"));
            axum::Json(json!({ "error": error })).into_response()
        } else {
            let body = html! {
                h1 { (what) }
                @if let Some(reason) = reason { p.reason lang="en" { (reason) } }
                p { a href="/" { (texts.back_to_start) } }
            };
            layout::page(caller, None, what, &body)
        };
        let (mut parts, body) = told.into_parts();
        parts.status = bare.status();
        if let Some(methods) = bare.headers().get(ALLOW) {
            parts.headers.insert(ALLOW, methods.clone());
        }
        Response::from_parts(parts, body)
    }
}

/// Writes a text so that it can stand in a query.
pub(super) fn form_urlencoded(text: &str) -> String {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte);
    text.bytes()
        .map(|byte| if is_plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") })
        .collect()
}

impl From<archive::Error> for PageError {
    fn from(error: archive::Error) -> Self {
        match error {
            archive::Error::Damaged(reason) => Self::Damaged(reason),
            error => Self::Archive(error.to_string()),
        }
    }
}

impl From<LookupError> for PageError {
    fn from(error: LookupError) -> Self {
        match error {
            LookupError::Archive(error) => error.into(),
            LookupError::Unreadable { .. } => Self::Damaged(error.to_string()),
            _ => Self::NotFound,
        }
    }
}

impl From<CompareError> for PageError {
    fn from(error: CompareError) -> Self {
        match error {
            CompareError::Lookup(error) => error.into(),
            CompareError::OnlyVersion { .. } => Self::NotFound,
        }
    }
}
