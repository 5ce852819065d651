//! What the mirror knows of itself, in a hidden directory of the tree that git does not see.

use std::collections::BTreeMap;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::error::MirrorError;
use super::place;
use super::stamp::Stamp;
use crate::model::{Timestamp, rfc3339};

/// The directory of the records.
const RECORDS: &str = ".draftkeep-mirror";

/// The file that says whose mirror it is; it is written last.
const MIRROR: &str = "mirror.json";

const FORMAT: u32 = 1;

#[derive(Debug, Serialize, Deserialize)]
struct MirrorFile {
    about: String,
    /// The name of the archive.
    archive: String,
    format: u32,
}

/// The files of a draft as they were written.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct DraftRecord {
    /// What was exported; `None` while the draft is being written, and where a part of it is damaged.
    pub(super) mark: Option<String>,
    /// The name of the draft's directory.
    pub(super) directory: String,
    /// By their path from the draft's directory.
    pub(super) files: BTreeMap<String, Stamp>,
    /// The pictures that it needs, by their path from the top of the tree.
    pub(super) pictures: BTreeMap<String, Stamp>,
}

/// The records of a mirror.
pub(super) struct Records {
    directory: PathBuf,
}

/// Returns whether the directory is a mirror of this archive; `false` if it is of none yet.
///
/// # Errors
///
/// If it is of another archive, or of a newer program.
pub(super) fn is_of(root: &Path, archive: &str) -> Result<bool, MirrorError> {
    let Some(mirror) = read::<MirrorFile>(&root.join(RECORDS).join(MIRROR))? else { return Ok(false) };
    if mirror.format > FORMAT {
        return Err(MirrorError::Newer { path: root.to_owned(), found: mirror.format, known: FORMAT });
    }
    match mirror.archive == archive {
        true => Ok(true),
        false => Err(MirrorError::OfAnother(root.to_owned())),
    }
}

impl Records {
    /// Opens the records, or begins them. The tree is locked by now: whose mirror it is, is asked once more.
    pub(super) fn open(root: &Path, archive: &str) -> Result<Self, MirrorError> {
        is_of(root, archive)?;
        let records = Self { directory: root.join(RECORDS) };
        if !records.directory.join(MIRROR).exists() {
            records.begin(root, archive)?;
        }
        Ok(records)
    }

    fn begin(&self, root: &Path, archive: &str) -> Result<(), MirrorError> {
        place::make(root, &self.directory.join("drafts"))?;
        place::put(&self.directory.join(".gitignore"), b"*\n")?;
        let about = "What `draftkeep mirror` has written here. Without it, the next one looks at everything again.";
        let mirror = MirrorFile { about: about.to_owned(), archive: archive.to_owned(), format: FORMAT };
        place::put(&self.directory.join(MIRROR), &json(&mirror))
    }

    /// Returns the stamps of the files of accounts, by the name of the account.
    pub(super) fn accounts(&self) -> Result<BTreeMap<String, Stamp>, MirrorError> {
        Ok(read(&self.directory.join("accounts.json"))?.unwrap_or_default())
    }

    pub(super) fn put_accounts(&self, stamps: &BTreeMap<String, Stamp>) -> Result<(), MirrorError> {
        place::put(&self.directory.join("accounts.json"), &json(stamps))
    }

    /// Returns the record of a draft; `None` where it was never written.
    pub(super) fn draft(&self, id: i64) -> Result<Option<DraftRecord>, MirrorError> {
        read(&self.file(id))
    }

    pub(super) fn put_draft(&self, id: i64, record: &DraftRecord) -> Result<(), MirrorError> {
        place::put(&self.file(id), &json(record))
    }

    fn file(&self, id: i64) -> PathBuf {
        self.directory.join("drafts").join(format!("{id}.json"))
    }

    /// Returns where edited files are moved to.
    pub(super) fn place_for_edited(&self, now: Timestamp) -> PathBuf {
        self.directory.join("edited").join(rfc3339(now).replace(':', ""))
    }
}

/// Reads a record. One that is no record, as after a power failure, is as one that is missing.
fn read<T: DeserializeOwned>(path: &Path) -> Result<Option<T>, MirrorError> {
    match fs::read(path) {
        Ok(bytes) => Ok(serde_json::from_slice(&bytes).ok()),
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => Ok(None),
        Err(source) => Err(MirrorError::Read { path: path.to_owned(), source }),
    }
}

fn json(value: &impl Serialize) -> Vec<u8> {
    let mut json = serde_json::to_vec_pretty(value).expect("strings and numbers are JSON");
    json.push(b'\n');
    json
}
