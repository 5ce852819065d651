//! Reads the AppSecret, or a token that another system provides, from the configured source.
//!
//! It is read at each use, so that a rotated secret needs no reload. Nothing that was read is shown in an error.

use std::ffi::OsString;
use std::io;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use tokio::io::AsyncReadExt;
use tokio::process::Command;

use super::error::Error;
use super::http::{self, Route, TIMEOUTS, http_client, read_capped};
use super::request_failure::RequestFailure;
use super::slow_file;
use crate::canonical::json;
use crate::config::credstore::{ENCRYPTED, SystemdCredential, find_credential};
use crate::config::{SecretSource, TokenSource, is_placeholder};
use crate::process_group::ProcessGroup;
use crate::secret::Secret;

/// The directory for `LoadCredential=` of systemd.
const CREDENTIALS_DIRECTORY: &str = "CREDENTIALS_DIRECTORY";

/// The longest time to read a file (a network mount, a pipe) or to run a command.
const PATIENCE: Duration = Duration::from_secs(10);

/// The platform asks for room for 512 characters per token; this also holds JSON around one.
const LARGEST: usize = 64 * 1024;

/// Reads an AppSecret, or another secret that is configured like one.
///
/// # Errors
///
/// If it cannot be read, or is none.
pub async fn secret(source: &SecretSource) -> Result<Secret, Error> {
    let (text, place) = match source {
        SecretSource::File(path) => (read_file(path).await?, format!("the secret file {}", path.display())),
        SecretSource::Env(name) => (read_variable(name)?, format!("the environment variable {name}")),
        SecretSource::Credential(name) => {
            (credential(name, std::env::var_os(CREDENTIALS_DIRECTORY)).await?, format!("the systemd credential {name}"))
        }
        SecretSource::Command(words) => (run(words).await?, format!("the secret command `{}`", program(words))),
    };
    let secret = one_word(&text).filter(|secret| !is_placeholder(secret.expose()));
    secret.ok_or_else(|| Error::local(format!("{place} does not hold a secret; one word is expected, no placeholder")))
}

/// Reads a token that another system provides; `route` is that of the account, for a token from a URL.
pub(super) async fn token(source: &TokenSource, route: &Route) -> Result<Secret, Error> {
    let (text, place) = match source {
        TokenSource::File(path) => (read_file(path).await?, format!("the token file {}", path.display())),
        TokenSource::Command(words) => (run(words).await?, format!("the token command `{}`", program(words))),
        TokenSource::Url(url) => (fetch(url, route).await?, format!("the token server {}", server(url))),
    };
    let expected = "one word is expected, or JSON with access_token or authorizer_access_token";
    token_in(&text).ok_or_else(|| Error::local(format!("{place} does not give a token: {expected}")))
}

/// Returns the first line, which must be one word.
fn one_word(text: &str) -> Option<Secret> {
    let word = text.trim_start_matches('\u{feff}').trim().lines().next()?.trim_end();
    (!word.is_empty() && !word.contains(|c: char| c.is_whitespace() || c.is_control())).then(|| Secret::new(word))
}

/// Finds the token: alone, or in JSON as the platform and token servers answer; some nest it in `data`.
fn token_in(text: &str) -> Option<Secret> {
    let Ok(members) = json::members(text.trim().as_bytes()) else {
        return one_word(text).filter(|word| !word.expose().starts_with(['{', '<']));
    };
    token_among(&members).or_else(|| {
        let (_, data) = members.iter().find(|(key, _)| key == "data")?;
        token_among(&json::members(data).ok()?)
    })
}

fn token_among(members: &[json::Member<'_>]) -> Option<Secret> {
    ["access_token", "authorizer_access_token"]
        .iter()
        .find_map(|wanted| members.iter().find(|(key, _)| key == wanted))
        .and_then(|(_, value)| json::text(value))
        .and_then(|text| one_word(&text))
}

fn read_variable(name: &str) -> Result<String, Error> {
    std::env::var(name).map_err(|_| Error::local(format!("the environment variable {name} is not set, or is no text")))
}

/// Reads a credential: in a service from systemd's directory, otherwise from one of its stores.
async fn credential(name: &str, directory: Option<OsString>) -> Result<String, Error> {
    if let Some(directory) = directory {
        return read_file(&Path::new(&directory).join(name)).await;
    }
    match find_credential(name) {
        Some(SystemdCredential::Plain(path)) => read_file(&path).await,
        Some(SystemdCredential::Encrypted(path)) => {
            let path = path.display();
            let decrypt =
                ["systemd-creds", "decrypt", &format!("--name={name}"), &path.to_string(), "-"].map(str::to_owned);
            run(&decrypt).await.map_err(|error| {
                Error::local(format!("{}; outside of its service root alone can open {path}", error.message))
            })
        }
        None => {
            let hint = format!(
                "run as root where systemd keeps it in {ENCRYPTED}, else as a service with LoadCredential={name}:/path/to/file"
            );
            Err(Error::local(format!(
                "the credential {name} cannot be read: ${CREDENTIALS_DIRECTORY} is not set; {hint}"
            )))
        }
    }
}

async fn read_file(path: &Path) -> Result<String, Error> {
    let read = slow_file::read(path, LARGEST as u64, PATIENCE).await;
    read.map_err(|reason| Error::local(format!("{} cannot be read: {reason}", path.display())))
}

/// Runs a command and returns what it writes to stdout. Its stderr is not shown: a shell's `set -x` would put the
/// secret there.
async fn run(words: &[String]) -> Result<String, Error> {
    let program = program(words);
    match tokio::time::timeout(PATIENCE, output(words)).await {
        Ok(Ok(text)) => Ok(text),
        Ok(Err(error)) => {
            Err(Error::local(format!("the command `{program}` failed: {error}. Run it by hand to see why")))
        }
        Err(_) => Err(Error::local(format!("the command `{program}` did not end within {PATIENCE:?}"))),
    }
}

async fn output(words: &[String]) -> io::Result<String> {
    let mut command = Command::new(program(words));
    command.args(words.iter().skip(1)).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
    // A process group of its own, so that its children end with it.
    let mut child = command.process_group(0).kill_on_drop(true).spawn()?;
    let group = ProcessGroup::of(&child);
    let mut text = String::new();
    if let Some(stdout) = child.stdout.take() {
        stdout.take(LARGEST as u64).read_to_string(&mut text).await?;
    }
    let status = child.wait().await?;
    // It has ended by itself: processes that it leaves behind on purpose may go on.
    group.release();
    if status.success() { Ok(text) } else { Err(io::Error::other(status.to_string())) }
}

/// The program's name; its arguments may be secret.
fn program(words: &[String]) -> &str {
    words.first().map_or("", String::as_str)
}

/// Reads the response of a token server, over a new connection: this happens every few hours.
async fn fetch(url: &str, route: &Route) -> Result<String, Error> {
    let (timeouts, target) = (TIMEOUTS, http::parse(url)?);
    let http = http_client(url, route, timeouts)?;
    let server = server(url);
    let trouble = |what: String| Error::local(format!("the token server {server} gives no token: {what}"));
    let failed = async |error: reqwest::Error| {
        let reason = RequestFailure::of(&error.without_url(), &target, &format!("not within {:?}", timeouts.whole));
        trouble(route.explain(reason, &target).await.text)
    };
    let response = match http.get(url).send().await {
        Ok(response) => response,
        Err(error) => return Err(failed(error).await),
    };
    if !response.status().is_success() {
        let way = route.proxy(&target).map(|proxy| proxy.description()).unwrap_or_default();
        return Err(trouble(format!("HTTP {}{way}", response.status())));
    }
    let bytes = match read_capped(response, LARGEST).await {
        Ok(Some(bytes)) => bytes,
        Ok(None) => return Err(trouble("its answer is too large".to_owned())),
        Err(error) => return Err(failed(error).await),
    };
    String::from_utf8(bytes).map_err(|_| trouble("its answer is no text".to_owned()))
}

/// Scheme, host and port: path and query may be secret.
fn server(url: &str) -> String {
    reqwest::Url::parse(url).map_or_else(|_| "(no valid address)".to_owned(), |url| url.origin().ascii_serialization())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn command(words: &[&str]) -> SecretSource {
        SecretSource::Command(words.iter().map(|word| (*word).to_owned()).collect())
    }

    #[test]
    fn a_secret_is_the_first_line_and_one_word() {
        for text in ["0123", "0123\n", "0123\r\n", " 0123 \n\n", "\u{feff}0123\n", "0123\nmore\n"] {
            assert_eq!(one_word(text).unwrap().expose(), "0123", "{text:?}");
        }
        for text in ["", "\n", "  ", "two words", "nul\0"] {
            assert_eq!(one_word(text), None, "{text:?}");
        }
    }

    #[test]
    fn a_token_stands_alone_or_in_json() {
        for text in [
            "97_x",
            "97_x\n",
            r#"{"access_token":"97_x"}"#,
            r#" {"authorizer_access_token":"97_x"} "#,
            r#"{"code":0,"data":{"access_token":"97_x","expires_in":7200}}"#,
            r#"{"authorizer_access_token":"other","access_token":"97_x"}"#,
        ] {
            assert_eq!(token_in(text).unwrap().expose(), "97_x", "{text}");
        }
        for text in [
            "",
            "{}",
            "{",
            r#"{"access_token":"#,
            r#"{"access_token":7}"#,
            "<html>",
            r#"{"token":"97_x"}"#,
            r#"{"data":"97_x"}"#,
        ] {
            assert_eq!(token_in(text), None, "{text}");
        }
    }

    #[tokio::test]
    async fn a_systemd_credential_is_a_file_of_its_directory() {
        let directory = tempfile::tempdir().unwrap();
        std::fs::write(directory.path().join("mag"), "0123\n").unwrap();
        assert_eq!(credential("mag", Some(directory.path().into())).await.unwrap(), "0123\n");
        let hint = credential("mag", None).await.unwrap_err().to_string();
        assert!(hint.contains("LoadCredential=mag:"), "{hint}");
    }

    #[tokio::test]
    async fn a_command_that_fails_is_told_without_what_it_said() {
        for words in [
            &["sh", "-c", "echo hunter2; echo hunter2 >&2; exit 3"][..],
            &["/no/such/command", "hunter2"],
            &["sh", "-c", ": hunter2"],
            &["printf", "hunter2 hunter2"],
            &["printf", "\\377"],
        ] {
            let error = secret(&command(words)).await.unwrap_err();
            let shown = format!("{error} {error:?}");
            assert!(shown.contains(words[0]) && !shown.contains("hunter2"), "{shown}");
        }
        let failed = secret(&command(&["sh", "-c", "exit 3"])).await.unwrap_err().to_string();
        assert!(failed.contains("exit status: 3"), "{failed}");
    }

    /// Paused time moves on by itself while nothing else happens, so this takes no time.
    #[tokio::test(start_paused = true)]
    async fn a_command_that_hangs_is_ended() {
        let error = secret(&command(&["sleep", "600"])).await.unwrap_err().to_string();
        assert!(error.contains("did not end within 10s"), "{error}");
    }

    #[tokio::test(start_paused = true)]
    async fn what_a_command_that_hangs_has_started_ends_with_it() {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("pid");
        let script = format!("sleep 600 & echo $! > '{}'; wait", file.display());
        let command = command(&["sh", "-c", &script]);
        let hanging = secret(&command);
        // Paused time stands still while somebody works.
        let written = async {
            while std::fs::read_to_string(&file).map_or(true, |pid| pid.is_empty()) {
                tokio::task::yield_now().await;
            }
        };
        let (error, ()) = tokio::join!(hanging, written);
        assert!(error.unwrap_err().to_string().contains("did not end within 10s"));
        let pid = std::fs::read_to_string(&file).unwrap();
        let stat = format!("/proc/{}/stat", pid.trim());
        // A zombie has ended; whoever adopts it takes it away.
        let has_ended = || std::fs::read_to_string(&stat).map_or(true, |stat| stat.contains(") Z "));
        for _ in 0..2000 {
            if has_ended() {
                return;
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        panic!("the sleep goes on");
    }

    #[tokio::test]
    async fn a_command_that_never_stops_talking_is_cut_off() {
        let error = secret(&command(&["yes", "hunter2"])).await.unwrap_err().to_string();
        assert!(error.contains("signal") && !error.contains("hunter2"), "{error}");
    }

    #[tokio::test]
    async fn unset_variables_are_named() {
        let error = secret(&SecretSource::Env("DRAFTKEEP_NO_SUCH_VARIABLE".to_owned())).await.unwrap_err().to_string();
        assert!(error.contains("DRAFTKEEP_NO_SUCH_VARIABLE"), "{error}");
    }
}
