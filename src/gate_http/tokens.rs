//! The platform's two ways to get a token: a publisher that is configured with an appid and an AppSecret gets its own token back, which it
//! gave as the AppSecret. No other token is made, and the platform is not called.

use axum::body::Body;
use axum::extract::{Query, State};
use axum::http::{Response, StatusCode};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::answer::json_answer;
use super::body::JsonBody;
use super::failure::Failure;
use super::program;
use super::site::Site;

/// How long the platform's tokens last, in seconds. A publisher asks again then.
const LIFETIME: u64 = 7200;

/// What both ways are given.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Credentials {
    grant_type: String,
    appid: String,
    secret: String,
}

/// `GET token`
pub(super) async fn get(
    State(site): State<Site>,
    query: Result<Query<Credentials>, axum::extract::rejection::QueryRejection>,
) -> Result<Response<Body>, Failure> {
    exchange(query.map(|Query(credentials)| credentials).unwrap_or_default(), &site).await
}

/// `POST stable_token`
pub(super) async fn post(State(site): State<Site>, body: JsonBody) -> Result<Response<Body>, Failure> {
    let text = |name: &str| text(&body.members, name);
    let credentials = Credentials { grant_type: text("grant_type"), appid: text("appid"), secret: text("secret") };
    exchange(credentials, &site).await
}

fn text(members: &Map<String, Value>, name: &str) -> String {
    members.get(name).and_then(Value::as_str).unwrap_or_default().to_owned()
}

/// Refuses in the platform's shape, with its codes.
async fn exchange(
    Credentials { grant_type, appid, secret }: Credentials,
    site: &Site,
) -> Result<Response<Body>, Failure> {
    let refused = |code, message: &str| Err(Failure::new(StatusCode::OK, code, message));
    if grant_type != "client_credential" {
        return refused(40002, "invalid grant_type: the gate knows client_credential");
    }
    let config = site.config();
    let Some(account) = config.accounts.iter().find(|account| account.appid == appid) else {
        return refused(40013, "invalid appid: draftkeep watches no account with it");
    };
    match program::find(&secret, site).await? {
        Some(token) if token.account == account.name.as_str() => {
            let answer = json!({ "access_token": secret, "expires_in": LIFETIME });
            Ok(json_answer(StatusCode::OK, answer.to_string().into_bytes()))
        }
        _ => refused(40125, "invalid appsecret: the gate wants the token of draftkeep gate token in its place"),
    }
}
