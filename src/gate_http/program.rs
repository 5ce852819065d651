//! The program that asks, by its token.

use axum::extract::{FromRequestParts, Query};
use axum::http::header::{AUTHORIZATION, USER_AGENT};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, StatusCode};
use serde::Deserialize;

use super::failure::Failure;
use super::site::Site;
use crate::archive::{GateToken, WriteOrigin};
use crate::config::Account;
use crate::gate::{Caller, Rights};
use crate::model::{GateAction, shortened};
use crate::sanitize;
use crate::token;

/// Why a program writes, in its words.
const NOTE: HeaderName = HeaderName::from_static("x-draftkeep-note");

/// Longer names of programs, and longer notes, are cut.
const LONGEST_TEXT: usize = 200;

const UNKNOWN: &str =
    "this token opens nothing: it is wrong, or was revoked. The operator makes one with: draftkeep gate token";

const MISSING: &str = "a token is missing: send the header Authorization: Bearer TOKEN, or ?access_token=TOKEN";

/// A program with a valid token.
#[derive(Clone)]
pub(super) struct Program {
    pub(super) token: GateToken,
    /// The one account that the token opens.
    pub(super) account: Account,
    /// As it calls itself.
    name: String,
    note: String,
}

/// The token in an address.
#[derive(Default, Deserialize)]
struct InQuery {
    access_token: Option<String>,
}

impl FromRequestParts<Site> for Program {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, site: &Site) -> Result<Self, Failure> {
        let query = Query::<InQuery>::try_from_uri(&parts.uri).map(|Query(query)| query).unwrap_or_default();
        let secret = bearer(&parts.headers).or(query.access_token).ok_or_else(|| Failure::unknown_token(MISSING))?;
        let token = find(&secret, site).await?.ok_or_else(|| Failure::unknown_token(UNKNOWN))?;
        let config = site.config();
        let account = config.accounts.iter().find(|account| account.name.as_str() == token.account);
        let Some(account) = account.cloned() else {
            let message =
                format!("the configuration has no account {} any more, so its token opens nothing", token.account);
            return Err(Failure::new(StatusCode::FORBIDDEN, 48001, message));
        };
        let text = |name| parts.headers.get(name).map(|value| plain(&String::from_utf8_lossy(value.as_bytes())));
        let (name, note) = (text(USER_AGENT).unwrap_or_default(), text(NOTE).unwrap_or_default());
        Ok(Self { token, account, name, note })
    }
}

impl Program {
    /// Returns who asks for a write; `note` in its body comes before the header's.
    pub(super) fn caller(&self, note: Option<&str>) -> Caller {
        let note = note.map_or_else(|| self.note.clone(), plain);
        let origin = WriteOrigin { who: self.token.name.clone(), program: self.name.clone(), note };
        Caller { origin, rights: Rights::Token(self.token.allow.clone()) }
    }

    /// Returns whether both its token and its account allow an action.
    pub(super) fn may(&self, action: GateAction) -> bool {
        self.token.allow.contains(&action) && self.account.gate.allow.contains(&action)
    }
}

/// Finds a token that was not revoked.
pub(super) async fn find(secret: &str, site: &Site) -> Result<Option<GateToken>, Failure> {
    let hash = token::hash(secret);
    site.read(move |reader| reader.gate_token(hash)).await
}

fn bearer(headers: &HeaderMap) -> Option<String> {
    let (scheme, secret) = headers.get(AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| secret.trim().to_owned())
}

/// One line that can be shown anywhere.
fn plain(text: &str) -> String {
    sanitize::line(&shortened(text.trim(), LONGEST_TEXT)).into_owned()
}
