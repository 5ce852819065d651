//! Answers that strict parsers reject are stored as received, and can still be read.

use draftkeep::simulator::{Fault, FaultRule};

use super::*;

#[tokio::test]
async fn spoilt_texts_are_kept_as_received_and_readable_in_the_views() {
    for (fault, bytes, shown) in [
        (Fault::RawControl, &b"\x08\""[..], "\u{8}"),
        (Fault::InvalidUtf8, b"\xe4\xbd\"", "\u{fffd}"),
        (Fault::LoneSurrogate, br#"\ud83d""#, "\u{fffd}"),
    ] {
        for turn in 0..2 {
            let (mut stage, ids) = Stage::filled(1).await;
            stage.take_turns(turn);
            let endpoint = ["draft/batchget", "draft/get"][turn];
            stage.add_fault(FaultRule::next(1, endpoint, fault.clone()));
            assert_eq!(stage.poll_well().await.new_versions, 1, "{fault:?}: a text is another");
            let documents = stage.documents(&ids[0]);
            assert!(documents[1].windows(bytes.len()).any(|window| window == bytes), "{fault:?}");
            let content = stage.shell("SELECT content FROM article_view WHERE version = 2");
            assert_eq!(content, format!("<p>正文0</p>{shown}"), "{fault:?}");
            assert_eq!(stage.poll_well().await.new_versions, 1, "and then it is what it was");
            assert_eq!(stage.poll_well().await.new_versions, 0);
            assert_eq!(stage.documents(&ids[0])[..2], documents, "also once it is a delta");
        }
    }
}

#[tokio::test]
async fn what_one_interface_spoils_alike_is_one_version() {
    let (stage, _) = Stage::filled(1).await;
    for _ in 0..3 {
        stage.add_fault(FaultRule::next(1, "draft/batchget", Fault::InvalidUtf8));
        stage.poll_well().await;
    }
    assert_eq!(stage.versions(), 2);
}
