//! The index against a scan of every version.

use std::collections::BTreeSet;

use proptest::prelude::*;

use super::*;

/// A history: for each version its draft, and its paragraphs as indices of a pool.
type History = Vec<(i64, BTreeSet<(usize, u8, usize)>)>;

const ALPHABET: &[&str] = &[
    "凌", "晨", "四", "点", "菜", "場", "场", "a", "B", "ｃ", "１", " ", "，", "。", "é", "カ", "😀", "\"", "𠮷", "-",
    "\n", "\u{3000}", "\u{200b}",
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
        updates.push(DraftUpdate { draft: *draft, after: Some(*number - 1), versions });
        if updates.len() == batch {
            assert!(index.update(std::mem::take(&mut updates), None).unwrap());
        }
    }
    assert!(index.update(updates, Some(&state(history.len() as i64))).unwrap());
}

fn state(version_row: i64) -> IndexState {
    let through = "2026-09-30T02:00:00.000Z".to_owned();
    IndexState { version_row, version_hash: vec![1; 32], through, versions: version_row as u64 }
}

fn index() -> (tempfile::TempDir, Index) {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().canonicalize().unwrap().join("archive.db.search");
    let index = Index::open(&path).unwrap();
    (directory, index)
}

const LATIN: &str = "ab1cé";

/// A text as a reader takes it, by the same rules as the index and in other words: no forms of characters, no blanks but between words.
fn read(text: &str) -> String {
    let one = |c: char| match c {
        '場' => '场',
        'B' => 'b',
        'ｃ' => 'c',
        '１' => '1',
        '，' => ',',
        c => c,
    };
    let text: String = text.chars().filter(|c| *c != '\u{200b}').map(one).collect();
    let parts: Vec<&str> = text.split_whitespace().collect();
    let mut read = parts.first().copied().unwrap_or_default().to_owned();
    for two in parts.windows(2) {
        let is_between_words = two[0].ends_with(|c| LATIN.contains(c)) && two[1].starts_with(|c| LATIN.contains(c));
        read += if is_between_words { " " } else { "" };
        read += two[1];
    }
    read
}

/// What a scan finds: whether a text has a phrase where a reader would look for it.
fn is_said(text: &str, phrase: &str) -> bool {
    let (text, phrase): (Vec<char>, Vec<char>) = (read(text).chars().collect(), read(phrase).chars().collect());
    (0..text.len()).any(|at| {
        let begins_inside = at > 0 && LATIN.contains(text[at]) && LATIN.contains(text[at - 1]);
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
    fn a_draft_that_is_brought_in_again_is_as_if_it_had_always_been_so(
        (pool, history) in history(),
        kept in proptest::collection::vec(any::<bool>(), 14),
    ) {
        let (_directory, mut index) = index();
        fill(&mut index, &pool, &history, 3);
        let (_other, mut fresh) = self::index();
        for draft in 1..4 {
            let versions = history.iter().filter(|(of, _)| *of == draft).zip(1..).zip(&kept).filter(|(_, kept)| **kept);
            let versions: Vec<_> = versions
                .map(|(((_, version), number), _)| VersionText {
                    number,
                    observed_at: String::new(),
                    paragraphs: Some(paragraphs(&pool, version)),
                })
                .collect();
            index.update(vec![DraftUpdate { draft, after: None, versions: versions.clone() }], Some(&state(14))).unwrap();
            fresh.update(vec![DraftUpdate { draft, after: Some(0), versions }], Some(&state(14))).unwrap();
            prop_assert_eq!(index.content(draft).unwrap(), fresh.content(draft).unwrap());
        }
        prop_assert_eq!(index.fault().unwrap(), None);
        prop_assert_eq!(index.drafts().unwrap(), fresh.drafts().unwrap());
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

/// Paragraphs of many drafts and versions.
fn filled() -> (tempfile::TempDir, Index) {
    let (directory, mut index) = index();
    let pool: Vec<String> = (0..60_u32)
        .map(|n| (0..20 + n).map(|c| char::from_u32(0x4e00 + (n * 37 + c * c) % 900).unwrap()).collect())
        .chain(["凌晨四点的菜市场".to_owned(), "draft two".to_owned()])
        .collect();
    let history = (0..90).map(|n| (n as i64 % 3 + 1, (n..n + 8).map(|at| (0, 0, at % 62)).collect())).collect();
    fill(&mut index, &pool, &history, 20);
    (directory, index)
}

fn answers(index: &mut Index) -> Result<Vec<String>, IndexError> {
    let answer = |typed: &str| {
        let query = Query::parse(typed).unwrap();
        let answer = index.answer(&query, &Scope::default(), 10, |_| Ok::<_, IndexError>(true))?;
        Ok(format!("{:?}", answer.hits))
    };
    ["菜市", "丅", "dra", "raf"].into_iter().map(answer).collect()
}

/// Flips random bits, one at a time, and calls `look` with the file so damaged.
fn flip(path: &std::path::Path, times: usize, mut look: impl FnMut(usize)) {
    let whole = std::fs::read(path).unwrap();
    let mut random = 1_u64;
    for _ in 0..times {
        random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let bit = (random >> 33) as usize % (whole.len() * 8);
        let mut damaged = whole.clone();
        damaged[bit / 8] ^= 1 << (bit % 8);
        std::fs::write(path, &damaged).unwrap();
        look(bit);
    }
}

/// How often a bit is flipped: all of it takes half a minute (`DRAFTKEEP_CASES=all`).
fn flips(all: usize) -> usize {
    if std::env::var_os("DRAFTKEEP_CASES").is_some_and(|cases| cases == "all") { all } else { all / 20 }
}

#[test]
fn a_flipped_bit_is_noticed_before_an_answer() {
    let (_directory, mut index) = filled();
    let (path, wanted) = (index.path().to_owned(), answers(&mut index).unwrap());
    drop(index);
    let mut noticed = 0;
    flip(&path, flips(10_000), |bit| match Index::open(&path).and_then(|mut index| answers(&mut index)) {
        Ok(answers) => assert!(answers == wanted, "bit {bit}"),
        Err(IndexError::Damaged(_) | IndexError::OtherRules { .. }) => noticed += 1,
        Err(error) => panic!("bit {bit}: {error:?}"),
    });
    assert!(noticed * 100 > flips(10_000) * 99, "{noticed}");
}

/// Damage that was there before the checksum was made: whatever changes an answer is a fault, or changes what `verify` compares.
#[test]
fn what_the_checksum_does_not_show_is_found_by_the_proof() {
    let (_directory, mut index) = filled();
    let wanted = (answers(&mut index).unwrap(), (0..5).map(|draft| index.content(draft).unwrap()).collect::<Vec<_>>());
    assert_eq!(index.fault().unwrap(), None);
    let path = index.path().to_owned();
    drop(index);
    rusqlite::Connection::open(&path).unwrap().execute_batch("PRAGMA application_id = 0").unwrap();
    let mut found = 0;
    flip(&path, flips(4_000), |bit| {
        let looked = Index::open(&path).and_then(|mut index| {
            let contents = (0..5).map(|draft| index.content(draft)).collect::<Result<Vec<_>, _>>();
            Ok((index.fault()?, (answers(&mut index)?, contents?)))
        });
        match looked {
            Ok((None, (is, contents))) if contents == wanted.1 => assert!(is == wanted.0, "bit {bit}"),
            _ => found += 1,
        }
    });
    assert!(found * 3 > flips(4_000), "{found}");
}

fn version(number: u64, text: Option<&str>) -> VersionText {
    let paragraph = |text: &str| Paragraph { article: 0, field: Field::Body, text: text.to_owned() };
    let paragraphs = text.map(|text| BTreeSet::from([paragraph(text)]));
    VersionText { number, observed_at: "2026-09-01T02:00:00.000Z".to_owned(), paragraphs }
}

#[test]
fn what_two_processes_bring_in_at_the_same_time_is_there_once() {
    let (_directory, mut index) = index();
    let all = vec![version(1, Some("凌晨四点")), version(2, Some("凌晨四点")), version(3, Some("清晨五点"))];
    let update = |versions: &[VersionText], after| vec![DraftUpdate { draft: 1, after, versions: versions.to_vec() }];
    assert!(index.update(update(&all, Some(0)), Some(&state(3))).unwrap());
    let known = index.content(1).unwrap();
    assert!(index.update(update(&all[..2], Some(0)), Some(&state(2))).unwrap());
    assert_eq!((index.content(1).unwrap(), index.fault().unwrap()), (known.clone(), None));
    assert_eq!((index.known_versions(1).unwrap(), index.state().unwrap().unwrap().version_row), ((3, 3), 3));
    // One has taken the draft out, and not brought it all in again.
    assert!(index.update(update(&all[..1], None), None).unwrap());
    assert!(!index.update(update(&all[2..], Some(2)), Some(&state(4))).unwrap(), "there would be a hole");
    assert_eq!((index.known_versions(1).unwrap(), index.state().unwrap().unwrap().version_row), ((1, 1), 3));
    assert!(index.update(update(&all[1..], Some(1)), Some(&state(4))).unwrap());
    assert_eq!((index.content(1).unwrap(), index.fault().unwrap()), (known, None));
}

#[test]
fn of_a_version_that_cannot_be_read_nothing_is_concluded() {
    let (_directory, mut index) = index();
    let versions = vec![version(1, Some("凌晨四点")), version(2, None), version(3, Some("清晨五点")), version(4, None)];
    index.update(vec![DraftUpdate { draft: 1, after: Some(0), versions }], None).unwrap();
    let versions_with = |index: &mut Index, phrase: &str| {
        let (versions, newest) = index.versions_with(1, &Phrase::new(phrase).unwrap()).unwrap().unwrap();
        (versions.ranges().flatten().collect::<Vec<_>>(), newest)
    };
    assert_eq!(versions_with(&mut index, "凌晨"), (vec![1], 3));
    assert_eq!(versions_with(&mut index, "清晨"), (vec![3], 3));
    assert_eq!(index.unread_of_drafts().unwrap(), [(1, BTreeSet::from([2, 4]))].into());
}
