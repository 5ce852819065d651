//! Validates the source of a secret or a token. Nothing is read here.

use std::path::Path;

use super::address;
use super::diagnostics::Diagnostics;
use super::keys::TableKind;
use super::raw_source::{RawCredentials, RawSource};
use super::source::{Credentials, SecretSource, TokenSource};

/// Returns the credentials of an account with resolved paths, or reports the rule that they break.
pub(super) fn validate(
    directory: &Path,
    raw: &RawCredentials,
    diagnostics: &mut Diagnostics<'_>,
) -> Option<Credentials> {
    if let Some(rule) = broken_rule(&raw.source) {
        diagnostics.refuse(&raw.key, &raw.at, rule);
        return None;
    }
    Some(match (raw.within, &raw.source) {
        (TableKind::Token, RawSource::File(file)) => Credentials::Token(TokenSource::File(directory.join(file))),
        (TableKind::Token, RawSource::Command(words)) => {
            Credentials::Token(TokenSource::Command(command(directory, words)))
        }
        (_, RawSource::Url(url)) => Credentials::Token(TokenSource::Url(page(url, raw, diagnostics)?)),
        (_, RawSource::File(file)) => Credentials::Secret(SecretSource::File(directory.join(file))),
        (_, RawSource::Env(name)) => Credentials::Secret(SecretSource::Env(name.clone())),
        (_, RawSource::Credential(name)) => Credentials::Secret(SecretSource::Credential(name.clone())),
        (_, RawSource::Command(words)) => Credentials::Secret(SecretSource::Command(command(directory, words))),
    })
}

fn page(url: &str, raw: &RawCredentials, diagnostics: &mut Diagnostics<'_>) -> Option<String> {
    match address::page(url) {
        Ok(url) => Some(url),
        Err(rule) => {
            diagnostics.refuse(&raw.key, &raw.at, rule).with_value(&address::without_secrets(url));
            None
        }
    }
}

/// Returns the rule that a source breaks. The source itself is not shown: it could be the secret.
fn broken_rule(source: &RawSource) -> Option<&'static str> {
    let is_variable = |name: &str| {
        !name.starts_with(|letter: char| letter.is_ascii_digit())
            && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
    };
    match source {
        RawSource::File(file) if file.is_empty() || file.contains('\0') => Some("file is the path of a file"),
        RawSource::Env(name) if name.is_empty() || !is_variable(name) => {
            Some("env is the name of an environment variable: letters, digits and _, no digit first")
        }
        RawSource::Credential(name) if name.is_empty() || name.contains(['/', '\0']) || name.starts_with('.') => {
            Some("credential is the name that LoadCredential= gives it: no path")
        }
        RawSource::Command(words) if words.first().is_none_or(String::is_empty) => {
            Some("a command begins with the program to run: [\"pass\", \"show\", \"wechat/mag\"]")
        }
        RawSource::Command(words) if words.iter().any(|word| word.contains('\0')) => Some("a command holds no NUL"),
        _ => None,
    }
}

/// Resolves a program with a path; one without a slash is found by $PATH.
pub(super) fn command(directory: &Path, words: &[String]) -> Vec<String> {
    let mut words = words.to_vec();
    if words[0].contains('/') {
        words[0] = directory.join(&words[0]).to_string_lossy().into_owned();
    }
    words
}
