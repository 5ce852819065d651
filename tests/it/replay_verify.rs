//! The replay's histories, all in one archive: every version passes the check.

use draftkeep::verify::{SampleRate, verify};

use crate::archive::Fixture;
use crate::replay;

#[test]
fn an_archive_of_all_histories_is_proven() {
    let Some(data) = replay::data() else { return };
    let mut archive = Fixture::new();
    for file in replay::files(&data.join("revisions"), ".zst") {
        replay::record(&mut archive, &file);
    }
    let proof = verify(&archive.reader(), SampleRate::Whole, &mut |_| {}).unwrap();
    assert!(proof.is_ok(), "{:?}", proof.damaged);
    assert_eq!((proof.versions, proof.proven), (1685, 1685));
}
