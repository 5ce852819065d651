//! What the index of the search costs, and how fast it answers, for 2,000 drafts of 50 versions.
//!
//! `cargo bench --bench search -- DIR [DRAFTS VERSIONS]` where DIR holds `*.jsonl.zst` files of `{"draft":{"news_item":[…]}}` lines:
//! their paragraphs are what the drafts are made of. Beside it stand a scan of the same paragraphs and SQLite's own trigrams.

#![expect(clippy::print_stdout, reason = "a bench prints its figures")]

#[path = "../tests/it/histories.rs"]
mod histories;

use std::collections::BTreeSet;
use std::ops::ControlFlow;
use std::path::Path;
use std::time::{Duration, Instant};

use draftkeep::archive::{Observation, Reader, Writer};
use draftkeep::canonical;
use draftkeep::full_text::Searcher;
use draftkeep::model::{MediaId, ShrunkShare};
use draftkeep::render;
use draftkeep::search::{
    DraftHit, DraftUpdate, Field, Index, IndexError, IndexState, Paragraph, Query, Scope, VersionText,
};
use rusqlite::Connection;

/// As many paragraphs has a draft; each version replaces one or two.
const PARAGRAPHS: usize = 40;

/// So many drafts and versions of each are recorded, to compare the cost.
const RECORDED_DRAFTS: usize = 40;
const RECORDED_VERSIONS: usize = 25;

/// How many questions are asked of each kind.
const QUESTIONS: usize = 400;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| !argument.starts_with('-')).collect();
    let Some(directory) = arguments.first() else { return println!("search: skipped, no directory is named") };
    let number = |at: usize, usual| arguments.get(at).and_then(|text| text.parse().ok()).unwrap_or(usual);
    let (drafts, versions): (usize, usize) = (number(1, 2000), number(2, 50));
    let pool = pool(Path::new(directory));
    let mut random = Random(1);
    let scratch = tempfile::tempdir().expect("a scratch directory");
    let path = scratch.path().canonicalize().expect("its path").join("archive.db.search");
    let mut index = Index::open(&path).expect("an index");

    let (mut bytes, mut cost, mut held) = (0, Duration::ZERO, Vec::new());
    for draft in 0..drafts {
        let mut paragraphs: Vec<usize> = (0..PARAGRAPHS).map(|_| random.below(pool.len())).collect();
        held.extend(paragraphs.iter().copied());
        let mut texts = Vec::new();
        for number in 0..versions {
            let version: BTreeSet<Paragraph> = paragraphs.iter().map(|at| paragraph(&pool[*at])).collect();
            bytes += version.iter().map(|paragraph| paragraph.text.len()).sum::<usize>();
            texts.push(VersionText { number: number as u64 + 1, observed_at: time(number), paragraphs: Some(version) });
            for _ in 0..=random.below(2) {
                let (place, new) = (random.below(PARAGRAPHS), random.below(pool.len()));
                paragraphs[place] = new;
                held.push(new);
            }
        }
        let state = IndexState { version_row: 1, version_hash: vec![0; 32], through: time(0), versions: 1 };
        let is_last = draft + 1 == drafts;
        let before = cpu();
        let update = vec![DraftUpdate { draft: draft as i64 + 1, after: Some(0), versions: texts }];
        index.update(update, is_last.then_some(&state)).expect("an update");
        cost += cpu() - before;
    }
    let size = std::fs::metadata(&path).expect("the index").len();
    let all = drafts * versions;
    println!(
        "{all} versions, {bytes} B of text: index {size} B, {:.3} x; {:.0} µs CPU a version",
        size as f64 / bytes as f64,
        cost.as_secs_f64() * 1e6 / all as f64
    );
    beside_recording(&pool, scratch.path(), &mut random);
    held.sort_unstable();
    held.dedup();
    let held: Vec<&str> = held.into_iter().map(|at| &*pool[at]).collect();
    let trigram = trigram(&held);
    for length in [1, 2, 3, 4, 6] {
        let questions: Vec<String> = (0..QUESTIONS).map(|_| han(&held, length, &mut random)).collect();
        report(&format!("{length} characters"), &questions, &mut index, &held, &trigram);
    }
    let mixed: Vec<String> = (0..QUESTIONS)
        .map(|_| format!("{} {}", han(&held, 2, &mut random), han(&held, 1 + random.below(3), &mut random)))
        .collect();
    report("two words", &mixed, &mut index, &held, &trigram);
    let frequent = ["的", "了", "一", "是", "我们", "一个"].map(str::to_owned);
    report("the most frequent", &frequent, &mut index, &held, &trigram);
    let lost = measure(&frequent, |question| {
        let query = Query::parse(question).expect("a question");
        let is_lost = |hit: &DraftHit| Ok::<_, IndexError>(!hit.is_current());
        index.answer(&query, &Scope::default(), 20, is_lost).expect("an answer").hits.len()
    });
    println!("the most frequent, --lost: ours {lost}");
}

/// Records versions of drafts of the same kind, brings them into an index, and tells what both cost.
fn beside_recording(pool: &[String], scratch: &Path, random: &mut Random) {
    let path = scratch.canonicalize().expect("its path").join("recorded.db");
    let mut writer = Writer::open(&path).expect("an archive");
    let now = "2026-09-01T02:00:00Z".parse().expect("an instant");
    let account = writer.get_or_create_account(&"bench".parse().expect("a name"), "wx0000000000000000", now);
    let account = account.expect("an account");
    let mut recording = Duration::ZERO;
    for draft in 0..RECORDED_DRAFTS {
        let mut paragraphs: Vec<usize> = (0..PARAGRAPHS).map(|_| random.below(pool.len())).collect();
        for _ in 0..RECORDED_VERSIONS {
            let content: String =
                paragraphs.iter().map(|at| format!("<p>{}</p>", pool[*at].replace('<', "&lt;"))).collect();
            let document =
                serde_json::json!({ "news_item": [{ "title": "题", "content": content }] }).to_string().into_bytes();
            let before = cpu();
            let observation = Observation {
                media_id: MediaId::new(format!("draft{draft}")),
                canonical: canonical::canonicalise(&document).expect("a draft"),
                document,
                update_time: None,
                observed_at: now,
                expected_previous: None,
                shrunk_share: ShrunkShare::default(),
            };
            writer.record(account, &observation, &[]).expect("a version");
            recording += cpu() - before;
            let (place, new) = (random.below(PARAGRAPHS), random.below(pool.len()));
            paragraphs[place] = new;
        }
    }
    drop(writer);
    let before = cpu();
    let reader = Reader::open(&path).expect("the archive");
    let searcher = Searcher::open(&reader, &mut |_| ControlFlow::Continue(())).expect("an index");
    let indexing = cpu() - before;
    let a_version = |cost: Duration| cost.as_secs_f64() * 1e6 / searcher.caught_up as f64;
    println!(
        "{} versions: recorded for {:.0} µs CPU each, read and brought into the index for {:.0} µs: {:.2} x",
        searcher.caught_up,
        a_version(recording),
        a_version(indexing),
        indexing.as_secs_f64() / recording.as_secs_f64()
    );
}

/// The different paragraphs of real histories.
fn pool(directory: &Path) -> Vec<String> {
    let mut paragraphs = BTreeSet::new();
    let mut files: Vec<_> =
        std::fs::read_dir(directory).expect("a directory").map(|file| file.expect("a file").path()).collect();
    files.sort();
    for states in files.iter().filter_map(|file| histories::states(file).expect("a history")) {
        for article in states.iter().flat_map(|state| canonical::articles(state).expect("articles")) {
            paragraphs.extend(render::paragraphs(&article).into_iter().filter(|text| text.chars().count() > 3));
        }
    }
    paragraphs.into_iter().collect()
}

fn paragraph(text: &str) -> Paragraph {
    Paragraph { article: 0, field: Field::Body, text: text.to_owned() }
}

fn time(number: usize) -> String {
    format!("2026-09-{:02}T{:02}:00:00.000Z", 1 + number / 24 % 28, number % 24)
}

/// Some neighbouring Han characters of a paragraph.
fn han(held: &[&str], length: usize, random: &mut Random) -> String {
    loop {
        let text: Vec<char> = held[random.below(held.len())].chars().collect();
        let start = random.below(text.len());
        let part: String = text[start..].iter().take(length).collect();
        if part.chars().count() == length && part.chars().all(|c| ('\u{4e00}'..='\u{9fff}').contains(&c)) {
            return part;
        }
    }
}

fn trigram(held: &[&str]) -> Connection {
    let database = Connection::open_in_memory().expect("a database");
    let make = "CREATE VIRTUAL TABLE t USING fts5(x, content='', columnsize=0, tokenize='trigram')";
    database.execute_batch(make).expect("a table");
    database.execute_batch("BEGIN").expect("a transaction");
    for (row, text) in held.iter().enumerate() {
        let insert = database.prepare_cached("INSERT INTO t (rowid, x) VALUES (?1, ?2)");
        insert.and_then(|mut insert| insert.execute((row, text))).expect("a row");
    }
    database.execute_batch("COMMIT").expect("a commit");
    database
}

fn report(what: &str, questions: &[String], index: &mut Index, held: &[&str], trigram: &Connection) {
    let ours = measure(questions, |question| {
        let query = Query::parse(question).expect("a question");
        let answer = index.answer(&query, &Scope::default(), 20, |_| Ok::<_, IndexError>(true)).expect("an answer");
        answer.hits.len()
    });
    let scan = measure(&questions[..questions.len().min(20)], |question| {
        let words: Vec<&str> = question.split(' ').collect();
        held.iter().filter(|text| words.iter().all(|word| text.contains(word))).count()
    });
    let theirs = measure(questions, |question| {
        let asked = format!("\"{}\"", question.replace(' ', "\" \""));
        let mut query = trigram.prepare_cached("SELECT count(*) FROM t WHERE t MATCH ?1").expect("a query");
        query.query_row([asked], |row| row.get(0)).expect("a count")
    });
    println!("{what}: ours {ours}; scan {scan}; trigrams {theirs}");
}

fn measure(questions: &[String], mut ask: impl FnMut(&str) -> usize) -> String {
    let (mut times, mut empty) = (Vec::new(), 0);
    for question in questions {
        let began = Instant::now();
        empty += usize::from(ask(question) == 0);
        times.push(began.elapsed());
    }
    times.sort_unstable();
    let at = |share: f64| times[((times.len() - 1) as f64 * share) as usize].as_secs_f64() * 1e3;
    format!("p50 {:.2} ms, p95 {:.2} ms, {empty} of {} without a hit", at(0.5), at(0.95), questions.len())
}

/// Numbers that are the same in every run.
struct Random(u64);

impl Random {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 33) as usize) % end
    }
}

/// The CPU time of this process, in steps of the kernel's clock.
fn cpu() -> Duration {
    let stat = std::fs::read_to_string("/proc/self/stat").expect("/proc");
    let fields: Vec<&str> = stat.rsplit(')').next().expect("fields").split_whitespace().collect();
    let ticks: u64 = fields[11].parse::<u64>().expect("ticks") + fields[12].parse::<u64>().expect("ticks");
    Duration::from_millis(ticks * 10)
}
