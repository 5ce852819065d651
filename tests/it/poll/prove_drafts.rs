//! Drafts that are read to prove that the archive has what the platform shows.

use draftkeep::poll::DraftsProof;

use super::watch::Watching;

/// Reads a few drafts now. Returns how many, and how many calls of `draft/get` that took.
async fn prove(watching: &mut Watching, random: u64) -> (DraftsProof, u64) {
    watching.stage.forget_calls();
    watching.watch.request_proof(random);
    watching.step().await;
    (watching.proof.expect("a proof"), watching.stage.calls("draft/get"))
}

#[tokio::test]
async fn five_drafts_are_read_once_for_each_request() {
    let (mut watching, _) = Watching::filled(12).await;
    watching.stage.account(|account| account.set_limit("draft/get", 500));
    watching.run(2 * 3600).await;
    let (proof, calls) = prove(&mut watching, 7).await;
    assert_eq!(proof, DraftsProof { asked: 5, answered: 5 });
    assert_eq!((calls, watching.stage.versions()), (5, 12));
    watching.stage.forget_calls();
    watching.step().await;
    assert_eq!((watching.proof, watching.stage.calls("draft/get")), (None, 0), "once");
}

#[tokio::test]
async fn a_difference_is_recorded_as_in_any_poll() {
    let (mut watching, ids) = Watching::filled(3).await;
    watching.run(3600).await;
    watching.stage.edit(&ids[1]);
    watching.stage.advance(60);
    let (proof, _) = prove(&mut watching, 7).await;
    assert_eq!(proof, DraftsProof { asked: 3, answered: 3 });
    assert_eq!(watching.stage.documents(&ids[1]).len(), 2);
    assert_eq!(watching.reports.last().map(|report| report.new_versions), Some(1), "and is reported");
}

#[tokio::test]
async fn a_draft_that_is_gone_is_missing_as_in_any_poll() {
    let (mut watching, ids) = Watching::filled(6).await;
    watching.run(3600).await;
    watching.stage.account(|account| account.delete(&ids[0]).unwrap());
    for random in 0..4 {
        let (proof, _) = prove(&mut watching, random).await;
        assert_eq!(proof.answered, proof.asked, "the platform answered, whatever it said");
    }
    watching.watch.close(&watching.stage.archive).await.unwrap();
    let state = watching.stage.shell("SELECT state FROM draft_view WHERE state <> 'live'");
    assert!(["missing", "deleted", "gone"].contains(&state.as_str()), "{state:?}");
}

#[tokio::test]
async fn polls_come_first_where_calls_are_few() {
    let (mut watching, _) = Watching::filled(6).await;
    watching.run(3600).await;
    // Of a hundred calls, sixteen are left to polls.
    watching.stage.account(|account| account.set_limit("draft/get", 20));
    watching.run(2 * 3600).await;
    let (proof, calls) = prove(&mut watching, 7).await;
    assert_eq!((proof.asked, calls), (0, 0));
    let (mut empty, _) = Watching::filled(0).await;
    empty.run(3600).await;
    assert_eq!(prove(&mut empty, 7).await, (DraftsProof { asked: 0, answered: 0 }, 0), "a box without drafts");
}
