//! The bodies of requests: JSON of a limited size, from a client that sends it in time.

use std::time::Duration;

use axum::body::Bytes;
use axum::extract::{FromRequest, Request};
use axum::http::StatusCode;
use serde_json::{Map, Value};

use super::failure::Failure;

/// The largest body of a request, in bytes.
pub(super) const LARGEST: usize = 8 << 20;

/// The same, in bytes, where no token is asked for.
pub(super) const LARGEST_WITHOUT_TOKEN: usize = 4 << 10;

/// How long the body of a request may take.
pub(super) const TIMEOUT: Duration = Duration::from_secs(30);

/// A JSON object, and as it was sent. No body at all is an empty object.
pub(super) struct JsonBody {
    pub(super) members: Map<String, Value>,
    pub(super) bytes: Bytes,
}

impl<S: Send + Sync> FromRequest<S> for JsonBody {
    type Rejection = Failure;

    async fn from_request(request: Request, state: &S) -> Result<Self, Failure> {
        let body = tokio::time::timeout(TIMEOUT, Bytes::from_request(request, state)).await;
        let bytes = body.map_err(|_| too_slow())?.map_err(|error| unread(error.status()))?;
        if bytes.trim_ascii().is_empty() {
            return Ok(Self { members: Map::new(), bytes });
        }
        match serde_json::from_slice(&bytes) {
            Ok(members) => Ok(Self { members, bytes }),
            Err(error) => Err(Failure::bad(format!("the body is no JSON object in UTF-8: {error}"))),
        }
    }
}

pub(super) fn too_slow() -> Failure {
    Failure::new(StatusCode::REQUEST_TIMEOUT, -1, format!("the body did not arrive within {TIMEOUT:?}"))
}

/// Why a body was not read.
pub(super) fn unread(status: StatusCode) -> Failure {
    match status {
        StatusCode::PAYLOAD_TOO_LARGE => {
            Failure::new(status, 45002, format!("the body is larger than {} MiB, and was not read", LARGEST >> 20))
        }
        _ => Failure::bad("the body cannot be read"),
    }
}
