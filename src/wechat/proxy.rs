//! The proxy for requests: that of the configuration, otherwise that of the environment, as the HTTP library finds it.
//!
//! Its address may contain a user name and a password, which are never shown.

use std::time::Duration;

use hyper_util::client::proxy::matcher::{Intercept, Matcher};
use reqwest::Url;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;

use super::request_failure::{FailureCause, RequestFailure};

/// How long a proxy may take to answer why it refuses.
const PATIENCE: Duration = Duration::from_secs(5);

/// The library's error if a proxy refuses a tunnel; it does not include the proxy's response.
const REFUSED: &str = "tunnel error: ";

/// A proxy, and where it is configured.
pub(super) struct Proxy {
    intercept: Intercept,
    /// The environment variable, or the key of the configuration.
    source: &'static str,
}

impl Proxy {
    /// Finds the proxy for requests to `target`. `configured` takes precedence over the environment.
    pub(super) fn find(configured: Option<&str>, target: &Url) -> Option<Self> {
        let target = target.as_str().parse().ok()?;
        let via = |address: &str| Matcher::builder().all(address.to_owned()).build().intercept(&target);
        if let Some(address) = configured {
            return Some(Self { intercept: via(address)?, source: "`proxy`" });
        }
        let intercept = Matcher::from_system().intercept(&target)?;
        let own: &[&str] = match target.scheme_str() {
            Some("https") => &["HTTPS_PROXY", "https_proxy"],
            _ => &["HTTP_PROXY", "http_proxy"],
        };
        // Of two spellings the first one that is set counts, even if empty.
        let named = |names: &[&'static str]| {
            let (name, value) = names.iter().find_map(|name| Some((*name, std::env::var(name).ok()?)))?;
            via(&value).map(|_| name)
        };
        let source = named(own).or_else(|| named(&["ALL_PROXY", "all_proxy"])).unwrap_or("the environment");
        Some(Self { intercept, source })
    }

    /// Adds to a failure that the request went through this proxy, and its response. A status from 400 to 499 is a refusal, which
    /// lasts until somebody corrects something; one from 500 may pass.
    pub(super) async fn explain(&self, reason: RequestFailure, target: &Url) -> RequestFailure {
        let Some(said) = reason.text.strip_prefix(REFUSED) else {
            return RequestFailure { text: format!("{}{}", reason.text, self.description()), ..reason };
        };
        let status = self.refusal(target).await;
        let wants_login =
            said.contains("authorization") || status.as_ref().is_some_and(|status| status.starts_with("407"));
        let is_refused =
            wants_login || status.as_ref().is_some_and(|status| status.starts_with('4') && !passes(status));
        let cause = if is_refused { FailureCause::Proxy } else { reason.cause };
        let answer = match status {
            Some(status) => format!("answers HTTP {status}"),
            None => format!("lets nothing through: {said}"),
        };
        let way_out = if wants_login {
            ". It wants a user name and a password, in the environment: HTTPS_PROXY=http://USER:PASSWORD@HOST:PORT"
        } else {
            ""
        };
        RequestFailure { text: format!("the proxy {} (from {}) {answer}{way_out}", self.address(), self.source), cause }
    }

    /// Text that names the proxy of a request.
    pub(super) fn description(&self) -> String {
        format!(" (through the proxy {}, from {})", self.address(), self.source)
    }

    /// Scheme, host and port.
    fn address(&self) -> String {
        let uri = self.intercept.uri();
        let port = uri.port_u16().map(|port| format!(":{port}")).unwrap_or_default();
        format!("{}://{}{port}", uri.scheme_str().unwrap_or("http"), uri.host().unwrap_or_default())
    }

    /// Requests the tunnel once more and returns the status of the refusal.
    async fn refusal(&self, target: &Url) -> Option<String> {
        let uri = self.intercept.uri();
        if uri.scheme_str() != Some("http") {
            return None;
        }
        let proxy = (uri.host()?.trim_matches(['[', ']']).to_owned(), uri.port_u16().unwrap_or(80));
        let tunnel = format!("{}:{}", target.host_str()?, target.port_or_known_default()?);
        let login = self.intercept.basic_auth().and_then(|value| value.to_str().ok());
        let login = login.map(|value| format!("Proxy-Authorization: {value}\r\n")).unwrap_or_default();
        let ask = async {
            let mut stream = TcpStream::connect(proxy).await?;
            let request = format!("CONNECT {tunnel} HTTP/1.1\r\nHost: {tunnel}\r\n{login}\r\n");
            stream.write_all(request.as_bytes()).await?;
            let mut line = String::new();
            BufReader::new(stream).take(200).read_line(&mut line).await?;
            std::io::Result::Ok(line)
        };
        let line = tokio::time::timeout(PATIENCE, ask).await.ok()?.ok()?;
        let status = line.trim().strip_prefix("HTTP/1.")?.split_once(' ')?.1;
        (!status.starts_with('2')).then(|| status.to_owned())
    }
}

/// Request Timeout and Too Many Requests.
fn passes(status: &str) -> bool {
    status.starts_with("408") || status.starts_with("429")
}

#[cfg(test)]
mod tests {
    use tokio::net::TcpListener;

    use super::*;

    /// Explains a tunnel that a proxy has refused with this status.
    async fn cause(status: &'static str) -> FailureCause {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let target = Url::parse("https://api.weixin.qq.com").unwrap();
        let proxy = Proxy::find(Some(&address), &target).unwrap();
        let answer = async {
            let (mut stream, _) = listener.accept().await.unwrap();
            assert!(stream.read(&mut [0; 1024]).await.unwrap() > 0);
            stream.write_all(format!("HTTP/1.1 {status}\r\n\r\n").as_bytes()).await.unwrap();
        };
        let reason = RequestFailure { text: format!("{REFUSED}unsuccessful"), cause: FailureCause::Network };
        let (explained, ()) = tokio::join!(proxy.explain(reason, &target), answer);
        let expected = format!("the proxy {address} (from `proxy`) answers HTTP {status}");
        assert!(explained.text.starts_with(&expected), "{}", explained.text);
        explained.cause
    }

    #[tokio::test]
    async fn a_refusal_is_told_from_what_passes() {
        for (status, expected) in [
            ("403 Forbidden", FailureCause::Proxy),
            ("407 Proxy Authentication Required", FailureCause::Proxy),
            ("408 Request Timeout", FailureCause::Network),
            ("429 Too Many Requests", FailureCause::Network),
            ("502 Bad Gateway", FailureCause::Network),
        ] {
            assert_eq!(cause(status).await, expected, "{status}");
        }
    }
}
