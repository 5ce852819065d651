//! Whether a state is what it has to be: the archive opens, is sound, and holds all that was reported.

use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::Path;
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

use draftkeep::archive::{Error, Filter, Reader, Writer};
use draftkeep::verify::{SampleRate, verify};

use crate::facts::Facts;
use crate::look::{State, lacks};
use crate::scenario::Scenario;

/// Drafts and numbers, and the hashes of their versions.
pub(crate) type Versions = BTreeMap<(String, u64), String>;

/// What all states of a scenario have in common.
#[derive(Clone, Debug, Default)]
pub(crate) struct Expected {
    /// The versions that were there before, and at the end.
    pub(crate) always: Versions,
    /// All that were there at the end.
    pub(crate) at_the_end: Versions,
    /// How many runs there were.
    pub(crate) runs: usize,
}

impl Expected {
    /// Compares the archives of two directories.
    pub(crate) fn of(before: &Path, after: &Path, runs: usize) -> Result<Self, String> {
        let at_the_end = versions_in(&after.join("archive.db"))?;
        let mut always = versions_in(&before.join("archive.db"))?;
        always.retain(|version, hash| at_the_end.get(version) == Some(hash));
        Ok(Self { always, at_the_end, runs })
    }
}

/// Checks a state of a scenario. `writer_first` tells who opens the archive first: a run of the daemon, or a command that only reads.
pub(crate) fn check(scenario: &Scenario, state: &State<'_>, writer_first: bool) -> Result<(), String> {
    let State { directory, facts, expected } = state;
    let path = directory.join("archive.db");
    if writer_first {
        open_to_write(&path)?;
    }
    let is_new = facts.versions.is_empty() && expected.always.is_empty();
    // It has its name once it is whole.
    if path.exists() || !is_new {
        check_archive(&*content_of(&path)?, facts, expected)?;
    }
    (scenario.look)(state)?;
    if writer_first { Ok(()) } else { open_to_write(&path) }
}

fn open_to_write(path: &Path) -> Result<(), String> {
    let writer = Writer::open(path).map_err(|error| format!("the archive cannot be written to: {error}"))?;
    match writer.moved_journal() {
        Some(journal) => Err(format!("its journal was taken for another archive's: {}", journal.display())),
        None => Ok(()),
    }
}

/// What a sound archive holds.
#[derive(Debug)]
struct Content {
    assets: u64,
    versions: Versions,
}

/// Verifies an archive, unless the same bytes were verified before: many states differ in other files.
fn content_of(path: &Path) -> Result<Arc<Content>, String> {
    static SOUND: LazyLock<Mutex<HashMap<u64, Arc<Content>>>> = LazyLock::new(Mutex::default);
    let mut hasher = DefaultHasher::new();
    fs::read(path).map_err(|error| format!("the archive: {error}"))?.hash(&mut hasher);
    ["-wal", "-journal"].map(|end| fs::read(format!("{}{end}", path.display())).ok()).hash(&mut hasher);
    let bytes = hasher.finish();
    let reader = Reader::open(path).map_err(|error| format!("the archive cannot be read: {error}"))?;
    let sound = || SOUND.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(content) = sound().get(&bytes) {
        return Ok(Arc::clone(content));
    }
    let report = verify(&reader, SampleRate::Whole, &mut |_| {}).map_err(|error| format!("not verified: {error}"))?;
    if !report.damaged.is_empty() {
        return Err(format!("damaged: {:?}", report.damaged));
    }
    let versions = versions(&reader).map_err(|error| format!("versions cannot be listed: {error}"))?;
    let content = Arc::new(Content { assets: report.assets, versions });
    sound().insert(bytes, Arc::clone(&content));
    Ok(content)
}

fn check_archive(content: &Content, facts: &Facts, expected: &Expected) -> Result<(), String> {
    let Content { assets, versions: there } = content;
    if *assets < facts.pictures {
        return Err(format!("{} pictures were reported, {assets} are there", facts.pictures));
    }
    if let Some(version) = lacks(&expected.always, there) {
        return Err(format!("{version:?} was there before, and is now {:?}", there.get(version)));
    }
    if facts.ended.len() == expected.runs
        && let Some(version) = lacks(&expected.at_the_end, there)
    {
        return Err(format!("all is done, and {version:?} is {:?}", there.get(version)));
    }
    for (media_id, number) in &facts.versions {
        let version = (media_id.clone(), *number);
        let (found, wanted) = (there.get(&version), expected.at_the_end.get(&version));
        if found.is_none() || wanted.is_some() && found != wanted {
            return Err(format!("version {number} of {media_id} was reported, and is {found:?} instead of {wanted:?}"));
        }
    }
    Ok(())
}

pub(crate) fn versions(reader: &Reader) -> Result<Versions, Error> {
    let mut versions = Versions::new();
    for draft in reader.drafts(&Filter::default())? {
        for version in reader.versions(draft.id)? {
            versions.insert((draft.media_id.clone(), version.number), version.hash.to_string());
        }
    }
    Ok(versions)
}

/// The versions of an archive, none where there is no archive.
pub(crate) fn versions_in(path: &Path) -> Result<Versions, String> {
    match Reader::open(path).and_then(|reader| versions(&reader)) {
        Err(Error::NotFound(_)) => Ok(Versions::new()),
        versions => versions.map_err(|error| error.to_string()),
    }
}
