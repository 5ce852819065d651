//! How small the archive is, and what writing and reading it costs, on real histories.
//!
//! `cargo bench --bench storage -- DIR` where DIR holds `*.jsonl.zst` files of `{"draft":{"news_item":[…]}}` lines, one
//! file a draft, one line a state. Prints sizes and CPU times; `docs/performance.md` has the figures.

#![expect(clippy::print_stdout, reason = "a bench prints its figures")]

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use draftkeep::archive::{Filter, Reader, Recorded, Sighting, Writer};
use draftkeep::canonical::canonicalise;
use draftkeep::model::MediaId;
use serde_json::value::RawValue;

/// How often each version is read: the clock of CPU time ticks every few milliseconds.
const READS: u32 = 16;

#[derive(serde::Deserialize)]
struct State<'a> {
    #[serde(borrow)]
    draft: &'a RawValue,
}

fn main() {
    let Some(directory) = std::env::args().skip(1).find(|argument| !argument.starts_with('-')).map(PathBuf::from)
    else {
        return println!("storage: skipped, no directory is named");
    };
    let mut files: Vec<PathBuf> = match fs::read_dir(&directory) {
        Ok(entries) => entries
            .filter_map(|entry| Some(entry.ok()?.path()))
            .filter(|path| path.extension().is_some_and(|end| end == "zst"))
            .collect(),
        Err(error) => return println!("storage: skipped, {}: {error}", directory.display()),
    };
    files.sort();
    let scratch = tempfile::tempdir().expect("a scratch directory");
    let archive = scratch.path().join("archive.db");
    write(&archive, &files);
    read(&archive);
    if let Ok(keep) = std::env::var("KEEP") {
        fs::copy(&archive, keep).expect("the archive is copied");
    }
}

fn write(archive: &Path, files: &[PathBuf]) {
    let mut writer = Writer::open(archive).expect("a new archive");
    let now = "2026-09-01T02:00:00Z".parse().expect("an instant");
    let account = writer.account(&"bench".parse().expect("a name"), "wx0000000000000000", now).expect("an account");
    let (mut versions, mut bytes, mut cost) = (0_u32, 0, Vec::new());
    for file in files {
        let media_id = MediaId::new(file.file_stem().expect("a name").to_string_lossy());
        let lines = zstd::decode_all(fs::File::open(file).expect("a history")).expect("zstd");
        for line in lines.split(|&byte| byte == b'\n').filter(|line| !line.is_empty()) {
            let state: State<'_> = serde_json::from_slice(line).expect("a state");
            let document = state.draft.get().as_bytes().to_vec();
            let (size, before) = (document.len(), cpu());
            let canonical = canonicalise(&document).expect("a draft");
            let sighting = Sighting {
                media_id: media_id.clone(),
                document,
                canonical,
                update_time: None,
                observed_at: now,
                follows: None,
            };
            if let Recorded::Version { .. } = writer.record(account, &sighting, &[]).expect("it is recorded") {
                versions += 1;
                bytes += size;
                cost.push(((cpu() - before).as_secs_f64() * 1e3, size));
            }
        }
    }
    drop(writer);
    let size = fs::metadata(archive).expect("the archive").len();
    let total: f64 = cost.iter().map(|(cost, _)| cost).sum();
    println!(
        "versions {versions}, documents {bytes} B, archive {size} B: {:.1}x, {} B a version",
        bytes as f64 / size as f64,
        size / u64::from(versions)
    );
    println!(
        "add a version: {:.2} ms CPU per 170 KB, p95 {:.1} ms",
        total / bytes as f64 * 170e3,
        percentile(cost.iter().map(|(cost, _)| *cost), 0.95)
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
