//! How small the archive is, and what writing and reading it costs, on real drafts.
//!
//! `cargo bench --bench storage -- DIR` where DIR holds `*.jsonl.zst` files of `{"draft":{"news_item":[…]}}` lines, one
//! file a draft, one line a state; or `*.json` files, each a draft of one state. Prints CPU times, and the size of the archive that
//! polls have made of them beside that of a git repository. With KEEP=FILE the archive is kept. `docs/performance.md` has the figures.

#![expect(clippy::print_stdout, reason = "a bench prints its figures")]

mod histories;
mod polled;
mod repository;

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use draftkeep::archive::{Filter, Observation, Reader, RecordOutcome, Writer};
use draftkeep::canonical::canonicalise;
use draftkeep::model::MediaId;

use crate::histories::History;

/// How often each version is read: the clock of CPU time ticks every few milliseconds.
const READS: u32 = 16;

fn main() {
    let Some(directory) = std::env::args().skip(1).find(|argument| !argument.starts_with('-')).map(PathBuf::from)
    else {
        return println!("storage: skipped, no directory is named");
    };
    let histories = match histories::read(&directory) {
        Ok(histories) => histories,
        Err(error) => return println!("storage: skipped, {}: {error}", directory.display()),
    };
    let scratch = tempfile::tempdir().expect("a scratch directory");
    let [recorded, polled, empty] =
        ["recorded", "polled", "empty"].map(|name| scratch.path().join(format!("{name}.db")));
    write(&recorded, &histories);
    read(&recorded);
    polled::make(&polled, &histories);
    drop(Writer::open(&empty).expect("a new archive"));
    weigh(&polled, fs::metadata(&empty).expect("the archive").len());
    if let Ok(keep) = std::env::var("KEEP") {
        fs::copy(&polled, keep).expect("the archive is copied");
    }
}

/// Tells how small an archive is that polls have made. An archive without a version has `empty` bytes.
fn weigh(archive: &Path, empty: u64) {
    let reader = Reader::open(archive).expect("the archive");
    let (mut versions, mut documents) = (0, 0);
    for draft in reader.drafts(&Filter::default()).expect("its drafts") {
        for version in reader.versions(draft.id).expect("the draft's versions") {
            versions += 1;
            documents += reader.document(&version).expect("its document").len() as u64;
        }
    }
    let size = fs::metadata(archive).expect("the archive").len();
    println!(
        "polled: versions {versions}, documents {documents} B, archive {size} B: {:.1}x, {} B a version",
        documents as f64 / size as f64,
        size / versions
    );
    match repository::size(archive) {
        Some(git) => println!(
            "the same in git: {git} B; the archive is {:.2} x that, and {:.2} x without the {empty} B of an empty one",
            size as f64 / git as f64,
            (size - empty) as f64 / git as f64
        ),
        None => println!("there is no git to compare with"),
    }
}

fn write(archive: &Path, histories: &[History]) {
    let mut writer = Writer::open(archive).expect("a new archive");
    let now = "2026-09-01T02:00:00Z".parse().expect("an instant");
    let account =
        writer.get_or_create_account(&"bench".parse().expect("a name"), "wx0000000000000000", now).expect("an account");
    let (mut bytes, mut cost) = (0, Vec::new());
    for history in histories {
        for state in &history.states {
            let document = state.clone();
            let (size, before) = (document.len(), cpu());
            let canonical = canonicalise(&document).expect("a draft");
            let sighting = Observation {
                media_id: MediaId::new(history.name.clone()),
                document,
                canonical,
                update_time: None,
                observed_at: now,
                expected_previous: None,
                shrunk_share: draftkeep::model::ShrunkShare::default(),
            };
            if let RecordOutcome::Version { .. } = writer.record(account, &sighting, &[]).expect("it is recorded") {
                bytes += size;
                cost.push((cpu() - before).as_secs_f64() * 1e3);
            }
        }
    }
    println!(
        "add a version: {:.2} ms CPU per 170 KB, p95 {:.1} ms, of {}",
        cost.iter().sum::<f64>() / bytes as f64 * 170e3,
        percentile(cost.iter().copied(), 0.95),
        cost.len(),
    );
}

fn read(archive: &Path) {
    let reader = Reader::open(archive).expect("the archive");
    let (mut newest, mut any) = (Vec::new(), Vec::new());
    for draft in reader.drafts(&Filter::default()).expect("drafts") {
        for (at, version) in reader.versions(draft.id).expect("versions").iter().enumerate() {
            let before = cpu();
            for _ in 0..READS {
                reader.document(version).expect("a document");
            }
            let cost = (cpu() - before).as_secs_f64() * 1e3 / f64::from(READS);
            any.push(cost);
            if at == 0 {
                newest.push(cost);
            }
        }
    }
    let mean = |costs: &[f64]| costs.iter().sum::<f64>() / costs.len() as f64;
    println!(
        "read newest: mean {:.2} ms, p50 {:.2} ms, max {:.2} ms CPU; any: mean {:.2} ms, p50 {:.2} ms, p99 {:.2} ms CPU",
        mean(&newest),
        percentile(newest.iter().copied(), 0.5),
        percentile(newest.iter().copied(), 1.0),
        mean(&any),
        percentile(any.iter().copied(), 0.5),
        percentile(any.iter().copied(), 0.99),
    );
}

fn percentile(values: impl Iterator<Item = f64>, share: f64) -> f64 {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    values[((values.len() - 1) as f64 * share).round() as usize]
}

/// CPU time of this thread so far, in nanoseconds' precision (`/proc/thread-self/schedstat`, first field).
fn cpu() -> Duration {
    let line = fs::read_to_string("/proc/thread-self/schedstat").expect("Linux's scheduler statistics");
    Duration::from_nanos(line.split(' ').next().and_then(|field| field.parse().ok()).expect("a number"))
}
