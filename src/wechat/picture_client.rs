//! Downloads pictures. Not part of the API: no token, no quota. Content types are not believed.
//!
//! Anybody may have written the article with the address. So only WeChat's picture hosts are contacted, over HTTPS; redirects and
//! the IP addresses of the hosts are checked too. The operator's `image_base` and a proxy are trusted.

use std::net::{IpAddr, SocketAddr};
use std::sync::{Mutex, OnceLock, PoisonError};
use std::time::Duration;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::header::{LOCATION, REFERER};
use reqwest::{ClientBuilder, Response, StatusCode, Url};

use super::error::Error;
use super::http::{self, Route, TIMEOUTS};
use super::http_clients::{HttpClients, Purpose};
use super::request_failure::{RequestFailure, host};
use crate::clock::Clock;
use crate::model::Timestamp;
use crate::picture::is_picture_host;

/// The highest number of redirects.
const MOST_REDIRECTS: usize = 3;

/// The minimum time between two requests: there are many pictures, and nobody waits for them.
const GAP: Duration = Duration::from_millis(50);

/// How long a picture host may send nothing. A large picture over a slow connection takes long, but sends something.
const SILENCE: Duration = Duration::from_secs(10);

/// The `Referer` of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Referer {
    /// A page of the platform, which gets the picture.
    Platform,
    /// A page of another site, which gets the placeholder.
    Foreign,
}

impl Referer {
    fn address(self) -> &'static str {
        match self {
            Self::Platform => "https://mp.weixin.qq.com/",
            Self::Foreign => "https://example.com/",
        }
    }
}

/// Why a picture could not be downloaded.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PictureError {
    /// The address, or one that it redirects to, is not allowed.
    #[error("{0} is not asked for pictures: only WeChat's own picture hosts are, over HTTPS")]
    Refused(String),
    #[error("it is not there any more: HTTP {0}")]
    Gone(u16),
    #[error("it is larger than {} MB, the account's asset_limit", .0 >> 20)]
    TooLarge(usize),
    /// The response is not a picture.
    #[error("HTTP {0} came in its place")]
    Status(u16),
    #[error("it redirects more than {0} times")]
    Redirected(usize),
    #[error("the picture host {host} cannot be reached: {reason}")]
    Unreachable { host: String, reason: String },
}

/// The client for the picture hosts, for one account.
pub(super) struct PictureClient {
    /// Created for the first picture: polls need none, and reading the CA certificates takes time.
    http: OnceLock<Result<reqwest::Client, Error>>,
    clients: HttpClients,
    /// Replaces scheme and host of addresses.
    base: Option<Url>,
    route: Route,
    clock: Clock,
    /// When the next request may be made.
    free_at: Mutex<Option<Timestamp>>,
}

impl PictureClient {
    pub(super) fn new(
        image_base: Option<&str>,
        route: Route,
        clock: Clock,
        clients: HttpClients,
    ) -> Result<Self, Error> {
        let base = image_base.map(Url::parse).transpose();
        let base = base.map_err(|error| Error::local(format!("image_base is no address: {error}")))?;
        Ok(Self { http: OnceLock::new(), clients, base, route, clock, free_at: Mutex::default() })
    }

    fn http(&self, url: &Url) -> Result<&reqwest::Client, PictureError> {
        let set_up = || {
            let target = self.base.as_ref().map_or("https://mmbiz.qpic.cn", Url::as_str);
            let guarded =
                |builder: ClientBuilder| builder.gzip(false).read_timeout(SILENCE).dns_resolver(PublicDnsResolver);
            let build = || http::http_client_with(target, &self.route, TIMEOUTS, guarded);
            self.clients.get(Purpose::Pictures, target, &self.route, build)
        };
        let unusable = |error: &Error| PictureError::Unreachable { host: host(url), reason: error.to_string() };
        self.http.get_or_init(set_up).as_ref().map_err(unusable)
    }

    pub(super) async fn get(&self, address: &str, as_whom: Referer, largest: usize) -> Result<Vec<u8>, PictureError> {
        let mut url = self.url(address)?;
        for _ in 0..=MOST_REDIRECTS {
            self.check(&url)?;
            let response = self.send(url.clone(), as_whom).await?;
            match response.status() {
                StatusCode::OK => return self.read(&url, response, largest).await,
                status if status.is_redirection() => url = next(&url, &response)?,
                StatusCode::NOT_FOUND | StatusCode::GONE => return Err(PictureError::Gone(response.status().as_u16())),
                status => return Err(PictureError::Status(status.as_u16())),
            }
        }
        Err(PictureError::Redirected(MOST_REDIRECTS))
    }

    /// Returns the host and port from which a picture is downloaded: that of `image_base`, if set.
    pub(super) fn host(&self, address: &str) -> String {
        self.url(address).as_ref().map(host).unwrap_or_default()
    }

    /// Returns the URL to download a picture from.
    fn url(&self, address: &str) -> Result<Url, PictureError> {
        let url = Url::parse(address).map_err(|_| PictureError::Refused(shortened(address)))?;
        Ok(self.rebased(url))
    }

    fn rebased(&self, url: Url) -> Url {
        let Some(base) = &self.base else { return url };
        let mut rebased = base.clone();
        rebased.set_path(url.path());
        rebased.set_query(url.query());
        rebased
    }

    /// Rejects hosts that are not allowed.
    fn check(&self, url: &Url) -> Result<(), PictureError> {
        let is_base = self.base.as_ref().is_some_and(|base| base.origin() == url.origin());
        let is_wechats = url.scheme() == "https"
            && url.port().is_none()
            && url.username().is_empty()
            && url.domain().is_some_and(is_picture_host);
        if is_base || is_wechats { Ok(()) } else { Err(PictureError::Refused(shortened(url.as_str()))) }
    }

    async fn send(&self, url: Url, as_whom: Referer) -> Result<Response, PictureError> {
        self.pace().await;
        match self.http(&url)?.get(url.clone()).header(REFERER, as_whom.address()).send().await {
            Ok(response) => Ok(response),
            Err(error) => Err(self.unreachable(&url, error, &format!("nothing came within {SILENCE:?}")).await),
        }
    }

    async fn read(&self, url: &Url, response: Response, largest: usize) -> Result<Vec<u8>, PictureError> {
        match http::read_capped(response, largest).await {
            Ok(Some(bytes)) => Ok(bytes),
            Ok(None) => Err(PictureError::TooLarge(largest)),
            Err(error) => Err(self.unreachable(url, error, "the picture did not come to its end in time").await),
        }
    }

    async fn unreachable(&self, url: &Url, error: reqwest::Error, too_long: &str) -> PictureError {
        let reason = RequestFailure::of(&error.without_url(), url, too_long);
        PictureError::Unreachable { host: host(url), reason: self.route.explain(reason, url).await.text }
    }

    async fn pace(&self) {
        let now = self.clock.now();
        let wait = {
            let mut free_at = self.free_at.lock().unwrap_or_else(PoisonError::into_inner);
            // A clock that was set back must not delay pictures until it has caught up.
            let wait = free_at.and_then(|at| (at - now).to_std().ok()).unwrap_or_default().min(GAP * 20);
            *free_at = Some(now + wait + GAP);
            wait
        };
        if !wait.is_zero() {
            self.clock.sleep(wait).await;
        }
    }
}

fn next(url: &Url, response: &Response) -> Result<Url, PictureError> {
    let location = response.headers().get(LOCATION).and_then(|location| location.to_str().ok()).unwrap_or_default();
    url.join(location).map_err(|_| PictureError::Refused(shortened(location)))
}

/// An address may be very long.
fn shortened(address: &str) -> String {
    crate::model::shortened(address, 100).into_owned()
}

/// Resolves names, and picture hosts to public addresses only. Other names are that of a proxy or of `image_base`.
#[derive(Clone, Copy, Debug)]
struct PublicDnsResolver;

impl Resolve for PublicDnsResolver {
    fn resolve(&self, name: Name) -> Resolving {
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            let is_guarded = is_picture_host(name.as_str());
            let (public, private): (Vec<_>, Vec<_>) =
                found.partition(|address: &SocketAddr| !is_guarded || is_public(address.ip()));
            if public.is_empty() && !private.is_empty() {
                return Err(format!("{} stands for a private address here", name.as_str()).into());
            }
            Ok(Box::new(public.into_iter()) as Addrs)
        })
    }
}

/// Returns whether an address is one of the public Internet (RFC 6890 and its successors).
fn is_public(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(v4) => {
            let [a, b, c, _] = v4.octets();
            let is_shared = a == 100 && (64..128).contains(&b);
            let is_special = v4.is_private()
                || v4.is_loopback()
                || v4.is_link_local()
                || v4.is_broadcast()
                || v4.is_documentation()
                || v4.is_multicast();
            !(is_special
                || is_shared
                || a == 0
                || a >= 240
                || (a, b, c) == (192, 0, 0)
                || (a == 198 && (18..20).contains(&b)))
        }
        IpAddr::V6(v6) => {
            let head = v6.segments()[0];
            // Global unicast is 2000::/3; 2001:db8::/32 is for documentation, 64:ff9b::/96 and 2002::/16 lead to IPv4.
            (0x2000..0x4000).contains(&head) && head != 0x2002 && v6.segments()[..2] != [0x2001, 0xdb8]
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn private_addresses_are_told_from_public_ones() {
        for (address, expected) in [
            ("203.205.1.1", true),
            ("127.0.0.1", false),
            ("10.1.2.3", false),
            ("172.16.0.1", false),
            ("192.168.1.1", false),
            ("169.254.169.254", false),
            ("100.64.0.1", false),
            ("0.0.0.0", false),
            ("255.255.255.255", false),
            ("224.0.0.1", false),
            ("198.18.0.1", false),
            ("::1", false),
            ("::", false),
            ("fe80::1", false),
            ("fd00::1", false),
            ("::ffff:10.0.0.1", false),
            ("::ffff:203.205.1.1", true),
            ("64:ff9b::a00:1", false),
            ("2002:a00:1::", false),
            ("2001:db8::1", false),
            ("2408:8000::1", true),
        ] {
            assert_eq!(is_public(address.parse().unwrap()), expected, "{address}");
        }
    }

    #[test]
    fn only_wechats_hosts_and_the_operators_own_are_asked() {
        let clock = Clock::fixed(Default::default());
        let pictures =
            PictureClient::new(Some("http://127.0.0.1:8080"), Route::default(), clock, HttpClients::default()).unwrap();
        for (address, expected) in [
            ("https://mmbiz.qpic.cn/a/b/0", true),
            ("http://127.0.0.1:8080/a/b/0", true),
            ("http://127.0.0.1:8081/a/b/0", false),
            ("http://mmbiz.qpic.cn/a/b/0", false),
            ("https://mmbiz.qpic.cn:8443/a/b/0", false),
            ("https://x@mmbiz.qpic.cn/a/b/0", false),
            ("http://169.254.169.254/latest", false),
            ("file:///etc/passwd", false),
            ("https://example.com/", false),
        ] {
            assert_eq!(pictures.check(&Url::parse(address).unwrap()).is_ok(), expected, "{address}");
        }
    }
}
