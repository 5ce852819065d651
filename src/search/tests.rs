//! The index against a scan of every version.

use std::collections::BTreeSet;

use proptest::prelude::*;

use super::*;

/// A history: for each version its draft, and its paragraphs as indices of a pool.
type History = Vec<(i64, BTreeSet<(usize, u8, usize)>)>;

const ALPHABET: &[&str] = &[
    "凌", "晨", "四", "点", "菜", "場", "场", "a", "B", "ｃ", "１", " ", "，", "。", "é", "カ", "😀", "\"", "𠮷", "-",
];

fn text(longest: usize) -> impl Strategy<Value = String> {
    proptest::collection::vec(proptest::sample::select(ALPHABET), 1..=longest).prop_map(|parts| parts.concat())
}

fn history() -> impl Strategy<Value = (Vec<String>, History)> {
    let pool = proptest::collection::vec(text(14), 1..10);
    let paragraph = (0usize..2, 0u8..5, 0usize..10);
    let version = (1i64..4, proptest::collection::btree_set(paragraph, 0..5));
    (pool, proptest::collection::vec(version, 1..14))
}

fn paragraphs(pool: &[String], version: &BTreeSet<(usize, u8, usize)>) -> BTreeSet<Paragraph> {
    let one = |(article, field, text): &(usize, u8, usize)| Paragraph {
        article: *article,
        field: Field::ALL[usize::from(*field)],
        text: pool[text % pool.len()].clone(),
    };
    version.iter().map(one).collect()
}

/// Puts a history into an index, some versions at a time.
fn fill(index: &mut Index, pool: &[String], history: &History, batch: usize) {
    let mut newest = std::collections::BTreeMap::<i64, u64>::new();
    let mut updates = Vec::new();
    for (at, (draft, version)) in history.iter().enumerate() {
        let number = newest.entry(*draft).and_modify(|number| *number += 1).or_insert(1);
        let observed_at = format!("2026-09-{:02}T02:00:00.000Z", at + 1);
        let versions = vec![VersionText { number: *number, observed_at, paragraphs: Some(paragraphs(pool, version)) }];
        updates.push(DraftUpdate { draft: *draft, versions });
        if updates.len() == batch {
            index.update(std::mem::take(&mut updates), None).unwrap();
        }
    }
    let through = "2026-09-30T02:00:00.000Z".to_owned();
    let state = IndexState { version_row: history.len() as i64, version_hash: vec![1; 32], through };
    index.update(updates, Some(&state)).unwrap();
}

fn index() -> (tempfile::TempDir, Index) {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().canonicalize().unwrap().join("archive.db.search");
    let index = Index::open(&path).unwrap();
    (directory, index)
}

/// What a scan finds: whether a text, in the form in which texts are compared, has a phrase where a reader would look for it.
fn is_said(text: &str, phrase: &str) -> bool {
    let (text, phrase): (Vec<char>, Vec<char>) =
        (normalize::normalize(text).chars().collect(), normalize::normalize(phrase.trim()).trim().chars().collect());
    let is_latin = |c: char| c.is_alphanumeric() && !"凌晨四点菜场カ𠮷".contains(c);
    (0..text.len()).any(|at| {
        let begins_inside = at > 0 && is_latin(text[at]) && is_latin(text[at - 1]);
        text[at..].starts_with(&phrase) && !begins_inside
    })
}

fn scan(pool: &[String], history: &History, query: &Query, phrases: &[Vec<String>]) -> Vec<(i64, BTreeSet<u64>)> {
    let mut found = Vec::new();
    for draft in 1..4 {
        let versions = history.iter().filter(|(of, _)| *of == draft).zip(1u64..);
        let says = |version: &BTreeSet<Paragraph>, phrase: &str| version.iter().any(|one| is_said(&one.text, phrase));
        let holds = versions.filter(|((_, version), _)| {
            let version = paragraphs(pool, version);
            phrases.iter().all(|group| group.iter().any(|phrase| says(&version, phrase)))
        });
        let numbers: BTreeSet<u64> = holds.map(|(_, number)| number).collect();
        if !numbers.is_empty() {
            found.push((draft, numbers));
        }
    }
    assert_eq!(query.groups.len(), phrases.len());
    found
}

/// Something that stands in a text, or not.
fn question() -> impl Strategy<Value = (proptest::sample::Index, usize, usize, Option<String>)> {
    (any::<proptest::sample::Index>(), 0usize..14, 1usize..=8, proptest::option::weighted(0.2, text(3)))
}

fn part(
    pool: &[String],
    (at, start, length, other): &(proptest::sample::Index, usize, usize, Option<String>),
) -> String {
    let text: Vec<char> = at.get(pool).chars().collect();
    let start = start % text.len();
    other.clone().unwrap_or_else(|| text[start..].iter().take(*length).collect())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 100, ..ProptestConfig::default() })]

    #[test]
    fn the_index_finds_what_a_scan_finds(
        (pool, history) in history(),
        questions in proptest::collection::vec(proptest::collection::vec(question(), 1..3), 1..3),
        batch in 1usize..5,
    ) {
        let (_directory, mut index) = index();
        fill(&mut index, &pool, &history, batch);
        let typed: Vec<Vec<String>> =
            questions.iter().map(|group| group.iter().map(|one| part(&pool, one)).collect()).collect();
        let phrase = |text: &String| Phrase::new(text);
        let groups: Option<Vec<Vec<Phrase>>> =
            typed.iter().map(|group| group.iter().map(phrase).collect()).collect();
        let Some(groups) = groups else { return Ok(()) };
        let query = Query { groups, excluded: Vec::new() };
        let answer = index.answer(&query, &Scope::default(), 10, |_| Ok::<_, IndexError>(true)).unwrap();
        let mut found: Vec<_> = answer
            .hits
            .iter()
            .map(|hit| (hit.draft, hit.versions.ranges().flatten().collect::<BTreeSet<u64>>()))
            .collect();
        found.sort();
        let scanned = scan(&pool, &history, &query, &typed);
        if !answer.is_inside_words {
            prop_assert_eq!(&found, &scanned, "{:?}", typed);
        }
        prop_assert!(!answer.is_inside_words || scanned.is_empty(), "inside of words only where no word begins so");
        for passage in answer.hits.iter().flat_map(|hit| &hit.passages) {
            for range in &passage.ranges {
                let said = normalize::normalize(&passage.text[range.clone()]);
                prop_assert!(query.wanted().any(|phrase| said.contains(phrase.normal())), "{said:?}");
            }
        }
    }

    #[test]
    fn no_question_is_an_error(typed in "\\PC{0,40}") {
        let (_directory, mut index) = index();
        fill(&mut index, &[typed.clone() + "a"], &vec![(1, BTreeSet::from([(0, 0, 0)]))], 1);
        if let Ok(query) = Query::parse(&typed) {
            index.answer(&query, &Scope::default(), 10, |_| Ok::<_, IndexError>(true)).unwrap();
        }
    }
}

#[test]
fn a_flipped_bit_is_noticed_before_an_answer() {
    let (directory, mut index) = index();
    let pool = vec!["凌晨四点的菜市场".to_owned(), "draft two".to_owned()];
    fill(&mut index, &pool, &vec![(1, BTreeSet::from([(0, 0, 0)])), (2, BTreeSet::from([(0, 0, 1)]))], 1);
    let path = index.path().to_owned();
    drop(index);
    let whole = std::fs::read(&path).unwrap();
    let query = Query::parse("菜市").unwrap();
    for at in (0..whole.len()).step_by(97) {
        let mut damaged = whole.clone();
        damaged[at] ^= 0x10;
        std::fs::write(&path, &damaged).unwrap();
        let answered = Index::open(&path)
            .and_then(|mut index| index.answer(&query, &Scope::default(), 10, |_| Ok::<_, IndexError>(true)));
        match answered {
            Ok(answer) => assert_eq!(answer.hits.len(), 1, "byte {at}"),
            Err(error) => assert!(matches!(error, IndexError::Damaged(_)), "byte {at}: {error:?}"),
        }
    }
    drop(directory);
}

fn version(number: u64, text: Option<&str>) -> VersionText {
    let paragraph = |text: &str| Paragraph { article: 0, field: Field::Body, text: text.to_owned() };
    let paragraphs = text.map(|text| BTreeSet::from([paragraph(text)]));
    VersionText { number, observed_at: "2026-09-01T02:00:00.000Z".to_owned(), paragraphs }
}

#[test]
fn what_two_processes_bring_in_at_the_same_time_is_there_once() {
    let (_directory, mut index) = index();
    let state = |version_row| IndexState { version_row, version_hash: vec![1; 32], through: String::new() };
    let all = vec![version(1, Some("凌晨四点")), version(2, Some("凌晨四点")), version(3, Some("清晨五点"))];
    index.update(vec![DraftUpdate { draft: 1, versions: all.clone() }], Some(&state(3))).unwrap();
    let known = (index.content(1).unwrap(), index.token_sum().unwrap());
    index.update(vec![DraftUpdate { draft: 1, versions: all[..2].to_vec() }], Some(&state(2))).unwrap();
    assert_eq!((index.content(1).unwrap(), index.token_sum().unwrap()), known);
    assert_eq!((index.newest(1).unwrap(), index.state().unwrap().unwrap().version_row), (Some(3), 3));
}

#[test]
fn of_a_version_that_cannot_be_read_nothing_is_concluded() {
    let (_directory, mut index) = index();
    let versions = vec![version(1, Some("凌晨四点")), version(2, None), version(3, Some("清晨五点")), version(4, None)];
    index.update(vec![DraftUpdate { draft: 1, versions }], None).unwrap();
    let versions_with = |index: &mut Index, phrase: &str| {
        let (versions, newest) = index.versions_with(1, &Phrase::new(phrase).unwrap()).unwrap().unwrap();
        (versions.ranges().flatten().collect::<Vec<_>>(), newest)
    };
    assert_eq!(versions_with(&mut index, "凌晨"), (vec![1], 3));
    assert_eq!(versions_with(&mut index, "清晨"), (vec![3], 3));
    assert_eq!(index.unread(None).unwrap(), 2);
}
