//! Whether copies can be made at the places of the configuration: what is seen without writing, and a trial.

use std::path::Path;

use super::error::CopyFailure;
use super::open::open;
use crate::config::{Config, CopyConfig, CopyTarget};

/// Returns what is wrong with the directories of the configuration, each by its dotted key, in words. A directory that is not there while
/// the daemon runs is another matter: its disk may be mounted later.
pub fn check_directories(config: &Config) -> Vec<(String, String)> {
    let check = |(place, copy): (usize, &CopyConfig)| {
        let CopyTarget::Directory(path) = &copy.to else { return None };
        check_directory(path, &config.archive).err().map(|rule| (format!("copy[{}].to", place + 1), rule))
    };
    config.copies.iter().enumerate().filter_map(check).collect()
}

fn check_directory(path: &Path, archive: &Path) -> Result<(), String> {
    let shown = path.display();
    match path.metadata() {
        Err(error) => Err(format!("it cannot be used: {error}. Mount its disk, or make it: mkdir -p {shown}")),
        Ok(found) if !found.is_dir() => Err("this is a file: name a directory".to_owned()),
        Ok(_) if is_directory_of(path, archive) => {
            Err("this is the archive's own directory, and is lost with it: name one of another disk or machine"
                .to_owned())
        }
        Ok(_) => Ok(()),
    }
}

fn is_directory_of(path: &Path, archive: &Path) -> bool {
    let of_archive = archive.parent().unwrap_or(Path::new("/"));
    path.canonicalize().is_ok_and(|path| of_archive.canonicalize().is_ok_and(|of_archive| path == of_archive))
}

/// Writes a small file at a place, reads it back and removes it. Must not be called where futures run.
///
/// # Errors
///
/// Where a key cannot be read, or the place does not do all of it.
pub fn try_place(copy: &CopyConfig) -> Result<(), CopyFailure> {
    Ok(open(&copy.to)?.try_out()?)
}
