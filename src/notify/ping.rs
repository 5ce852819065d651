//! Reports to a dead man's switch: a service that alarms when nothing comes. As healthchecks.io has them, and Uptime Kuma.

use serde_json::Value;

use super::address::{self, TargetError, secrets_of};
use super::answer::Answer;
use super::client::{Client, Request, Response};
use super::meaning::Meaning;
use super::status;
use super::text::cut;
use crate::model::Timestamp;
use crate::secret::Secret;

/// The longest text, in bytes: what is kept of it.
const LARGEST: usize = 10_000;

/// The path of Uptime Kuma's push monitors, which take the outcome in the query.
const PUSH: &str = "/api/push/";

/// What is reported, with a line for each account or reason.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PingOutcome<'a> {
    Success(&'a str),
    Failure(&'a str),
}

/// Reports to the address of a check, or of its failure.
pub async fn ping(client: &Client, url: &Secret, outcome: PingOutcome<'_>, now: Timestamp) -> Answer {
    let answer = match request(url, outcome) {
        Err(error) => Answer::parked(Meaning::Misconfigured).said(error.to_string()),
        Ok(request) => match client.post(request).await {
            Ok(response) => read(&response, now),
            Err(answer) => answer,
        },
    };
    answer.cleaned(&secrets_of(url))
}

/// Checks the address of a ping.
///
/// # Errors
///
/// If it cannot work.
pub fn check_ping(url: &Secret) -> Result<(), TargetError> {
    address::parse(url, address::PING).map(drop)
}

fn request(url: &Secret, outcome: PingOutcome<'_>) -> Result<Request, TargetError> {
    let mut url = address::parse(url, address::PING)?;
    let (is_success, text) = match outcome {
        PingOutcome::Success(text) => (true, text),
        PingOutcome::Failure(text) => (false, text),
    };
    if url.path().contains(PUSH) {
        let status = if is_success { "up" } else { "down" };
        url.query_pairs_mut().clear().append_pair("status", status).append_pair("msg", &cut(text, 200));
        return Ok(Request::text(url, String::new()));
    }
    if !is_success {
        let path = format!("{}/fail", url.path().trim_end_matches('/'));
        url.set_path(&path);
    }
    Ok(Request::text(url, cut(text, LARGEST).into_owned()))
}

/// A check that does not exist may be answered with 200 too.
fn read(response: &Response, now: Timestamp) -> Answer {
    let text = response.text();
    if let Some(refusal) = status::refusal(response, now) {
        return match response.status {
            409 => Answer::parked(Meaning::AddressWrong).code(409).said(text),
            _ => refusal,
        };
    }
    if text.contains("(not found)") {
        return Answer::parked(Meaning::AddressWrong).code(i64::from(response.status)).said(text);
    }
    if text.contains("(rate limited)") {
        return Answer::later(super::client::SHORT_WAIT, Meaning::TooOften).code(i64::from(response.status)).said(text);
    }
    let body: Option<Value> = serde_json::from_str(&text).ok();
    match body.as_ref().and_then(|body| body.get("ok")).and_then(Value::as_bool) {
        Some(false) => Answer::parked(Meaning::AddressWrong).code(i64::from(response.status)).said(text),
        None if text.trim_start().starts_with('<') => status::not_understood(response),
        _ => Answer::Delivered,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_of_200_may_be_a_refusal() {
        let read = |status, body: &str| read(&Response::of(status, body), Timestamp::default());
        for body in ["OK", "", r#"{"ok":true}"#] {
            assert_eq!(read(200, body), Answer::Delivered, "{body}");
        }
        for (status, body) in [
            (200, "OK (not found)"),
            (404, "not found"),
            (409, "ambiguous slug"),
            (404, r#"{"ok":false,"msg":"Monitor not found or not active."}"#),
        ] {
            let answer = read(status, body);
            assert!(
                matches!(&answer, Answer::Parked { reason } if reason.meaning == Meaning::AddressWrong),
                "{answer:?}"
            );
        }
        assert!(matches!(read(200, "OK (rate limited)"), Answer::Later { .. }));
        assert!(matches!(read(200, "<html>"), Answer::Later { .. }));
    }
}
