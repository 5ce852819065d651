//! The small JSON files of the tree. Keys are sorted, one per line, with a final newline.

use std::collections::BTreeMap;
use std::path::Path;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::error::Error;
use super::{read, write};
use crate::archive::{AccountRow, DraftRow, LostVersion, Pin, PrunedRange, Version};
use crate::model::{Hash, rfc3339, shortened};

/// The manifest of an export, in its top directory.
pub(super) const MARK: &str = "draftkeep-export.json";

/// The number of the format that this program writes, and the greatest that it reads.
const FORMAT: u32 = 1;

/// So many characters of a title are enough to know a version by; the whole of it is in the document.
const ENOUGH: usize = 200;

pub(super) const ACCOUNT: &str = "account.json";
/// The file of a draft in its directory.
pub const DRAFT: &str = "draft.json";

/// The file that marks a directory as an export.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct TreeManifest {
    about: String,
    format: u32,
}

impl Default for TreeManifest {
    fn default() -> Self {
        let about = "An export of draftkeep. `draftkeep export` adds to it, `draftkeep import` makes an archive of it.";
        Self { about: about.to_owned(), format: FORMAT }
    }
}

impl TreeManifest {
    /// Reads the manifest of a tree; `None` if there is none.
    pub(super) fn read(root: &Path) -> Result<Option<Self>, Error> {
        let path = root.join(MARK);
        match read::json::<Self>(&path) {
            Ok(mark) if mark.format > FORMAT => {
                Err(Error::Newer { path: root.to_owned(), found: mark.format, known: FORMAT })
            }
            Ok(mark) => Ok(Some(mark)),
            Err(_) => Ok(None),
        }
    }

    pub(super) fn write(&self, root: &Path) -> Result<(), Error> {
        write::put(&root.join(MARK), &json(self)).map(drop)
    }
}

/// An account, as its directory tells it.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct AccountFile {
    pub(super) appid: String,
    pub(super) first_seen: String,
    pub(super) name: String,
}

impl AccountFile {
    pub(super) fn of(row: &AccountRow) -> Self {
        Self { appid: row.appid.clone(), first_seen: rfc3339(row.first_seen), name: row.name.clone() }
    }

    pub(super) fn read(directory: &Path) -> Option<Self> {
        there(&directory.join(ACCOUNT))
    }

    /// Writes it if it differs.
    pub(super) fn write(&self, directory: &Path) -> Result<bool, Error> {
        write::put(&directory.join(ACCOUNT), &json(self))
    }
}

/// A draft, as its directory tells it.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct DraftFile {
    pub(super) first_seen: String,
    pub(super) id: i64,
    pub(super) last_seen: String,
    /// Versions that were lost, and that a repair did not find, the lowest numbers first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) lost: Vec<LostFile>,
    pub(super) media_id: String,
    pub(super) missing_since: Option<String>,
    /// Versions that are pinned, the lowest numbers first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) pins: Vec<PinFile>,
    /// Versions that were pruned from the archive, the lowest numbers first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) pruned: Vec<PrunedFile>,
    pub(super) state: String,
    /// The number of the newest.
    pub(super) versions: u64,
}

impl DraftFile {
    pub(super) fn of(row: &DraftRow, newest: u64, marks: &DraftMarks) -> Self {
        Self {
            first_seen: rfc3339(row.first_seen),
            id: row.id,
            last_seen: rfc3339(row.last_seen),
            lost: marks.lost.iter().map(LostFile::of).collect(),
            media_id: row.media_id.as_str().to_owned(),
            missing_since: row.missing_since.map(rfc3339),
            pins: marks.pins.iter().map(|(version, pin)| PinFile::of(*version, pin)).collect(),
            pruned: marks.pruned.iter().map(PrunedFile::of).collect(),
            state: row.state.as_str().to_owned(),
            versions: newest,
        }
    }

    pub(super) fn read(directory: &Path) -> Option<Self> {
        there(&directory.join(DRAFT))
    }

    /// Writes it if it differs.
    pub(super) fn write(&self, directory: &Path) -> Result<bool, Error> {
        write::put(&directory.join(DRAFT), &json(self))
    }
}

/// What is known of the versions of a draft beside what they say.
#[derive(Debug, Default)]
pub(super) struct DraftMarks {
    pub(super) pruned: Vec<PrunedRange>,
    pub(super) lost: Vec<LostVersion>,
    /// By the number of the version.
    pub(super) pins: BTreeMap<u64, Pin>,
}

/// A version that was lost.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct LostFile {
    /// When a repair did not find it.
    pub(super) at: String,
    pub(super) version: u64,
}

impl LostFile {
    fn of(lost: &LostVersion) -> Self {
        Self { at: rfc3339(lost.repaired_at), version: lost.number }
    }
}

/// A version that is pinned.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct PinFile {
    pub(super) at: String,
    pub(super) note: String,
    pub(super) user: String,
    pub(super) version: u64,
}

impl PinFile {
    fn of(version: u64, pin: &Pin) -> Self {
        let Pin { note, user, pinned_at } = pin;
        Self { at: rfc3339(*pinned_at), note: note.clone(), user: user.clone(), version }
    }
}

/// Versions that followed one another and were pruned together.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct PrunedFile {
    pub(super) at: String,
    pub(super) first: u64,
    pub(super) last: u64,
    /// Of version 1, where that is one of them: the draft's directory is named by it.
    pub(super) title: String,
}

impl PrunedFile {
    fn of(range: &PrunedRange) -> Self {
        let PrunedRange { first, last, title, pruned_at } = range;
        Self { at: rfc3339(*pruned_at), first: *first, last: *last, title: title.clone() }
    }
}

/// A version, as its directory tells it; never changes.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct VersionFile {
    pub(super) articles: usize,
    /// The version of the hash law.
    pub(super) canon: u32,
    pub(super) document: DocumentFile,
    pub(super) hash: String,
    pub(super) observed_at: String,
    pub(super) title: String,
    pub(super) update_time: Option<String>,
    pub(super) version: u64,
}

/// What `document.json` must be.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct DocumentFile {
    pub(super) bytes: u64,
    pub(super) sha256: String,
}

impl VersionFile {
    pub(super) fn of(version: &Version, document: &[u8]) -> Self {
        Self {
            articles: version.articles,
            canon: version.hash_version,
            document: DocumentFile { bytes: document.len() as u64, sha256: Hash::of(document).to_string() },
            hash: version.hash.to_string(),
            observed_at: rfc3339(version.observed_at),
            title: shortened(&version.title, ENOUGH).into_owned(),
            update_time: version.update_time.map(rfc3339),
            version: version.number,
        }
    }
}

/// A picture that a version needs.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct PictureLine {
    /// Where the document says it is.
    pub(super) address: Option<String>,
    /// How many; null, as all that is below here, while the picture is not kept.
    pub(super) bytes: Option<u64>,
    /// Where it is, from the top of the tree.
    pub(super) file: Option<String>,
    /// What stays of its address whatever its size and query.
    pub(super) identity: String,
    pub(super) media_id: Option<String>,
    /// `cover`, `list` or `body`.
    pub(super) place: String,
    /// Of the article that needs it, from 0.
    pub(super) position: usize,
    pub(super) sha256: Option<String>,
    /// `image/png` and the like.
    #[serde(rename = "type")]
    pub(super) kind: Option<String>,
}

impl PictureLine {
    /// Returns the hash and the media type of a picture that was kept.
    pub(super) fn asset(&self) -> Option<(Hash, &str)> {
        Some((self.sha256.as_deref()?.parse().ok()?, self.kind.as_deref()?))
    }
}

/// Returns what is to be written.
pub(super) fn json(value: &impl Serialize) -> Vec<u8> {
    let mut json = serde_json::to_vec_pretty(value).expect("strings and numbers are JSON");
    json.push(b'\n');
    json
}

/// Reads what is there, if it is what it should be; else it will be written anew.
fn there<T: DeserializeOwned>(path: &Path) -> Option<T> {
    read::json(path).ok()
}
