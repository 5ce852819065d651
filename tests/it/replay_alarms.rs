//! Alarms over real histories: each state is a save. Nobody emptied or replaced a text in them, so no such alarm may be made; where a
//! text lost half of itself, it did so. The data is that of `replay`; with `DRAFTKEEP_CASES=all` every state is compared, else a sample.

use draftkeep::diff::{Content, Loss, loss};
use draftkeep::model::ShrunkShare;

use crate::harness::one_in;
use crate::replay::{data, files, states};

/// The saves that lost half of their text or more, by the characters before and after: a chapter was split twice, and a weekly report
/// was cut down.
const SHRUNK: [(&str, u64, u64); 3] =
    [("es6-object", 14386, 6088), ("es6-object", 21205, 8727), ("plct-2024-01-01", 4757, 1929)];

#[test]
fn no_alarm_is_false() {
    let Some(data) = data() else { return };
    let mut lost = Vec::new();
    for file in files(&data.join("revisions"), ".zst") {
        let name = file.file_name().and_then(|name| name.to_str()).and_then(|name| name.split('.').next()).unwrap();
        for two in states(&file).windows(2).step_by(one_in(20)) {
            let [older, newer] = [0, 1].map(|at| Content::read(&two[at]).unwrap());
            let sizes = [older.size(), newer.size()];
            let Some(loss) = loss(&older, &newer, sizes, ShrunkShare::default()) else { continue };
            let [before, after] = [&older, &newer].map(|content| content.size().characters);
            let is_named = SHRUNK.contains(&(name, before, after));
            assert!(loss == Loss::Shrunk && is_named, "{name}: {loss:?}, {before} → {after}");
            lost.push((name.to_owned(), before, after));
        }
    }
    assert!(one_in(20) > 1 || lost.len() == SHRUNK.len(), "{lost:?}");
}
