//! Why drafts left their box, as far as the platform tells.

use chrono::TimeDelta;
use draftkeep::simulator::{Fault, FaultRule, Profile};

use super::*;
use DraftState::{Deleted, Gone, Missing, Published};

const LIST: &str = "freepublish/batchget";

const DAY: u64 = 86_400;

impl Stage {
    fn publish(&self, media_id: &str, notify: bool) {
        self.advance(100);
        self.account(|account| account.publish(media_id, notify).unwrap());
    }

    fn delete(&self, media_id: &str) {
        self.advance(100);
        self.account(|account| account.delete(media_id).unwrap());
    }

    /// Publishes messages of drafts that no poll ever saw.
    fn publish_others(&self, count: usize) {
        let article = |n| Article::news(&format!("快讯{n}"), "<p>正文</p>");
        self.account(|account| {
            for n in 0..count {
                let media_id = account.create(vec![article(n)]);
                account.publish(&media_id, false).unwrap();
            }
        });
    }

    fn set(&self, media_id: &str, field: &str, value: &str) {
        self.account(|account| account.edit(media_id, 0, |article| article.set(field, value)).unwrap());
    }

    /// Polls twice, so that what has vanished is confirmed.
    async fn poll_twice(&self) {
        for _ in 0..2 {
            self.advance(150);
            self.poll_well().await;
        }
    }

    fn closed(&self) -> String {
        self.shell("SELECT interface, since, until, code FROM closed")
    }
}

#[tokio::test]
async fn what_was_published_without_notification_is_found_in_the_list() {
    for turn in 0..2 {
        let (mut stage, ids) = Stage::filled(10).await;
        if turn == 1 {
            stage.watch(&ids);
        }
        stage.publish(&ids[4], false);
        stage.advance(100);
        stage.poll_well().await;
        assert_eq!((stage.state(&ids[4]), stage.calls(LIST)), (Missing, 0), "nothing to explain yet");
        stage.advance(100);
        let report = stage.poll_well().await;
        assert_eq!((report.missing, report.absences[0].state), (1, Published));
        assert_eq!((stage.state(&ids[4]), stage.calls(LIST)), (Published, 1));
        stage.advance(100);
        assert_eq!((stage.poll_well().await.missing, stage.calls(LIST)), (0, 1), "it is settled");
    }
}

#[tokio::test]
async fn what_was_mass_sent_or_deleted_is_gone_for_no_list_has_it() {
    let (stage, ids) = Stage::filled(11).await;
    stage.publish(&ids[0], true);
    stage.delete(&ids[1]);
    stage.poll_twice().await;
    assert_eq!([0, 1].map(|place| stage.state(&ids[place])), [Gone; 2]);
    assert_eq!(stage.calls(LIST), 1, "one look is for all of them");
}

#[tokio::test]
async fn a_draft_that_could_not_be_published_was_deleted() {
    let (stage, ids) = Stage::filled(10).await;
    stage.advance(60);
    stage.set(&ids[0], "thumb_url", "");
    stage.poll_well().await;
    stage.delete(&ids[0]);
    stage.poll_twice().await;
    assert_eq!(stage.state(&ids[0]), Deleted);
}

/// Once, a draft that somebody finished and published between two polls was called deleted, as the time of its message lay hours away.
#[tokio::test]
async fn a_wrong_clock_proves_no_deletion() {
    for hours in [-2, 2] {
        let (stage, ids) = Stage::filled(10).await;
        stage.advance(60);
        stage.set(&ids[0], "title", "");
        stage.clock.set(stage.clock.now() + TimeDelta::hours(hours));
        for place in 0..3 {
            stage.clock.advance(Duration::from_secs(150));
            // A poll of this stage ends with equal clocks.
            let right = stage.clock.now() - TimeDelta::hours(hours);
            stage.platform.world().set_now(right.timestamp());
            if place == 1 {
                stage.set(&ids[0], "title", "终稿");
                stage.account(|account| account.publish(&ids[0], false).unwrap());
            }
            stage.poll_well().await;
        }
        assert_eq!(stage.state(&ids[0]), Gone, "{hours} hours ahead");
    }
}

#[tokio::test]
async fn a_message_is_found_behind_a_page_of_later_ones() {
    let (stage, ids) = Stage::filled(10).await;
    stage.publish(&ids[0], false);
    stage.publish_others(25);
    stage.poll_twice().await;
    assert_eq!((stage.state(&ids[0]), stage.calls(LIST)), (Published, 2));
}

#[tokio::test]
async fn a_list_that_is_too_long_to_read_proves_no_deletion() {
    let (stage, ids) = Stage::filled(10).await;
    stage.set(&ids[0], "thumb_url", "");
    stage.poll_well().await;
    stage.delete(&ids[0]);
    stage.publish_others(101);
    stage.poll_twice().await;
    assert_eq!((stage.state(&ids[0]), stage.calls(LIST)), (Gone, 5));
}

#[tokio::test]
async fn of_two_drafts_of_one_title_the_right_one_was_published() {
    for published_first in [true, false] {
        let (stage, ids) = Stage::filled(10).await;
        for media_id in &ids[..2] {
            stage.set(media_id, "title", "每周一读");
            stage.set(media_id, "thumb_url", "https://mmbiz.qpic.cn/mmbiz_jpg/column/0");
        }
        stage.poll_well().await;
        // The second one vanishes before the first one is explained.
        for (place, media_id) in ids[..2].iter().enumerate() {
            if (place == 0) == published_first {
                stage.publish(media_id, false);
            } else {
                stage.delete(media_id);
            }
            stage.advance(200);
            stage.poll_well().await;
        }
        stage.poll_twice().await;
        let expected = if published_first { [Published, Gone] } else { [Gone, Published] };
        assert_eq!([0, 1].map(|place| stage.state(&ids[place])), expected);
    }
}

#[tokio::test]
async fn an_account_that_may_not_see_the_list_is_told_once_and_asked_once_a_day() {
    let (stage, ids) = Stage::filled(20).await;
    stage.account(|account| account.set_profile(Profile::Personal));
    for media_id in &ids[..2] {
        stage.publish(media_id, false);
        stage.poll_twice().await;
        assert_eq!((stage.state(media_id), stage.calls(LIST)), (Gone, 1));
    }
    let closed = "freepublish/batchget|2026-09-01T02:06:40.000Z|2026-09-02T02:06:40.000Z|48001";
    assert_eq!(stage.closed(), closed);
    let stats = &stage.reader().account_stats(stage.clock.now()).unwrap()[0];
    assert_eq!(stats.blocks[0].code, 48001);
    assert!(stats.blocks[0].message.starts_with("freepublish/batchget: the account may not use this endpoint"));

    stage.advance(DAY);
    assert!(stage.reader().account_stats(stage.clock.now()).unwrap()[0].blocks.is_empty(), "it is tried again");
    stage.poll_well().await;
    stage.publish(&ids[2], false);
    stage.poll_twice().await;
    assert_eq!((stage.state(&ids[2]), stage.calls(LIST)), (Gone, 2));
    assert_eq!(stage.closed(), "freepublish/batchget|2026-09-01T02:06:40.000Z|2026-09-03T02:20:00.000Z|48001");

    stage.advance(DAY);
    stage.poll_well().await;
    stage.account(|account| account.set_profile(Profile::Verified));
    stage.publish(&ids[3], false);
    stage.poll_twice().await;
    assert_eq!((stage.state(&ids[3]), stage.closed().as_str()), (Published, ""));
}

#[tokio::test]
async fn nothing_is_concluded_from_a_list_that_did_not_come() {
    let (stage, ids) = Stage::filled(10).await;
    stage.publish(&ids[0], false);
    stage.advance(100);
    stage.poll_well().await;
    stage.advance(100);
    stage.add_fault(FaultRule::next(5, LIST, Fault::Code(-1)));
    let report = stage.poll().await;
    assert_eq!((stage.state(&ids[0]), report.failures.len()), (Missing, 1), "{:?}", report.failures);
    stage.advance(100);
    stage.poll_well().await;
    assert_eq!(stage.state(&ids[0]), Published);
}

#[tokio::test]
async fn a_list_whose_limit_is_used_up_is_asked_for_when_it_is_free_again() {
    let (stage, ids) = Stage::filled(10).await;
    stage.account(|account| account.set_limit(LIST, 0));
    stage.publish(&ids[0], false);
    stage.advance(100);
    stage.poll_well().await;
    stage.advance(100);
    let report = stage.poll().await;
    assert_eq!((stage.state(&ids[0]), report.failures[0].code), (Missing, Some(45009)));
    stage.account(|account| account.set_limit(LIST, 100));
    stage.forget_calls();
    stage.poll_twice().await;
    assert_eq!(stage.state(&ids[0]), Missing);
    assert_eq!((stage.calls(LIST), stage.calls("draft/get")), (0, 0), "waiting costs nothing");
    // Midnight in Shanghai.
    stage.advance(14 * 3600);
    stage.poll_well().await;
    assert_eq!((stage.state(&ids[0]), stage.closed().as_str()), (Published, ""));
}

#[tokio::test]
async fn the_list_of_what_was_published_keeps_to_the_share() {
    let (mut stage, ids) = Stage::filled(10).await;
    stage.account.quota_share = QuotaShare::new(0.02).unwrap();
    for media_id in &ids[..3] {
        stage.publish(media_id, false);
        stage.advance(100);
        stage.poll_well().await;
        stage.advance(100);
        stage.poll_well().await;
    }
    assert_eq!(stage.calls(LIST), 2, "2 % of 100");
    assert_eq!([0, 1, 2].map(|place| stage.state(&ids[place])), [Published, Published, Missing]);
    stage.allowance = Allowance::All;
    stage.advance(100);
    stage.poll_well().await;
    assert_eq!((stage.calls(LIST), stage.state(&ids[2])), (3, Published));
}

#[tokio::test]
async fn a_cause_that_cannot_be_asked_for_within_a_day_is_not_known() {
    let (stage, ids) = Stage::filled(10).await;
    stage.account(|account| account.set_limit(LIST, 0));
    stage.publish(&ids[0], false);
    stage.advance(100);
    stage.poll_well().await;
    let mut refusals = 0;
    for hour in 1..=24 {
        assert_eq!(stage.state(&ids[0]), Missing, "after {hour} hours");
        stage.advance(3600);
        refusals += stage.poll().await.failures.len();
    }
    assert_eq!((stage.state(&ids[0]), refusals), (Gone, 2), "each day tells its refusal once");
}

#[tokio::test]
async fn a_box_that_is_emptied_at_once_explains_nothing() {
    let (stage, ids) = Stage::filled(10).await;
    ids[..3].iter().for_each(|media_id| stage.publish(media_id, false));
    for _ in 0..2 {
        stage.advance(100);
        assert_eq!(stage.poll().await.failures.len(), 1);
    }
    assert!(stage.all_live() && stage.calls(LIST) == 0);
}
