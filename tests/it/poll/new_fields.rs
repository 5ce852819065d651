//! Unknown fields: some stay the same, some change without a save, and some are edited by people.

use super::watch::Watching;
use super::*;
use crate::scripted::{Reply, Scripted};

/// Draft D1 with an unknown field, or without it, saved so many seconds after it was made.
fn draft(field: Option<u32>, saved: u32) -> Reply {
    let field = field.map(|value| format!(r#","new_field":{value}"#)).unwrap_or_default();
    let time = 1_787_000_000 + saved;
    Reply::ok(format!(r#"{{"news_item":[{{"title":"一","content":"<p></p>"{field}}}],"update_time":{time}}}"#))
}

struct Watched {
    stage: Stage,
    server: Scripted,
}

impl Watched {
    async fn new() -> Self {
        let server = Scripted::start().await;
        server.on("stable_token", [Reply::token("T1")]);
        let mut stage = Stage::empty().await;
        stage.account.api_base.clone_from(&server.base);
        stage.client = Client::new(&stage.account, stage.clock.clone()).unwrap();
        stage.watch(&["D1".to_owned()]);
        Self { stage, server }
    }

    /// Polls while the platform answers so, and returns how many versions there are and how often the draft was read.
    async fn poll(&self, answers: impl IntoIterator<Item = Reply>) -> (u64, usize) {
        let before = self.server.requests("draft/get").len();
        self.server.on("draft/get", answers);
        self.stage.advance(300);
        self.stage.poll_well().await;
        (self.stage.versions(), self.server.requests("draft/get").len() - before)
    }

    fn volatile(&self) -> String {
        self.stage.shell("SELECT field FROM volatile")
    }
}

#[tokio::test]
async fn a_field_that_is_newly_sent_and_stays_is_a_version_and_so_is_a_change_of_it() {
    let watched = Watched::new().await;
    assert_eq!(watched.poll([draft(None, 0)]).await, (1, 1));
    assert_eq!(watched.poll([draft(Some(1), 0)]).await, (2, 2), "it is read again before it is stored");
    assert_eq!(watched.poll([draft(Some(1), 0)]).await, (2, 1));
    assert_eq!(watched.poll([draft(Some(2), 60)]).await, (3, 1), "somebody has changed it");
    assert_eq!(watched.poll([draft(None, 120)]).await, (4, 1));
    assert_eq!(watched.volatile(), "");
}

#[tokio::test]
async fn a_field_that_is_another_one_at_each_read_makes_no_version() {
    let watched = Watched::new().await;
    assert_eq!(watched.poll([draft(Some(1), 0)]).await, (1, 1));
    assert_eq!(watched.poll([draft(Some(2), 0), draft(Some(3), 0)]).await, (1, 2));
    assert_eq!(watched.volatile(), "new_field");
    assert_eq!(watched.poll([draft(Some(4), 0)]).await, (1, 1));
    assert_eq!(watched.poll([draft(Some(5), 60)]).await, (2, 1), "what differs after a save is always a version");
    assert_eq!(watched.poll([draft(Some(6), 60)]).await, (2, 1));
}

#[tokio::test]
async fn a_field_that_appears_and_goes_on_changing_makes_no_version() {
    let watched = Watched::new().await;
    assert_eq!(watched.poll([draft(None, 0)]).await, (1, 1));
    assert_eq!(watched.poll([draft(Some(1), 0), draft(Some(2), 0), draft(Some(3), 0)]).await, (1, 3));
    assert_eq!(watched.volatile(), "new_field");
}

#[tokio::test]
async fn a_field_that_comes_and_goes_makes_no_version() {
    let watched = Watched::new().await;
    assert_eq!(watched.poll([draft(Some(1), 0)]).await, (1, 1));
    assert_eq!(watched.poll([draft(None, 0), draft(Some(1), 0)]).await, (1, 2));
    assert_eq!(watched.volatile(), "new_field");
}

#[tokio::test]
async fn a_field_that_changes_now_and_then_makes_one_version_before_it_is_volatile() {
    let watched = Watched::new().await;
    assert_eq!(watched.poll([draft(Some(1), 0)]).await, (1, 1));
    assert_eq!(watched.poll([draft(Some(2), 0)]).await, (2, 2), "one change proves nothing");
    assert_eq!(watched.volatile(), "");
    assert_eq!(watched.poll([draft(Some(3), 0)]).await, (2, 1));
    assert_eq!(watched.volatile(), "new_field");
}

#[tokio::test]
async fn what_is_saved_while_it_is_read_again_is_kept() {
    let watched = Watched::new().await;
    assert_eq!(watched.poll([draft(Some(1), 0)]).await, (1, 1));
    assert_eq!(watched.poll([draft(Some(2), 0), draft(Some(2), 60)]).await, (2, 2));
    assert_eq!(watched.stage.shell("SELECT max(update_time) FROM version"), "1787000060");
}

#[tokio::test]
async fn where_a_draft_cannot_be_read_again_it_is_stored() {
    let watched = Watched::new().await;
    assert_eq!(watched.poll([draft(Some(1), 0)]).await, (1, 1));
    let refused = Reply::errcode(40007, "invalid media_id");
    assert_eq!(watched.poll([draft(Some(2), 0), refused]).await, (2, 2));
}

#[tokio::test]
async fn the_operator_may_know_better() {
    let mut watched = Watched::new().await;
    assert_eq!(watched.poll([draft(Some(1), 0)]).await, (1, 1));
    assert_eq!(watched.poll([draft(Some(2), 0), draft(Some(3), 0)]).await, (1, 2));
    watched.stage.account.fields.watched.insert("new_field".to_owned());
    assert_eq!(watched.poll([draft(Some(4), 0)]).await, (2, 1), "it is stored at once");
    assert_eq!(watched.poll([draft(Some(5), 0)]).await, (3, 1));
    assert_eq!((watched.volatile().as_str(), watched.stage.shell("SELECT count(*) FROM flip").as_str()), ("", "0"));
    watched.stage.account.fields = Default::default();
    watched.stage.account.fields.ignored.insert("new_field".to_owned());
    assert_eq!(watched.poll([draft(Some(6), 0)]).await, (3, 1));
    assert_eq!(watched.poll([draft(Some(7), 60)]).await, (3, 1), "nor after a save");
}

#[tokio::test]
async fn a_field_that_is_to_be_watched_again_is_told_no_longer_than_the_poll_at_hand() {
    let watched = Watched::new().await;
    assert_eq!(watched.poll([draft(Some(1), 0)]).await, (1, 1));
    assert_eq!(watched.poll([draft(Some(2), 0), draft(Some(3), 0)]).await, (1, 2));
    assert_eq!(watched.volatile(), "new_field");
    let Watched { stage, server } = watched;
    // So that drafts are read one by one, often.
    let limit = r#"{"errcode":0,"quota":{"daily_limit":20000,"used":0,"remain":20000}}"#;
    server.on("openapi/quota/get", [Reply::ok(limit)]);
    for endpoint in ["draft/batchget", "draft/count"] {
        server.on(endpoint, [Reply::errcode(48001, "api unauthorized")]);
    }
    let mut watching = Watching::of(stage);
    watching.run(1800).await;
    let (polls, reads) = (watching.reports.len(), server.requests("draft/get").len());
    while server.requests("draft/get").len() == reads {
        watching.run(10).await;
    }
    assert_eq!(watching.reports.len(), polls, "in the middle of a poll");
    watching.stage.account.fields.watched.insert("new_field".to_owned());
    while watching.reports.len() == polls {
        watching.run(60).await;
    }
    assert_eq!(watching.stage.shell("SELECT field FROM volatile"), "");
}
