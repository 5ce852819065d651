//! Reads a configuration, and reports every issue of it at once.

use std::ffi::OsString;
use std::path::Path;

use super::diagnostics::Diagnostics;
use super::error::{ConfigError, ConfigIssue, Warning};
use super::model::Config;
use super::source_check::CheckedSource;
use super::{raw, text, validate};

/// A configuration and its warnings.
#[derive(Clone, Debug)]
pub struct LoadedConfig {
    pub config: Config,
    pub warnings: Vec<Warning>,
}

impl Config {
    /// Reads and checks the file at `path`, and checks that its secrets can be read.
    ///
    /// # Errors
    ///
    /// If the file cannot be read; or all issues in it.
    pub fn load(path: &Path) -> Result<LoadedConfig, ConfigError> {
        Self::load_with(path, &|name| std::env::var_os(name))
    }

    /// As [`Config::load`], with the environment passed in.
    ///
    /// # Errors
    ///
    /// As [`Config::load`].
    pub fn load_with(path: &Path, environment: &dyn Fn(&str) -> Option<OsString>) -> Result<LoadedConfig, ConfigError> {
        Self::read(path, |credentials, diagnostics| credentials.check(environment, diagnostics))
    }

    /// Reads and checks the file at `path` without its secrets: a user who may read the archive need not have access to
    /// them.
    ///
    /// # Errors
    ///
    /// As [`Config::load`], except for missing secrets.
    pub fn load_without_secrets(path: &Path) -> Result<Self, ConfigError> {
        Self::read(path, |_, _| {}).map(|loaded| loaded.config)
    }

    /// Checks a text as the content of the file at `path`, without its secrets.
    ///
    /// # Errors
    ///
    /// All issues in it.
    pub fn from_text(path: &Path, text: &str) -> Result<Self, ConfigError> {
        Self::parse(path, text.as_bytes(), |_, _| {}).map(|loaded| loaded.config)
    }

    fn read(path: &Path, look: impl Fn(&CheckedSource, &mut Diagnostics<'_>)) -> Result<LoadedConfig, ConfigError> {
        Self::parse(path, &text::read(path)?, look)
    }

    fn parse(
        path: &Path,
        bytes: &[u8],
        look: impl Fn(&CheckedSource, &mut Diagnostics<'_>),
    ) -> Result<LoadedConfig, ConfigError> {
        let refused = |mut issues: Vec<ConfigIssue>| {
            issues.sort_by_key(|issue| (issue.line, issue.column));
            ConfigError::Issues { path: path.to_owned(), issues }
        };
        let text = text::decode(bytes).map_err(|issue| refused(vec![issue]))?;
        let mut diagnostics = Diagnostics::new(text);
        let config = raw::read(text, &mut diagnostics).and_then(|raw| {
            let (config, checked) = validate::validate(path, &raw, &mut diagnostics);
            checked.iter().for_each(|credentials| look(credentials, &mut diagnostics));
            config
        });
        match config {
            Some(config) if diagnostics.issues.is_empty() => {
                diagnostics.warnings.sort_by_key(|warning| (warning.line, warning.column));
                Ok(LoadedConfig { config, warnings: diagnostics.warnings })
            }
            _ => Err(refused(diagnostics.issues)),
        }
    }
}
