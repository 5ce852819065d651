//! Notification targets: sends one message to one target and reads the answer.
//!
//! A [`Message`] is neutral plain text; each target has one file that renders it into the target's own structures and reads what the
//! target answers. An [`Answer`] says what the caller can do: nothing more, try later, or stop. HTTP status 200 is not success: chat
//! robots refuse with a code in the body. The module keeps nothing between two calls and never repeats a send that may have arrived; the
//! caller decides when to try again.
//!
//! | file | task |
//! | --- | --- |
//! | `message`, `text` | the message; text of others made safe and cut to a number of bytes |
//! | `target`, `address` | a target, and whether what is configured can work |
//! | `client` | HTTP: time limits, no redirects, failures as answers |
//! | `robot`, `status`, `signature` | what the chat robots have in common; what an HTTP status means; signatures |
//! | `document` | the message as JSON, for programs |
//! | `wecom`, `feishu`, `dingtalk`, `webhook`, `apprise`, `mail`, `exec` | one target each; `mail_format` writes a mail |
//! | `preview` | a message in the form of a target, without sending it |
//! | `ping` | reports to a dead man's switch |
//! | `answer`, `meaning` | what became of a send, as a type and in words |
//!
//! Addresses of targets are credentials. They are [`Secret`](crate::secret::Secret)s, errors of the HTTP library lose them where they are made, and
//! every text that a target answers is cleaned of them before it leaves this module.

mod address;
mod answer;
mod apprise;
mod client;
mod dingtalk;
mod document;
mod exec;
mod feishu;
mod mail;
mod mail_format;
mod meaning;
mod message;
mod ping;
mod preview;
mod robot;
mod signature;
mod status;
mod target;
mod text;
mod webhook;
mod wecom;

pub use self::address::TargetError;
pub use self::answer::{Answer, Reason};
pub use self::client::Client;
pub use self::mail::Mail;
pub use self::mail_format::MailPreview;
pub use self::meaning::Meaning;
pub use self::message::{Link, Message};
pub use self::ping::{PingOutcome, check_ping, ping};
pub use self::preview::{Preview, preview};
pub use self::target::Target;
