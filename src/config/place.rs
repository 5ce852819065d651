//! Where in the file a source or a target stands, for issues that are found after the file was read.

use super::diagnostics::{Diagnostics, could_be_secret};
use super::error::ConfigIssue;
use super::source_check::CheckedSource;

#[derive(Clone, Debug)]
pub(super) struct Place {
    /// The dotted key.
    key: String,
    line: usize,
    column: usize,
    /// The value as written, if it is the name of a source; `None` if it could be a secret.
    value: Option<String>,
}

impl Place {
    pub(super) fn of(source: &CheckedSource, diagnostics: &Diagnostics<'_>) -> Self {
        let (line, column) = diagnostics.position(&source.at);
        let value = source.is_name().then(|| diagnostics.written(&source.at)).filter(|text| !could_be_secret(text));
        Self { key: source.key.clone(), line, column, value: value.map(ToOwned::to_owned) }
    }

    /// Returns whether it is that of a key, or of one below it.
    pub(super) fn is_in(&self, key: &str) -> bool {
        self.key.strip_prefix(key).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
    }

    pub(super) fn issue(&self, rule: String) -> ConfigIssue {
        let Self { key, line, column, value } = self.clone();
        ConfigIssue { line, column, key: Some(key), value, rule, hint: None }
    }
}
