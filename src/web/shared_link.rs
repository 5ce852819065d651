//! Links that show one change of one draft without a login, for some time: `/l/DRAFT.FROM.TO.EXPIRES.SIGNATURE`.
//!
//! Whoever has such a link sees those two versions, and nothing else; nothing can be done with it. It survives restarts, because the
//! key stands in a file beside the archive, and holds no longer when that file is gone.

use std::path::Path;
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, TimeDelta};
use ring::hmac;

use crate::archive::{self, Error, LinkKey};
use crate::config::{Config, WebConfig};
use crate::delivery::{Links, SharedAddress};
use crate::model::{CLOCK_TOLERANCE, Timestamp};

/// What a link shows, and until when.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SharedLink {
    pub draft: i64,
    /// The older version; the same as `to` where there is nothing to compare.
    pub from: u64,
    pub to: u64,
    /// In Unix seconds.
    pub expires: i64,
}

impl SharedLink {
    /// Returns the path of the link.
    pub fn path(&self, key: &LinkKey) -> String {
        format!("/l/{}.{}", self.content(), URL_SAFE_NO_PAD.encode(hmac::sign(&hmac_key(key), &self.message())))
    }

    /// Reads what stands in the path, without asking whether it holds.
    pub(super) fn parse(text: &str) -> Option<(Self, &str)> {
        let (content, signature) = text.rsplit_once('.')?;
        let mut parts = content.split('.');
        let link = Self {
            draft: parts.next()?.parse().ok()?,
            from: parts.next()?.parse().ok()?,
            to: parts.next()?.parse().ok()?,
            expires: parts.next()?.parse().ok()?,
        };
        // There is one way to write it.
        (parts.next().is_none() && link.content() == content).then_some((link, signature))
    }

    /// Returns whether it was signed with the key and its time is not over. `ttl` is how long links may hold now: one that was made
    /// under a longer time ends with the setting.
    pub(super) fn is_valid(&self, signature: &str, key: &LinkKey, ttl: TimeDelta, now: Timestamp) -> bool {
        let Ok(signature) = URL_SAFE_NO_PAD.decode(signature) else { return false };
        let Some(expires) = self.expires_at() else { return false };
        let left = expires - now;
        left > TimeDelta::zero()
            && left <= ttl + CLOCK_TOLERANCE
            && hmac::verify(&hmac_key(key), &self.message(), &signature).is_ok()
    }

    /// Returns when it ends.
    pub fn expires_at(&self) -> Option<Timestamp> {
        DateTime::from_timestamp(self.expires, 0)
    }

    fn content(&self) -> String {
        let Self { draft, from, to, expires } = self;
        format!("{draft}.{from}.{to}.{expires}")
    }

    fn message(&self) -> Vec<u8> {
        format!("link {}", self.content()).into_bytes()
    }
}

/// Makes a link to two versions of a draft, and the key to sign it with if there is none yet. It holds for `ttl`.
///
/// # Errors
///
/// If the key cannot be read or made.
pub fn new_path(
    archive: &Path,
    draft: i64,
    [from, to]: [u64; 2],
    ttl: TimeDelta,
    now: Timestamp,
) -> Result<String, Error> {
    let mut new = LinkKey::default();
    getrandom::fill(&mut new).map_err(|error| Error::Other(format!("the system gives no random numbers: {error}")))?;
    let key = archive::link_key_or(archive, new)?;
    Ok(SharedLink { draft, from, to, expires: (now + ttl).timestamp() }.path(&key))
}

/// Returns how messages lead to the pages.
pub fn links(config: &Config) -> Links {
    let pages = config.web.as_ref().and_then(WebConfig::url);
    let ttl = config.web.as_ref().and_then(|web| web.link_ttl);
    let (path, base) = (config.archive.clone(), pages.clone());
    let shared = ttl.zip(base).map(|(ttl, base)| -> SharedAddress {
        Arc::new(move |draft, versions, now| match new_path(&path, draft, versions, ttl, now) {
            Ok(path) => Some(format!("{base}{path}")),
            Err(error) => {
                tracing::warn!(%error, "a message leads to the page that asks for a login");
                None
            }
        })
    });
    Links { pages, shared }
}

fn hmac_key(key: &LinkKey) -> hmac::Key {
    hmac::Key::new(hmac::HMAC_SHA256, key)
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: LinkKey = [7; 32];

    #[test]
    fn a_link_holds_for_its_versions_and_its_time() {
        let now: Timestamp = "2026-09-01T02:00:00Z".parse().unwrap();
        let ttl = TimeDelta::hours(72);
        let link = SharedLink { draft: 17, from: 2, to: 3, expires: (now + ttl).timestamp() };
        let path = link.path(&KEY);
        let (read, signature) = SharedLink::parse(path.strip_prefix("/l/").unwrap()).unwrap();
        assert_eq!(read, link);
        let is_valid = |link: SharedLink, at: Timestamp| link.is_valid(signature, &KEY, ttl, at);
        assert!(is_valid(link, now) && is_valid(link, now + ttl - TimeDelta::seconds(1)));
        assert!(!is_valid(link, now + ttl), "over");
        assert!(!is_valid(link, now - TimeDelta::hours(1)), "a clock that is far behind");
        for other in [
            SharedLink { draft: 18, ..link },
            SharedLink { from: 1, ..link },
            SharedLink { to: 4, ..link },
            SharedLink { expires: link.expires - 1, ..link },
        ] {
            assert!(!is_valid(other, now), "{other:?}");
        }
        assert!(!link.is_valid(signature, &[8; 32], ttl, now), "another key");
        assert!(!link.is_valid(signature, &KEY, TimeDelta::hours(24), now), "a shorter time now");
        assert!(!link.is_valid("", &KEY, ttl, now) && !link.is_valid("!", &KEY, ttl, now));
    }

    #[test]
    fn what_is_no_link_is_not_read() {
        for text in
            ["", ".", "1.2.3.x", "1.2.3.4", "1.2.3.4.5.s", "01.2.3.4.s", "+1.2.3.4.s", "1.2.3.99999999999999999999.s"]
        {
            assert_eq!(SharedLink::parse(text), None, "{text}");
        }
    }
}
