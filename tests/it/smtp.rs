//! A mail server for one message after another, which can refuse as real ones do.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};

/// How the server behaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Manner {
    /// Takes everything, without encryption.
    Plain,
    /// Wants STARTTLS first, with a certificate of the tests' authority.
    StartTls,
    /// Refuses each recipient for now.
    Greylists,
    /// Refuses the recipient whose name begins with `nobody`.
    RefusesOne,
    /// Refuses the recipient whose name begins with `nobody` for now.
    DelaysOne,
    /// Refuses the login.
    RefusesLogin,
    /// Refuses the message after it was sent.
    RefusesContent,
    /// Ends the connection after the message, without an answer.
    HangsUp,
}

/// What the server received.
#[derive(Clone, Debug, Default)]
pub(crate) struct Letter {
    pub(crate) to: Vec<String>,
    pub(crate) text: String,
    pub(crate) is_encrypted: bool,
}

/// The server; it stops with the test's process.
pub(crate) struct SmtpServer {
    pub(crate) port: u16,
    letters: Arc<Mutex<Vec<Letter>>>,
}

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/tls").join(name)
}

/// The authority of the tests, which signs the server's certificate.
pub(crate) fn authority() -> Vec<u8> {
    CertificateDer::from_pem_file(fixture("ca.pem")).unwrap().to_vec()
}

impl SmtpServer {
    pub(crate) fn start(manner: Manner) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let letters = Arc::new(Mutex::new(Vec::new()));
        let received = Arc::clone(&letters);
        std::thread::spawn(move || {
            while let Ok((stream, _)) = listener.accept() {
                // A client that ends the connection early is a case of its own.
                drop(greet(stream, manner, &received));
            }
        });
        Self { port, letters }
    }

    pub(crate) fn letters(&self) -> Vec<Letter> {
        self.letters.lock().unwrap().clone()
    }
}

/// Talks in plain text up to STARTTLS, and encrypted from there.
fn greet(mut stream: TcpStream, manner: Manner, letters: &Mutex<Vec<Letter>>) -> std::io::Result<()> {
    stream.write_all(b"220 mail.example ESMTP\r\n")?;
    let mut reader = BufReader::new(stream.try_clone()?);
    if manner != Manner::StartTls {
        return converse(&mut reader, &mut stream, manner, (false, letters));
    }
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line)? == 0 {
            return Ok(());
        }
        match line.trim().to_ascii_uppercase().as_str() {
            "STARTTLS" => break,
            line if line.starts_with("EHLO") => stream.write_all(b"250-mail.example\r\n250 STARTTLS\r\n")?,
            _ => stream.write_all(b"530 Must issue a STARTTLS command first\r\n")?,
        }
    }
    stream.write_all(b"220 go ahead\r\n")?;
    let certificates: Vec<_> =
        CertificateDer::pem_file_iter(fixture("server.pem")).unwrap().map(Result::unwrap).collect();
    let key = PrivateKeyDer::from_pem_file(fixture("server.key")).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let versions = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    let config = Arc::new(versions.with_no_client_auth().with_single_cert(certificates, key).unwrap());
    let tls = Mutex::new(StreamOwned::new(ServerConnection::new(config).unwrap(), stream));
    converse(&mut BufReader::new(Half(&tls)), &mut Half(&tls), manner, (true, letters))
}

/// Reads and writes one stream from two places of one thread.
struct Half<'a>(&'a Mutex<StreamOwned<ServerConnection, TcpStream>>);

impl Read for Half<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().read(buffer)
    }
}

impl Write for Half<'_> {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.0.lock().unwrap().flush()
    }
}

fn converse(
    reader: &mut impl BufRead,
    writer: &mut impl Write,
    manner: Manner,
    (is_encrypted, letters): (bool, &Mutex<Vec<Letter>>),
) -> std::io::Result<()> {
    let mut letter = Letter { is_encrypted, ..Letter::default() };
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line)? == 0 {
            return Ok(());
        }
        let word = line.split([' ', ':']).next().unwrap_or_default().trim().to_ascii_uppercase();
        let is_nobody = line.contains("<nobody");
        let reply = match (word.as_str(), manner) {
            ("EHLO", _) => "250-mail.example\r\n250 AUTH PLAIN LOGIN",
            ("AUTH", Manner::RefusesLogin) => "535 5.7.8 authorisation code expected, not hunter2-hunter2",
            ("AUTH", _) => "235 welcome",
            ("RCPT", Manner::Greylists) => "450 4.2.0 greylisted, come back later",
            ("RCPT", Manner::RefusesOne) if is_nobody => "550 5.1.1 no such user",
            ("RCPT", Manner::DelaysOne) if is_nobody => "452 4.2.2 mailbox full",
            ("RCPT", _) => {
                letter.to.extend(line.split(['<', '>']).nth(1).map(ToOwned::to_owned));
                "250 ok"
            }
            ("DATA", _) => {
                writer.write_all(b"354 go ahead\r\n")?;
                writer.flush()?;
                while !letter.text.ends_with("\r\n.\r\n") {
                    if reader.read_line(&mut letter.text)? == 0 {
                        return Ok(());
                    }
                }
                match manner {
                    Manner::HangsUp => return Ok(()),
                    Manner::RefusesContent => "554 5.7.1 looks like spam",
                    _ => {
                        // Before the client knows: its test looks at once.
                        letters.lock().unwrap().push(std::mem::take(&mut letter));
                        "250 queued"
                    }
                }
            }
            ("QUIT", _) => {
                writer.write_all(b"221 bye\r\n")?;
                writer.flush()?;
                return Ok(());
            }
            ("MAIL", _) => "250 ok",
            _ => "500 what?",
        };
        writer.write_all(format!("{reply}\r\n").as_bytes())?;
        writer.flush()?;
    }
}
