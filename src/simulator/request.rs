//! A call and its answer, apart from sockets: what the platform sees of a request and what it says.

use std::collections::HashMap;
use std::time::Duration;

/// A request, read to its end.
#[derive(Clone, Debug, Default)]
pub struct ApiRequest {
    /// `GET`, `POST`, …
    pub method: String,
    /// Begins with `/`.
    pub path: String,
    /// Decoded.
    pub query: HashMap<String, String>,
    /// The page that the request says it comes from.
    pub referer: Option<String>,
    /// The address that it really comes from.
    pub ip: String,
    /// As received.
    pub body: Vec<u8>,
    /// The file in a `multipart/form-data` body.
    pub upload: Upload,
}

/// What a `multipart/form-data` body brought.
#[derive(Clone, Debug, Default)]
pub enum Upload {
    /// The body was of another kind.
    #[default]
    None,
    /// It had no part named `media`.
    NoMedia,
    /// It had one.
    File {
        /// Its file name, or nothing.
        name: String,
        /// The part `description`, which belongs to videos.
        description: Option<String>,
        /// The file itself.
        bytes: Vec<u8>,
    },
}

/// What goes back, if all goes well.
#[derive(Clone, Debug)]
pub struct ApiResponse {
    /// 200, or else it is not the platform that speaks.
    pub status: u16,
    /// Not to be relied on.
    pub content_type: &'static str,
    /// File name, for downloads.
    pub file_name: Option<String>,
    /// As sent.
    pub body: Vec<u8>,
}

impl ApiResponse {
    pub(super) fn new(content_type: &'static str, body: impl Into<Vec<u8>>) -> Self {
        Self { status: 200, content_type, file_name: None, body: body.into() }
    }

    pub(super) fn text(body: impl Into<String>) -> Self {
        Self::new("text/plain", body.into())
    }

    pub(super) fn empty(status: u16) -> Self {
        Self { status, ..Self::text("") }
    }

    /// A page that some gateway made.
    pub(super) fn html(status: u16) -> Self {
        let page = format!(
            "<html>\r\n<head><title>{status}</title></head>\r\n<body>\r\n<center><h1>{status}</h1></center>\r\n<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n"
        );
        Self { status, ..Self::new("text/html", page) }
    }
}

/// An answer and how it travels.
#[derive(Clone, Debug)]
pub struct Outgoing {
    /// The response.
    pub response: ApiResponse,
    /// What becomes of it.
    pub mode: DeliveryMode,
}

/// What becomes of an answer on its way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeliveryMode {
    /// It arrives.
    Plain,
    /// It arrives after this time.
    Late(Duration),
    /// It never arrives, and the connection stays open.
    Never,
    /// The connection is reset in its place.
    Reset,
    /// Half of its body arrives, then the connection ends.
    Truncated,
}
