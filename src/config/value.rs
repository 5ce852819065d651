//! Validates single values. Each function returns `None` for a value that was rejected.

use std::path::Path;

use super::credentials;
use super::diagnostics::Diagnostics;
use super::raw_source::RawCredentials;
use super::source::{Credentials, SecretSource};
use super::source_check::{CheckedSource, SourceKind};
use super::table::Text;

/// Reads a text by a rule.
pub(super) fn value<T>(
    key: &str,
    text: &Text,
    read: impl Fn(&str) -> Result<T, &'static str>,
    diagnostics: &mut Diagnostics<'_>,
) -> Option<T> {
    match read(text.get_ref()) {
        Ok(value) => Some(value),
        Err(rule) => {
            diagnostics.refuse(key, &text.span(), rule).with_value(text.get_ref());
            None
        }
    }
}

/// Reads a text by a rule, if there is one.
pub(super) fn optional<T>(
    key: &str,
    text: Option<&Text>,
    read: impl Fn(&str) -> Result<T, &'static str>,
    diagnostics: &mut Diagnostics<'_>,
) -> Option<Option<T>> {
    match text {
        Some(text) => value(key, text, read, diagnostics).map(Some),
        None => Some(None),
    }
}

/// Reads where a secret comes from.
pub(super) fn secret(
    directory: &Path,
    raw: &RawCredentials,
    checked: &mut Vec<CheckedSource>,
    diagnostics: &mut Diagnostics<'_>,
) -> Option<SecretSource> {
    let credentials = credentials::validate(directory, raw, diagnostics)?;
    let what = SourceKind::Credentials(credentials.clone());
    checked.push(CheckedSource { key: raw.key.clone(), at: raw.at.clone(), what });
    match credentials {
        Credentials::Secret(source) => Some(source),
        // The table's keys rule it out.
        Credentials::Token(_) => None,
    }
}
