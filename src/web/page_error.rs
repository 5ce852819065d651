//! Why there is no page: it is not there, it cannot be read, it is refused.

use axum::body::Body;
use axum::http::{Response, StatusCode};
use axum::response::IntoResponse;

use crate::archive;
use crate::compare::CompareError;
use crate::full_text::SearchError;
use crate::lookup::LookupError;
use crate::model::Timestamp;

/// Why there is no page.
#[derive(Clone, Debug)]
pub(super) enum PageError {
    NotFound,
    /// A version that was there.
    Pruned {
        /// The number of its draft.
        draft: i64,
        number: u64,
        pruned_at: Timestamp,
    },
    /// A version that was there, and that a repair did not find.
    Lost {
        /// The number of its draft.
        draft: i64,
        number: u64,
    },
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

/// The error goes with the response. `error_page` writes it in the caller's language.
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
            Self::Pruned { .. } | Self::Lost { .. } => StatusCode::GONE,
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
}

impl From<SearchError> for PageError {
    fn from(error: SearchError) -> Self {
        match error {
            SearchError::Archive(error) => error.into(),
            error => Self::Archive(error.to_string()),
        }
    }
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
            LookupError::Pruned { draft, number, pruned_at, .. } => Self::Pruned { draft, number, pruned_at },
            LookupError::Lost { draft, number, .. } => Self::Lost { draft, number },
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
