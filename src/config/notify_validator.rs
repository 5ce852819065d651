//! What the values of `[[notify]]` have in common.

use std::path::Path;

use super::credentials;
use super::diagnostics::Diagnostics;
use super::raw_source::RawCredentials;
use super::source::{Credentials, SecretSource};
use super::source_check::{CheckedSource, SourceKind};
use super::table::Text;

/// What the values of all rules are checked against.
pub(super) struct NotifyValidator<'a, 't> {
    pub(super) directory: &'a Path,
    /// The names of the accounts.
    pub(super) accounts: &'a [&'a str],
    pub(super) checked: &'a mut Vec<CheckedSource>,
    pub(super) diagnostics: &'a mut Diagnostics<'t>,
}

/// Methods return `None` for a value that was rejected.
impl NotifyValidator<'_, '_> {
    pub(super) fn secret(&mut self, raw: &RawCredentials) -> Option<SecretSource> {
        let credentials = credentials::validate(self.directory, raw, self.diagnostics)?;
        let what = SourceKind::Credentials(credentials.clone());
        self.checked.push(CheckedSource { key: raw.key.clone(), at: raw.at.clone(), what });
        match credentials {
            Credentials::Secret(source) => Some(source),
            // The table's keys rule it out.
            Credentials::Token(_) => None,
        }
    }

    pub(super) fn optional<T>(
        &mut self,
        key: &str,
        text: Option<&Text>,
        read: impl Fn(&str) -> Result<T, &'static str>,
    ) -> Option<Option<T>> {
        match text {
            Some(text) => self.read(key, text, read).map(Some),
            None => Some(None),
        }
    }

    pub(super) fn read<T>(
        &mut self,
        key: &str,
        text: &Text,
        read: impl Fn(&str) -> Result<T, &'static str>,
    ) -> Option<T> {
        match read(text.get_ref()) {
            Ok(value) => Some(value),
            Err(rule) => {
                self.diagnostics.refuse(key, &text.span(), rule).with_value(text.get_ref());
                None
            }
        }
    }
}
