//! HTTP to targets: time limits, no redirects, and failures as answers.

use std::sync::OnceLock;
use std::time::Duration;

use reqwest::Url;
use reqwest::header::{CONTENT_TYPE, HeaderMap, RETRY_AFTER};

use super::answer::Answer;
use super::meaning::Meaning;
use crate::http_client::{self, SetupError, Timeouts, needs_certificates};
use crate::model::{Timestamp, root_cause};

/// How long a send may take.
const TIMEOUT: Duration = Duration::from_secs(15);

/// How long connecting may take.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// How much of an answer is read, in bytes.
const LARGEST_ANSWER: usize = 64 * 1024;

/// The longest wait that a target may ask for.
const LONGEST_WAIT: Duration = Duration::from_secs(24 * 60 * 60);

/// The wait where a target names none.
pub(super) const SHORT_WAIT: Duration = Duration::from_secs(60);

/// The HTTP client for targets. Keeps no connections: messages are rare, and one that the server has closed meanwhile would
/// look like a send that may have arrived.
pub struct Client {
    authorities: Vec<Vec<u8>>,
    timeout: Duration,
    encrypted: OnceLock<Result<reqwest::Client, String>>,
    plain: OnceLock<Result<reqwest::Client, String>>,
}

impl Default for Client {
    /// The proxy of the environment and the system's certificates.
    fn default() -> Self {
        Self { authorities: Vec::new(), timeout: TIMEOUT, encrypted: OnceLock::new(), plain: OnceLock::new() }
    }
}

impl Client {
    /// CA certificates (DER) that are trusted beside the system's.
    pub fn new(authorities: Vec<Vec<u8>>) -> Self {
        Self { authorities, ..Self::default() }
    }

    /// Another time limit than fifteen seconds.
    #[must_use]
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// Returns the CA certificates (DER) that are trusted beside the system's.
    pub(super) fn authorities(&self) -> &[Vec<u8>] {
        &self.authorities
    }

    /// Posts once. The error is what became of the send if there is no complete response.
    pub(super) async fn post(&self, request: Request) -> Result<Response, Answer> {
        let http =
            self.http(&request.url).map_err(|cause| Answer::later(SHORT_WAIT, Meaning::Certificate).said(cause))?;
        let mut builder = http.post(request.url).header(CONTENT_TYPE, request.content_type).body(request.body);
        for (name, value) in request.headers {
            builder = builder.header(name, value);
        }
        let mut response = builder.send().await.map_err(|error| failure(error, self.timeout))?;
        let (status, headers) = (response.status().as_u16(), std::mem::take(response.headers_mut()));
        let body = match read(response).await {
            // What the body would have said is not known; a refusal by its status is.
            Err(error) if (200..300).contains(&status) => return Err(failure(error, self.timeout)),
            Err(_) => Vec::new(),
            Ok(body) => body,
        };
        Ok(Response { status, headers, body })
    }

    /// Loopback has a client of its own: it needs no certificates.
    fn http(&self, url: &Url) -> Result<&reqwest::Client, &str> {
        let is_plain = !needs_certificates(url, None);
        let client = if is_plain { &self.plain } else { &self.encrypted };
        client.get_or_init(|| self.build(url)).as_ref().map_err(String::as_str)
    }

    fn build(&self, url: &Url) -> Result<reqwest::Client, String> {
        let timeouts = Timeouts { connect: CONNECT_TIMEOUT.min(self.timeout), whole: self.timeout };
        let builder = http_client::builder(url, None, &self.authorities, timeouts).map_err(|error| match error {
            SetupError::Proxy => "the address of the proxy is not valid".to_owned(),
            SetupError::Certificate(cause) => cause,
        })?;
        builder.pool_max_idle_per_host(0).build().map_err(|error| root_cause(&error))
    }
}

/// A request to a target.
pub(super) struct Request {
    url: Url,
    content_type: &'static str,
    headers: Vec<(&'static str, String)>,
    body: String,
}

impl Request {
    pub(super) fn json(url: Url, body: String) -> Self {
        Self { url, content_type: "application/json; charset=utf-8", headers: Vec::new(), body }
    }

    pub(super) fn text(url: Url, body: String) -> Self {
        Self { url, content_type: "text/plain; charset=utf-8", headers: Vec::new(), body }
    }

    pub(super) fn header(mut self, name: &'static str, value: String) -> Self {
        self.headers.push((name, value));
        self
    }
}

/// A response, its body cut at the limit.
pub(super) struct Response {
    pub(super) status: u16,
    headers: HeaderMap,
    pub(super) body: Vec<u8>,
}

impl Response {
    pub(super) fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }

    pub(super) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// Returns how long the target asks to wait, in seconds or as a date; 飞书 has a header of its own.
    pub(super) fn wait(&self, now: Timestamp) -> Option<Duration> {
        let header = |name: &str| self.headers.get(name).and_then(|value| value.to_str().ok()).map(str::trim);
        let text = header(RETRY_AFTER.as_str()).or_else(|| header("x-ogw-ratelimit-reset"))?;
        let seconds = match text.parse::<u64>() {
            Ok(seconds) => seconds,
            Err(_) => {
                let at = chrono::DateTime::parse_from_rfc2822(text).ok()?;
                u64::try_from((at.to_utc() - now).num_seconds()).unwrap_or(0)
            }
        };
        Some(Duration::from_secs(seconds).min(LONGEST_WAIT))
    }
}

#[cfg(test)]
impl Response {
    pub(super) fn of(status: u16, body: &str) -> Self {
        Self { status, headers: HeaderMap::new(), body: body.as_bytes().to_vec() }
    }

    pub(super) fn with(mut self, name: &'static str, value: &'static str) -> Self {
        self.headers.insert(name, reqwest::header::HeaderValue::from_static(value));
        self
    }
}

async fn read(mut response: reqwest::Response) -> reqwest::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    while let Some(chunk) = response.chunk().await? {
        let room = LARGEST_ANSWER - bytes.len();
        bytes.extend_from_slice(&chunk[..chunk.len().min(room)]);
        if bytes.len() == LARGEST_ANSWER {
            break;
        }
    }
    Ok(bytes)
}

/// Says what became of a send that failed: without a connection nothing was sent; afterwards the target may have the message.
fn failure(error: reqwest::Error, timeout: Duration) -> Answer {
    let error = error.without_url();
    let cause = if error.is_timeout() { format!("nothing came within {timeout:?}") } else { root_cause(&error) };
    if error.is_builder() {
        return Answer::parked(Meaning::Misconfigured).said(cause);
    }
    if !error.is_connect() {
        return Answer::uncertain(Meaning::NoAnswer).said(cause);
    }
    let meaning = if cause.contains("certificate") { Meaning::Certificate } else { Meaning::NotReached };
    Answer::later(SHORT_WAIT, meaning).said(cause)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_wait_that_a_target_asks_for_is_read_in_both_forms() {
        let now: Timestamp = "2026-09-21T06:02:00Z".parse().unwrap();
        let wait = |name, value| Response::of(429, "").with(name, value).wait(now).map(|wait| wait.as_secs());
        assert_eq!(wait("retry-after", "120"), Some(120));
        assert_eq!(wait("retry-after", "Mon, 21 Sep 2026 06:03:30 GMT"), Some(90));
        assert_eq!(wait("retry-after", "Mon, 21 Sep 2026 06:01:30 GMT"), Some(0));
        assert_eq!(wait("retry-after", "99999999"), Some(86_400));
        assert_eq!(wait("retry-after", "soon"), None);
        assert_eq!(wait("x-ogw-ratelimit-reset", "7"), Some(7));
    }
}
