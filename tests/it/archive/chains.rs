//! How documents are stored, and that any history comes back.

use proptest::prelude::*;

use super::{Fixture, document, documents, sighting, versions};

/// Text that neither deltas nor compression make small: decimal digits of a linear congruential generator (Knuth, MMIX).
fn noise(seed: u64, length: usize) -> String {
    let mut state = seed;
    let mut digit = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        char::from(b'0' + (state >> 60) as u8 % 10)
    };
    (0..length).map(|_| digit()).collect()
}

/// The numbers of the versions that are whole.
fn wholes(archive: &Fixture) -> Vec<i64> {
    let database = archive.raw();
    let sql = "SELECT number FROM version JOIN whole ON whole.version = version.id ORDER BY number";
    let mut query = database.prepare(sql).unwrap();
    query.query_map((), |row| row.get(0)).unwrap().map(Result::unwrap).collect()
}

#[test]
fn every_64th_version_is_whole_so_that_chains_are_short() {
    let mut archive = Fixture::new();
    let text = noise(1, 2000);
    let states: Vec<Vec<u8>> = (0..200).map(|n| document(&n.to_string(), &text)).collect();
    for state in &states {
        archive.record("D1", state);
    }
    assert_eq!(wholes(&archive), [64, 128, 192, 200]);
    assert_eq!(documents(&archive.reader()), states);
}

#[test]
fn what_has_little_in_common_stays_whole() {
    let mut archive = Fixture::new();
    let (a, b) = (noise(1, 2000), noise(2, 2000));
    archive.record("D1", &document("一", &a));
    archive.record("D1", &document("一", &b));
    assert_eq!(wholes(&archive), [1, 2], "two unrelated documents");
    archive.record("D1", &document("一", &format!("{b}{}", &a[..200])));
    assert_eq!(wholes(&archive), [1, 3], "the beginning of the next");
    archive.record("D1", &document("一", &format!("{}{b}", &a[..200])));
    assert_eq!(wholes(&archive), [1, 4], "its paragraphs in another order");
    archive.record("D1", &document("一", &b[..400]));
    assert_eq!(wholes(&archive), [1, 4, 5], "a delta on what is left would be over half of it");
}

#[test]
fn a_chain_begins_anew_after_a_version_that_stayed_whole() {
    let mut archive = Fixture::new();
    for n in 0..30 {
        archive.record("D1", &document(&n.to_string(), &noise(1, 2000)));
    }
    for n in 0..100 {
        archive.record("D1", &document(&n.to_string(), &noise(2, 2000)));
    }
    assert_eq!(wholes(&archive), [30, 94, 130]);
}

/// What an editor does between two saves.
#[derive(Clone, Debug)]
enum Edit {
    Type(usize, String),
    Cut(usize, usize),
    Move(usize, usize, usize),
    Replace(String),
    Undo,
}

fn edits() -> impl Strategy<Value = Vec<Edit>> {
    let text = prop_oneof![
        4 => "[公众号草稿箱<p>/ a-c\"\\\\]{0,40}",
        1 => any::<String>(),
        1 => Just("<section style=\"font-size: 16px;\">一段话。</section>".repeat(20)),
    ];
    let edit = prop_oneof![
        4 => (any::<usize>(), text.clone()).prop_map(|(at, text)| Edit::Type(at, text)),
        2 => (any::<usize>(), 0..200_usize).prop_map(|(at, length)| Edit::Cut(at, length)),
        1 => (any::<usize>(), 0..200_usize, any::<usize>()).prop_map(|(at, length, to)| Edit::Move(at, length, to)),
        1 => text.prop_map(Edit::Replace),
        1 => Just(Edit::Undo),
    ];
    prop::collection::vec(edit, 1..40)
}

/// The texts that a series of edits leaves, one after another.
fn saves(edits: &[Edit]) -> Vec<String> {
    let mut saves: Vec<Vec<char>> = vec!["<p>公众号草稿箱的历史版本,一个也不能少。</p>".repeat(8).chars().collect()];
    for edit in edits {
        let mut text = saves[saves.len() - 1].clone();
        let place = |at: usize, text: &[char]| at % (text.len() + 1);
        let cut = |at: usize, length: usize, text: &mut Vec<char>| -> Vec<char> {
            let at = place(at, text);
            text.drain(at..(at + length).min(text.len())).collect()
        };
        match edit {
            Edit::Type(at, typed) => {
                let at = place(*at, &text);
                text.splice(at..at, typed.chars());
            }
            Edit::Cut(at, length) => drop(cut(*at, *length, &mut text)),
            Edit::Move(at, length, to) => {
                let moved = cut(*at, *length, &mut text);
                let to = place(*to, &text);
                text.splice(to..to, moved);
            }
            Edit::Replace(all) => text = all.chars().collect(),
            Edit::Undo => text.clone_from(&saves[saves.len().saturating_sub(2)]),
        }
        saves.push(text);
    }
    saves.into_iter().map(|text| text.into_iter().collect()).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn any_history_comes_back(edits in edits(), damaged: bool) {
        let mut archive = Fixture::new();
        let mut states: Vec<Vec<u8>> = saves(&edits).iter().map(|text| document("一", text)).collect();
        if damaged {
            // A byte order mark makes every second state one that is kept twice.
            states.iter_mut().step_by(2).for_each(|state| drop(state.splice(..0, *b"\xef\xbb\xbf")));
        }
        states.dedup_by_key(|state| sighting("D1", state).canonical.hash());
        for state in &states {
            archive.record("D1", state);
        }
        let reader = archive.reader();
        prop_assert_eq!(documents(&reader), states.clone());
        let mut newest_first = states.iter().rev();
        reader.documents(&versions(&reader), |version, document| {
            let document = document?.raw;
            assert_eq!(Some(document), newest_first.next().map(Vec::as_slice), "version {}", version.number);
            assert_eq!(sighting("D1", document).canonical.hash(), version.hash);
            Ok(())
        }).unwrap();
        prop_assert_eq!(newest_first.count(), 0);
    }
}
