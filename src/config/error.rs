//! Errors of a configuration, as text for people.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use serde::Serialize;

use super::path::{DEFAULT_PATH, MAX_BYTES};

/// Why a configuration could not be loaded.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    #[error(
        "there is no configuration at {}\n\
         It is the file that --config names, else $DRAFTKEEP_CONFIG, else {}.\n\
         hint: write one; the smallest is\n{SMALLEST}",
        .path.display(),
        DEFAULT_PATH
    )]
    NotFound { path: PathBuf },
    #[error("the configuration {} cannot be read: {source}{}", .path.display(), read_hint(.path, .source))]
    Unreadable { path: PathBuf, source: io::Error },
    #[error("the configuration {} is larger than {} MiB; is it the right file?", .path.display(), MAX_BYTES >> 20)]
    TooLarge { path: PathBuf },
    #[error("{}", list(.path, .issues))]
    Issues { path: PathBuf, issues: Vec<ConfigIssue> },
}

const SMALLEST: &str = r#"
    archive = "archive.db"

    [[account]]
    name   = "mag"
    appid  = "wx0123456789abcdef"
    secret = { file = "mag.secret" }"#;

/// One value that breaks a rule. Never contains a secret: see [`ConfigIssue::value`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ConfigIssue {
    /// Counted from 1.
    pub line: usize,
    /// In characters, counted from 1.
    pub column: usize,
    /// The dotted key, such as `account.mag.schedule`, or `account[2].schedule` if the second account has no name;
    /// `None` if the file is not valid TOML.
    pub key: Option<String>,
    /// The value as written; `None` if there is none, or if it could be a secret.
    pub value: Option<String>,
    /// The rule that is broken.
    pub rule: String,
    /// What was probably meant, or what to do about it.
    pub hint: Option<String>,
}

/// Something valid that the operator should know.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Warning {
    /// Counted from 1.
    pub line: usize,
    /// In characters, counted from 1.
    pub column: usize,
    /// The dotted key that it concerns.
    pub key: String,
    pub message: String,
}

impl fmt::Display for ConfigIssue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: ", self.line, self.column)?;
        match (&self.key, &self.value) {
            (Some(key), Some(value)) => write!(f, "{key} = {value}\n    {}", self.rule)?,
            (Some(key), None) => write!(f, "{key}\n    {}", self.rule)?,
            (None, _) => write!(f, "{}", self.rule)?,
        }
        match &self.hint {
            Some(hint) => write!(f, "\n    hint: {hint}"),
            None => Ok(()),
        }
    }
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}\n    {}", self.line, self.column, self.key, self.message)
    }
}

fn list(path: &Path, issues: &[ConfigIssue]) -> String {
    let count = match issues.len() {
        1 => "a mistake".to_owned(),
        count => format!("{count} mistakes"),
    };
    let lines: Vec<String> = issues.iter().map(|issue| format!("{}:{issue}", path.display())).collect();
    format!("the configuration has {count}:\n{}", lines.join("\n"))
}

fn read_hint(path: &Path, error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::PermissionDenied => {
            let directory = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
            format!("\nhint: run as a user that may read it; to see whom it belongs to: ls -ld {}", directory.display())
        }
        io::ErrorKind::IsADirectory => "\nhint: name the file, not its directory".to_owned(),
        _ => String::new(),
    }
}
