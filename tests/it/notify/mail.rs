//! Mail to a server that refuses as real ones do.

use chrono::TimeDelta;
use draftkeep::config::MailSecurity;
use draftkeep::notify::{Answer, Client, Mail, Meaning, Target};
use draftkeep::secret::Secret;

use super::{message, now};
use crate::smtp::{Manner, SmtpServer, authority};

fn mail(server: &SmtpServer, security: MailSecurity) -> Mail {
    Mail {
        host: "127.0.0.1".to_owned(),
        port: server.port,
        security,
        login: None,
        from: "draftkeep <keep@example.com>".to_owned(),
        to: ["li@example.com", "nobody@example.com", "wang@example.com"].map(str::to_owned).to_vec(),
    }
}

async fn sent(manner: Manner) -> (Answer, SmtpServer) {
    let server = SmtpServer::start(manner);
    let target = Target::Mail(mail(&server, MailSecurity::None));
    let answer = target.send(&Client::default(), &message(), now()).await;
    (answer, server)
}

#[tokio::test]
async fn a_mail_goes_to_each_recipient_at_once() {
    let (answer, server) = sent(Manner::Plain).await;
    assert_eq!(answer, Answer::Delivered);
    let letters = server.letters();
    assert_eq!(letters.len(), 1);
    assert_eq!(letters[0].to, ["li@example.com", "nobody@example.com", "wang@example.com"]);
    assert!(letters[0].text.contains("Message-ID: <msg_7Qm2@example.com>"), "{}", letters[0].text);
}

#[tokio::test]
async fn one_refused_recipient_of_three_takes_nothing_from_the_others() {
    let (answer, server) = sent(Manner::RefusesOne).await;
    let Answer::Partly { reason } = &answer else { panic!("{answer:?}") };
    assert_eq!((reason.meaning, reason.code), (Meaning::RecipientRefused, Some(550)));
    assert!(reason.said.contains("nobody@example.com: 5.1.1 no such user"), "{}", reason.said);
    assert_eq!(server.letters()[0].to, ["li@example.com", "wang@example.com"]);
}

#[tokio::test]
async fn greylisting_is_waited_for_and_nobody_gets_it_twice() {
    let (answer, server) = sent(Manner::Greylists).await;
    assert!(matches!(&answer, Answer::Later { reason, .. } if reason.code == Some(450)), "{answer:?}");
    assert!(server.letters().is_empty());
    let (answer, server) = sent(Manner::DelaysOne).await;
    assert!(matches!(&answer, Answer::Later { .. }), "{answer:?}");
    assert!(server.letters().is_empty(), "all wait for the one");
    // After a quarter of an hour the others get it.
    let target = Target::Mail(mail(&server, MailSecurity::None));
    let answer = target.send(&Client::default(), &message(), now() + TimeDelta::minutes(16)).await;
    assert!(matches!(&answer, Answer::Partly { reason } if reason.code == Some(452)), "{answer:?}");
    assert_eq!(server.letters().len(), 1);
}

#[tokio::test]
async fn nothing_is_sent_without_encryption() {
    let server = SmtpServer::start(Manner::Plain);
    let target = Target::Mail(mail(&server, MailSecurity::StartTls));
    let answer = target.send(&Client::default(), &message(), now()).await;
    assert!(matches!(&answer, Answer::Parked { reason } if reason.meaning == Meaning::NoEncryption), "{answer:?}");
    assert!(server.letters().is_empty());
}

#[tokio::test]
async fn a_certificate_that_is_not_trusted_ends_the_conversation() {
    let server = SmtpServer::start(Manner::StartTls);
    let target = Target::Mail(mail(&server, MailSecurity::StartTls));
    let other = Client::new(Vec::new());
    let answer = target.send(&other, &message(), now()).await;
    assert!(matches!(&answer, Answer::Later { reason, .. } if reason.meaning == Meaning::Certificate), "{answer:?}");
    assert!(server.letters().is_empty());
    let trusting = Client::new(vec![authority()]);
    assert_eq!(target.send(&trusting, &message(), now()).await, Answer::Delivered);
    assert!(server.letters()[0].is_encrypted);
}

#[tokio::test]
async fn a_refused_login_is_parked_and_the_password_not_shown() {
    let server = SmtpServer::start(Manner::RefusesLogin);
    let login = Some(("keep@example.com".to_owned(), Secret::new("hunter2-hunter2")));
    let target = Target::Mail(Mail { login, ..mail(&server, MailSecurity::None) });
    let answer = target.send(&Client::default(), &message(), now()).await;
    assert!(matches!(&answer, Answer::Parked { reason } if reason.meaning == Meaning::LoginRefused), "{answer:?}");
    assert!(!format!("{answer:?} {target:?}").contains("hunter2"), "{answer:?}");
}

#[tokio::test]
async fn what_happens_after_the_message_is_told_apart() {
    let (answer, _) = sent(Manner::RefusesContent).await;
    assert!(matches!(&answer, Answer::Rejected { reason } if reason.code == Some(554)), "{answer:?}");
    let (answer, _) = sent(Manner::HangsUp).await;
    assert!(matches!(&answer, Answer::Uncertain { .. }), "{answer:?}");
    let closed = SmtpServer::start(Manner::Plain);
    let nobody = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let target = Target::Mail(Mail { port: nobody, ..mail(&closed, MailSecurity::None) });
    let answer = target.send(&Client::default(), &message(), now()).await;
    assert!(matches!(&answer, Answer::Later { reason, .. } if reason.meaning == Meaning::NotReached), "{answer:?}");
}

/// `.ci/mail` starts the server: one of Debian's, which wants encryption and does not know `nobody`.
#[tokio::test]
async fn a_real_server_takes_a_message() {
    let Ok(port) = std::env::var("DRAFTKEEP_SMTP_PORT") else { return };
    let any = SmtpServer::start(Manner::Plain);
    let real = Mail { port: port.parse().unwrap(), ..mail(&any, MailSecurity::StartTls) };
    let client = Client::new(vec![authority()]);
    let answer = Target::Mail(real).send(&client, &message(), now()).await;
    assert!(matches!(&answer, Answer::Partly { reason } if reason.said.contains("no such user")), "{answer:?}");
}
