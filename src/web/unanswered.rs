//! Why a search has no answer, for people and for programs.

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::json;

use super::texts::Texts;
use crate::search::QueryError;

/// Why a search has no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unanswered {
    Invalid(QueryError),
    /// The index is being made, which takes longer than anybody waits.
    NotReady,
}

impl Unanswered {
    pub(super) fn status(self) -> StatusCode {
        match self {
            Self::Invalid(_) => StatusCode::BAD_REQUEST,
            Self::NotReady => StatusCode::SERVICE_UNAVAILABLE,
        }
    }

    pub(super) fn text(self, texts: &Texts) -> &'static str {
        match self {
            Self::Invalid(QueryError::Empty) => texts.search_empty,
            Self::Invalid(QueryError::OnlyExcluded) => texts.search_only_excluded,
            Self::Invalid(QueryError::TooLong | QueryError::TooMany) => texts.search_too_long,
            Self::NotReady => texts.search_not_ready,
        }
    }

    /// Answers a program.
    pub(super) fn json(self, texts: &Texts) -> Response {
        (self.status(), Json(json!({ "error": self.text(texts) }))).into_response()
    }
}
