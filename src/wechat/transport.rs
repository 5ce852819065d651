//! HTTP to the platform: a request's bytes out, the answer's bytes in, patiently.

use std::error::Error as _;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderValue};
use reqwest::multipart::{Form, Part};
use reqwest::{ClientBuilder, Proxy, RequestBuilder, Response, StatusCode, Url, redirect};
use rustls::crypto::CryptoProvider;

use super::answers::Answers;
use super::error::{Error, Kind};
use super::ledger::Ledger;
use super::pace::Bucket;
use super::retry::Patience;
use crate::clock::Clock;
use crate::model::{Interface, LARGEST_DOCUMENT};
use crate::secret::Secret;

/// How long a connection and a whole request may take. Many drafts in one answer over a slow line take their time.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limits {
    pub(super) connect: Duration,
    pub(super) whole: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self { connect: Duration::from_secs(10), whole: Duration::from_secs(60) }
    }
}

/// One call, ready to be sent.
pub(super) struct Request<'a> {
    pub(super) interface: Interface,
    pub(super) credential: Credential<'a>,
    pub(super) body: Body<'a>,
}

/// What is sent.
#[derive(Clone, Copy)]
pub(super) enum Body<'a> {
    /// Nothing; the call is a GET.
    None,
    /// JSON in raw UTF-8.
    Json(&'a [u8]),
    /// A file: the end of its name tells the platform the type, `kind` what material it is for where an interface takes
    /// several.
    File { name: &'a str, content_type: &'a str, bytes: &'a [u8], kind: Option<&'static str> },
}

/// What opens the door, and where it rides.
#[derive(Clone, Copy)]
pub(super) enum Credential<'a> {
    /// An access token, in the query string.
    Query(&'a Secret),
    /// The AppSecret, which the body already holds; known here so that an echo of it is not shown.
    Body(&'a Secret),
}

impl Credential<'_> {
    fn secret(&self) -> &Secret {
        match self {
            Self::Query(secret) | Self::Body(secret) => secret,
        }
    }
}

/// The line to the platform for one account: connections are kept, calls are paced and counted.
pub(super) struct Transport {
    http: reqwest::Client,
    api_base: String,
    limits: Limits,
    pub(super) clock: Clock,
    pub(super) ledger: Ledger,
    pub(super) answers: Answers,
    bucket: Arc<Mutex<Bucket>>,
}

impl Transport {
    pub(super) fn new(api_base: &str, proxy: Option<&str>, clock: Clock, limits: Limits) -> Result<Self, Error> {
        let http = http_client(api_base, proxy, limits)?;
        let api_base = api_base.trim_end_matches('/').to_owned();
        let (ledger, answers) = (Ledger::default(), Answers::default());
        Ok(Self { http, api_base, limits, clock, ledger, answers, bucket: Arc::default() })
    }

    /// The same line with a ledger of its own.
    pub(super) fn apart(&self) -> Self {
        Self {
            http: self.http.clone(),
            api_base: self.api_base.clone(),
            limits: self.limits,
            clock: self.clock.clone(),
            ledger: Ledger::default(),
            answers: self.answers.clone(),
            bucket: Arc::clone(&self.bucket),
        }
    }

    /// Makes a call, again while that makes sense, and reads its answer with `read`. No error shows the call's
    /// credential, whoever wrote its text.
    pub(super) async fn call<T>(
        &self,
        request: &Request<'_>,
        read: impl Fn(Vec<u8>) -> Result<T, Error>,
    ) -> Result<T, Error> {
        let mut patience = Patience::new(self.clock.now());
        loop {
            let outcome = self.send(request).await.and_then(&read);
            self.answers.enter(request.interface, &outcome);
            let error = match outcome.map_err(|error| error.without(request.credential.secret())) {
                Ok(answer) => return Ok(answer),
                Err(error) => error,
            };
            if !patience.outlasts(&error, is_idempotent(request.interface), &self.clock).await {
                return Err(error);
            }
        }
    }

    async fn send(&self, request: &Request<'_>) -> Result<Vec<u8>, Error> {
        let interface = request.interface;
        self.pace(interface).await;
        let now = self.clock.now();
        self.ledger.enter(interface, now);
        let failed = |error| failure(interface, error, self.limits);
        let response = self.http_request(request).send().await.map_err(failed).inspect_err(|error| {
            if error.kind == (Kind::Unreachable { sent: false }) {
                self.ledger.strike(interface, now);
            }
        })?;
        match response.status() {
            StatusCode::OK => {}
            status => return Err(Error::call(interface, kind_of(status), format!("HTTP {status}"))),
        }
        match read_capped(response, LARGEST_DOCUMENT).await.map_err(failed)? {
            Some(bytes) => Ok(bytes),
            None => Err(Error::call(interface, Kind::Oversize, "it was not read beyond 32 MiB")),
        }
    }

    fn http_request(&self, request: &Request<'_>) -> RequestBuilder {
        let url = format!("{}/cgi-bin/{}", self.api_base, path(request.interface));
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

    async fn pace(&self, interface: Interface) {
        // The token interface allows 10,000 calls a minute.
        if matches!(interface, Interface::StableToken | Interface::StableTokenForce) {
            return;
        }
        let wait = self.bucket.lock().unwrap_or_else(PoisonError::into_inner).take(self.clock.now());
        if !wait.is_zero() {
            self.clock.sleep(wait).await;
        }
    }
}

/// The platform takes files as a form of one part, `media`, whose name tells the type (官方文档 新增永久素材).
fn form(name: &str, content_type: &str, bytes: &[u8]) -> Form {
    let mut headers = HeaderMap::new();
    headers.extend(HeaderValue::from_str(content_type).ok().map(|value| (CONTENT_TYPE, value)));
    Form::new().part("media", Part::bytes(bytes.to_vec()).file_name(name.to_owned()).headers(headers))
}

/// An added draft or material would be there twice; a second forced refresh costs the day's budget.
fn is_idempotent(interface: Interface) -> bool {
    !matches!(interface, Interface::DraftAdd | Interface::MaterialAdd | Interface::StableTokenForce)
}

/// The platform says everything with 200; any other status is of something on the way.
fn kind_of(status: StatusCode) -> Kind {
    let passing = [StatusCode::REQUEST_TIMEOUT, StatusCode::TOO_MANY_REQUESTS].contains(&status);
    if passing || status.is_server_error() { Kind::Busy } else { Kind::Gateway }
}

/// Returns an interface's path below `/cgi-bin/`.
pub(super) fn path(interface: Interface) -> &'static str {
    match interface {
        Interface::StableTokenForce => Interface::StableToken.as_str(),
        other => other.as_str(),
    }
}

/// Builds a client for `target`: no redirects, no proxy for loopback but an explicit one, roots only where needed.
pub(super) fn http_client(target: &str, proxy: Option<&str>, limits: Limits) -> Result<reqwest::Client, Error> {
    http_client_with(target, proxy, limits, |builder| builder.gzip(true))
}

/// Builds such a client, and does something else to it as well.
pub(super) fn http_client_with(
    target: &str,
    proxy: Option<&str>,
    limits: Limits,
    finish: impl FnOnce(ClientBuilder) -> ClientBuilder,
) -> Result<reqwest::Client, Error> {
    install_tls_provider();
    let target =
        Url::parse(target).map_err(|error| Error::local(format!("the API's address is not valid: {error}")))?;
    let mut builder = reqwest::Client::builder()
        .user_agent(concat!("draftkeep/", env!("CARGO_PKG_VERSION")))
        .connect_timeout(limits.connect)
        .timeout(limits.whole)
        .pool_idle_timeout(Duration::from_secs(90))
        .redirect(redirect::Policy::none());
    if let Some(address) = proxy {
        // Its text may hold a password, so the mistake is told without it.
        let proxy = Proxy::all(address).map_err(|_| Error::local("the address in `proxy` is not valid"))?;
        builder = builder.proxy(proxy);
    } else if is_loopback(&target) {
        builder = builder.no_proxy();
    }
    let plain = target.scheme() == "http" && proxy.is_none_or(|proxy| !proxy.starts_with("https:"));
    if plain {
        // The roots are read when the client is built, needed or not, and a machine may have none.
        builder = builder.tls_certs_only([]);
    }
    finish(builder).build().map_err(|error| Error::local(unbuildable(&cause(&error))))
}

/// TLS needs one provider per process; whoever comes first installs it.
fn install_tls_provider() {
    if CryptoProvider::get_default().is_none() && rustls::crypto::ring::default_provider().install_default().is_err() {
        tracing::trace!("the TLS provider was installed by another thread meanwhile");
    }
}

fn unbuildable(cause: &str) -> String {
    if cause.contains("No CA certificates") {
        "there are no CA certificates, so no HTTPS server can be trusted. \
         Install the package ca-certificates, or name a bundle in the environment variable SSL_CERT_FILE"
            .to_owned()
    } else {
        format!("the HTTP client cannot be set up: {cause}")
    }
}

fn is_loopback(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default();
    host == "localhost" || host.trim_matches(['[', ']']).parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

/// Reads an answer up to `limit` decompressed bytes; `None` when there is more, which is left unread.
pub(super) async fn read_capped(mut response: Response, limit: usize) -> reqwest::Result<Option<Vec<u8>>> {
    let announced = response.content_length().and_then(|length| usize::try_from(length).ok()).unwrap_or(0);
    if announced > limit {
        return Ok(None);
    }
    let mut bytes = Vec::with_capacity(announced);
    while let Some(chunk) = response.chunk().await? {
        if bytes.len() + chunk.len() > limit {
            return Ok(None);
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(Some(bytes))
}

fn failure(interface: Interface, error: reqwest::Error, limits: Limits) -> Error {
    let error = error.without_url();
    if error.is_builder() {
        return Error::local(format!("the request cannot be made: {}", cause(&error)));
    }
    let sent = !error.is_connect();
    let message = match (error.is_timeout(), sent) {
        (true, false) => format!("not within {:?}", limits.connect),
        (true, true) => format!("not within {:?}", limits.whole),
        (false, _) => cause(&error),
    };
    Error::call(interface, Kind::Unreachable { sent }, message)
}

/// The innermost reason, which is the one that a person can act on; the outer ones only say that there was an error.
pub(super) fn cause(error: &reqwest::Error) -> String {
    let mut innermost: &dyn std::error::Error = error;
    let mut next = error.source();
    while let Some(source) = next {
        innermost = source;
        next = source.source();
    }
    innermost.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    const SHORT: Limits = Limits { connect: Duration::from_secs(10), whole: Duration::from_millis(50) };

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
            let transport = Transport::new(&silent(head).await, None, clock.clone(), SHORT).unwrap();
            let token = Secret::new("97_first");
            let request =
                Request { interface: Interface::DraftCount, credential: Credential::Query(&token), body: Body::None };
            let error = transport.call(&request, Ok).await.unwrap_err();
            assert_eq!(error.kind, Kind::Unreachable { sent: true });
            assert_eq!(error.to_string(), "draft/count: no complete answer came: not within 50ms");
            assert_eq!(transport.ledger.take()[0].count, 3, "each may have arrived");
        }
    }

    #[test]
    fn loopback_is_told_from_the_world() {
        for (url, expected) in [
            ("http://127.0.0.1:8080", true),
            ("http://localhost", true),
            ("http://[::1]:1", true),
            ("https://api.weixin.qq.com", false),
            ("http://127.0.0.1.example.com", false),
        ] {
            assert_eq!(is_loopback(&Url::parse(url).unwrap()), expected, "{url}");
        }
    }

    #[test]
    fn https_needs_roots_and_plain_http_does_not() {
        assert!(http_client("http://127.0.0.1:1", None, SHORT).is_ok());
        if let Err(error) = http_client("https://api.weixin.qq.com", None, SHORT) {
            assert!(error.to_string().contains("ca-certificates"), "{error}");
        }
    }

    #[test]
    fn a_machine_without_roots_is_told_what_to_install() {
        let told = unbuildable("No CA certificates were loaded from the system");
        assert!(told.contains("ca-certificates") && told.contains("SSL_CERT_FILE"), "{told}");
    }
}
