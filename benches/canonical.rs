//! What the canonical form and the hash of a document cost, in MB of document per second of CPU time.
//!
//! `cargo bench --bench canonical [-- DIR]`: two self-made drafts, and, where DIR is given, the documents in its `*.json`
//! and `*.jsonl.zst` files (lines of `{"draft":{…}}`), each taken once more as the platform writes it, with `\/` for
//! `/`. `docs/performance.md` has the figures.

#![expect(clippy::print_stdout, reason = "a bench prints its figures")]

use std::fs;
use std::hint::black_box;
use std::path::{Path, PathBuf};
use std::time::Duration;

use draftkeep::canonical::canonicalise;
use draftkeep::model::Hash;

#[path = "../tests/it/histories.rs"]
mod histories;

/// How often each set is measured: the machine is shared, so the best round counts and the median tells how noisy it is.
const ROUNDS: usize = 9;

/// Bytes of a round: a tenth of a second or more, as the kernel counts CPU time in steps of some milliseconds.
const ROUND: usize = 40_000_000;

fn main() {
    println!(
        "{:<34} {:>9} {:>11} {:>11} {:>9} {:>9}",
        "", "bytes", "MB/s best", "MB/s median", "form only", "hash only"
    );
    measure("ordinary draft", &[draft(30_000)]);
    measure("long draft", &[draft(170_000)]);
    let Some(directory) = std::env::args().skip(1).find(|argument| !argument.starts_with('-')) else { return };
    for entry in sorted(Path::new(&directory)) {
        let documents = documents(&entry);
        if !documents.is_empty() {
            measure(&entry.file_name().unwrap_or_default().to_string_lossy(), &documents);
        }
    }
}

fn measure(name: &str, documents: &[Vec<u8>]) {
    let bytes: usize = documents.iter().map(Vec::len).sum();
    let forms: Vec<Vec<u8>> = documents.iter().map(|document| canonicalise(document).expect("a draft").bytes).collect();
    let times = ROUND.div_ceil(bytes);
    let rate = |work: &dyn Fn()| {
        let mut rates: Vec<f64> = (0..ROUNDS)
            .map(|_| {
                let before = cpu();
                (0..times).for_each(|_| work());
                (bytes * times) as f64 / 1e6 / (cpu() - before).as_secs_f64()
            })
            .collect();
        rates.sort_by(f64::total_cmp);
        (rates[ROUNDS - 1], rates[ROUNDS / 2])
    };
    let form = |document: &Vec<u8>| canonicalise(black_box(document)).expect("a draft");
    let (best, median) = rate(&|| {
        for document in documents {
            black_box(form(document).hash());
        }
    });
    let (form_only, _) = rate(&|| {
        for document in documents {
            black_box(form(document));
        }
    });
    let (hash_only, _) = rate(&|| {
        for form in &forms {
            black_box(Hash::of(black_box(form)));
        }
    });
    println!("{name:<34} {bytes:>9} {best:>11.0} {median:>11.0} {form_only:>9.0} {hash_only:>9.0}");
}

fn sorted(directory: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(directory).expect("a directory of documents");
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.expect("an entry").path()).collect();
    paths.sort();
    paths
}

fn documents(path: &Path) -> Vec<Vec<u8>> {
    let received = histories::states(path).expect("documents").unwrap_or_default();
    received.iter().map(|document| slashes_escaped(document)).collect()
}

/// The document as the platform would write it: `\/` for `/`.
fn slashes_escaped(document: &[u8]) -> Vec<u8> {
    String::from_utf8_lossy(document).replace('/', "\\/").into_bytes()
}

/// A draft of about `size` bytes as an editor of the platform makes it: sections with inline styles, Chinese text, a
/// picture every few paragraphs.
fn draft(size: usize) -> Vec<u8> {
    let mut content = String::from("<section style=\"font-size: 16px;line-height: 1.75;\" data-pm-slice=\"0 0 []\">");
    for paragraph in 0.. {
        if content.len() >= size {
            break;
        }
        content.push_str(
            "<p style=\"margin: 0px 0px 24px;text-align: justify;color: rgb(63, 63, 63);\"><span leaf=\"\">\
             清晨六点，江边的雾还没有散，卖豆浆的三轮车已经停在渡口。老周说，这条航线开了四十一年，\
             船票从五分涨到两块，<strong style=\"color: rgb(0, 128, 255);\">从来没有停过一天</strong>。\
             我们跟着他走了一个来回，记下了这些人和事。</span></p>",
        );
        if paragraph % 4 == 3 {
            content.push_str(&format!(
                "<section style=\"text-align: center;\"><img class=\"rich_pages wxw-img\" data-ratio=\"0.6669\" \
                 data-src=\"https://mmbiz.qpic.cn/sz_mmbiz_jpg/ExAmPlEibNoPictureStandsBehindThis{paragraph:04}ic/640?\
                 wx_fmt=jpeg&amp;from=appmsg\" data-type=\"jpeg\" data-w=\"1280\"  /></section>",
            ));
        }
    }
    content.push_str("</section>");
    let article = serde_json::json!({
        "title": "渡口四十一年", "author": "江边编辑部", "digest": "清晨六点，江边的雾还没有散。", "content": content,
        "content_source_url": "", "thumb_media_id": "Qm7xK2vTnS0bWq4rZp9LdYc8Hf3Jg6Au1Ee5Ri", "show_cover_pic": 0,
        "url": "http://mp.weixin.qq.com/s?__biz=MzA5OTk5OTk5OQ==&tempkey=MTQwMl9FeGFtcGxl&chksm=11aa22bb33cc44dd#rd",
        "thumb_url": "http://mmbiz.qpic.cn/mmbiz_jpg/ExAmPlEc0ver/0?wx_fmt=jpeg", "need_open_comment": 0,
        "only_fans_can_comment": 0,
    });
    let document = serde_json::json!({ "news_item": [article], "create_time": 1790000000, "update_time": 1790003600 });
    slashes_escaped(document.to_string().as_bytes())
}

/// CPU time of this thread so far (`/proc/thread-self/schedstat`, first field).
fn cpu() -> Duration {
    let line = fs::read_to_string("/proc/thread-self/schedstat").expect("Linux's scheduler statistics");
    Duration::from_nanos(line.split(' ').next().and_then(|field| field.parse().ok()).expect("a number"))
}
