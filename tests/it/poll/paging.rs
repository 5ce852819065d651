//! A box of several pages, that people change while it is read.

use draftkeep::simulator::{Fault, FaultRule, Order, World};

use super::*;
use crate::scripted::{Reply, Scripted};

/// Runs code right after the first page.
fn after_the_first_page(stage: &Stage, act: impl FnOnce(&mut AccountHandle<'_>) + Send + 'static) {
    let appid = stage.platform.appid().to_owned();
    stage.platform.world().after_next_call("draft/batchget", move |world: &mut World| act(&mut world.account(&appid)));
}

fn news() -> Vec<Article> {
    vec![Article::news("新", "<p>新</p>")]
}

#[tokio::test]
async fn forty_five_drafts_are_three_pages() {
    let stage = Stage::empty().await;
    stage.create(45);
    let report = stage.poll_well().await;
    assert_eq!((report.seen, report.new_versions, report.calls), (45, 45, 4));
    assert_eq!(stage.calls("draft/batchget"), 3);
    assert_eq!(stage.poll_well().await.calls, 3, "the token serves on");
}

#[tokio::test]
async fn a_draft_removed_between_pages_hides_another_and_the_box_is_swept_again() {
    let (stage, ids) = Stage::filled(45).await;
    let (deleted, newest) = (ids[3].clone(), ids[44].clone());
    stage.account(|account| account.delete(&deleted).unwrap());
    stage.advance(60);
    stage.poll_well().await;
    assert_eq!(stage.state(&deleted), DraftState::Missing);
    stage.advance(60);
    after_the_first_page(&stage, move |account| account.delete(&newest).unwrap());
    stage.forget_calls();
    let report = stage.poll_well().await;
    // The first list skipped one, which was there all the time.
    assert_eq!((report.seen, report.missing, stage.calls("draft/batchget")), (44, 2, 6));
    assert_eq!([3, 44].map(|place| stage.state(&ids[place])), [DraftState::Gone, DraftState::Missing]);
    assert_eq!(stage.states().values().filter(|state| **state == DraftState::Live).count(), 43);
}

#[tokio::test]
async fn a_box_that_changes_all_the_time_is_left_without_conclusions() {
    let (stage, ids) = Stage::filled(45).await;
    stage.account(|account| account.delete(&ids[0]).unwrap());
    stage.advance(60);
    stage.forget_calls();
    for _ in 0..9 {
        after_the_first_page(&stage, |account| drop(account.create(news())));
    }
    let report = stage.poll_well().await;
    assert_eq!(
        (report.missing, stage.calls("draft/batchget")),
        (0, 11),
        "three lists of three pages, and what was new"
    );
    assert!(stage.all_live());
}

#[tokio::test]
async fn a_draft_added_between_pages_is_read_and_what_is_missing_is_missed() {
    let (stage, ids) = Stage::filled(45).await;
    stage.account(|account| account.delete(&ids[0]).unwrap());
    stage.advance(60);
    after_the_first_page(&stage, |account| drop(account.create(news())));
    let report = stage.poll_well().await;
    assert_eq!((report.seen, report.new_versions, report.missing), (45, 1, 1));
}

#[tokio::test]
async fn one_added_and_one_removed_leave_the_total_alone_and_are_found() {
    let (stage, ids) = Stage::filled(45).await;
    let removed = ids[2].clone();
    after_the_first_page(&stage, move |account| {
        account.create(news());
        account.delete(&removed).unwrap();
    });
    let report = stage.poll_well().await;
    assert_eq!((report.seen, report.new_versions, report.missing), (45, 1, 1), "the totals agree, the drafts do not");
    assert_eq!(stage.state(&ids[2]), DraftState::Missing);
}

#[tokio::test]
async fn an_edit_that_moves_a_draft_to_the_front_hides_it_until_the_box_is_swept_again() {
    let (stage, ids) = Stage::filled(45).await;
    stage.platform.world().behavior.order = Order::Updated;
    let edited = ids[1].clone();
    after_the_first_page(&stage, move |account| {
        account.edit(&edited, 0, |article| article.set("author", "周也")).unwrap();
    });
    stage.advance(60);
    let report = stage.poll_well().await;
    assert_eq!((report.seen, report.new_versions, report.missing), (45, 1, 0));
    assert_eq!(changed(&report), [ids[1].as_str()]);
    assert!(stage.all_live());
}

#[tokio::test]
async fn a_page_too_large_for_an_answer_is_read_by_smaller_pages() {
    let (stage, ids) = Stage::filled(23).await;
    ids.iter().for_each(|media_id| stage.edit(media_id));
    stage.forget_calls();
    stage.add_fault(FaultRule::next(1, "draft/batchget", Fault::Oversize));
    let report = stage.poll_well().await;
    assert_eq!((report.seen, report.new_versions), (23, 23));
    assert_eq!((stage.calls("draft/batchget"), stage.calls("draft/get")), (6, 0), "two of ten, and one of three");
    assert_eq!(report.calls, 6);
}

/// A box of 45 drafts of which no page with more than so many can be answered.
async fn heavy(most: usize) -> Stage {
    let stage = Stage::empty().await;
    stage.create(45);
    stage.platform.world().behavior.most_with_content = Some(most);
    stage.advance(60);
    stage
}

#[tokio::test]
async fn a_heavy_box_is_read_once_and_then_only_what_has_changed() {
    for (most, first) in [(7, 14), (1, 51)] {
        let stage = heavy(most).await;
        let report = stage.poll_well().await;
        assert_eq!((report.seen, report.new_versions), (45, 45));
        assert_eq!((stage.calls("draft/batchget"), stage.calls("draft/get")), (first, 0), "{most}");
        for _ in 0..3 {
            stage.advance(300);
            stage.forget_calls();
            assert_eq!(stage.poll_well().await.seen, 45);
            assert_eq!((stage.calls("draft/batchget"), stage.calls("draft/get")), (4, 0), "nothing has changed");
        }
        let ids = stage.ids();
        stage.edit(&ids[7]);
        stage.advance(60);
        stage.forget_calls();
        assert_eq!(changed(&stage.poll_well().await), [ids[7].as_str()]);
        assert_eq!((stage.calls("draft/batchget"), stage.calls("draft/get")), (4, 1));
    }
}

#[tokio::test]
async fn where_gets_are_spent_a_heavy_box_is_read_by_pages_of_one() {
    let stage = heavy(1).await;
    stage.poll_well().await;
    stage.account(|account| account.set_limit("draft/get", 0));
    let ids = stage.ids();
    stage.edit(&ids[7]);
    stage.advance(60);
    assert_eq!(changed(&stage.poll().await), [ids[7].as_str()]);
}

#[tokio::test]
async fn a_draft_too_large_for_an_answer_hides_no_other() {
    let stage = Stage::empty().await;
    stage.create(4);
    stage.advance(60);
    stage.platform.world().behavior.most_with_content = Some(0);
    stage.account(|account| account.set_limit("draft/get", 3));
    let report = stage.poll().await;
    assert_eq!((report.seen, report.new_versions, report.refused), (4, 3, false), "each by its get, but for one");
    assert_eq!(report.failures.iter().filter(|failure| failure.media_id.is_some()).count(), 1, "{:?}", report.failures);
    stage.platform.world().behavior.most_with_content = None;
    assert_eq!(stage.poll().await.new_versions, 1);
}

#[tokio::test]
async fn where_the_list_is_spent_the_drafts_that_are_known_are_read_one_by_one() {
    let stage = Stage::empty().await;
    let ids = stage.create(45);
    stage.account(|account| account.set_limit("draft/batchget", 2));
    let report = stage.poll().await;
    assert_eq!((report.seen, report.new_versions, report.refused), (40, 40, false));
    assert_eq!(report.failures.iter().map(|failure| failure.code).collect::<Vec<_>>(), [Some(45009)]);
    stage.account(|account| account.delete(&ids[44]).unwrap());
    stage.edit(&ids[43]);
    stage.forget_calls();
    let report = stage.poll().await;
    assert_eq!((report.seen, report.new_versions, report.missing, report.refused), (39, 1, 1, false));
    assert_eq!((stage.calls("draft/batchget"), stage.calls("draft/get")), (0, 40), "no call is made to be refused");
    insta::assert_snapshot!(report.failures[0].message, @"draft/batchget: the limit of this endpoint is used up: not called: 3 of 2 calls of the day are used up (errcode 45009). It is free again at 00:00 Beijing time (UTC+8); other endpoints are not affected");
    stage.advance(14 * 3600);
    let report = stage.poll().await;
    assert_eq!((report.seen, report.new_versions), (40, 1), "a new day, and the same limit");
    stage.account(|account| account.set_limit("draft/batchget", 1000));
    stage.advance(3600);
    assert_eq!(
        stage.poll_well().await.new_versions,
        4,
        "after an hour the platform is asked whether it is still spent"
    );
}

#[tokio::test]
async fn where_gets_are_spent_a_list_of_drafts_is_read_from_the_pages_that_hold_it() {
    let (mut stage, ids) = Stage::filled(25).await;
    stage.watch(&ids[3..6]);
    stage.account(|account| account.set_limit("draft/get", 1));
    ids.iter().for_each(|media_id| stage.edit(media_id));
    stage.forget_calls();
    let report = stage.poll().await;
    assert_eq!((report.seen, report.new_versions), (3, 3), "the others are nobody's business");
    assert_eq!(report.failures.iter().map(|failure| failure.code).collect::<Vec<_>>(), [Some(45009)]);
    stage.forget_calls();
    let report = stage.poll().await;
    assert_eq!((report.seen, stage.calls("draft/get"), stage.calls("draft/batchget")), (3, 0, 2));
}

#[tokio::test]
async fn a_list_that_never_ends_is_left() {
    let server = Scripted::start().await;
    let page = r#"{"total_count":1000000000,"item_count":1,"item":[{"media_id":"D1","content":{"news_item":[{"title":"一"}]},"update_time":1}]}"#;
    server.on("stable_token", [Reply::token("T1")]).on("draft/batchget", [Reply::ok(page)]);
    let mut stage = Stage::empty().await;
    stage.account.api_base.clone_from(&server.base);
    stage.client = Client::new(&stage.account, stage.clock.clone()).unwrap();
    let report = stage.poll_well().await;
    assert_eq!((report.seen, report.new_versions, report.calls), (1, 1, 5), "the second list told the same");
}
