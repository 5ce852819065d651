//! Why a request failed, in the platform's shape: a code and words. HTTP's status says it too, where the gate and not the platform refuses.

use axum::body::Body;
use axum::http::header::{RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::{HeaderValue, Response, StatusCode};
use axum::response::IntoResponse;
use chrono::TimeDelta;
use serde_json::{Map, Value, json};

use super::answer::json_answer;
use crate::archive;
use crate::wechat::{self, ErrorKind};

/// The platform's code for "the system is busy"; here, for whatever kept the platform from answering.
const NO_ANSWER: i64 = -1;

/// Why a request failed.
#[derive(Debug)]
pub(super) struct Failure {
    status: StatusCode,
    code: i64,
    message: String,
    /// What else a program may want to know.
    facts: Map<String, Value>,
    /// In how many seconds it may succeed.
    retry_after: Option<i64>,
}

impl Failure {
    pub(super) fn new(status: StatusCode, code: i64, message: impl Into<String>) -> Self {
        Self { status, code, message: message.into(), facts: Map::new(), retry_after: None }
    }

    /// What was sent makes no sense.
    pub(super) fn bad(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, 47001, message)
    }

    /// The token opens nothing.
    pub(super) fn unknown_token(message: &str) -> Self {
        Self::new(StatusCode::UNAUTHORIZED, 40001, message)
    }

    /// The gate is occupied; a later request may succeed.
    pub(super) fn busy(why: &str) -> Self {
        let message = format!("{why}. Nothing was written; ask again in some seconds");
        Self::new(StatusCode::SERVICE_UNAVAILABLE, NO_ANSWER, message).retry_after(TimeDelta::seconds(5))
    }

    /// A fault of the program, which is in the log.
    pub(super) fn internal() -> Self {
        let message = "the gate failed at this request; its log says why";
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, NO_ANSWER, message)
    }

    /// The platform did not do it: its own code and words, unless they are about the gate's credentials, which are not the program's.
    pub(super) fn platform(error: &wechat::Error) -> Self {
        let is_ours = matches!(error.kind, ErrorKind::Token | ErrorKind::ExternalToken | ErrorKind::Credentials);
        let Some(code) = error.code.filter(|_| !is_ours) else {
            return Self::new(StatusCode::BAD_GATEWAY, NO_ANSWER, error.to_string());
        };
        let rid = error.rid.as_ref().map(|rid| format!(" rid: {rid}")).unwrap_or_default();
        Self::new(StatusCode::OK, code, format!("{}{rid}", error.message))
    }

    #[must_use]
    pub(super) fn with(mut self, name: &str, fact: impl Into<Value>) -> Self {
        self.facts.insert(name.to_owned(), fact.into());
        self
    }

    #[must_use]
    pub(super) fn retry_after(mut self, wait: TimeDelta) -> Self {
        self.retry_after = Some(wait.num_seconds().max(1));
        self
    }
}

impl From<archive::Error> for Failure {
    fn from(error: archive::Error) -> Self {
        match error {
            archive::Error::Busy => Self::busy("the archive is busy"),
            error => {
                tracing::warn!(%error, "the gate cannot use the archive");
                let message = format!("the archive cannot be used, so nothing is written: {error}");
                Self::new(StatusCode::INTERNAL_SERVER_ERROR, NO_ANSWER, message)
            }
        }
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response<Body> {
        let Self { status, code, message, facts, retry_after } = self;
        let mut document = json!({ "errcode": code, "errmsg": message });
        if let Some(document) = document.as_object_mut() {
            document.extend(facts);
        }
        let mut response = json_answer(status, document.to_string().into_bytes());
        let headers = response.headers_mut();
        headers.extend(retry_after.map(|seconds| (RETRY_AFTER, HeaderValue::from(seconds))));
        if status == StatusCode::UNAUTHORIZED {
            headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response
    }
}
