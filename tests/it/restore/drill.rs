//! Drills: a version comes back as a new draft of another account, and nothing of it stays, whatever happens in between.

use draftkeep::simulator::{Fault, FaultRule};

use super::cut_off::{later, start};
use super::{MAG, SHOP, Stage, autumn};

pub(super) const DRILL: [&str; 5] = ["drill", "#1@1", "--account", "shop", "--apply"];

/// A draft of `mag` with pictures that are held.
pub(super) async fn stage() -> Stage {
    let stage = Stage::new().await;
    let cover = stage.picture(MAG);
    let (_, body) = stage.picture(MAG);
    let article = autumn(&cover).with("content", format!("<p>一件 99 元</p><img data-src=\"{body}\">"));
    stage.draft(vec![article]);
    stage.platform.world().delete_picture(&body);
    stage
}

/// The drills whose draft may be there still, as the archive says.
pub(super) fn left(stage: &Stage) -> String {
    stage.shell(
        "SELECT count(*) FROM restore WHERE kind = 'as-new' AND outcome <> 'failed'
         AND NOT EXISTS (SELECT 1 FROM restore undo WHERE undo.undoes = restore.id AND undo.outcome = 'done')",
    )
}

fn proof(stage: &Stage) -> String {
    stage.shell("SELECT kind, appid, proven_at IS NOT NULL, reason FROM proof WHERE kind = 'drill'")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_version_comes_back_and_nothing_of_it_stays() {
    let stage = stage().await;
    let plan = stage.run(&["drill", "--account", "shop"]);
    assert_eq!(plan.code(), Some(0), "{plan}");
    assert!(plan.to_string().contains("becomes a new draft of shop"), "{plan}");
    assert!(plan.to_string().contains("read back and compared, and deleted again"), "{plan}");
    assert!(plan.stderr().contains("Nothing was done"), "{plan}");
    assert!(plan.stderr().contains("drill mag/1@1 --account shop --apply"), "{plan}");
    assert_eq!(stage.restores().len(), 0);

    let run = stage.run(&["drill", "--account", "shop", "--apply", "--json"]);
    assert_eq!(run.code(), Some(0), "{run}");
    let document = run.json();
    assert_eq!(document["deleted"], true, "{document}");
    assert_eq!(document["trouble"], serde_json::Value::Null, "{document}");
    assert_eq!(document["left"], serde_json::json!([]), "{document}");
    assert_eq!(stage.box_of(SHOP).len(), 0);
    assert_eq!(stage.box_of(MAG).len(), 1);
    assert_eq!((left(&stage), proof(&stage)), ("0".to_owned(), format!("drill|{SHOP}|1|")));
    // A daemon without proofs of the night forgets its own, and no drill.
    draftkeep::archive::Writer::open(&stage.path("archive.db")).unwrap().forget_proofs(None).unwrap();
    let status = stage.run(&["status"]);
    assert!(status.to_string().contains("a version came back as a new draft"), "{status}");
    let status = stage.run(&["status", "--json"]).json();
    assert_eq!(status[1]["proofs"][0]["kind"], "drill", "{status}");

    // What a drill made is not chosen by the next one.
    for _ in 0..5 {
        let again = stage.run(&["drill", "--account", "shop", "--json"]).json();
        assert_eq!(again["plan"]["source"]["account"], "mag", "{again}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_drill_that_was_killed_at_any_call_leaves_nothing_after_the_next_one() {
    let calls = [
        ("material/add_material", 0),
        ("media/uploadimg", 0),
        ("draft/add", 0),
        ("draft/get", 0),
        ("draft/get", 1),
        ("draft/delete", 0),
    ];
    for (endpoint, nth) in calls {
        for fault in [Fault::Timeout, Fault::TimeoutAfterEffect] {
            let stage = stage().await;
            let told = format!("killed at {endpoint} {nth}, {fault:?}");
            let mut child = start(&stage, &DRILL, endpoint, nth, fault);
            child.kill().unwrap();
            child.wait().unwrap();
            stage.platform.world().clear_faults();
            let run = later(&stage, &DRILL);
            assert_eq!(run.code(), Some(0), "{told}: {run}");
            assert_eq!(stage.box_of(SHOP).len(), 0, "{told}: {run}");
            assert_eq!(left(&stage), "0", "{told}");
            assert_eq!(proof(&stage), format!("drill|{SHOP}|1|"), "{told}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_platform_that_refuses_is_told_until_a_drill_is_good() {
    for (endpoint, code, stays) in [("draft/add", 45_166, 0), ("draft/delete", -1, 1)] {
        let stage = stage().await;
        stage.platform.world().add_fault(FaultRule::next(9, endpoint, Fault::Code(code)));
        let run = stage.run(&DRILL);
        assert!(![Some(0), Some(1)].contains(&run.code()), "{run}");
        assert_eq!(stage.box_of(SHOP).len(), stays, "{run}");
        let fault = if stays == 0 { "draft_not_made" } else { "draft_not_deleted" };
        let kept = format!(r#"drill|{SHOP}|0|{{"about":"shop","fault":"{fault}","more":0,"#);
        assert!(proof(&stage).starts_with(&kept), "{}", proof(&stage));
        let status = stage.run(&["status"]);
        assert!(status.to_string().contains("the drill fails since"), "{status}");
        stage.platform.world().clear_faults();
        let run = stage.run(&DRILL);
        assert_eq!(run.code(), Some(0), "{run}");
        assert_eq!(run.stderr().contains("What an earlier drill left is gone"), stays == 1, "{run}");
        assert_eq!((stage.box_of(SHOP).len(), left(&stage)), (0, "0".to_owned()));
        assert!(!stage.run(&["status"]).to_string().contains("the drill fails"), "{run}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_draft_that_somebody_edited_stays() {
    let stage = stage().await;
    stage.platform.world().add_fault(FaultRule::next(9, "draft/delete", Fault::Code(-1)));
    assert_eq!(stage.run(&DRILL).code(), Some(3));
    stage.platform.world().clear_faults();
    let (media_id, _) = stage.box_of(SHOP).pop().unwrap();
    stage.platform.world().account(SHOP).edit(&media_id, 0, |article| article.set("content", "<p>我的</p>")).unwrap();
    let run = stage.run(&DRILL);
    assert_eq!(run.code(), Some(0), "{run}");
    assert!(run.stderr().contains("of an earlier drill, so it stays"), "{run}");
    assert_eq!(stage.box_of(SHOP).len(), 1, "{run}");
    assert!(stage.newest(SHOP)[0].text("content").contains("我的"));
}

/// Once, what the next drill read back was taken for what had been made, and deleted.
#[tokio::test(flavor = "multi_thread")]
async fn a_draft_that_somebody_edited_before_it_was_read_back_stays() {
    let stage = stage().await;
    let mut child = start(&stage, &DRILL, "draft/get", 0, Fault::Timeout);
    child.kill().unwrap();
    child.wait().unwrap();
    stage.platform.world().clear_faults();
    let (media_id, _) = stage.box_of(SHOP).pop().unwrap();
    stage.platform.world().account(SHOP).edit(&media_id, 0, |article| article.set("content", "<p>我的</p>")).unwrap();
    for _ in 0..2 {
        let run = later(&stage, &DRILL);
        assert!(run.stderr().contains("of an earlier drill, so it stays"), "{run}");
        assert_eq!(stage.box_of(SHOP).len(), 1, "{run}");
    }
    assert!(stage.newest(SHOP)[0].text("content").contains("我的"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_drill_and_a_restore_never_take_each_others_draft() {
    let stage = stage().await;
    let mut child = start(&stage, &DRILL, "draft/add", 0, Fault::TimeoutAfterEffect);
    child.kill().unwrap();
    child.wait().unwrap();
    stage.platform.world().clear_faults();
    let restore = ["restore", "#1@1", "--as-new", "--account", "shop", "--apply"];
    let run = later(&stage, &restore);
    assert_eq!(run.code(), Some(1), "{run}");
    assert!(run.stderr().contains("drill --account"), "{run}");
    assert_eq!(later(&stage, &DRILL).code(), Some(0));

    let mut child = start(&stage, &restore, "draft/add", 0, Fault::TimeoutAfterEffect);
    child.kill().unwrap();
    child.wait().unwrap();
    stage.platform.world().clear_faults();
    let run = later(&stage, &DRILL);
    assert_eq!(run.code(), Some(1), "{run}");
    assert!(run.stderr().contains("which is no drill"), "{run}");
    assert_eq!(stage.box_of(SHOP).len(), 1, "the draft of the restore stays");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_drilled_is_refused_before_the_platform_is_asked() {
    let stage = Stage::new().await;
    let run = stage.run(&["drill", "--account", "shop", "--apply"]);
    assert_eq!(run.code(), Some(4), "{run}");
    // Its cover is unknown to another account, and not held.
    stage.draft(vec![autumn(&("Nobody".to_owned(), "http://mmbiz.qpic.cn/gone/0".to_owned()))]);
    let run = stage.run(&DRILL);
    assert_eq!(run.code(), Some(1), "{run}");
    assert_eq!(stage.run(&["drill", "--account", "shop", "--apply"]).code(), Some(4));
    assert_eq!(stage.run(&["drill", "--account", "nobody"]).code(), Some(4));
    assert_eq!(stage.run(&["drill"]).code(), Some(2));
    assert_eq!((stage.platform.world().request_log.calls("draft/add"), stage.restores().len()), (0, 0));
}
