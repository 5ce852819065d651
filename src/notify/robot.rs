//! What the chat robots have in common: a code in the JSON decides, and a message that is refused in its full form is sent
//! once in a short one.

use std::time::Duration;

use reqwest::Url;
use serde_json::Value;

use super::answer::Answer;
use super::client::{Client, Request, Response};
use super::meaning::Meaning;
use super::status;
use crate::model::Timestamp;

/// What a robot's code means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    Delivered,
    Later(u64, Meaning),
    Parked(Meaning),
    Rejected(Meaning),
}

/// How a kind of robot answers.
pub(super) struct Dialect {
    /// The names of the fields with the code; the first that is there counts.
    pub(super) codes: &'static [&'static str],
    pub(super) message: &'static str,
    pub(super) verdict: fn(i64, &str) -> Verdict,
}

/// Posts the full form; where the robot refuses its form, its length or its content, posts the short one once.
pub(super) async fn send(
    client: &Client,
    url: Url,
    forms: Forms<impl Fn(bool) -> String>,
    dialect: &Dialect,
    now: Timestamp,
) -> Answer {
    let post = async |url: Url, body: String| match client.post(Request::json(url, body)).await {
        Ok(response) => read(&response, dialect, now),
        Err(answer) => answer,
    };
    let answer = post(url.clone(), forms.full).await;
    let includes_title = match &answer {
        Answer::Rejected { reason } => reason.meaning != Meaning::ContentRefused,
        _ => return answer,
    };
    tracing::debug!(?answer, "a robot refuses the message; it gets the short form");
    post(url, (forms.short)(includes_title)).await
}

/// The two forms of a message: with everything, and short, with or without the title.
pub(super) struct Forms<S> {
    pub(super) full: String,
    pub(super) short: S,
}

/// Reads what a robot answers.
pub(super) fn read(response: &Response, dialect: &Dialect, now: Timestamp) -> Answer {
    let Some((code, said)) = coded(response, dialect) else {
        return status::refusal(response, now).unwrap_or_else(|| status::not_understood(response));
    };
    let answer = match (dialect.verdict)(code, &said) {
        Verdict::Delivered if response.is_success() => return Answer::Delivered,
        Verdict::Delivered => {
            return status::refusal(response, now).unwrap_or_else(|| status::not_understood(response));
        }
        Verdict::Later(seconds, meaning) => {
            let wait = Duration::from_secs(seconds);
            Answer::later(response.wait(now).map_or(wait, |asked| asked.max(wait)), meaning)
        }
        Verdict::Parked(meaning) => Answer::parked(meaning),
        Verdict::Rejected(meaning) => Answer::rejected(meaning),
    };
    answer.code(code).said(said)
}

fn coded(response: &Response, dialect: &Dialect) -> Option<(i64, String)> {
    let body: Value = serde_json::from_slice(&response.body).ok()?;
    let code = dialect.codes.iter().find_map(|name| body.get(*name)?.as_i64())?;
    let said = body.get(dialect.message).and_then(Value::as_str).unwrap_or_default();
    Some((code, said.to_owned()))
}
