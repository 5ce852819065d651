//! `draft/add` is asked once: whatever is lost on the way, no second draft is made.

use std::process::Stdio;
use std::time::Duration;

use draftkeep::archive::{Begun, Filter, Reader, Writer};
use draftkeep::simulator::{Fault, Plan};
use insta::assert_snapshot;

use super::{MAG, Stage, autumn};

async fn stage() -> Stage {
    let stage = Stage::new().await;
    stage.draft(vec![autumn(&stage.picture(MAG))]);
    stage
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_is_lost_makes_no_second_draft() {
    for fault in [Fault::ResetAfterEffect, Fault::Truncate] {
        let stage = stage().await;
        stage.platform.world().fault(Plan::next(1, "draft/add", fault.clone()));
        let run = stage.restore(&["--apply"]);
        let made = stage.box_of(MAG).pop().unwrap().0;
        assert_eq!(run.code(), Some(0), "{fault:?}: {run}");
        assert!(run.to_string().contains(&format!("Made: {made} of mag; the answer was lost")), "{run}");
        assert_eq!(stage.box_of(MAG).len(), 2, "{fault:?}");
        assert_eq!(stage.restores(), [("mag".into(), 1, "mag".into(), Some(made), "done".into())]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_that_is_lost_is_not_repeated_before_it_was_searched_for() {
    let stage = stage().await;
    stage.platform.world().fault(Plan::next(1, "draft/add", Fault::HtmlPage(502)));
    let run = stage.restore(&["--apply"]);
    assert_snapshot!(stage.told(&run), @"
    Plan: mag/#1, version 1 of 1, 秋季新品预告, becomes a new draft of mag:
      Article 0, news: 秋季新品预告
        sends    title, author, digest, text (172 characters with its markup), link, cover, comments on
        undoes   the platform's spelling of 1 picture and 1 style
        loss     the crop of its cover, which the API does not tell
    ------- stderr -------
    Error: nobody knows whether a draft was made
    Caused by: draft/add: the platform gave no usable answer: HTTP 502 Bad Gateway. It is unknown whether it took effect: look into the draft box before repeating it
    Hint: It was not found in the draft box; it may still appear there.
    Hint: Type the same again in a few minutes: it is searched for before another one is made
    ------- exit 1 -------
    ");
    assert_eq!(stage.platform.world().traffic.calls("draft/add"), 1);
    assert_eq!(stage.box_of(MAG).len(), 1);
    assert_eq!(stage.restores()[0].4, "unknown");

    let again = stage.restore(&["--apply"]);
    assert_eq!(again.code(), Some(0), "{again}");
    assert_eq!(stage.box_of(MAG).len(), 2);
    let outcomes: Vec<_> = stage.restores().into_iter().map(|row| row.4).collect();
    assert_eq!(outcomes, ["failed", "done"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_draft_that_appears_late_is_found_by_the_next_restore() {
    let stage = stage().await;
    stage.platform.world().rules.visible_after = 300;
    stage.platform.world().fault(Plan::next(1, "draft/add", Fault::ResetAfterEffect));
    assert_eq!(stage.restore(&["--apply"]).code(), Some(1));
    stage.platform.world().advance(300);
    let mut poll = stage.world.command(&["poll", "--config", "config.toml"]);
    poll.env("DRAFTKEEP_CLOCK", "2026-09-01T02:05:00Z");
    assert_eq!(stage.world.finish(poll).code(), Some(0), "a poll has seen it meanwhile");
    let again = stage.restore(&["--apply"]);
    assert!(again.to_string().contains("; the restore that began at 2026-09-01 10:00 had made it"), "{again}");
    assert_eq!(stage.platform.world().traffic.calls("draft/add"), 1);
    assert_eq!(stage.restores()[0].4, "done");
}

/// Begins a restore as a process does that is killed right afterwards, `ago` seconds ago.
fn killed(stage: &Stage, ago: i64) {
    let path = stage.world.path("archive.db");
    let reader = Reader::open(&path).unwrap();
    let draft = reader.drafts(&Filter { id: Some(1), ..Filter::default() }).unwrap().remove(0);
    let version = reader.versions(draft.id).unwrap().remove(0);
    let mut writer = Writer::open(&path).unwrap();
    let now = chrono::DateTime::from_timestamp(1_788_228_000 - ago, 0).unwrap();
    let account = writer.account(&"mag".parse().unwrap(), MAG, now).unwrap();
    assert!(matches!(writer.begin_restore(&version, account, now).unwrap(), Begun::New(_)));
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_after_the_platform_was_asked_its_draft_is_found() {
    let stage = stage().await;
    killed(&stage, 0);
    let twin = stage.box_of(MAG).remove(0).1;
    let made = stage.platform.world().desk(MAG).create(twin);
    let run = stage.restore(&["--apply", "--json"]).json();
    assert_eq!(run["media_id"], made);
    assert_eq!(stage.platform.world().traffic.calls("draft/add"), 0);
    assert_eq!(stage.restores()[0].4, "done");
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_before_the_platform_was_asked_it_is_done_anew() {
    let stage = stage().await;
    killed(&stage, 240);
    assert_eq!(stage.restore(&["--apply"]).code(), Some(0));
    assert_eq!(stage.box_of(MAG).len(), 2);
    let outcomes: Vec<_> = stage.restores().into_iter().map(|row| row.4).collect();
    assert_eq!(outcomes, ["failed", "done"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn two_at_once_make_one_draft() {
    let stage = stage().await;
    killed(&stage, 239);
    assert_snapshot!(stage.restore(&["--apply", "--quiet"]), @"
    Plan: mag/#1, version 1 of 1, 秋季新品预告, becomes a new draft of mag:
      Article 0, news: 秋季新品预告
        sends    title, author, digest, text (172 characters with its markup), link, cover, comments on
        undoes   the platform's spelling of 1 picture and 1 style
        loss     the crop of its cover, which the API does not tell
    ------- stderr -------
    Error: the same restore began at 01:56:01 UTC and has not ended
    Hint: Wait for it; if it was killed, type the same again in four minutes: its draft is searched for first
    ------- exit 1 -------
    ");
    assert_eq!(stage.platform.world().traffic.calls("draft/add"), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn somebody_elses_draft_is_not_taken_for_ours() {
    let stage = stage().await;
    stage.platform.world().fault(Plan::next(1, "draft/add", Fault::HtmlPage(502)));
    let other = autumn(&stage.picture(MAG)).with("content", "<p>另一篇</p>");
    stage.platform.world().desk(MAG).create(vec![other]);
    assert_eq!(stage.restore(&["--apply"]).code(), Some(1));
    assert_eq!(stage.restores()[0].4, "unknown");
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_while_the_answer_is_on_its_way_makes_no_second_draft() {
    let stage = stage().await;
    let (asked, wait) = std::sync::mpsc::channel();
    stage.platform.world().fault(Plan::next(1, "draft/add", Fault::TimeoutAfterEffect));
    stage.platform.world().meanwhile("draft/add", move |_| asked.send(()).unwrap());
    let args = ["restore", "#1", "--as-new", "--apply", "--config", "config.toml"];
    let mut process = stage.world.command(&args).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    wait.recv_timeout(Duration::from_secs(20)).unwrap();
    process.kill().unwrap();
    process.wait().unwrap();
    assert_eq!(stage.restores()[0].4, "begun");
    assert_eq!(stage.restore(&["--apply"]).code(), Some(0));
    assert_eq!((stage.box_of(MAG).len(), stage.restores().len()), (2, 1));
    assert_eq!(stage.restores()[0].4, "done");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_draft_that_the_archive_could_not_write_down_is_told_and_found_again() {
    let stage = stage().await;
    let database = rusqlite::Connection::open(stage.world.path("archive.db")).unwrap();
    let full = "CREATE TRIGGER full BEFORE UPDATE ON restore BEGIN SELECT raise(ABORT, 'full'); END";
    database.execute_batch(full).unwrap();
    let run = stage.restore(&["--apply", "--quiet"]);
    let made = stage.box_of(MAG).pop().unwrap().0;
    assert_snapshot!(stage.told(&run).replace(&made, "MADE"), @"
    Plan: mag/#1, version 1 of 1, 秋季新品预告, becomes a new draft of mag:
      Article 0, news: 秋季新品预告
        sends    title, author, digest, text (172 characters with its markup), link, cover, comments on
        undoes   the platform's spelling of 1 picture and 1 style
        loss     the crop of its cover, which the API does not tell
    ------- stderr -------
    Error: the draft MADE was made, but the archive could not write that down
    Caused by: the archive cannot be used: full
    Hint: Do not restore it again: it is in the draft box, and the next poll keeps it
    ------- exit 3 -------
    ");
    database.execute_batch("DROP TRIGGER full").unwrap();
    assert_eq!(stage.restore(&["--apply", "--json"]).json()["media_id"], made);
    assert_eq!(stage.platform.world().traffic.calls("draft/add"), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_archive_that_cannot_be_written_is_told_before_the_platform_is_asked() {
    let stage = stage().await;
    let database = rusqlite::Connection::open(stage.world.path("archive.db")).unwrap();
    let full = "CREATE TRIGGER full BEFORE INSERT ON restore BEGIN SELECT raise(ABORT, 'full'); END";
    database.execute_batch(full).unwrap();
    assert_eq!(stage.restore(&["--apply"]).code(), Some(1));
    assert_eq!(stage.platform.world().traffic.calls("draft/add"), 0);
}
