//! What the values of `[[notify]]` have in common.

use std::path::Path;

use super::diagnostics::Diagnostics;
use super::raw_source::RawCredentials;
use super::source::SecretSource;
use super::source_check::CheckedSource;
use super::table::Text;
use super::value;

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
        value::secret(self.directory, raw, self.checked, self.diagnostics)
    }

    pub(super) fn optional<T>(
        &mut self,
        key: &str,
        text: Option<&Text>,
        read: impl Fn(&str) -> Result<T, &'static str>,
    ) -> Option<Option<T>> {
        value::optional(key, text, read, self.diagnostics)
    }

    pub(super) fn read<T>(
        &mut self,
        key: &str,
        text: &Text,
        read: impl Fn(&str) -> Result<T, &'static str>,
    ) -> Option<T> {
        value::value(key, text, read, self.diagnostics)
    }
}
