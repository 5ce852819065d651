//! What a year of nightly proofs costs, in CPU time, for an archive of 10,000 versions.
//!
//! `cargo bench --bench proof`: each night proves what is due of the versions, and restores one version to files. `docs/performance.md` has the figures.

#![expect(clippy::print_stdout, reason = "a bench prints its figures")]

use std::fs;
use std::path::Path;
use std::time::Duration;

use chrono::TimeDelta;
use draftkeep::archive::{Observation, ProvenKind, Reader, Writer};
use draftkeep::canonical::canonicalise;
use draftkeep::model::{MediaId, ShrunkShare, Timestamp};
use draftkeep::proof::{prove_files, prove_hashes, record_hashes};

const DRAFTS: usize = 200;
const SAVES: usize = 50;
const NIGHTS: i64 = 365;

fn main() {
    let scratch = tempfile::tempdir().expect("a scratch directory");
    let path = scratch.path().join("archive.db");
    let now: Timestamp = "2026-09-01T19:00:00Z".parse().expect("an instant");
    let mut writer = Writer::open(&path).expect("a new archive");
    record(&mut writer, now);
    let (before, mut longest, mut most) = (cpu(), Duration::ZERO, 0);
    for night in 0..NIGHTS {
        let began = cpu();
        let checked = prove(&path, &mut writer, scratch.path(), now + TimeDelta::days(night), night as u64);
        (longest, most) = (longest.max(cpu() - began), most.max(checked));
    }
    let all = cpu() - before;
    let share = all.as_secs_f64() / (NIGHTS as f64 * 86_400.0) * 100.0;
    println!("{} versions, {NIGHTS} nights: {:.1} s of CPU, {share:.5} % of a core", DRAFTS * SAVES, all.as_secs_f64());
    println!("the longest night: {:.0} ms; at most {most} versions in one", longest.as_secs_f64() * 1e3);
}

/// One night. Returns how many versions it proved.
fn prove(path: &Path, writer: &mut Writer, temporary: &Path, now: Timestamp, random: u64) -> u64 {
    let reader = Reader::open(path).expect("the archive");
    let outcome = prove_hashes(&reader, ProvenKind::Version, now, &|| true);
    record_hashes(writer, ProvenKind::Version, now, &outcome).expect("it is recorded");
    let files = prove_files(&reader, temporary, random.wrapping_mul(0x9e37_79b9_7f4a_7c15)).expect("a restore");
    assert!(files.is_some(), "there are drafts");
    let round = outcome.expect("a round");
    assert!(round.findings.is_empty(), "the archive is sound");
    round.checked
}

fn record(writer: &mut Writer, now: Timestamp) {
    let name = "bench".parse().expect("a name");
    let account = writer.get_or_create_account(&name, "wx0000000000000000", now).expect("an account");
    for save in 0..SAVES {
        for draft in 0..DRAFTS {
            let document = document(draft, save);
            let observation = Observation {
                media_id: MediaId::new(format!("draft-{draft}")),
                canonical: canonicalise(&document).expect("a draft"),
                document,
                update_time: None,
                observed_at: now,
                expected_previous: None,
                shrunk_share: ShrunkShare::default(),
            };
            writer.record(account, &observation, &[]).expect("it is recorded");
        }
    }
}

/// An article of about 30 KB, of which each save changes one paragraph.
fn document(draft: usize, save: usize) -> Vec<u8> {
    let paragraph = |number: usize| {
        let times = (save + 89 - number % 90) / 90;
        format!(
            "<p style=\"margin: 0px 0px 24px;text-align: justify;color: rgb(63, 63, 63);\"><span leaf=\"\">第 {draft} 篇第 {number} 段，改过 \
             {times} 次：清晨六点，江边的雾还没有散，卖豆浆的三轮车已经停在渡口。老周说，这条航线开了四十一年。</span></p>"
        )
    };
    let content: String = (0..90).map(paragraph).collect();
    let article = serde_json::json!({"title": format!("渡口四十一年 {draft}"), "content": content});
    serde_json::json!({"news_item": [article]}).to_string().into_bytes()
}

/// CPU time of this thread so far (`/proc/thread-self/schedstat`, first field).
fn cpu() -> Duration {
    let line = fs::read_to_string("/proc/thread-self/schedstat").expect("Linux's scheduler statistics");
    Duration::from_nanos(line.split(' ').next().and_then(|field| field.parse().ok()).expect("a number"))
}
