//! The kinds of targets, with their secrets already read.

use std::fmt;
use std::time::Duration;

use super::address::{TargetError, secrets_of};
use super::answer::Answer;
use super::client::Client;
use super::mail::Mail;
use super::meaning::Meaning;
use super::message::Message;
use super::{apprise, dingtalk, exec, feishu, mail, webhook, wecom};
use crate::model::Timestamp;
use crate::secret::Secret;

/// Where messages go.
#[derive(Clone)]
pub enum Target {
    /// A message push robot of 企业微信.
    Wecom { url: Secret },
    /// A custom bot of 飞书 or Lark, which may want a signature.
    Feishu { url: Secret, secret: Option<Secret> },
    /// A custom robot of 钉钉, which may want a signature.
    Dingtalk { url: Secret, secret: Option<Secret> },
    /// A webhook, signed as Standard Webhooks says if there is a secret.
    Webhook { url: Secret, secret: Option<Secret> },
    /// An Apprise API server, which passes messages on to a hundred other services.
    Apprise { url: Secret },
    /// People's mail boxes.
    Mail(Mail),
    /// A program, which gets the message as JSON. No shell.
    Exec { command: Vec<String> },
}

impl Target {
    /// Returns the word for this kind of target.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Wecom { .. } => "wecom",
            Self::Feishu { .. } => "feishu",
            Self::Dingtalk { .. } => "dingtalk",
            Self::Webhook { .. } => "webhook",
            Self::Apprise { .. } => "apprise",
            Self::Mail(_) => "mail",
            Self::Exec { .. } => "exec",
        }
    }

    /// Returns the least time between two messages, so that the target does not refuse them.
    pub fn gap(&self) -> Duration {
        match self {
            Self::Wecom { .. } => Duration::from_millis(wecom::GAP_MILLISECONDS),
            Self::Feishu { .. } => Duration::from_millis(feishu::GAP_MILLISECONDS),
            Self::Dingtalk { .. } => Duration::from_millis(dingtalk::GAP_MILLISECONDS),
            Self::Webhook { .. } | Self::Apprise { .. } | Self::Mail(_) | Self::Exec { .. } => Duration::from_secs(1),
        }
    }

    /// Checks what can be checked without a send.
    ///
    /// # Errors
    ///
    /// If it cannot work: what is wrong and what to type instead, without the address.
    pub fn check(&self) -> Result<(), TargetError> {
        match self {
            Self::Wecom { url } => wecom::parse(url).map(drop),
            Self::Feishu { url, secret } => feishu::parse(url, secret.as_ref()).map(drop),
            Self::Dingtalk { url, secret } => dingtalk::parse(url, secret.as_ref()).map(drop),
            Self::Webhook { url, secret } => webhook::parse(url, secret.as_ref()).map(drop),
            Self::Apprise { url } => apprise::parse(url).map(drop),
            Self::Mail(mail) => mail.envelope().map(drop),
            Self::Exec { command } => exec::check(command),
        }
    }

    /// Sends a message. A robot that refuses its form gets a short one; apart from that, nothing is sent twice.
    pub async fn send(&self, client: &Client, message: &Message, now: Timestamp) -> Answer {
        let answer = self.try_send(client, message, now).await;
        let answer = answer.unwrap_or_else(|error| Answer::parked(Meaning::Misconfigured).said(error.to_string()));
        answer.cleaned(&self.secrets())
    }

    async fn try_send(&self, client: &Client, message: &Message, now: Timestamp) -> Result<Answer, TargetError> {
        let answer = match self {
            Self::Wecom { url } => wecom::send(client, wecom::parse(url)?, message, now).await,
            Self::Feishu { url, secret } => {
                let secret = secret.as_ref();
                feishu::send(client, feishu::parse(url, secret)?, secret, message, now).await
            }
            Self::Dingtalk { url, secret } => {
                let secret = secret.as_ref();
                dingtalk::send(client, dingtalk::parse(url, secret)?, secret, message, now).await
            }
            Self::Webhook { url, secret } => {
                let secret = secret.as_ref();
                webhook::send(client, webhook::parse(url, secret)?, secret, message, now).await
            }
            Self::Apprise { url } => apprise::send(client, apprise::parse(url)?, message, now).await,
            Self::Mail(mail) => mail::send(mail, &mail.envelope()?, client, message, now).await,
            Self::Exec { command } => {
                exec::check(command)?;
                exec::send(command, message, exec::TIMEOUT).await
            }
        };
        Ok(answer)
    }

    /// Returns what must not be shown of what the target says.
    fn secrets(&self) -> Vec<String> {
        let (url, secret) = match self {
            Self::Wecom { url } | Self::Apprise { url } => (url, None),
            Self::Feishu { url, secret } | Self::Dingtalk { url, secret } | Self::Webhook { url, secret } => {
                (url, secret.as_ref())
            }
            Self::Mail(mail) => return mail.secrets(),
            // Arguments may be secret; short ones are options.
            Self::Exec { command } => return command.iter().skip(1).filter(|word| word.len() >= 8).cloned().collect(),
        };
        let mut secrets = secrets_of(url);
        secrets.extend(secret.map(|secret| secret.expose().trim().to_owned()));
        secrets
    }
}

/// Shows the kind only.
impl fmt::Debug for Target {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Target").field("kind", &self.kind()).finish_non_exhaustive()
    }
}
