//! Reads and verifies the tree: a version returned from here has the hash that names it.

use std::collections::BTreeMap;
use std::path::Path;

use super::files::{DOCUMENT, VERSION};
use super::read::{self, LARGEST, TreeError};
use super::schema::{ACCOUNT, AccountFile, DRAFT, DraftFile, DraftMarks, LostFile, PinFile, PrunedFile, VersionFile};
use crate::archive::{AccountRow, DraftRow, LostVersion, Pin, PrunedRange};
use crate::canonical::{self, Canonical};
use crate::model::{AccountName, DraftState, Hash, MediaId, Timestamp};

/// No archive has so many drafts; a greater number would leave none for those that come after.
pub(super) const GREATEST_ID: i64 = 1 << 40;

/// A version and its document, which has its hash.
#[derive(Debug)]
pub(super) struct VerifiedVersion {
    pub(super) hash: Hash,
    pub(super) hash_version: u32,
    pub(super) observed_at: Timestamp,
    /// In Unix seconds.
    pub(super) update_time: Option<i64>,
    pub(super) document: Vec<u8>,
    pub(super) canonical: Canonical,
}

/// Reads an account.
pub(super) fn account(directory: &Path) -> Result<(AccountName, AccountRow), TreeError> {
    let path = directory.join(ACCOUNT);
    let file: AccountFile = read::json(&path)?;
    let name =
        file.name.parse().map_err(|rule| TreeError::new(&path, format!("{:?} is no account: {rule}", file.name)))?;
    let first_seen = instant(&path, "first_seen", &file.first_seen)?;
    Ok((name, AccountRow { name: file.name, appid: file.appid, first_seen }))
}

/// Reads a draft, the number of its newest version, and which versions were pruned, are lost or pinned.
pub(super) fn draft(directory: &Path) -> Result<(DraftRow, u64, DraftMarks), TreeError> {
    read::directory(directory)?;
    let path = directory.join(DRAFT);
    let file: DraftFile = read::json(&path)?;
    let row = DraftRow {
        id: file.id,
        state: file.state.parse().map_err(|error: String| TreeError::new(&path, error))?,
        first_seen: instant(&path, "first_seen", &file.first_seen)?,
        last_seen: instant(&path, "last_seen", &file.last_seen)?,
        missing_since: file.missing_since.map(|text| instant(&path, "missing_since", &text)).transpose()?,
        media_id: MediaId::new(file.media_id),
    };
    if !(1..=GREATEST_ID).contains(&row.id) {
        return Err(TreeError::new(&path, format!("{} is no number of a draft", row.id)));
    }
    if row.media_id.as_str().is_empty() {
        return Err(TreeError::new(&path, "its media_id is empty"));
    }
    if (row.state == DraftState::Live) != row.missing_since.is_none() {
        let reason = format!("missing_since does not go with the state {}", row.state.as_str());
        return Err(TreeError::new(&path, reason));
    }
    match file.versions {
        0 => Err(TreeError::new(&path, "a draft has a version at least")),
        versions => {
            let marks = DraftMarks {
                pruned: pruned(&path, &file.pruned, versions)?,
                lost: lost(&path, &file.lost)?,
                pins: pins(&path, file.pins)?,
            };
            Ok((row, versions, marks))
        }
    }
}

/// Reads which versions were pruned: in their order, and never the newest one.
fn pruned(path: &Path, files: &[PrunedFile], newest: u64) -> Result<Vec<PrunedRange>, TreeError> {
    let mut ranges: Vec<PrunedRange> = Vec::with_capacity(files.len());
    for PrunedFile { at, first, last, title } in files {
        let before = ranges.last().map_or(0, |range| range.last);
        if !(before < *first && first <= last && *last < newest) {
            return Err(TreeError::new(path, format!("versions {first} to {last} cannot have been pruned")));
        }
        let pruned_at = instant(path, "pruned", at)?;
        ranges.push(PrunedRange { first: *first, last: *last, title: title.clone(), pruned_at });
    }
    Ok(ranges)
}

/// Reads which versions are lost: each once, in their order.
fn lost(path: &Path, files: &[LostFile]) -> Result<Vec<LostVersion>, TreeError> {
    let mut lost: Vec<LostVersion> = Vec::with_capacity(files.len());
    for LostFile { at, version } in files {
        let before = lost.last().map_or(0, |lost| lost.number);
        if *version <= before || *version > GREATEST_ID as u64 {
            return Err(TreeError::new(path, format!("version {version} cannot be lost")));
        }
        lost.push(LostVersion { number: *version, repaired_at: instant(path, "lost", at)? });
    }
    Ok(lost)
}

fn pins(path: &Path, files: Vec<PinFile>) -> Result<BTreeMap<u64, Pin>, TreeError> {
    let pin =
        |PinFile { at, note, user, version }| Ok((version, Pin { note, user, pinned_at: instant(path, "pins", &at)? }));
    files.into_iter().map(pin).collect()
}

/// Returns the numbers of the versions that are there: neither pruned nor lost, in their order.
pub(super) fn numbers(newest: u64, marks: &DraftMarks) -> impl Iterator<Item = u64> {
    let DraftMarks { pruned, lost, .. } = marks;
    let begins = std::iter::once(1).chain(pruned.iter().map(|range| range.last + 1));
    let ends = pruned.iter().map(|range| range.first).chain([newest.saturating_add(1)]);
    let is_lost = |number: &u64| lost.binary_search_by_key(number, |lost| lost.number).is_ok();
    begins.zip(ends).flat_map(|(begin, end)| begin..end).filter(move |number| !is_lost(number))
}

/// Checks that the directories of versions are those that the draft counts; one that is missing is told when it is read.
pub(super) fn check_version_directories(directory: &Path, versions: u64) -> Result<(), TreeError> {
    let number = |name: &String| name.parse::<u64>().ok().filter(|number| number.to_string() == *name);
    match read::directories(directory)?.iter().filter_map(number).find(|number| !(1..=versions).contains(number)) {
        Some(number) => {
            let reason = format!("{DRAFT} beside it counts {versions} only; an export was cut off, or a file changed");
            Err(TreeError::new(&directory.join(number.to_string()), reason))
        }
        None => Ok(()),
    }
}

/// Reads and verifies a version of a draft.
pub(super) fn version(draft: &Path, number: u64) -> Result<VerifiedVersion, TreeError> {
    let directory = draft.join(number.to_string());
    read::directory(&directory)?;
    let path = directory.join(VERSION);
    let file: VersionFile = read::json(&path)?;
    let hash: Hash = file.hash.parse().map_err(|rule| TreeError::new(&path, rule))?;
    if file.version != number {
        return Err(TreeError::new(&path, format!("it is of version {}", file.version)));
    }
    let document = directory.join(DOCUMENT);
    let bytes = read::bytes(&document, LARGEST)?;
    Ok(VerifiedVersion {
        hash,
        hash_version: file.canon,
        observed_at: instant(&path, "observed_at", &file.observed_at)?,
        update_time: file.update_time.as_deref().map(|text| seconds(&path, text)).transpose()?,
        canonical: prove(&document, &bytes, hash, &file)?,
        document: bytes,
    })
}

/// Compares a document with its two hashes: of its bytes, and of its canonical bytes.
fn prove(path: &Path, bytes: &[u8], hash: Hash, file: &VersionFile) -> Result<Canonical, TreeError> {
    let canonical =
        canonical::canonicalise(bytes).map_err(|error| TreeError::new(path, format!("it is no draft: {error}")))?;
    if file.canon > canonical::HASH_VERSION {
        let known = canonical::HASH_VERSION;
        return Err(TreeError::new(path, format!("its hash is of law {}, this program knows {known}", file.canon)));
    }
    // A hash of an older law is not made any more; the bytes have a hash of their own.
    if file.canon == canonical::HASH_VERSION && canonical.hash() != hash {
        let found = canonical.hash().short();
        return Err(TreeError::new(path, format!("it has the hash {found}, {VERSION} says {}", hash.short())));
    }
    let found = Hash::of(bytes).to_string();
    if found != file.document.sha256 {
        let reason = format!("its SHA-256 is {found:.12}…, {VERSION} says {:.12}…", file.document.sha256);
        return Err(TreeError::new(path, reason));
    }
    Ok(canonical)
}

fn instant(path: &Path, key: &str, text: &str) -> Result<Timestamp, TreeError> {
    text.parse().map_err(|_| TreeError::new(path, format!("{key}: {text:?} is no instant")))
}

fn seconds(path: &Path, text: &str) -> Result<i64, TreeError> {
    instant(path, "update_time", text).map(|instant| instant.timestamp())
}
