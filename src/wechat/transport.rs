//! HTTP to the platform: sends requests, reads responses, retries.

use std::sync::{Arc, Mutex, PoisonError};

use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderValue};
use reqwest::multipart::{Form, Part};
use reqwest::{RequestBuilder, StatusCode, Url};

use super::error::Error;
use super::error_kind::ErrorKind;
use super::http::{self, Route, read_capped};
use super::platform_clock::PlatformClock;
use super::rate_limit::RateLimiter;
use super::request_failure::{FailureCause, RequestFailure};
use super::response_counters::ResponseCounters;
use super::retry::Retry;
use super::usage_counter::UsageCounter;
use crate::clock::Clock;
use crate::http_client::Timeouts;
use crate::model::{Endpoint, LARGEST_DOCUMENT};
use crate::secret::Secret;

/// One API call.
pub(super) struct Request<'a> {
    pub(super) endpoint: Endpoint,
    pub(super) credential: Credential<'a>,
    pub(super) body: Body<'a>,
}

/// The request body.
#[derive(Clone, Copy)]
pub(super) enum Body<'a> {
    /// Nothing; the call is a GET.
    None,
    /// JSON in raw UTF-8.
    Json(&'a [u8]),
    /// A file. The platform takes its type from the end of its name; `kind` is the kind of material, if the endpoint has several.
    File { name: &'a str, content_type: &'a str, bytes: &'a [u8], kind: Option<&'static str> },
}

/// The credential of a call, and where it is sent.
#[derive(Clone, Copy)]
pub(super) enum Credential<'a> {
    /// An access token, in the query string.
    Query(&'a Secret),
    /// The AppSecret, which is already in the body; needed here to redact it from errors.
    Body(&'a Secret),
}

impl Credential<'_> {
    fn secret(&self) -> &Secret {
        match self {
            Self::Query(secret) | Self::Body(secret) => secret,
        }
    }
}

/// The HTTP client of one account: keeps connections, limits the rate, counts calls.
pub(super) struct Transport {
    http: reqwest::Client,
    /// Without a trailing slash.
    api_base: String,
    target: Url,
    route: Route,
    timeouts: Timeouts,
    pub(super) clock: Clock,
    pub(super) usage: UsageCounter,
    pub(super) responses: ResponseCounters,
    pub(super) platform_clock: PlatformClock,
    rate_limiter: Arc<Mutex<RateLimiter>>,
}

impl Transport {
    pub(super) fn new(
        http: reqwest::Client,
        api_base: &str,
        route: Route,
        clock: Clock,
        timeouts: Timeouts,
    ) -> Result<Self, Error> {
        let target = http::parse(api_base)?;
        let api_base = api_base.trim_end_matches('/').to_owned();
        Ok(Self {
            http,
            api_base,
            target,
            route,
            timeouts,
            clock,
            usage: UsageCounter::default(),
            responses: ResponseCounters::default(),
            platform_clock: PlatformClock::default(),
            rate_limiter: Arc::default(),
        })
    }

    /// The same transport with a separate usage counter.
    pub(super) fn with_own_usage(&self) -> Self {
        Self {
            http: self.http.clone(),
            api_base: self.api_base.clone(),
            target: self.target.clone(),
            route: self.route.clone(),
            timeouts: self.timeouts,
            clock: self.clock.clone(),
            usage: UsageCounter::default(),
            responses: self.responses.clone(),
            platform_clock: self.platform_clock.clone(),
            rate_limiter: Arc::clone(&self.rate_limiter),
        }
    }

    /// Makes a call, retries it as [`Retry`] says, and parses the response with `read`. No error contains the call's credential.
    pub(super) async fn call<T>(
        &self,
        request: &Request<'_>,
        read: impl Fn(Vec<u8>) -> Result<T, Error>,
    ) -> Result<T, Error> {
        let mut retry = Retry::new(self.clock.now());
        loop {
            let outcome = self.send(request).await.and_then(&read);
            self.responses.record(request.endpoint, &outcome);
            let error = match outcome.map_err(|error| error.redacted(request.credential.secret())) {
                Ok(answer) => return Ok(answer),
                Err(error) => error,
            };
            if !retry.wait_before_retry(&error, is_idempotent(request.endpoint), &self.clock).await {
                return Err(error);
            }
        }
    }

    async fn send(&self, request: &Request<'_>) -> Result<Vec<u8>, Error> {
        let endpoint = request.endpoint;
        self.pace(endpoint).await;
        let now = self.clock.now();
        self.usage.add(endpoint, now);
        let response = match self.http_request(request).send().await {
            Ok(response) => response,
            Err(error) => {
                let error = self.failure(endpoint, error).await;
                if matches!(
                    error.kind,
                    ErrorKind::Unreachable { sent: false } | ErrorKind::Untrusted | ErrorKind::ProxyRefused
                ) {
                    self.usage.remove(endpoint, now);
                }
                return Err(error);
            }
        };
        match response.status() {
            StatusCode::OK => self.platform_clock.record(response.headers(), self.clock.now()),
            status => {
                let way = self.route.proxy(&self.target).map(|proxy| proxy.description()).unwrap_or_default();
                return Err(Error::new(endpoint, kind_of_status(status), format!("HTTP {status}{way}")));
            }
        }
        match read_capped(response, LARGEST_DOCUMENT).await {
            Ok(Some(bytes)) => Ok(bytes),
            Ok(None) => Err(Error::new(endpoint, ErrorKind::Oversize, "it was not read beyond 32 MiB")),
            Err(error) => Err(self.failure(endpoint, error).await),
        }
    }

    /// Explains why there is no complete response.
    async fn failure(&self, endpoint: Endpoint, error: reqwest::Error) -> Error {
        let error = error.without_url();
        let sent = !error.is_connect();
        let timeout = if sent { self.timeouts.whole } else { self.timeouts.connect };
        let reason = RequestFailure::of(&error, &self.target, &format!("not within {timeout:?}"));
        if error.is_builder() {
            return Error::local(format!("the request cannot be made: {}", reason.text));
        }
        let RequestFailure { text, cause } = self.route.explain(reason, &self.target).await;
        let kind = match cause {
            FailureCause::Network => ErrorKind::Unreachable { sent },
            FailureCause::Certificate => ErrorKind::Untrusted,
            FailureCause::Proxy => ErrorKind::ProxyRefused,
        };
        Error::new(endpoint, kind, text)
    }

    fn http_request(&self, request: &Request<'_>) -> RequestBuilder {
        let url = format!("{}/cgi-bin/{}", self.api_base, path(request.endpoint));
        let builder = match request.body {
            Body::Json(body) => {
                let json = "application/json; charset=utf-8";
                self.http.post(url).header("Content-Type", json).body(body.to_vec())
            }
            Body::File { name, content_type, bytes, kind } => {
                let kind = kind.map(|kind| ("type", kind));
                self.http.post(url).multipart(form(name, content_type, bytes)).query(kind.as_slice())
            }
            Body::None => self.http.get(url),
        };
        match request.credential {
            Credential::Query(token) => builder.query(&[("access_token", token.expose())]),
            Credential::Body(_) => builder,
        }
    }

    async fn pace(&self, endpoint: Endpoint) {
        // The token endpoint allows 10,000 calls per minute.
        if matches!(endpoint, Endpoint::StableToken | Endpoint::StableTokenForce) {
            return;
        }
        let wait = self.rate_limiter.lock().unwrap_or_else(PoisonError::into_inner).reserve(self.clock.now());
        if !wait.is_zero() {
            self.clock.sleep(wait).await;
        }
    }
}

/// The platform expects a form with one part, `media`, whose file name has the type (官方文档 新增永久素材).
fn form(name: &str, content_type: &str, bytes: &[u8]) -> Form {
    let mut headers = HeaderMap::new();
    headers.extend(HeaderValue::from_str(content_type).ok().map(|value| (CONTENT_TYPE, value)));
    Form::new().part("media", Part::bytes(bytes.to_vec()).file_name(name.to_owned()).headers(headers))
}

/// A repeated add creates a second draft or material; a second forced refresh costs the daily budget.
fn is_idempotent(endpoint: Endpoint) -> bool {
    !matches!(endpoint, Endpoint::DraftAdd | Endpoint::MaterialAdd | Endpoint::StableTokenForce)
}

/// The platform itself only sends 200; any other status comes from something between.
fn kind_of_status(status: StatusCode) -> ErrorKind {
    let passing = [StatusCode::REQUEST_TIMEOUT, StatusCode::TOO_MANY_REQUESTS].contains(&status);
    if passing || status.is_server_error() { ErrorKind::Busy } else { ErrorKind::UnexpectedStatus }
}

/// Returns an endpoint's path below `/cgi-bin/`.
pub(super) fn path(endpoint: Endpoint) -> &'static str {
    match endpoint {
        Endpoint::StableTokenForce => Endpoint::StableToken.as_str(),
        other => other.as_str(),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    const SHORT: Timeouts = Timeouts { connect: Duration::from_secs(10), whole: Duration::from_millis(50) };

    /// A server that takes a request and never says a word, but for `head`.
    async fn silent(head: &'static [u8]) -> String {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async move {
            let mut open = Vec::new();
            while let Ok((mut stream, _)) = listener.accept().await {
                assert!(stream.read(&mut [0; 1024]).await.unwrap() > 0);
                stream.write_all(head).await.unwrap();
                open.push(stream);
            }
        });
        base
    }

    #[tokio::test]
    async fn the_limit_holds_before_and_within_an_answer() {
        for head in [&b""[..], b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{"] {
            let clock = Clock::fixed(Default::default());
            let (base, route) = (silent(head).await, Route::default());
            let http = http::http_client(&base, &route, SHORT).unwrap();
            let transport = Transport::new(http, &base, route, clock.clone(), SHORT).unwrap();
            let token = Secret::new("97_first");
            let request =
                Request { endpoint: Endpoint::DraftCount, credential: Credential::Query(&token), body: Body::None };
            let error = transport.call(&request, Ok).await.unwrap_err();
            assert_eq!(error.kind, ErrorKind::Unreachable { sent: true });
            assert_eq!(error.to_string(), "draft/count: no complete response came: not within 50ms");
            assert_eq!(transport.usage.drain()[0].count, 3, "each may have arrived");
        }
    }
}
