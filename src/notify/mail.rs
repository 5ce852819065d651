//! Mail over SMTP, encrypted. One conversation a message; each recipient is accepted or refused for itself.

use std::time::Duration;

use chrono::TimeDelta;
use lettre::address::Address;
use lettre::message::Mailbox;
use lettre::transport::smtp::Error;
use lettre::transport::smtp::authentication::{Credentials, DEFAULT_MECHANISMS};
use lettre::transport::smtp::client::{AsyncSmtpConnection, Certificate, TlsParameters};
use lettre::transport::smtp::commands::{Data, Mail as MailFrom, Rcpt};
use lettre::transport::smtp::extension::ClientId;

use super::address::TargetError;
use super::answer::Answer;
use super::client::{Client, SHORT_WAIT};
use super::mail_format::format;
use super::meaning::Meaning;
use super::message::Message;
use super::text::one_line;
use crate::config::{MailSecurity, is_loopback};
use crate::model::{Timestamp, root_cause};
use crate::secret::Secret;

/// How long the whole conversation may take.
const TIMEOUT: Duration = Duration::from_secs(30);

/// The wait after a temporary refusal: servers that greylist take a message after some minutes.
const LATER: Duration = Duration::from_secs(300);

/// How long a temporary refusal of one recipient delays the message for all, so that nobody gets it twice.
const PATIENCE: TimeDelta = TimeDelta::minutes(15);

/// A mail server, and who writes to whom.
#[derive(Clone)]
pub struct Mail {
    pub host: String,
    pub port: u16,
    pub security: MailSecurity,
    pub login: Option<(String, Secret)>,
    pub from: String,
    pub to: Vec<String>,
}

/// Who writes to whom, checked.
pub(super) struct Envelope {
    pub(super) from: Mailbox,
    pub(super) to: Vec<Mailbox>,
}

impl Envelope {
    pub(super) fn parse(from: &str, to: &[String]) -> Result<Self, TargetError> {
        let parse = |text: &str| text.parse().map_err(|_| TargetError::MailAddress { text: one_line(text) });
        let to = to.iter().map(|text| parse(text)).collect::<Result<Vec<_>, _>>()?;
        if to.is_empty() { Err(TargetError::MailToNobody) } else { Ok(Self { from: parse(from)?, to }) }
    }
}

impl Mail {
    /// Checks what can be checked without a connection.
    pub(super) fn envelope(&self) -> Result<Envelope, TargetError> {
        let is_host = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | ':' | '[' | ']' | '_');
        if self.host.is_empty() || !self.host.chars().all(is_host) || self.port == 0 {
            return Err(TargetError::MailServer);
        }
        if self.security == MailSecurity::None && !is_loopback(&self.host) {
            return Err(TargetError::MailUnencrypted);
        }
        if self.login.as_ref().is_some_and(|(user, password)| user.is_empty() || password.expose().is_empty()) {
            return Err(TargetError::MailLogin);
        }
        Envelope::parse(&self.from, &self.to)
    }

    /// Returns what must not be shown of what the server says.
    pub(super) fn secrets(&self) -> Vec<String> {
        self.login.iter().map(|(_, password)| password.expose().to_owned()).collect()
    }
}

pub(super) async fn send(
    mail: &Mail,
    envelope: &Envelope,
    client: &Client,
    message: &Message,
    now: Timestamp,
) -> Answer {
    let formatted = match format(&envelope.from, &envelope.to, message, now) {
        Ok(formatted) => formatted,
        Err(error) => return Answer::rejected(Meaning::InvalidRequest).said(error.to_string()),
    };
    let mut is_handed_over = false;
    let may_wait = now - message.at < PATIENCE;
    let conversation = converse(mail, envelope, client, &formatted, may_wait, &mut is_handed_over);
    let ended = tokio::time::timeout(TIMEOUT, conversation).await;
    match ended {
        Ok(Ok(answer) | Err(answer)) => answer,
        Err(_) if is_handed_over => Answer::uncertain(Meaning::NoAnswer),
        Err(_) => Answer::later(LATER, Meaning::NotReached).said(format!("not done within {TIMEOUT:?}")),
    }
}

/// Talks to the server up to its answer to the whole message. The error is an answer too: what ended the conversation.
async fn converse(
    mail: &Mail,
    envelope: &Envelope,
    client: &Client,
    formatted: &[u8],
    may_wait: bool,
    is_handed_over: &mut bool,
) -> Result<Answer, Answer> {
    let mut server = connect(mail, client).await?;
    if let Some((user, password)) = &mail.login {
        let credentials = Credentials::new(user.clone(), password.expose().to_owned());
        let entered = server.auth(DEFAULT_MECHANISMS, &credentials).await;
        entered.map_err(|error| failure(&error, Answer::parked(Meaning::LoginRefused)))?;
    }
    let sender = server.command(MailFrom::new(Some(envelope.from.email.clone()), vec![])).await;
    sender.map_err(|error| failure(&error, Answer::parked(Meaning::SenderRefused)))?;
    let refused = refused_recipients(&mut server, &envelope.to).await?;
    if refused.len() == envelope.to.len() || (may_wait && refused.iter().any(|(_, error)| error.is_transient())) {
        server.abort().await;
        return Err(worst(&refused));
    }
    let data = server.command(Data).await;
    data.map_err(|error| failure(&error, Answer::rejected(Meaning::ContentRefused)))?;
    *is_handed_over = true;
    server.message(formatted).await.map_err(|error| after_the_message(&error))?;
    // The message is delivered, whatever the server says to the end.
    server.abort().await;
    Ok(match refused.is_empty() {
        true => Answer::Delivered,
        false => partly(&refused),
    })
}

async fn connect(mail: &Mail, client: &Client) -> Result<AsyncSmtpConnection, Answer> {
    let name = ClientId::default();
    let tls = || tls(mail, client).map_err(|error| Answer::later(LATER, Meaning::Certificate).said(root_cause(&error)));
    let wrapped = if mail.security == MailSecurity::Tls { Some(tls()?) } else { None };
    let host = mail.host.trim_matches(['[', ']']);
    let connected = AsyncSmtpConnection::connect_tokio1((host, mail.port), Some(TIMEOUT), &name, wrapped, None).await;
    let mut server = connected.map_err(|error| failure(&error, Answer::later(LATER, Meaning::Busy)))?;
    if mail.security == MailSecurity::StartTls {
        if !server.can_starttls() {
            server.abort().await;
            return Err(Answer::parked(Meaning::NoEncryption));
        }
        let secured = server.starttls(tls()?, &name).await;
        secured.map_err(|error| failure(&error, Answer::parked(Meaning::NoEncryption)))?;
    }
    Ok(server)
}

fn tls(mail: &Mail, client: &Client) -> Result<TlsParameters, Error> {
    let mut builder = TlsParameters::builder(mail.host.clone());
    for der in client.authorities() {
        builder = builder.add_root_certificate(Certificate::from_der(der.clone())?);
    }
    builder.build()
}

/// Names the recipients to the server. Returns those that it refuses; another failure ends the conversation.
async fn refused_recipients<'a>(
    server: &mut AsyncSmtpConnection,
    to: &'a [Mailbox],
) -> Result<Vec<(&'a Address, Error)>, Answer> {
    let mut refused = Vec::new();
    for mailbox in to {
        match server.command(Rcpt::new(mailbox.email.clone(), vec![])).await {
            Ok(_) => {}
            Err(error) if error.is_transient() || error.is_permanent() => refused.push((&mailbox.email, error)),
            Err(error) => return Err(failure(&error, Answer::later(LATER, Meaning::NotReached))),
        }
    }
    Ok(refused)
}

/// What to do if the message goes to nobody: as long as one recipient may accept later, that is waited for.
fn worst(refused: &[(&Address, Error)]) -> Answer {
    let answer = match refused.iter().any(|(_, error)| error.is_transient()) {
        true => Answer::later(LATER, Meaning::RecipientRefused),
        false => Answer::parked(Meaning::RecipientRefused),
    };
    with_refused(answer, refused)
}

fn partly(refused: &[(&Address, Error)]) -> Answer {
    with_refused(Answer::partly(Meaning::RecipientRefused), refused)
}

fn with_refused(answer: Answer, refused: &[(&Address, Error)]) -> Answer {
    let said = refused.iter().map(|(address, error)| format!("{address}: {}", root_cause(error)));
    let said = said.collect::<Vec<_>>().join("; ");
    match refused.iter().find_map(|(_, error)| code(error)) {
        Some(code) => answer.code(code).said(said),
        None => answer.said(said),
    }
}

/// Says what became of a send that failed before the message was handed over.
fn failure(error: &Error, permanent: Answer) -> Answer {
    let cause = root_cause(error);
    let answer = if error.is_permanent() || error.is_client() {
        permanent
    } else if error.is_transient() {
        Answer::later(LATER, Meaning::Busy)
    } else if error.is_tls() || cause.contains("certificate") {
        Answer::later(LATER, Meaning::Certificate)
    } else {
        Answer::later(SHORT_WAIT, Meaning::NotReached)
    };
    coded(answer, error)
}

/// Says what became of a send whose message was handed over.
fn after_the_message(error: &Error) -> Answer {
    let answer = if error.is_transient() {
        Answer::later(LATER, Meaning::Busy)
    } else if error.is_permanent() {
        match code(error) {
            Some(552) => Answer::rejected(Meaning::TooLong),
            _ => Answer::rejected(Meaning::ContentRefused),
        }
    } else {
        Answer::uncertain(Meaning::NoAnswer)
    };
    coded(answer, error)
}

fn coded(answer: Answer, error: &Error) -> Answer {
    let answer = answer.said(root_cause(error));
    match code(error) {
        Some(code) => answer.code(code),
        None => answer,
    }
}

fn code(error: &Error) -> Option<i64> {
    i64::from(u16::from(error.status()?)).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mail() -> Mail {
        Mail {
            host: "smtp.example".to_owned(),
            port: 587,
            security: MailSecurity::StartTls,
            login: Some(("keep@example.com".to_owned(), Secret::new("hunter2-hunter2"))),
            from: "draftkeep <keep@example.com>".to_owned(),
            to: vec!["li@example.com".to_owned(), "王 <wang@example.com>".to_owned()],
        }
    }

    #[test]
    fn what_cannot_work_is_told_before() {
        let check = |change: fn(&mut Mail)| {
            let mut mail = mail();
            change(&mut mail);
            mail.envelope().err()
        };
        assert_eq!(check(|_| {}), None);
        assert_eq!(check(|mail| mail.host = "smtps://smtp.example/".to_owned()), Some(TargetError::MailServer));
        assert_eq!(check(|mail| mail.security = MailSecurity::None), Some(TargetError::MailUnencrypted));
        assert_eq!(check(|mail| mail.to.clear()), Some(TargetError::MailToNobody));
        assert_eq!(check(|mail| mail.login = Some(("keep".to_owned(), Secret::new("")))), Some(TargetError::MailLogin));
        let forged = check(|mail| mail.to = vec!["li@example.com\r\nBcc: all@example.com".to_owned()]);
        assert!(matches!(forged, Some(TargetError::MailAddress { .. })), "{forged:?}");
    }
}
