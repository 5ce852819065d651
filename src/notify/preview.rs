//! A message in the form in which a target would get it. Nothing is sent and no secret is read, so nothing is signed.

use serde_json::Value;

use super::mail_format::MailPreview;
use super::message::Message;
use super::{apprise, dingtalk, document, feishu, mail, mail_format, wecom};
use crate::config::{MailAddress, NotifyAddress};
use crate::model::Timestamp;

/// What a target would get.
#[derive(Clone, Debug, PartialEq)]
pub enum Preview {
    /// The body of a request, or what a program gets on its standard input.
    Json(Value),
    Mail(MailPreview),
}

/// Returns what the target would get.
///
/// # Errors
///
/// If the message cannot be written in that form: why, in words.
pub fn preview(to: &NotifyAddress, message: &Message, now: Timestamp) -> Result<Preview, String> {
    Ok(Preview::Json(match to {
        NotifyAddress::Wecom(_) => wecom::body(message),
        NotifyAddress::Feishu(_) => feishu::post(message),
        NotifyAddress::Dingtalk(_) => dingtalk::body(message),
        NotifyAddress::Apprise(_) => apprise::body(message),
        NotifyAddress::Webhook(_) | NotifyAddress::Exec(_) => document::document(message),
        NotifyAddress::Mail(MailAddress { from, to, .. }) => {
            let envelope = mail::Envelope::parse(from, to).map_err(|error| error.to_string())?;
            let preview = mail_format::preview(&envelope.from, &envelope.to, message, now);
            return preview.map(Preview::Mail).map_err(|error| error.to_string());
        }
    }))
}
