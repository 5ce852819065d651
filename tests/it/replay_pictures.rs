//! The bytes of every picture of every real article are stored.

use std::ffi::OsStr;
use std::fs;
use std::path::Path;

use draftkeep::simulator::{AccountHandle, Article};
use serde_json::{Map, Value, json};

use crate::harness::skipped;
use crate::poll::Stage;
use crate::restore::{self, MAG, SHOP};

#[tokio::test(flavor = "multi_thread")]
async fn every_picture_of_every_real_article_is_held() {
    let Some(data) = std::env::var_os("DRAFTKEEP_REPLAY_DATA") else {
        return skipped("replay: DRAFTKEEP_REPLAY_DATA names no directory");
    };
    let stage = Stage::empty().await;
    for bytes in articles(&data) {
        stage.account(|account| add(account, &bytes));
    }
    stage.poll_well().await;
    let collected = stage.collect().await;
    assert_eq!(
        stage.shell(
            "SELECT media_id, address, reason FROM asset_view
             WHERE sha256 IS NULL AND (address LIKE '%.qpic.cn/%' OR address LIKE '%.qlogo.cn/%')"
        ),
        "",
        "a picture at WeChat's hosts is missing"
    );
    assert!(collected.stored > 200, "{collected:?}");
}

/// Every article goes to another account, when the platform has lost all of its pictures.
#[tokio::test(flavor = "multi_thread")]
async fn every_real_article_comes_back_elsewhere_with_its_pictures() {
    let Some(data) = std::env::var_os("DRAFTKEEP_REPLAY_DATA") else {
        return skipped("replay: DRAFTKEEP_REPLAY_DATA names no directory");
    };
    let stage = restore::Stage::new().await;
    for bytes in articles(&data) {
        add(&mut stage.platform.world().account(MAG), &bytes);
    }
    assert_eq!(stage.run(&["poll", "mag"]).code(), Some(0));
    stage.lose_every_picture();
    let drafts = stage.run(&["list", "--json"]).json().as_array().unwrap().len();
    let mut refused = 0;
    for id in 1..=drafts {
        let of = format!("mag/#{id}");
        let restore = ["restore", &of, "--as-new", "--account", "shop", "--apply", "--json"];
        let run = stage.run(&restore);
        if run.code() != Some(0) {
            // The platform accepts some of them from nobody: without a title, or too long.
            refused += 1;
            continue;
        }
        let told = run.json();
        assert_eq!(told["pictures"]["lost"], json!([]), "{of}: {told:#}");
        let fields = told["report"]["articles"][0]["fields"].as_array().unwrap();
        // Pictures of other sites are taken out by the platform.
        let held = stage.run(&["assets", &of, "--json"]).json();
        let foreign = held.as_array().unwrap().iter().filter(|picture| picture["held"] == false).count();
        for field in fields {
            let is_asked = ["text", "pictures", "cover"].contains(&field["field"].as_str().unwrap());
            let is_well = ["same", "rewritten"].contains(&field["verdict"].as_str().unwrap());
            let is_foreign = foreign > 0 && field["note"] == format!("{foreign} lost, 0 added");
            assert!(!is_asked || is_well || is_foreign, "{of}: {field}");
        }
        let emptied =
            |field: &&Value| field["field"] == "styles" && field["note"].as_str().unwrap().contains("emptied");
        assert_eq!(fields.iter().find(emptied), None, "{of}");
        let again = stage.run(&[&restore[..], &["--again"]].concat()).json();
        assert_eq!(again["pictures"]["uploaded"], 0, "{of}: {again:#}");
    }
    assert!(refused * 2 <= drafts, "{refused} of {drafts} were refused");
    assert_eq!(stage.run(&["poll", "shop"]).code(), Some(0));
    let unequal = stage.shell(
        "SELECT count(*) FROM asset_view shop JOIN restore_view ON to_account = shop.account AND to_media_id = shop.media_id
         WHERE shop.account = 'shop' AND restore_view.to_version = shop.version AND shop.sha256 NOT IN (
             SELECT mag.sha256 FROM asset_view mag WHERE mag.media_id = restore_view.media_id)",
    );
    assert_eq!(unequal, "0", "pictures that are not equal by bytes");
    assert!(stage.box_of(SHOP).len() >= drafts);
}

fn articles(data: &OsStr) -> Vec<Vec<u8>> {
    let files = fs::read_dir(Path::new(data).join("articles")).unwrap().map(|file| file.unwrap().path());
    let mut files: Vec<_> = files.filter(|file| file.extension().is_some_and(|end| end == "json")).collect();
    files.sort();
    files.into_iter().map(|file| fs::read(file).unwrap()).collect()
}

/// Puts an article into the draft box as the API would answer it; a published page shows no media_ids.
fn add(account: &mut AccountHandle<'_>, bytes: &[u8]) {
    let document: Value = serde_json::from_slice(bytes).unwrap();
    let received: &Map<String, Value> = document["news_item"][0].as_object().unwrap();
    let pictures = received.get("image_info").map(|info| info["image_list"].as_array().unwrap().len());
    let mut article = if pictures.is_some() { Article::newspic("", "", &[]) } else { Article::news("", "") };
    for (field, value) in received {
        article.set(field, value.clone());
    }
    if let Some(count) = pictures {
        let list: Vec<_> =
            (0..count).map(|n| json!({"image_media_id": account.add_picture(&format!("{n}.jpg")).0})).collect();
        article.set("image_info", json!({ "image_list": list }));
    }
    account.create(vec![article]);
}
