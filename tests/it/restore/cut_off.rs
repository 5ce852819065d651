//! A restore killed at every step, before and after the platform has executed it: the next command completes the restore or
//! undoes it, and nothing is written twice.

use std::process::{Child, Command, Stdio};
use std::time::Duration;

use draftkeep::simulator::{Article, Fault, FaultRule};

use super::{MAG, Stage};

/// The calls to the platform, in the order of the journal.
fn steps(stage: &Stage) -> Vec<&'static str> {
    let database = crate::harness::database(stage.world.path("archive.db"));
    let mut query = database.prepare("SELECT step, about FROM restore_step WHERE restore = 1 ORDER BY number").unwrap();
    let endpoint = |row: &rusqlite::Row<'_>| {
        let (step, about): (String, String) = (row.get(0)?, row.get(1)?);
        Ok(match (&*step, about.split(' ').next()) {
            ("upload", Some("material")) => "material/add_material",
            ("upload", _) => "media/uploadimg",
            ("add", _) => "draft/add",
            ("update", _) => "draft/update",
            _ => "draft/delete",
        })
    };
    query.query_map((), endpoint).unwrap().map(Result::unwrap).collect()
}

/// A draft of two articles whose pictures the platform has lost, and which a colleague has spoilt.
async fn lost() -> (Stage, String) {
    let stage = Stage::new().await;
    let covers = ["a", "b"].map(|_| stage.picture(MAG));
    let pictures = ["c", "d"].map(|_| stage.picture(MAG).1);
    let article = |n: usize| {
        let body = format!("<p>第{n}篇</p><img data-src=\"{}\">", pictures[n]);
        let (cover, url) = (covers[n].0.as_str(), covers[n].1.as_str());
        Article::news(&format!("第{n}篇"), &body).with("thumb_media_id", cover).with("thumb_url", url)
    };
    let media_id = stage.draft(vec![article(0), article(1)]);
    stage.platform.world().behavior.deleted_covers_vanish = false;
    for (index, cover) in covers.iter().enumerate() {
        stage.platform.world().delete_picture(&cover.1);
        stage.platform.world().delete_picture(&pictures[index]);
        stage.platform.world().account(MAG).delete_material(&cover.0);
        stage
            .platform
            .world()
            .account(MAG)
            .edit(&media_id, index, |article| article.set("content", "<p>空</p>"))
            .unwrap();
    }
    stage.poll();
    (stage, media_id)
}

/// Starts a restore of `#1@1` that is killed at the call `nth` of an endpoint, once it has come to the platform.
fn kill_at(stage: &Stage, kind: &str, endpoint: &str, nth: u64, fault: Fault) {
    let mut child = start(stage, &["restore", "#1@1", kind, "--apply"], endpoint, nth, fault);
    child.kill().unwrap();
    child.wait().unwrap();
    stage.platform.world().clear_faults();
}

/// Starts a command; when this returns, it waits for an answer that never comes.
pub(super) fn start(stage: &Stage, args: &[&str], endpoint: &str, nth: u64, fault: Fault) -> Child {
    let before = stage.platform.world().request_log.calls(endpoint);
    stage.platform.world().add_fault(FaultRule::next(1, endpoint, fault).after(u32::try_from(nth).unwrap()));
    let mut command = stage.world.command(&[args, &["--config", "config.toml"]].concat());
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    while stage.platform.world().request_log.calls(endpoint) <= before + nth {
        assert!(child.try_wait().unwrap().is_none(), "it ended before {endpoint} was called {nth} times");
        std::thread::sleep(Duration::from_millis(5));
    }
    child
}

/// The same command six minutes later, when a draft that was made would have appeared.
pub(super) fn later(stage: &Stage, args: &[&str]) -> crate::harness::Run {
    let mut command = stage.world.command(&[args, &["--config", "config.toml"]].concat());
    command.env("DRAFTKEEP_CLOCK", "2026-09-01T02:06:00Z");
    stage.world.finish(command)
}

/// Calls of an endpoint that the platform has carried out.
fn done(stage: &Stage, endpoint: &str) -> usize {
    let mut world = stage.platform.world();
    match endpoint {
        "material/add_material" => {
            world.account(MAG).materials().iter().filter(|name| name.starts_with("draftkeep-")).count()
        }
        _ => usize::try_from(world.request_log.calls(endpoint)).unwrap(),
    }
}

/// Kills a restore at each of its steps, and passes the stage on with the expected result.
async fn at_each_step(kind: &str, check: impl Fn(&Stage, &str, &str)) {
    let (undisturbed, _) = lost().await;
    assert_eq!(undisturbed.run(&["restore", "#1@1", kind, "--apply"]).code(), Some(0));
    let steps = steps(&undisturbed);
    for (at, endpoint) in steps.iter().enumerate() {
        let nth = steps[..at].iter().filter(|step| *step == endpoint).count() as u64;
        for fault in [Fault::Timeout, Fault::TimeoutAfterEffect] {
            let (stage, media_id) = lost().await;
            let told = format!("{kind}, killed at {endpoint} {nth}, {fault:?}");
            kill_at(&stage, kind, endpoint, nth, fault);
            check(&stage, &media_id, &told);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_draft_that_was_cut_off_is_made_once() {
    at_each_step("--as-new", |stage, _, told| {
        let run = later(stage, &["restore", "--resume", "1", "--apply"]);
        assert_eq!(run.code(), Some(0), "{told}: {run}");
        assert_eq!(stage.box_of(MAG).len(), 2, "{told}");
        assert_eq!(done(stage, "material/add_material"), 2, "{told}: each cover is uploaded once");
        assert!(stage.outcomes().contains(&"done".to_owned()), "{told}: {:?}", stage.outcomes());
        assert!(stage.newest(MAG)[1].text("content").contains("第1篇"), "{told}");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_draft_that_was_cut_off_is_taken_back() {
    at_each_step("--as-new", |stage, _, told| {
        let run = later(stage, &["restore", "--undo", "1", "--apply", "--json"]);
        if run.code() == Some(0) {
            assert_eq!(run.json()["applied"], true, "{told}: {run}");
        } else {
            // The draft may have been made, so it is searched for first.
            assert_eq!(later(stage, &["restore", "--resume", "1", "--apply"]).code(), Some(0), "{told}: {run}");
            let made = stage.restores().iter().position(|row| row.4 == "done").unwrap() + 1;
            let undo = later(stage, &["restore", "--undo", &made.to_string(), "--apply"]);
            assert_eq!(undo.code(), Some(0), "{told}: {undo}");
        }
        assert_eq!(stage.box_of(MAG).len(), 1, "{told}: the old one alone is there");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restore_in_place_that_was_cut_off_is_completed() {
    at_each_step("--in-place", |stage, media_id, told| {
        let run = later(stage, &["restore", "--resume", "1", "--apply"]);
        assert_eq!(run.code(), Some(0), "{told}: {run}");
        assert_eq!(stage.outcomes(), ["done"], "{told}");
        assert_eq!(done(stage, "material/add_material"), 2, "{told}: each cover is uploaded once");
        for (index, article) in stage.platform.world().account(MAG).draft(media_id).unwrap().articles.iter().enumerate()
        {
            assert!(article.text("content").contains(&format!("第{index}篇")), "{told}: {article:?}");
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restore_in_place_that_was_cut_off_is_taken_back() {
    at_each_step("--in-place", |stage, media_id, told| {
        assert_eq!(later(stage, &["restore", "--undo", "1"]).code(), Some(0), "{told}");
        let run = later(stage, &["restore", "--undo", "1", "--apply"]);
        assert_eq!(run.code(), Some(0), "{told}: {run}");
        assert_eq!(stage.outcomes(), ["failed", "done"], "{told}");
        for article in &stage.platform.world().account(MAG).draft(media_id).unwrap().articles {
            assert_eq!(article.text("content"), "<p>空</p>", "{told}");
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_cut_off_is_told_by_the_next_command() {
    let (stage, _) = lost().await;
    kill_at(&stage, "--in-place", "draft/update", 1, Fault::Timeout);
    let run = stage.run(&["restore", "#1@1", "--as-new"]);
    assert!(run.stderr().contains("restore 1 of 1@1 in place"), "{run}");
    assert!(run.stderr().contains("draftkeep --config $TMP/config.toml restore --resume mag/1"), "{run}");
    let status = later(&stage, &["status", "mag"]);
    assert!(status.to_string().contains("restore --resume mag/1"), "{status}");
    let trouble = later(&stage, &["status", "mag", "--json"]).json()[0]["trouble"].to_string();
    let began = trouble.split("begun at ").nth(1).unwrap();
    assert!(began[..24].ends_with("Z"), "{trouble}");
}

/// Once, the calls of a command that Ctrl-C ended were not counted.
#[tokio::test(flavor = "multi_thread")]
async fn whatever_is_interrupted_has_made_its_calls() {
    for (args, endpoint, nth) in [
        (&["restore", "#1@1", "--as-new", "--apply"][..], "draft/add", 0),
        (&["restore", "#1@1", "--in-place", "--apply"], "draft/update", 1),
        (&["restore", "#1@1", "--in-place"], "draft/get", 0),
        (&["config", "check", "--online"], "draft/count", 0),
        (&["poll"], "draft/batchget", 0),
    ] {
        let (stage, _) = lost().await;
        let mut child = start(&stage, args, endpoint, nth, Fault::Timeout);
        assert!(Command::new("kill").args(["-s", "INT", &child.id().to_string()]).status().unwrap().success());
        assert!(child.wait().unwrap().code().is_some(), "{args:?}: it ends by itself");
        let mut made = stage.platform.world().request_log.all_calls().clone();
        // The picture hosts are no endpoint.
        made.remove("picture");
        let counted = "SELECT sum(calls) FROM call WHERE replace(interface, '/force', '') = ?1";
        let database = crate::harness::database(stage.world.path("archive.db"));
        for (endpoint, made) in made {
            let counted: u64 = database.query_row(counted, [&endpoint], |row| row.get(0)).unwrap();
            // A call of the other account may be in flight; it is counted because it may arrive.
            assert!((made..=made + 1).contains(&counted), "{args:?}: {endpoint}: {counted} of {made}");
        }
    }
}

#[test]
fn a_restore_that_is_not_there_is_told() {
    let world = crate::harness::World::new();
    world.configure(&[("mag", "http://127.0.0.1:9", "'all'")]);
    world.keep("mag", "Qm7xK2vTnS0b", "2026-09-01T02:00:00Z", r#"{"news_item":[{"title":"一"}]}"#.as_bytes());
    for flag in ["--undo", "--resume"] {
        assert_eq!(world.run(&["restore", flag, "7", "--config", "config.toml"]).code(), Some(4), "{flag}");
    }
}
