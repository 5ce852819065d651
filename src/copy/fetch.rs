//! A copy brought back from its place, as the SQLite file that it holds.

use std::fs::{self, OpenOptions};
use std::io;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use tokio_util::sync::CancellationToken;

use super::error::CopyFailure;
use super::proof::prove;
use super::step::OnStep;
use super::transfer::receive;
use crate::archive;
use crate::copies::{CopyError, CopyName, Destination, StoredCopy, decrypt};
use crate::verify::VerifyReport;

/// What a file is called until it is complete and proven.
const UNFINISHED: &str = ".unfinished";

/// Why no copy was brought back.
#[derive(Debug, thiserror::Error)]
pub enum FetchError {
    #[error("{0} has no copy")]
    NoCopy(String),
    #[error("{place} has no copy of that time: {wanted}")]
    NoSuchCopy { place: String, wanted: String },
    /// Copies of several archives are there.
    #[error("{place} has copies of {archives} archives")]
    SeveralArchives { place: String, archives: usize, newest_of_each: Vec<CopyName> },
    #[error("{} is there already", .0.display())]
    FileIsThere(PathBuf),
    #[error(transparent)]
    Failed(#[from] CopyFailure),
}

/// Finds the copy of a time: the newest whose time begins so, or that is called so; without a time the newest. `own` is the name of the
/// archive whose copies are meant where the place has those of several.
///
/// # Errors
///
/// Where there is none, or it is not clear of which archive.
pub fn find(place: &Destination, time: Option<&str>, own: Option<&str>) -> Result<StoredCopy, FetchError> {
    let all = place.list().map_err(CopyFailure::from)?;
    if all.is_empty() {
        return Err(FetchError::NoCopy(place.to_string()));
    }
    let mut found = all;
    if let Some(time) = time {
        let start = time.replace(['-', ':'], "");
        found.retain(|copy| copy.name.to_string() == time || copy.name.time().starts_with(&start));
        if found.is_empty() {
            return Err(FetchError::NoSuchCopy { place: place.to_string(), wanted: time.to_owned() });
        }
    }
    let mut newest_of_each: Vec<CopyName> = Vec::new();
    for copy in &found {
        if newest_of_each.iter().all(|name| name.archive != copy.name.archive) {
            newest_of_each.push(copy.name.clone());
        }
    }
    let chosen = match newest_of_each.len() {
        1 => found.into_iter().next(),
        _ => found.into_iter().find(|copy| Some(copy.name.archive.as_str()) == own),
    };
    chosen.ok_or_else(|| FetchError::SeveralArchives {
        place: place.to_string(),
        archives: newest_of_each.len(),
        newest_of_each,
    })
}

/// Brings a copy back into a file that is not there yet, and verifies it. A file that does not pass is removed. `keys` is a file with the keys of a
/// copy that is encrypted with age.
///
/// # Errors
///
/// Where the copy cannot be read, is damaged, or the file is there.
pub fn fetch(
    place: &Destination,
    copy: &CopyName,
    keys: Option<&Path>,
    to: &Path,
    on_step: OnStep<'_>,
) -> Result<VerifyReport, FetchError> {
    if to.symlink_metadata().is_ok() {
        return Err(FetchError::FileIsThere(to.to_owned()));
    }
    let mut name = to.as_os_str().to_owned();
    name.push(UNFINISHED);
    let unfinished = PathBuf::from(name);
    let failed = |what, source| CopyFailure::from(archive::Error::File { what, path: unfinished.clone(), source });
    // What another one left may be readable for everybody.
    remove(&unfinished).map_err(|source| failed("cannot remove", source))?;
    let made = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&unfinished);
    made.map_err(|source| failed("cannot make", source))?;
    let fetched = fetch_into(place, copy, keys, &unfinished, on_step);
    let ended = fetched.and_then(|proof| {
        let synced = fs::File::open(&unfinished).and_then(|file| file.sync_all());
        synced.map_err(|source| failed("cannot finish", source))?;
        archive::put_in_free_place(&unfinished, to)?;
        Ok(proof)
    });
    match ended {
        Ok(proof) => Ok(proof),
        Err(failure) => {
            if let Err(error) = remove(&unfinished) {
                tracing::warn!(path = %unfinished.display(), %error, "an unfinished file stays");
            }
            Err(failure.into())
        }
    }
}

fn fetch_into(
    place: &Destination,
    copy: &CopyName,
    keys: Option<&Path>,
    to: &Path,
    on_step: OnStep<'_>,
) -> Result<VerifyReport, CopyFailure> {
    let from = place.open(copy)?;
    match copy.encryption {
        None => receive(place, copy, from, to, on_step)?,
        Some(encryption) => receive(place, copy, decrypt(from, encryption, keys)?, to, on_step)?,
    }
    match prove(to, &CancellationToken::new(), on_step) {
        Err(CopyFailure::Damaged { first, .. }) => {
            Err(CopyError::Changed { place: place.to_string(), name: copy.to_string(), reason: first }.into())
        }
        proof => proof,
    }
}

fn remove(file: &Path) -> io::Result<()> {
    match fs::remove_file(file) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}
