//! Loads drafts from files with responses of `draft/get`; the simulator returns them unchanged.

use std::fmt::Write as _;
use std::io;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde_json::{Map, Value};

use super::account::Draft;
use super::account_handle::AccountHandle;
use super::article::Article;
use super::ids;
use super::random::Random;

/// Seconds between the creation of two drafts, if the files do not say.
const APART: i64 = 60;

/// Why a folder could not be loaded. No draft is added then.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// The folder or a file cannot be read.
    #[error("cannot read {path}")]
    Read {
        /// The folder or the file.
        path: PathBuf,
        /// The error of the system.
        source: io::Error,
    },
    /// A file is not a response of `draft/get`.
    #[error("{path} is no answer of draft/get, which would be {{\"news_item\":[{{…}}, …]}}")]
    Format {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        source: serde_json::Error,
    },
    /// The draft in a file has no articles.
    #[error("{path} holds no article: its \"news_item\" is empty")]
    Empty {
        /// The file.
        path: PathBuf,
    },
}

#[derive(Deserialize)]
struct File {
    news_item: Vec<Map<String, Value>>,
    create_time: Option<i64>,
    update_time: Option<i64>,
}

impl AccountHandle<'_> {
    /// Adds a draft for every `*.json` file of a folder, in the order of their names, and returns how many.
    ///
    /// Nothing is rewritten or checked. A byte order mark, raw control characters and invalid UTF-8, which becomes U+FFFD, are
    /// accepted, because clients must accept them. The media_id depends only on the appid and the file's name, so it is the same in
    /// every run. Other files are ignored.
    pub fn load(&mut self, folder: &Path) -> Result<usize, LoadError> {
        let files = json_files(folder)?;
        let oldest = self.now - APART * files.len() as i64;
        let created = (1..).map(|number| oldest + APART * number);
        let drafts = files.iter().zip(created).map(|(path, created)| self.read(path, created));
        let drafts = drafts.collect::<Result<Vec<Draft>, LoadError>>()?;
        self.state.drafts.extend(drafts);
        Ok(files.len())
    }

    fn read(&self, path: &Path, created: i64) -> Result<Draft, LoadError> {
        let bytes = std::fs::read(path).map_err(|source| LoadError::Read { path: path.to_owned(), source })?;
        let file: File = serde_json::from_str(&strict_json(&bytes))
            .map_err(|source| LoadError::Format { path: path.to_owned(), source })?;
        if file.news_item.is_empty() {
            return Err(LoadError::Empty { path: path.to_owned() });
        }
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let media_id = ids::media_id(&self.state.appid, &mut Random::of(&name));
        let create_time = file.create_time.unwrap_or(created);
        let articles = file.news_item.into_iter().map(Article).collect();
        Ok(Draft {
            update_time: file.update_time.unwrap_or(create_time),
            ..Draft::new(media_id, articles, create_time)
        })
    }
}

/// Returns a response as strict JSON: without a byte order mark, with control characters in strings escaped, and with U+FFFD for
/// invalid UTF-8.
fn strict_json(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes);
    let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
    let (mut strict, mut in_string, mut is_escaped) = (String::with_capacity(text.len()), false, false);
    for character in text.chars() {
        match character {
            '"' if !is_escaped => in_string = !in_string,
            '\0'..='\u{1f}' if in_string => {
                write!(strict, "\\u{:04x}", u32::from(character)).expect("a string takes all that is written");
                continue;
            }
            _ => {}
        }
        is_escaped = character == '\\' && !is_escaped;
        strict.push(character);
    }
    strict
}

fn json_files(folder: &Path) -> Result<Vec<PathBuf>, LoadError> {
    let refuse = |source| LoadError::Read { path: folder.to_owned(), source };
    let entries = std::fs::read_dir(folder).map_err(refuse)?.collect::<Result<Vec<_>, _>>().map_err(refuse)?;
    let mut files: Vec<PathBuf> = entries.iter().map(std::fs::DirEntry::path).filter(|path| is_json(path)).collect();
    files.sort();
    Ok(files)
}

fn is_json(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == "json")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_client_takes_can_be_loaded() {
        let read = |bytes: &[u8]| serde_json::from_str::<Value>(&strict_json(bytes));
        assert_eq!(read(b"\xef\xbb\xbf{\"a\": 1}\r\n").unwrap()["a"], 1);
        assert_eq!(read(b"{\"a\":\n\"\\\"1\n\x08\\\\\"}").unwrap()["a"], "\"1\n\u{8}\\");
        assert_eq!(read(b"{\"a\": \"\xe4\xbd\"}").unwrap()["a"], "\u{fffd}");
        assert!(read(b"{\"a\"").is_err());
    }
}
