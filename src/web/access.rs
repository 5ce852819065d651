//! Who may look: a session, or a user that a trusted proxy names.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use chrono::TimeDelta;

use super::caller::Caller;
use super::page_error::PageError;
use super::site::Site;
use crate::archive::WebSession;
use crate::model::{CLOCK_TOLERANCE, Timestamp};
use crate::token;

/// A session ends when it was not used for so long.
const IDLE: TimeDelta = TimeDelta::hours(12);

/// A session ends after this time, however much it is used.
pub(super) const LONGEST: TimeDelta = TimeDelta::days(7);

/// How exactly the last use is kept: each time is a write.
const TOUCHED_AFTER: TimeDelta = TimeDelta::minutes(5);

/// Somebody who was let in.
#[derive(Clone, Debug)]
pub(super) struct Visitor {
    /// The user that the proxy names; without one, whoever knows the password or had a link.
    pub(super) name: Option<String>,
    /// How somebody without a name logged in, and when; `None` where the proxy knows.
    pub(super) session: Option<WebSession>,
}

/// A login is fresh for so long. Only who has just logged in may restore.
const FRESH: TimeDelta = TimeDelta::minutes(15);

impl Visitor {
    /// Returns whether the login is fresh. A proxy looks after its own logins.
    pub(super) fn is_fresh(&self, now: Timestamp) -> bool {
        self.session.as_ref().is_none_or(|session| {
            let age = now - session.created_at;
            age < FRESH && age > -CLOCK_TOLERANCE
        })
    }

    /// Returns who it is, as the archive records it.
    pub(super) fn label(&self) -> String {
        let by = self.session.as_ref().map(|session| session.user.clone());
        self.name.clone().or(by).unwrap_or_default()
    }
}

impl FromRequestParts<Site> for Caller {
    type Rejection = PageError;

    async fn from_request_parts(parts: &mut Parts, _: &Site) -> Result<Self, PageError> {
        parts.extensions.get::<Self>().cloned().ok_or(PageError::Internal)
    }
}

impl FromRequestParts<Site> for Visitor {
    type Rejection = PageError;

    async fn from_request_parts(parts: &mut Parts, site: &Site) -> Result<Self, PageError> {
        let caller = Caller::from_request_parts(parts, site).await?;
        if let Some(name) = caller.proxy_user {
            return Ok(Self { name: Some(name), session: None });
        }
        let secret = token::hash(&caller.session.ok_or(PageError::NotLoggedIn)?);
        let session = site.read(move |reader| Ok(reader.web_session(secret)?)).await?;
        let now = site.clock().now();
        let session = session.filter(|session| is_open(session, now)).ok_or(PageError::NotLoggedIn)?;
        if now - session.last_seen > TOUCHED_AFTER || session.last_seen > now {
            let archive = site.archive().clone();
            // The page does not wait for it.
            tokio::spawn(async move {
                if let Err(error) = archive.run(move |writer| writer.touch_web_session(secret, now)).await {
                    tracing::debug!(%error, "the use of a session is not written down");
                }
            });
        }
        Ok(Self { name: None, session: Some(session) })
    }
}

/// Returns whether a session goes on. One from the future was begun by a clock that was set back since.
fn is_open(session: &WebSession, now: Timestamp) -> bool {
    let age = now - session.created_at;
    age < LONGEST && age > -CLOCK_TOLERANCE && now - session.last_seen < IDLE
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_ends_when_it_is_idle_and_when_it_is_old() {
        let created_at: Timestamp = "2026-09-01T02:00:00Z".parse().unwrap();
        let at = |hours| created_at + TimeDelta::hours(hours);
        for (seen, now, expected) in
            [(0, 0, true), (0, 11, true), (0, 12, false), (160, 167, true), (167, 168, false), (0, -1, false)]
        {
            let session = WebSession { user: "password".to_owned(), created_at, last_seen: at(seen) };
            assert_eq!(is_open(&session, at(now)), expected, "{seen} {now}");
        }
    }
}
