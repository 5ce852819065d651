//! Webhooks as Standard Webhooks 1.0 has them: any status of success is one.

use super::address::{self, TargetError};
use super::answer::Answer;
use super::client::{Client, Request};
use super::document::document;
use super::message::Message;
use super::{signature, status};
use crate::model::Timestamp;
use crate::secret::Secret;

pub(super) fn parse(url: &Secret, secret: Option<&Secret>) -> Result<reqwest::Url, TargetError> {
    address::check_signing_secret(secret)?;
    address::parse(url, address::WEBHOOK)
}

/// The id stays the same when a message is sent again; the time is that of this attempt.
pub(super) async fn send(
    client: &Client,
    url: reqwest::Url,
    secret: Option<&Secret>,
    message: &Message,
    now: Timestamp,
) -> Answer {
    let (seconds, body) = (now.timestamp(), document(message).to_string());
    let signature = secret.and_then(|secret| signature::webhook(&message.id, seconds, &body, secret));
    let mut request = Request::json(url, body)
        .header("webhook-id", message.id.clone())
        .header("webhook-timestamp", seconds.to_string());
    if let Some(signature) = signature {
        request = request.header("webhook-signature", signature);
    }
    match client.post(request).await {
        Ok(response) => status::refusal(&response, now).unwrap_or(Answer::Delivered),
        Err(answer) => answer,
    }
}
