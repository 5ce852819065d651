//! Drafts from files: each holds what `draft/get` would answer, and that is what it will answer.

use std::io;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde_json::{Map, Value};

use super::account::Draft;
use super::article::Article;
use super::desk::Desk;
use super::names;
use super::random::Random;

/// Seconds between the creation of one file's draft and the next one's, where files do not tell.
const APART: i64 = 60;

/// Why a folder could not be loaded. Nothing of it is in the box then.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// The folder or a file cannot be read.
    #[error("cannot read {path}")]
    Read {
        /// Of the folder or the file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A file is something else.
    #[error("{path} is no answer of draft/get, which would be {{\"news_item\":[{{…}}, …]}}")]
    Format {
        /// Of the file.
        path: PathBuf,
        /// What is wrong with it.
        source: serde_json::Error,
    },
    /// A file holds a draft without articles.
    #[error("{path} holds no article: its \"news_item\" is empty")]
    Empty {
        /// Of the file.
        path: PathBuf,
    },
}

#[derive(Deserialize)]
struct File {
    news_item: Vec<Map<String, Value>>,
    create_time: Option<i64>,
    update_time: Option<i64>,
}

impl Desk<'_> {
    /// Puts a draft into the box for every `*.json` file of a folder, in the order of their names, and returns how many.
    ///
    /// Nothing in them is rewritten or checked. A draft's media_id depends only on the appid and the file's name, so that
    /// two runs agree. Other files are left alone.
    pub fn load(&mut self, folder: &Path) -> Result<usize, LoadError> {
        let files = json_files(folder)?;
        let oldest = self.now - APART * files.len() as i64;
        let created = (1..).map(|number| oldest + APART * number);
        let drafts = files.iter().zip(created).map(|(path, created)| self.read(path, created));
        let drafts = drafts.collect::<Result<Vec<Draft>, LoadError>>()?;
        self.account.drafts.extend(drafts);
        Ok(files.len())
    }

    fn read(&self, path: &Path, created: i64) -> Result<Draft, LoadError> {
        let bytes = std::fs::read(path).map_err(|source| LoadError::Read { path: path.to_owned(), source })?;
        let file: File =
            serde_json::from_slice(&bytes).map_err(|source| LoadError::Format { path: path.to_owned(), source })?;
        if file.news_item.is_empty() {
            return Err(LoadError::Empty { path: path.to_owned() });
        }
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let media_id = names::media_id(&self.account.appid, &mut Random::of(&name));
        let create_time = file.create_time.unwrap_or(created);
        let articles = file.news_item.into_iter().map(Article).collect();
        Ok(Draft {
            update_time: file.update_time.unwrap_or(create_time),
            ..Draft::new(media_id, articles, create_time)
        })
    }
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
