//! `draft/add` is called once: whatever answer is lost, no second draft is made.

use std::collections::BTreeSet;
use std::io::Read;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use draftkeep::archive::{BeginRestore, Filter, Reader, RestoreAction, Writer};
use draftkeep::simulator::{Fault, FaultRule};
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
        stage.platform.world().add_fault(FaultRule::next(1, "draft/add", fault.clone()));
        let run = stage.restore(&["--apply"]);
        let made = stage.box_of(MAG).pop().unwrap().0;
        assert_eq!(run.code(), Some(0), "{fault:?}: {run}");
        assert!(run.to_string().contains(&format!("Made: mag/2, {made}; the answer was lost")), "{run}");
        assert_eq!(stage.box_of(MAG).len(), 2, "{fault:?}");
        assert_eq!(stage.restores(), [("mag".into(), 1, "mag".into(), Some(made), "done".into())]);
    }
}

/// Once, the search took the draft of an earlier restore, which could not be read back and so was not in the archive.
#[tokio::test(flavor = "multi_thread")]
async fn a_draft_that_an_earlier_restore_made_is_not_taken_for_the_one_of_a_lost_answer() {
    let stage = stage().await;
    stage.platform.world().add_fault(FaultRule::next(6, "draft/get", Fault::Code(40007)));
    let first = stage.restore(&["--apply"]);
    assert!(first.to_string().contains("could not be read back"), "{first}");
    stage.platform.world().add_fault(FaultRule::next(1, "draft/add", Fault::ResetAfterEffect));
    let second = stage.restore(&["--apply", "--again"]);
    assert_eq!(second.code(), Some(0), "{second}");
    let made: BTreeSet<String> = stage.restores().into_iter().filter_map(|(_, _, _, made, _)| made).collect();
    let in_box: BTreeSet<String> = stage.box_of(MAG).into_iter().map(|(media_id, _)| media_id).collect();
    assert_eq!((made.len(), in_box.len(), made.is_subset(&in_box)), (2, 3, true), "{made:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_that_is_lost_is_repeated_only_when_its_draft_had_time_to_appear() {
    let stage = stage().await;
    stage.platform.world().add_fault(FaultRule::next(1, "draft/add", Fault::HtmlPage(502)));
    let run = stage.restore(&["--apply"]);
    assert_snapshot!(stage.told(&run), @"
    Plan: mag/1, version 1 of 1, 秋季新品预告, becomes a new draft of mag:
      Needs 2 pictures, 2 of them held
      Article 1, news: 秋季新品预告
        sends    title, author, digest, text (172 characters with its markup), link, cover, comments on
        undoes   the platform's spelling of 1 picture and 1 style
    ------- stderr -------
    Error: nobody knows whether a draft was made
    Caused by: draft/add: the platform gave no usable response: HTTP 502 Bad Gateway. It is unknown whether it took effect: look into the draft box before repeating it
    Hint: It was not found in the draft box; it may still appear there.
    Hint: Type the same again in five minutes: it is searched for before another one is made
    ------- exit 1 -------
    ");
    assert_eq!(stage.outcomes(), ["unknown"]);
    assert_snapshot!(stage.restore_at("2026-09-01T02:05:59Z", &["--apply"]).stderr(), @"
    Warning: restore 1 of 1@1 as a new draft of mag, begun at 2026-09-01 10:00 +08:00 is not complete; to complete it: draftkeep --config $TMP/config.toml restore --resume mag/1; to take it back: draftkeep --config $TMP/config.toml restore --undo mag/1
    Error: the restore that began at 2026-09-01 10:00 +08:00 may have made this draft already
    Hint: It is not in the draft box, but it may still appear there.
    Hint: Type the same again after 2026-09-01 10:06 +08:00: only then another one is made
    ");
    assert_eq!(stage.platform.world().request_log.calls("draft/add"), 1);
    assert_eq!(stage.box_of(MAG).len(), 1);

    assert_eq!(stage.restore_at("2026-09-01T02:06:00Z", &["--apply"]).code(), Some(0));
    assert_eq!(stage.box_of(MAG).len(), 2);
    assert_eq!(stage.outcomes(), ["failed", "done"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_box_whose_total_is_wrong_is_searched_all_the_same() {
    let stage = stage().await;
    stage.platform.world().behavior.total_ahead = 2;
    stage.platform.world().add_fault(FaultRule::next(1, "draft/add", Fault::HtmlPage(502)));
    let run = stage.restore(&["--apply"]);
    assert!(run.stderr().contains("It was not found in the draft box"), "{run}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_draft_that_appears_late_is_found_by_the_next_restore() {
    let stage = stage().await;
    stage.platform.world().behavior.visible_after = 300;
    stage.platform.world().add_fault(FaultRule::next(1, "draft/add", Fault::ResetAfterEffect));
    assert_eq!(stage.restore(&["--apply"]).code(), Some(1));
    stage.platform.world().advance(300);
    let mut poll = stage.world.command(&["poll", "--config", "config.toml"]);
    poll.env("DRAFTKEEP_CLOCK", "2026-09-01T02:05:00Z");
    assert_eq!(stage.world.finish(poll).code(), Some(0), "a poll has seen it meanwhile");
    let again = stage.restore(&["--apply"]);
    assert!(again.to_string().contains("; the restore that began at 2026-09-01 10:00 +08:00 had made it"), "{again}");
    assert_eq!(stage.platform.world().request_log.calls("draft/add"), 1);
    assert_eq!(stage.restores()[0].4, "done");
}

/// Once, it was ruled out as made too early, and the same restore made a second one.
#[tokio::test(flavor = "multi_thread")]
async fn by_a_clock_that_is_far_ahead_its_draft_is_found() {
    let stage = stage().await;
    stage.platform.world().add_fault(FaultRule::next(1, "draft/add", Fault::ResetAfterEffect));
    let run = stage.restore_at("2026-09-01T02:30:00Z", &["--apply"]);
    assert_eq!(run.code(), Some(0), "{run}");
    assert_eq!(stage.platform.world().request_log.calls("draft/add"), 1);
    assert_eq!(stage.restores()[0].4, "done");
}

/// Adds other drafts to the box.
fn add_others(stage: &Stage, count: usize) {
    for n in 0..count {
        let other = autumn(&("cover".to_owned(), String::new())).with("content", format!("<p>第{n}篇</p>"));
        stage.platform.world().account(MAG).create(vec![other]);
    }
}

/// Begins a restore `ago` seconds ago, as by a process that was killed right afterwards.
fn killed(stage: &Stage, ago: i64) {
    let path = stage.world.path("archive.db");
    let reader = Reader::open(&path).unwrap();
    let draft = reader.drafts(&Filter { id: Some(1), ..Filter::default() }).unwrap().remove(0);
    let version = reader.versions(draft.id).unwrap().remove(0);
    let mut writer = Writer::open(&path).unwrap();
    let now = chrono::DateTime::from_timestamp(1_788_228_000 - ago, 0).unwrap();
    let account = writer.get_or_create_account(&"mag".parse().unwrap(), MAG, now).unwrap();
    let BeginRestore::Started(id) = writer.begin_restore(&version, account, "{}", now).unwrap() else {
        panic!("it is new")
    };
    writer.begin_step(id, RestoreAction::Add, now).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_after_the_platform_was_asked_its_draft_is_found() {
    let stage = stage().await;
    killed(&stage, 0);
    let twin = stage.box_of(MAG).remove(0).1;
    let made = stage.platform.world().account(MAG).create(twin);
    let run = stage.restore(&["--apply", "--json"]).json();
    assert_eq!(run["media_id"], made);
    assert_eq!(stage.platform.world().request_log.calls("draft/add"), 0);
    assert_eq!(stage.restores()[0].4, "done");
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_before_the_platform_was_asked_it_is_done_anew_later() {
    let stage = stage().await;
    killed(&stage, 299);
    assert_eq!(stage.restore(&["--apply"]).code(), Some(1), "it might still appear");
    assert_eq!(stage.restore_at("2026-09-01T02:00:01Z", &["--apply"]).code(), Some(0));
    assert_eq!(stage.box_of(MAG).len(), 2);
    assert_eq!(stage.outcomes(), ["failed", "done"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clock_that_was_put_back_holds_no_restore_up() {
    let stage = stage().await;
    killed(&stage, -86_400);
    assert_eq!(stage.restore(&["--apply"]).code(), Some(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn its_draft_is_found_among_any_number_of_others() {
    let stage = stage().await;
    killed(&stage, 600);
    let mine = stage.box_of(MAG).remove(0).1;
    let made = stage.platform.world().account(MAG).create(mine);
    add_others(&stage, 45);
    assert_eq!(stage.restore(&["--apply", "--json"]).json()["media_id"], made);
    assert_eq!(stage.platform.world().request_log.calls("draft/add"), 0);
    assert_eq!(
        stage.platform.world().request_log.calls("draft/get"),
        1,
        "the list says it all; one call reads it back"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn its_draft_is_found_in_the_archive_though_it_was_edited_since() {
    let stage = stage().await;
    killed(&stage, 600);
    let mine = stage.box_of(MAG).remove(0).1;
    let made = stage.platform.world().account(MAG).create(mine);
    stage.poll();
    stage.edit(&made, |article| article.set("title", "改过的标题"));
    let run = stage.restore(&["--apply", "--json"]);
    assert_eq!(run.code(), Some(3), "it is not what was restored any more: {run}");
    assert_eq!(serde_json::from_slice::<serde_json::Value>(run.stdout()).unwrap()["media_id"], made);
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_concluded_from_a_box_that_changes_while_it_is_listed() {
    let stage = stage().await;
    // Saved long before, so that none of them can be the restored draft.
    stage.platform.world().advance(-7200);
    add_others(&stage, 30);
    stage.platform.world().advance(7200);
    killed(&stage, 600);
    for _ in 0..3 {
        // Between two pages of a listing somebody deletes the draft made last, and the rest moves up.
        stage.platform.world().after_next_call("draft/batchget", |world| {
            let last = world.account(MAG).drafts().last().unwrap().media_id.clone();
            world.account(MAG).delete(&last).unwrap();
        });
        stage.platform.world().after_next_call("draft/batchget", |_| {});
    }
    let run = stage.restore(&["--apply", "--quiet"]);
    assert!(run.stderr().contains("the draft box kept changing while it was listed"), "{run}");
    assert_eq!((run.code(), stage.platform.world().request_log.calls("draft/add")), (Some(1), 0));
    assert_eq!(stage.outcomes(), ["begun"]);
    assert_eq!(stage.counted("draft/batchget"), stage.platform.world().request_log.calls("draft/batchget"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_search_that_is_refused_says_so() {
    let stage = stage().await;
    killed(&stage, 600);
    stage.platform.world().add_fault(FaultRule::next(1, "draft/batchget", Fault::Code(48001)));
    let run = stage.restore(&["--apply", "--quiet"]);
    assert_eq!(run.code(), Some(6), "{run}");
    assert!(
        run.stderr().contains("the draft box cannot be searched for what an earlier restore may have made"),
        "{run}"
    );

    stage.platform.world().add_fault(FaultRule::next(1, "draft/add", Fault::HtmlPage(502)));
    stage.platform.world().add_fault(FaultRule::next(6, "draft/batchget", Fault::Code(48001)).after(1));
    let run = stage.restore(&["--apply", "--quiet"]);
    assert_eq!(run.code(), Some(6), "{run}");
    assert!(run.stderr().contains("Hint: The draft box could not be searched for it."), "{run}");
    assert_eq!(stage.counted("draft/batchget"), stage.platform.world().request_log.calls("draft/batchget"));
    assert_eq!(stage.counted("draft/add"), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_at_once_the_second_waits() {
    let stage = stage().await;
    let first = held(&stage);
    assert_snapshot!(stage.restore(&["--apply"]).stderr(), @"
    Warning: restore 1 of 1@1 as a new draft of mag, begun at 2026-09-01 10:00 +08:00 is not complete; to complete it: draftkeep --config $TMP/config.toml restore --resume mag/1; to take it back: draftkeep --config $TMP/config.toml restore --undo mag/1
    Error: another restore is at work on the archive ./archive.db
    Hint: Wait until it has ended, and look at what it made.
    ");
    drop(first);
    assert_eq!(stage.platform.world().request_log.calls("draft/add"), 1);
    assert_eq!(stage.restore(&["--apply"]).code(), Some(0));
    assert_eq!((stage.box_of(MAG).len(), stage.outcomes()), (2, vec!["done".to_owned()]));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_interrupted_restore_says_what_to_do() {
    let stage = stage().await;
    let mut first = held(&stage);
    let pid = first.0.id().to_string();
    assert!(Command::new("kill").args(["-INT", &pid]).status().unwrap().success());
    let mut told = String::new();
    first.0.stderr.take().unwrap().read_to_string(&mut told).unwrap();
    assert_eq!(first.0.wait().unwrap().code(), Some(1));
    assert_snapshot!(told, @"
    Error: interrupted: something may have been written
    Hint: It is written down how far it came. Type the same again: nothing is written twice
    ");
}

#[tokio::test(flavor = "multi_thread")]
async fn somebody_elses_draft_is_not_taken_for_ours() {
    let stage = stage().await;
    stage.platform.world().add_fault(FaultRule::next(1, "draft/add", Fault::HtmlPage(502)));
    let other = autumn(&stage.picture(MAG)).with("content", "<p>另一篇</p>");
    stage.platform.world().account(MAG).create(vec![other]);
    assert_eq!(stage.restore(&["--apply"]).code(), Some(1));
    assert_eq!(stage.restores()[0].4, "unknown");
}

/// A process; it does not outlive its test.
struct Process(Child);

impl Drop for Process {
    fn drop(&mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }
}

/// Starts a restore, and returns when the platform has made its draft and will never answer.
fn held(stage: &Stage) -> Process {
    let (asked, wait) = std::sync::mpsc::channel();
    stage.platform.world().add_fault(FaultRule::next(1, "draft/add", Fault::TimeoutAfterEffect));
    stage.platform.world().after_next_call("draft/add", move |_| asked.send(()).unwrap());
    let args = ["restore", "#1", "--as-new", "--apply", "--config", "config.toml"];
    let process = stage.world.command(&args).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    wait.recv_timeout(Duration::from_secs(20)).unwrap();
    Process(process)
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_while_the_answer_is_on_its_way_makes_no_second_draft() {
    let stage = stage().await;
    drop(held(&stage));
    assert_eq!(stage.outcomes(), ["begun"]);
    assert_eq!(stage.restore(&["--apply"]).code(), Some(0));
    assert_eq!((stage.box_of(MAG).len(), stage.outcomes()), (2, vec!["done".to_owned()]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_draft_that_the_archive_could_not_write_down_is_told_and_found_again() {
    let stage = stage().await;
    let database = crate::harness::database(stage.world.path("archive.db"));
    let full = "CREATE TRIGGER full BEFORE UPDATE OF outcome ON restore BEGIN SELECT raise(ABORT, 'full'); END";
    database.execute_batch(full).unwrap();
    let run = stage.restore(&["--apply", "--quiet"]);
    let made = stage.box_of(MAG).pop().unwrap().0;
    assert_snapshot!(stage.told(&run).replace(&made, "MADE"), @"
    Plan: mag/1, version 1 of 1, 秋季新品预告, becomes a new draft of mag:
      Needs 2 pictures, 2 of them held
      Article 1, news: 秋季新品预告
        sends    title, author, digest, text (172 characters with its markup), link, cover, comments on
        undoes   the platform's spelling of 1 picture and 1 style
    ------- stderr -------
    Error: the draft MADE was made, but the archive could not write that down
    Caused by: the archive cannot be used: full
    Hint: Do not make another: it is in the draft box, and the same command finds it there
    ------- exit 3 -------
    ");
    database.execute_batch("DROP TRIGGER full").unwrap();
    assert_eq!(stage.restore(&["--apply", "--json"]).json()["media_id"], made);
    assert_eq!(stage.platform.world().request_log.calls("draft/add"), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_archive_that_cannot_be_written_is_told_before_the_platform_is_asked() {
    let stage = stage().await;
    let database = crate::harness::database(stage.world.path("archive.db"));
    let full = "CREATE TRIGGER full BEFORE INSERT ON restore BEGIN SELECT raise(ABORT, 'full'); END";
    database.execute_batch(full).unwrap();
    assert_eq!(stage.restore(&["--apply"]).code(), Some(1));
    assert_eq!(stage.platform.world().request_log.calls("draft/add"), 0);
}

/// Once, the whole box was listed with its content six times.
#[tokio::test(flavor = "multi_thread")]
async fn a_lost_request_is_searched_for_with_few_calls() {
    let stage = stage().await;
    add_others(&stage, 45);
    assert_eq!(stage.world.run(&["poll", "--config", "config.toml"]).code(), Some(0));
    stage.platform.world().request_log.clear();
    stage.platform.world().add_fault(FaultRule::next(1, "draft/add", Fault::HtmlPage(502)));
    let run = stage.restore(&["--apply"]);
    assert!(run.stderr().contains("It was not found in the draft box"), "{run}");
    let calls = |endpoint| stage.platform.world().request_log.calls(endpoint);
    assert_eq!((calls("draft/batchget"), calls("draft/get")), (5 + 3, 0), "five first pages, and the whole box once");
}
