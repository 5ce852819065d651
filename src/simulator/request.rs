//! Requests and responses, independent of HTTP.

use std::collections::HashMap;
use std::time::Duration;

/// A complete request.
#[derive(Clone, Debug, Default)]
pub struct ApiRequest {
    /// `GET`, `POST`, …
    pub method: String,
    /// Begins with `/`.
    pub path: String,
    /// Decoded.
    pub query: HashMap<String, String>,
    /// Their names in lower case.
    pub headers: HashMap<String, String>,
    /// The header `Referer`.
    pub referer: Option<String>,
    /// The client's IP address.
    pub ip: String,
    /// As received.
    pub body: Vec<u8>,
    /// The file in a `multipart/form-data` body.
    pub upload: Upload,
}

/// The file in a `multipart/form-data` body.
#[derive(Clone, Debug, Default)]
pub enum Upload {
    /// The body has another type.
    #[default]
    None,
    /// It has no part named `media`.
    NoMedia,
    /// It has one.
    File {
        /// Its file name; may be empty.
        name: String,
        /// The part `description`, for videos.
        description: Option<String>,
        /// The content of the file.
        bytes: Vec<u8>,
    },
}

/// A response, if no fault changes it.
#[derive(Clone, Debug)]
pub struct ApiResponse {
    /// 200; any other status is not from the platform.
    pub status: u16,
    /// Clients must not rely on it.
    pub content_type: &'static str,
    /// Where it redirects to.
    pub location: Option<String>,
    /// File name, for downloads.
    pub file_name: Option<String>,
    /// As sent.
    pub body: Vec<u8>,
}

impl ApiResponse {
    pub(super) fn new(content_type: &'static str, body: impl Into<Vec<u8>>) -> Self {
        Self { status: 200, content_type, location: None, file_name: None, body: body.into() }
    }

    pub(super) fn text(body: impl Into<String>) -> Self {
        Self::new("text/plain", body.into())
    }

    pub(super) fn empty(status: u16) -> Self {
        Self { status, ..Self::text("") }
    }

    /// JSON of more than 32 MiB.
    pub(super) fn oversize() -> Self {
        Self::text(format!(r#"{{"news_item":[],"padding":"{}"}}"#, "x".repeat(33 << 20)))
    }

    /// An HTML page of a gateway.
    pub(super) fn html(status: u16) -> Self {
        let page = format!(
            "<html>\r\n<head><title>{status}</title></head>\r\n<body>\r\n<center><h1>{status}</h1></center>\r\n<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n"
        );
        Self { status, ..Self::new("text/html", page) }
    }
}

/// A response and how it is delivered.
#[derive(Clone, Debug)]
pub struct Delivery {
    /// The response.
    pub response: ApiResponse,
    /// How it is delivered.
    pub mode: DeliveryMode,
}

/// How a response is delivered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeliveryMode {
    /// At once.
    Plain,
    /// After this time.
    Late(Duration),
    /// Never; the connection stays open.
    Never,
    /// Not at all; the connection is reset.
    Reset,
    /// Half of the body, then the connection ends.
    Truncated,
}
