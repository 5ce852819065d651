//! Differences of real histories: each state is compared with the previous one. The data is that of `replay`; with
//! `DRAFTKEEP_CASES=all` every state is, else a sample: unoptimised, all of them take minutes.

use draftkeep::canonical::canonicalise;
use draftkeep::diff::{Diff, RunKind, diff};

use crate::harness::one_in;
use crate::replay::{data, files, states};

#[test]
fn neighbours_differ_exactly_where_their_hashes_do() {
    let Some(data) = data() else { return };
    for file in files(&data.join("revisions"), ".zst") {
        for two in states(&file).windows(2).step_by(one_in(20)) {
            let [older, newer] = [0, 1].map(|at| canonicalise(&two[at]).unwrap().hash());
            let diff = diff(&two[0], &two[1]).unwrap();
            assert_eq!(diff.is_empty(), older == newer, "{}", file.display());
            assert!(diff.summary().chars().count() <= 80, "{}", diff.summary());
            counted(&diff);
        }
    }
}

/// The counts agree with the shown changes.
fn counted(diff: &Diff) {
    for body in diff.articles.iter().filter_map(|article| article.body.as_ref()) {
        let changed = |kind| {
            let runs = body.runs.iter().filter(|run| run.kind == kind && !run.moved);
            runs.map(|run| run.text.chars().filter(|&c| shows(c)).count()).sum::<usize>()
        };
        assert_eq!((changed(RunKind::Added), changed(RunKind::Removed)), (body.added, body.removed));
        let pictures = body.pictures_added.len() + body.pictures_removed.len() + body.pictures_moved.len();
        let others = body.paragraphs_moved + body.parts.len();
        assert_eq!(body.formatting_only, body.added + body.removed + pictures + others == 0);
        assert_eq!(body.formatting_only, !body.formatting.is_empty());
    }
}

fn shows(character: char) -> bool {
    !character.is_whitespace() && !matches!(character, '\u{fffc}' | '\u{200b}' | '\u{2060}' | '\u{feff}')
}
