//! Restores a version to files: an HTML page, plain text, Markdown, the document as received, and metadata.

use std::collections::HashSet;
use std::fs::{self, File};
use std::io::{self, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use tempfile::NamedTempFile;

use super::paste_page;
use super::source::{AssetBytes, Source};
use crate::archive::AssetInfo;
use crate::filename;
use crate::model::{Article, rfc3339};
use crate::owner::{Owner, make_directories};
use crate::picture::ImageFormat;
use crate::render::{self, Pictures};

/// The files to write; none of them exists yet.
#[derive(Debug)]
pub struct FilesPlan {
    pub directory: PathBuf,
    pub files: Vec<PlannedFile>,
}

/// What a person reads, and pastes by hand.
const PAGE: &str = "a page for the browser";
const TO_PASTE: &str = "to paste by hand, with its pictures";

/// A file to write.
#[derive(Debug)]
pub struct PlannedFile {
    /// Relative to the directory; made from the draft's title, safe for every file system.
    pub name: String,
    /// What it is, in words.
    pub what: &'static str,
    pub bytes: Vec<u8>,
}

/// Why nothing was written.
#[derive(Debug, thiserror::Error)]
pub enum FilesError {
    /// Something else than a directory has this name.
    #[error("{} is there, and is no directory", .0.display())]
    NotADirectory(PathBuf),
    /// A file exists already; nothing is ever overwritten.
    #[error("{} is there already, and nothing is overwritten", .0.display())]
    Exists(PathBuf),
    /// The file system refused. No file is left behind.
    #[error("{} cannot be written", path.display())]
    Write { path: PathBuf, source: io::Error },
}

impl FilesPlan {
    /// Returns the files of a version, for who does not write them into a directory.
    pub fn files_of(source: &Source, held: &AssetBytes) -> Vec<PlannedFile> {
        files(source, held)
    }

    /// Plans the files of a version in `directory`, which need not exist. Writes nothing.
    ///
    /// # Errors
    ///
    /// If one of the files exists already, or a file has the directory's name.
    pub fn new(source: &Source, held: &AssetBytes, directory: &Path) -> Result<Self, FilesError> {
        if directory.exists() && !directory.is_dir() {
            return Err(FilesError::NotADirectory(directory.to_owned()));
        }
        let plan = Self { directory: directory.to_owned(), files: files(source, held) };
        match plan.files.iter().map(|file| plan.path(file)).find(|path| path.symlink_metadata().is_ok()) {
            Some(path) => Err(FilesError::Exists(path)),
            None => Ok(plan),
        }
    }

    /// Returns where the page to read will be.
    pub fn page(&self) -> Option<PathBuf> {
        self.find(PAGE)
    }

    /// Returns where the page to copy and paste from will be.
    pub fn page_to_paste(&self) -> Option<PathBuf> {
        self.find(TO_PASTE)
    }

    fn find(&self, what: &str) -> Option<PathBuf> {
        self.files.iter().find(|file| file.what == what).map(|file| self.path(file))
    }

    /// Returns where a file will be.
    pub fn path(&self, file: &PlannedFile) -> PathBuf {
        self.directory.join(&file.name)
    }

    /// Writes all files or none: each is first written under a temporary name and synced, then all are renamed. Everything
    /// created is given to `owner`.
    ///
    /// # Errors
    ///
    /// If the file system refuses, or a file was created since the plan was made.
    pub fn apply(&self, owner: Option<Owner>) -> Result<(), FilesError> {
        for directory in self.directories() {
            // Others who may write into the directory must not redirect the files with a symlink.
            if directory != self.directory && directory.is_symlink() {
                return Err(FilesError::NotADirectory(directory));
            }
            make_directories(&directory, owner).map_err(|source| self.refused(&directory, source))?;
        }
        let written = self.files.iter().map(|file| self.write(file, owner)).collect::<Result<Vec<_>, _>>()?;
        let mut placed = Vec::new();
        for (file, temporary) in self.files.iter().zip(written) {
            let path = self.path(file);
            if let Err(error) = temporary.persist_noclobber(&path) {
                take_back(&placed);
                return Err(self.refused(&path, error.error));
            }
            placed.push(path);
        }
        // The names are on the disk once the directory is.
        for directory in self.directories() {
            if let Err(source) = File::open(&directory).and_then(|directory| directory.sync_all()) {
                take_back(&placed);
                return Err(self.refused(&directory, source));
            }
        }
        Ok(())
    }

    /// Returns the directories that files go into.
    fn directories(&self) -> Vec<PathBuf> {
        let below = self.files.iter().filter_map(|file| Some(self.path(file).parent()?.to_owned()));
        let mut all: Vec<_> = [self.directory.clone()].into_iter().chain(below).collect();
        all.dedup();
        all
    }

    fn write(&self, file: &PlannedFile, owner: Option<Owner>) -> Result<NamedTempFile, FilesError> {
        // For the owner only, like the archive.
        let permissions = fs::Permissions::from_mode(0o600);
        let made = tempfile::Builder::new().prefix(".draftkeep-").permissions(permissions).tempfile_in(&self.directory);
        let written = made.and_then(|mut temporary| {
            temporary.as_file_mut().write_all(&file.bytes)?;
            owner.map_or(Ok(()), |owner| owner.give(temporary.as_file()))?;
            temporary.as_file().sync_all()?;
            Ok(temporary)
        });
        written.map_err(|source| self.refused(&self.path(file), source))
    }

    fn refused(&self, path: &Path, source: io::Error) -> FilesError {
        match source.kind() {
            io::ErrorKind::AlreadyExists if path.is_dir() || path == self.directory => {
                FilesError::NotADirectory(path.to_owned())
            }
            io::ErrorKind::AlreadyExists => FilesError::Exists(path.to_owned()),
            _ => FilesError::Write { path: path.to_owned(), source },
        }
    }
}

/// Removes what this call created.
fn take_back(placed: &[PathBuf]) {
    for path in placed {
        if let Err(error) = fs::remove_file(path) {
            tracing::warn!(%error, "{} stays behind", path.display());
        }
    }
}

fn files(source: &Source, held: &AssetBytes) -> Vec<PlannedFile> {
    // As in `#3@2`, so that two drafts of one title can go into one directory.
    let stem = format!("{}-{}@{}", filename::stem(source.title()), source.draft.id, source.version.number);
    let file = |end: &str, what, bytes| PlannedFile { name: format!("{stem}.{end}"), what, bytes };
    let beside = beside(source, held, &stem);
    let mut files = vec![
        file("html", PAGE, render::page(&source.articles, &beside).into_bytes()),
        file("paste.html", TO_PASTE, paste_page::page(source, held).into_bytes()),
        file("txt", "plain text", render::text(&source.articles).into_bytes()),
        file("md", "Markdown", render::markdown(&source.articles, &beside).into_bytes()),
        file("json", "the platform's answer, byte for byte", source.document.clone()),
        file("metadata.json", "metadata: which version it is", format!("{:#}\n", metadata(source)).into_bytes()),
    ];
    files.extend(pictures(source, held, &stem));
    files
}

/// The pictures that lie beside the pages.
fn beside(source: &Source, held: &AssetBytes, stem: &str) -> Pictures {
    // The name is made of a title, and is a path here.
    let path = |file: String| file.replace('%', "%25").replace('#', "%23").replace('?', "%3F").replace(' ', "%20");
    let beside = source.pictures.iter().filter_map(|picture| {
        let asset = picture.asset.as_ref().filter(|asset| held.contains_key(&asset.sha256))?;
        Some((picture.needed.identity.clone(), path(picture_name(asset, stem))))
    });
    Pictures { held: beside.collect(), ..Pictures::default() }
}

fn picture_name(asset: &AssetInfo, stem: &str) -> String {
    let extension = ImageFormat::of(&asset.kind).map_or("bin", ImageFormat::extension);
    format!("{stem}-pictures/{}.{extension}", asset.sha256.short())
}

/// The pictures as files of their own, each once.
fn pictures(source: &Source, held: &AssetBytes, stem: &str) -> Vec<PlannedFile> {
    let mut seen = HashSet::new();
    let assets = source.pictures.iter().filter_map(|picture| picture.asset.as_ref());
    let file = |asset: &AssetInfo| {
        let bytes = held.get(&asset.sha256).filter(|_| seen.insert(asset.sha256))?.clone();
        Some(PlannedFile { name: picture_name(asset, stem), what: "a picture", bytes })
    };
    assets.filter_map(file).collect()
}

fn metadata(source: &Source) -> Value {
    let article = |article: &Article| {
        json!({
            "position": article.position,
            "type": article.article_type.as_str(),
            "title": article.title,
            "author": article.author,
            "digest": article.digest,
            "content_source_url": article.content_source_url,
            "cover": article.cover,
        })
    };
    json!({
        "account": source.draft.account,
        "media_id": source.draft.media_id,
        "version": source.version.number,
        "hash": source.version.hash,
        "observed_at": rfc3339(source.version.observed_at),
        "update_time": source.version.update_time.map(rfc3339),
        "articles": source.articles.iter().map(article).collect::<Vec<_>>(),
    })
}
