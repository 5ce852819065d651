//! Reads a configuration, and reports every issue of it at once.

use std::ffi::OsString;
use std::path::Path;

use super::diagnostics::Diagnostics;
use super::error::{ConfigError, ConfigIssue, Warning};
use super::model::Config;
use super::place::Place;
use super::source_check::CheckedSource;
use super::{raw, text, validate};

/// A configuration and its warnings.
#[derive(Clone, Debug)]
pub struct LoadedConfig {
    pub config: Config,
    pub warnings: Vec<Warning>,
    /// Where the targets of `[[notify]]` and their sources stand.
    places: Vec<Place>,
}

impl LoadedConfig {
    /// Returns this configuration as refused, for what its targets cannot use: each issue by the dotted key of the target or of a
    /// source in it, and the rule.
    pub fn refused(&self, issues: Vec<(String, String)>) -> ConfigError {
        let issue = |(key, rule): (String, String)| match self.places.iter().find(|place| place.is_in(&key)) {
            Some(place) => place.issue(rule),
            None => ConfigIssue { line: 1, column: 1, key: Some(key), value: None, rule, hint: None },
        };
        refused(&self.config.path, issues.into_iter().map(issue).collect())
    }
}

fn refused(path: &Path, mut issues: Vec<ConfigIssue>) -> ConfigError {
    issues.sort_by_key(|issue| (issue.line, issue.column));
    ConfigError::Issues { path: path.to_owned(), issues }
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
        let text = text::decode(bytes).map_err(|issue| refused(path, vec![issue]))?;
        let mut diagnostics = Diagnostics::new(text);
        let mut places = Vec::new();
        let config = raw::read(text, &mut diagnostics).and_then(|raw| {
            let (config, checked) = validate::validate(path, &raw, &mut diagnostics);
            checked.iter().for_each(|credentials| look(credentials, &mut diagnostics));
            let of_targets =
                checked.iter().filter(|source| source.key.starts_with("notify.") || source.key.starts_with("copy["));
            places = of_targets.map(|source| Place::of(source, &diagnostics)).collect();
            config
        });
        match config {
            Some(config) if diagnostics.issues.is_empty() => {
                diagnostics.warnings.sort_by_key(|warning| (warning.line, warning.column));
                Ok(LoadedConfig { config, warnings: diagnostics.warnings, places })
            }
            _ => Err(refused(path, diagnostics.issues)),
        }
    }
}
