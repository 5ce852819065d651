//! What is concluded about absent drafts, and when.

use std::path::Path;

use draftkeep::model::rfc3339;
use draftkeep::simulator::{Fault, FaultRule};

use super::*;
use DraftState::{Deleted, Gone, Live, Missing, Published};

/// A draft that can leave the box and come back under its own id, as the simulator loads it from a file.
pub(super) struct ReturningDraft {
    folder: tempfile::TempDir,
    file: &'static str,
    appid: String,
    pub(super) media_id: String,
}

impl ReturningDraft {
    fn new(stage: &Stage) -> Self {
        Self::called("一", stage)
    }

    pub(super) fn called(title: &str, stage: &Stage) -> Self {
        Self::in_file("draft.json", title, stage)
    }

    /// The draft's id follows from the name of the file.
    pub(super) fn in_file(file: &'static str, title: &str, stage: &Stage) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let appid = stage.platform.appid().to_owned();
        let returning = Self { folder, file, appid, media_id: String::new() };
        returning.write(title);
        let before = stage.ids();
        returning.come_back(&mut stage.platform.world());
        let media_id = stage.ids().into_iter().find(|id| !before.contains(id)).unwrap();
        Self { media_id, ..returning }
    }

    fn write(&self, title: &str) {
        let cover = "https://mmbiz.qpic.cn/mmbiz_jpg/cover/0";
        let document =
            serde_json::json!({"news_item": [{"title": title, "content": "<p>正文</p>", "thumb_url": cover}]});
        std::fs::write(self.path().join(self.file), document.to_string()).unwrap();
    }

    pub(super) fn path(&self) -> &Path {
        self.folder.path()
    }

    pub(super) fn come_back(&self, world: &mut simulator::World) {
        world.account(&self.appid).load(self.path()).unwrap();
    }
}

pub(super) fn delete(stage: &Stage, ids: &[String]) {
    ids.iter().for_each(|media_id| stage.account(|account| account.delete(media_id).unwrap()));
}

#[tokio::test]
async fn a_draft_is_gone_after_two_absences_a_minute_apart() {
    for turn in 0..2 {
        let (mut stage, ids) = Stage::filled(10).await;
        if turn == 1 {
            stage.watch(&ids);
        }
        delete(&stage, &ids[..1]);
        for (after, state, confirmations) in [(300, Missing, 0), (59, Missing, 0), (1, Gone, 1)] {
            stage.advance(after);
            stage.forget_calls();
            let report = stage.poll_well().await;
            assert_eq!((report.seen, report.missing, stage.state(&ids[0])), (9, 1, state), "after {after} s");
            let expected = if turn == 0 { confirmations } else { 10 };
            assert_eq!(stage.calls("draft/get"), expected, "after {after} s");
        }
        stage.advance(300);
        let report = stage.poll_well().await;
        assert_eq!((report.missing, stage.state(&ids[0])), (0, Gone), "it is told once");
        assert_eq!(stage.documents(&ids[0]).len(), 1, "its version stays");
        assert_eq!(stage.states().values().filter(|state| **state == Live).count(), 9);
    }
}

#[tokio::test]
async fn a_draft_that_comes_back_is_live_with_its_history() {
    for (state, title) in [(Missing, "一"), (Gone, "一"), (Published, "一"), (Deleted, "")] {
        let (stage, _) = Stage::filled(10).await;
        let returning = ReturningDraft::called(title, &stage);
        stage.poll_well().await;
        if state == Published {
            stage.account(|account| account.publish(&returning.media_id, false).unwrap());
        } else {
            delete(&stage, std::slice::from_ref(&returning.media_id));
        }
        while stage.state(&returning.media_id) != state {
            stage.advance(60);
            stage.poll_well().await;
        }
        returning.come_back(&mut stage.platform.world());
        let report = stage.poll_well().await;
        assert_eq!((report.new_versions, stage.state(&returning.media_id)), (0, Live));
        delete(&stage, std::slice::from_ref(&returning.media_id));
        returning.write("二");
        returning.come_back(&mut stage.platform.world());
        assert_eq!(changed(&stage.poll_well().await), [returning.media_id.as_str()]);
        assert_eq!(stage.documents(&returning.media_id).len(), 2);
    }
}

#[tokio::test]
async fn a_list_without_a_draft_does_not_outweigh_draft_get() {
    let (stage, _) = Stage::filled(10).await;
    let returning = ReturningDraft::new(&stage);
    stage.poll_well().await;
    delete(&stage, std::slice::from_ref(&returning.media_id));
    stage.poll_well().await;
    stage.advance(60);
    let appid = returning.appid.clone();
    let folder = returning.path().to_owned();
    stage.platform.world().after_next_call("draft/batchget", move |world| {
        world.account(&appid).load(&folder).unwrap();
    });
    let report = stage.poll_well().await;
    assert_eq!((report.seen, report.missing, stage.state(&returning.media_id)), (11, 0, Live));
}

#[tokio::test]
async fn an_empty_list_says_nothing() {
    let stage = Stage::empty().await;
    let returning = ReturningDraft::new(&stage);
    stage.poll_well().await;
    delete(&stage, std::slice::from_ref(&returning.media_id));
    let (appid, folder) = (returning.appid.clone(), returning.path().to_owned());
    stage.platform.world().after_next_call("draft/batchget", move |world| {
        world.account(&appid).load(&folder).unwrap();
    });
    let report = stage.poll_well().await;
    assert_eq!((report.missing, stage.state(&returning.media_id)), (0, Live), "draft/get has the draft");

    delete(&stage, std::slice::from_ref(&returning.media_id));
    let report = stage.poll_well().await;
    assert_eq!((report.missing, stage.state(&returning.media_id)), (1, Missing), "draft/get has it no more");
}

#[tokio::test]
async fn a_fifth_at_once_is_believed() {
    for turn in 0..2 {
        let (mut stage, ids) = Stage::filled(15).await;
        if turn == 1 {
            stage.watch(&ids);
        }
        delete(&stage, &ids[..3]);
        for state in [Missing, Gone] {
            stage.advance(300);
            assert_eq!(stage.poll_well().await.missing, 3);
            assert_eq!([0, 1, 2].map(|place| stage.state(&ids[place])), [state; 3]);
        }
    }
}

#[tokio::test]
async fn a_configured_id_that_never_was_is_told_and_the_others_are_stored() {
    let mut stage = Stage::empty().await;
    let mut ids = stage.create(6);
    ids.insert(2, "Qm7xNobodyKnowsThisDraft".to_owned());
    stage.watch(&ids);
    for new_versions in [6, 0] {
        let report = stage.poll().await;
        assert_eq!((report.seen, report.new_versions, report.missing), (6, new_versions, 0));
        let [failure] = &report.failures[..] else { panic!("{:?}", report.failures) };
        assert_eq!(failure.media_id.as_ref().map(MediaId::as_str), Some("Qm7xNobodyKnowsThisDraft"));
        assert_eq!(failure.code, Some(40007));
    }
    assert_eq!(stage.states().len(), 6);
}

#[tokio::test]
async fn a_poll_by_a_clock_that_was_years_ahead_leaves_nothing_in_the_future() {
    let (mut stage, ids) = Stage::filled(3).await;
    let right = stage.clock.clone();
    stage.account(|account| account.delete(&ids[0]).unwrap());
    stage.clock = Clock::fixed(instant("2031-09-01T02:00:00Z"));
    stage.client = Client::new(&stage.account, stage.clock.clone()).unwrap();
    stage.poll_well().await;
    stage.clock = right;
    stage.client = Client::new(&stage.account, stage.clock.clone()).unwrap();
    let future = "SELECT count(*) FROM draft WHERE max(last_seen, coalesce(missing_since, '')) > '2027'";
    assert_eq!(stage.shell(future), "3");
    for state in [DraftState::Missing, DraftState::Gone] {
        stage.advance(120);
        stage.poll_well().await;
        assert_eq!((stage.shell(future).as_str(), stage.state(&ids[0])), ("0", state));
    }
}

/// Once, what a clock had seen that was a day ahead counted as just seen when the right clock had caught up, if no poll could read before.
#[tokio::test]
async fn a_sighting_by_a_clock_that_was_a_day_ahead_does_not_come_true_later() {
    let (mut stage, _) = Stage::filled(3).await;
    let right = stage.clock.clone();
    stage.clock = Clock::fixed(right.now() + chrono::TimeDelta::hours(23));
    stage.client = Client::new(&stage.account, stage.clock.clone()).unwrap();
    stage.poll_well().await;
    stage.clock = right;
    stage.client = Client::new(&stage.account, stage.clock.clone()).unwrap();
    let later = format!("SELECT count(*) FROM draft WHERE last_seen > '{}'", rfc3339(stage.clock.now()));
    assert_eq!(stage.shell(&later), "3");
    stage.add_fault(FaultRule::next(9, "*", Fault::Code(-1)));
    assert_eq!(stage.poll().await.failures.len(), 1);
    assert_eq!(stage.shell(&later), "0");
}
