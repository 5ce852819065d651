//! Random damages: every version whose bytes are whole comes back, and none comes back wrong.
//!
//! With `DRAFTKEEP_REPLAY_DATA` the archive holds real histories. `DRAFTKEEP_DAMAGES=1000` damages it as often, and prints the table of
//! `docs/reliability.md`.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::ops::Range;
use std::path::{Path, PathBuf};

use draftkeep::archive::{DamageKind, KnownAccounts, Reader};
use draftkeep::repair::{RepairError, RepairReport, RepairRequest, repair};

use super::needs::Needs;
use crate::archive::{Fixture, now, text};
use crate::harness::PAGE;
use crate::random_damage::{self, Chance, KINDS, damage};
use crate::replay;

/// How often the archive is damaged in `cargo test`.
const DAMAGES: usize = 12;

/// A version as it comes out of an archive.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Kept {
    media_id: String,
    hash: String,
    times: (String, Option<String>),
    document: Vec<u8>,
}

fn kept(archive: &Path) -> BTreeMap<(i64, u64), Kept> {
    let reader = Reader::open(archive).unwrap();
    let mut kept = BTreeMap::new();
    let mut at = 0;
    while let Some(draft) = reader.next_draft_id(at).unwrap() {
        at = draft;
        let media_id = reader.draft_label(draft).unwrap().media_id;
        for version in reader.versions(draft).unwrap() {
            let times = (version.observed_at.to_rfc3339(), version.update_time.map(|time| time.to_rfc3339()));
            let (hash, document) = (version.hash.to_string(), reader.document(&version).unwrap());
            kept.insert((draft, version.number), Kept { media_id: media_id.clone(), hash, times, document });
        }
    }
    kept
}

/// An archive in one file: real histories where there are any, else made ones.
fn archive() -> Fixture {
    let mut archive = Fixture::new();
    match replay::data().filter(|_| asked() > DAMAGES) {
        Some(data) => {
            replay::files(&data.join("revisions"), ".zst").iter().for_each(|file| replay::record(&mut archive, file));
        }
        None => {
            // One is longer than any chain of documents that build on one another.
            for (draft, versions) in [90, 12, 12, 12, 12, 12].into_iter().enumerate() {
                for n in 0..versions {
                    let text = text(if draft % 2 == 0 { "D1" } else { "D2" }, n);
                    archive.record(&format!("MEDIA-{draft}-of-a-length-as-they-have-it"), &text);
                }
            }
        }
    }
    archive.raw().execute_batch("PRAGMA wal_checkpoint(TRUNCATE)").unwrap();
    archive
}

fn asked() -> usize {
    random_damage::asked(DAMAGES)
}

/// What became of the versions, over all damages of a kind.
#[derive(Default)]
struct Tally {
    damages: usize,
    whole: usize,
    back: usize,
    more: usize,
    doubtful: usize,
    lost: usize,
    nothing: usize,
}

fn is_hit(places: &[Range<usize>], sound: &[u8], damaged: &[u8]) -> bool {
    places.iter().any(|place| damaged.get(place.clone()) != Some(&sound[place.clone()]))
}

fn repaired(damaged: &Path, to: &Path, round: usize) -> Option<RepairReport> {
    match repair(&RepairRequest { damaged, to, from: &[], accounts: KnownAccounts::default() }, now(), &mut |_| {}) {
        Ok(report) => Some(report),
        Err(RepairError::Nothing(_)) => None,
        // A file that was cut off to nothing.
        Err(error) if fs::metadata(damaged).unwrap().len() < 4 * PAGE as u64 => {
            drop(error);
            None
        }
        Err(error) => panic!("round {round}: {error}"),
    }
}

#[test]
fn whole_versions_come_back_and_none_comes_back_wrong() {
    let archive = archive();
    let (sound, needs, before) = (fs::read(archive.path()).unwrap(), Needs::of(&archive.path()), kept(&archive.path()));
    let directory = tempfile::tempdir().unwrap();
    let mut tallies: Vec<Tally> = KINDS.iter().map(|_| Tally::default()).collect();
    for round in 0..asked() {
        let kind = round % KINDS.len();
        let mut damaged = sound.clone();
        damage(&mut damaged, kind, &mut Chance(round as u64));
        let file = directory.path().join("damaged.db");
        fs::write(&file, &damaged).unwrap();
        let to = directory.path().join(format!("new-{round}.db"));
        let report = repaired(&file, &to, round);
        assert!(fs::read(&file).unwrap() == damaged, "round {round}: the damaged file was written");
        let after = report.as_ref().map_or_else(BTreeMap::new, |_| kept(&to));
        let report = report.unwrap_or_default();
        let doubtful = of_kind(&report, DamageKind::Version);
        let whole: BTreeSet<_> = needs
            .versions
            .iter()
            .filter(|(_, places)| !is_hit(places, &sound, &damaged))
            .map(|(key, _)| *key)
            .collect();
        for key in &whole {
            assert!(after.contains_key(key), "round {round} ({}): {key:?} is whole and did not come back", KINDS[kind]);
        }
        for (key @ (draft, number), version) in &after {
            let mut right = before.get(key).unwrap_or_else(|| panic!("round {round}: {key:?} never was")).clone();
            if needs.drafts.get(draft).is_some_and(|places| is_hit(places, &sound, &damaged)) {
                right.media_id.clone_from(&version.media_id);
            }
            if doubtful.contains(&format!("#{draft}@{number}")) && !whole.contains(key) {
                right.times.clone_from(&version.times);
                right.document.clone_from(&version.document);
            }
            let differing = [
                (version.media_id != right.media_id, &*version.media_id),
                (version.hash != right.hash, "hash"),
                (version.times != right.times, "times"),
                (version.document != right.document, "document"),
            ];
            let differing: Vec<_> = differing.iter().filter(|(differs, _)| *differs).map(|(_, what)| what).collect();
            assert!(*version == right, "round {round} ({}): {key:?} came back wrong: {differing:?}", KINDS[kind]);
        }
        for lost in &report.lost {
            let (draft, number) = lost.id.rsplit_once('#').unwrap().1.split_once('@').unwrap();
            let key = (draft.parse().unwrap(), number.parse().unwrap());
            assert!(before.contains_key(&key), "round {round}: {key:?} is called lost, and never was");
        }
        let tally = &mut tallies[kind];
        tally.damages += 1;
        tally.whole += whole.len();
        tally.back += whole.intersection(&after.keys().copied().collect()).count();
        tally.more += after.keys().filter(|key| !whole.contains(key)).count();
        tally.doubtful += doubtful.len();
        tally.lost += before.len() - after.len();
        tally.nothing += usize::from(after.is_empty());
        remove(&to);
    }
    print(&tallies, before.len(), sound.len());
}

fn of_kind(report: &RepairReport, kind: DamageKind) -> BTreeSet<String> {
    report
        .doubtful
        .iter()
        .filter(|damage| damage.kind == kind)
        .map(|damage| damage.id.split('/').next_back().unwrap().to_owned())
        .collect()
}

/// Removes an archive, with what reading it has left beside it.
fn remove(archive: &Path) {
    for end in ["", "-wal", "-shm"] {
        let file = PathBuf::from(format!("{}{end}", archive.display()));
        if file.exists() {
            fs::remove_file(file).unwrap();
        }
    }
    let left: Vec<PathBuf> =
        fs::read_dir(archive.parent().unwrap()).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert_eq!(left.len(), 1, "something was left behind: {left:?}");
}

fn print(tallies: &[Tally], versions: usize, bytes: usize) {
    if asked() <= DAMAGES {
        return;
    }
    crate::archive::write_to_stderr(format_args!("{versions} versions, {bytes} bytes"));
    crate::archive::write_to_stderr(format_args!(
        "| damage | times | whole | came back | of others | doubtful | lost | nothing left |"
    ));
    for (kind, tally) in KINDS.iter().zip(tallies) {
        let Tally { damages, whole, back, more, doubtful, lost, nothing } = tally;
        crate::archive::write_to_stderr(format_args!(
            "| {kind} | {damages} | {whole} | {back} | {more} | {doubtful} | {lost} | {nothing} |"
        ));
    }
}
