//! The proxy that requests go through: the configuration's, else the environment's, as the HTTP library finds it.
//!
//! Its address may hold a user name and a password, which are never shown.

use std::time::Duration;

use hyper_util::client::proxy::matcher::{Intercept, Matcher};
use reqwest::Url;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;

/// How long a proxy may take to say why it refuses.
const PATIENCE: Duration = Duration::from_secs(5);

/// What the HTTP library says where a proxy lets no tunnel through; it keeps the proxy's own answer to itself.
const REFUSED: &str = "tunnel error: ";

/// A proxy, and where it was named.
pub(super) struct Proxy {
    intercept: Intercept,
    /// The environment variable, or the key of the configuration.
    source: &'static str,
}

impl Proxy {
    /// Finds the proxy for requests to `target`. `configured` counts before the environment.
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
        // Of two spellings the first that is set counts, whatever it holds.
        let named = |names: &[&'static str]| {
            let (name, value) = names.iter().find_map(|name| Some((*name, std::env::var(name).ok()?)))?;
            via(&value).map(|_| name)
        };
        let source = named(own).or_else(|| named(&["ALL_PROXY", "all_proxy"])).unwrap_or("the environment");
        Some(Self { intercept, source })
    }

    /// Says why a request failed, and that it went this way.
    pub(super) async fn explain(&self, reason: &str, target: &Url) -> String {
        if !reason.starts_with(REFUSED) {
            return format!("{reason}{}", self.told());
        }
        let answer = match self.refusal(target).await {
            Some(status) => format!("answers HTTP {status}"),
            None => format!("lets nothing through: {}", reason.trim_start_matches(REFUSED)),
        };
        let way_out = if answer.contains("407") || answer.contains("authorization") {
            ". It wants a user name and a password, in the environment: HTTPS_PROXY=http://USER:PASSWORD@HOST:PORT"
        } else {
            ""
        };
        format!("the proxy {} (from {}) {answer}{way_out}", self.address(), self.source)
    }

    /// Says that a request went this way.
    pub(super) fn told(&self) -> String {
        format!(" (through the proxy {}, from {})", self.address(), self.source)
    }

    /// Scheme, host and port.
    fn address(&self) -> String {
        let uri = self.intercept.uri();
        let port = uri.port_u16().map(|port| format!(":{port}")).unwrap_or_default();
        format!("{}://{}{port}", uri.scheme_str().unwrap_or("http"), uri.host().unwrap_or_default())
    }

    /// Asks for the tunnel once more and returns the status of the refusal.
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
