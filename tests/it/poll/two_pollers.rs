//! Two processes poll one account: in whatever order answers arrive and are recorded, the content that was read last
//! is the newest version, and nothing is marked as read that was not recorded.

use std::sync::Arc;

use tokio::sync::Semaphore;

use super::*;
use crate::scripted::{Reply, Scripted};

/// An answer of `draft/get`: what the draft says, saved so many seconds later.
fn draft(text: &str, saved: u32) -> Reply {
    let news = format!(r#"[{{"title":"稿","content":"{text}"}}]"#);
    Reply::ok(format!(r#"{{"news_item":{news},"create_time":1787000000,"update_time":{}}}"#, 1_787_000_000 + saved))
}

/// A poll whose `slow` answer comes only when another poll, with its `quick` answer, has ended; later answers are `then`.
/// The draft had a first version, 甲. Returns what the newest version says, and whether it is all read.
async fn overlap(slow: Reply, quick: Reply, then: Reply) -> (String, String) {
    let server = Scripted::start().await;
    server.on("stable_token", [Reply::token("T1")]).on("draft/get", [draft("甲", 0)]);
    let mut stage = Stage::empty().await;
    stage.account.api_base.clone_from(&server.base);
    stage.watch(&["D1".to_owned()]);
    let client = || Client::new(&stage.account, stage.clock.clone()).unwrap();
    stage.poll_as(&stage.account, &client()).await;
    let gate = Arc::new(Semaphore::new(0));
    server.on("draft/get", [slow.held_by(&gate), quick, then]);
    let asked = server.requests("draft/get").len();
    let (slow_client, quick_client) = (client(), client());
    let slow_poll = stage.poll_as(&stage.account, &slow_client);
    let quick_poll = async {
        while server.requests("draft/get").len() == asked {
            tokio::task::yield_now().await;
        }
        stage.poll_as(&stage.account, &quick_client).await;
        gate.add_permits(1);
    };
    let (report, ()) = tokio::join!(slow_poll, quick_poll);
    assert!(report.failures.is_empty(), "{:?}", report.failures);
    let newest = "SELECT content FROM article_view ORDER BY version DESC LIMIT 1";
    // The version that was saved when the draft was read last.
    let read = "SELECT content FROM article_view JOIN version ON version.number = article_view.version
                JOIN draft_time USING (draft) WHERE version.update_time = draft_time.read_time
                ORDER BY version.number DESC LIMIT 1";
    (stage.shell(newest), stage.shell(read))
}

fn both(text: &str) -> (String, String) {
    (text.to_owned(), text.to_owned())
}

#[tokio::test]
async fn what_is_older_and_recorded_later_is_not_the_newest_version() {
    assert_eq!(overlap(draft("乙", 60), draft("丙", 120), draft("丙", 120)).await, both("丙"));
}

#[tokio::test]
async fn what_is_newer_and_overtaken_is_recorded_all_the_same() {
    assert_eq!(overlap(draft("丙", 120), draft("乙", 60), draft("丙", 120)).await, both("丙"));
}

#[tokio::test]
async fn what_somebody_put_back_is_the_newest_version_again() {
    assert_eq!(overlap(draft("甲", 120), draft("乙", 60), draft("甲", 120)).await, both("甲"));
}

#[tokio::test]
async fn what_both_read_is_one_version() {
    assert_eq!(overlap(draft("乙", 60), draft("乙", 60), draft("乙", 60)).await, both("乙"));
}
