//! What the proof of an archive costs, in bytes of documents per second.
//!
//! `cargo bench --bench verify`: a self-made history and, where `DRAFTKEEP_REPLAY_DATA` names a directory, the real ones
//! in its `revisions/*.jsonl.zst` (lines of `{"draft":{…}}`).

use std::fs;
use std::path::Path;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use draftkeep::archive::{Reader, Sighting, Writer};
use draftkeep::canonical::canonicalise;
use draftkeep::model::MediaId;
use draftkeep::verify::{Share, verify};
use serde_json::value::RawValue;

fn proof(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("verify");
    group.sample_size(10);
    let mut measure = |name: &str, histories: &[Vec<Vec<u8>>]| {
        let scratch = tempfile::tempdir().expect("a scratch directory");
        let path = scratch.path().join("archive.db");
        record(&path, histories);
        let reader = Reader::open(&path).expect("the archive");
        let prove = || verify(&reader, Share::Whole, &mut |_| {}).expect("a proof");
        assert!(prove().is_ok());
        group.throughput(Throughput::Bytes(prove().bytes));
        group.bench_function(name, |bencher| bencher.iter(prove));
    };
    measure("self-made", &[edited(200), edited(150)]);
    if let Some(data) = std::env::var_os("DRAFTKEEP_REPLAY_DATA") {
        measure("real histories", &real(&Path::new(&data).join("revisions")));
    }
    group.finish();
}

fn record(path: &Path, histories: &[Vec<Vec<u8>>]) {
    let mut writer = Writer::open(path).expect("a new archive");
    let now = "2026-09-01T02:00:00Z".parse().expect("an instant");
    let account = writer.account(&"bench".parse().expect("a name"), "wx0000000000000000", now).expect("an account");
    for (number, history) in histories.iter().enumerate() {
        for document in history {
            let sighting = Sighting {
                media_id: MediaId::new(format!("history-{number}")),
                canonical: canonicalise(document).expect("a draft"),
                document: document.clone(),
                update_time: None,
                observed_at: now,
                follows: None,
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

#[derive(serde::Deserialize)]
struct State<'a> {
    #[serde(borrow)]
    draft: &'a RawValue,
}

fn real(directory: &Path) -> Vec<Vec<Vec<u8>>> {
    let entries = fs::read_dir(directory).expect("a directory of histories");
    let files = entries.map(|entry| entry.expect("an entry").path());
    files.filter(|path| path.extension().is_some_and(|end| end == "zst")).map(|path| states(&path)).collect()
}

fn states(file: &Path) -> Vec<Vec<u8>> {
    let lines = zstd::decode_all(fs::File::open(file).expect("a history")).expect("zstd");
    let lines = lines.split(|&byte| byte == b'\n').filter(|line| !line.is_empty());
    lines
        .map(|line| serde_json::from_slice::<State<'_>>(line).expect("a state").draft.get().as_bytes().to_vec())
        .collect()
}

criterion_group!(benches, proof);
criterion_main!(benches);
