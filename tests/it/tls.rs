//! A TLS server whose certificate is signed by an authority of the tests, and which authorities are trusted.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};

use crate::harness::{Run, World};
use crate::scripted::{Reply, Scripted};

pub(crate) fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/tls").join(name)
}

/// Serves the answers of the server at an address over TLS. Returns the address.
pub(crate) fn before(behind: &str) -> String {
    let certificates: Vec<_> =
        CertificateDer::pem_file_iter(fixture("server.pem")).unwrap().map(Result::unwrap).collect();
    let key = PrivateKeyDer::from_pem_file(fixture("server.key")).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let versions = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    let config = Arc::new(versions.with_no_client_auth().with_single_cert(certificates, key).unwrap());
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let base = format!("https://{}", listener.local_addr().unwrap());
    let behind = behind.strip_prefix("http://").unwrap().to_owned();
    std::thread::spawn(move || {
        while let Ok((stream, _)) = listener.accept() {
            let (config, behind) = (Arc::clone(&config), behind.clone());
            // A client that does not trust the certificate disconnects.
            std::thread::spawn(move || {
                pass_on(StreamOwned::new(ServerConnection::new(config).unwrap(), stream), &behind)
            });
        }
    });
    base
}

/// Passes one request on, and its answer back; then the connection ends.
fn pass_on(mut tls: StreamOwned<ServerConnection, TcpStream>, behind: &str) -> std::io::Result<()> {
    let (mut request, mut length) = (Vec::new(), 0);
    let mut reader = BufReader::new(&mut tls);
    loop {
        let from = request.len();
        reader.read_until(b'\n', &mut request)?;
        let line = String::from_utf8_lossy(&request[from..]).to_lowercase();
        if let Some(value) = line.strip_prefix("content-length:") {
            length = value.trim().parse().unwrap();
        }
        if line.trim().is_empty() {
            break;
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body)?;
    let mut plain = TcpStream::connect(behind)?;
    // The server ends the connection. If our half of it ended before, it would not always answer.
    plain.write_all(&[with_close(&request), body].concat())?;
    let mut answer = Vec::new();
    plain.read_to_end(&mut answer)?;
    tls.write_all(&with_close(&answer))?;
    tls.conn.send_close_notify();
    tls.flush()
}

/// Adds to a request or an answer that the connection ends with it.
fn with_close(message: &[u8]) -> Vec<u8> {
    let head = message.iter().position(|byte| *byte == b'\n').unwrap() + 1;
    [&message[..head], b"Connection: close\r\n", &message[head..]].concat()
}

/// A platform over TLS with one draft, and a configuration that begins with `first`.
async fn watched(first: &str) -> (World, Scripted) {
    let (world, platform) = (World::new(), Scripted::start().await);
    platform.on("stable_token", [Reply::token("T1")]).on("draft/get", [Reply::ok(r#"{"news_item":[{"title":"一"}]}"#)]);
    world.configure(&[("mag", &before(&platform.base), "['Qm7xK2vTnS0b']")]);
    world.replace("config.toml", "archive = 'archive.db'", &format!("archive = 'archive.db'\n{first}"));
    (world, platform)
}

/// Polls on a system that trusts only the authorities in this file.
fn poll(world: &World, system: &str) -> Run {
    let mut command = world.command(&["poll", "--no-pictures", "--config", "config.toml"]);
    command.env("SSL_CERT_FILE", fixture(system));
    world.finish(command)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_nobody_vouches_for_is_told_with_the_way_out_and_gets_no_secret() {
    let (world, platform) = watched("").await;
    let run = poll(&world, "other.pem");
    assert_eq!(run.code(), Some(1), "{run}");
    let told = run.stderr();
    assert!(told.contains("stable_token: the server is not trusted: the certificate of 127.0.0.1:"), "{told}");
    assert!(told.contains("UnknownIssuer") && told.contains("ca_file = \"FILE.pem\""), "{told}");
    assert!(platform.requests("stable_token").is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_authorities_of_ca_file_are_trusted_beside_the_systems() {
    let (world, _platform) = watched(&format!("ca_file = '{}'", fixture("ca.pem").display())).await;
    assert_eq!(poll(&world, "other.pem").code(), Some(0));
    let (world, _platform) = watched(&format!("ca_file = '{}'", fixture("other.pem").display())).await;
    let run = poll(&world, "ca.pem");
    assert_eq!(run.code(), Some(0), "the system's count still: {run}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ca_file_that_is_gone_by_now_is_told() {
    let (world, _platform) = watched("ca_file = 'ca.pem'").await;
    let run = poll(&world, "other.pem");
    assert_eq!(run.code(), Some(2), "{run}");
    assert!(run.stderr().contains("ca.pem cannot be used: there is none"), "{run}");
}
