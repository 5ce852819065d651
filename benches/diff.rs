//! What telling two versions apart costs, in milliseconds of CPU time, both documents read anew each time.
//!
//! `cargo bench --bench diff [-- DIR]`: self-made drafts, and, where DIR is given, each two neighbours in its
//! `*.jsonl.zst` files (lines of `{"draft":{…}}`). `docs/performance.md` has the figures.

#![expect(clippy::print_stdout, reason = "a bench prints its figures")]

use std::fmt::Write;
use std::fs;
use std::hint::black_box;
use std::path::{Path, PathBuf};
use std::time::Duration;

use draftkeep::canonical;
use draftkeep::diff::{ChangeKind, View, Wording, diff, rendered};
use draftkeep::model::{Article, Language};
use draftkeep::render::Pictures;

#[path = "../tests/it/histories.rs"]
mod histories;

/// How often each pair is measured: the machine is shared, so the best round counts and the median tells how noisy it is.
const ROUNDS: usize = 30;

fn main() {
    println!("{:<44} {:>8} {:>8}", "", "ms best", "median");
    let text = characters(20_000, 1);
    measure("20,000 characters, 20 edits", &plain(&text), &plain(&edited(&text, 20)));
    measure("20,000 characters, 2,000 edits", &plain(&text), &plain(&edited(&text, 2_000)));
    measure("20,000 unrelated characters", &plain(&text), &plain(&characters(20_000, 2)));
    measure("20,000 unrelated characters, one paragraph", &document(&text), &document(&characters(20_000, 2)));
    measure("20,000 characters, every second changed", &document(&text), &document(&edited(&text, 10_000)));
    let words = || (0..20_000).map(|word| word.to_string());
    let joined = |words: Vec<String>| document(&words.join(" "));
    measure("20,000 words, reversed", &joined(words().collect()), &joined(words().rev().collect()));
    let (page, other) = (page(340_000, 1), page(340_000, 2));
    measure("340 KB of HTML, one edit", &document(&page), &document(&page.replacen('一', "二", 1)));
    measure("340 KB of HTML, nothing alike", &document(&page), &document(&other));
    let struck = |seed| document(&struck_out(&characters(40_000, seed)));
    measure("170 KB, half struck out, nothing alike", &struck(1), &struck(2));
    draw(self::page(170_000, 1), self::page(170_000, 2));
    if let Some(directory) = std::env::args().skip(1).find(|argument| !argument.starts_with('-')) {
        histories(Path::new(&directory));
    }
}

fn measure(name: &str, older: &[u8], newer: &[u8]) {
    print(name, || cost(older, newer));
}

/// The same two articles as they look, the changes marked in their places.
fn draw(page: String, other: String) {
    let paragraphs = page.split_inclusive("</p>").enumerate();
    let edited = paragraphs.map(|(at, paragraph)| match at % 10 {
        0 => String::new(),
        5 => paragraph.replacen("</span>", "新</span>", 1),
        _ => paragraph.to_owned(),
    });
    let edited: String = edited.collect();
    let [page, edited, other] = [page, edited, other].map(|content| article(&document(&content)));
    print("rendered: 170 KB, every fifth paragraph", || cost_of_view(&page, &edited));
    print("rendered: 170 KB, nothing alike", || cost_of_view(&page, &other));
}

fn print(name: &str, cost: impl Fn() -> f64) {
    let mut times: Vec<f64> = (0..ROUNDS).map(|_| cost()).collect();
    times.sort_by(f64::total_cmp);
    println!("{name:<44} {:>8.2} {:>8.2}", times[0], times[ROUNDS / 2]);
}

/// Milliseconds of one comparison.
fn cost(older: &[u8], newer: &[u8]) -> f64 {
    let before = cpu();
    black_box(diff(black_box(older), black_box(newer)).expect("two drafts"));
    (cpu() - before).as_secs_f64() * 1e3
}

/// Milliseconds until a page can show it.
fn cost_of_view(older: &Article, newer: &Article) -> f64 {
    let before = cpu();
    black_box(rendered(older, newer, Language::Chinese).html(View::Merged, &Pictures::default(), &English));
    (cpu() - before).as_secs_f64() * 1e3
}

fn article(document: &[u8]) -> Article {
    canonical::articles(document).expect("a draft").remove(0)
}

struct English;

impl Wording for English {
    fn mark(&self, kind: ChangeKind, formatting: &[&'static str]) -> String {
        format!("{kind:?} {}", formatting.join(", "))
    }

    fn unchanged(&self, blocks: usize) -> String {
        format!("{blocks} unchanged")
    }
}

fn histories(directory: &Path) {
    let entries = fs::read_dir(directory).expect("a directory of histories");
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.expect("an entry").path()).collect();
    paths.retain(|path| path.to_string_lossy().ends_with(".jsonl.zst"));
    paths.sort();
    let mut times = Vec::new();
    for path in paths {
        let states = histories::states(&path).expect("a history").unwrap_or_default();
        times.extend(states.windows(2).map(|two| (cost(&two[0], &two[1]), two[1].len())));
    }
    times.sort_by(|a, b| a.0.total_cmp(&b.0));
    let Some((longest, size)) = times.last() else { return };
    let median = times[times.len() / 2].0;
    println!("{} neighbours: median {median:.2} ms, longest {longest:.1} ms ({size} bytes)", times.len());
}

fn plain(text: &str) -> Vec<u8> {
    let paragraphs: Vec<char> = text.chars().collect();
    let paragraphs = paragraphs.chunks(100).map(|paragraph| format!("<p>{}</p>", paragraph.iter().collect::<String>()));
    document(&paragraphs.collect::<String>())
}

fn document(content: &str) -> Vec<u8> {
    serde_json::json!({"news_item": [{"title": "一篇", "content": content}]}).to_string().into_bytes()
}

/// Each second stretch of three characters struck out.
fn struck_out(text: &str) -> String {
    let text: Vec<char> = text.chars().collect();
    let stretch = |(number, stretch): (usize, &[char])| {
        let stretch: String = stretch.iter().collect();
        if number % 2 == 0 { format!("<s>{stretch}</s>") } else { stretch }
    };
    format!("<p>{}</p>", text.chunks(3).enumerate().map(stretch).collect::<String>())
}

/// Chinese characters, a few of them often and most of them seldom, as they come.
fn characters(count: usize, seed: u64) -> String {
    let mut random = random(seed);
    let mut character = || {
        let (share, place) = (random() % 10, random());
        let kinds = if share < 5 { 100 } else { 3_000 };
        char::from_u32(0x4e00 + (place % kinds) as u32).unwrap_or('一')
    };
    (0..count).map(|_| character()).collect()
}

fn edited(text: &str, edits: usize) -> String {
    let every = text.chars().count() / edits;
    text.chars().enumerate().map(|(at, character)| if at % every == every / 2 { '改' } else { character }).collect()
}

/// HTML of about `size` bytes as the platform's editor makes it.
fn page(size: usize, seed: u64) -> String {
    let text: Vec<char> = characters(size / 4, seed).chars().collect();
    let mut page = String::from("<section style=\"font-size: 16px;\">一");
    for (number, paragraph) in text.chunks(90).enumerate() {
        if page.len() >= size {
            break;
        }
        let text: String = paragraph.iter().collect();
        let style = "margin: 0px 0px 24px;text-align: justify;color: rgb(63, 63, 63);";
        write!(page, "<p style=\"{style}\"><span leaf=\"\">{text}</span></p>").expect("a string takes all");
        if number % 4 == 3 {
            let address = format!("https://mmbiz.qpic.cn/sz_mmbiz_jpg/ExAmPlE{seed}x{number:04}ic/640?wx_fmt=jpeg");
            write!(page, "<p><img data-src=\"{address}\" data-type=\"jpeg\"  /></p>").expect("a string takes all");
        }
    }
    page + "</section>"
}

/// The same numbers for the same seed (splitmix64).
fn random(seed: u64) -> impl FnMut() -> u64 {
    let mut state = seed;
    move || {
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }
}

/// CPU time of this thread so far (`/proc/thread-self/schedstat`, first field).
fn cpu() -> Duration {
    let line = fs::read_to_string("/proc/thread-self/schedstat").expect("Linux's scheduler statistics");
    Duration::from_nanos(line.split(' ').next().and_then(|field| field.parse().ok()).expect("a number"))
}
