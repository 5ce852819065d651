//! The report of a restore is true: a difference that the plan did not announce is reported, and the exit code is 3.

use draftkeep::simulator::{Article, Behavior};
use insta::assert_snapshot;
use serde_json::Value;

use super::{MAG, PICTURE, Stage, autumn};
use crate::harness::Run;

/// A body with everything that the platform may change.
fn body() -> String {
    format!(
        "<p style=\"color: red; font-size: 18px\">一件 <del>109</del> 99 元<br  />第二行</p><pre>if a:\n    b</pre>\
         <img data-src=\"{PICTURE}\" alt=\"河边\"><p style=\"display:none\">暗</p>\
         <p>看<a href=\"https://mp.weixin.qq.com/s/x\">这篇</a></p>"
    )
}

/// Restores `#1` and returns the output, and the fields that came back changed: `text changed`, with a `!` where the
/// plan did not say so.
fn restored(stage: &Stage, args: &[&str]) -> (Run, Vec<String>) {
    let run = stage.restore(&[&["--apply", "--json"], args].concat());
    let told: Value = serde_json::from_slice(run.stdout()).unwrap();
    let fields = told["report"]["articles"].as_array().unwrap().iter().flat_map(|it| it["fields"].as_array().unwrap());
    let is_well = |field: &Value| matches!(field["verdict"].as_str(), Some("same" | "rewritten"));
    let lost: Vec<_> = fields
        .filter(|field| !is_well(field))
        .map(|field| {
            let mark = if field["expected"] == true { "" } else { "!" };
            format!("{mark}{} {}", field["field"], field["verdict"]).replace('"', "")
        })
        .collect();
    assert_eq!(told["report"]["complete"], lost.is_empty(), "{told:#}");
    (run, lost)
}

/// Restores the body on a platform that stores it changed.
async fn otherwise(change: impl FnOnce(&mut Behavior), expected: &[&str]) {
    let stage = Stage::new().await;
    stage.draft(vec![autumn(&stage.picture(MAG)).with("content", body())]);
    change(&mut stage.platform.world().behavior);
    let (run, lost) = restored(&stage, &[]);
    assert_eq!(lost, expected, "{run}");
    let is_told = lost.iter().any(|field| field.starts_with('!'));
    assert_eq!(run.code(), Some(if is_told { 3 } else { 0 }), "{run}");
    assert_eq!(run.stderr().contains("not as the plan said"), is_told, "{run}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_platform_leaves_out_is_told() {
    otherwise(|_| {}, &["links lost"]).await;
    for (fields, expected) in [
        (&["author"][..], "!author lost"),
        (&["content_source_url"], "!link lost"),
        (&["need_open_comment"], "!comments changed"),
        (&["thumb_media_id", "thumb_url"], "!cover lost"),
    ] {
        let drops = fields.iter().map(|field| (*field).to_owned()).collect();
        otherwise(|rules| rules.drops = drops, &[expected, "links lost"]).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_platform_stores_otherwise_is_told() {
    for (old, new, expected) in [
        ("color: red", "color: blue", "!styles changed"),
        ("; font-size: 18px", "", "!styles changed"),
        ("99 元", "98 元", "!text changed"),
        ("<br  />", "", "!line breaks changed"),
        ("if a:\n    b", "if a: b", "!code layout changed"),
        ("<del>109</del>", "109", "!strikethrough lost"),
        ("河边", "海边", "!picture description changed"),
        ("暗", "", "!hidden text lost"),
        ("AbCdEf", "GhIjKl", "!pictures lost"),
    ] {
        let replaces = vec![(old.to_owned(), new.to_owned())];
        otherwise(|rules| rules.replaces = replaces, &[expected, "links lost"]).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_that_leads_elsewhere_is_told() {
    for (new, expected) in [("/s/x", &[][..]), ("/s/y", &["!links changed"])] {
        let replaces = vec![("/s/x".to_owned(), new.to_owned())];
        let keeps_links = |rules: &mut Behavior| (rules.rewrites_content, rules.replaces) = (false, replaces);
        otherwise(keeps_links, expected).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_article_that_the_platform_ignores_is_told() {
    let stage = Stage::new().await;
    let media_id = stage.draft(vec![autumn(&stage.picture(MAG))]);
    stage.edit(&media_id, |article| article.set("content", "<p>空</p>"));
    stage.poll();
    stage.platform.world().behavior.ignores_updates = true;
    let run = stage.run(&["restore", "#1@1", "--in-place", "--apply"]);
    assert_snapshot!(stage.told(&run).replace(&media_id, "MEDIA_ID"), @"
    Written over: mag/1, MEDIA_ID, 1 article
      Pictures: 0 uploaded, 2 were there
      To take it back: draftkeep --config $TMP/config.toml restore --undo mag/1
      Article 1: 秋季新品预告
        same       title, author, digest, link, cover
        changed    text: +1 −8 characters (the plan did not say so)
        lost       pictures: 1 lost, 0 added (the plan did not say so)
    ------- stderr -------
    Warning: article 1 is not as the plan said: text changed, pictures lost; the report says how; to take it back: draftkeep --config $TMP/config.toml restore --undo mag/1
    ------- exit 3 -------
    ");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_platform_is_known_to_remove_is_announced() {
    let stage = Stage::new().await;
    let body = "<p style=\"position: absolute;color:red\">一</p><div style=\"color:red;width:1px\">块</div>";
    stage.draft(vec![autumn(&stage.picture(MAG)).with("content", body)]);
    let (run, lost) = restored(&stage, &[]);
    assert_eq!((run.code(), lost), (Some(0), vec!["styles changed".to_owned()]), "{run}");
    let plan: Value = serde_json::from_slice(run.stdout()).unwrap();
    let findings: Vec<_> =
        plan["plan"]["findings"].as_array().unwrap().iter().map(|it| it["message"].as_str().unwrap()).collect();
    assert_eq!(
        findings,
        [
            "1 style with position or -webkit-overflow-scrolling, which the platform removes",
            "some styles of 1 <div>: the platform makes paragraphs of them"
        ]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_picture_that_is_not_held_was_in_doubt() {
    for (stage, expected, code) in
        [(Stage::new().await, "!pictures lost", 3), (Stage::without_pictures().await, "pictures lost", 0)]
    {
        stage.draft(vec![autumn(&stage.picture(MAG))]);
        stage.platform.world().behavior.replaces = vec![(format!("<img data-src=\"{PICTURE}\">"), String::new())];
        let (run, lost) = restored(&stage, &[]);
        assert_eq!((lost, run.code()), (vec![expected.to_owned()], Some(code)), "{run}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cover_is_known_by_its_picture() {
    for (is_same, expected) in [(true, &[][..]), (false, &["!cover changed"])] {
        let stage = Stage::new().await;
        let cover = stage.picture(MAG);
        stage.draft(vec![autumn(&cover)]);
        let other = if is_same { cover.1 } else { stage.picture(MAG).1 };
        stage.platform.world().after_next_call("draft/add", move |world| {
            let made = world.account(MAG).drafts().last().unwrap().media_id.clone();
            let rename = |article: &mut Article| {
                article.set("thumb_media_id", "Qm7xAnother");
                article.set("thumb_url", other);
            };
            world.account(MAG).edit(&made, 0, rename).unwrap();
        });
        let (run, lost) = restored(&stage, &[]);
        assert_eq!(lost, expected, "{run}");
        assert_eq!(run.code(), Some(if is_same { 0 } else { 3 }), "{run}");
    }
}

/// Returns whether `list`, `log`, `show`, the plan and the report say that the crop of the cover is lost.
fn crop(stage: &Stage) -> [bool; 5] {
    let list = stage.run(&["list", "--json"]).json();
    let log = stage.run(&["log", "1", "--json"]).json();
    let show = stage.run(&["show", "1", "--json"]).json();
    let (run, lost) = restored(stage, &["--again"]);
    assert_eq!(run.code(), Some(0), "{run}");
    let plan: Value = serde_json::from_slice(run.stdout()).unwrap();
    let draft = list.as_array().unwrap().iter().find(|draft| draft["id"] == 1).unwrap();
    let is_told = |value: &Value| value.to_string().contains("the crop of its cover");
    let is_reported = lost.contains(&"crop lost".to_owned());
    [
        is_told(&draft["restorable"]),
        is_told(&log[0]["restorable"]),
        is_told(&show["restorable"]),
        is_told(&plan["plan"]["findings"]),
        is_reported,
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn a_crop_is_lost_by_all_accounts_or_by_none() {
    let stage = Stage::new().await;
    let media_id = stage.draft(vec![autumn(&stage.picture(MAG))]);
    assert_eq!(crop(&stage), [false; 5], "a picture of the library is the cover as it is");
    stage.platform.world().account(MAG).crop_cover(&media_id, 0).unwrap();
    stage.poll();
    assert_eq!(crop(&stage), [true; 5]);
}

/// Only an applied restore finds out whether the platform still has a picture; before that, all output says that it is unknown.
#[tokio::test(flavor = "multi_thread")]
async fn a_picture_message_whose_picture_was_not_had_is_in_doubt_by_all_accounts() {
    let stage = Stage::new().await;
    let picture = stage.picture(MAG).0;
    stage.platform.world().account(MAG).create(vec![Article::newspic("周末市集", "一", &[&picture])]);
    stage.platform.world().account(MAG).delete_material(&picture);
    stage.poll();
    let doubt = "1 picture not held as bytes: the 图片消息 goes back only while the platform has it";
    let expected = serde_json::json!({"verdict": "with-losses", "reasons": [doubt]});
    assert_eq!(stage.run(&["list", "--json"]).json()[0]["restorable"], expected);
    assert_eq!(stage.run(&["log", "1", "--json"]).json()[0]["restorable"], expected);
    assert_eq!(stage.run(&["show", "1", "--json"]).json()["restorable"], expected);
    let plan = stage.restore(&["--json"]).json();
    let findings = serde_json::json!([{"weight": "risk", "position": 0, "message": doubt}]);
    assert_eq!(plan["plan"]["findings"], findings);
    let applied = stage.restore(&["--apply"]);
    assert!(applied.stderr().contains("a picture of article 1 is not in the library any more"), "{applied}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_picture_that_will_look_otherwise_is_announced() {
    let stage = Stage::new().await;
    // Two pictures of one pixel, and 10 MB behind them.
    let pixel = b"!\xf9\x04\0\x0a\0\0\0,\0\0\0\0\x01\0\x01\0\0\x02\x02D\x01\0";
    let head = b"GIF89a\x01\0\x01\0\x80\0\0\0\0\0\xff\xff\xff";
    let gif = [&head[..], pixel, pixel, b";", &vec![0; 10 << 20]].concat();
    let address = stage.platform.world().account(MAG).insert_picture(gif).unwrap();
    let body = format!("<p>一</p><img data-src=\"{address}\">");
    stage.draft(vec![autumn(&stage.picture(MAG)).with("content", body)]);
    stage.platform.world().delete_picture(&address);
    let run = stage.restore(&["--apply"]);
    let made = stage.box_of(MAG).pop().unwrap().0;
    assert_snapshot!(stage.told(&run).replace(&made, "MADE"), @"
    Plan: mag/1, version 1 of 1, 秋季新品预告, becomes a new draft of mag:
      Needs 2 pictures, 2 of them held
      Article 1, news: 秋季新品预告
        sends    title, author, digest, text (150 characters with its markup), link, cover, comments on
        undoes   the platform's spelling of 1 picture
        risk     if the platform lost a picture, uploading it again would stop the animation of 1 GIF over 10 MB
    Made: mag/2, MADE
      Pictures: 1 uploaded, 1 were there
        changed    a GIF became a JPG, its first picture alone
      To take it back: draftkeep --config $TMP/config.toml restore --undo mag/1
      Article 1: 秋季新品预告
        same       title, author, digest, link, cover, text
        changed    pictures: a GIF became a JPG, its first picture alone
        rewritten  markup: other tags or attributes, and nothing that shows
    ");
}
