//! Checks that configured secrets, tokens and certificates exist, can be read and are no placeholders.
//!
//! Nothing is kept: a secret is read again at each use.

use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{self, ErrorKind, Read};
use std::ops::Range;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use super::ca_file::ca_certificates;
use super::credstore::{ENCRYPTED, SystemdCredential, find_credential};
use super::diagnostics::{Diagnostics, could_be_secret};
use super::placeholder::is_placeholder;
use super::source::{Credentials, SecretSource, TokenSource};

/// The variable with the directory of systemd's credentials; only set for the service.
const CREDENTIALS_DIRECTORY: &str = "CREDENTIALS_DIRECTORY";

/// How long a file system may take: a network mount may be dead.
const PATIENCE: Duration = Duration::from_secs(10);

/// Looks up a variable of the environment.
pub(super) type Environment<'a> = &'a dyn Fn(&str) -> Option<OsString>;

/// A source in the configuration, and its place in the file.
pub(super) struct CheckedSource {
    pub(super) key: String,
    pub(super) at: Range<usize>,
    pub(super) what: SourceKind,
}

pub(super) enum SourceKind {
    Credentials(Credentials),
    /// CA certificates.
    CaFile(PathBuf),
    /// A target that is not its source alone; it is checked when its secrets were read.
    Target,
}

impl CheckedSource {
    /// Reports a source that is missing, empty, a placeholder or readable by others.
    pub(super) fn check(&self, environment: Environment<'_>, diagnostics: &mut Diagnostics<'_>) {
        match &self.what {
            SourceKind::Credentials(credentials) => self.check_credentials(credentials, environment, diagnostics),
            SourceKind::CaFile(path) => self.check_ca_file(path, diagnostics),
            SourceKind::Target => {}
        }
    }

    /// Returns whether it is only a name. Arguments of a command and addresses could hold a secret.
    pub(super) fn is_name(&self) -> bool {
        use SecretSource::{Credential, Env, File};
        matches!(self.what, SourceKind::Credentials(Credentials::Secret(File(_) | Env(_) | Credential(_))))
    }

    fn check_ca_file(&self, path: &Path, diagnostics: &mut Diagnostics<'_>) {
        let file = path.to_owned();
        if let Err(error) = in_time(PATIENCE, move || ca_certificates(&file)) {
            let (shown, written) = (path.display(), diagnostics.written(&self.at));
            let rule = format!("{shown} cannot be used: {}", reason(&error));
            let issue = diagnostics.refuse(&self.key, &self.at, rule).with_plain_value(written);
            if error.kind() == ErrorKind::InvalidData {
                issue.with_hint("a certificate in DER (.cer, .der) becomes PEM with: openssl x509 -inform der -in FILE -out FILE.pem");
            }
        }
    }

    fn check_credentials(
        &self,
        credentials: &Credentials,
        environment: Environment<'_>,
        diagnostics: &mut Diagnostics<'_>,
    ) {
        match credentials {
            Credentials::Secret(SecretSource::File(path)) | Credentials::Token(TokenSource::File(path)) => {
                self.check_file(path, diagnostics);
            }
            Credentials::Secret(SecretSource::Env(name)) => self.check_variable(name, environment, diagnostics),
            Credentials::Secret(SecretSource::Credential(name)) => {
                self.check_credential(name, environment, diagnostics);
            }
            Credentials::Secret(SecretSource::Command(words)) | Credentials::Token(TokenSource::Command(words)) => {
                self.check_program(words, diagnostics);
            }
            Credentials::Token(TokenSource::Url(_)) => {}
        }
    }

    fn check_file(&self, path: &Path, diagnostics: &mut Diagnostics<'_>) {
        match open(path) {
            Ok(source) => {
                if let Some((who, remedy)) = too_open(source.mode) {
                    let message = format!("{who} this file; close it with: chmod {remedy} {}", path.display());
                    diagnostics.warn(&self.key, &self.at, message);
                }
                if source.has_more_lines {
                    let message = "this file holds several lines, and the first one alone is used; remove the others";
                    diagnostics.warn(&self.key, &self.at, message);
                }
            }
            Err(error) => self.refuse_file(path, &error, diagnostics),
        }
    }

    fn check_credential(&self, name: &str, environment: Environment<'_>, diagnostics: &mut Diagnostics<'_>) {
        let Some(directory) = environment(CREDENTIALS_DIRECTORY).filter(|directory| !directory.is_empty()) else {
            return self.check_stored(name, diagnostics);
        };
        if let Err(error) = open(&Path::new(&directory).join(name)) {
            let rule = match error.kind() {
                ErrorKind::NotFound => "systemd gave the service no credential of this name".to_owned(),
                _ => format!("this credential cannot be used: {error}"),
            };
            let hint = format!("name the FILE that holds it in the unit: LoadCredential={name}:FILE");
            diagnostics.refuse(&self.key, &self.at, rule).with_value(name).with_hint(hint);
        }
    }

    /// Outside of a service, root can use systemd's credential stores.
    fn check_stored(&self, name: &str, diagnostics: &mut Diagnostics<'_>) {
        let Some(SystemdCredential::Plain(path) | SystemdCredential::Encrypted(path)) = find_credential(name) else {
            let rule =
                "a credential is there only for a service that systemd starts: $CREDENTIALS_DIRECTORY is not set";
            let hint = format!(
                "run it as root, where systemd keeps it in {ENCRYPTED}; else as the service does, FILE as in its unit: systemd-run --pipe -p LoadCredential={name}:FILE draftkeep config check"
            );
            diagnostics.refuse(&self.key, &self.at, rule).with_value(name).with_hint(hint);
            return;
        };
        if let Err(error) = open(&path) {
            let rule = format!("{} cannot be used: {}", path.display(), reason(&error));
            let issue = diagnostics.refuse(&self.key, &self.at, rule).with_value(name);
            if error.kind() == ErrorKind::PermissionDenied {
                issue.with_hint("outside of its service root alone can use it; run the command as root");
            }
        }
    }

    fn check_variable(&self, name: &str, environment: Environment<'_>, diagnostics: &mut Diagnostics<'_>) {
        let rule = match environment(name) {
            None => "no environment variable of this name is set",
            Some(value) if value.to_string_lossy().trim().is_empty() => "this environment variable is empty",
            Some(value) if value.to_str().is_none() => "this environment variable holds no text",
            Some(value) if value.to_str().is_some_and(is_placeholder) => {
                "this environment variable holds a placeholder, not the value itself"
            }
            Some(_) => return,
        };
        let issue = diagnostics.refuse(&self.key, &self.at, rule).with_value(name);
        if issue.value.is_none() {
            issue.with_hint("env is the name of a variable that holds it, not the value itself");
        }
    }

    /// Checks a program with a path; one without is found by $PATH, maybe only later.
    fn check_program(&self, words: &[String], diagnostics: &mut Diagnostics<'_>) {
        let Some(program) = words.first().filter(|program| program.contains('/')) else { return };
        let path = PathBuf::from(program);
        if let Err(error) = in_time(PATIENCE, move || fs::metadata(path)) {
            diagnostics.refuse(&self.key, &self.at, format!("{program} cannot be run: {}", reason(&error)));
        }
    }

    fn refuse_file(&self, path: &Path, error: &io::Error, diagnostics: &mut Diagnostics<'_>) {
        let written = diagnostics.written(&self.at);
        if could_be_secret(written) {
            let rule = format!("this file cannot be used: {}", reason(error));
            let hint = "file is the name of a file that holds it, not the value itself";
            diagnostics.refuse(&self.key, &self.at, rule).with_hint(hint);
            return;
        }
        let shown = path.display();
        let rule = format!("{shown} cannot be used: {}", reason(error));
        let issue = diagnostics.refuse(&self.key, &self.at, rule).with_plain_value(written);
        if written.contains('~') {
            issue.with_hint("~ is not understood here; write the whole path");
        } else if [ErrorKind::NotFound, ErrorKind::InvalidData].contains(&error.kind()) {
            issue.with_hint(format!("write it with: (umask 027; cat > {shown})"));
        }
    }
}

/// Returns who can access a secret file of this mode, and the `chmod` mode that prevents it. Group read access is allowed: it gives a
/// file of root to a service.
fn too_open(mode: u32) -> Option<(&'static str, &'static str)> {
    let remedy = match (mode & 0o020 != 0, mode & 0o007 != 0) {
        (false, false) => return None,
        (true, false) => return Some(("its group can write", "g-w")),
        (false, true) => "o=",
        (true, true) => "g-w,o=",
    };
    Some((if mode & 0o002 == 0 { "others can read" } else { "others can read or write" }, remedy))
}

/// What is known of a file that can be used.
struct Opened {
    mode: u32,
    /// Whether something follows its first line.
    has_more_lines: bool,
}

/// Opens a file; an empty file or a directory is an error.
fn open(path: &Path) -> io::Result<Opened> {
    let path = path.to_owned();
    in_time(PATIENCE, move || open_now(&path))
}

/// Calls a file system that may be dead, in a separate thread; if it does not return in time, the thread is abandoned.
fn in_time<T: Send + 'static>(
    patience: Duration,
    ask: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> io::Result<T> {
    let (answer, wait) = mpsc::channel();
    thread::Builder::new().name("sources".to_owned()).spawn(move || answer.send(ask()))?;
    let hangs = |_| Err(io::Error::new(ErrorKind::TimedOut, format!("no answer comes within {patience:?}")));
    wait.recv_timeout(patience).unwrap_or_else(hangs)
}

fn open_now(path: &Path) -> io::Result<Opened> {
    let metadata = fs::metadata(path)?;
    if metadata.is_dir() {
        return Err(ErrorKind::IsADirectory.into());
    }
    let mut opened = Opened { mode: metadata.permissions().mode(), has_more_lines: false };
    // A pipe has no length, and opening it would wait for a writer.
    if metadata.is_file() {
        let file = File::open(path)?;
        if metadata.len() == 0 {
            return Err(io::Error::other("it is empty"));
        }
        let beginning = beginning(file)?;
        let mut lines = beginning.trim().lines();
        // JSON contains a token, not a placeholder.
        let first = lines.next().filter(|line| !line.starts_with('{'));
        if first.is_some_and(is_placeholder) {
            return Err(io::Error::new(ErrorKind::InvalidData, "it holds a placeholder, not the value itself"));
        }
        opened.has_more_lines = first.is_some() && lines.next().is_some();
    }
    Ok(opened)
}

/// Reads more of a file than a secret, a token or an address has.
fn beginning(file: File) -> io::Result<String> {
    const LONGEST: u64 = 4096;
    let mut beginning = Vec::new();
    file.take(LONGEST).read_to_end(&mut beginning)?;
    Ok(String::from_utf8_lossy(&beginning).into_owned())
}

fn reason(error: &io::Error) -> String {
    match error.kind() {
        ErrorKind::NotFound => "there is none".to_owned(),
        ErrorKind::PermissionDenied => "it may not be read by this user".to_owned(),
        ErrorKind::IsADirectory => "it is a directory".to_owned(),
        _ => error.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_system_that_never_answers_is_not_waited_for() {
        let (_held, never) = mpsc::channel::<()>();
        let error = in_time(Duration::from_millis(20), move || never.recv().map_err(io::Error::other)).unwrap_err();
        assert_eq!(error.to_string(), "no answer comes within 20ms");
    }
}
