//! What the proof of an archive costs, in MB of documents per second of CPU time.
//!
//! `cargo bench --bench verify [-- DIR]`: a self-made history and, where DIR is given, the real ones in its `*.jsonl.zst`
//! files (lines of `{"draft":{…}}`). `docs/performance.md` has the figures.

#![expect(clippy::print_stdout, reason = "a bench prints its figures")]

use std::fs;
use std::path::Path;
use std::time::Duration;

use draftkeep::archive::{Observation, Reader, Writer};
use draftkeep::canonical::canonicalise;
use draftkeep::model::MediaId;
use draftkeep::verify::{SampleRate, verify};

#[path = "../tests/it/histories.rs"]
mod histories;

/// How often each archive is proven: the machine is shared, so the best round counts and the median tells how noisy it
/// is.
const ROUNDS: usize = 7;

fn main() {
    println!("{:<16} {:>8} {:>12} {:>10} {:>12}", "", "versions", "bytes", "MB/s best", "MB/s median");
    measure("self-made", &[edited(200), edited(150)]);
    if let Some(directory) = std::env::args().skip(1).find(|argument| !argument.starts_with('-')) {
        measure("real histories", &real(Path::new(&directory)));
    }
}

fn measure(name: &str, histories: &[Vec<Vec<u8>>]) {
    let scratch = tempfile::tempdir().expect("a scratch directory");
    let path = scratch.path().join("archive.db");
    record(&path, histories);
    let reader = Reader::open(&path).expect("the archive");
    let mut rates = Vec::new();
    let mut last = None;
    for _ in 0..ROUNDS {
        let before = cpu();
        let proof = verify(&reader, SampleRate::Whole, &mut |_| {}).expect("a proof");
        rates.push(proof.bytes as f64 / 1e6 / (cpu() - before).as_secs_f64());
        assert!(proof.is_ok());
        last = Some(proof);
    }
    rates.sort_by(f64::total_cmp);
    let proof = last.expect("a round");
    let (best, median) = (rates[ROUNDS - 1], rates[ROUNDS / 2]);
    println!("{name:<16} {:>8} {:>12} {best:>10.0} {median:>12.0}", proof.proven, proof.bytes);
}

fn record(path: &Path, histories: &[Vec<Vec<u8>>]) {
    let mut writer = Writer::open(path).expect("a new archive");
    let now = "2026-09-01T02:00:00Z".parse().expect("an instant");
    let account =
        writer.get_or_create_account(&"bench".parse().expect("a name"), "wx0000000000000000", now).expect("an account");
    for (number, history) in histories.iter().enumerate() {
        for document in history {
            let sighting = Observation {
                media_id: MediaId::new(format!("history-{number}")),
                canonical: canonicalise(document).expect("a draft"),
                document: document.clone(),
                update_time: None,
                observed_at: now,
                expected_previous: None,
                shrunk_share: draftkeep::model::ShrunkShare::default(),
            };
            writer.record(account, &sighting, &[]).expect("it is recorded");
        }
    }
}

/// A long article, saved after each of so many small changes.
fn edited(saves: usize) -> Vec<Vec<u8>> {
    let paragraph = |number: usize| {
        format!(
            "<p style=\"margin: 0px 0px 24px;text-align: justify;color: rgb(63, 63, 63);\"><span leaf=\"\">第 {number} 段：\
             清晨六点，江边的雾还没有散，卖豆浆的三轮车已经停在渡口。老周说，这条航线开了四十一年。</span></p>"
        )
    };
    let mut paragraphs: Vec<String> = (0..500).map(paragraph).collect();
    (0..saves)
        .map(|save| {
            paragraphs[save * 7 % 500] = paragraph(1000 + save);
            let article = serde_json::json!({"title": "渡口四十一年", "content": paragraphs.concat()});
            serde_json::json!({"news_item": [article]}).to_string().into_bytes()
        })
        .collect()
}

fn real(directory: &Path) -> Vec<Vec<Vec<u8>>> {
    let entries = fs::read_dir(directory).expect("a directory of histories");
    let files = entries.map(|entry| entry.expect("an entry").path());
    let histories = files.filter(|path| path.extension().is_some_and(|end| end == "zst"));
    histories.filter_map(|path| histories::states(&path).expect("a history")).collect()
}

/// CPU time of this thread so far (`/proc/thread-self/schedstat`, first field).
fn cpu() -> Duration {
    let line = fs::read_to_string("/proc/thread-self/schedstat").expect("Linux's scheduler statistics");
    Duration::from_nanos(line.split(' ').next().and_then(|field| field.parse().ok()).expect("a number"))
}
