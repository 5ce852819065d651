//! Malformed lists: a wrong total, an entry without an id, a draft without articles. The other drafts are still read.

use serde_json::{Value, json};

use super::*;

/// What a poll noted, with the draft that it is about.
fn notes(report: &Report) -> Vec<(Option<&str>, &str)> {
    report.notes.iter().map(|note| (note.media_id.as_ref().map(MediaId::as_str), note.message.as_str())).collect()
}

/// Deletes a draft, and polls until it is believed to be gone.
async fn delete(stage: &Stage, media_id: &str) -> [DraftState; 2] {
    stage.account(|account| account.delete(media_id).unwrap());
    stage.poll_well().await;
    let first = stage.state(media_id);
    stage.advance(61);
    stage.poll_well().await;
    [first, stage.state(media_id)]
}

#[tokio::test]
async fn a_total_that_is_too_high_for_ever_stops_no_conclusion() {
    for omits_empty_list in [false, true] {
        let (stage, ids) = Stage::filled(45).await;
        {
            let mut world = stage.platform.world();
            (world.behavior.total_ahead, world.behavior.omits_empty_list) = (3, omits_empty_list);
        }
        stage.edit(&ids[0]);
        let report = stage.poll_well().await;
        assert_eq!((report.seen, changed(&report)), (45, vec![ids[0].as_str()]), "the last page is read");
        assert_eq!(
            notes(&report),
            [(None, "the platform says that there are 48 drafts, and lists 45, twice the same")]
        );
        assert_eq!(delete(&stage, &ids[7]).await, [DraftState::Missing, DraftState::Gone]);
        assert_eq!(stage.states().values().filter(|state| **state == DraftState::Live).count(), 44);
    }
}

#[tokio::test]
async fn what_a_list_with_a_wrong_total_does_not_hold_is_missed_on_the_word_of_a_get_only() {
    let (stage, ids) = Stage::filled(5).await;
    {
        let mut world = stage.platform.world();
        world.behavior.total_ahead = 1;
        // The list hides a draft that is there.
        world.behavior.nameless = vec![(ids[1].clone(), json!(ids[2]))];
    }
    let report = stage.poll_well().await;
    assert_eq!((report.seen, report.missing, stage.all_live()), (5, 0, true));
}

#[tokio::test]
async fn an_entry_without_a_name_hides_nothing_and_is_told_once() {
    let (stage, ids) = Stage::filled(25).await;
    stage.platform.world().behavior.nameless = vec![(ids[20].clone(), Value::Null), (ids[3].clone(), json!(7))];
    for edited in [&ids[20], &ids[24], &ids[0]] {
        stage.edit(edited);
    }
    stage.forget_calls();
    let report = stage.poll_well().await;
    let mut new = changed(&report);
    new.sort_by_key(|media_id| ids.iter().position(|id| id == media_id));
    assert_eq!(new, [ids[0].as_str(), &ids[20], &ids[24]], "what is known and not listed is asked for by its name");
    assert_eq!((report.seen, stage.all_live(), stage.calls("draft/get")), (25, true, 2));
    let message = "the draft list has an entry without a usable media_id: that draft cannot be kept, the others are";
    assert_eq!(notes(&report), [(None, message)]);
    assert_eq!(delete(&stage, &ids[7]).await, [DraftState::Missing, DraftState::Gone]);
}

#[tokio::test]
async fn a_list_of_nothing_but_nameless_entries_is_a_failure() {
    let stage = Stage::empty().await;
    let ids = stage.create(2);
    stage.platform.world().behavior.nameless = ids.into_iter().map(|media_id| (media_id, Value::Null)).collect();
    let report = stage.poll().await;
    assert_eq!((report.seen, report.failures.len()), (0, 1));
    insta::assert_snapshot!(report.failures[0].message, @"draft/batchget: no entry of the draft list has a usable media_id: nothing can be kept");
}

#[tokio::test]
async fn a_draft_without_articles_fails_no_poll_and_costs_no_get() {
    let (mut stage, ids) = Stage::filled(5).await;
    let empty = stage.account(|account| account.create(Vec::new()));
    stage.forget_calls();
    let report = stage.poll_well().await;
    let message = "the platform shows this draft without articles: there is nothing to keep";
    assert_eq!(notes(&report), [(Some(empty.as_str()), message)]);
    assert_eq!((report.seen, report.new_versions, stage.calls("draft/get")), (6, 0, 0));
    assert_eq!(delete(&stage, &ids[2]).await, [DraftState::Missing, DraftState::Gone]);
    stage.watch(&[ids[0].clone(), empty.clone()]);
    stage.forget_calls();
    let report = stage.poll_well().await;
    assert_eq!((notes(&report), stage.calls("draft/get")), (vec![(Some(empty.as_str()), message)], 2));
    stage.account(|account| account.rearrange(&empty, |all| all.push(Article::news("满", "<p>满</p>"))).unwrap());
    assert_eq!(changed(&stage.poll_well().await), [empty.as_str()]);
}

#[tokio::test]
async fn a_draft_that_loses_its_articles_keeps_its_versions_and_stays() {
    let (stage, ids) = Stage::filled(2).await;
    stage.advance(60);
    stage.account(|account| account.rearrange(&ids[0], Vec::clear).unwrap());
    let report = stage.poll_well().await;
    assert_eq!((report.seen, report.new_versions, report.notes.len(), stage.all_live()), (2, 0, 1, true));
    assert_eq!(stage.documents(&ids[0]).len(), 1);
}
